package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// help fits a screen of 24 lines and 80 columns: what the command does, its own
// flags, two examples. The flags that every command has are one line.
func (p *program) help(cmd *cobra.Command, _ []string) {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n\n", cmd.Short)
	if cmd.Long != "" {
		fmt.Fprintf(&text, "%s\n\n", cmd.Long)
	}
	switch {
	case !cmd.HasParent():
		writeChapters(&text)
	case cmd.HasSubCommands():
		writeCommands(&text, cmd)
	case cmd.Runnable():
		writeUsage(&text, cmd)
	}
	if cmd.Example != "" {
		fmt.Fprintf(&text, "\nExamples:\n%s\n", cmd.Example)
	}
	_, _ = io.WriteString(p.Stdout, strings.TrimRight(text.String(), "\n")+"\n")
}

func writeUsage(text io.Writer, cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag()
	cmd.Flags().Lookup("help").Hidden = true // whoever reads this has found it
	cmd.DisableFlagsInUseLine = true         // cobra counts those of every command, too
	usage, flags := cmd.UseLine(), cmd.LocalNonPersistentFlags()
	if flags.HasAvailableFlags() {
		usage += " [flags]"
	}
	fmt.Fprintf(text, "Usage: %s\n%s", usage, optional.Replace(flags.FlagUsagesWrapped(80)))
	if opensVault(cmd) {
		fmt.Fprintln(text, "The vault: --vault NAME or PATH, --passphrase-file FILE or --identity FILE")
	}
}

// optional writes a value that may be left out as people do.
var optional = strings.NewReplacer(` part[="whole"]  `, `[=part]          `)

// chapters are the page of otpane itself: all commands, and yet one screen.
var chapters = []struct{ commands, about string }{
	{"init, demo", "make a vault; try the pane with made-up accounts"},
	{"add, import, scan", "bring accounts in: a key, a picture, an export"},
	{"code, once", "an account's code; that of a key, without a vault"},
	{"list, show, qr", "all accounts, all about one, one as a QR code"},
	{"verify, clock", "is this code right, and is the clock?"},
	{"edit, rename, tag, pin", "change an account"},
	{"rm, restore", "delete an account, bring it back"},
	{"recovery", "a site's recovery codes: keep them, use one"},
	{"export", "write all accounts for other programs"},
	{"backup, merge", "earlier copies, and copies that went apart"},
	{"passphrase, recipients", "who may open the vault"},
	{"config, doctor, completion", "the settings; a look at everything; the shell's TAB"},
	{"agent", "codes for scripts, without the passphrase"},
	{"man, version, help", "`otpane help COMMAND` tells more"},
}

func writeChapters(text io.Writer) {
	fmt.Fprintf(text, "Usage: otpane for the pane, or otpane COMMAND\n")
	for _, chapter := range chapters {
		fmt.Fprintf(text, "  %-26s %s\n", chapter.commands, chapter.about)
	}
	fmt.Fprint(text, `Flags: --vault NAME or PATH (OTPANE_VAULT), --passphrase-file FILE
       (OTPANE_PASSPHRASE_FILE), --identity FILE (OTPANE_IDENTITY),
       --detached-key FILE (OTPANE_DETACHED_KEY), --no-agent, --no-input
`)
}

// writeCommands is the page of a command that has others below it.
func writeCommands(text io.Writer, group *cobra.Command) {
	group.InitDefaultHelpFlag()
	group.Flags().Lookup("help").Hidden = true
	usage, flags := group.CommandPath()+" COMMAND", group.LocalNonPersistentFlags()
	if flags.HasAvailableFlags() {
		usage = group.CommandPath() + " [flags]\n       " + usage
	}
	fmt.Fprintf(text, "Usage: %s\n", usage)
	if flags.HasAvailableFlags() {
		fmt.Fprint(text, flags.FlagUsagesWrapped(80))
	}
	for _, cmd := range group.Commands() {
		fmt.Fprintf(text, "  %-11s %s\n", cmd.Name(), cmd.Short)
	}
	fmt.Fprintf(text, "`otpane help %s COMMAND` tells more.\n", group.Name())
}

// opensVault tells the commands that need no vault by their annotation.
func opensVault(cmd *cobra.Command) bool { return cmd.Annotations["vault"] != "none" }

// withoutVault is the annotation of those commands.
var withoutVault = map[string]string{"vault": "none"}

// helpCommand replaces cobra's, which repeats a topic that it does not know.
func (p *program) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:         "help [COMMAND…]",
		Short:       "Say how a command is used",
		Annotations: withoutVault,
		Example:     "  otpane help import\n  otpane help exit-status",
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, rest, err := cmd.Root().Find(args)
			switch {
			case err == nil && len(rest) > 0 && topic.HasSubCommands():
				return p.noCommand(topic, rest)
			case err != nil || len(rest) > 0:
				return p.noCommand(cmd.Root(), args)
			}
			p.help(topic, nil)
			return nil
		},
	}
}

// exitStatusTopic has nothing to run: it is read by `otpane help exit-status`.
func exitStatusTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-status",
		Short: "What the exit status says",
		Long: `  0  done
  1  failed, or only a part could be done
  2  misused: the command line cannot be carried out, or it would have to ask
     and nobody can answer
  3  nothing found: no such account or tag, no QR code in the picture
  4  ambiguous: several accounts fit, and are listed
  5  wrong passphrase, or an identity that does not open the vault

1 is also a code that is not right (verify), a thing that is wrong (doctor,
config check, backup check), a question answered with no, here or at an agent,
and ctrl-c, but where that is the way to end: code --follow, agent, the pane.
3 is also an agent that is not there (agent status).`,
	}
}

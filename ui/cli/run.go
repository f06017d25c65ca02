// Package cli is the command line: it turns arguments, settings and streams
// into calls of the rooms below, and their answers into text and an exit status.
//
// Results go to standard output and talk to standard error. It takes no key and
// no passphrase from an argument or the environment, and never repeats one. It
// draws no screen, starts no program and knows no file format but its settings.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"otpane/ui/host"
	"otpane/ui/loading"
	"otpane/vault"
)

func init() { loading.Done() }

// Env is the process as the command line sees it.
type Env struct {
	Program        string // as it was called: under the name agePlugin it is another program
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time
	WorkFactor     int // scrypt's log2(N) for a new passphrase; 0 means the vault's own, lower only in tests
}

// Run carries out one command line and returns the exit status: 0 done,
// 1 failed, 2 misused, 3 nothing found, 4 ambiguous, 5 wrong passphrase.
func Run(ctx context.Context, env Env, args []string) int {
	host.Harden()
	if strings.TrimSuffix(filepath.Base(env.Program), ".exe") == agePlugin {
		return vault.RunAgePlugin(args, env.Stdin, env.Stdout, env.Stderr)
	}
	ctx, stop := signal.NotifyContext(ctx, endings()...)
	defer stop()
	// The first signal asks, so that a save ends and the terminal is restored;
	// the second one finds the system's own answer again.
	context.AfterFunc(ctx, stop)

	p := &program{Env: env, args: args, ring: host.Keyring{}}
	defer p.remember()
	var err error
	if p.inherited, err = host.Inherited(); err != nil {
		return p.report(err)
	}
	return p.report(p.run(ctx, args))
}

// endings are the signals that end a run. One that the caller has ignored stays so: an
// agent under nohup outlives its terminal, one in the background of a script its ctrl-c.
func endings() []os.Signal {
	return slices.DeleteFunc([]os.Signal{syscall.SIGTERM, os.Interrupt, syscall.SIGHUP}, func(s os.Signal) bool {
		return s != syscall.SIGTERM && signal.Ignored(s)
	})
}

// agePlugin is where age looks for whoever opens a vault: `age -d -j otpane
// vault.age` works where a link of this name to otpane is on the PATH.
const agePlugin = "age-plugin-otpane"

// program is one run of otpane: its surroundings and the flags every command has.
type program struct {
	Env
	vaultFlag, passphraseFlag, identityFlag, keyFlag string
	plainFlag, withoutAgent, noInput                 bool
	maxWork                                          int // the most work a vault may ask for; 0 takes the usual bound

	ring            keyring
	openedByKeyring bool // and not by what somebody typed or named
	pastKeyring     bool // something else has to open the vault

	at        place // the vault that this run is about, for commands that open one
	args      []string
	inherited []byte       // from the image before this one, for the pane
	opened    *vault.Vault // if the run has opened one
	drawing   atomic.Bool  // the pane has the terminal
}

func (p *program) run(ctx context.Context, args []string) error {
	if err := refuseKeys(args); err != nil {
		return err
	}
	root := p.root()
	root.SetArgs(args)
	if completing(args) {
		root.InitDefaultHelpCmd() // which cobra does later
		p.teach(root)
	}
	err := root.ExecuteContext(ctx)
	if err != nil && ctx.Err() != nil {
		return &fault{status: failed, what: "interrupted; nothing more was changed", err: err}
	}
	return err
}

// root is cobra's tree. cobra itself would repeat unknown commands, bad flags
// and surplus arguments, and a key may be among them: it keeps silent, and
// arguments.go says what is wrong.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "otpane",
		Short: "One-time codes in a terminal pane, over one encrypted file",
		Example: `  otpane init && otpane import screenshot.png
  otpane code github`,
		Args:              p.noCommand,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.SetFlagErrorFunc(flagFault)
	root.SetHelpFunc(p.help)
	p.paneOrVersion(root)
	root.Flags().BoolVar(&p.plainFlag, "plain", false, "the pane in lines, for screen readers")
	root.PersistentFlags().StringVar(&p.vaultFlag, "vault", "", "the `VAULT`: a name of the settings, or a path")
	root.PersistentFlags().StringVar(&p.passphraseFlag, "passphrase-file", "", "read the passphrase from this `FILE`")
	root.PersistentFlags().StringVar(&p.identityFlag, "identity", "", "open with the age identity in this `FILE`")
	root.PersistentFlags().IntVar(&p.maxWork, "max-work-factor", 0, "open a vault that asks for more work than otpane does")
	root.PersistentFlags().StringVar(&p.keyFlag, "detached-key", "", "the vault's key is in this `FILE` of its own")
	root.PersistentFlags().BoolVar(&p.noInput, "no-input", false, "ask nobody, neither here nor in the pane: fail instead")
	root.PersistentFlags().BoolVar(&p.withoutAgent, "no-agent", false, "open the vault itself, whoever else has it open")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) (err error) {
		if opensVault(cmd) && !completing(p.args) {
			p.at, err = p.choosePlace()
		}
		return err
	}
	root.AddCommand(
		p.initCommand(), p.addCommand(), p.importCommand(), p.listCommand(), p.codeCommand(), p.onceCommand(), p.verifyCommand(), p.clockCommand(),
		p.recoveryCommand(), p.showCommand(), p.qrCommand(), p.editCommand(), p.renameCommand(), p.tagCommand(), p.pinCommand(), p.rmCommand(), p.restoreCommand(), p.exportCommand(),
		p.passphraseCommand(), p.recipientsCommand(), p.backupCommand(), p.mergeCommand(), p.scanCommand(), p.completionCommand(), p.configCommand(), p.doctorCommand(),
		p.agentCommand(), p.versionCommand(), p.manCommand(), p.demoCommand(), exitStatusTopic(), vaultsTopic(),
	)
	root.SetHelpCommand(p.helpCommand())
	return root
}

// interactive reports whether somebody sits there and can be asked. Standard
// input decides: a script's is a pipe or a file even where the script itself
// was started from a terminal.
func (p *program) interactive() bool { return !p.noInput && host.IsTerminal(p.Stdin) }

// openTerminal is where questions go; with --no-input there is none.
func (p *program) openTerminal() (*host.Terminal, error) {
	if p.noInput {
		return nil, host.ErrNoTerminal
	}
	return host.OpenTerminal()
}

// ask puts a yes-or-no question; no answer is no.
func (p *program) ask(ctx context.Context, question string) (bool, error) {
	terminal, err := p.openTerminal()
	if err != nil {
		return false, noTerminal(err)
	}
	defer terminal.Close()
	yes, err := terminal.Ask(ctx, inOneLine(question))
	if errors.Is(err, host.ErrCancelled) {
		return false, nil
	}
	return yes, err
}

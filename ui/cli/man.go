package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"otpane/ui/host"
)

func (p *program) manCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "man [COMMAND]",
		Short: "Show the manual, or write it as man pages",
		Long: `On a terminal it opens in man; elsewhere it comes as roff. The pages are made
from what help says. --dir writes all of them: ` + "`man`" + ` finds those in
~/.local/share/man/man1. A page that otpane has not written stays as it is.`,
		Example:     "  otpane man code\n  otpane man --dir ~/.local/share/man/man1",
		Annotations: withoutVault,
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, err := p.manTopic(cmd.Root(), args)
			switch {
			case err != nil:
				return err
			case dir != "" && len(args) > 0:
				return misuse("--dir writes every page", "without a command")
			case dir != "":
				return p.writeManual(cmd.Root(), dir)
			}
			return p.showManual(cmd.Context(), topic)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write otpane.1, otpane-code.1 and so on into this `DIR`")
	return cmd
}

// manTopic is the command that a page is wanted of. What lies below a command stands
// on its page, and topics stand on the first.
func (p *program) manTopic(root *cobra.Command, args []string) (*cobra.Command, error) {
	topic, rest, err := root.Find(args)
	switch {
	case err == nil && len(rest) > 0 && topic.HasSubCommands():
		return nil, p.noCommand(topic, rest)
	case err != nil || len(rest) > 0:
		return nil, p.noCommand(root, args)
	}
	for topic.HasParent() && topic.Parent() != root {
		topic = topic.Parent()
	}
	if isTopic(topic) {
		return root, nil
	}
	return topic, nil
}

func isTopic(cmd *cobra.Command) bool { return !cmd.Runnable() && !cmd.HasSubCommands() }

func (p *program) showManual(ctx context.Context, cmd *cobra.Command) error {
	page := manPage(cmd)
	if out, isFile := p.Stdout.(*os.File); !isFile || !host.IsTerminal(out) {
		return p.print(page)
	}
	err := host.ShowManual(ctx, p.Getenv, []byte(page))
	if errors.Is(err, host.ErrNoManual) {
		p.help(cmd, nil) // the same in short
		return nil
	}
	return err
}

// writtenByOtpane begins every page: by it a page is known that may be replaced.
const writtenByOtpane = `.\" Written by otpane man.` + "\n"

// writeManual writes all pages, or none if one of them lies there that is not ours.
func (p *program) writeManual(root *cobra.Command, dir string) error {
	pages := manPages(root)
	for _, cmd := range pages {
		file := filepath.Join(dir, manName(cmd)+".1")
		switch ours, err := isPage(file); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return readFault(file, err)
		case !ours:
			return &fault{status: failed, what: "otpane has not written " + file + ", and leaves it", hint: "remove it, or choose another --dir; nothing was written"}
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return writeFault(dir, err)
	}
	for _, cmd := range pages {
		file := filepath.Join(dir, manName(cmd)+".1")
		if err := replace(file, []byte(manPage(cmd))); err != nil {
			return err
		}
		if err := os.Chmod(file, 0o644); err != nil { // for everybody who reads manuals here
			return writeFault(file, err)
		}
	}
	p.say("%s in %s.", count(len(pages), "page is", "pages are"), dir)
	return nil
}

// isPage reports whether a file is a page that otpane has written. A pipe would be read
// for ever.
func isPage(file string) (bool, error) {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	there, err := os.ReadFile(file)
	return bytes.HasPrefix(there, []byte(writtenByOtpane)), err
}

// manPages are the commands with a page of their own.
func manPages(root *cobra.Command) []*cobra.Command {
	pages := []*cobra.Command{root}
	for _, cmd := range root.Commands() {
		if !cmd.Hidden && !isTopic(cmd) {
			pages = append(pages, cmd)
		}
	}
	return pages
}

func manName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

func manPage(cmd *cobra.Command) string {
	var r roff
	r.WriteString(writtenByOtpane)
	r.line(".TH %s 1 %q otpane %q", literal(strings.ToUpper(manName(cmd))), builtOn(), "otpane manual")
	r.line(".nh\n.ad l") // commands and names are not parted at the end of a line
	r.section("NAME")
	r.line(`%s \- %s`, literal(manName(cmd)), running(cmd.Short))
	if cmd.HasParent() {
		r.commandPage(cmd)
	} else {
		r.firstPage(cmd)
	}
	return r.String()
}

// builtOn is the day of the commit that this program was built from; a page made
// twice from one program is the same.
func builtOn() string {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return ""
	}
	at := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "vcs.time" })
	if at < 0 {
		return ""
	}
	day, _, _ := strings.Cut(info.Settings[at].Value, "T")
	return day
}

func (r *roff) firstPage(root *cobra.Command) {
	r.section("SYNOPSIS")
	r.line("%s\n.br\n%s %s [%s]", bold("otpane"), bold("otpane"), italic("COMMAND"), italic("ARGUMENTS"))
	r.section("DESCRIPTION")
	r.text(`Alone it is the pane: a live list of accounts with their codes. ` + "`enter`" + ` copies the code of the selected row, ` + "`?`" + ` shows all keys.
The commands work with the same vault without a screen. Results go to standard output, talk to standard error.

A key or a passphrase is never taken from an argument or an environment variable, because other programs can read those.`)
	r.section("COMMANDS")
	r.line(".PD 0")
	for _, cmd := range manPages(root)[1:] {
		r.list(bold(cmd.Name()), cmd.Short)
	}
	r.line(".PD")
	r.section("OPTIONS")
	r.line("Every command has these:")
	r.flags(root.PersistentFlags())
	r.line(".PP\nWithout a command there are also:")
	r.flags(root.LocalNonPersistentFlags())
	for _, cmd := range root.Commands() {
		if isTopic(cmd) {
			r.section(strings.ToUpper(strings.ReplaceAll(cmd.Name(), "-", " ")))
			r.text(cmd.Long)
		}
	}
	r.section("ENVIRONMENT")
	for _, one := range environment {
		r.term(bold(one.name), one.about)
	}
	r.section("FILES")
	for _, one := range manFiles() {
		r.term(italic(one.name), one.about)
	}
	r.section("SETTINGS")
	r.line("%s", running("What `otpane config init` writes as comments, and `,` in the pane changes:"))
	for _, row := range settingsTable() {
		if row.table != nil {
			r.term("["+bold(row.name)+"]", row.comment)
		} else {
			r.term(bold(row.name)+" = "+literal(row.standard), row.comment)
		}
	}
	r.section("EXAMPLES")
	r.verbatim(examples(root))
	r.section("SEE ALSO")
	var pages []string
	for _, cmd := range manPages(root)[1:] {
		pages = append(pages, bold(manName(cmd))+"(1)")
	}
	r.line("%s,\n%s(1)", strings.Join(pages, ",\n"), bold("age"))
}

func (r *roff) commandPage(cmd *cobra.Command) {
	r.section("SYNOPSIS")
	if cmd.HasSubCommands() {
		for i, below := range cmd.Commands() {
			if i > 0 {
				r.line(".br")
			}
			r.usage(below.UseLine())
		}
	} else {
		r.usage(cmd.UseLine())
	}
	if cmd.Long != "" {
		r.section("DESCRIPTION")
		r.text(cmd.Long)
	}
	r.options(cmd, r.section, "OPTIONS")
	if cmd.HasSubCommands() {
		r.section("COMMANDS")
		for _, below := range cmd.Commands() {
			r.subsection(below.UseLine())
			r.line("%s.", running(below.Short))
			if below.Long != "" {
				r.text(below.Long)
			}
			r.options(below, func(string) {}, "")
			r.verbatim(examples(below))
		}
	}
	r.section("EXAMPLES")
	r.verbatim(examples(cmd))
	r.section("SEE ALSO")
	r.line("%s(1), for the options of every command, the exit status, environment and files", bold("otpane"))
}

// options are a command's own, if it has any.
func (r *roff) options(cmd *cobra.Command, head func(string), name string) {
	if flags := cmd.LocalNonPersistentFlags(); flags.HasAvailableFlags() {
		head(name)
		r.flags(flags)
	}
}

func examples(cmd *cobra.Command) string {
	return strings.TrimPrefix(strings.ReplaceAll(cmd.Example, "\n  ", "\n"), "  ")
}

// environment are the variables that otpane reads by name. A test looks for others.
var environment = []struct{ name, about string }{
	{"OTPANE_VAULT", "the vault, as --vault chooses it"},
	{"OTPANE_PASSPHRASE_FILE", "a file with the passphrase; a flag goes first"},
	{"OTPANE_IDENTITY", "an age identity file; it goes before the passphrase file"},
	{"OTPANE_DETACHED_KEY", "where the key of a vault lies that keeps it apart"},
	{"NO_COLOR", "if it is not empty, no colour"},
	{"VISUAL, EDITOR", "the editor for the settings"},
	{"XDG_DATA_HOME, XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR", "where the files below lie"},
}

// manFiles are otpane's places on this system, with ~ for the home of whoever reads.
func manFiles() []struct{ name, about string } {
	home := func(base, file string) string {
		path := filepath.Join(base, "otpane", file)
		if rest, found := strings.CutPrefix(path, xdg.Home+string(filepath.Separator)); found && xdg.Home != "" {
			return "~" + string(filepath.Separator) + rest
		}
		return path
	}
	return []struct{ name, about string }{
		{home(xdg.DataHome, "vault.age"), "the vault: one age file"},
		{home(xdg.DataHome, "backups"), "its earlier generations"},
		{home(xdg.ConfigHome, "config.toml"), "the settings"},
		{home(xdg.StateHome, ""), "what is remembered: how far each vault had come, use, readable exports; no key and no name"},
		{fmt.Sprintf("$XDG_RUNTIME_DIR%cotpane", filepath.Separator), "the sockets of agents"},
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"otpane/ui/host"
)

// codeRequest is what the flags of `otpane code` and `otpane once` ask for.
type codeRequest struct {
	at                         instant
	minLeft                    lifetime
	next, asJSON, copy, follow bool
}

func (p *program) codeCommand() *cobra.Command {
	var want codeRequest
	cmd := &cobra.Command{
		Use:   "code QUERY",
		Short: "Print an account's code: the digits and a newline",
		Long: `QUERY is an id, account, issuer or issuer:account; a part of one will do if
only one account fits. - reads it from standard input, where a menu writes it.
A counter is saved before its code is printed. --at is meant as it is said: what
` + "`otpane clock`" + ` corrects does not touch it.`,
		Example: "  otpane code github --min-left 10s | pbcopy\n  otpane list --names | fzf | otpane code -",
		Args:    oneQuery,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := excluded(cmd); err != nil {
				return err
			}
			query, err := p.query(cmd, args[0])
			if err != nil {
				return err
			}
			from, err := p.source(cmd.Context(), want.at)
			if err != nil {
				return err
			}
			if want.follow {
				return p.follow(cmd.Context(), from, query, want.asJSON)
			}
			return p.handOut(cmd.Context(), want, func(ctx context.Context, timed bool) (given, error) { return from.code(ctx, query, timed) })
		},
	}
	want.declare(cmd)
	cmd.Flags().BoolVar(&want.follow, "follow", false, "every code as it begins, one a line, until ctrl-c")
	return cmd
}

func (want *codeRequest) declare(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&want.next, "next", false, "the code that follows")
	cmd.Flags().Var(&want.minLeft, "min-left", "a code with this `TIME` to live (10s): wait for it if need be")
	cmd.Flags().BoolVar(&want.copy, "copy", false, "put it on the clipboard instead of printing it")
	cmd.Flags().BoolVar(&want.asJSON, "json", false, "an object for programs, as in list --json")
	cmd.Flags().Var(&want.at, "at", "compute for another `TIME` (RFC 3339 or Unix seconds)")
}

// exclusions are the pairs of flags that cannot both be meant.
var exclusions = []struct{ one, other, what, hint string }{
	{"copy", "at", "--copy is for now, --at for another time", "without --copy the code of that time is printed"},
	{"copy", "json", "--copy prints nothing, --json an object", "leave one of them out"},
	{"min-left", "at", "--min-left may wait, and --at names a time that does not pass", "seconds_left of --json says how long the code lives then"},
	{"min-left", "next", "--min-left waits for the next code if need be, --next gives it at once", "leave one of them out"},
	{"follow", "at", "--follow goes with the clock, and --at names a time that does not pass", "leave one of them out"},
	{"follow", "copy", "--follow prints code after code, --copy prints nothing", "leave one of them out"},
	{"follow", "next", "--follow comes to the next code by itself", "leave --next out"},
	{"follow", "min-left", "--follow prints every code as it begins: it has all its time to live", "leave --min-left out"},
}

func excluded(cmd *cobra.Command) error {
	for _, pair := range exclusions {
		if cmd.Flags().Changed(pair.one) && cmd.Flags().Changed(pair.other) {
			return misuse(pair.what, pair.hint)
		}
	}
	return nil
}

// query is the argument, or for - the one line of standard input. A menu that was
// left without a choice writes nothing.
func (p *program) query(cmd *cobra.Command, argument string) (string, error) {
	if argument != "-" {
		return argument, nil
	}
	text, err := p.read("-", maxKey)
	if err != nil {
		return "", err
	}
	query := strings.TrimSpace(string(text))
	if strings.Contains(query, "\n") {
		return "", misuse("one account at a time", "standard input has several lines")
	}
	return query, oneQuery(cmd, []string{query})
}

// asking asks for one code; timed refuses those of counters.
type asking func(ctx context.Context, timed bool) (given, error)

// handOut prints or copies the one code that is wanted.
func (p *program) handOut(ctx context.Context, want codeRequest, ask asking) error {
	if want.copy {
		if err := p.canCopy(); err != nil {
			return err
		}
	}
	e, err := p.wanted(ctx, want, ask)
	if err != nil {
		return err
	}
	switch {
	case want.copy:
		return p.copyCode(ctx, e, want.next)
	case want.asJSON:
		return p.printJSON(e)
	}
	return p.print(e.Code + "\n")
}

func (p *program) wanted(ctx context.Context, want codeRequest, ask asking) (entry, error) {
	if want.minLeft > 0 {
		return p.lasting(ctx, time.Duration(want.minLeft), ask)
	}
	g, err := ask(ctx, want.next || !want.at.IsZero())
	if err != nil {
		return entry{}, err
	}
	p.mention(g)
	if want.next {
		g.Code = g.Next
	}
	return g.entry, nil
}

// mention says what a person should know of a code.
func (p *program) mention(g given) {
	for _, note := range g.notes {
		p.say("%s", note)
	}
	p.mentionCorrection(g.entry)
}

// copyCode hands a code to the clipboard. Nobody is left here to clear it later,
// and the message says so by not promising it.
func (p *program) copyCode(ctx context.Context, e entry, next bool) error {
	how, err := p.clip(ctx, e.Code, printsInstead)
	if err != nil {
		return err
	}
	name := e.label()
	if e.Issuer == "" && e.Name == "" {
		name = "The code"
	}
	switch {
	case !e.timed():
		p.say("%s %s.", name, how)
	case next:
		p.say("%s %s: the next code, good in %d s.", name, how, e.SecondsLeft)
	default:
		p.say("%s %s, good for %d s.", name, how, e.SecondsLeft)
	}
	return nil
}

const printsInstead = "without --copy the code is printed"

// canCopy looks for a way to the clipboard before there is a code: a counter would be
// spent, or a person asked, for one that goes nowhere.
func (p *program) canCopy() error {
	clipboard, err := p.clipboard()
	if err != nil {
		return err
	}
	if len(clipboard.Ways()) == 0 {
		return noClipboard(printsInstead, host.ErrNoClipboard)
	}
	return nil
}

func noClipboard(otherwise string, err error) error {
	return &fault{status: failed, what: "no clipboard found", hint: otherwise, err: err}
}

// clipboard is the machine's, by the command of the settings if they have one.
func (p *program) clipboard() (*host.Clipboard, error) {
	settings, err := p.settings()
	return host.NewClipboard(p.Getenv, func() []string { return settings.CopyCommand }), err
}

// clip puts a text on the clipboard and says how far that is known; otherwise is
// what to do where there is none.
func (p *program) clip(ctx context.Context, text, otherwise string) (how string, err error) {
	clipboard, err := p.clipboard()
	if err != nil {
		return "", err
	}
	receipt, err := clipboard.Copy(ctx, text)
	if errors.Is(err, host.ErrNoClipboard) {
		return "", noClipboard(otherwise, err)
	}
	if err != nil {
		return "", &fault{status: failed, what: "the clipboard did not take the code: " + err.Error(), err: err}
	}
	if err := emit(receipt.Emit, otherwise); err != nil {
		return "", err
	}
	if !receipt.Confirmed {
		return "sent by " + receipt.By, nil
	}
	return "copied", nil
}

// emit writes a sequence to the terminal itself; standard output may be a pipe.
func emit(sequence, otherwise string) error {
	if sequence == "" {
		return nil
	}
	terminal, err := host.OpenTerminal()
	if err != nil {
		return noClipboard(otherwise, err)
	}
	defer terminal.Close()
	if _, err := io.WriteString(terminal, sequence); err != nil {
		return fmt.Errorf("the terminal: %w", err)
	}
	return nil
}

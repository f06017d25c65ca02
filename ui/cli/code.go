package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"otpane/ui/host"
)

// codeRequest is what the flags of `otpane code` ask for.
type codeRequest struct {
	at                 instant
	next, asJSON, copy bool
}

func (p *program) codeCommand() *cobra.Command {
	var want codeRequest
	cmd := &cobra.Command{
		Use:   "code QUERY",
		Short: "Print an account's code: the digits and a newline",
		Long: `QUERY is an id, account, issuer or issuer:account; a part of one will do if
only one account fits. A counter is saved before its code is printed. --at is
meant as it is said: what ` + "`otpane clock`" + ` corrects does not touch it.`,
		Example: "  otpane code github\n  otpane code aws:audit --copy",
		Args:    oneQuery,
		RunE: func(cmd *cobra.Command, args []string) error {
			if want.copy && !want.at.IsZero() {
				return misuse("--copy is for now, --at for another time", "without --copy the code of that time is printed")
			}
			return p.code(cmd.Context(), args[0], want)
		},
	}
	cmd.Flags().BoolVar(&want.next, "next", false, "the code that follows")
	cmd.Flags().BoolVar(&want.copy, "copy", false, "put it on the clipboard instead of printing it")
	cmd.Flags().BoolVar(&want.asJSON, "json", false, "an object for programs, as in list --json")
	cmd.Flags().Var(&want.at, "at", "compute for another `TIME` (RFC 3339 or Unix seconds)")
	return cmd
}

func (p *program) code(ctx context.Context, query string, want codeRequest) error {
	from, err := p.source(ctx, want.at)
	if err != nil {
		return err
	}
	g, err := from.code(ctx, query, want.next || !want.at.IsZero())
	if err != nil {
		return err
	}
	for _, note := range g.notes {
		p.say("%s", note)
	}
	p.mentionCorrection(g.entry)
	e := g.entry
	if want.next {
		e.Code = e.Next
	}
	switch {
	case want.copy:
		return p.copyCode(ctx, e, want.next)
	case want.asJSON:
		return p.printJSON(e)
	}
	return p.print(e.Code + "\n")
}

// copyCode hands a code to the clipboard. Nobody is left here to clear it later,
// and the message says so by not promising it.
func (p *program) copyCode(ctx context.Context, e entry, next bool) error {
	how, err := p.clip(ctx, e.Code, "`otpane code` without --copy prints the code")
	if err != nil {
		return err
	}
	switch {
	case !e.timed():
		p.say("%s %s.", e.label(), how)
	case next:
		p.say("%s %s: the next code, good in %d s.", e.label(), how, e.SecondsLeft)
	default:
		p.say("%s %s, good for %d s.", e.label(), how, e.SecondsLeft)
	}
	return nil
}

// clip puts a text on the clipboard and says how far that is known; otherwise is
// what to do where there is none.
func (p *program) clip(ctx context.Context, text, otherwise string) (how string, err error) {
	settings, err := p.settings()
	if err != nil {
		return "", err
	}
	receipt, err := host.NewClipboard(p.Getenv, func() []string { return settings.CopyCommand }).Copy(ctx, text)
	if errors.Is(err, host.ErrNoClipboard) {
		return "", &fault{status: failed, what: "no clipboard found", hint: otherwise, err: err}
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
		return &fault{status: failed, what: "no clipboard found", hint: otherwise, err: err}
	}
	defer terminal.Close()
	if _, err := io.WriteString(terminal, sequence); err != nil {
		return fmt.Errorf("the terminal: %w", err)
	}
	return nil
}

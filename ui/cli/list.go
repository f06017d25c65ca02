package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"otpane/otpcore"
)

// listRequest is what the flags of `otpane list` ask for.
type listRequest struct {
	at            instant
	asJSON, names bool
}

func (p *program) listCommand() *cobra.Command {
	var want listRequest
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show all accounts and their codes",
		Long: `An account that counts (HOTP) shows its next counter: a code of its own is
drawn by ` + "`otpane code`" + ` alone. In --json it has no code, next, seconds_left.`,
		Example: "  otpane list\n  otpane list --json | jq -r '.[].name'",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.list(cmd.Context(), want) },
	}
	cmd.Flags().BoolVar(&want.asJSON, "json", false, "an array for programs")
	cmd.Flags().BoolVar(&want.names, "names", false, "names alone, one a line, as otpane code takes them")
	cmd.Flags().Var(&want.at, "at", "compute for another `TIME` (RFC 3339 or Unix seconds)")
	return cmd
}

func (p *program) list(ctx context.Context, want listRequest) error {
	from, err := p.source(ctx, want.at)
	if err != nil {
		return err
	}
	if want.names {
		return p.listNames(ctx, from)
	}
	entries, err := from.list(ctx, "")
	if err != nil {
		return err
	}
	p.mentionCorrection(entries...)
	switch {
	case want.asJSON:
		return p.printJSON(entries)
	case len(entries) == 0:
		p.mentionEmpty()
		return nil
	}
	var rows [][]string
	for _, e := range entries {
		rows = append(rows, row(e))
	}
	return p.print(table(rows))
}

func (p *program) mentionEmpty() {
	p.say("No accounts yet. `otpane add` or `otpane import FILE` fills the vault.")
}

// listNames prints what `otpane code -` takes, for menus.
func (p *program) listNames(ctx context.Context, from source) error {
	accounts, err := from.names(ctx)
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		p.mentionEmpty()
		return nil
	}
	return p.print(strings.Join(otpcore.Names(accounts), "\n") + "\n")
}

// row is an account as people read it. Everything in it is drawn clean, however
// it came into the vault.
func row(e entry) []string {
	mark := ""
	switch {
	case e.Unfinished:
		mark = "○"
	case e.Pinned:
		mark = "★"
	}
	cells := []string{mark, otpcore.Clean(cmp.Or(e.Issuer, "-")), otpcore.Clean(cmp.Or(e.Name, "-"))}
	switch {
	case !e.timed():
		return append(cells, "-", fmt.Sprintf("count %d", e.Counter))
	case e.Code == "":
		return append(cells, "-", "")
	}
	return append(cells, e.Code, fmt.Sprintf("%ds", e.SecondsLeft))
}

// table sets cells in columns by the width they have on a screen; names may be
// Japanese or emoji.
func table(rows [][]string) string {
	width := make([]int, len(rows[0]))
	for _, cells := range rows {
		for i, cell := range cells {
			width[i] = max(width[i], ansi.StringWidth(cell))
		}
	}
	var out strings.Builder
	for _, cells := range rows {
		var line strings.Builder
		for i, cell := range cells {
			if width[i] > 0 {
				line.WriteString(cell + strings.Repeat(" ", width[i]-ansi.StringWidth(cell)+2))
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return out.String()
}

func (p *program) print(text string) error {
	_, err := io.WriteString(p.Stdout, text)
	return err
}

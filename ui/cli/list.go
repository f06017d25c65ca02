package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"otpane/otpcore"
)

func (p *program) listCommand() *cobra.Command {
	var asJSON bool
	var at instant
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show all accounts and their codes",
		Long: `An account that counts (HOTP) shows its next counter: a code of its own is
drawn by ` + "`otpane code`" + ` alone. In --json it has no code, next, seconds_left.`,
		Example: "  otpane list\n  otpane list --json | jq -r '.[].name'",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := p.open(cmd.Context())
			if err != nil {
				return err
			}
			accounts := v.Accounts()
			for i, a := range accounts {
				accounts[i] = at.meant(a)
			}
			p.mentionCorrection(accounts...)
			return p.list(accounts, at.or(p.Now), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "an array for programs")
	cmd.Flags().Var(&at, "at", "compute for another `TIME` (RFC 3339 or Unix seconds)")
	return cmd
}

func (p *program) list(accounts []otpcore.Account, now time.Time, asJSON bool) error {
	if asJSON {
		rows := make([]entry, 0, len(accounts)) // [] and never null
		for _, a := range accounts {
			rows = append(rows, entryOf(a, now))
		}
		return p.printJSON(rows)
	}
	if len(accounts) == 0 {
		p.say("No accounts yet. `otpane add` or `otpane import FILE` fills the vault.")
		return nil
	}
	var rows [][]string
	for _, a := range accounts {
		rows = append(rows, row(a, now))
	}
	return p.print(table(rows))
}

// row is an account as people read it. Everything in it is drawn clean, however
// it came into the vault.
func row(a otpcore.Account, now time.Time) []string {
	mark := ""
	switch {
	case a.Unfinished:
		mark = "○"
	case a.Pinned:
		mark = "★"
	}
	cells := []string{mark, otpcore.Clean(cmp.Or(a.Issuer, "-")), otpcore.Clean(cmp.Or(a.Name, "-"))}
	if !a.Timed() {
		return append(cells, "-", fmt.Sprintf("count %d", a.Counter))
	}
	r := a.At(now)
	return append(cells, r.Code, fmt.Sprintf("%ds", seconds(r.Left)))
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

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/ui/host"
)

// listRequest is what the flags of `otpane list` ask for.
type listRequest struct {
	query         string
	tags          []string
	at            instant
	asJSON, names bool
}

func (p *program) listCommand() *cobra.Command {
	var want listRequest
	cmd := &cobra.Command{
		Use:   "list [QUERY]",
		Short: "Show all accounts and their codes, or those that fit",
		Long: `With QUERY the accounts that it fits, best first. An account that counts (HOTP)
shows its next counter: a code of its own is drawn by ` + "`otpane code`" + ` alone. In
--json it has no code, next, seconds_left.`,
		Example: "  otpane list --tag work\n  otpane list --json | jq -r '.[].name'",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			want.query = strings.Join(args, " ")
			for i, tag := range want.tags {
				want.tags[i] = tagNamed(tag)
			}
			if err := want.check(cmd); err != nil {
				return err
			}
			return p.list(cmd.Context(), want)
		},
	}
	cmd.Flags().StringArrayVar(&want.tags, "tag", nil, "those that have this `TAG`")
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
		return p.listNames(ctx, from, want)
	}
	entries, incomplete := from.list(ctx, want.narrowed())
	if entries == nil {
		return incomplete
	}
	entries = slices.DeleteFunc(entries, func(e entry) bool { return !hasTags(e.Tags, want.tags) })
	if len(entries) == 0 && want.narrowed() != "" {
		return want.nothing(ctx, from)
	}
	p.mentionCorrection(entries...)
	return errors.Join(p.printEntries(entries, want.asJSON), incomplete)
}

func (p *program) printEntries(entries []entry, asJSON bool) error {
	switch {
	case asJSON:
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

func (want listRequest) check(cmd *cobra.Command) error {
	if slices.Contains(want.tags, "") {
		return misuse("--tag needs a tag", "`otpane tag` lists the tags")
	}
	for _, flag := range []string{"json", "at"} {
		if want.names && cmd.Flags().Changed(flag) {
			return misuse("--names prints no codes, and nothing that --"+flag+" could change", "leave one of them out")
		}
	}
	return nil
}

// narrowed is the query that finds at least what is wanted: a tag is a word of it,
// so that nobody is asked for codes that are left out afterwards.
func (want listRequest) narrowed() string {
	return strings.TrimSpace(want.query + " " + strings.Join(want.tags, " "))
}

// hasTags reports whether all that is wanted is among the tags.
func hasTags(tags, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(tag string) bool { return !slices.Contains(tags, tag) })
}

// nothing says what else there is.
func (want listRequest) nothing(ctx context.Context, from source) error {
	accounts, err := from.names(ctx)
	if err != nil {
		return err
	}
	for _, tag := range want.tags {
		if !slices.ContainsFunc(accounts, func(a otpcore.Account) bool { return hasTags(a.Tags, []string{tag}) }) {
			return noTag(accounts, tag)
		}
	}
	if len(want.tags) > 0 {
		return &fault{status: nothingFound, what: "no account fits all of that"}
	}
	return notFound(accounts, want.query)
}

// listNames prints what `otpane code -` takes, for menus. A name is told apart from
// those of all accounts, whichever are listed.
func (p *program) listNames(ctx context.Context, from source, want listRequest) error {
	accounts, err := from.names(ctx)
	if err != nil {
		return err
	}
	names := otpcore.Names(accounts)
	var lines strings.Builder
	for _, hit := range otpcore.Filter(accounts, want.query) {
		if hasTags(hit.Account.Tags, want.tags) {
			lines.WriteString(names[hit.Index] + "\n")
		}
	}
	switch {
	case lines.Len() == 0 && want.narrowed() != "":
		return want.nothing(ctx, from)
	case lines.Len() == 0:
		p.mentionEmpty()
		return nil
	}
	return p.print(lines.String())
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

// harmless is a line from outside as it is printed: unchanged to a pipe or a file,
// which get every character, and visible on a terminal, which some could steer.
func (p *program) harmless(line string) string {
	if host.IsTerminal(p.Stdout) {
		return inOneLine(line)
	}
	return line
}

func (p *program) print(text string) error {
	_, err := io.WriteString(p.Stdout, text)
	return err
}

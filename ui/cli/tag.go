package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore"
)

func (p *program) tagCommand() *cobra.Command {
	var remove, asJSON bool
	cmd := &cobra.Command{
		Use:   "tag [QUERY TAG…]",
		Short: "Tag an account, or list the tags that there are",
		Long: `QUERY is the exact name or id; it keeps the tags that it has. Without TAG it
prints them; without QUERY all tags, and how many accounts have each. A change
prints the line that undoes it.`,
		Example: "  otpane tag github work oss\n  otpane tag github --rm oss",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0 && oneQuery(cmd, args[:1]) != nil:
				return oneQuery(cmd, args[:1])
			case remove && len(args) < 2:
				return misuse("which tag of which account?", "`otpane tag NAME --rm TAG…`")
			case asJSON && len(args) > 0:
				return misuse("--json lists all tags", "`otpane show NAME --json` has those of an account")
			case len(args) == 0:
				return p.listTags(cmd.Context(), asJSON)
			case len(args) == 1:
				return p.printTags(cmd.Context(), args[0])
			}
			return p.tag(cmd.Context(), args[0], args[1:], remove)
		},
	}
	cmd.Flags().BoolVar(&remove, "rm", false, "take the tags off")
	cmd.Flags().BoolVar(&asJSON, "json", false, "list all tags as an array for programs")
	return cmd
}

func (p *program) tag(ctx context.Context, query string, words []string, remove bool) error {
	var tags []string
	for _, word := range words {
		tag := tagNamed(word)
		if tag == "" {
			return misuse("a tag needs a letter or a digit", "`otpane tag NAME TAG…`")
		}
		tags = append(tags, tag)
	}
	return p.change(ctx, query, func(a otpcore.Account) (otpcore.Account, error) {
		if !remove {
			a.Tags = otpcore.CleanTags(slices.Concat(a.Tags, tags))
			return a, nil
		}
		for _, tag := range tags {
			if !slices.Contains(a.Tags, tag) {
				return a, notTagged(a, tag)
			}
		}
		a.Tags = slices.DeleteFunc(slices.Clone(a.Tags), func(tag string) bool { return slices.Contains(tags, tag) })
		return a, nil
	})
}

// tagNamed is a tag as it is kept; a # in front is welcome.
func tagNamed(text string) string { return otpcore.Clean(strings.TrimPrefix(text, "#")) }

func notTagged(a otpcore.Account, tag string) error {
	f := &fault{status: nothingFound, what: fmt.Sprintf("%s has no tag %s; nothing was changed", a.Label(), mention(tag))}
	if len(a.Tags) > 0 {
		f.hint = "it has " + tagList(a.Tags)
	}
	return f
}

// noTag is for a tag that no account has.
func noTag(accounts []otpcore.Account, tag string) error {
	f := &fault{status: nothingFound, what: "no account has the tag " + mention(tag), hint: "`otpane tag` lists the tags"}
	spelled, names := map[string]string{}, []string{}
	for _, t := range countTags(accounts) {
		name := strings.ToLower(t.Tag)
		spelled[name] = t.Tag
		names = append(names, name)
	}
	if near := nearest(strings.ToLower(tag), names); near != "" {
		f.hint = fmt.Sprintf("did you mean %q? %s", spelled[near], f.hint)
	}
	return f
}

// tagCount is a tag as programs read it.
type tagCount struct {
	Tag      string `json:"tag"`
	Accounts int    `json:"accounts"`
}

func countTags(accounts []otpcore.Account) []tagCount {
	having := map[string]int{}
	for _, a := range accounts {
		for _, tag := range a.Tags {
			having[tag]++
		}
	}
	counts := []tagCount{} // [] and never null
	for tag, n := range having {
		counts = append(counts, tagCount{tag, n})
	}
	sort.Slice(counts, func(i, j int) bool {
		a, b := counts[i], counts[j]
		return cmp.Or(b.Accounts-a.Accounts, strings.Compare(strings.ToLower(a.Tag), strings.ToLower(b.Tag)), strings.Compare(a.Tag, b.Tag)) < 0
	})
	return counts
}

func (p *program) listTags(ctx context.Context, asJSON bool) error {
	accounts, err := p.names(ctx)
	if err != nil {
		return err
	}
	counts := countTags(accounts)
	var rows [][]string
	for _, t := range counts {
		rows = append(rows, []string{otpcore.Clean(t.Tag), fmt.Sprint(t.Accounts)})
	}
	switch {
	case asJSON:
		return p.printJSON(counts)
	case len(rows) == 0:
		p.say("No tags yet. `otpane tag NAME TAG` gives an account one.")
		return nil
	}
	return p.print(table(rows))
}

// printTags may guess: it changes nothing.
func (p *program) printTags(ctx context.Context, query string) error {
	accounts, err := p.names(ctx)
	if err != nil {
		return err
	}
	a, err := find(accounts, query)
	if err != nil {
		return err
	}
	if len(a.Tags) == 0 {
		p.say("%s has no tags.", a.Label())
		return nil
	}
	return p.print(strings.Join(otpcore.CleanTags(a.Tags), "\n") + "\n")
}

// names are all accounts, from wherever codes come from.
func (p *program) names(ctx context.Context) ([]otpcore.Account, error) {
	from, err := p.source(ctx, instant{})
	if err != nil {
		return nil, err
	}
	return from.names(ctx)
}

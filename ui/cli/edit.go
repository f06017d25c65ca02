package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"otpane/otpcore"
	"otpane/vault"
)

// edits are the flags of `otpane edit`.
type edits struct {
	fields
	tags                   []string
	note, agent            string
	pinned, finished, sure bool
}

func (p *program) editCommand() *cobra.Command {
	var e edits
	cmd := &cobra.Command{
		Use:   "edit QUERY",
		Short: "Change an account",
		Long: `QUERY is the exact name or id. Says what will change, asks (--yes does not) and
prints the line that undoes it. The key cannot be changed: add the new one.`,
		Example: "  otpane edit github --issuer GitHub --tag dev --tag oss\n  otpane edit github:alice --account alice@example.com --yes",
		Args:    oneQuery,
		RunE:    func(cmd *cobra.Command, args []string) error { return p.edit(cmd, args[0], &e) },
	}
	e.fields.declare(cmd)
	cmd.Flags().StringArrayVar(&e.tags, "tag", nil, "its `TAG`s from now on (\"\" for none)")
	cmd.Flags().StringVar(&e.note, "note", "", "its `NOTE`")
	cmd.Flags().StringVar(&e.agent, "agent", "", "the agent's `ANSWER`: allow, ask, deny (\"\" for none)")
	cmd.Flags().BoolVar(&e.pinned, "pinned", false, "keep it on top")
	cmd.Flags().BoolVar(&e.finished, "finished", false, "the site has taken a code of it")
	cmd.Flags().BoolVar(&e.sure, "yes", false, "do not ask")
	return cmd
}

func (p *program) edit(cmd *cobra.Command, query string, e *edits) error {
	if !changesSomething(cmd) {
		return misuse("what should change?", helpOf(cmd))
	}
	v, err := p.open(cmd.Context())
	if err != nil {
		return err
	}
	was, err := findExactly(v.Accounts(), query)
	if err != nil {
		return err
	}
	is, err := e.apply(cmd, was)
	if err == nil {
		err = nameTaken(v.Accounts(), was, is)
	}
	if err != nil {
		return err
	}
	if !p.mentionChanges(was, is) {
		return nil
	}
	if err := p.confirm(cmd.Context(), fmt.Sprintf("Change %s?", was.Label()), e.sure); err != nil {
		return err
	}
	return p.save(v, cmd, e, was.ID)
}

// changesSomething reports whether a flag beside --yes and those of every command
// was given.
func changesSomething(cmd *cobra.Command) bool {
	some := false
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		some = some || f.Changed && f.Name != "yes"
	})
	return some
}

// nameTaken keeps two accounts from becoming one to whoever reads their names.
func nameTaken(accounts []otpcore.Account, was, is otpcore.Account) error {
	if was.Issuer == is.Issuer && was.Name == is.Name {
		return nil
	}
	others := slices.DeleteFunc(accounts, func(a otpcore.Account) bool { return a.ID == was.ID })
	if free := otpcore.FreeName(others, is.Issuer, is.Name); free != is.Name {
		return &fault{status: failed, what: is.Label() + " exists", hint: fmt.Sprintf("%q is free", free)}
	}
	return nil
}

// save applies the flags to the newest copy, not to the one that was looked at:
// a counter may have moved meanwhile.
func (p *program) save(v *vault.Vault, cmd *cobra.Command, e *edits, id string) error {
	var was, is otpcore.Account
	became := id
	err := update(v, func(d *vault.Draft) (err error) {
		var there bool
		if was, there = d.Account(id); !there {
			return vault.ErrNoAccount
		}
		if is, err = e.apply(cmd, was); err != nil {
			return err
		}
		if err := d.Set(is); err != nil || !e.finished {
			return err
		}
		became, err = d.Finish(id) // a new key moves into the account that it is for
		return err
	})
	if err != nil {
		return err
	}
	p.say("Changed %s.", is.Label())
	if became == id {
		p.mentionUndo(was, is)
	}
	return nil
}

func (e *edits) apply(cmd *cobra.Command, a otpcore.Account) (otpcore.Account, error) {
	given := cmd.Flags().Changed
	a, err := e.fields.apply(cmd, a)
	if err != nil {
		return a, err
	}
	if given("tag") {
		a.Tags = nil
		for _, tag := range e.tags {
			if tag = otpcore.Clean(strings.TrimPrefix(tag, "#")); tag != "" {
				a.Tags = append(a.Tags, tag)
			}
		}
	}
	if given("note") {
		a.Note = otpcore.CleanNote(e.note)
	}
	if given("agent") {
		if a.Agent, err = otpcore.ParseAnswer(e.agent); err != nil {
			return a, misuse(err.Error(), helpOf(cmd))
		}
	}
	if given("pinned") {
		a.Pinned = e.pinned
	}
	if given("finished") {
		a.Unfinished = !e.finished
	}
	return a, nil
}

// confirm has a yes, gets one, or says that it needs one.
func (p *program) confirm(ctx context.Context, question string, sure bool) error {
	if sure {
		return nil
	}
	if !p.interactive() {
		return misuse("nobody can be asked here, and nothing was changed", "--yes says that you are sure")
	}
	yes, err := p.ask(ctx, question)
	if err == nil && !yes {
		err = &fault{status: failed, what: "nothing was changed"}
	}
	return err
}

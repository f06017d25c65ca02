package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"otpane/vault"
)

func (p *program) rmCommand() *cobra.Command {
	var sure bool
	cmd := &cobra.Command{
		Use:   "rm QUERY",
		Short: "Delete an account",
		Long: `QUERY is the exact name or id. Asks first; --yes where nobody can answer.
A deleted account is kept for 30 days: ` + "`otpane restore`" + ` brings it back.`,
		Example: "  otpane rm github:alice\n  otpane rm \"AWS prod:audit\" --yes",
		Args:    oneQuery,
		RunE:    func(cmd *cobra.Command, args []string) error { return p.remove(cmd.Context(), args[0], sure) },
	}
	cmd.Flags().BoolVar(&sure, "yes", false, "do not ask")
	return cmd
}

func (p *program) remove(ctx context.Context, query string, sure bool) error {
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	a, err := findExactly(v.Accounts(), query)
	if err != nil {
		return err
	}
	question := fmt.Sprintf("Delete %s? The site still asks for a code.", a.Label())
	if err := p.confirm(ctx, question, sure); err != nil {
		return err
	}
	if err := update(v, func(d *vault.Draft) error { return d.Delete(a.ID) }); err != nil {
		return err
	}
	p.say("%s deleted, kept for 30 days. `%s` brings it back.", a.Label(), p.command("restore", a.ID))
	return nil
}

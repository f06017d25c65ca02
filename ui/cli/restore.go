package cli

import (
	"time"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/vault"
)

func (p *program) restoreCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "restore [QUERY]",
		Short: "Bring a deleted account back",
		Long: `A deleted account is kept for 30 days. Without QUERY it lists those that can
come back. A whole earlier copy of the vault is ` + "`otpane backup restore`" + `.`,
		Example: "  otpane restore\n  otpane restore github",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return oneQuery(cmd, args)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := p.open(cmd.Context())
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return p.listTrash(v.Trash(), asJSON)
			}
			return p.restore(v, args[0])
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "list them as an array for programs")
	return cmd
}

// restore may guess what is meant: nothing is lost by it.
func (p *program) restore(v *vault.Vault, query string) error {
	var deleted []otpcore.Account
	for _, t := range v.Trash() {
		deleted = append(deleted, t.Account)
	}
	a, err := find(deleted, query)
	if err != nil {
		return notDeleted(v, asFault(err), query)
	}
	if err := update(v, func(d *vault.Draft) error { return d.Restore(a.ID) }); err != nil {
		return err
	}
	p.say("%s is back.", a.Label())
	return nil
}

// notDeleted looks for what was meant where nothing was deleted.
func notDeleted(v *vault.Vault, f *fault, query string) error {
	if f.status != nothingFound {
		return f
	}
	f.what = "no deleted account " + mention(query)
	f.hint = "`otpane restore` lists what can come back"
	if here := otpcore.Find(v.Accounts(), query); len(here) > 0 {
		f.hint = here[0].Label() + " is not deleted; " + f.hint
	}
	return f
}

// deletedEntry is a deleted account as programs read it.
type deletedEntry struct {
	ID      string    `json:"id"`
	Issuer  string    `json:"issuer"`
	Name    string    `json:"name"`
	Type    string    `json:"type"`
	Deleted time.Time `json:"deleted"`
}

func (p *program) listTrash(trash []vault.Trashed, asJSON bool) error {
	entries, rows := []deletedEntry{}, [][]string{}
	for _, t := range trash {
		entries = append(entries, deletedEntry{t.ID, t.Issuer, t.Name, string(t.Kind), t.Deleted.UTC()})
		rows = append(rows, []string{otpcore.Clean(t.Label()), "deleted " + minute(t.Deleted), t.ID})
	}
	switch {
	case asJSON:
		return p.printJSON(entries)
	case len(rows) == 0:
		p.say("Nothing was deleted in the last 30 days.")
		return nil
	}
	return p.print(table(rows))
}

// minute is a time as people read it on this machine.
func minute(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

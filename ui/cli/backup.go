package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"otpane/vault"
)

func (p *program) backupCommand() *cobra.Command {
	return p.group(&cobra.Command{
		Use:   "backup",
		Short: "List, check and restore earlier copies of the vault",
		Long: `Every save keeps the copy before it in backups/ beside the vault: the last 10,
the last of each of 14 days and of 12 months. A single deleted account comes
back by ` + "`otpane restore`" + `.`,
		Example: "  otpane backup check\n  otpane backup restore",
	}, p.backupListCommand(), p.backupCheckCommand(), p.backupRestoreCommand(), p.backupAcceptCommand())
}

func (p *program) backupListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Open every backup and say what it holds",
		Long:    "Newest first. One that does not open is listed with the reason.",
		Example: "  otpane backup list\n  otpane backup list --json | jq -r '.[0].path'",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, backups, err := p.backups(cmd.Context())
			if err != nil {
				return err
			}
			return p.listBackups(backups, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "an array for programs")
	return cmd
}

func (p *program) backupCheckCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [FILE…]",
		Short: "Compare backups with the vault, code by code",
		Long: `Opens every backup, or these copies of the vault, and compares the codes of
one instant account by account. One that does not open makes the status 1.`,
		Example: "  otpane backup check\n  otpane backup check /media/stick/vault.age",
		RunE: func(cmd *cobra.Command, files []string) error {
			return p.checkBackups(cmd.Context(), files, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "an array for programs")
	return cmd
}

func (p *program) backupRestoreCommand() *cobra.Command {
	var sure bool
	cmd := &cobra.Command{
		Use:   "restore [FILE]",
		Short: "Put a backup in the place of the vault",
		Long: `Without FILE the newest one that is whole. The vault may be damaged or gone;
what is there now becomes a backup itself. Asks first; --yes where nobody can
answer. To take in what a copy has beside the vault's own: ` + "`otpane merge`" + `.`,
		Example: "  otpane backup restore\n  otpane backup restore vault.age.20261122T162425.123Z.000042",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return misuse("one backup at a time", helpOf(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.restoreBackup(cmd.Context(), strings.Join(args, ""), sure)
		},
	}
	cmd.Flags().BoolVar(&sure, "yes", false, "do not ask")
	return cmd
}

func (p *program) backupAcceptCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "accept",
		Short: "Take the vault as it is, although a newer one was seen",
		Long: `otpane remembers how far the vault had come. It warns when an older copy or
another vault lies there: a synchroniser's mistake, a restored disk, or somebody
who wants a deleted account back. If it was you, this ends the warning.`,
		Example: "  otpane backup accept\n  otpane backup accept --vault ~/work.age",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := p.open(cmd.Context())
			if err != nil {
				return err
			}
			p.see(v)
			p.say("Accepted as it is: %s.", count(len(v.Accounts()), "account", "accounts"))
			return nil
		},
	}
}

// backups opens all backups of a vault that may itself be damaged or gone.
func (p *program) backups(ctx context.Context) (vault.Identity, []vault.Backup, error) {
	path := p.at.path
	id, err := p.rescuer(ctx, path)
	if err != nil {
		return vault.Identity{}, nil, vaultFault(path, err)
	}
	backups, err := vault.Backups(path, id)
	return id, backups, vaultFault(path, err)
}

func (p *program) noBackups() error {
	return &fault{status: nothingFound, what: "no backups of " + p.at.path, hint: "every save makes one: look at the path"}
}

// rescuer is the identity of the vault, or of its newest backup if the vault
// cannot say any more what its passphrase opens.
func (p *program) rescuer(ctx context.Context, path string) (vault.Identity, error) {
	id, err := p.identity(ctx, path)
	if !beyondRepair(err) {
		return id, err
	}
	backup, found := newestWhole(path, vault.Identity{})
	if !found {
		return vault.Identity{}, err
	}
	p.say("%s", asFault(vaultFault(path, err)).what)
	p.say("The backup of %s asks for its own passphrase.", minute(backup.Time))
	return p.identity(ctx, backup.Path)
}

// beyondRepair is what only a backup helps against.
func beyondRepair(err error) bool {
	return errors.Is(err, vault.ErrDamaged) || errors.Is(err, vault.ErrNotFound) || errors.Is(err, vault.ErrNotVault)
}

// newestWhole finds the newest backup that opens or, without an identity, whose
// header is whole: who has not said the passphrase yet cannot know more.
func newestWhole(path string, id vault.Identity) (vault.Backup, bool) {
	backups, err := vault.Backups(path, id)
	if err != nil {
		return vault.Backup{}, false
	}
	i := slices.IndexFunc(backups, func(b vault.Backup) bool {
		if id.IsZero() {
			_, err := vault.Inspect(b.Path)
			return err == nil
		}
		return b.Err == nil
	})
	if i < 0 {
		return vault.Backup{}, false
	}
	return backups[i], true
}

// rescueFault names the way out where the vault is damaged or gone: its newest
// whole backup.
func rescueFault(path string, id vault.Identity, err error) error {
	if !beyondRepair(err) {
		return vaultFault(path, err)
	}
	backup, found := newestWhole(path, id)
	if !found {
		return vaultFault(path, err)
	}
	f := *asFault(vaultFault(path, err))
	f.hint = fmt.Sprintf("the backup of %s is whole: `otpane backup restore %s` puts it in place", minute(backup.Time), filepath.Base(backup.Path))
	if id.IsZero() {
		f.hint = fmt.Sprintf("the newest backup is of %s: `otpane backup restore` opens it and puts it in place", minute(backup.Time))
	}
	return &f
}

// backupEntry is a backup as programs read it.
type backupEntry struct {
	Path     string    `json:"path"`
	Time     time.Time `json:"time"`
	Whole    bool      `json:"whole"`
	Accounts int       `json:"accounts"`
	Reason   string    `json:"reason,omitempty"` // why it does not open
}

func (p *program) listBackups(backups []vault.Backup, asJSON bool) error {
	entries := []backupEntry{}
	var rows [][]string
	for _, b := range backups {
		entries = append(entries, backupEntry{b.Path, b.Time.UTC(), b.Err == nil, b.Accounts, reason(b.Path, b.Err)})
		rows = append(rows, []string{minute(b.Time), cmp.Or(reason(b.Path, b.Err), count(b.Accounts, "account", "accounts")), filepath.Base(b.Path)})
	}
	switch {
	case asJSON && len(entries) == 0:
		return errors.Join(p.printJSON(entries), p.noBackups())
	case len(entries) == 0:
		return p.noBackups()
	case asJSON:
		return p.printJSON(entries)
	}
	return p.print(visible(table(rows)))
}

// reason is why a copy of a vault does not open, in a few words.
func reason(path string, err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, vault.ErrDamaged), errors.Is(err, vault.ErrNotVault):
		return "damaged"
	case errors.Is(err, vault.ErrIdentity):
		return "opens with another passphrase or identity"
	case errors.Is(err, vault.ErrNewer):
		return "written by a newer otpane"
	}
	what, _ := fileSentence(path, err)
	return what
}

// checkedEntry is what a comparison says, for programs.
type checkedEntry struct {
	Path      string `json:"path"`
	Whole     bool   `json:"whole"`
	Accounts  int    `json:"accounts"`  // in the backup
	Equal     int    `json:"equal"`     // of those, which give the same code
	Different int    `json:"different"` // of those, which give another
	Gone      int    `json:"gone"`      // of those, which the vault no longer has
	Newer     int    `json:"newer"`     // in the vault only
	Reason    string `json:"reason,omitempty"`
}

func (p *program) checkBackups(ctx context.Context, files []string, asJSON bool) error {
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		if files, err = backupFiles(v); err != nil {
			return err
		}
	}
	bad := 0
	var entries []checkedEntry
	var rows [][]string
	for _, file := range files {
		c, err := v.CheckBackup(file)
		if err != nil {
			bad++
		}
		entries = append(entries, checkedEntry{file, err == nil, c.Accounts, c.Equal, c.Different, c.Gone, c.Newer, reason(file, err)})
		rows = append(rows, []string{filepath.Base(file), cmp.Or(reason(file, err), verdict(c))})
	}
	if asJSON {
		err = p.printJSON(entries)
	} else {
		err = p.print(visible(table(rows)))
	}
	if err == nil && bad > 0 {
		err = &fault{status: failed, what: count(bad, "backup does", "backups do") + " not open"}
	}
	return err
}

func backupFiles(v *vault.Vault) ([]string, error) {
	backups, err := vault.Backups(v.Path(), v.Identity())
	if err != nil {
		return nil, vaultFault(v.Path(), err)
	}
	if len(backups) == 0 {
		return nil, &fault{status: nothingFound, what: "no backups yet", hint: "the next save makes one"}
	}
	var files []string
	for _, b := range backups {
		files = append(files, b.Path)
	}
	return files, nil
}

// verdict is the sentence about one whole backup.
func verdict(c vault.Comparison) string {
	text := fmt.Sprintf("%d of %d equal", c.Equal, c.Accounts)
	for _, part := range []struct {
		n    int
		what string
	}{
		{c.Different, "with another code"},
		{c.Gone, "deleted since"},
		{c.Newer, "newer than the backup"},
	} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	return text
}

func (p *program) restoreBackup(ctx context.Context, name string, sure bool) error {
	path := p.at.path
	id, backups, err := p.backups(ctx)
	if err != nil {
		return err
	}
	if len(backups) == 0 {
		return p.noBackups()
	}
	backup, err := chosen(backups, name)
	if err != nil {
		return err
	}
	question := fmt.Sprintf("Put the backup of %s (%s) in the place of the vault?", minute(backup.Time), count(backup.Accounts, "account", "accounts"))
	if err := p.confirm(ctx, question, sure); err != nil {
		return err
	}
	there, err := vaultExists(path)
	if err != nil {
		return vaultFault(path, err)
	}
	v, err := vault.Restore(path, backup.Path, id, p.Now)
	if err != nil {
		return vaultFault(path, err)
	}
	p.see(v)
	p.say("Restored: %s as of %s.", count(backup.Accounts, "account", "accounts"), minute(backup.Time))
	if there {
		p.say("What was there before is a backup now.")
	}
	return nil
}

// chosen is the backup of that name or path, or the newest whole one.
func chosen(backups []vault.Backup, name string) (vault.Backup, error) {
	i := slices.IndexFunc(backups, func(b vault.Backup) bool {
		if name == "" {
			return b.Err == nil
		}
		return filepath.Base(b.Path) == name || b.Path == name
	})
	switch {
	case i < 0 && name == "":
		return vault.Backup{}, &fault{status: failed, what: "none of the backups opens", hint: "`otpane backup list` says why"}
	case i < 0:
		return vault.Backup{}, &fault{status: nothingFound, what: "no backup of that name", hint: "`otpane backup list` shows them; a copy from elsewhere comes in by `otpane merge FILE`"}
	case backups[i].Err != nil:
		return vault.Backup{}, &fault{status: failed, what: "this backup does not open: " + reason(backups[i].Path, backups[i].Err), hint: "`otpane backup list` shows which do", err: backups[i].Err}
	}
	return backups[i], nil
}

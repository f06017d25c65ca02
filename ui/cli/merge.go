package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/vault"
)

// mergeRequest is what the flags of `otpane merge` ask for.
type mergeRequest struct {
	passphraseFile, keep      string
	dryRun, asJSON, gitDriver bool
}

func (p *program) mergeCommand() *cobra.Command {
	var want mergeRequest
	cmd := &cobra.Command{
		Use:   "merge [FILE…]",
		Short: "Take in what other copies of the vault have",
		Long: `Each field comes from the copy that changed it last, counters take the greater
count, and of two keys for one account both are kept. An older copy changes
nothing. Without FILE: the conflict files that a synchroniser left beside the
vault; those move to the backups. docs/merge.md sets up git.`,
		Example: "  otpane merge\n  otpane merge ~/laptop/vault.age --dry-run",
		Args:    mergeFiles(&want),
		RunE: func(cmd *cobra.Command, files []string) error {
			switch {
			case want.gitDriver:
				return p.mergeForGit(cmd.Context(), files[0], files[1], want)
			case want.keep != "":
				return p.keepKey(cmd.Context(), want.keep)
			}
			return p.merge(cmd.Context(), files, want)
		},
	}
	cmd.Flags().BoolVar(&want.dryRun, "dry-run", false, "say what would change; save nothing")
	cmd.Flags().BoolVar(&want.asJSON, "json", false, "added, changed, removed, conflicts")
	cmd.Flags().StringVar(&want.passphraseFile, "source-passphrase-file", "", "the copies' own passphrase: `FILE`")
	cmd.Flags().StringVar(&want.keep, "keep", "", "keep the key that gives this `CODE`")
	cmd.Flags().BoolVar(&want.gitDriver, "git-driver", false, "merge the second FILE into the first")
	return cmd
}

func mergeFiles(want *mergeRequest) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case want.gitDriver && len(args) != 2:
			return misuse("--git-driver takes two files", "`otpane merge --git-driver %A %B`, see docs/merge.md")
		case want.keep != "" && len(args) > 0:
			return misuse("--keep takes a code and no files", "merge first, then try the codes at the site")
		}
		return nil
	}
}

func (p *program) merge(ctx context.Context, files []string, want mergeRequest) error {
	v, err := p.openQuietly(ctx)
	if err != nil {
		return err
	}
	beside, err := vault.ConflictFiles(v.Path())
	if err != nil {
		return vaultFault(v.Path(), err)
	}
	if len(files) == 0 {
		files = beside
	}
	if len(files) == 0 {
		p.say("No conflict files beside %s. `otpane merge FILE` takes in another copy.", v.Path())
		return nil
	}
	target := v
	if want.dryRun {
		scratch, remove, err := p.scratch(v)
		if err != nil {
			return err
		}
		defer remove()
		target = scratch
	}
	var total vault.Merged
	for _, file := range files {
		merged, err := p.mergeCopy(ctx, target, file, want.passphraseFile)
		if err != nil {
			return err
		}
		total.Added, total.Changed, total.Removed = total.Added+merged.Added, total.Changed+merged.Changed, total.Removed+merged.Removed
		total.Conflicts = merged.Conflicts
	}
	if !want.dryRun {
		err = archive(v, files, beside)
	}
	return errors.Join(p.tellMerged(total, want), err)
}

// scratch is a copy of the vault to try a merge on: a vault file of its own, as
// well encrypted, in a folder for the owner alone.
func (p *program) scratch(v *vault.Vault) (*vault.Vault, func(), error) {
	folder, err := os.MkdirTemp("", "otpane-")
	if err != nil {
		return nil, nil, err
	}
	remove := func() { _ = os.RemoveAll(folder) }
	path := filepath.Join(folder, "vault.age")
	err = v.SaveCopy(path, func(*vault.Draft) error { return nil })
	if err == nil {
		v, err = vault.Open(path, v.Identity(), p.Now)
	}
	if err != nil {
		remove()
		return nil, nil, fmt.Errorf("a copy to try the merge on: %w", err)
	}
	return v, remove, nil
}

// mergeCopy asks for the copy's own passphrase if the vault's does not open it.
func (p *program) mergeCopy(ctx context.Context, v *vault.Vault, file, passphraseFile string) (vault.Merged, error) {
	merged, err := v.Merge(file, vault.Identity{})
	if errors.Is(err, vault.ErrIdentity) {
		var id vault.Identity
		if id, err = p.copyIdentity(ctx, file, passphraseFile); err == nil {
			merged, err = v.Merge(file, id)
		}
	}
	return merged, mergeFault(file, err)
}

func (p *program) copyIdentity(ctx context.Context, file, passphraseFile string) (vault.Identity, error) {
	info, err := vault.Inspect(file)
	if err != nil || !info.Passphrase {
		return vault.Identity{}, errors.Join(vault.ErrIdentity, err)
	}
	if passphraseFile == "" && !p.interactive() {
		return vault.Identity{}, &fault{status: wrongPassphrase, what: file + " has another passphrase", hint: "--source-passphrase-file FILE gives it", err: vault.ErrIdentity}
	}
	var passphrase []byte
	if passphraseFile != "" {
		passphrase, err = readPassphrase(passphraseFile)
	} else {
		passphrase, err = p.hidden(ctx, "passphrase of "+visible(filepath.Base(file))+"  ")
	}
	if err != nil {
		return vault.Identity{}, err
	}
	defer clear(passphrase)
	return vault.Unlock(file, passphrase)
}

func mergeFault(file string, err error) error {
	if errors.Is(err, vault.ErrOtherVault) {
		return &fault{status: failed, what: file + " is another vault, not a copy of this one", err: err,
			hint: "`otpane export` from the one and `otpane import` into the other brings accounts over"}
	}
	return vaultFault(file, err)
}

// archive moves the merged ones of the conflict files to the backups.
func archive(v *vault.Vault, merged, beside []string) error {
	for _, file := range beside {
		if !slices.ContainsFunc(merged, func(other string) bool { return sameFile(file, other) }) {
			continue
		}
		if err := v.Archive(file); err != nil {
			return vaultFault(v.Path(), err)
		}
	}
	return nil
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// mergedOutcome is what a merge did, for programs.
type mergedOutcome struct {
	Added     int             `json:"added"`
	Changed   int             `json:"changed"`
	Removed   int             `json:"removed"`
	Conflicts []conflictEntry `json:"conflicts"`
}

// conflictEntry is an account with several keys: the first code is that of the
// key in use. One that counts has none.
type conflictEntry struct {
	ID     string   `json:"id"`
	Issuer string   `json:"issuer"`
	Name   string   `json:"name"`
	Keys   int      `json:"keys"`
	Codes  []string `json:"codes"`
}

func (p *program) tellMerged(m vault.Merged, want mergeRequest) error {
	if want.asJSON {
		out := mergedOutcome{m.Added, m.Changed, m.Removed, []conflictEntry{}}
		for _, c := range m.Conflicts {
			out.Conflicts = append(out.Conflicts, conflictEntry{c.ID, c.Issuer, c.Name, 1 + len(c.Rivals), codes(c, p.Now())})
		}
		return p.printJSON(out)
	}
	if m.Added+m.Changed+m.Removed == 0 {
		p.say("Nothing new: the vault has it all.")
	} else {
		p.say("%s: %d new, %d changed, %d deleted.", map[bool]string{true: "Would merge", false: "Merged"}[want.dryRun], m.Added, m.Changed, m.Removed)
	}
	for _, c := range m.Conflicts {
		p.say("%s", conflictSentence(c, p.Now()))
	}
	return nil
}

// conflictSentence shows the codes of all keys: the site knows which is right.
func conflictSentence(c vault.Conflict, now time.Time) string {
	text := fmt.Sprintf("%s has %d keys since a merge", c.Label(), 1+len(c.Rivals))
	if codes := codes(c, now); len(codes) > 0 {
		text += ", which give " + strings.Join(codes, " and ")
	}
	return text + "; `otpane merge --keep CODE` keeps the one that the site takes."
}

func codes(c vault.Conflict, now time.Time) []string {
	codes := []string{}
	for _, key := range append([]otpcore.Secret{c.Secret}, c.Rivals...) {
		a := c.Account
		a.Secret = key
		if a.Timed() {
			codes = append(codes, a.At(now).Code)
		}
	}
	return codes
}

// twoKeys reports that nobody has decided between two keys of an account.
func twoKeys(v *vault.Vault) func(id string) bool {
	return func(id string) bool {
		return slices.ContainsFunc(v.Conflicts(), func(c vault.Conflict) bool { return c.ID == id })
	}
}

// rivals says that the code of an account may be the wrong one.
func rivals(v *vault.Vault, a otpcore.Account, now time.Time) (sentences []string) {
	for _, c := range v.Conflicts() {
		if c.ID == a.ID {
			c.Account = a // as it is meant to be read
			sentences = append(sentences, conflictSentence(c, now))
		}
	}
	return sentences
}

// keepKey ends the conflict that a code of the site's liking decides. The other
// key stays among the account's former ones.
func (p *program) keepKey(ctx context.Context, code string) error {
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	for _, c := range v.Conflicts() {
		key, found := keyOf(c, strings.ReplaceAll(code, " ", ""), p.Now())
		if !found {
			continue
		}
		if err := update(v, func(d *vault.Draft) error { return d.Settle(c.ID, key) }); err != nil {
			return err
		}
		p.say("%s keeps that key. The other one stays among its former keys.", c.Label())
		return nil
	}
	return &fault{status: nothingFound, what: "no account with several keys gives this code", hint: "codes change: `otpane code NAME` shows those of now"}
}

// stale is how many periods ago a code may have been read.
const stale = 3

// keyOf finds the key by one of its codes, of now or of a moment ago.
func keyOf(c vault.Conflict, code string, now time.Time) (otpcore.Secret, bool) {
	for _, key := range append([]otpcore.Secret{c.Secret}, c.Rivals...) {
		a := c.Account
		a.Secret = key
		for ago := range stale {
			at := now.Add(-time.Duration(ago*a.Period) * time.Second)
			if a.Timed() && a.At(at).Code == code || !a.Timed() && a.CodeAt(a.Counter+uint64(ago)) == code {
				return key, true
			}
		}
	}
	return otpcore.Secret{}, false
}

// mergeForGit is a merge driver: git names its own temporary files, ours is to
// hold the result. The work is done elsewhere, because the folder of ours is the
// user's work tree.
func (p *program) mergeForGit(ctx context.Context, ours, theirs string, want mergeRequest) error {
	id, err := p.identity(ctx, ours)
	if err != nil {
		return vaultFault(ours, err)
	}
	v, err := vault.Open(ours, id, p.Now)
	if err != nil {
		return vaultFault(ours, err)
	}
	v, remove, err := p.scratch(v)
	if err != nil {
		return err
	}
	defer remove()
	merged, err := p.mergeCopy(ctx, v, theirs, want.passphraseFile)
	if err != nil {
		return err
	}
	file, err := readFile(v.Path(), maxExport)
	if err != nil {
		return err
	}
	if err := replace(ours, file); err != nil {
		return err
	}
	return p.tellMerged(merged, want)
}

// mentionCopies says that a synchroniser has left copies beside the vault.
func (p *program) mentionCopies(v *vault.Vault) {
	files, err := vault.ConflictFiles(v.Path())
	if err != nil || len(files) == 0 {
		return // a folder that cannot be listed is no matter of the one who wants a code
	}
	p.say("%s beside the vault. `otpane merge` takes in what the vault lacks.", count(len(files), "conflict copy lies", "conflict copies lie"))
}

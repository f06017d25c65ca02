package cli

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"otpane/otpcore"
	"otpane/vault"
)

// What the doctor finds in the vault: whether it opens, what its backups are worth,
// and what its accounts lack.

// openingFault is why the vault did not open, as every command says it.
func (d *patient) openingFault() error { return rescueFault(d.path, d.identity, d.err) }

func (d *patient) opening() []finding {
	if d.err == nil {
		return fine("opens: %s", count(len(d.accounts), "account", "accounts"))
	}
	return wrong(d.wayIn(), "%s", asFault(d.openingFault()).what)
}

// wayIn is what helps against a vault that does not open.
func (d *patient) wayIn() string {
	_, backed := newestWhole(d.path, d.identity)
	switch err := d.err; {
	case d.path == "":
		return "otpane config check"
	case beyondRepair(err) && backed:
		return d.command("backup", "restore")
	case errors.Is(err, vault.ErrNotFound):
		return d.command("init")
	case errors.Is(err, vault.ErrPassphrase):
		return d.command("passphrase", "--recovery-key")
	case errors.Is(err, vault.ErrIdentity), errors.Is(err, vault.ErrNoPassphrase):
		return "otpane doctor --identity FILE"
	case errors.Is(err, vault.ErrDetached):
		return d.command("doctor", "--detached-key", "FILE")
	case errors.Is(err, vault.ErrWorkFactor):
		info, _ := vault.Inspect(d.path, d.keyFile(d.path)...)
		return d.command("doctor", "--max-work-factor", strconv.Itoa(info.WorkFactor))
	case asFault(err).status == misused:
		return d.command("doctor", "--passphrase-file", "FILE")
	}
	return ""
}

func (d *patient) version() []finding {
	if err := d.opened.ReadOnly(); err != nil {
		return worthDoing("", "read-only: %v. A newer otpane can change it.", err)
	}
	return fine("this otpane writes it")
}

func (d *patient) damage() []finding {
	if n := d.opened.Damaged(); n > 0 {
		return wrong(d.command("backup", "check"), "%s and kept; a backup may have what it was", count(n, "account cannot be read", "accounts cannot be read"))
	}
	return fine("every account can be read")
}

// passphraseWork is about what somebody pays for a try at the passphrase who has
// stolen the file.
func (d *patient) passphraseWork() []finding {
	info, err := vault.Inspect(d.path, d.keyFile(d.path)...)
	switch {
	case err != nil:
		return nil // "vault" has said it
	case !info.Passphrase:
		return fine("none: identities open the vault")
	case info.WorkFactor == 0:
		return fine("opens a key file of its own")
	case info.WorkFactor < vault.DefaultWorkFactor:
		return worthDoing(d.command("passphrase"), "scrypt 2^%d: a try at guessing it costs 1/%d of what it would by now; setting it again, even the same, mends that",
			info.WorkFactor, 1<<(vault.DefaultWorkFactor-info.WorkFactor))
	}
	return fine("scrypt 2^%d", info.WorkFactor)
}

func (d *patient) rollback() []finding {
	if odd := alarm(d.opened, d.seen); odd != "" {
		return wrong(d.command("backup", "accept"), "%s If that was you, accept it; if not, `otpane merge FILE` takes in what a newer copy has.", odd)
	}
	return fine("nothing newer was seen here")
}

// backups opens every copy and holds it against the vault. What was never read back
// is no backup.
func (d *patient) backups() []finding {
	copies := d.parts.Copies
	switch {
	case len(copies) == 0 && d.opened == nil:
		return nil // "vault" has said what there is
	case len(copies) == 0 && len(d.accounts) == 0:
		return fine("none yet: every save keeps the copy before it")
	case len(copies) == 0:
		return worthDoing(d.command("export", "--format", "age", "-o", "FILE"), "none beside the vault; the next save makes one, and a copy elsewhere does not wait for it")
	}
	var damaged, foreign []string
	checked := d.prove()
	for file, err := range checked {
		switch {
		case errors.Is(err, vault.ErrIdentity):
			foreign = append(foreign, filepath.Base(file))
		case err != nil:
			damaged = append(damaged, filepath.Base(file))
		}
	}
	slices.Sort(foreign)
	slices.Sort(damaged)
	return d.provenBackups(len(checked), damaged, foreign)
}

func (d *patient) provenBackups(checked int, damaged, foreign []string) (found []finding) {
	if n := len(damaged); n > 0 {
		found = append(found, wrong(d.command("backup", "check"), "%s: %s", count(n, "backup does not open", "backups do not open"), several(damaged))...)
	}
	if n := len(foreign); n > 0 {
		found = append(found, worthDoing(d.command("backup", "check"), "%s with another passphrase or identity: %s", count(n, "backup opens", "backups open"), several(foreign))...)
	}
	if whole := checked - len(damaged) - len(foreign); whole > 0 {
		found = append(found, fine("%d of %d opened and whole, newest of %s", whole, len(d.parts.Copies), d.newest())...)
	}
	return found
}

// prove opens the backups and computes their codes beside those of the vault; those
// of a vault that does not open have to be whole by themselves. What asks for a touch
// at every file is asked for one.
func (d *patient) prove() map[string]error {
	proven := map[string]error{}
	if d.opened == nil {
		all, _ := vault.Backups(d.path, d.identity)
		for _, b := range all {
			proven[b.Path] = b.Err
		}
		return proven
	}
	files := d.parts.Copies
	if byHardware(d.identity) {
		files = files[:1]
	}
	for _, file := range files {
		_, proven[file] = d.opened.CheckBackup(file)
	}
	return proven
}

func (d *patient) newest() string {
	newest := d.parts.Newest
	if days := int(d.now.Sub(newest).Hours() / 24); days > 0 {
		return fmt.Sprintf("%s, %s ago", minute(newest), count(days, "day", "days"))
	}
	return minute(newest)
}

// byHardware says that something outside of this machine opens the vault.
func byHardware(id vault.Identity) bool {
	for _, text := range id.Recipients() {
		if (vault.Recipient{Text: text}).Plugin() != "" {
			return true
		}
	}
	return false
}

func (d *patient) conflictCopies() []finding {
	if d.path == "" {
		return nil
	}
	files, err := vault.ConflictFiles(d.path)
	switch n := len(files); {
	case err != nil:
		return nil // "files" has looked at the folder
	case n > 0:
		return worthDoing(d.command("merge"), "%s beside the vault: what was changed there is not in it", count(n, "conflict copy lies", "conflict copies lie"))
	}
	return fine("no conflict copies beside the vault")
}

func (d *patient) twoKeys() []finding {
	var names []string
	for _, c := range d.opened.Conflicts() {
		names = append(names, c.Label())
	}
	if len(names) > 0 {
		return wrong(d.command("merge", "--keep", "CODE"), "since a merge there are two keys for %s; the code that the site takes decides", several(names))
	}
	return fine("one key for each account")
}

// recoveryKey wants a second way in, whatever it is. A keyring is none: it goes with
// the machine.
func (d *patient) recoveryKey() []finding {
	info, err := vault.Inspect(d.path)
	if err != nil {
		return nil
	}
	var others []string
	for _, r := range d.opened.Recipients() {
		if strings.HasPrefix(r.Label, keyringLabel) {
			continue
		}
		others = append(others, cmp.Or(r.Label, abridged(r.Text)))
	}
	switch {
	case info.Passphrase && len(others) == 0:
		return worthDoing(d.command("recipients", "recovery"), "none: who forgets the passphrase loses the vault")
	case !info.Passphrase && len(others) < 2:
		return worthDoing(d.command("recipients", "recovery"), "none: one identity alone opens the vault")
	}
	return fine("these open the vault, too: %s", several(others))
}

// recipients looks for the programs that some of them need whenever the vault is
// saved.
func (d *patient) recipients() []finding {
	for _, r := range d.opened.Recipients() {
		plugin := r.Plugin()
		if plugin == "" {
			continue
		}
		if _, err := d.machine.program(plugin); err != nil {
			return wrong("", "%s is not on the PATH: without it nothing can be saved, because %s is a recipient", plugin, cmp.Or(r.Label, abridged(r.Text)))
		}
	}
	return fine("what they need to save is here")
}

func (d *patient) unfinished() []finding {
	var names []string
	var oldest otpcore.Account
	for _, a := range d.accounts {
		if !a.Unfinished {
			continue
		}
		names = append(names, a.Label())
		if oldest.ID == "" || a.Created.Before(oldest.Created) {
			oldest = a
		}
	}
	if len(names) == 0 {
		return fine("none: every site has taken a code")
	}
	age := ""
	if days := int(d.now.Sub(oldest.Created).Hours() / 24); days > 0 && !oldest.Created.IsZero() {
		age = fmt.Sprintf(", the oldest for %s", count(days, "day", "days"))
	}
	return worthDoing(d.command("edit", oldest.ID, "--finished"), "%s%s: not registered until the site has taken a code", several(names), age)
}

func (d *patient) shortKeys() []finding {
	var names []string
	for _, a := range d.accounts {
		if a.Secret.Len() < shortKey {
			names = append(names, fmt.Sprintf("%s (%d bits)", a.Label(), 8*a.Secret.Len()))
		}
	}
	if len(names) > 0 {
		return worthDoing(d.command("add"), "%s: shorter than sites use; the site gives a new key when the device is registered anew", several(names))
	}
	return fine("none")
}

// sameKey finds keys that several accounts share. They are compared by a sum, which
// tells nothing to whoever looks at the memory of a short run.
func (d *patient) sameKey() (found []finding) {
	by := map[[sha256.Size]byte][]otpcore.Account{}
	var sums [][sha256.Size]byte
	for _, a := range d.accounts {
		key := a.Secret.Reveal()
		sum := sha256.Sum256(key)
		clear(key)
		if len(by[sum]) == 1 {
			sums = append(sums, sum)
		}
		by[sum] = append(by[sum], a)
	}
	for _, sum := range sums {
		twins := by[sum]
		found = append(found, worthDoing(d.command("rm", twins[len(twins)-1].ID), "%s have one key: the same account twice", several(labels(twins)))...)
	}
	if len(found) == 0 {
		return fine("no key is there twice")
	}
	return found
}

// sameName finds accounts that only their ids tell apart. A new key that waits for
// its site has the name of the account that it replaces.
func (d *patient) sameName() (found []finding) {
	first := map[string]bool{}
	for _, a := range d.accounts {
		name := strings.ToLower(a.Label())
		if first[name] && a.Replaces == "" {
			found = append(found, worthDoing(d.command("edit", a.ID, "--account", "NAME"), "%s is the name of two accounts", a.Label())...)
		}
		first[name] = first[name] || a.Replaces == ""
	}
	if len(found) == 0 {
		return fine("every account has its own")
	}
	return found
}

func labels(accounts []otpcore.Account) (all []string) {
	for _, a := range accounts {
		all = append(all, a.Label())
	}
	return all
}

func (d *patient) recoveryCodes() []finding {
	without := 0
	for _, a := range d.accounts {
		if len(a.Recovery) == 0 {
			without++
		}
	}
	if without > 0 {
		return worthDoing(d.command("recovery", "add", "NAME"), "%d of %s have none here; a site takes them when a code cannot be had", without, count(len(d.accounts), "account", "accounts"))
	}
	return fine("every account has some")
}

// fewCodes is when the pane says that it is time for new ones.
const fewCodes = 2

func (d *patient) codesLeft() (found []finding) {
	for _, a := range d.accounts {
		left := otpcore.Left(a.Recovery)
		if left == len(a.Recovery) || left > fewCodes {
			continue
		}
		found = append(found, worthDoing(d.command("recovery", "add", a.ID), "%s: %d of %d left; the site makes new ones", a.Label(), left, len(a.Recovery))...)
	}
	if len(found) == 0 {
		return fine("nowhere nearly used up")
	}
	return found
}

// tolerable is how far a correction may go before the clock itself is the matter.
const tolerable = 30 * time.Second

func (d *patient) correction() []finding {
	by := d.opened.Correction()
	own, worst := 0, otpcore.Account{}
	for _, a := range d.accounts {
		if a.Timed() && a.Correction != 0 {
			own++
			if a.Correction.Abs() > worst.Correction.Abs() {
				worst = a
			}
		}
	}
	synchronised, known := d.machine.synchronised()
	switch {
	case by != 0 && known && synchronised:
		return worthDoing(d.command("clock", "--reset"), "%s is added for all accounts, and the system keeps its clock right by now", signed(by))
	case by.Abs() >= tolerable:
		return worthDoing(d.command("clock", "--reset"), "%s is added for all accounts: set the system's clock, then drop it", signed(by))
	case worst.Correction.Abs() >= tolerable:
		return worthDoing(d.command("clock", "--reset", "--account", worst.ID), "%s is added for %s alone", signed(worst.Correction), worst.Label())
	case by != 0:
		return fine("%s for all accounts", signed(by))
	case own > 0:
		return fine("for %s alone", count(own, "account", "accounts"))
	}
	return fine("none")
}

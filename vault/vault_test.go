package vault

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"otpane/otpcore"
)

// lowWork keeps tests quick; what scrypt costs is not their subject.
const lowWork = 2

const testPassphrase = "correct horse battery"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// clock is a now that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func github() otpcore.Account {
	return otpcore.Account{
		Issuer: "GitHub", Name: "alice@example.com",
		Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
		Secret: otpcore.NewSecret([]byte("12345678901234567890")),
		Tags:   []string{"work", "code"}, Note: "two\nlines <&>", Pinned: true,
	}
}

func counterAccount() otpcore.Account {
	return otpcore.Account{
		Issuer: "Bank", Kind: otpcore.HOTP, Algorithm: otpcore.SHA256, Digits: 8,
		Counter: 7, Secret: otpcore.NewSecret([]byte("abcdefghij")),
	}
}

func newVault(t testing.TB) *Vault {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vault.age")
	v, err := Create(path, Access{Passphrase: []byte(testPassphrase), WorkFactor: lowWork}, (&clock{noon}).now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func add(t testing.TB, v *Vault, a otpcore.Account) (id string) {
	t.Helper()
	err := v.Update(func(d *Draft) (err error) {
		id, err = d.Add(a)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func reopen(t testing.TB, v *Vault) *Vault {
	t.Helper()
	again, err := Open(v.Path(), v.Identity(), v.now)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func sameAccounts(t testing.TB, got, want []otpcore.Account) {
	t.Helper()
	equal := cmp.Comparer(otpcore.Secret.Equal)
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRoundTrip(t *testing.T) {
	v := newVault(t)
	if n := len(v.Accounts()); n != 0 {
		t.Fatalf("a new vault has %d accounts", n)
	}
	totp, hotp := github(), counterAccount()
	totp.ID, hotp.ID = add(t, v, totp), add(t, v, hotp)
	totp.Created, hotp.Created = noon, noon

	sameAccounts(t, v.Accounts(), []otpcore.Account{totp, hotp})
	sameAccounts(t, reopen(t, v).Accounts(), []otpcore.Account{totp, hotp})

	id, err := Unlock(v.Path(), []byte(testPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(v.Path(), id, v.now)
	if err != nil {
		t.Fatal(err)
	}
	sameAccounts(t, again.Accounts(), []otpcore.Account{totp, hotp})
	if got, want := again.Accounts()[0].At(noon).Code, totp.At(noon).Code; got != want || got == "" {
		t.Errorf("code %q, want %q", got, want)
	}
}

func TestAccountsAreCopies(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	v.Accounts()[0].Tags[0] = "changed"
	if got := v.Accounts()[0].Tags[0]; got != "work" {
		t.Errorf("a caller changed the vault: tag %q", got)
	}
}

func TestIdentityNeedsNoPassphrase(t *testing.T) {
	id, err := newIdentity(false)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "deep", "er", "vault.age")
	v, err := Create(path, Access{Identity: id}, (&clock{noon}).now)
	if err != nil {
		t.Fatal(err)
	}
	add(t, v, github())
	if n := len(reopen(t, v).Accounts()); n != 1 {
		t.Fatalf("%d accounts, want 1", n)
	}
	if _, err := Unlock(path, []byte(testPassphrase)); !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("Unlock: %v, want ErrNoPassphrase", err)
	}
	if info, err := Inspect(path); err != nil || info.Passphrase {
		t.Errorf("Inspect: %+v, %v", info, err)
	}
	if _, err := Create(filepath.Join(t.TempDir(), "v"), Access{}, v.now); err == nil {
		t.Error("a vault that nobody could open was made")
	}
}

func TestBothPassphraseAndIdentity(t *testing.T) {
	id, err := newIdentity(false)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "vault.age")
	access := Access{Passphrase: []byte(testPassphrase), Identity: id, WorkFactor: lowWork}
	v, err := Create(path, access, (&clock{noon}).now)
	if err != nil {
		t.Fatal(err)
	}
	add(t, v, github())

	// A save by one who came with the identity must not lock the passphrase out.
	byIdentity, err := Open(path, id, v.now)
	if err != nil {
		t.Fatal(err)
	}
	add(t, byIdentity, counterAccount())
	byPassphrase, err := Unlock(path, []byte(testPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range []Identity{id, byPassphrase} {
		opened, err := Open(path, way, v.now)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(opened.Accounts()); n != 2 {
			t.Errorf("%d accounts, want 2", n)
		}
	}
}

func TestCreateReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	access := Access{Passphrase: []byte(testPassphrase), WorkFactor: lowWork}
	path := filepath.Join(dir, "vault.age")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, access, time.Now); !errors.Is(err, ErrExists) {
		t.Errorf("Create over a file: %v, want ErrExists", err)
	}
	if got := mustRead(t, path); string(got) != "precious" {
		t.Errorf("the file was changed to %q", got)
	}
	dangling := filepath.Join(dir, "link.age")
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), dangling); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if _, err := Create(dangling, access, time.Now); !errors.Is(err, ErrExists) {
		t.Errorf("Create through a link: %v, want ErrExists", err)
	}
}

func TestUpdateIsAllOrNothing(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	before, file := v.Accounts(), mustRead(t, v.Path())
	no := errors.New("no")
	err := v.Update(func(d *Draft) error {
		a, ok := d.Account(id)
		if !ok {
			t.Fatal("the account is not in the draft")
		}
		a.Issuer = "Changed"
		if err := d.Set(a); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Add(counterAccount()); err != nil {
			t.Fatal(err)
		}
		return no
	})
	if !errors.Is(err, no) {
		t.Fatalf("Update: %v", err)
	}
	sameAccounts(t, v.Accounts(), before)
	if !bytes.Equal(mustRead(t, v.Path()), file) {
		t.Error("the file changed")
	}
}

// TestReadersDoNotWait: the pane draws while another process holds the lock.
func TestReadersDoNotWait(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	err := v.Update(func(d *Draft) error {
		if err := d.Delete(d.Accounts()[0].ID); err != nil {
			return err
		}
		if len(v.Accounts()) != 1 || len(v.Trash()) != 0 || v.Damaged() != 0 || v.ReadOnly() != nil {
			t.Error("an unfinished operation shows")
		}
		return nil
	})
	if err != nil || len(v.Accounts()) != 0 {
		t.Errorf("%d accounts, %v", len(v.Accounts()), err)
	}
}

func TestUpdateWithoutChangeSavesNothing(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	file := mustRead(t, v.Path())
	err := v.Update(func(d *Draft) error { return d.Set(d.Accounts()[0]) })
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(mustRead(t, v.Path()), file) {
		t.Error("a save for nothing")
	}
}

func TestDraftRefuses(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	bad := github()
	bad.Digits = 99
	late := github()
	late.Created = time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, operation := range map[string]func(*Draft) error{
		"bad account": func(d *Draft) error { _, err := d.Add(bad); return err },
		"year 12345":  func(d *Draft) error { _, err := d.Add(late); return err },
		"change to year 12345": func(d *Draft) error {
			was, is := d.Accounts()[0], late
			return d.Change(was, is)
		},
		"set without id":  func(d *Draft) error { return d.Set(github()) },
		"set bad":         func(d *Draft) error { a := bad; a.ID = id; return d.Set(a) },
		"delete unknown":  func(d *Draft) error { return d.Delete("nothing") },
		"restore present": func(d *Draft) error { return d.Restore(id) },
		"advance totp":    func(d *Draft) error { _, err := d.Advance(id); return err },
		"advance unknown": func(d *Draft) error { _, err := d.Advance("nothing"); return err },
	} {
		if err := v.Update(operation); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if n := len(v.Accounts()); n != 1 {
		t.Errorf("%d accounts, want 1", n)
	}
}

func TestAdvanceIsOnDiskFirst(t *testing.T) {
	v := newVault(t)
	id := add(t, v, counterAccount())
	want := counterAccount().CodeAt(7)
	var code string
	err := v.Update(func(d *Draft) (err error) {
		code, err = d.Advance(id)
		return err
	})
	if err != nil || code != want || code == "" {
		t.Fatalf("code %q, %v; want %q", code, err, want)
	}
	a := reopen(t, v).Accounts()[0]
	if a.Counter != 8 || a.Uses != 1 || !a.Used.Equal(noon) {
		t.Errorf("stored: counter %d, %d uses, used %v", a.Counter, a.Uses, a.Used)
	}
}

// TestChangeLeavesWhatOthersDid: while a form was open, another process drew a
// code and wrote a note.
func TestChangeLeavesWhatOthersDid(t *testing.T) {
	v := newVault(t)
	id := add(t, v, counterAccount())
	was := v.Accounts()[0]
	err := v.Update(func(d *Draft) error {
		a, _ := d.Account(id)
		a.Note, a.Tags = "from elsewhere", []string{"kept"}
		if err := d.Set(a); err != nil {
			return err
		}
		_, err := d.Advance(id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	is := was
	is.Issuer, is.Secret, is.Pinned = "Other bank", otpcore.NewSecret([]byte("new key")), true
	if err := v.Update(func(d *Draft) error { return d.Change(was, is) }); err != nil {
		t.Fatal(err)
	}
	want := is
	want.Note, want.Tags, want.Counter, want.Uses, want.Used = "from elsewhere", []string{"kept"}, 8, 1, noon
	sameAccounts(t, reopen(t, v).Accounts(), []otpcore.Account{want})

	cleared := want
	cleared.Tags, cleared.Note, cleared.Pinned = nil, "", false
	if err := v.Update(func(d *Draft) error { return d.Change(want, cleared) }); err != nil {
		t.Fatal(err)
	}
	sameAccounts(t, v.Accounts(), []otpcore.Account{cleared})
	was.ID = "nothing"
	if err := v.Update(func(d *Draft) error { return d.Change(was, is) }); !errors.Is(err, ErrNoAccount) {
		t.Errorf("an account that is gone: %v", err)
	}
}

// TestFinish: the old key works until the site has taken a code of the new one, and
// is not lost then either.
func TestFinish(t *testing.T) {
	v := newVault(t)
	old := counterAccount()
	old.Tags, old.Note = []string{"money"}, "the blue one"
	id := add(t, v, old)
	fresh := otpcore.Account{
		Issuer: old.Issuer, Name: "alice (new key)", Kind: otpcore.TOTP, Algorithm: otpcore.SHA256, Digits: 8, Period: 60,
		Secret: otpcore.NewSecret([]byte("the new key")), Unfinished: true, Replaces: id,
	}
	freshID := add(t, v, fresh)
	if kept := v.Accounts()[0]; !kept.Secret.Equal(old.Secret) {
		t.Fatal("the old key is gone before the new one is confirmed")
	}
	finish := func(id string) (left string) {
		t.Helper()
		err := v.Update(func(d *Draft) (err error) {
			left, err = d.Finish(id)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return left
	}
	if left := finish(freshID); left != id {
		t.Fatalf("the key is with %s, want %s", left, id)
	}
	want := v.Accounts()[0]
	want.Kind, want.Algorithm, want.Digits, want.Period, want.Counter = otpcore.TOTP, otpcore.SHA256, 8, 60, 0
	want.Secret, want.Unfinished = fresh.Secret, false
	want.Issuer, want.Name, want.Tags, want.Note = old.Issuer, old.Name, old.Tags, old.Note
	sameAccounts(t, reopen(t, v).Accounts(), []otpcore.Account{want})
	if keys := v.present().records[0].fields().keys(); len(keys) != 1 || !strings.Contains(string(keys[0].Secret), unpadded.EncodeToString(old.Secret.Reveal())) {
		t.Errorf("former keys: %d, want the old one", len(keys))
	}
	if conflicts := v.Conflicts(); len(conflicts) != 0 {
		t.Errorf("%d conflicts after a new key was confirmed", len(conflicts))
	}

	// Without its predecessor it stays as it is called.
	fresh.Replaces = "gone"
	alone := add(t, v, fresh)
	if left := finish(alone); left != alone {
		t.Errorf("the key is with %s, want %s", left, alone)
	}
	if a := v.Accounts()[1]; a.Unfinished || a.Replaces != "" || a.Name != fresh.Name {
		t.Errorf("finished alone: unfinished %v, replaces %q, called %q", a.Unfinished, a.Replaces, a.Name)
	}
	if err := v.Update(func(d *Draft) error { _, err := d.Finish("nothing"); return err }); !errors.Is(err, ErrNoAccount) {
		t.Errorf("an account that is gone: %v", err)
	}
}

func TestTrash(t *testing.T) {
	c := &clock{noon}
	path := filepath.Join(t.TempDir(), "vault.age")
	v, err := Create(path, Access{Passphrase: []byte(testPassphrase), WorkFactor: lowWork}, c.now)
	if err != nil {
		t.Fatal(err)
	}
	id, other := add(t, v, github()), add(t, v, counterAccount())
	remove := func(id string) {
		t.Helper()
		if err := v.Update(func(d *Draft) error { return d.Delete(id) }); err != nil {
			t.Fatal(err)
		}
	}
	remove(id)
	if n := len(reopen(t, v).Accounts()); n != 1 {
		t.Fatalf("%d accounts after the deletion, want 1", n)
	}
	if trash := v.Trash(); len(trash) != 1 || trash[0].ID != id || !trash[0].Deleted.Equal(noon) {
		t.Fatalf("trash: %v", trash)
	}
	restore := func(d *Draft) error { return d.Restore(id) }
	if err := v.Update(restore); err != nil {
		t.Fatal(err)
	}
	if n := len(v.Accounts()); n != 2 || len(v.Trash()) != 0 {
		t.Fatalf("%d accounts after the restore, want 2", n)
	}

	remove(id)
	touch := func() { // a save is what empties the trash
		t.Helper()
		if err := v.Update(func(d *Draft) error { _, err := d.Advance(other); return err }); err != nil {
			t.Fatal(err)
		}
	}
	c.at = c.at.Add(trashTime - time.Second)
	touch()
	if len(v.Trash()) != 1 {
		t.Fatal("the trash was emptied too early")
	}
	c.at = c.at.Add(time.Second)
	touch()
	if len(v.Trash()) != 0 {
		t.Fatal("the trash was not emptied after 30 days")
	}
	if err := v.Update(restore); !errors.Is(err, ErrNoAccount) {
		t.Errorf("restore from an empty trash: %v", err)
	}
	v = reopen(t, v)
	if len(v.doc.records) != 2 || v.Damaged() != 0 {
		t.Errorf("%d records, %d damaged; want the tombstone kept", len(v.doc.records), v.Damaged())
	}
	if bytes.Contains(v.doc.payload(), []byte("GitHub")) {
		t.Error("the tombstone still names the account")
	}
}

func TestChangePassphrase(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	old := v.Identity()
	other := reopen(t, v)
	if err := v.ChangePassphrase([]byte("another passphrase"), WorkFactor(lowWork)); err != nil {
		t.Fatal(err)
	}
	if _, err := Unlock(v.Path(), []byte(testPassphrase)); !errors.Is(err, ErrPassphrase) {
		t.Errorf("the old passphrase: %v, want ErrPassphrase", err)
	}
	if _, err := Open(v.Path(), old, v.now); !errors.Is(err, ErrIdentity) {
		t.Errorf("the old identity: %v, want ErrIdentity", err)
	}
	id, err := Unlock(v.Path(), []byte("another passphrase"))
	if err != nil {
		t.Fatal(err)
	}
	if id.Reveal() != v.Identity().Reveal() {
		t.Error("the vault goes on with another identity than the new passphrase gives")
	}
	again, err := Open(v.Path(), id, v.now)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Accounts()) != 1 {
		t.Errorf("%d accounts, want 1", len(again.Accounts()))
	}
	if former := again.doc.former; len(former) != 1 || former[0] != old.Reveal() {
		t.Error("the old identity is not kept to read old backups")
	}

	// Another process that still holds the old identity must notice.
	if err := other.Update(func(d *Draft) error { return d.Delete(d.Accounts()[0].ID) }); !errors.Is(err, ErrIdentity) {
		t.Errorf("update with the old identity: %v, want ErrIdentity", err)
	}
	if n := len(reopen(t, v).Accounts()); n != 1 {
		t.Errorf("%d accounts, want 1", n)
	}
}

func TestChangePassphraseRefusesAShortOne(t *testing.T) {
	v := newVault(t)
	file := mustRead(t, v.Path())
	if err := v.ChangePassphrase([]byte("äöüäöüß"), WorkFactor(lowWork)); !errors.Is(err, ErrShort) {
		t.Errorf("7 characters in 14 bytes: %v, want ErrShort", err)
	}
	if !bytes.Equal(mustRead(t, v.Path()), file) {
		t.Error("the file changed")
	}
}

func TestRefreshSeesOtherWriters(t *testing.T) {
	v := newVault(t)
	other := reopen(t, v)
	if changed, err := v.Refresh(); changed || err != nil {
		t.Fatalf("nothing changed, but Refresh says %v, %v", changed, err)
	}
	add(t, other, github())
	if changed, err := v.Refresh(); !changed || err != nil {
		t.Fatalf("Refresh says %v, %v", changed, err)
	}
	if n := len(v.Accounts()); n != 1 {
		t.Errorf("%d accounts, want 1", n)
	}
	add(t, other, counterAccount())
	add(t, v, github()) // without a Refresh before
	if n := len(reopen(t, v).Accounts()); n != 3 {
		t.Errorf("%d accounts, want 3: an edit was lost", n)
	}
}

func TestSealNeedsNoPaddingInBase64(t *testing.T) {
	for _, logN := range []int{2, 10} {
		sealed, err := seal(newVault(t).Identity().Reveal(), []byte(testPassphrase), logN)
		if err != nil || len(sealed)%3 != 0 {
			t.Errorf("work factor %d: %d bytes, %v", logN, len(sealed), err)
		}
	}
}

func TestVanishedVaultIsNotReplaced(t *testing.T) {
	v := newVault(t)
	if err := os.Remove(v.Path()); err != nil {
		t.Fatal(err)
	}
	if err := v.Update(func(d *Draft) error { _, err := d.Add(github()); return err }); !errors.Is(err, ErrNotFound) {
		t.Errorf("Update: %v, want ErrNotFound", err)
	}
	if _, err := os.Stat(v.Path()); !errors.Is(err, fs.ErrNotExist) {
		t.Error("an empty vault was written over a vanished one")
	}
}

package vault

import (
	"bytes"
	"testing"
	"time"

	"otpane/otpcore"
)

// TestCorrectionsComeWithEveryAccount: whoever gets an account gets codes that
// are corrected, and the vault's correction is not written into accounts.
func TestCorrectionsComeWithEveryAccount(t *testing.T) {
	v := newVault(t)
	id, gone := add(t, v, github()), add(t, v, github())
	plain := v.Accounts()[0].At(noon)
	if err := v.Update(func(d *Draft) error {
		if err := d.SetCorrection(-94 * time.Second); err != nil {
			return err
		}
		a, _ := d.Account(id)
		if a.VaultCorrection != -94*time.Second || d.Accounts()[0].VaultCorrection != -94*time.Second {
			t.Error("the draft's accounts are not corrected")
		}
		a.Note = "edited"
		return d.Set(a)
	}); err != nil {
		t.Fatal(err)
	}
	if err := v.Update(func(d *Draft) error { return d.Delete(gone) }); err != nil {
		t.Fatal(err)
	}
	v = reopen(t, v)
	got := v.Accounts()[0]
	if want := got.Uncorrected().At(noon.Add(-94 * time.Second)); v.Correction() != -94*time.Second || got.At(noon) != want || want == plain {
		t.Errorf("correction %s, reading %v, want %v", v.Correction(), got.At(noon), want)
	}
	if got.Correction != 0 || bytes.Contains(v.present().records[0].raw, []byte("correction")) {
		t.Error("an edit wrote the vault's correction into the account")
	}
	if v.Trash()[0].VaultCorrection != -94*time.Second {
		t.Error("an account in the trash is not corrected")
	}
	edit(t, v, 0, func(d *Draft) error { return d.SetCorrection(0) })
	if got := reopen(t, v).Accounts()[0].At(noon); got != plain {
		t.Errorf("dropped: %v, want %v", got, plain)
	}
}

func TestCorrectionsThatCannotBe(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	file := mustRead(t, v.Path())
	for _, by := range []time.Duration{time.Millisecond, otpcore.MaxCorrection + time.Second} {
		if err := v.Update(func(d *Draft) error { return d.SetCorrection(by) }); err == nil {
			t.Errorf("%s is kept for the vault", by)
		}
		if err := v.Update(set(id, func(a *otpcore.Account) { a.Correction = by })); err == nil {
			t.Errorf("%s is kept for an account", by)
		}
	}
	if !bytes.Equal(mustRead(t, v.Path()), file) {
		t.Error("the file changed")
	}
	for _, text := range []string{`"x"`, `1.5`, `99999999999`, `-9223372036854775808`, `null`} {
		doc, err := readDocument([]byte(`{"format":"otpane vault","version":1,"correction":` + text + `,"accounts":[]}`))
		if err != nil || doc.correction.by != 0 {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestRestoreKeepsTheCorrection: the clock is the machine's, whatever accounts
// the backup has; and it makes no code of the backup look different.
func TestRestoreKeepsTheCorrection(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	edit(t, v, time.Minute, func(d *Draft) error { return d.SetCorrection(-94 * time.Second) })
	backup := backupsOf(t, v)[0]
	if c, err := v.CheckBackup(backup.Path); err != nil || c.Equal != 1 || c.Different != 0 {
		t.Errorf("compared with the backup: %+v, %v", c, err)
	}
	restored, err := Restore(v.Path(), backup.Path, v.Identity(), v.now)
	if err != nil || restored.Correction() != -94*time.Second {
		t.Fatalf("restored: %s, %v", restored.Correction(), err)
	}
}

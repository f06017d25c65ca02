package vault

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"otpane/otpcore"
)

// TestBackupPolicy saves every five hours for two years, in names only.
func TestBackupPolicy(t *testing.T) {
	at := location{disk: osDisk{}, path: filepath.Join(t.TempDir(), "vault.age")}
	if err := os.Mkdir(at.backups(), 0o700); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(at.backups(), "notes.txt")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	start, now := noon, noon
	for n := 0; now.Before(start.AddDate(2, 0, 0)); n++ {
		if err := os.WriteFile(at.backupPath(now, fmt.Sprintf("%06d", n)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		at.thinBackups(now, func([]byte) bool { return true })
		now = now.Add(5 * time.Hour)
	}
	names := at.backupNames()
	if n := len(names); n < keptBackups+keptDays || n > keptBackups+keptDays+keptMonths+1 {
		t.Errorf("%d backups after two years", n)
	}
	have := map[string]bool{}
	for _, name := range names {
		when, _ := at.backupWhen(name)
		have[when.Format("2006-01-02")] = true
		have[when.Format("2006-01")] = true
	}
	last := now.Add(-5 * time.Hour)
	for days := range keptDays {
		if day := last.AddDate(0, 0, -days).Format("2006-01-02"); !have[day] {
			t.Errorf("no backup of %s", day)
		}
	}
	for months := range keptMonths {
		if month := last.AddDate(0, -months, -last.Day()+1).Format("2006-01"); !have[month] {
			t.Errorf("no backup of %s", month)
		}
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("a file that is no backup was removed: %v", err)
	}
}

// threeGenerations leaves backups with 0, 1 and 2 accounts, and 3 in the vault.
func threeGenerations(t *testing.T) *Vault {
	t.Helper()
	v := newVault(t)
	for range 3 {
		v.now = (&clock{v.now().Add(time.Minute)}).now
		add(t, v, github())
	}
	return v
}

func backupsOf(t *testing.T, v *Vault) []Backup {
	t.Helper()
	all, err := Backups(v.Path(), v.Identity())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBackupsAreListedNewestFirst(t *testing.T) {
	v := threeGenerations(t)
	all := backupsOf(t, v)
	if len(all) != 3 {
		t.Fatalf("%d backups, want 3", len(all))
	}
	for i, b := range all {
		if b.Err != nil || b.Accounts != 2-i || !b.Time.Equal(noon.Add(time.Duration(3-i)*time.Minute)) {
			t.Errorf("backup %d: %+v", i, b)
		}
	}
}

// TestBackupsOfALostVaultStay when another vault, made with the same identity or
// with another, takes its place and thins out its own.
func TestBackupsOfALostVaultStay(t *testing.T) {
	lost := threeGenerations(t)
	for _, access := range []Access{
		{Identity: lost.Identity()},
		{Passphrase: []byte(testPassphrase), WorkFactor: lowWork},
	} {
		if err := os.Remove(lost.Path()); err != nil {
			t.Fatal(err)
		}
		v, err := Create(lost.Path(), access, lost.now)
		if err != nil {
			t.Fatal(err)
		}
		before := lost.at.backupNames()
		for range keptBackups + 5 {
			v.now = (&clock{v.now().Add(time.Minute)}).now
			add(t, v, github())
		}
		names := lost.at.backupNames()
		if got := len(names) - len(before); got != keptBackups {
			t.Errorf("%d backups of the new vault, want %d", got, keptBackups)
		}
		if !slices.Equal(names[:len(before)], before) {
			t.Errorf("of the lost vaults, %v are left of %v", names[:len(before)], before)
		}
		lost.now = v.now
	}
}

// TestWayBackFromADamagedHeader: nothing is left to unlock but the backups.
func TestWayBackFromADamagedHeader(t *testing.T) {
	v := threeGenerations(t)
	if err := os.WriteFile(v.Path(), mustRead(t, v.Path())[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Unlock(v.Path(), []byte(testPassphrase)); !errors.Is(err, ErrDamaged) {
		t.Fatalf("the scene is not set: %v", err)
	}
	unopened, err := Backups(v.Path(), Identity{})
	if err != nil || len(unopened) != 3 || !errors.Is(unopened[0].Err, ErrIdentity) {
		t.Fatalf("without an identity: %+v, %v", unopened, err)
	}
	id, err := Unlock(unopened[0].Path, []byte(testPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	restored, err := Restore(v.Path(), unopened[0].Path, id, v.now)
	if err != nil || len(restored.Accounts()) != 2 {
		t.Errorf("restored: %v", err)
	}
}

func TestBadBackupIsNamed(t *testing.T) {
	v := threeGenerations(t)
	bad := backupsOf(t, v)[1].Path
	data := mustRead(t, bad)
	data[len(data)-1] ^= 1
	if err := os.WriteFile(bad, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, b := range backupsOf(t, v) {
		if damaged := errors.Is(b.Err, ErrDamaged); damaged != (i == 1) {
			t.Errorf("backup %d: %v", i, b.Err)
		}
	}
	if _, err := v.CheckBackup(bad); !errors.Is(err, ErrDamaged) {
		t.Errorf("CheckBackup: %v, want ErrDamaged", err)
	}
}

func TestBackupsAcrossPassphrases(t *testing.T) {
	v := threeGenerations(t)
	for _, passphrase := range []string{"second passphrase", "third passphrase"} {
		if err := v.ChangePassphrase([]byte(passphrase), WorkFactor(lowWork)); err != nil {
			t.Fatal(err)
		}
	}
	all := backupsOf(t, v)
	if len(all) != 5 {
		t.Fatalf("%d backups, want 5", len(all))
	}
	for i, b := range all {
		if b.Err != nil {
			t.Errorf("backup %d: %v", i, b.Err)
		}
	}
	// The vault is damaged, and so is its list of former identities: the newest
	// backup opens with the second passphrase only, and leads to those before.
	id, err := Unlock(all[0].Path, []byte("second passphrase"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(v.Path(), []byte(ageIntro), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err = Backups(v.Path(), id)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range all {
		if b.Err != nil {
			t.Errorf("damaged vault, backup %d: %v", i, b.Err)
		}
	}
}

func TestCheckBackupComparesCodes(t *testing.T) {
	v := newVault(t)
	same, other, gone, counter := add(t, v, github()), add(t, v, github()), add(t, v, github()), add(t, v, counterAccount())
	path := v.at.backups()
	err := v.Update(func(d *Draft) error {
		a, _ := d.Account(same)
		a.Note = "another note, the same code"
		b, _ := d.Account(other)
		b.Secret = otpcore.NewSecret([]byte("another key"))
		_, err := d.Advance(counter)
		return errors.Join(d.Set(a), d.Set(b), d.Delete(gone), err)
	})
	if err != nil {
		t.Fatal(err)
	}
	add(t, v, github())
	names := v.at.backupNames()
	got, err := v.CheckBackup(filepath.Join(path, names[len(names)-2]))
	want := Comparison{Accounts: 4, Equal: 2, Different: 1, Gone: 1, Newer: 1}
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestRestoreOfADamagedVault(t *testing.T) {
	v := threeGenerations(t)
	damaged := mustRead(t, v.Path())
	damaged[len(damaged)/2] ^= 1
	if err := os.WriteFile(v.Path(), damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(v.Path(), v.Identity(), v.now); !errors.Is(err, ErrDamaged) {
		t.Fatalf("the scene is not set: %v", err)
	}
	newest := backupsOf(t, v)[0]
	restored, err := Restore(v.Path(), newest.Path, v.Identity(), (&clock{noon.Add(time.Hour)}).now)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(restored.Accounts()); n != 2 {
		t.Errorf("%d accounts, want 2", n)
	}
	if err := restored.Since(v.Mark()); err != nil {
		t.Errorf("a restored vault counts as rolled back: %v", err)
	}
	if _, err := Unlock(v.Path(), []byte(testPassphrase)); err != nil {
		t.Errorf("the passphrase: %v", err)
	}
	kept := backupsOf(t, restored)[0]
	if !bytes.Equal(mustRead(t, kept.Path), damaged) {
		t.Error("the damaged file was not kept")
	}
	add(t, restored, github())
}

func TestRestoreOfAVanishedVault(t *testing.T) {
	v := threeGenerations(t)
	if err := os.Remove(v.Path()); err != nil {
		t.Fatal(err)
	}
	restored, err := Restore(v.Path(), backupsOf(t, v)[0].Path, v.Identity(), v.now)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(restored.Accounts()); n != 2 {
		t.Errorf("%d accounts, want 2", n)
	}
}

func TestRestoreKeepsTheNewPassphrase(t *testing.T) {
	v := threeGenerations(t)
	if err := v.ChangePassphrase([]byte("another passphrase"), WorkFactor(lowWork)); err != nil {
		t.Fatal(err)
	}
	oldest := backupsOf(t, v)[3]
	restored, err := Restore(v.Path(), oldest.Path, v.Identity(), (&clock{noon.Add(-time.Hour)}).now)
	if err != nil {
		t.Fatal(err)
	}
	if err := restored.Since(v.Mark()); err != nil {
		t.Errorf("a restored vault counts as rolled back: %v", err)
	}
	if n := len(restored.Accounts()); n != 0 {
		t.Errorf("%d accounts, want 0", n)
	}
	if _, err := Unlock(v.Path(), []byte("another passphrase")); err != nil {
		t.Errorf("the present passphrase: %v", err)
	}
	for i, b := range backupsOf(t, restored) {
		if b.Err != nil {
			t.Errorf("backup %d: %v", i, b.Err)
		}
	}
}

func TestRestoreRefusesADamagedBackup(t *testing.T) {
	v := threeGenerations(t)
	before := mustRead(t, v.Path())
	bad := filepath.Join(t.TempDir(), "bad.age")
	if err := os.WriteFile(bad, before[:len(before)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(v.Path(), bad, v.Identity(), v.now); !errors.Is(err, ErrDamaged) {
		t.Errorf("Restore: %v, want ErrDamaged", err)
	}
	if !bytes.Equal(mustRead(t, v.Path()), before) {
		t.Error("the file changed")
	}
}

//go:build unix

package vault

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestModesUnderAnyUmask(t *testing.T) {
	for _, mask := range []int{0, 0o022, 0o077} {
		before := syscall.Umask(mask)
		path := filepath.Join(t.TempDir(), "made", "vault.age")
		v, err := Create(path, Access{Passphrase: []byte(testPassphrase), WorkFactor: lowWork}, (&clock{noon}).now)
		if err == nil {
			err = v.Update(func(d *Draft) error { _, err := d.Add(github()); return err })
		}
		syscall.Umask(before)
		if err != nil {
			t.Fatal(err)
		}
		checked := 0
		err = filepath.WalkDir(filepath.Dir(path), func(path string, e fs.DirEntry, _ error) error {
			info, err := e.Info()
			if err != nil {
				return err
			}
			checked++
			if mode := info.Mode().Perm(); mode&0o077 != 0 {
				t.Errorf("umask %03o: %s has mode %03o", mask, filepath.Base(path), mode)
			}
			return nil
		})
		if err != nil || checked != 5 {
			t.Fatalf("umask %03o: %d files checked, %v", mask, checked, err)
		}
	}
}

func TestWideModeIsNarrowedBySaving(t *testing.T) {
	v := newVault(t)
	if err := os.Chmod(v.Path(), 0o644); err != nil {
		t.Fatal(err)
	}
	add(t, v, github())
	info, err := os.Stat(v.Path())
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %03o, want 600", mode)
	}
}

//go:build unix

package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
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

func init() { childTasks["fill the disk"] = fillTheDisk }

// TestFullDisk lets the system refuse to write more, in the middle of a write.
func TestFullDisk(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	var out strings.Builder
	if err := startChild(t, v, "fill the disk", nil, &out).Wait(); err != nil {
		t.Fatal(err)
	}
	if n := len(reopen(t, v).Accounts()); n != 2 || out.String() != "refused, then saved" {
		t.Errorf("%d accounts; the other process says %q", n, out.String())
	}
	noStrays(t, "after the save", scene{Vault: v, dir: filepath.Dir(v.Path())})
}

func fillTheDisk(v *Vault) error {
	before, err := os.ReadFile(v.Path())
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	full := limit
	full.Cur = padding
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		return err
	}
	operation := func(d *Draft) error { _, err := d.Add(counterAccount()); return err }
	if err := v.Update(operation); !errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("on a full disk: %w", err)
	}
	if after, err := os.ReadFile(v.Path()); err != nil || !bytes.Equal(after, before) {
		return errors.New("the vault changed")
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if err := v.Update(operation); err != nil {
		return err
	}
	fmt.Print("refused, then saved")
	return nil
}

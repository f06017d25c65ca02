package vault

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asNobody runs f without root's right to write anywhere.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Getuid() != 0 {
		f()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const nobody = 65534
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Skipf("cannot drop root's rights: %v", err)
	}
	defer func() { _ = syscall.Setfsuid(0) }()
	f()
}

// hand gives a folder and all in it to the user whom asNobody runs as.
func hand(t *testing.T, dir string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	// The folders above are made by the testing package for root alone.
	for up := filepath.Dir(dir); up != filepath.Dir(os.TempDir()) && strings.HasPrefix(up, os.TempDir()+"/"); up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, 65534, 65534))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadOnlyDirectory(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	dir := filepath.Dir(v.Path())
	hand(t, dir)
	before := mustRead(t, v.Path())
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	asNobody(t, func() {
		again, err := Open(v.Path(), v.Identity(), v.now)
		if err != nil {
			t.Errorf("reading: %v", err)
			return
		}
		err = again.Update(func(d *Draft) error { return d.Delete(d.Accounts()[0].ID) })
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), dir) {
			t.Errorf("Update: %v; want no permission, and the path", err)
		}
		if len(again.Accounts()) != 1 {
			t.Error("the failed deletion shows")
		}
		if _, err := Create(filepath.Join(dir, "new.age"), Access{Passphrase: []byte(testPassphrase), WorkFactor: lowWork}, v.now); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("Create: %v, want no permission", err)
		}
	})
	if !bytes.Equal(mustRead(t, v.Path()), before) {
		t.Error("the file changed")
	}
}

// TestNoPermissionIsNotNoVault: a first run must not begin where a vault only
// cannot be seen.
func TestNoPermissionIsNotNoVault(t *testing.T) {
	v := newVault(t)
	dir := filepath.Dir(v.Path())
	hand(t, dir)
	if err := os.Chmod(v.Path(), 0); err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		asNobody(t, func() {
			if _, err := Unlock(v.Path(), []byte(testPassphrase)); !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrNotFound) {
				t.Errorf("%s: Unlock: %v, want no permission", what, err)
			}
			if _, err := Open(v.Path(), v.Identity(), time.Now); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%s: Open: %v, want no permission", what, err)
			}
		})
	}
	check("file without rights")
	if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	check("folder without rights")
	asNobody(t, func() {
		if _, err := v.Refresh(); !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrNotFound) {
			t.Errorf("Refresh: %v, want no permission", err)
		}
		if _, err := Create(v.Path(), Access{Passphrase: []byte(testPassphrase), WorkFactor: lowWork}, v.now); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("Create: %v, want no permission", err)
		}
	})
}

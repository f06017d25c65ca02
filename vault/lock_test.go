package vault

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestHangingWriterIsNotWaitedForForEver: ten seconds, which pass in no time.
func TestHangingWriterIsNotWaitedForForEver(t *testing.T) {
	v := newVault(t)
	unlock, err := v.at.lock()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := v.Update(func(d *Draft) error { _, err := d.Add(github()); return err }); !errors.Is(err, ErrBusy) {
			t.Errorf("Update: %v, want ErrBusy", err)
		}
		if waited := time.Since(start); waited != lockWait {
			t.Errorf("waited %v, want %v", waited, lockWait)
		}
	})
	unlock()
	add(t, v, github())
}

func TestFileSystemsWithoutLocks(t *testing.T) {
	for _, without := range []error{syscall.ENOSYS, syscall.ENOTSUP, syscall.ENOLCK} {
		if !lacksLocks(&os.PathError{Op: "flock", Path: "/", Err: without}) {
			t.Errorf("%v stops every save", without)
		}
	}
	for _, refusal := range []error{syscall.EACCES, syscall.EROFS, syscall.EIO, nil} {
		if lacksLocks(refusal) {
			t.Errorf("%v counts as a file system without locks", refusal)
		}
	}
}

// TestOnlyTheHolderOfTheLockClearsStrays: without one, a stray may be the file
// that another process is writing.
func TestOnlyTheHolderOfTheLockClearsStrays(t *testing.T) {
	for _, locks := range []bool{true, false} {
		d := &tap{disk: osDisk{}}
		s := newScene(t, d)
		stray := s.at.beside("." + randomName() + tempSuffix)
		if err := os.WriteFile(stray, []byte("half a vault"), 0o600); err != nil {
			t.Fatal(err)
		}
		d.before = func(op, _ string) error {
			if op == "lock" && !locks {
				return errNoLocks
			}
			return nil
		}
		if err := s.addBank(); err != nil || s.onDisk(t) != 2 {
			t.Fatalf("with locks %v, the save: %v", locks, err)
		}
		if _, err := os.Stat(stray); errors.Is(err, fs.ErrNotExist) != locks {
			t.Errorf("with locks %v, the stray: %v", locks, err)
		}
	}
}

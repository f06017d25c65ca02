package vault

import (
	"errors"
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

package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// disk is what a vault asks of a file system. It is small so that a test can
// stand in front of it: refuse any call, shorten any write, forget what was not
// synced. Paths are absolute, errors name them.
type disk interface {
	// Resolve follows symbolic links, so that a rename replaces the file and
	// not the link to it.
	Resolve(path string) (string, error)
	Stat(path string) (fs.FileInfo, error)  // follows links
	Lstat(path string) (fs.FileInfo, error) // does not
	Open(path string) (readFile, error)
	// Create makes a file that was not there (O_EXCL), for its owner alone.
	Create(path string) (writeFile, error)
	MakeDir(path string) error // with parents, for its owner alone
	List(dir string) ([]string, error)
	Link(from, to string) error
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(path string) error
	Lock(path string) (unlock func(), err error) // errNoLocks where there are none
}

type readFile interface {
	io.ReadCloser
	Stat() (fs.FileInfo, error)
}

type writeFile interface {
	io.WriteCloser
	Sync() error
	Stat() (fs.FileInfo, error)
}

// osDisk is the machine's own.
type osDisk struct{}

func (osDisk) Resolve(path string) (string, error)    { return filepath.EvalSymlinks(path) }
func (osDisk) Stat(path string) (fs.FileInfo, error)  { return os.Stat(path) }
func (osDisk) Lstat(path string) (fs.FileInfo, error) { return os.Lstat(path) }
func (osDisk) Open(path string) (readFile, error)     { return os.Open(path) }
func (osDisk) MakeDir(path string) error              { return os.MkdirAll(path, 0o700) }
func (osDisk) Link(from, to string) error             { return os.Link(from, to) }
func (osDisk) Rename(from, to string) error           { return os.Rename(from, to) }
func (osDisk) Remove(path string) error               { return os.Remove(path) }

func (osDisk) Create(path string) (writeFile, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

func (osDisk) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// SyncDir makes a rename last. Windows cannot open a folder for it, and some
// file systems refuse: there a rename is as durable as they make it.
func (osDisk) SyncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	err = dir.Sync()
	return errors.Join(ignoreUnsupported(err), dir.Close())
}

func ignoreUnsupported(err error) error {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

const (
	lockWait  = 10 * time.Second
	lockRetry = 2 * time.Millisecond
)

// errNoLocks means that the file system has no locks, as some network mounts.
var errNoLocks = errors.New("the file system has no locks")

// Lock waits for other processes, but not for ever: one that hangs must not
// hang the pane.
func (osDisk) Lock(path string) (func(), error) {
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDONLY|noFollow), flock.SetPermissions(0o600))
	locked, err := lock.TryLockContext(ctx, lockRetry)
	for errors.Is(err, syscall.EINTR) { // a signal, not an answer
		locked, err = lock.TryLockContext(ctx, lockRetry)
	}
	switch {
	case lacksLocks(err):
		return nil, fmt.Errorf("%w: %w", errNoLocks, err)
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%w: %s", ErrBusy, path)
	case err != nil:
		return nil, fmt.Errorf("lock: %w", err)
	case !locked: // unreachable
		return nil, fmt.Errorf("%w: %s", ErrBusy, path)
	}
	return func() { _ = lock.Unlock() }, nil
}

func lacksLocks(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK)
}

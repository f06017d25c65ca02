package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// location is where a vault lies and the disk it lies on.
type location struct {
	disk disk
	path string // absolute, links followed
}

// fileState is a vault file at one moment. info tells cheaply whether another
// process has changed it since.
type fileState struct {
	bytes []byte
	info  fs.FileInfo
}

// sameAs needs no reading: a save makes a new file with a new identity, and a
// program that writes in place changes size or time.
func (s fileState) sameAs(info fs.FileInfo) bool {
	return s.info != nil && sameFile(s.info, info) &&
		s.info.Size() == info.Size() && s.info.ModTime().Equal(info.ModTime())
}

func sameFile(a, b fs.FileInfo) bool {
	if f, inMemory := a.(*memoryFile); inMemory {
		return f == b
	}
	return os.SameFile(a, b)
}

// read says ErrNotFound only if nothing is there.
func (l location) read() (fileState, error) {
	info, err := l.disk.Stat(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return fileState{}, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	if err != nil {
		return fileState{}, fmt.Errorf("read the vault: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fileState{}, fmt.Errorf("%w: %s is not a file", ErrNotVault, l.path)
	}
	state, err := l.readFile(l.path)
	if err != nil {
		return fileState{}, fmt.Errorf("read the vault: %w", err)
	}
	return state, nil
}

func (l location) readFile(path string) (fileState, error) {
	f, err := l.disk.Open(path)
	if err != nil {
		return fileState{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return fileState{}, errors.Join(err, f.Close())
	}
	var data bytes.Buffer
	data.Grow(int(min(max(info.Size(), 0), maxFile)) + bytes.MinRead)
	_, err = data.ReadFrom(io.LimitReader(f, maxFile+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return fileState{}, err
	}
	if data.Len() > maxFile {
		return fileState{}, fmt.Errorf("%w: %s is larger than %d MiB", ErrNotVault, path, maxFile>>20)
	}
	return fileState{bytes: data.Bytes(), info: info}, nil
}

// lock keeps other processes from saving. A file system without locks is used
// without: the re-read before each save and the rename still hold, two saves in
// the same instant may lose one.
func (l location) lock() (unlock func(), err error) {
	unlock, err = l.disk.Lock(l.beside(lockSuffix))
	if errors.Is(err, errNoLocks) {
		return func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	l.removeStrays()
	return unlock, nil
}

// beside is a hidden name in the folder of the vault.
func (l location) beside(suffix string) string {
	dir, name := filepath.Split(l.path)
	return filepath.Join(dir, "."+name+suffix)
}

// replace puts data in the place of old, whole or not at all; old becomes a
// backup that the label names. The lock is held. After an error the old file is
// in its place, byte for byte; after success the new one outlives a power cut.
func (l location) replace(old fileState, data []byte, label string, now time.Time) (fileState, error) {
	temp, state, err := l.writeTemp(data)
	if err != nil {
		return fileState{}, fmt.Errorf("save: %w", err)
	}
	backup, err := l.keep(old, label, now)
	if err != nil {
		return fileState{}, l.discard(temp, fmt.Errorf("save: keep the previous vault: %w", err))
	}
	// The old vault has its second name for good before it loses the first: a
	// disk that lies about syncing data then costs one edit, not the vault.
	if err := l.disk.SyncDir(l.backups()); err != nil {
		return fileState{}, l.discard(temp, fmt.Errorf("save: keep the previous vault: %w", err))
	}
	if err := l.disk.Rename(temp, l.path); err != nil {
		return fileState{}, l.discard(temp, fmt.Errorf("save: %w", err))
	}
	if err := l.disk.SyncDir(filepath.Dir(l.path)); err != nil {
		return fileState{}, l.putBack(backup, fmt.Errorf("save: %w", err))
	}
	return state, nil
}

// create puts data where nothing is. A link, unlike a rename, replaces nothing.
func (l location) create(data []byte) (fileState, error) {
	temp, state, err := l.writeTemp(data)
	if err != nil {
		return fileState{}, fmt.Errorf("create the vault: %w", err)
	}
	err = l.disk.Link(temp, l.path)
	switch {
	case err == nil:
		_ = l.disk.Remove(temp) // or the next save does
	case errors.Is(err, fs.ErrExist):
		return fileState{}, l.discard(temp, fmt.Errorf("%w: %s", ErrExists, l.path))
	default: // a file system without links; the lock is held and Create has looked
		err = l.disk.Rename(temp, l.path)
	}
	if err != nil {
		return fileState{}, l.discard(temp, fmt.Errorf("create the vault: %w", err))
	}
	dir := filepath.Dir(l.path)
	if err := l.disk.SyncDir(dir); err != nil {
		return fileState{}, l.discard(l.path, fmt.Errorf("create the vault: %w", err))
	}
	_ = l.disk.SyncDir(filepath.Dir(dir)) // the folder may be new, and above it not ours
	return state, nil
}

// writeTemp writes, syncs, closes and reads back. What the disk returns is
// compared before anything is replaced by it.
func (l location) writeTemp(data []byte) (path string, state fileState, err error) {
	path = l.beside("." + randomName() + tempSuffix)
	state, err = l.writeNew(path, data)
	if err != nil {
		return "", fileState{}, l.discard(path, err)
	}
	return path, state, nil
}

const (
	tempSuffix = ".tmp"
	lockSuffix = ".lock"
)

func (l location) writeNew(path string, data []byte) (fileState, error) {
	f, err := l.disk.Create(path)
	if err != nil {
		return fileState{}, err
	}
	n, err := f.Write(data)
	if err == nil && n < len(data) {
		err = io.ErrShortWrite
	}
	if err == nil {
		err = f.Sync()
	}
	info, statErr := f.Stat()
	if err := errors.Join(err, statErr, f.Close()); err != nil {
		return fileState{}, fmt.Errorf("write %s: %w", path, err)
	}
	back, err := l.readFile(path)
	if err != nil {
		return fileState{}, fmt.Errorf("read back: %w", err)
	}
	if !bytes.Equal(back.bytes, data) {
		return fileState{}, fmt.Errorf("read back %s: the disk returned other bytes than were written", path)
	}
	return fileState{bytes: data, info: info}, nil
}

// discard removes what an unfinished save left; the cause matters more than
// whether that worked.
func (l location) discard(temp string, cause error) error {
	_ = l.disk.Remove(temp)
	return cause
}

// putBack undoes a rename that may not last: it failed, so it must not show.
func (l location) putBack(backup string, cause error) error {
	temp := l.beside("." + randomName() + tempSuffix)
	if err := l.linkOrCopy(backup, temp); err != nil {
		return errors.Join(cause, fmt.Errorf("put the previous vault back: %w", err))
	}
	if err := l.disk.Rename(temp, l.path); err != nil {
		return l.discard(temp, errors.Join(cause, fmt.Errorf("put the previous vault back: %w", err)))
	}
	_ = l.disk.SyncDir(filepath.Dir(l.path)) // it has just failed
	return cause
}

func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// removeStrays clears what saves that were killed have left. The lock is really
// held, so none of them is still being written.
func (l location) removeStrays() {
	for _, stray := range l.strays() {
		_ = l.disk.Remove(stray)
	}
}

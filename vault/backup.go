package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Previous generations lie in backups/ beside the vault, each a whole vault
// file of its own. Their names say when they were replaced and which generation
// they are:
//
//	backups/vault.age.20261122T162425.123Z.000042
const (
	backupDir  = "backups"
	backupTime = "20060102T150405.000Z"
	// keptBackups is how many generations are kept at least.
	keptBackups = 10
)

// keep links the old vault file into backups/. A link costs no space and no
// write; where there are none, it is copied. What lies there afterwards is
// compared with what was read when the vault was opened.
func (l location) keep(old fileState, generation uint64, now time.Time) (path string, err error) {
	if err := l.disk.MakeDir(l.backups()); err != nil {
		return "", err
	}
	path = l.backupPath(now, generation)
	for n := 2; ; n++ {
		err = l.linkOrCopy(l.path, path)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
		path = l.backupPath(now, generation) + "-" + strconv.Itoa(n)
	}
	if err != nil {
		return "", err
	}
	kept, err := l.readFile(path)
	if err != nil {
		return "", err
	}
	if !bytes.Equal(kept.bytes, old.bytes) {
		return "", l.discard(path, fmt.Errorf("%s differs from the vault", path))
	}
	return path, nil
}

func (l location) backups() string { return filepath.Join(filepath.Dir(l.path), backupDir) }

func (l location) backupPath(now time.Time, generation uint64) string {
	name := fmt.Sprintf("%s.%s.%06d", filepath.Base(l.path), now.UTC().Format(backupTime), generation)
	return filepath.Join(l.backups(), name)
}

func (l location) linkOrCopy(from, to string) error {
	err := l.disk.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	state, err := l.readFile(from)
	if err != nil {
		return err
	}
	if _, err := l.writeNew(to, state.bytes); err != nil {
		if !errors.Is(err, fs.ErrExist) {
			_ = l.disk.Remove(to)
		}
		return err
	}
	return nil
}

// thinBackups removes the oldest generations beyond those kept. It runs when
// the save has already lasted, and its failures wait for the next one.
func (l location) thinBackups(time.Time) {
	names := l.backupNames()
	for _, name := range names[:max(len(names)-keptBackups, 0)] {
		_ = l.disk.Remove(filepath.Join(l.backups(), name))
	}
}

// backupNames are the backups of this vault, oldest first.
func (l location) backupNames() []string {
	names, err := l.disk.List(l.backups())
	if err != nil {
		return nil
	}
	names = slices.DeleteFunc(names, func(n string) bool {
		_, ok := l.backupWhen(n)
		return !ok
	})
	slices.Sort(names)
	return names
}

// backupWhen reads a name; other files in backups/ are nobody's business.
func (l location) backupWhen(name string) (time.Time, bool) {
	rest, ok := strings.CutPrefix(name, filepath.Base(l.path)+".")
	if !ok || len(rest) < len(backupTime) {
		return time.Time{}, false
	}
	at, err := time.Parse(backupTime, rest[:len(backupTime)])
	return at, err == nil
}

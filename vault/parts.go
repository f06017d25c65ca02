package vault

import (
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Parts are the files and folders that belong to a vault, for whoever looks after
// their modes and owners. They are named, and neither opened nor made.
type Parts struct {
	File    string    // links followed; it may be damaged or gone
	Folder  string    // in which it lies
	Lock    string    // beside it, kept from the first save on
	Backups string    // the folder
	Copies  []string  // the backups in it, newest first
	Newest  time.Time // of the first of them, when it was replaced
	Strays  []string  // what a save writes before its rename: left by those that were killed, or of one under way
}

// PartsOf names the parts of the vault at path.
func PartsOf(path string) (Parts, error) {
	at, err := locate(osDisk{}, path)
	if err != nil {
		return Parts{}, err
	}
	parts := Parts{File: at.path, Folder: filepath.Dir(at.path), Lock: at.beside(lockSuffix), Backups: at.backups(), Strays: at.strays()}
	for _, name := range slices.Backward(at.backupNames()) {
		parts.Copies = append(parts.Copies, filepath.Join(parts.Backups, name))
	}
	if len(parts.Copies) > 0 {
		parts.Newest, _ = at.backupWhen(filepath.Base(parts.Copies[0]))
	}
	return parts, nil
}

// strays are the files that saves write before they rename them. A folder that
// cannot be listed shows none: the next save will say what is wrong with it.
func (l location) strays() (strays []string) {
	dir, name := filepath.Split(l.path)
	names, err := l.disk.List(dir)
	if err != nil {
		return nil
	}
	for _, n := range names {
		if strings.HasPrefix(n, "."+name+".") && strings.HasSuffix(n, tempSuffix) {
			strays = append(strays, filepath.Join(dir, n))
		}
	}
	return strays
}

package vault

import (
	"fmt"
	"path/filepath"
	"strings"
)

// ConflictFiles finds what synchronisers leave beside a vault when it was changed
// in two places, for Merge and then Archive:
//
//	vault.sync-conflict-20261122-120000-ABCDEFG.age    Syncthing
//	vault (alice's conflicted copy 2026-11-22).age     Dropbox
//	vault (conflicted copy 2026-11-22 120000).age      Nextcloud
//	vault_conflict-20261122-120000.age                 ownCloud
func ConflictFiles(path string) ([]string, error) {
	at, err := locate(osDisk{}, path)
	if err != nil {
		return nil, err
	}
	dir, name := filepath.Split(at.path)
	names, err := at.disk.List(dir)
	if err != nil {
		return nil, fmt.Errorf("conflict files: %w", err)
	}
	extension := filepath.Ext(name)
	stem := strings.TrimSuffix(name, extension)
	var found []string
	for _, n := range names {
		middle, ok := strings.CutPrefix(n, stem)
		middle, has := strings.CutSuffix(middle, extension)
		if ok && has && isConflict(middle) {
			found = append(found, filepath.Join(dir, n))
		}
	}
	return found, nil
}

// isConflict wants a mark between the name and the word: "vaultconflicts.age" is
// the user's own.
func isConflict(middle string) bool {
	return middle != "" && strings.ContainsRune(" ._-(", rune(middle[0])) &&
		strings.Contains(strings.ToLower(middle), "conflict")
}

// Archive moves a copy that was merged to the backups, from where it is thinned
// out like any other.
func (v *Vault) Archive(path string) error {
	v.changing.Lock()
	defer v.changing.Unlock()
	unlock, err := v.at.lock()
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	defer unlock()
	if err := v.at.disk.MakeDir(v.at.backups()); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	if err := v.at.linkOrCopy(path, v.at.backupPath(v.now(), "merged")); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	if err := v.at.disk.SyncDir(v.at.backups()); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	if err := v.at.disk.Remove(path); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	return nil
}

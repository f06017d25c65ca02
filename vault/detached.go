package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// A detached key is the sealed identity in a file of its own. The vault's header
// then says only that there is one.

// readDetached reads a key file. What it holds is checked when it is unsealed.
func readDetached(d disk, path string) ([]byte, error) {
	at, err := locate(d, path)
	if err != nil {
		return nil, err
	}
	state, err := at.readFile(at.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrDetached, err)
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if len(state.bytes) > maxSealed {
		return nil, fmt.Errorf("%w: %s is no key file", ErrNotVault, path)
	}
	return state.bytes, nil
}

// detach moves the sealed identity out of a vault that is about to be created.
func (v *Vault) detach(path string) error {
	key, err := newLocation(v.at.disk, path)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	if _, err := key.create(v.sealed.body); err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	v.sealed = sealedKey{detached: true}
	return nil
}

// changeDetached changes two files that no rename changes together. In between,
// the key file holds both identities under the new passphrase: it opens the vault
// before the change and after it, wherever a crash falls. If the vault cannot be
// saved, the key file is put back.
func (v *Vault) changeDetached(fresh *Vault, recipient string, passphrase []byte, how work) error {
	key, err := locate(v.at.disk, how.detached)
	if err != nil {
		return err
	}
	texts := fresh.identity.Reveal()
	if v.identity.reads(v.doc.recipient) { // not a recovery key
		texts += "\n" + v.identity.Reveal()
	}
	both, err := seal(texts, passphrase, how.new)
	if err != nil {
		return err
	}
	old, err := key.readFile(key.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("key file: %w", err)
	}
	if err := key.overwrite(both); err != nil {
		return errors.Join(fmt.Errorf("key file: %w", err), key.undo(old))
	}
	alone := fresh.sealed.body
	fresh.sealed = sealedKey{detached: true}
	if err := v.update(adopt(fresh, recipient)); err != nil {
		return errors.Join(err, key.undo(old))
	}
	if err := key.overwrite(alone); err != nil {
		return fmt.Errorf("the passphrase is changed; key file: %w", err)
	}
	return nil
}

// overwrite replaces a key file in one rename. It leaves no backup: an old key
// file would keep an old passphrase alive.
func (l location) overwrite(data []byte) error {
	temp, _, err := l.writeTemp(data)
	if err != nil {
		return err
	}
	if err := l.disk.Rename(temp, l.path); err != nil {
		return l.discard(temp, err)
	}
	return l.disk.SyncDir(filepath.Dir(l.path))
}

// undo brings back what was there, if anything was.
func (l location) undo(old fileState) error {
	if old.info != nil {
		return l.overwrite(old.bytes)
	}
	if err := l.disk.Remove(l.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

package vault

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// newDetached is a vault on a disk of the test's choosing, its key elsewhere.
func newDetached(t *testing.T, d disk) (v *Vault, key string) {
	t.Helper()
	key = filepath.Join(t.TempDir(), "stick", "otpane.key")
	access := Access{Passphrase: []byte(testPassphrase), WorkFactor: lowWork, DetachedKey: key}
	v, err := create(d, filepath.Join(t.TempDir(), "vault.age"), access, (&clock{noon}).now)
	if err != nil {
		t.Fatal(err)
	}
	add(t, v, github())
	return v, key
}

func unlocks(t *testing.T, v *Vault, key, passphrase string) error {
	t.Helper()
	id, err := Unlock(v.Path(), []byte(passphrase), DetachedKey(key))
	if err != nil {
		return err
	}
	_, err = Open(v.Path(), id, v.now)
	return err
}

func TestDetachedKey(t *testing.T) {
	v, key := newDetached(t, osDisk{})
	if _, err := Unlock(v.Path(), []byte(testPassphrase)); !errors.Is(err, ErrDetached) {
		t.Errorf("without the key file: %v, want ErrDetached", err)
	}
	if err := unlocks(t, v, key+".not", testPassphrase); !errors.Is(err, ErrDetached) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with a missing key file: %v", err)
	}
	if err := unlocks(t, v, key, testPassphrase); err != nil {
		t.Errorf("with the key file: %v", err)
	}
	if err := unlocks(t, v, key, "another passphrase"); !errors.Is(err, ErrPassphrase) {
		t.Errorf("with a wrong passphrase: %v", err)
	}
	if info, err := Inspect(v.Path()); err != nil || !info.Detached || !info.Passphrase {
		t.Errorf("Inspect: %+v, %v", info, err)
	}
	if bytes.Contains(mustRead(t, v.Path()), []byte("c2NyeXB0")) { // "scrypt" in base64
		t.Error("the vault holds something to try passphrases on")
	}
	access := Access{Passphrase: []byte(testPassphrase), WorkFactor: lowWork, DetachedKey: key}
	if _, err := Create(filepath.Join(t.TempDir(), "v.age"), access, v.now); !errors.Is(err, ErrExists) {
		t.Errorf("over another key file: %v, want ErrExists", err)
	}
}

func TestDetachedKeyChangesItsPassphrase(t *testing.T) {
	v, key := newDetached(t, osDisk{})
	if err := v.ChangePassphrase([]byte("another passphrase"), WorkFactor(lowWork)); !errors.Is(err, ErrDetached) {
		t.Errorf("without the key file: %v, want ErrDetached", err)
	}
	if err := v.ChangePassphrase([]byte("another passphrase"), WorkFactor(lowWork), DetachedKey(key)); err != nil {
		t.Fatal(err)
	}
	if err := unlocks(t, v, key, "another passphrase"); err != nil {
		t.Errorf("the new passphrase: %v", err)
	}
	if err := unlocks(t, v, key, testPassphrase); !errors.Is(err, ErrPassphrase) {
		t.Errorf("the old passphrase: %v", err)
	}
	id, err := Unlock(v.Path(), []byte("another passphrase"), DetachedKey(key))
	if err != nil || strings.Contains(id.Reveal(), "\n") {
		t.Errorf("the key file holds more than one identity: %v", err)
	}
	entries, err := os.ReadDir(filepath.Dir(key))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the key file lie %v, %v", entries, err)
	}
	if all := backupsOf(t, v); len(all) == 0 || all[len(all)-1].Err != nil {
		t.Errorf("old backups: %+v", all)
	}
}

// TestFaultsWhileADetachedKeyChanges: at every moment one of the two passphrases
// opens the pair, whatever call fails, once or from then on.
func TestFaultsWhileADetachedKeyChanges(t *testing.T) {
	for at := 0; ; at++ {
		for _, lasting := range []bool{false, true} {
			d := &tap{disk: osDisk{}}
			v, key := newDetached(t, d)
			n := -1
			d.before = func(string, string) error {
				n++
				if n == at || lasting && n > at {
					return syscall.EIO
				}
				return nil
			}
			err := v.ChangePassphrase([]byte("another passphrase"), WorkFactor(lowWork), DetachedKey(key))
			d.before = nil
			if n < at {
				if at < 30 {
					t.Errorf("only %d calls", at)
				}
				return
			}
			now, before := unlocks(t, v, key, "another passphrase"), unlocks(t, v, key, testPassphrase)
			if now != nil && before != nil {
				t.Errorf("call %d, lasting %v: %v: neither passphrase opens it: %v; %v", at, lasting, err, now, before)
			}
			if err == nil && now != nil {
				t.Errorf("call %d: changed, but: %v", at, now)
			}
			if !lasting && err != nil && !strings.Contains(err.Error(), "is changed") && before != nil {
				t.Errorf("call %d: %v, but the old passphrase is gone: %v", at, err, before)
			}
		}
	}
}

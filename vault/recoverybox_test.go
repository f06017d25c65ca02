package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"otpane/otpcore"
)

func sealCodes(id string, to Identity) func(*Draft) error {
	return func(d *Draft) error { return d.SealRecoveryCodes(id, to.Recipients()[0]) }
}

func wantOpened(t *testing.T, v *Vault, id string, key Identity, want string) {
	t.Helper()
	codes, err := reopen(t, v).OpenSealed(id, key)
	if err != nil {
		t.Fatal(err)
	}
	if got := recoveryText(codes); got != want {
		t.Errorf("opened %q, want %q", got, want)
	}
}

// TestSealedRecoveryCodes are not in the payload; how many are left is, and using one
// needs only its text from the box.
func TestSealedRecoveryCodes(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	_, key := x25519(t)
	_, stranger := x25519(t)
	edit(t, v, 0, addCodes(id, "canary-1", "canary-2", "canary-3"))
	edit(t, v, time.Minute, useCode(id, codeID(t, v, id, "canary-1")))
	if !strings.Contains(string(v.present().payload()), "canary-2") {
		t.Fatal("no canary to look for")
	}
	edit(t, v, 2*time.Minute, sealCodes(id, key))
	if text := string(reopen(t, v).present().payload()); strings.Contains(text, "canary-") {
		t.Error("a sealed code is in the payload")
	}
	a := reopen(t, v).Accounts()[0]
	if len(a.Recovery) != 3 || otpcore.Left(a.Recovery) != 2 || !a.Recovery[2].Sealed || a.Recovery[2].Text.Len() > 0 {
		t.Errorf("%d codes, %d left", len(a.Recovery), otpcore.Left(a.Recovery))
	}
	wantOpened(t, v, id, key, "canary-1(1) canary-2 canary-3")
	for what, id2 := range map[string]Identity{"a stranger": stranger, "the vault's own key": v.Identity(), "nothing": {}} {
		if _, err := v.OpenSealed(id, id2); !errors.Is(err, ErrSealed) {
			t.Errorf("%s opens them: %v", what, err)
		}
		if err := v.Update(func(d *Draft) error { return d.UnsealRecoveryCodes(id, id2) }); !errors.Is(err, ErrSealed) {
			t.Errorf("%s unseals them: %v", what, err)
		}
	}

	edit(t, v, 3*time.Minute, func(d *Draft) error {
		c, err := d.UseRecoveryCode(id, a.Recovery[1].ID)
		if !c.Sealed || c.Text.Len() > 0 {
			t.Error("a sealed code was used with its text")
		}
		return err
	})
	edit(t, v, 4*time.Minute, addCodes(id, "canary-4"))
	if text := string(v.present().payload()); strings.Contains(text, "canary-") {
		t.Error("a code added to sealed ones is in the payload")
	}
	wantOpened(t, v, id, key, "canary-1(1) canary-2(3) canary-3 canary-4")

	edit(t, v, 5*time.Minute, func(d *Draft) error { return d.UnsealRecoveryCodes(id, key) })
	wantRecovery(t, v, id, "canary-1(1) canary-2(3) canary-3 canary-4")
	if strings.Contains(string(v.present().payload()), fieldBoxes) {
		t.Error("a box is left that nobody needs")
	}
	edit(t, v, 6*time.Minute, sealCodes(id, key))
	edit(t, v, 7*time.Minute, func(d *Draft) error {
		a, _ := d.Account(id)
		return d.RemoveRecoveryCodes(id, a.Recovery[0].ID, a.Recovery[1].ID, a.Recovery[2].ID)
	})
	wantOpened(t, v, id, key, "canary-4")
	edit(t, v, 8*time.Minute, func(d *Draft) error {
		a, _ := d.Account(id)
		return d.RemoveRecoveryCodes(id, a.Recovery[0].ID)
	})
	if strings.Contains(string(v.present().payload()), fieldBoxes) {
		t.Error("a box of removed codes is left")
	}
}

func TestWhatCannotBeSealed(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	_, key := x25519(t)
	if err := v.Update(sealCodes(id, key)); !errors.Is(err, ErrNoRecoveryCode) {
		t.Errorf("no codes: %v", err)
	}
	edit(t, v, 0, addCodes(id, "a1"))
	former := v.Identity()
	if err := v.ChangePassphrase([]byte("another passphrase"), WorkFactor(lowWork)); err != nil {
		t.Fatal(err)
	}
	for what, own := range map[string]Identity{"the vault's key": v.Identity(), "its former key": former} {
		if err := v.Update(sealCodes(id, own)); !errors.Is(err, ErrNotApart) {
			t.Errorf("sealed to %s: %v", what, err)
		}
	}
	if err := v.Update(func(d *Draft) error { return d.SealRecoveryCodes(id, "age1nobody") }); err == nil {
		t.Error("sealed to nobody")
	}
	if err := v.Update(sealCodes("gone", key)); !errors.Is(err, ErrNoAccount) {
		t.Errorf("no account: %v", err)
	}
	wantRecovery(t, v, id, "a1")
}

// TestSealingMakesOneOfDuplicates: sealed ones could not be told apart.
func TestSealingMakesOneOfDuplicates(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	_, key := x25519(t)
	other := fork(t, v, "other.age")
	edit(t, v, 0, addCodes(id, "a1", "b2"))
	edit(t, other, time.Minute, addCodes(id, "a1"))
	edit(t, other, 2*time.Minute, useCode(id, codeID(t, other, id, "a1")))
	if _, err := v.Merge(other.Path(), Identity{}); err != nil {
		t.Fatal(err)
	}
	edit(t, v, 3*time.Minute, sealCodes(id, key))
	if a := v.Accounts()[0]; len(a.Recovery) != 2 || otpcore.Left(a.Recovery) != 1 {
		t.Errorf("%d codes, %d left", len(a.Recovery), otpcore.Left(a.Recovery))
	}
	wantOpened(t, v, id, key, "a1(2) b2")
}

// TestCopiesThatSealedToDifferentRecipients keep what each key opens, and an older
// copy brings no text back.
func TestCopiesThatSealedToDifferentRecipients(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	_, key := x25519(t)
	_, otherKey := x25519(t)
	edit(t, v, 0, addCodes(id, "canary-1"))
	older := fork(t, v, "older.age")
	other := fork(t, v, "other.age")
	edit(t, v, time.Minute, addCodes(id, "canary-2"))
	edit(t, v, 2*time.Minute, sealCodes(id, key))
	edit(t, other, 3*time.Minute, sealCodes(id, otherKey))
	for _, copy := range []*Vault{other, older} {
		if _, err := v.Merge(copy.Path(), Identity{}); err != nil {
			t.Fatal(err)
		}
	}
	if text := string(reopen(t, v).present().payload()); strings.Contains(text, "canary-") {
		t.Error("a merge made a code readable")
	}
	if a := v.Accounts()[0]; len(a.Recovery) != 2 {
		t.Errorf("%d codes", len(a.Recovery))
	}
	wantOpened(t, v, id, otherKey, "canary-1 ")
	wantOpened(t, v, id, key, " canary-2")
	both, err := ParseIdentity(key.Reveal() + "\n" + otherKey.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	wantOpened(t, v, id, both, "canary-1 canary-2")
	edit(t, v, 4*time.Minute, func(d *Draft) error { return d.UnsealRecoveryCodes(id, key) })
	wantOpened(t, v, id, otherKey, "canary-1 canary-2")
}

// TestFinishKeepsCodesSealed, those of the new key among them.
func TestFinishKeepsCodesSealed(t *testing.T) {
	v := newVault(t)
	old := add(t, v, github())
	_, key := x25519(t)
	edit(t, v, 0, addCodes(old, "canary-1"))
	edit(t, v, time.Minute, sealCodes(old, key))
	next := github()
	next.Unfinished, next.Replaces = true, old
	next.Recovery = recoveryCodesOf("canary-2")
	id := add(t, v, next)
	edit(t, v, 2*time.Minute, func(d *Draft) error { _, err := d.Finish(id); return err })
	wantOpened(t, v, old, key, "canary-1 canary-2")
	if a := v.Accounts()[0]; otpcore.Left(a.Recovery) != 2 || !a.Recovery[0].Sealed || !a.Recovery[1].Sealed {
		t.Error("one of them is readable")
	}

	sealed := github()
	sealed.Unfinished, sealed.Replaces = true, old
	sealed.Recovery = recoveryCodesOf("canary-3")
	id = add(t, v, sealed)
	_, otherKey := x25519(t)
	edit(t, v, 3*time.Minute, sealCodes(id, otherKey))
	edit(t, v, 4*time.Minute, func(d *Draft) error { _, err := d.Finish(id); return err })
	wantOpened(t, v, old, otherKey, "  canary-3")
}

// TestBoxesOfALaterVersion are passed on, whole.
func TestBoxesOfALaterVersion(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	_, key := x25519(t)
	edit(t, v, 0, addCodes(id, "a1"))
	edit(t, v, 0, sealCodes(id, key))
	for _, later := range []string{`7`, `{"of":"another shape"}`, `null`} {
		edit(t, v, 0, func(d *Draft) error {
			all := d.doc.records[0].fields()
			var boxes []json.RawMessage
			if err := json.Unmarshal(all[fieldBoxes], &boxes); err != nil {
				return err
			}
			all[fieldBoxes] = encode(append(boxes, json.RawMessage(later)))
			d.doc.records[0] = all.record()
			d.tick()
			return nil
		})
		edit(t, v, time.Minute, addCodes(id, "b"+later))
		if raw := v.present().records[0].fields()[fieldBoxes]; !bytes.Contains(raw, []byte(later)) {
			t.Errorf("%s is gone", later)
		}
	}
	wantOpened(t, v, id, key, `a1 b7 b{"of":"another shape"} bnull`)
}

// TestStockAgeOpensABox: no code is lost to somebody without otpane.
func TestStockAgeOpensABox(t *testing.T) {
	if _, err := exec.LookPath("age"); err != nil {
		t.Skip("age is not installed")
	}
	v := newVault(t)
	id := add(t, v, github())
	_, key := x25519(t)
	edit(t, v, 0, addCodes(id, "canary-1"))
	edit(t, v, 0, sealCodes(id, key))
	file, identity := filepath.Join(t.TempDir(), "box.age"), filepath.Join(t.TempDir(), "key.txt")
	box := v.present().records[0].fields().boxes()[0]
	if err := errors.Join(os.WriteFile(file, box.Box, 0o600), os.WriteFile(identity, []byte(key.Reveal()), 0o600)); err != nil {
		t.Fatal(err)
	}
	plain, err := exec.Command("age", "-d", "-i", identity, file).Output()
	if want := `{"` + box.Codes[0] + `":"canary-1"}`; err != nil || string(plain) != want {
		t.Errorf("%s, %v", plain, err)
	}
}

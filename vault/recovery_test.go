package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"otpane/otpcore"
)

// recoveryText is what an account shows: every code, a used one with the minutes
// after noon in parentheses.
func recoveryText(codes []otpcore.RecoveryCode) string {
	var texts []string
	for _, c := range codes {
		text := string(c.Text.Reveal())
		if !c.Used.IsZero() {
			text += fmt.Sprintf("(%g)", c.Used.Sub(noon).Minutes())
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " ")
}

func wantRecovery(t *testing.T, v *Vault, id, want string) {
	t.Helper()
	for _, a := range reopen(t, v).Accounts() {
		if a.ID != id {
			continue
		}
		if got := recoveryText(a.Recovery); got != want {
			t.Errorf("recovery codes %q, want %q", got, want)
		}
		return
	}
	t.Fatal("no such account")
}

// codeID finds a code by its text.
func codeID(t *testing.T, v *Vault, id, text string) string {
	t.Helper()
	found := codeIDIn(v, id, otpcore.NewSecret([]byte(text)))
	if found == "" {
		t.Fatalf("no code %q", text)
	}
	return found
}

func codeIDIn(v *Vault, id string, text otpcore.Secret) string {
	for _, a := range v.Accounts() {
		for _, c := range a.Recovery {
			if a.ID == id && c.Text.Equal(text) {
				return c.ID
			}
		}
	}
	return ""
}

func addCodes(id string, texts ...string) func(*Draft) error {
	return func(d *Draft) error { _, err := d.AddRecoveryCodes(id, recoveryCodesOf(texts...)); return err }
}

func useCode(id, codeID string) func(*Draft) error {
	return func(d *Draft) error { _, err := d.UseRecoveryCode(id, codeID); return err }
}

func unuseCode(id, codeID string) func(*Draft) error {
	return func(d *Draft) error { return d.UnuseRecoveryCode(id, codeID) }
}

func TestRecoveryCodesFromFirstToLast(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	edit(t, v, 0, func(d *Draft) error {
		if n, err := d.AddRecoveryCodes(id, recoveryCodesOf("a1", "b2", "a1", "c3")); n != 3 || err != nil {
			t.Errorf("added %d, %v", n, err)
		}
		return nil
	})
	wantRecovery(t, v, id, "a1 b2 c3")
	file := mustRead(t, v.Path())
	edit(t, v, time.Minute, addCodes(id, "c3", "a1"))
	if string(mustRead(t, v.Path())) != string(file) {
		t.Error("adding what is there saved")
	}

	b2 := codeID(t, v, id, "b2")
	edit(t, v, 2*time.Minute, func(d *Draft) error {
		c, err := d.UseRecoveryCode(id, b2)
		if string(c.Text.Reveal()) != "b2" || c.ID != b2 || !c.Used.Equal(noon.Add(2*time.Minute)) {
			t.Errorf("used %q at %s", c.Text.Reveal(), c.Used)
		}
		return err
	})
	wantRecovery(t, v, id, "a1 b2(2) c3")
	if a := v.Accounts()[0]; otpcore.Left(a.Recovery) != 2 {
		t.Errorf("%d left, want 2", otpcore.Left(a.Recovery))
	}
	if err := v.Update(useCode(id, b2)); !errors.Is(err, ErrRecoveryUsed) {
		t.Errorf("used again: %v", err)
	}
	edit(t, v, 3*time.Minute, set(id, func(a *otpcore.Account) { a.Note, a.Recovery = "edited", nil }))
	wantRecovery(t, v, id, "a1 b2(2) c3")

	edit(t, v, 4*time.Minute, unuseCode(id, b2))
	wantRecovery(t, v, id, "a1 b2 c3")
	edit(t, v, 5*time.Minute, useCode(id, b2))
	edit(t, v, 6*time.Minute, func(d *Draft) error { return d.RemoveRecoveryCodes(id, codeID(t, v, id, "a1"), b2) })
	wantRecovery(t, v, id, "c3")
	if text := string(v.present().payload()); strings.Contains(text, `"a1"`) || strings.Contains(text, `"b2"`) {
		t.Error("a removed code is in the payload")
	}
	for what, err := range map[string]error{
		"use of a removed code":     v.Update(useCode(id, b2)),
		"undo of a removed code":    v.Update(unuseCode(id, b2)),
		"removal of a removed code": v.Update(func(d *Draft) error { return d.RemoveRecoveryCodes(id, b2) }),
	} {
		if !errors.Is(err, ErrNoRecoveryCode) {
			t.Errorf("%s: %v", what, err)
		}
	}
	edit(t, v, 7*time.Minute, func(d *Draft) error {
		_, err := d.AddRecoveryCodes(id, []otpcore.RecoveryCode{{ID: b2, Text: otpcore.NewSecret([]byte("b2")), Used: noon.Add(5 * time.Minute)}})
		return err
	})
	wantRecovery(t, v, id, "c3 b2(5)")
}

func TestRecoveryCodesComeWithAnAccountAndGoWithIt(t *testing.T) {
	v := newVault(t)
	a := github()
	a.Recovery = []otpcore.RecoveryCode{{Text: otpcore.NewSecret([]byte("canary-1")), Used: noon}, {Text: otpcore.NewSecret([]byte("canary-2"))}}
	id := add(t, v, a)
	wantRecovery(t, v, id, "canary-1(0) canary-2")
	accounts := v.Accounts()
	accounts[0].Recovery[0] = otpcore.RecoveryCode{}
	wantRecovery(t, v, id, "canary-1(0) canary-2")
	if v.Accounts()[0].Recovery[0].Text.Len() == 0 {
		t.Error("a receiver changed the vault's codes")
	}
	edit(t, v, 0, func(d *Draft) error { return d.Delete(id) })
	if trash := v.Trash(); len(trash) != 1 || len(trash[0].Recovery) != 2 {
		t.Fatal("the trash has no codes")
	}
	edit(t, v, trashTime, func(d *Draft) error { _, err := d.Add(counterAccount()); return err })
	if strings.Contains(string(v.present().payload()), "canary") {
		t.Error("a purged account left its codes")
	}
}

// TestFinishKeepsRecoveryCodes of the account, and takes those that came with its
// new key.
func TestFinishKeepsRecoveryCodes(t *testing.T) {
	v := newVault(t)
	old := add(t, v, github())
	edit(t, v, 0, addCodes(old, "a1", "b2"))
	edit(t, v, time.Minute, useCode(old, codeID(t, v, old, "a1")))
	next := github()
	next.Unfinished, next.Replaces = true, old
	next.Recovery = recoveryCodesOf("c3", "b2")
	id := add(t, v, next)
	edit(t, v, 2*time.Minute, func(d *Draft) error { _, err := d.Finish(id); return err })
	wantRecovery(t, v, old, "a1(1) b2 c3")
}

func TestRecoveryCodesThatCannotBeStored(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	for _, c := range []otpcore.RecoveryCode{
		{},
		{Text: otpcore.NewSecret([]byte("\xff\xfe"))},
		{Text: otpcore.NewSecret(make([]byte, maxRecoveryCode+1))},
		{Text: otpcore.NewSecret([]byte("a1")), Used: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if err := v.Update(func(d *Draft) error { _, err := d.AddRecoveryCodes(id, []otpcore.RecoveryCode{c}); return err }); err == nil {
			t.Errorf("%d bytes, %s: accepted", c.Text.Len(), c.Used)
		}
		a := github()
		a.Recovery = []otpcore.RecoveryCode{c}
		if err := v.Update(func(d *Draft) error { _, err := d.Add(a); return err }); err == nil {
			t.Errorf("%d bytes, %s: accepted with an account", c.Text.Len(), c.Used)
		}
	}
	if err := v.Update(addCodes("gone", "a1")); !errors.Is(err, ErrNoAccount) {
		t.Errorf("no account: %v", err)
	}
	if len(v.Accounts()) != 1 || len(v.Accounts()[0].Recovery) != 0 {
		t.Error("something of them is in the vault")
	}
}

// TestRecoveryCodesOfALaterVersion are passed on, and do not hinder the account.
func TestRecoveryCodesOfALaterVersion(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	edit(t, v, 0, func(d *Draft) error {
		all := d.doc.records[0].fields()
		all[fieldRecovery] = json.RawMessage(`{"of":"another shape"}`)
		d.doc.records[0] = all.record()
		d.tick()
		return nil
	})
	if err := v.Update(addCodes(id, "a1")); err == nil {
		t.Error("codes were written over what cannot be read")
	}
	edit(t, v, time.Minute, set(id, func(a *otpcore.Account) { a.Note = "edited" }))
	if v.Damaged() != 0 || !strings.Contains(string(reopen(t, v).present().payload()), `{"of":"another shape"}`) {
		t.Error("they are gone")
	}
}

// TestARecoveryCodeWithoutText is kept, and nobody is handed an empty line.
func TestARecoveryCodeWithoutText(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	edit(t, v, 0, func(d *Draft) error {
		all := d.doc.records[0].fields()
		all[fieldRecovery] = json.RawMessage(`[{"id":"x","added":"1"},{"id":"y","code":"a1","added":"2"}]`)
		d.doc.records[0] = all.record()
		d.tick()
		return nil
	})
	edit(t, v, time.Minute, useCode(id, "y"))
	wantRecovery(t, v, id, "a1(1)")
	if !strings.Contains(string(v.present().payload()), `{"id":"x","added":"1"}`) {
		t.Error("the other is gone")
	}
}

// TestRecoveryCodesOfCopiesThatWentApart: each copy used a code, one took a use
// back, both added the same text, one removed a code.
func TestRecoveryCodesOfCopiesThatWentApart(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	edit(t, v, 0, addCodes(id, "a1", "b2", "c3", "d4"))
	a1, b2, c3, d4 := codeID(t, v, id, "a1"), codeID(t, v, id, "b2"), codeID(t, v, id, "c3"), codeID(t, v, id, "d4")
	edit(t, v, time.Minute, useCode(id, d4))
	other := fork(t, v, "other.age")

	edit(t, v, 2*time.Minute, useCode(id, a1))
	edit(t, v, 2*time.Minute, unuseCode(id, d4))
	edit(t, v, 4*time.Minute, addCodes(id, "e5"))
	edit(t, other, 3*time.Minute, useCode(id, a1))
	edit(t, other, 3*time.Minute, useCode(id, b2))
	edit(t, other, 3*time.Minute, func(d *Draft) error { return d.RemoveRecoveryCodes(id, c3) })
	edit(t, other, 5*time.Minute, addCodes(id, "e5"))
	edit(t, other, 6*time.Minute, useCode(id, codeID(t, other, id, "e5")))
	edit(t, v, 7*time.Minute, useCode(id, codeID(t, v, id, "e5")))

	for _, both := range [][2]*Vault{{v, other}, {other, v}} {
		if _, err := both[0].Merge(both[1].Path(), Identity{}); err != nil {
			t.Fatal(err)
		}
		wantRecovery(t, both[0], id, "a1(2) b2(3) d4 e5(6)")
	}
	e5 := codeID(t, v, id, "e5")
	edit(t, v, 8*time.Minute, unuseCode(id, e5))
	wantRecovery(t, v, id, "a1(2) b2(3) d4 e5")
	edit(t, v, 9*time.Minute, func(d *Draft) error { return d.RemoveRecoveryCodes(id, e5) })
	wantRecovery(t, v, id, "a1(2) b2(3) d4")
}

// TestAUsedRecoveryCodeBringsADeletedAccountBack: somebody still needs it.
func TestAUsedRecoveryCodeBringsADeletedAccountBack(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	edit(t, v, 0, addCodes(id, "a1"))
	other := fork(t, v, "other.age")
	edit(t, v, time.Minute, func(d *Draft) error { return d.Delete(id) })
	edit(t, other, 2*time.Minute, useCode(id, codeID(t, other, id, "a1")))
	if _, err := v.Merge(other.Path(), Identity{}); err != nil {
		t.Fatal(err)
	}
	wantRecovery(t, v, id, "a1(2)")
}

// hasCodes says that merging dropped no code but those that somebody removed: the
// text is there, or in a box that one of the keys opens.
func hasCodes(merged *document, parts ...*document) bool {
	have := map[string]storedText{}
	for _, r := range merged.records {
		for _, e := range openedByAll(r) {
			have[e.ID] = e.Code
		}
	}
	removed := map[string]bool{}
	for _, d := range append(slices.Clone(parts), merged) {
		for _, e := range allEntries(d) {
			removed[e.ID] = removed[e.ID] || e.Removed != ""
		}
	}
	for _, d := range parts {
		for _, e := range allEntries(d) {
			if !removed[e.ID] && (have[e.ID].IsZero() || !e.sealed() && !have[e.ID].equal(e.Code)) {
				return false
			}
		}
	}
	return true
}

func allEntries(d *document) (all []recoveryEntry) {
	for _, r := range d.records {
		entries, _ := r.fields().recovery()
		all = append(all, entries...)
	}
	return all
}

// openedByAll are the entries of a record as somebody with all second keys sees them.
func openedByAll(r record) []recoveryEntry {
	kept, _ := r.fields().recoveryKept()
	for _, key := range secondKeys {
		_ = kept.open(key, "") // some are sealed to the other
	}
	return kept.entries
}

// staysSealed says that no text is readable that was sealed after it was last opened,
// in any of the parts.
func staysSealed(merged *document, parts ...*document) bool {
	sealed, opened := map[string]stamp{}, map[string]stamp{}
	for _, d := range parts {
		for _, e := range allEntries(d) {
			sealed[e.ID], opened[e.ID] = max(sealed[e.ID], e.Sealed), max(opened[e.ID], e.Opened)
		}
	}
	for _, r := range merged.records {
		var entries []recoveryEntry // as they stand, before reading drops anything
		_ = json.Unmarshal(r.fields()[fieldRecovery], &entries)
		for _, e := range entries {
			if sealed[e.ID] > opened[e.ID] && !e.Code.IsZero() {
				return false
			}
		}
	}
	return true
}

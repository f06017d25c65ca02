package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"filippo.io/age"

	"otpane/otpcore"
)

// Recovery codes can be sealed: their texts move out of the payload's clear text into
// a box, an age file to a recipient that the vault's passphrase does not open. What
// is left and what is used stays readable, and countable, without the box.
//
// A box is never changed. It goes when every code in it is removed, opened or
// sealed anew; each of these is final, so a box that one copy of the vault has
// dropped is one that no copy needs.

var (
	// ErrSealed means that the recovery codes are sealed to somebody else.
	ErrSealed = errors.New("the recovery codes are sealed to another recipient")
	// ErrNotApart means that sealing would part nothing: what opens the vault would
	// open the codes.
	ErrNotApart = errors.New("this recipient's key opens the vault itself")
)

// recoveryBox holds the texts of the codes that one operation sealed.
type recoveryBox struct {
	Stamp     stamp    `json:"stamp"`
	Recipient string   `json:"recipient"`
	Codes     []string `json:"codes"` // ids of the entries whose texts are in it
	Box       []byte   `json:"box"`   // an age file: JSON, texts by id

	raw json.RawMessage // as it stands in the file, with what a later version put there
}

type plainBox recoveryBox

func (b recoveryBox) MarshalJSON() ([]byte, error) { return b.raw, nil }

// UnmarshalJSON never fails: one that cannot be read is kept, and opens nothing.
func (b *recoveryBox) UnmarshalJSON(data []byte) error {
	var plain plainBox
	if json.Unmarshal(data, &plain) != nil {
		plain = plainBox{}
	}
	*b = recoveryBox(plain)
	var spelling bytes.Buffer // the same for all copies, whoever wrote it
	_ = json.Compact(&spelling, data)
	b.raw = spelling.Bytes()
	return nil
}

// boxes are all of a record. What is no list is kept as one that cannot be read.
func (all fields) boxes() []recoveryBox {
	raw, ok := all[fieldBoxes]
	if !ok {
		return nil
	}
	var boxes []recoveryBox
	if json.Unmarshal(raw, &boxes) != nil {
		return []recoveryBox{{raw: raw}}
	}
	return boxes
}

// sealed says that the text is in a box and not here.
func (e recoveryEntry) sealed() bool { return e.Sealed > e.Opened }

// dropText leaves no text with a code that is removed or sealed, also where an older
// copy of the vault still has it.
func (e *recoveryEntry) dropText() {
	if e.Removed != "" || e.sealed() {
		e.Code = storedText{}
	}
}

func (b recoveryBox) holds(e recoveryEntry) bool {
	return e.Removed == "" && e.sealed() && e.Sealed == b.Stamp && slices.Contains(b.Codes, e.ID)
}

// neededBoxes are those without which a code would be lost, and those that cannot be
// read.
func neededBoxes(boxes []recoveryBox, entries []recoveryEntry) (needed []recoveryBox) {
	for _, b := range boxes {
		if b.Stamp == "" || slices.ContainsFunc(entries, b.holds) {
			needed = append(needed, b)
		}
	}
	return needed
}

func uniteBoxes(a, b []recoveryBox) []recoveryBox {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(a, b recoveryBox) int { return bytes.Compare(a.raw, b.raw) })
	return slices.CompactFunc(all, func(a, b recoveryBox) bool { return bytes.Equal(a.raw, b.raw) })
}

// mergeBoxes unites those that the merged entries still need. Where the entries
// cannot be read, nothing is judged.
func mergeBoxes(a, b, merged fields) json.RawMessage {
	all := uniteBoxes(a.boxes(), b.boxes())
	if entries, err := merged.recovery(); err == nil {
		all = neededBoxes(all, entries)
	}
	if len(all) == 0 {
		return nil
	}
	return encode(all)
}

// SealRecoveryCodes leaves the texts of the account's codes to the owner of an age
// recipient, an SSH key or a plugin's hardware alone. Who opens the vault still sees
// how many are left. Backups and copies made before keep what they had.
func (d *Draft) SealRecoveryCodes(id, recipient string) error {
	recipient = sshKeyOnly(strings.TrimSpace(recipient))
	if d.opens(recipient) {
		return ErrNotApart
	}
	return d.changeRecovery(id, func(all *recoveryCodesKept) error {
		if !slices.ContainsFunc(all.entries, func(e recoveryEntry) bool { return !e.Code.IsZero() }) {
			return ErrNoRecoveryCode
		}
		return d.sealRecovery(all, recipient)
	})
}

// opens says that the vault's passphrase, one of its former ones, or whoever has it
// open now would open what is encrypted to the recipient.
func (d *Draft) opens(recipient string) bool {
	ring := newKeyRing(d.identity)
	ring.learn(d.doc.former)
	return recipient == d.doc.recipient || slices.ContainsFunc(ring.identities, func(id Identity) bool { return id.reads(recipient) })
}

// sealLikeTheOthers keeps a code from being readable by mistake, next to sealed ones.
func (d *Draft) sealLikeTheOthers(all *recoveryCodesKept) error {
	var last recoveryBox
	for _, b := range neededBoxes(all.boxes, all.entries) {
		if b.Stamp > last.Stamp {
			last = b
		}
	}
	if last.Recipient == "" {
		return nil
	}
	return d.sealRecovery(all, last.Recipient)
}

// sealRecovery moves every text that is readable into one box.
func (d *Draft) sealRecovery(all *recoveryCodesKept, recipient string) error {
	d.dropDuplicates(all.entries)
	texts := map[string]storedText{}
	at := d.tick()
	for i := range all.entries {
		if e := &all.entries[i]; !e.Code.IsZero() {
			texts[e.ID], e.Sealed = e.Code, at
			e.dropText()
		}
	}
	if len(texts) == 0 {
		return nil
	}
	b := recoveryBox{Stamp: at, Recipient: recipient, Codes: slices.Sorted(maps.Keys(texts))}
	var err error
	if b.Box, err = sealTexts(texts, recipient); err != nil {
		return err
	}
	b.raw = encode(plainBox(b))
	all.boxes = uniteBoxes(all.boxes, []recoveryBox{b})
	return nil
}

// dropDuplicates keeps the first of those that are one code to show: nobody could
// tell sealed ones apart. It is used if one of them was.
func (d *Draft) dropDuplicates(entries []recoveryEntry) {
	for i, e := range entries {
		first := slices.IndexFunc(entries, e.alike)
		if first < 0 || first == i {
			continue
		}
		kept := &entries[first]
		if used := e.used(); !used.IsZero() && (kept.used().IsZero() || used.Before(kept.used())) {
			kept.Uses = append(kept.Uses, recoveryUse{d.tick(), used})
		}
		entries[i].Removed = d.tick()
		entries[i].dropText()
	}
}

func sealTexts(texts map[string]storedText, recipient string) ([]byte, error) {
	to, err := parseRecipient(recipient)
	if err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	plain := encode(texts)
	defer clear(plain)
	var box bytes.Buffer
	w, err := age.Encrypt(&box, to)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return box.Bytes(), nil
}

// OpenSealed are the account's recovery codes with the texts of those that the
// identity opens. The vault stays as it is.
func (v *Vault) OpenSealed(id string, identity Identity) ([]otpcore.RecoveryCode, error) {
	records := v.present().records
	i := slices.IndexFunc(records, func(r record) bool { return r.id == id && r.present() })
	if i < 0 {
		return nil, ErrNoAccount
	}
	kept, err := records[i].fields().recoveryKept()
	if err != nil {
		return nil, err
	}
	if err := kept.open(identity, ""); err != nil {
		return nil, err
	}
	return recoveryCodes(kept.entries), nil
}

// UnsealRecoveryCodes puts the texts that the identity opens back into the vault.
func (d *Draft) UnsealRecoveryCodes(id string, identity Identity) error {
	return d.changeRecovery(id, func(all *recoveryCodesKept) error {
		if !slices.ContainsFunc(all.entries, recoveryEntry.inBox) {
			return nil
		}
		return all.open(identity, d.tick())
	})
}

func (e recoveryEntry) inBox() bool { return e.Removed == "" && e.sealed() }

// open gives entries the texts that the identity opens, opened at a stamp, or for
// this look only.
func (all *recoveryCodesKept) open(identity Identity, at stamp) error {
	if !slices.ContainsFunc(all.entries, recoveryEntry.inBox) {
		return nil
	}
	opened, failed := false, ErrSealed
	for _, b := range neededBoxes(all.boxes, all.entries) {
		texts, err := b.open(identity)
		if err != nil {
			if !errors.Is(err, ErrSealed) {
				failed = err
			}
			continue
		}
		for i := range all.entries {
			e := &all.entries[i]
			if text := texts[e.ID]; b.holds(*e) && !text.IsZero() {
				e.Code, e.Opened, opened = text, max(e.Sealed, at), true
			}
		}
	}
	if !opened {
		return failed
	}
	return nil
}

// maxBox bounds what is read of a box: thousands of codes.
const maxBox = 4 << 20

func (b recoveryBox) open(identity Identity) (map[string]storedText, error) {
	if identity.IsZero() {
		return nil, ErrSealed
	}
	plain, err := decrypt(b.Box, maxBox, identity.reveal().identities...)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, ErrSealed
	}
	if err != nil {
		return nil, fmt.Errorf("sealed recovery codes: %w", err)
	}
	defer clear(plain)
	var texts map[string]storedText
	if json.Unmarshal(plain, &texts) != nil {
		return nil, errors.New("the sealed recovery codes cannot be read")
	}
	return texts, nil
}

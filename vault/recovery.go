package vault

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"otpane/otpcore"
)

// Recovery codes stand beside the fields of an account, not among them: two
// machines may each use one of ten, and a field that is taken whole from the later
// edit would give a used code back. So each code is an entry of its own, of which
// every part only ever rises, and a use that was undone is two facts and no
// retraction.

var (
	// ErrNoRecoveryCode means that the account has no code with the id.
	ErrNoRecoveryCode = errors.New("no such recovery code")
	// ErrRecoveryUsed means that the code worked once already.
	ErrRecoveryUsed = errors.New("the recovery code is used")
)

// recoveryEntry is one code. Its id is drawn and not computed from the text: a
// code of eight digits could be found by trying.
type recoveryEntry struct {
	ID      string        `json:"id"`
	Code    storedText    `json:"code,omitzero"` // dropped when it is removed or sealed
	Added   stamp         `json:"added"`
	Removed stamp         `json:"removed,omitempty"` // for good: one that comes back gets another id
	Uses    []recoveryUse `json:"uses,omitempty"`
	Undone  stamp         `json:"undone,omitempty"` // uses up to here do not count
	Sealed  stamp         `json:"sealed,omitempty"` // the text is in a box with this stamp
	Opened  stamp         `json:"opened,omitempty"` // the text is here again, unless sealed later
}

type recoveryUse struct {
	Stamp stamp     `json:"stamp"`
	Time  time.Time `json:"time"`
}

// storedText is the only spelling in which a recovery code leaves the process.
type storedText otpcore.Secret

func (t storedText) MarshalJSON() ([]byte, error) {
	return json.Marshal(string(otpcore.Secret(t).Reveal()))
}

func (t *storedText) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		return errors.New("the recovery code is not text")
	}
	*t = storedText(otpcore.NewSecret([]byte(text)))
	return nil
}

func (t storedText) IsZero() bool { return otpcore.Secret(t).Len() == 0 }

func (t storedText) equal(other storedText) bool {
	return !t.IsZero() && otpcore.Secret(t).Equal(otpcore.Secret(other))
}

// recovery are the entries, removed ones too.
func (all fields) recovery() ([]recoveryEntry, error) { return readRecovery(all[fieldRecovery]) }

func readRecovery(raw json.RawMessage) ([]recoveryEntry, error) {
	if raw == nil {
		return nil, nil
	}
	var entries []recoveryEntry
	if err := json.Unmarshal(raw, &entries); err != nil {
		return nil, errors.New("its recovery codes cannot be read by this version")
	}
	for i := range entries {
		entries[i].dropText()
	}
	return entries, nil
}

// recoveryCodesIn are those that can be read. What cannot is kept, and hinders no code.
func recoveryCodesIn(raw json.RawMessage) []otpcore.RecoveryCode {
	entries, _ := readRecovery(raw)
	return recoveryCodes(entries)
}

// recoveryCodes are the entries to show, in the order in which they were added. A
// text that two copies of the vault have added is one code, and used if one of the
// entries is. An entry whose text is nowhere is kept, and is no code that anybody
// could use.
func recoveryCodes(entries []recoveryEntry) []otpcore.RecoveryCode {
	var codes []otpcore.RecoveryCode
	for i, e := range entries {
		if e.Removed != "" || e.Code.IsZero() && !e.sealed() || slices.IndexFunc(entries, e.alike) < i {
			continue
		}
		code := otpcore.RecoveryCode{ID: e.ID, Text: otpcore.Secret(e.Code), Sealed: e.sealed()}
		for _, other := range entries {
			if used := other.used(); e.alike(other) && (code.Used.IsZero() || !used.IsZero() && used.Before(code.Used)) {
				code.Used = used
			}
		}
		codes = append(codes, code)
	}
	return codes
}

// alike says that both are one code to show.
func (e recoveryEntry) alike(other recoveryEntry) bool {
	return e.Removed == "" && other.Removed == "" && (e.ID == other.ID || e.Code.equal(other.Code))
}

// used is the earliest use that was not undone, and zero without one.
func (e recoveryEntry) used() (earliest time.Time) {
	for _, u := range e.Uses {
		if earliest.IsZero() || u.Time.Before(earliest) {
			earliest = u.Time
		}
	}
	return earliest
}

// lastChange is the latest stamp of all entries.
func lastChange(entries []recoveryEntry) (last stamp) {
	for _, e := range entries {
		last = max(last, e.Added, e.Removed, e.Undone, e.Sealed, e.Opened)
		for _, u := range e.Uses {
			last = max(last, u.Stamp)
		}
	}
	return last
}

// AddRecoveryCodes stores codes with an account, after those that it has. One that
// is there already is not added again; one that comes with a date of use is used.
// Where the others are sealed they are, too, and no longer compared with those.
func (d *Draft) AddRecoveryCodes(id string, codes []otpcore.RecoveryCode) (added int, err error) {
	err = d.changeRecovery(id, func(all *recoveryCodesKept) error {
		for _, c := range codes {
			if err := storableCode(c); err != nil {
				return err
			}
			e := recoveryEntry{ID: newID(), Code: storedText(c.Text)}
			if slices.ContainsFunc(all.entries, e.alike) {
				continue
			}
			e.Added = d.tick()
			if !c.Used.IsZero() {
				e.Uses = []recoveryUse{{d.tick(), c.Used.UTC()}}
			}
			all.entries = append(all.entries, e)
			added++
		}
		if added == 0 {
			return nil
		}
		return d.sealLikeTheOthers(all)
	})
	return added, err
}

// UseRecoveryCode marks a code as used now and returns it; the text of a sealed one
// comes from Vault.OpenSealed. Show the code only after Update has returned nil, so
// that no two people are given the same.
func (d *Draft) UseRecoveryCode(id, codeID string) (used otpcore.RecoveryCode, err error) {
	if err := storableTime(d.now); err != nil {
		return otpcore.RecoveryCode{}, err
	}
	err = d.changeCodes(id, []string{codeID}, func(e *recoveryEntry) error {
		if !e.used().IsZero() {
			return ErrRecoveryUsed
		}
		e.Uses = append(e.Uses, recoveryUse{d.tick(), d.now.UTC()})
		used = otpcore.RecoveryCode{ID: codeID, Text: otpcore.Secret(e.Code), Used: d.now.UTC(), Sealed: e.sealed()}
		return nil
	})
	return used, err
}

// UnuseRecoveryCode takes the use back; of an unused code it changes nothing.
func (d *Draft) UnuseRecoveryCode(id, codeID string) error {
	return d.changeCodes(id, []string{codeID}, func(e *recoveryEntry) error {
		if !e.used().IsZero() {
			e.Uses, e.Undone = nil, d.tick()
		}
		return nil
	})
}

// RemoveRecoveryCodes drops codes, and their texts with them: a site that gives new
// ones takes the old ones no more. Adding what it removed, as it was in the account,
// is how to take it back.
func (d *Draft) RemoveRecoveryCodes(id string, codeIDs ...string) error {
	return d.changeCodes(id, codeIDs, func(e *recoveryEntry) error {
		e.Code, e.Removed = storedText{}, d.tick()
		return nil
	})
}

// changeCodes applies a change to all entries of the codes.
func (d *Draft) changeCodes(id string, codeIDs []string, change func(*recoveryEntry) error) error {
	return d.changeRecovery(id, func(all *recoveryCodesKept) error {
		before := slices.Clone(all.entries)
		for _, codeID := range codeIDs {
			at := slices.IndexFunc(before, func(e recoveryEntry) bool { return e.ID == codeID && e.Removed == "" })
			if at < 0 {
				return ErrNoRecoveryCode
			}
			for i := range all.entries {
				if !before[at].alike(before[i]) {
					continue
				}
				if err := change(&all.entries[i]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// recoveryCodesKept are the codes of one account: entries, and boxes with the texts
// of those that are sealed.
type recoveryCodesKept struct {
	entries []recoveryEntry
	boxes   []recoveryBox
}

func (all fields) recoveryKept() (kept recoveryCodesKept, err error) {
	kept.entries, err = all.recovery()
	kept.boxes = all.boxes()
	return kept, err
}

// changeRecovery lets an operation change what an account has.
func (d *Draft) changeRecovery(id string, change func(*recoveryCodesKept) error) error {
	i := d.index(id, record.present)
	if i < 0 {
		return ErrNoAccount
	}
	r := d.doc.records[i]
	kept, err := r.fields().recoveryKept()
	if err != nil {
		return err
	}
	if err := change(&kept); err != nil {
		return err
	}
	kept.boxes = neededBoxes(kept.boxes, kept.entries)
	all := r.fields()
	all.set(fieldRecovery, kept.entries, len(kept.entries) == 0)
	all.set(fieldBoxes, kept.boxes, len(kept.boxes) == 0)
	if changed := all.record(); !bytes.Equal(changed.raw, r.raw) {
		d.doc.records[i] = changed
	}
	return nil
}

// moveRecovery gives the codes of one account to another, each as it is, or sealed if
// those that are there are.
func (d *Draft) moveRecovery(from, to string) error {
	i := d.index(from, record.present)
	if i < 0 {
		return ErrNoAccount
	}
	moved, err := d.doc.records[i].fields().recoveryKept()
	if err != nil || len(moved.entries) == 0 {
		return err
	}
	return d.changeRecovery(to, func(all *recoveryCodesKept) error {
		d.tick()
		all.entries = joinRecovery(all.entries, moved.entries)
		all.boxes = uniteBoxes(all.boxes, moved.boxes)
		return d.sealLikeTheOthers(all)
	})
}

// maxRecoveryCode is far beyond what a site prints.
const maxRecoveryCode = 1024 // bytes

func storableCode(c otpcore.RecoveryCode) error {
	switch {
	case c.Text.Len() == 0:
		return errors.New("a recovery code is empty")
	case c.Text.Len() > maxRecoveryCode:
		return fmt.Errorf("a recovery code of %d bytes is not possible", c.Text.Len())
	case !utf8.Valid(c.Text.Reveal()):
		return errors.New("a recovery code is not text")
	}
	return storableTime(c.Used)
}

// mergeRecovery is the least value that holds both. What cannot be read is passed on
// while there is nothing that can.
func mergeRecovery(a, b fields) json.RawMessage {
	mine, errMine := a.recovery()
	theirs, errTheirs := b.recovery()
	switch {
	case errMine != nil && errTheirs != nil:
		return maxBy(func(json.RawMessage, json.RawMessage) int { return 0 }, a[fieldRecovery], b[fieldRecovery])
	case errMine != nil && len(theirs) == 0:
		return a[fieldRecovery]
	case errTheirs != nil && len(mine) == 0:
		return b[fieldRecovery]
	}
	joined := joinRecovery(mine, theirs)
	if len(joined) == 0 {
		return nil
	}
	return encode(joined)
}

// joinRecovery unites entries by id, in the order in which they were added.
func joinRecovery(a, b []recoveryEntry) []recoveryEntry {
	byID := map[string]recoveryEntry{}
	for _, e := range slices.Concat(a, b) {
		if mine, ok := byID[e.ID]; ok {
			e = mine.join(e)
		}
		byID[e.ID] = e
	}
	return slices.SortedFunc(maps.Values(byID), func(a, b recoveryEntry) int {
		return cmp.Or(cmp.Compare(a.Added, b.Added), cmp.Compare(a.ID, b.ID))
	})
}

// join takes the maximum of every part. What a maximum overtakes is dropped on both
// sides, and nothing brings it back, since a maximum does not fall.
func (e recoveryEntry) join(other recoveryEntry) recoveryEntry {
	e.Added = max(e.Added, other.Added)
	e.Removed = max(e.Removed, other.Removed)
	e.Undone = max(e.Undone, other.Undone)
	e.Sealed = max(e.Sealed, other.Sealed)
	if cmp.Or(cmp.Compare(other.Opened, e.Opened), bytes.Compare(otpcore.Secret(other.Code).Reveal(), otpcore.Secret(e.Code).Reveal())) > 0 {
		e.Code, e.Opened = other.Code, other.Opened
	}
	e.dropText()
	e.Uses = slices.DeleteFunc(slices.Concat(e.Uses, other.Uses), func(u recoveryUse) bool { return u.Stamp <= e.Undone })
	slices.SortFunc(e.Uses, func(a, b recoveryUse) int {
		return cmp.Or(cmp.Compare(a.Stamp, b.Stamp), a.Time.Compare(b.Time))
	})
	e.Uses = slices.CompactFunc(e.Uses, func(a, b recoveryUse) bool { return a.Stamp == b.Stamp && a.Time.Equal(b.Time) })
	return e
}

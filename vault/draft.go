package vault

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"otpane/otpcore"
)

// Draft is the newest copy of a vault while an operation changes it. It is good
// until Update returns. What an operation did is on disk when Update has
// returned nil, and nowhere otherwise.
type Draft struct {
	doc      *document
	now      time.Time
	node     node
	sealed   sealedKey
	identity Identity
	changed  bool
}

// Accounts are copies, in the order by hand, without those in the trash.
func (d *Draft) Accounts() []otpcore.Account { return d.doc.accounts() }

// Account finds one that is not in the trash.
func (d *Draft) Account(id string) (otpcore.Account, bool) {
	i := d.index(id, record.present)
	if i < 0 {
		return otpcore.Account{}, false
	}
	return d.doc.account(d.doc.records[i]), true
}

// Add stores a new account after the others. It draws the id, and the creation
// time is now if the account has none. Recovery codes that it brings are stored
// with it.
func (d *Draft) Add(a otpcore.Account) (id string, err error) {
	if err := storable(a); err != nil {
		return "", err
	}
	if a.Created.IsZero() {
		a.Created = d.now.UTC()
	}
	id = newID()
	d.doc.records = append(d.doc.records, newRecord(id, a, d.tick()))
	if len(a.Recovery) > 0 { // finding the record again takes a walk, and imports add thousands
		_, err = d.AddRecoveryCodes(id, a.Recovery)
	}
	if err != nil {
		return "", err
	}
	return id, nil
}

// Set stores the account that has a.ID, which an operation has from Account: one
// that was looked at earlier may be older than the draft (see Change). Only the fields that differ are changed,
// so edits of other fields in another copy of the vault survive a merge. A key
// that is replaced is kept among the former ones.
func (d *Draft) Set(a otpcore.Account) error {
	if err := storable(a); err != nil {
		return err
	}
	i := d.index(a.ID, record.present)
	if i < 0 {
		return ErrNoAccount
	}
	r, changed := d.doc.records[i].edited(a, d.node.after(d.doc.clock, d.now))
	if changed {
		d.doc.records[i] = r
		d.tick()
	}
	return nil
}

// Change applies what a person has changed in a form: the difference between the
// account as the form showed it and as it is now. What another process has made
// of the other fields meanwhile stays; above all, a counter does not go back.
func (d *Draft) Change(was, is otpcore.Account) error {
	if err := storable(is); err != nil {
		return err
	}
	newest, ok := d.Account(was.ID)
	if !ok {
		return ErrNoAccount
	}
	for _, f := range accountFields {
		value := encode(f.in(&is))
		if bytes.Equal(value, encode(f.in(&was))) {
			continue
		}
		if err := json.Unmarshal(value, f.in(&newest)); err != nil {
			return err // unreachable: it has just been encoded
		}
	}
	return d.Set(newest)
}

// Delete moves the account to the trash, where it stays for 30 days.
func (d *Draft) Delete(id string) error {
	i := d.index(id, record.present)
	if i < 0 {
		return ErrNoAccount
	}
	d.stampDeleted(i, encode(d.now.UTC()))
	return nil
}

// Restore brings a deleted account back.
func (d *Draft) Restore(id string) error {
	i := d.index(id, func(r record) bool {
		_, deleted := r.deleted()
		return deleted && r.damage == nil && !r.tombstone()
	})
	if i < 0 {
		return ErrNoAccount
	}
	d.stampDeleted(i, nil)
	return nil
}

// Advance draws the next HOTP code and counts it as a use. Show the code only
// after Update has returned nil: a counter must not be shown twice (RFC 4226
// §7.2).
func (d *Draft) Advance(id string) (code string, err error) {
	a, ok := d.Account(id)
	if !ok {
		return "", ErrNoAccount
	}
	code, next, err := a.Advance()
	if err != nil {
		return "", err
	}
	next.Used, next.Uses = d.now.UTC(), a.Uses+1
	return code, d.Set(next)
}

// Finish ends the state of being unfinished: the site has taken a code. A new key
// for an account that was there before moves into it now, where the old one is
// kept among the former ones, and recovery codes that came with it move along. It
// returns the account that has the key.
func (d *Draft) Finish(id string) (string, error) {
	a, ok := d.Account(id)
	if !ok {
		return "", ErrNoAccount
	}
	old, ok := d.Account(a.Replaces)
	if !ok { // it was deleted meanwhile; its successor stays as it is called
		a.Unfinished, a.Replaces = false, ""
		return a.ID, d.Set(a)
	}
	old.Secret, old.Kind, old.Algorithm = a.Secret, a.Kind, a.Algorithm
	old.Digits, old.Period, old.Counter = a.Digits, a.Period, a.Counter
	old.Correction, old.Agent = cmp.Or(a.Correction, old.Correction), old.Agent.Stricter(a.Agent)
	old.Unfinished = false
	if err := errors.Join(d.Set(old), d.moveRecovery(a.ID, old.ID)); err != nil {
		return "", err
	}
	return old.ID, d.Delete(a.ID)
}

// SetCorrection keeps what all accounts add to the clock, in whole seconds; 0
// drops it. It goes along with the vault, to machines with other clocks too.
func (d *Draft) SetCorrection(by time.Duration) error {
	if err := otpcore.ValidCorrection(by); err != nil {
		return err
	}
	if by != d.doc.correction.by {
		d.doc.correction = correction{by, d.tick()}
	}
	return nil
}

// tick gives the stamp of one change.
func (d *Draft) tick() stamp {
	d.doc.clock = d.node.after(d.doc.clock, d.now)
	d.changed = true
	return d.doc.clock
}

func (d *Draft) stampDeleted(i int, value []byte) {
	all := d.doc.records[i].fields()
	stamps := all.stamps()
	stamps[fieldDeleted] = d.tick()
	all.put(fieldDeleted, value)
	all[fieldStamps] = encode(stamps)
	d.doc.records[i] = all.record()
}

func (d *Draft) index(id string, want func(record) bool) int {
	if id == "" {
		return -1
	}
	return slices.IndexFunc(d.doc.records, func(r record) bool { return r.id == id && want(r) })
}

// storable refuses what a later reading would count as damaged. JSON knows no
// year after 9999.
func storable(a otpcore.Account) error {
	if err := errors.Join(a.Validate(), otpcore.ValidCorrection(a.Correction), storableAnswer(a.Agent)); err != nil {
		return err
	}
	return errors.Join(storableTime(a.Created), storableTime(a.Used))
}

func storableTime(t time.Time) error {
	if y := t.Year(); y < 0 || y > 9999 {
		return fmt.Errorf("the year %d cannot be stored", y)
	}
	return nil
}

package vault

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"otpane/otpcore"
)

// ErrOtherVault means that a file is a vault, but no copy of this one.
var ErrOtherVault = errors.New("not a copy of this vault")

// Merged says what a merge changed in the vault.
type Merged struct {
	Added     int
	Changed   int
	Removed   int        // deleted in the other copy
	Conflicts []Conflict // all that the vault has now
}

// Conflict is an account for which copies of the vault have different keys. Both
// are kept; Draft.Settle ends it.
type Conflict struct {
	otpcore.Account                  // with the key that was set last
	Rivals          []otpcore.Secret // the others
}

// Merge brings what another copy of this vault has into it: a conflict file of
// Syncthing, a clone, a backup. Each field is taken from the copy where it was
// edited last; counters take the maximum; an edit beats an older deletion; two
// keys are both kept. The order in which copies are merged does not matter, and
// merging an older copy changes nothing. The other copy may need an identity of
// its own, if its passphrase was changed; it may be the zero Identity.
func (v *Vault) Merge(path string, id Identity) (Merged, error) {
	v.changing.Lock()
	defer v.changing.Unlock()
	state, err := v.at.readFile(path)
	if err != nil {
		return Merged{}, fmt.Errorf("merge: %w", err)
	}
	var merged Merged
	err = v.update(func(d *Draft) error {
		other, err := d.openCopy(state.bytes, id)
		if err != nil {
			return fmt.Errorf("merge %s: %w", path, err)
		}
		before := d.doc
		d.take(other)
		d.doc.emptyTrash(d.now) // an older copy fills it with what is long gone
		merged = difference(before, d.doc)
		d.changed = !bytes.Equal(before.payload(), d.doc.payload())
		return nil
	})
	return merged, err
}

// copyOfVault is another copy, and what a save needs if its passphrase is newer.
type copyOfVault struct {
	doc      *document
	sealed   sealedKey
	identity Identity
}

func (d *Draft) openCopy(file []byte, id Identity) (copyOfVault, error) {
	ring := newKeyRing(d.identity)
	ring.learn(d.doc.former)
	if !id.IsZero() {
		ring.learn([]string{id.Reveal()})
	}
	doc, sealed, opener, err := ring.openWith(file)
	switch {
	case err != nil:
		return copyOfVault{}, err
	case doc.readOnly() != nil:
		return copyOfVault{}, doc.readOnly()
	case doc.id != d.doc.id:
		return copyOfVault{}, ErrOtherVault
	}
	return copyOfVault{doc, sealed, opener}, nil
}

// take merges; the passphrase that was set last comes with its sealed identity.
func (d *Draft) take(other copyOfVault) {
	merged := merge(d.doc, other.doc)
	if merged.recipient != d.doc.recipient {
		if d.identity.reads(d.doc.recipient) {
			merged.keepFormer(d.identity)
		}
		d.sealed, d.identity = other.sealed, other.identity
	}
	d.doc = merged
}

func difference(before, after *document) Merged {
	var m Merged
	old := map[string]record{}
	for _, r := range before.records {
		if r.present() {
			old[r.id] = r
		}
	}
	for _, r := range after.records {
		was, had := old[r.id]
		switch {
		case r.present() && !had:
			m.Added++
		case r.present() && !bytes.Equal(r.raw, was.raw):
			m.Changed++
		case !r.present() && had:
			m.Removed++
		}
	}
	m.Conflicts = after.conflicts()
	return m
}

// Conflicts lists the accounts that have more than one key.
func (v *Vault) Conflicts() []Conflict { return v.present().conflicts() }

func (d *document) conflicts() []Conflict {
	var all []Conflict
	for _, r := range d.records {
		if rivals := r.rivals(); r.present() && len(rivals) > 0 {
			all = append(all, Conflict{d.account(r), rivals})
		}
	}
	return all
}

// rivals are keys that no edit has replaced. One that equals the account's key
// is none: the same correction was made twice.
func (r record) rivals() []otpcore.Secret {
	if !r.rivalry {
		return nil
	}
	var rivals []otpcore.Secret
	for _, k := range r.fields().keys() {
		var s storedSecret
		if k.Replaced != "" || json.Unmarshal(k.Secret, &s) != nil || otpcore.Secret(s).Equal(r.account.Secret) {
			continue
		}
		rivals = append(rivals, otpcore.Secret(s))
	}
	return rivals
}

// Settle makes key the one key of the account. The others are kept as former
// ones.
func (d *Draft) Settle(id string, key otpcore.Secret) error {
	i := d.index(id, record.present)
	if i < 0 {
		return ErrNoAccount
	}
	a := d.doc.records[i].account
	a.Secret = key
	if err := storable(a); err != nil {
		return err
	}
	at := d.tick()
	all := d.doc.records[i].fields()
	all.retire(at)
	all[fieldSecret] = encode(storedSecret(key))
	stamps := all.stamps()
	stamps[fieldSecret] = at
	all[fieldStamps] = encode(stamps)
	d.doc.records[i] = all.record()
	return nil
}

// merge is the least document that holds what both hold: commutative,
// associative, idempotent. Every part of it takes a maximum in some total order,
// or a union.
func merge(a, b *document) *document {
	m := a.clone()
	m.version = max(a.version, b.version)
	m.generation = max(a.generation, b.generation)
	m.clock = max(a.clock, b.clock)
	for name, value := range b.fields {
		if bytes.Compare(value, m.fields[name]) > 0 {
			m.fields[name] = value
		}
	}
	if cmp.Or(cmp.Compare(b.passphraseStamp, a.passphraseStamp), cmp.Compare(b.recipient, a.recipient)) > 0 {
		m.recipient, m.passphraseStamp = b.recipient, b.passphraseStamp
	}
	if cmp.Or(cmp.Compare(b.correction.stamp, a.correction.stamp), cmp.Compare(b.correction.by, a.correction.by)) > 0 {
		m.correction = b.correction
	}
	m.tagRules = mergeTagRules(a.tagRules, b.tagRules)
	m.former = append(m.former, b.former...)
	m.mergeRecipients(b.recipients)
	m.mergeRecords(b.records)
	m.sort()
	return m
}

func (d *document) mergeRecipients(others []recipientRecord) {
	for _, other := range others {
		i := slices.IndexFunc(d.recipients, func(r recipientRecord) bool { return r.Recipient == other.Recipient })
		if i < 0 {
			d.recipients = append(d.recipients, other)
		} else if compareRecipients(other, d.recipients[i]) > 0 {
			d.recipients[i] = other
		}
	}
}

// compareRecipients orders two marks of one recipient: the later counts, and of
// two at once the removal.
func compareRecipients(a, b recipientRecord) int {
	return cmp.Or(
		cmp.Compare(a.Stamp, b.Stamp),
		bytes.Compare(encode(a.Removed), encode(b.Removed)), // "false" sorts before "true"
		cmp.Compare(a.Label, b.Label),
		cmp.Compare(a.Recipient, b.Recipient),
	)
}

func (d *document) mergeRecords(others []record) {
	places := map[string]int{}
	for i, r := range d.records {
		places[r.key()] = i
	}
	for _, other := range others {
		if i, ok := places[other.key()]; ok {
			d.records[i] = d.records[i].merge(other)
		} else {
			d.records = append(d.records, other)
		}
	}
}

// key is what two copies of a record have in common; one that is no object is
// known by its bytes.
func (r record) key() string {
	if r.damage == errNotObject {
		return string(r.raw)
	}
	return "id " + r.id
}

// sort gives one order to what was merged in any order. Accounts stay in the
// order in which they were added.
func (d *document) sort() {
	d.sortFormer()
	sort.Slice(d.recipients, func(i, j int) bool { return compareRecipients(d.recipients[i], d.recipients[j]) < 0 })
	slices.SortStableFunc(d.records, func(a, b record) int {
		return cmp.Or(
			cmp.Compare(a.added, b.added),
			cmp.Compare(a.key(), b.key()),
		)
	})
}

// merge takes every field from the copy where it was changed last.
func (r record) merge(other record) record {
	if bytes.Equal(r.raw, other.raw) {
		return r
	}
	a, b := r.fields(), other.fields()
	added := max(r.added, other.added)
	all := fields{fieldID: a[fieldID]}
	all.set(fieldAdded, added, added == "")
	stamps := map[string]stamp{}
	mine, theirs := a.versions(), b.versions()
	for _, name := range namesOf(mine, theirs) {
		f := later(name, mine[name], theirs[name])
		all.put(name, f.value)
		if f.value == nil || f.at != added {
			stamps[name] = f.at
		}
	}
	all.put(fieldRecovery, mergeRecovery(a, b))
	all.put(fieldBoxes, mergeBoxes(a, b, all))
	all.putKeys(unionOfKeys(a.allKeys(), b.allKeys()), stamps, added)
	all.set(fieldStamps, stamps, len(stamps) == 0)
	return all.record()
}

// version of a field; without a value it is a removal, or was never there.
type version struct {
	at    stamp
	value json.RawMessage
}

// versions are the fields that are compared one by one.
func (all fields) versions() map[string]version {
	versions := map[string]version{}
	added := all.added()
	for name, value := range all {
		versions[name] = version{added, value}
	}
	for name, at := range all.stamps() {
		versions[name] = version{at, all[name]}
	}
	for _, name := range []string{fieldID, fieldAdded, fieldStamps, fieldSecret, fieldKeys, fieldRecovery, fieldBoxes} {
		delete(versions, name)
	}
	return versions
}

func namesOf(a, b map[string]version) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	return slices.Compact(names)
}

// later is the version that stands. What only rises has no later version: its
// maximum stands, whoever wrote it.
func later(name string, a, b version) version {
	switch name {
	case "counter", "uses":
		return version{max(a.at, b.at), maxBy(compareNumbers, a.value, b.value)}
	case "used":
		return version{max(a.at, b.at), maxBy(compareTimes, a.value, b.value)}
	}
	if cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(a.value, b.value)) < 0 {
		return b
	}
	return a
}

func maxBy(compare func(a, b json.RawMessage) int, a, b json.RawMessage) json.RawMessage {
	if cmp.Or(compare(a, b), bytes.Compare(a, b)) < 0 {
		return b
	}
	return a
}

func compareNumbers(a, b json.RawMessage) int {
	var x, y uint64
	_ = json.Unmarshal(a, &x)
	_ = json.Unmarshal(b, &y)
	return cmp.Compare(x, y)
}

func compareTimes(a, b json.RawMessage) int {
	var x, y time.Time
	_ = json.Unmarshal(a, &x)
	_ = json.Unmarshal(b, &y)
	return x.Compare(y)
}

// allKeys are the former and rival keys and the present one, which nothing has
// replaced.
func (all fields) allKeys() []formerKey {
	keys := all.keys()
	if secret, ok := all[fieldSecret]; ok {
		keys = append(keys, formerKey{Secret: secret, Stamp: all.stamp(fieldSecret)})
	}
	return keys
}

// unionOfKeys drops none. A key that was replaced in one copy is replaced.
func unionOfKeys(a, b []formerKey) []formerKey {
	type name struct {
		secret string
		at     stamp
	}
	union := map[name]formerKey{}
	for _, k := range append(slices.Clone(a), b...) {
		n := name{string(k.Secret), k.Stamp}
		k.Replaced = max(k.Replaced, union[n].Replaced)
		union[n] = k
	}
	keys := slices.Collect(maps.Values(union))
	sort.Slice(keys, func(i, j int) bool {
		a, b := keys[i], keys[j]
		return cmp.Or(cmp.Compare(a.Stamp, b.Stamp), bytes.Compare(a.Secret, b.Secret)) < 0
	})
	return keys
}

// putKeys makes the last key that was not replaced the present one.
func (all fields) putKeys(keys []formerKey, stamps map[string]stamp, added stamp) {
	present := -1
	for i, k := range keys {
		if k.Replaced == "" {
			present = i
		}
	}
	if present >= 0 {
		all[fieldSecret] = keys[present].Secret
		if keys[present].Stamp != added {
			stamps[fieldSecret] = keys[present].Stamp
		}
		keys = slices.Delete(keys, present, present+1)
	}
	all.set(fieldKeys, keys, len(keys) == 0)
}

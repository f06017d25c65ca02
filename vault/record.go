package vault

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"otpane/otpcore"
)

// record is one entry of the payload: an account, one in the trash, the
// tombstone of one, or something that cannot be read and is kept as it is.
// Records are not changed: an edit makes a new one, so that a copy of the list
// is a copy of the vault.
type record struct {
	raw     json.RawMessage // as it stands in the file
	id      string
	account otpcore.Account
	damage  error // why account cannot be used
	added   stamp
	place   string
	trashed trashed
	rivalry bool // it has keys beside the present one, former ones perhaps
}

// trashed is what a record says of its deletion; zero if it was never deleted.
type trashed struct {
	at        time.Time
	deleted   bool // and no edit made elsewhere has brought it back
	tombstone bool
}

// fields are read anew for those who look into a record or change it, who are few;
// what they get is theirs.
func (r record) fields() (all fields) {
	_ = json.Unmarshal(r.raw, &all)
	return all
}

// fields are all members of a record, those of later versions too. "added" and
// "stamps" say when each was last changed; "keys" holds former and rival keys,
// "recovery" the recovery codes, "recovery_boxes" the texts of those that are sealed.
type fields map[string]json.RawMessage

const (
	fieldID       = "id"
	fieldAdded    = "added"
	fieldStamps   = "stamps"
	fieldSecret   = "secret"
	fieldKeys     = "keys"
	fieldRecovery = "recovery"
	fieldBoxes    = "recovery_boxes"
	fieldDeleted  = "deleted"
	fieldPurged   = "purged"
)

// accountField is one member of a record that is a field of an account. It gives
// the place in the account to read to and write from.
type accountField struct {
	name string
	need bool // an account without it has no code
	in   func(*otpcore.Account) any
}

var accountFields = []accountField{
	{"issuer", false, func(a *otpcore.Account) any { return &a.Issuer }},
	{"name", false, func(a *otpcore.Account) any { return &a.Name }},
	{"type", true, func(a *otpcore.Account) any { return &a.Kind }},
	{"algorithm", true, func(a *otpcore.Account) any { return &a.Algorithm }},
	{"digits", true, func(a *otpcore.Account) any { return &a.Digits }},
	{"period", true, func(a *otpcore.Account) any { return &a.Period }},
	{"counter", true, func(a *otpcore.Account) any { return &a.Counter }},
	{fieldSecret, true, func(a *otpcore.Account) any { return (*storedSecret)(&a.Secret) }},
	{"tags", false, func(a *otpcore.Account) any { return &a.Tags }},
	{"note", false, func(a *otpcore.Account) any { return &a.Note }},
	{"pinned", false, func(a *otpcore.Account) any { return &a.Pinned }},
	{"unfinished", false, func(a *otpcore.Account) any { return &a.Unfinished }},
	{"agent", false, func(a *otpcore.Account) any { return (*storedAnswer)(&a.Agent) }},
	{"replaces", false, func(a *otpcore.Account) any { return &a.Replaces }},
	{"created", false, func(a *otpcore.Account) any { return &a.Created }},
	{"used", false, func(a *otpcore.Account) any { return &a.Used }},
	{"uses", false, func(a *otpcore.Account) any { return &a.Uses }},
	{"correction", false, func(a *otpcore.Account) any { return (*storedCorrection)(&a.Correction) }},
}

// storedSecret is the only spelling in which a key leaves the process: upper-case
// base32 without "=", inside the encrypted payload.
type storedSecret otpcore.Secret

var unpadded = base32.StdEncoding.WithPadding(base32.NoPadding)

func (s storedSecret) MarshalJSON() ([]byte, error) {
	return json.Marshal(unpadded.EncodeToString(otpcore.Secret(s).Reveal()))
}

var errSecretText = errors.New("the key is not base32 text")

func (s *storedSecret) UnmarshalJSON(data []byte) error {
	text, ok := plainText(data)
	if !ok {
		var other string
		if err := json.Unmarshal(data, &other); err != nil {
			return errSecretText
		}
		text = []byte(other)
	}
	key, err := unpadded.DecodeString(strings.TrimRight(strings.ToUpper(string(text)), "="))
	if err != nil {
		return errSecretText
	}
	*s = storedSecret(otpcore.NewSecret(key))
	return nil
}

// storedCorrection is in seconds, as periods are.
type storedCorrection time.Duration

func (c storedCorrection) MarshalJSON() ([]byte, error) {
	return strconv.AppendInt(nil, int64(time.Duration(c)/time.Second), 10), nil
}

func (c *storedCorrection) UnmarshalJSON(data []byte) error {
	seconds, err := strconv.ParseInt(string(data), 10, 64)
	if most := int64(otpcore.MaxCorrection / time.Second); err != nil || seconds < -most || seconds > most {
		return errors.New("the correction is not a number of seconds")
	}
	*c = storedCorrection(seconds) * storedCorrection(time.Second)
	return nil
}

var errNotObject = errors.New("not an object")

// readRecord never fails: what cannot be read is kept.
func readRecord(raw json.RawMessage) record {
	var r record
	r.read(raw)
	return r
}

func (r *record) read(raw json.RawMessage) {
	if !r.readOrdinary(raw) {
		*r = readAny(raw)
	}
}

func readAny(raw json.RawMessage) record {
	r := record{raw: raw}
	all := r.fields()
	if all == nil {
		r.damage = errNotObject
		return r
	}
	_ = json.Unmarshal(all[fieldID], &r.id)
	r.account, r.damage = readAccount(all)
	r.account.ID = r.id
	r.account.Recovery = recoveryCodesIn(all[fieldRecovery])
	r.added = all.added()
	r.place = place(all[fieldRank], r.added)
	r.trashed = all.trashed()
	_, r.rivalry = all[fieldKeys]
	if r.trashed.tombstone {
		r.damage = nil
	}
	return r
}

// readOrdinary reads what nearly all records are: objects of texts and whole numbers,
// no member twice, not in the trash. Of those it reads what readAny would; of others
// it says false, and what it has read until then is nothing.
func (r *record) readOrdinary(raw json.RawMessage) bool {
	var room [32]member
	all, ok := members(raw, room[:0])
	if !ok || len(all) > len(room) || repeated(all) {
		return false
	}
	r.raw = raw
	var rank, recovery json.RawMessage
	for _, m := range all {
		switch string(m.name) {
		case fieldID:
			_ = decode(m.value, &r.id)
		case fieldAdded:
			_ = decode(m.value, &r.added)
		case fieldRank:
			rank = m.value
		case fieldRecovery:
			recovery = m.value
		case fieldKeys:
			r.rivalry = true
		case fieldDeleted, fieldPurged:
			return false
		}
		f, known := accountFieldNamed(m.name)
		if known && decode(m.value, f.in(&r.account)) != nil && f.need {
			return false
		}
	}
	r.account.ID = r.id
	r.account.Recovery = recoveryCodesIn(recovery)
	r.damage = r.account.Validate()
	r.place = place(rank, r.added)
	return true
}

func repeated(all []member) bool {
	for i, m := range all {
		for _, other := range all[:i] {
			if bytes.Equal(m.name, other.name) {
				return true
			}
		}
	}
	return false
}

func accountFieldNamed(name []byte) (accountField, bool) {
	for _, f := range accountFields {
		if f.name == string(name) {
			return f, true
		}
	}
	return accountField{}, false
}

// readAccount insists only on what a code needs. A note that cannot be read
// makes an account without a note; its bytes stay in the record.
func readAccount(all fields) (otpcore.Account, error) {
	var a otpcore.Account
	for _, f := range accountFields {
		raw, ok := all[f.name]
		if !ok {
			continue
		}
		if err := decode(raw, f.in(&a)); err != nil && f.need {
			return otpcore.Account{}, fmt.Errorf("%s cannot be read", f.name)
		}
	}
	return a, a.Validate()
}

// newRecord is a record of an account that was not in the vault before.
func newRecord(id string, a otpcore.Account, at stamp) record {
	all := fields{fieldID: encode(id), fieldAdded: encode(at)}
	for _, f := range accountFields {
		if value := f.encode(a); value != nil {
			all[f.name] = value
		}
	}
	return all.record()
}

// encode is nil for a zero value, which is left out of the record.
func (f accountField) encode(a otpcore.Account) json.RawMessage {
	value := encode(f.in(&a))
	if slices.Contains(zeroValues, string(value)) {
		return nil
	}
	return value
}

// zeroValues are those of text and key, number, boolean, list, and time.
var zeroValues = []string{`""`, `0`, `false`, `null`, `[]`, `"0001-01-01T00:00:00Z"`}

// edited replaces what differs between the stored account and a, and nothing
// else, so that what this version cannot read survives an edit next to it.
func (r record) edited(a otpcore.Account, at stamp) (record, bool) {
	all := r.fields()
	stamps := all.stamps()
	changed := false
	for _, f := range accountFields {
		value := f.encode(a)
		if bytes.Equal(value, f.encode(r.account)) {
			continue
		}
		if f.name == fieldSecret {
			all.retire(at)
		}
		all.put(f.name, value)
		stamps[f.name] = at
		changed = true
	}
	if !changed {
		return r, false
	}
	all[fieldStamps] = encode(stamps)
	return all.record(), true
}

// formerKey is a key that an account had, or has in a copy of the vault that
// went apart. Keys are never dropped: a replaced one may be the one that works.
type formerKey struct {
	Secret   json.RawMessage `json:"secret"` // as it stood in the record
	Stamp    stamp           `json:"stamp"`
	Replaced stamp           `json:"replaced,omitempty"` // empty: a rival of the account's key
}

// retire moves the present key and its rivals to the former ones.
func (all fields) retire(at stamp) {
	keys := all.keys()
	for i := range keys {
		if keys[i].Replaced == "" {
			keys[i].Replaced = at
		}
	}
	if present, ok := all[fieldSecret]; ok {
		keys = append(keys, formerKey{Secret: present, Stamp: all.stamp(fieldSecret), Replaced: at})
	}
	all.set(fieldKeys, keys, len(keys) == 0)
}

func (all fields) keys() []formerKey {
	var keys []formerKey
	_ = json.Unmarshal(all[fieldKeys], &keys)
	return keys
}

// put leaves absent fields out; their stamp says when they went.
func (all fields) put(name string, value json.RawMessage) {
	if value == nil {
		delete(all, name)
		return
	}
	all[name] = value
}

func (all fields) stamps() map[string]stamp {
	stamps := map[string]stamp{}
	_ = json.Unmarshal(all[fieldStamps], &stamps)
	return stamps
}

func (all fields) added() stamp {
	var s stamp
	_ = json.Unmarshal(all[fieldAdded], &s)
	return s
}

// stamp of a field that was never edited is that of the account.
func (all fields) stamp(name string) stamp {
	if s, ok := all.stamps()[name]; ok {
		return s
	}
	return all.added()
}

// record encodes fields: the known ones in a fixed order, for people who read
// the payload, then the others by name.
func (all fields) record() record {
	var b bytes.Buffer
	for _, name := range all.order() {
		b.WriteString(separator(b.Len()))
		b.Write(encode(name))
		b.WriteByte(':')
		b.Write(all[name])
	}
	b.WriteByte('}')
	return readRecord(b.Bytes())
}

func separator(written int) string {
	if written == 0 {
		return "{"
	}
	return ","
}

func (all fields) order() []string {
	known := []string{fieldID}
	for _, f := range accountFields {
		known = append(known, f.name)
	}
	known = append(known, fieldRank, fieldDeleted, fieldPurged, fieldKeys, fieldRecovery, fieldBoxes, fieldAdded, fieldStamps)
	known = slices.DeleteFunc(known, func(name string) bool { _, ok := all[name]; return !ok })
	var others []string
	for name := range all {
		if !slices.Contains(known, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return append(known, others...)
}

// trashed: an edit made elsewhere after the deletion brings the account back, since
// someone still used it.
func (all fields) trashed() (t trashed) {
	if all[fieldDeleted] == nil || json.Unmarshal(all[fieldDeleted], &t.at) != nil {
		return trashed{}
	}
	t.deleted = all.stamp(fieldDeleted) >= all.lastEdit()
	t.tombstone = t.deleted && all[fieldPurged] != nil && all[fieldSecret] == nil
	return t
}

func (all fields) lastEdit() stamp {
	entries, _ := all.recovery()
	last := max(all.added(), lastChange(entries))
	for name, s := range all.stamps() {
		if name != fieldDeleted {
			last = max(last, s)
		}
	}
	return last
}

// deleted is when the account went to the trash, if it is there.
func (r record) deleted() (time.Time, bool) { return r.trashed.at, r.trashed.deleted }

// tombstone is what the trash leaves behind after 30 days: it holds no key, and
// keeps an old copy of the vault from bringing the account back.
func (r record) tombstone() bool { return r.trashed.tombstone }

// present says that the record is an account to show.
func (r record) present() bool { return r.damage == nil && !r.trashed.deleted }

// named gives an id to a record that has none, or one that another has already.
// It comes from the bytes, so that each reading gives the same until a save
// writes it down.
func (r record) named(seen map[string]bool) record {
	sum := sha256.Sum256(r.raw)
	for seen[encodeID(sum[:])] { // the same bytes once more
		sum = sha256.Sum256(sum[:])
	}
	all := r.fields()
	all[fieldID] = encode(encodeID(sum[:]))
	return all.record()
}

// newID is for vaults and accounts.
func newID() string {
	var random [10]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand since Go 1.24)
	return encodeID(random[:])
}

// encodeID spells 80 bits in 16 lower-case letters and digits.
func encodeID(random []byte) string {
	return strings.ToLower(unpadded.EncodeToString(random[:10]))
}

// encode is for values that always encode.
func encode(value any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // the payload is never put into a web page
	if err := e.Encode(value); err != nil {
		panic(fmt.Sprintf("vault: %T does not encode", value)) // unreachable
	}
	return bytes.TrimSpace(b.Bytes())
}

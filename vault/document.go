package vault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

const (
	// formatName and formatVersion open the payload. A version is raised only
	// when an older otpane would do harm by writing; new fields do not need it.
	formatName    = "otpane vault"
	formatVersion = 1

	// padding hides how much a vault holds: its size tells no more than the
	// number of 4 KiB steps.
	padding = 4 << 10

	// trashTime is how long a deleted account can be restored.
	trashTime = 30 * 24 * time.Hour
)

// document is the payload. Like records, its parts are replaced, not changed.
type document struct {
	fields     fields // members that this version does not know, too
	version    int
	id         string // of the vault; the same in all its copies
	generation uint64 // rises with every save
	clock      stamp  // the last stamp given
	recipient  string // of the sealed identity; empty without a passphrase
	// passphraseStamp is when recipient was set, for copies that went apart.
	passphraseStamp stamp
	recipients      []recipientRecord
	former          []string // identities of former passphrases, to read old backups
	correction      correction
	tagRules        map[string]tagRule
	records         []record
}

// recipientRecord is one who may open the vault beside the passphrase. A removed
// one stays as a mark, so that merging an older copy does not let it in again.
type recipientRecord struct {
	Recipient string `json:"recipient"`
	Label     string `json:"label,omitempty"`
	Stamp     stamp  `json:"stamp,omitempty"`
	Removed   bool   `json:"removed,omitempty"`
}

// correction is what all accounts add to the clock, and when that was said. One
// that was dropped keeps its stamp, so that an older copy does not bring it back.
type correction struct {
	by    time.Duration
	stamp stamp
}

const (
	memberFormat     = "format"
	memberVersion    = "version"
	memberVault      = "vault"
	memberGeneration = "generation"
	memberClock      = "clock"
	memberRecipient  = "passphrase_recipient"
	memberPassphrase = "passphrase_stamp"
	memberRecipients = "recipients"
	memberFormer     = "former_identities"
	memberCorrection = "correction"
	memberCorrected  = "correction_stamp"
	memberTagRules   = "agent_tags"
	memberAccounts   = "accounts"
)

var memberOrder = []string{
	memberFormat, memberVersion, memberVault, memberGeneration, memberClock,
	memberRecipient, memberPassphrase, memberRecipients, memberFormer,
	memberCorrection, memberCorrected, memberTagRules,
}

// readDocument reads a payload, and keeps it: what stands in the document as it
// stands in the file are pieces of it.
func readDocument(payload []byte) (*document, error) {
	d := &document{}
	members, accounts, ok := scanPayload(payload)
	if !ok && json.Unmarshal(payload, &members) != nil {
		return nil, fmt.Errorf("%w: the payload is not JSON", ErrNotVault)
	}
	d.fields = members
	var name string
	if json.Unmarshal(d.fields[memberFormat], &name) != nil || name != formatName {
		return nil, fmt.Errorf("%w: the payload is something else", ErrNotVault)
	}
	if err := json.Unmarshal(d.fields[memberVersion], &d.version); err != nil || d.version < 1 {
		return nil, fmt.Errorf("%w: version of the payload", ErrDamaged)
	}
	if err := d.readMembers(accounts); err != nil && d.version > formatVersion {
		return nil, fmt.Errorf("%w: version %d: %w", ErrNewer, d.version, err)
	} else if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return d, nil
}

// readMembers gets the accounts that scanPayload has found.
func (d *document) readMembers(accounts []json.RawMessage) error {
	if list, there := d.fields[memberAccounts]; there && json.Unmarshal(list, &accounts) != nil {
		return fmt.Errorf("%s cannot be read", memberAccounts)
	}
	for name, into := range map[string]any{
		memberVault: &d.id, memberGeneration: &d.generation, memberClock: &d.clock,
		memberRecipient: &d.recipient, memberPassphrase: &d.passphraseStamp, memberRecipients: &d.recipients,
		memberFormer:    &d.former,
		memberCorrected: &d.correction.stamp,
	} {
		raw, ok := d.fields[name]
		if !ok {
			continue
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return fmt.Errorf("%s cannot be read", name)
		}
	}
	// One that cannot be read is none: better a code that is refused than a vault
	// that is.
	_ = json.Unmarshal(d.fields[memberCorrection], (*storedCorrection)(&d.correction.by))
	// Only what this version does not know stays in fields.
	tagRules := d.fields[memberTagRules]
	for _, name := range append(memberOrder, memberAccounts) {
		delete(d.fields, name)
	}
	if d.tagRules = readTagRules(tagRules); d.tagRules == nil {
		d.fields.put(memberTagRules, tagRules)
	}
	d.records = readRecords(accounts)
	return nil
}

// scanPayload reads the members of a payload, and in the same walk the list of the
// accounts, which is nearly all of it.
func scanPayload(payload []byte) (all fields, accounts []json.RawMessage, ok bool) {
	s, all := scan{text: payload}, fields{}
	if !s.take('{') {
		return nil, nil, false
	}
	for n := 0; s.more(n, '}'); n++ {
		name, ok := s.name()
		switch {
		case !ok:
		case string(name) == memberAccounts:
			accounts, ok = s.elements()
		default:
			all[string(name)], ok = s.value(maxNesting)
		}
		if !ok {
			return nil, nil, false
		}
	}
	return all, accounts, s.take('}') && s.end()
}

// readRecords sees to it that every record has an id of its own.
func readRecords(all []json.RawMessage) []record {
	records := make([]record, len(all))
	seen := make(map[string]bool, len(all))
	for i := range records {
		r := &records[i]
		r.read(all[i])
		if r.damage != errNotObject && (r.id == "" || seen[r.id]) {
			*r = r.named(seen)
		}
		seen[r.id] = true
	}
	return records
}

// payload is the text of the document: a line for every account, then newlines
// up to the next step of 4 KiB.
func (d *document) payload() []byte {
	members := maps.Clone(d.fields)
	members[memberFormat] = encode(formatName)
	members[memberVersion] = encode(d.version)
	members[memberVault] = encode(d.id)
	members[memberGeneration] = encode(d.generation)
	members[memberClock] = encode(d.clock)
	members.set(memberRecipient, d.recipient, d.recipient == "")
	members.set(memberPassphrase, d.passphraseStamp, d.passphraseStamp == "")
	members.set(memberRecipients, d.recipients, len(d.recipients) == 0)
	members.set(memberFormer, d.former, len(d.former) == 0)
	members.set(memberCorrection, storedCorrection(d.correction.by), d.correction.by == 0)
	members.set(memberCorrected, d.correction.stamp, d.correction.stamp == "")
	if len(d.tagRules) > 0 {
		members[memberTagRules] = encode(rawTagRules(d.tagRules))
	}

	var b bytes.Buffer
	b.Grow(d.size())
	for _, name := range d.memberNames(members) {
		b.WriteString(separator(b.Len()))
		b.WriteByte('\n')
		b.Write(encode(name))
		b.WriteByte(':')
		b.Write(members[name])
	}
	b.WriteString(",\n\"" + memberAccounts + "\":[")
	for i, r := range d.records {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(r.raw)
	}
	b.WriteString("\n]}\n")
	rest := (padding - b.Len()%padding) % padding
	b.Write(bytes.Repeat([]byte{'\n'}, rest))
	return b.Bytes()
}

// size is about that of the payload.
func (d *document) size() int {
	size := 2 * padding
	for _, r := range d.records {
		size += len(r.raw) + 2
	}
	return size
}

// set is put for a value that may be left out.
func (all fields) set(name string, value any, absent bool) {
	if absent {
		delete(all, name)
		return
	}
	all[name] = encode(value)
}

func (d *document) memberNames(members fields) []string {
	var names, others []string
	for _, name := range memberOrder {
		if members[name] != nil {
			names = append(names, name)
		}
	}
	for name := range members {
		if !slices.Contains(memberOrder, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return append(names, others...)
}

// readers are all who may open the file.
func (d *document) readers() []string {
	var all []string
	if d.recipient != "" {
		all = append(all, d.recipient)
	}
	for _, r := range d.recipients {
		if !r.Removed {
			all = append(all, r.Recipient)
		}
	}
	return all
}

// clone may be changed in its slots; records and members are shared and are
// replaced by whoever changes them.
func (d *document) clone() *document {
	c := *d
	c.fields = maps.Clone(d.fields)
	c.recipients = slices.Clone(d.recipients)
	c.former = slices.Clone(d.former)
	c.records = slices.Clone(d.records)
	return &c
}

// readOnly says why the document must not be written.
func (d *document) readOnly() error {
	if d.version > formatVersion {
		return fmt.Errorf("%w: version %d, this one writes %d", ErrNewer, d.version, formatVersion)
	}
	return nil
}

// keepFormer keeps an identity whose passphrase is no longer asked for.
func (d *document) keepFormer(id Identity) {
	d.former = append(d.former, id.Reveal())
	d.sortFormer()
}

func (d *document) sortFormer() {
	slices.Sort(d.former)
	d.former = slices.Compact(d.former)
}

// emptyTrash turns what was deleted more than 30 days ago into tombstones.
func (d *document) emptyTrash(now time.Time) {
	for i, r := range d.records {
		at, deleted := r.deleted()
		if !deleted || r.tombstone() || now.Sub(at) < trashTime {
			continue
		}
		d.records[i] = r.purged()
	}
}

func (r record) purged() record {
	all := r.fields()
	left := fields{
		fieldID:      all[fieldID],
		fieldDeleted: all[fieldDeleted],
		fieldPurged:  encode(true),
		fieldStamps:  encode(map[string]stamp{fieldDeleted: all.stamp(fieldDeleted)}),
	}
	left.put(fieldAdded, all[fieldAdded])
	return left.record()
}

package vault

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"otpane/otpcore"
)

// copies are random documents that come from one vault and went apart: each has
// its own node and a clock that may be hours wrong.
type copies struct {
	random *rand.Rand
	base   *document
}

func newCopies(seed uint64) *copies {
	c := &copies{random: rand.New(rand.NewPCG(seed, 0))}
	d := &Draft{doc: &document{fields: fields{}, version: 1, id: "vault"}, now: noon, node: "00000000"}
	for range 2 + c.random.IntN(3) {
		c.step(d)
	}
	if seed%3 == 0 {
		c.sealAll(d)
	}
	c.base = d.doc
	return c
}

// copy edits a copy of the base a few times.
func (c *copies) copy(node node) *document {
	skew := time.Duration(c.random.IntN(7)-3) * time.Hour
	d := &Draft{doc: c.base.clone(), now: noon.Add(skew), node: node}
	for range c.random.IntN(4) {
		d.now = d.now.Add(time.Duration(c.random.IntN(90)) * time.Minute)
		c.step(d)
	}
	if c.random.IntN(3) == 0 {
		c.sealAll(d)
	}
	if c.random.IntN(20) == 0 {
		d.doc.emptyTrash(d.now.Add(trashTime))
	}
	return d.doc
}

func (c *copies) step(d *Draft) {
	all := d.Accounts()
	if len(all) == 0 || c.random.IntN(5) == 0 {
		_, _ = d.Add(c.account())
		return
	}
	a := all[c.random.IntN(len(all))]
	switch c.random.IntN(16) {
	case 14:
		a.Agent = c.answer()
	case 15:
		_ = d.SetTagAnswer(c.word(), c.answer())
	case 0:
		a.Issuer = c.word()
	case 1:
		a.Note = c.word()
	case 2:
		a.Secret = c.key()
	case 3:
		_ = d.Settle(a.ID, c.key())
	case 4:
		_ = d.Delete(a.ID)
	case 5:
		c.restore(d)
	case 6:
		c.recipient(d)
	case 7:
		_ = d.SetCorrection(time.Duration(c.random.IntN(3)) * time.Second)
	case 8:
		a.Correction = time.Duration(c.random.IntN(3)) * time.Second
	case 9:
		_ = d.Move(a.ID, c.random.IntN(5)-2) // a does not have the rank, and Set leaves it alone
	case 10, 11, 12:
		for range 3 {
			c.recovery(d, a.ID)
		}
		if c.random.IntN(2) == 0 {
			c.seal(d, a.ID)
		}
	default:
		_, _ = d.Advance(a.ID)
	}
	_ = d.Set(a) // refused where a was deleted above
}

func (c *copies) restore(d *Draft) {
	for _, r := range d.doc.records {
		_ = d.Restore(r.id) // refused where it is not in the trash
	}
}

func (c *copies) recipient(d *Draft) {
	r := recipientRecord{Recipient: "age1" + c.word(), Stamp: d.tick(), Removed: c.random.IntN(2) == 0}
	d.doc.recipients = slices.DeleteFunc(d.doc.recipients, func(other recipientRecord) bool { return other.Recipient == r.Recipient })
	d.doc.recipients = append(d.doc.recipients, r)
	d.doc.sort()
}

// recovery adds, uses, takes back and removes, of few codes, so that copies meet at
// the same.
func (c *copies) recovery(d *Draft, id string) {
	a, _ := d.Account(id)
	if len(a.Recovery) == 0 || c.random.IntN(6) == 0 {
		_, _ = d.AddRecoveryCodes(a.ID, recoveryCodesOf(c.word(), c.word()))
		return
	}
	code := a.Recovery[c.random.IntN(len(a.Recovery))]
	switch c.random.IntN(5) {
	case 0:
		_ = d.RemoveRecoveryCodes(a.ID, code.ID)
	case 1, 2:
		_ = d.UnuseRecoveryCode(a.ID, code.ID)
	default:
		_, _ = d.UseRecoveryCode(a.ID, code.ID)
	}
}

// secondKeys are what random copies seal to.
var secondKeys = func() (all []Identity) {
	for range 2 {
		id, err := newIdentity(false)
		if err != nil {
			panic(err)
		}
		all = append(all, id)
	}
	return all
}()

func (c *copies) sealAll(d *Draft) {
	for _, a := range d.Accounts() {
		c.seal(d, a.ID)
	}
}

// seal seals to one of two keys, or opens what is sealed to it.
func (c *copies) seal(d *Draft, id string) {
	key := secondKeys[c.random.IntN(len(secondKeys))]
	if c.random.IntN(3) > 0 {
		_ = d.SealRecoveryCodes(id, key.Recipients()[0]) // refused where nothing is readable
		return
	}
	_ = d.UnsealRecoveryCodes(id, key) // refused where they are sealed to the other
}

func recoveryCodesOf(texts ...string) (codes []otpcore.RecoveryCode) {
	for _, text := range texts {
		codes = append(codes, otpcore.RecoveryCode{Text: otpcore.NewSecret([]byte(text))})
	}
	return codes
}

// word has few values, so that copies agree by chance, too.
func (c *copies) word() string { return string(rune('a' + c.random.IntN(3))) }

func (c *copies) answer() otpcore.Answer {
	return append([]otpcore.Answer{""}, otpcore.Answers...)[c.random.IntN(4)]
}

func (c *copies) key() otpcore.Secret { return otpcore.NewSecret([]byte("key " + c.word())) }

func (c *copies) account() otpcore.Account {
	a := counterAccount()
	a.Secret = c.key()
	a.Recovery = recoveryCodesOf(c.word(), c.word())
	return a
}

// TestMergeLaws holds the laws on 10,000 random triples.
func TestMergeLaws(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(10_000) {
		c := newCopies(seed)
		nodes := []node{"11111111", "22222222", "33333333"}
		if seed%4 == 0 { // copies that stamp alike by chance
			nodes = []node{"11111111", "11111111", "11111111"}
		}
		x, y, z := c.copy(nodes[0]), c.copy(nodes[1]), c.copy(nodes[2])
		xy, yx := merge(x, y), merge(y, x)
		for law, held := range map[string]bool{
			"idempotent":            same(merge(x, x), x),
			"commutative":           same(xy, yx),
			"associative":           same(merge(xy, z), merge(x, merge(y, z))),
			"absorbing":             same(merge(xy, y), xy),
			"older changes nothing": same(merge(x, c.base), x) || hasTombstone(x),
			"one order":             slices.Equal(order(xy), order(yx)),
			"no key is dropped":     hasKeys(xy, x) && hasKeys(xy, y),
			"no code is dropped":    hasCodes(xy, x, y),
			"sealed stays sealed":   staysSealed(xy, x, y) && staysSealed(yx, x, y),
		} {
			if !held {
				t.Fatalf("seed %d: not %s:\n%s\n%s\n%s", seed, law, x.payload(), y.payload(), z.payload())
			}
		}
		count(seen, x, y, xy)
	}
	for _, what := range []string{"rivals", "edit against delete", "both changed", "purged", "two corrections", "two rules", "moved in both", "codes used in both", "use against undo", "removed against use", "sealed against readable", "sealed twice", "opened against sealed"} {
		if seen[what] < 20 {
			t.Errorf("the triples hold only %d cases of %s", seen[what], what)
		}
	}
	t.Log(seen)
}

// count makes sure that the random documents hold what is hard to merge.
func count(seen map[string]int, x, y, xy *document) {
	if x.correction != y.correction {
		seen["two corrections"]++
	}
	for tag, rule := range x.tagRules {
		if other := y.tagRules[tag]; other.answer != rule.answer && other.stamp != "" && rule.answer != "" {
			seen["two rules"]++
		}
	}
	if len(xy.conflicts()) > 0 {
		seen["rivals"]++
	}
	if hasTombstone(x) {
		seen["purged"]++
	}
	if !same(xy, x) && !same(xy, y) {
		seen["both changed"]++
	}
	if moves(x)*moves(y) > 0 {
		seen["moved in both"]++
	}
	countRecovery(seen, x, y)
	for _, r := range xy.records {
		if _, deleted := r.deleted(); !deleted && r.fields()[fieldDeleted] != nil {
			seen["edit against delete"]++
		}
	}
}

func countRecovery(seen map[string]int, x, y *document) {
	mine := map[string]recoveryEntry{}
	for _, r := range x.records {
		entries, _ := r.fields().recovery()
		for _, e := range entries {
			mine[e.ID] = e
		}
	}
	for _, r := range y.records {
		entries, _ := r.fields().recovery()
		for _, e := range entries {
			m, both := mine[e.ID]
			switch {
			case !both:
			case m.Removed == "" && m.sealed() && !e.Code.IsZero() && e.Sealed == "":
				seen["sealed against readable"]++
			case m.sealed() && e.sealed() && m.Sealed != e.Sealed:
				seen["sealed twice"]++
			case m.sealed() && e.Opened != "" && !e.sealed():
				seen["opened against sealed"]++
			case len(m.Uses) > 0 && len(e.Uses) > 0 && m.Uses[0].Stamp != e.Uses[0].Stamp:
				seen["codes used in both"]++
			case m.Removed != "" && len(e.Uses) > 0 && e.Removed == "":
				seen["removed against use"]++
			case m.Undone > e.Undone && len(e.Uses) > 0:
				seen["use against undo"]++
			}
		}
	}
}

// moves counts what was moved by hand.
func moves(d *document) (n int) {
	for _, r := range d.records {
		if r.fields()[fieldRank] != nil {
			n++
		}
	}
	return n
}

// order is that by hand.
func order(d *document) (ids []string) {
	for _, a := range d.accounts() {
		ids = append(ids, a.ID)
	}
	return ids
}

// hasTombstone: what an emptied trash lacks comes back from an older copy, into
// the trash, and goes at the next save.
func hasTombstone(d *document) bool { return slices.ContainsFunc(d.records, record.tombstone) }

// same compares what merging can change; the rest of the payload is padding.
func same(a, b *document) bool {
	return a.clock == b.clock && a.correction == b.correction && bytes.Equal(encode(rawTagRules(a.tagRules)), encode(rawTagRules(b.tagRules))) && slices.Equal(a.recipients, b.recipients) &&
		slices.EqualFunc(a.records, b.records, func(r, other record) bool { return bytes.Equal(r.raw, other.raw) })
}

func hasKeys(merged, part *document) bool {
	text := merged.payload()
	for _, r := range part.records {
		for _, k := range r.fields().allKeys() {
			if !bytes.Contains(text, k.Secret) {
				return false
			}
		}
	}
	return true
}

// TestRemovalOfARecipientWins where two copies changed it in the same instant.
func TestRemovalOfARecipientWins(t *testing.T) {
	in := &document{recipients: []recipientRecord{{Recipient: "age1a", Stamp: "1"}}}
	out := &document{recipients: []recipientRecord{{Recipient: "age1a", Stamp: "1", Removed: true}}}
	for _, m := range []*document{merge(in, out), merge(out, in)} {
		if len(m.recipients) != 1 || !m.recipients[0].Removed {
			t.Errorf("recipients: %+v", m.recipients)
		}
	}
}

// fork copies a vault file, as a synchroniser would.
func fork(t *testing.T, v *Vault, name string) *Vault {
	t.Helper()
	path := filepath.Join(filepath.Dir(v.Path()), name)
	if err := os.WriteFile(path, mustRead(t, v.Path()), 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := Open(path, v.Identity(), v.now)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

func edit(t *testing.T, v *Vault, at time.Duration, change func(*Draft) error) {
	t.Helper()
	v.now = (&clock{noon.Add(at)}).now
	if err := v.Update(change); err != nil {
		t.Fatal(err)
	}
}

func set(id string, change func(*otpcore.Account)) func(*Draft) error {
	return func(d *Draft) error {
		a, ok := d.Account(id)
		if !ok {
			return errors.New("not there")
		}
		change(&a)
		return d.Set(a)
	}
}

func TestMergeOfFilesThatWentApart(t *testing.T) {
	v := newVault(t)
	id, gone, hotp := add(t, v, github()), add(t, v, github()), add(t, v, counterAccount())
	other := fork(t, v, "vault.sync-conflict-20261122-120000-ABCDEFG.age")
	left, right := otpcore.NewSecret([]byte("left key")), otpcore.NewSecret([]byte("right key"))

	edit(t, v, time.Minute, set(id, func(a *otpcore.Account) { a.Note, a.Secret = "left", left }))
	edit(t, v, time.Minute, func(d *Draft) error { return d.Delete(gone) })
	for range 3 {
		edit(t, v, time.Minute, func(d *Draft) error { _, err := d.Advance(hotp); return err })
	}
	edit(t, other, 2*time.Minute, set(id, func(a *otpcore.Account) { a.Name, a.Secret = "right", right }))
	edit(t, other, 2*time.Minute, set(gone, func(a *otpcore.Account) { a.Note = "still in use" }))
	edit(t, other, 2*time.Minute, func(d *Draft) error { _, err := d.Advance(hotp); return err })
	edit(t, other, 2*time.Minute, func(d *Draft) error { _, err := d.Add(github()); return err })

	found, err := ConflictFiles(v.Path())
	if err != nil || len(found) != 1 || found[0] != other.Path() {
		t.Fatalf("conflict files: %v, %v", found, err)
	}
	got, err := v.Merge(found[0], Identity{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Added != 2 || got.Changed != 2 || got.Removed != 0 || len(got.Conflicts) != 1 {
		t.Errorf("merged: %d added, %d changed, %d removed, %d conflicts", got.Added, got.Changed, got.Removed, len(got.Conflicts))
	}
	accounts := map[string]otpcore.Account{}
	for _, a := range reopen(t, v).Accounts() {
		accounts[a.ID] = a
	}
	if a := accounts[id]; a.Note != "left" || a.Name != "right" || !a.Secret.Equal(right) {
		t.Errorf("merged account: note %q, name %q", a.Note, a.Name)
	}
	if a := accounts[gone]; a.Note != "still in use" {
		t.Error("an older deletion beat an edit")
	}
	if a := accounts[hotp]; a.Counter != 10 {
		t.Errorf("counter %d, want the maximum, 10", a.Counter)
	}
	if len(accounts) != 4 {
		t.Errorf("%d accounts, want 4", len(accounts))
	}

	conflict := v.Conflicts()[0]
	if len(conflict.Rivals) != 1 || !conflict.Rivals[0].Equal(left) {
		t.Fatal("the other key is not kept")
	}
	edit(t, v, time.Hour, func(d *Draft) error { return d.Settle(id, left) })
	if n := len(v.Conflicts()); n != 0 {
		t.Errorf("%d conflicts after settling", n)
	}
	again, err := v.Merge(found[0], Identity{})
	if err != nil || again.Added+again.Changed+again.Removed+len(again.Conflicts) != 0 {
		t.Errorf("merging again: %+v, %v", again, err)
	}
}

func TestMergeOfAnOlderCopySavesNothing(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	old := fork(t, v, "old.age")
	add(t, v, counterAccount())
	file := mustRead(t, v.Path())
	if _, err := v.Merge(old.Path(), Identity{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(mustRead(t, v.Path()), file) {
		t.Error("the file changed")
	}
}

// TestMergeDoesNotFillTheTrash: an account that was deleted more than 30 days ago
// is in older copies still.
func TestMergeDoesNotFillTheTrash(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	old := fork(t, v, "old.age")
	edit(t, v, 0, func(d *Draft) error { return d.Delete(id) })
	edit(t, v, trashTime, func(d *Draft) error { _, err := d.Add(counterAccount()); return err })
	if len(v.Trash()) != 0 {
		t.Fatal("the trash is not empty")
	}
	file := mustRead(t, v.Path())
	if _, err := v.Merge(old.Path(), Identity{}); err != nil {
		t.Fatal(err)
	}
	if len(v.Trash()) != 0 || !bytes.Equal(mustRead(t, v.Path()), file) {
		t.Error("the old copy came back")
	}
}

func TestMergeRefuses(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	stranger := newVault(t)
	file := mustRead(t, v.Path())
	if _, err := v.Merge(stranger.Path(), Identity{}); !errors.Is(err, ErrIdentity) {
		t.Errorf("a stranger's vault: %v, want ErrIdentity", err)
	}
	if _, err := v.Merge(stranger.Path(), stranger.Identity()); !errors.Is(err, ErrOtherVault) {
		t.Errorf("another vault: %v, want ErrOtherVault", err)
	}
	if _, err := v.Merge(writeVault(t, file[:len(file)-1]), Identity{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("a damaged copy: %v, want ErrDamaged", err)
	}
	if !bytes.Equal(mustRead(t, v.Path()), file) {
		t.Error("the file changed")
	}
}

// TestMergeTakesTheNewerPassphrase, whichever copy it was changed in.
func TestMergeTakesTheNewerPassphrase(t *testing.T) {
	for _, changedHere := range []bool{false, true} {
		v := newVault(t)
		add(t, v, github())
		other := fork(t, v, "other.age")
		changed := other
		if changedHere {
			changed = v
		}
		if err := changed.ChangePassphrase([]byte("another passphrase"), WorkFactor(lowWork)); err != nil {
			t.Fatal(err)
		}
		edit(t, other, time.Minute, func(d *Draft) error { _, err := d.Add(counterAccount()); return err })
		if _, err := v.Merge(other.Path(), other.Identity()); err != nil {
			t.Fatal(err)
		}
		id, err := Unlock(v.Path(), []byte("another passphrase"))
		if err != nil {
			t.Fatalf("changed here %v: %v", changedHere, err)
		}
		again, err := Open(v.Path(), id, v.now)
		if err != nil || len(again.Accounts()) != 2 {
			t.Errorf("changed here %v: %v", changedHere, err)
		}
		if v.Identity().Reveal() != id.Reveal() {
			t.Errorf("changed here %v: the vault goes on with another identity", changedHere)
		}
	}
}

func TestConflictFiles(t *testing.T) {
	dir := t.TempDir()
	want := map[string]bool{
		"vault.sync-conflict-20261122-120000-ABCDEFG.age":  true, // Syncthing
		"vault (alice's conflicted copy 2026-11-22).age":   true, // Dropbox
		"vault (conflicted copy 2026-11-22 120000).age":    true, // Nextcloud
		"vault_conflict-20261122-120000.age":               true, // ownCloud
		"vault (Case Conflict).age":                        true, // Dropbox
		"vault.age":                                        false,
		"other.sync-conflict-20261122-120000-ABCDEFG.age":  false,
		"vault.sync-conflict-20261122-120000-ABCDEFG.json": false,
		"vault2.age": false,
	}
	for name := range want {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := ConflictFiles(filepath.Join(dir, "vault.age"))
	if err != nil {
		t.Fatal(err)
	}
	for name, wanted := range want {
		if got := slices.Contains(found, filepath.Join(dir, name)); got != wanted {
			t.Errorf("%s: found %v, want %v", name, got, wanted)
		}
	}
}

func TestArchiveKeepsAConflictFile(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	other := fork(t, v, "vault.sync-conflict-20261122-120000-ABCDEFG.age")
	data := mustRead(t, other.Path())
	if err := v.Archive(other.Path()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(other.Path()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the conflict file is still there: %v", err)
	}
	newest := backupsOf(t, v)[0]
	if newest.Err != nil || !bytes.Equal(mustRead(t, newest.Path), data) {
		t.Errorf("the newest backup is not the conflict file: %+v", newest)
	}
}

func TestRollbackIsNoticed(t *testing.T) {
	v := newVault(t)
	var seen Mark
	for n := range 50 {
		old := mustRead(t, v.Path())
		v.now = (&clock{noon.Add(time.Duration(n) * time.Minute)}).now
		add(t, v, github())
		var err error
		if seen, err = ParseMark(v.Mark().String()); err != nil || seen != v.Mark() {
			t.Fatalf("mark %q: %v", v.Mark(), err)
		}
		if err := v.Since(seen); err != nil {
			t.Fatalf("the same vault: %v", err)
		}
		rolledBack, err := Open(writeVault(t, old), v.Identity(), v.now)
		if err != nil {
			t.Fatal(err)
		}
		if err := rolledBack.Since(seen); !errors.Is(err, ErrRolledBack) {
			t.Errorf("generation %d restored: %v, want ErrRolledBack", n, err)
		}
	}
	if err := newVault(t).Since(seen); !errors.Is(err, ErrOtherVault) {
		t.Errorf("another vault: %v, want ErrOtherVault", err)
	}
	if err := v.Since(Mark{}); err != nil {
		t.Errorf("seen for the first time: %v", err)
	}
	for _, text := range []string{"nonsense", "a b c", "a 1", "a 1 2 3"} {
		if _, err := ParseMark(text); err == nil {
			t.Errorf("ParseMark(%q) is accepted", text)
		}
	}
}

// TestRolledBackAndEdited: an old copy with newer generations than were seen is
// still not what was seen, as long as its clock has not passed.
func TestRolledBackAndEdited(t *testing.T) {
	v := newVault(t)
	old := mustRead(t, v.Path())
	edit(t, v, time.Hour, func(d *Draft) error { _, err := d.Add(github()); return err })
	seen := v.Mark()
	forked, err := Open(writeVault(t, old), v.Identity(), (&clock{noon}).now)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		add(t, forked, counterAccount())
	}
	if err := forked.Since(seen); !errors.Is(err, ErrRolledBack) {
		t.Errorf("%v, want ErrRolledBack", err)
	}
}

// TestCorrectionsOfOneInstant: whichever stands, it is the same in both copies.
func TestCorrectionsOfOneInstant(t *testing.T) {
	x := &document{correction: correction{-94 * time.Second, "1"}}
	y := &document{correction: correction{20 * time.Second, "1"}}
	if xy, yx := merge(x, y), merge(y, x); xy.correction != yx.correction {
		t.Errorf("%v and %v", xy.correction, yx.correction)
	}
}

// TestCorrectionsThatWentApart: of two the later one stands, and one that was
// dropped does not come back from an older copy.
func TestCorrectionsThatWentApart(t *testing.T) {
	correct := func(by time.Duration) func(*Draft) error {
		return func(d *Draft) error { return d.SetCorrection(by) }
	}
	v := newVault(t)
	id := add(t, v, github())
	edit(t, v, 0, correct(-94*time.Second))
	older := fork(t, v, "older.age")
	edit(t, v, time.Minute, correct(0))
	if _, err := v.Merge(older.Path(), Identity{}); err != nil || v.Correction() != 0 {
		t.Errorf("dropped, then merged with an older copy: %s, %v", v.Correction(), err)
	}
	edit(t, older, 2*time.Minute, correct(-7*time.Second))
	edit(t, older, 2*time.Minute, set(id, func(a *otpcore.Account) { a.Correction = 20 * time.Second }))
	if _, err := v.Merge(older.Path(), Identity{}); err != nil {
		t.Fatal(err)
	}
	a := reopen(t, v).Accounts()[0]
	if v.Correction() != -7*time.Second || a.Corrections() != 13*time.Second {
		t.Errorf("merged with a later one: %s, the account's %s", v.Correction(), a.Corrections())
	}
}

package vault

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"otpane/otpcore"
)

// model is what a vault promises, in its simplest form: a list of accounts, and
// the deleted ones.
type model struct {
	t          *rapid.T
	vault      *Vault
	clock      *clock
	order      []string
	present    map[string]otpcore.Account
	deleted    map[string]otpcore.Account
	correction time.Duration
	answers    map[string]otpcore.Answer
	second     Identity // what recovery codes are sealed to
}

// TestAnySequenceEqualsAModel does what a person could do, in any order, partly
// in operations that fail in the end, and reopens the file in between.
func TestAnySequenceEqualsAModel(t *testing.T) {
	t.Run("on disk", func(t *testing.T) { t.Parallel(); checkModel(t, hasty) })
	t.Run("in memory", func(t *testing.T) { t.Parallel(); checkModel(t, newMemory()) })
}

func checkModel(t *testing.T, d disk) {
	base := t.TempDir()
	_, second := x25519(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		c := &clock{noon}
		path := filepath.Join(base, fmt.Sprint(n), "vault.age")
		v, err := create(d, path, Access{Passphrase: []byte(testPassphrase), WorkFactor: lowWork}, c.now)
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(filepath.Dir(path))
		m := &model{t: rt, vault: v, clock: c, present: map[string]otpcore.Account{}, deleted: map[string]otpcore.Account{}, answers: map[string]otpcore.Answer{}, second: second}
		rt.Repeat(map[string]func(*rapid.T){
			"":        m.check,
			"add":     m.add,
			"edit":    m.edit,
			"delete":  m.remove,
			"restore": m.restore,
			"advance": m.advance,
			"recover": m.recover,
			"seal":    m.seal,
			"unseal":  m.unseal,
			"move":    m.move,
			"fail":    m.fail,
			"reopen":  m.reopen,
			"wait":    m.wait,
			"correct": m.correct,
			"rule":    m.rule,
		})
	})
}

func (m *model) check(t *rapid.T) {
	got := m.vault.Accounts()
	var want []otpcore.Account
	for _, id := range m.order {
		if a, ok := m.present[id]; ok {
			want = append(want, a)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d accounts, want %d", len(got), len(want))
	}
	if m.vault.Correction() != m.correction {
		t.Fatalf("correction %s, want %s", m.vault.Correction(), m.correction)
	}
	if got := m.vault.TagAnswers(); !maps.Equal(got, m.answers) {
		t.Fatalf("rules of tags %v, want %v", got, m.answers)
	}
	for i := range want {
		if got[i].VaultCorrection != m.correction {
			t.Fatalf("account %d comes with correction %s, want %s", i, got[i].VaultCorrection, m.correction)
		}
		if string(encodeAccount(got[i])) != string(encodeAccount(want[i])) {
			t.Fatalf("account %d:\n%s\nwant\n%s", i, encodeAccount(got[i]), encodeAccount(want[i]))
		}
		m.checkRecovery(t, got[i], want[i])
	}
	if n := len(m.vault.Trash()); n != len(m.deleted) {
		t.Fatalf("%d in the trash, want %d", n, len(m.deleted))
	}
	if n := m.vault.Damaged(); n != 0 {
		t.Fatalf("%d damaged", n)
	}
}

// checkRecovery looks with the vault's own key and with the second one.
func (m *model) checkRecovery(t *rapid.T, got, want otpcore.Account) {
	opened, err := m.vault.OpenSealed(got.ID, m.second)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range want.Recovery {
		if i >= len(got.Recovery) || got.Recovery[i].Sealed != c.Sealed || c.Sealed == (got.Recovery[i].Text.Len() > 0) {
			t.Fatalf("recovery codes %q, want %q", recoveryText(got.Recovery), recoveryText(want.Recovery))
		}
	}
	if !slices.EqualFunc(opened, want.Recovery, equalRecovery) {
		t.Fatalf("opened recovery codes %q, want %q", recoveryText(opened), recoveryText(want.Recovery))
	}
}

// encodeAccount makes accounts comparable, keys included.
func encodeAccount(a otpcore.Account) []byte {
	return newRecord(a.ID, a, "").raw
}

func (m *model) update(operation func(*Draft) error) {
	if err := m.vault.Update(operation); err != nil {
		m.t.Fatal(err)
	}
}

func (m *model) add(t *rapid.T) {
	a := drawAccount(t)
	m.update(func(d *Draft) (err error) {
		a.ID, err = d.Add(a)
		return err
	})
	if a.Created.IsZero() {
		a.Created = m.clock.at
	}
	m.order = append(m.order, a.ID)
	m.present[a.ID] = a
}

func (m *model) edit(t *rapid.T) {
	id := m.pick(t, m.present)
	a := drawAccount(t)
	a.ID, a.Recovery = id, m.present[id].Recovery
	m.update(func(d *Draft) error { return d.Set(a) })
	m.present[id] = a
}

func (m *model) correct(t *rapid.T) {
	m.correction = time.Duration(rapid.IntRange(-100, 100).Draw(t, "correction")) * time.Second
	m.update(func(d *Draft) error { return d.SetCorrection(m.correction) })
}

func (m *model) rule(t *rapid.T) {
	tag, answer := rapid.SampledFrom([]string{"", "a", "b \"&"}).Draw(t, "tag"), drawAnswer(t)
	m.update(func(d *Draft) error { return d.SetTagAnswer(tag, answer) })
	if m.answers[tag] = answer; answer == "" {
		delete(m.answers, tag)
	}
}

func drawAnswer(t *rapid.T) otpcore.Answer {
	return rapid.SampledFrom(append([]otpcore.Answer{""}, otpcore.Answers...)).Draw(t, "answer")
}

func (m *model) remove(t *rapid.T) {
	id := m.pick(t, m.present)
	m.update(func(d *Draft) error { return d.Delete(id) })
	m.deleted[id] = m.present[id]
	delete(m.present, id)
}

func (m *model) restore(t *rapid.T) {
	id := m.pick(t, m.deleted)
	m.update(func(d *Draft) error { return d.Restore(id) })
	m.present[id] = m.deleted[id]
	delete(m.deleted, id)
}

func (m *model) advance(t *rapid.T) {
	id := m.pick(t, m.present)
	a := m.present[id]
	if a.Kind != otpcore.HOTP {
		t.Skip("time-based")
	}
	var code string
	m.update(func(d *Draft) (err error) {
		code, err = d.Advance(id)
		return err
	})
	if want := a.CodeAt(a.Counter); code != want {
		t.Fatalf("code %s, want %s", code, want)
	}
	a.Counter, a.Uses, a.Used = a.Counter+1, a.Uses+1, m.clock.at
	m.present[id] = a
}

// recover adds a code, or uses, takes back or removes one.
func (m *model) recover(t *rapid.T) {
	id := m.pick(t, m.present)
	a := m.present[id]
	a.Recovery = slices.Clone(a.Recovery)
	text := otpcore.NewSecret([]byte(rapid.SampledFrom([]string{"a1", "b2", "c3"}).Draw(t, "code")))
	at := slices.IndexFunc(a.Recovery, func(c otpcore.RecoveryCode) bool { return c.Text.Equal(text) })
	if at < 0 {
		m.update(func(d *Draft) error {
			_, err := d.AddRecoveryCodes(id, []otpcore.RecoveryCode{{Text: text}})
			return err
		})
		a.Recovery = append(a.Recovery, otpcore.RecoveryCode{Text: text, Sealed: len(a.Recovery) > 0 && a.Recovery[0].Sealed})
		m.present[id] = a
		return
	}
	codeID := m.stored(id).Recovery[at].ID
	switch {
	case rapid.IntRange(0, 3).Draw(t, "remove") == 0:
		m.update(func(d *Draft) error { return d.RemoveRecoveryCodes(id, codeID) })
		a.Recovery = slices.Delete(a.Recovery, at, at+1)
	case a.Recovery[at].Used.IsZero():
		m.update(func(d *Draft) error { _, err := d.UseRecoveryCode(id, codeID); return err })
		a.Recovery[at].Used = m.clock.at
	default:
		m.update(func(d *Draft) error { return d.UnuseRecoveryCode(id, codeID) })
		a.Recovery[at].Used = time.Time{}
	}
	m.present[id] = a
}

// stored is the account as the vault has it.
func (m *model) stored(id string) otpcore.Account {
	all := m.vault.Accounts()
	return all[slices.IndexFunc(all, func(a otpcore.Account) bool { return a.ID == id })]
}

func (m *model) seal(t *rapid.T) { m.setSealed(t, true) }

func (m *model) unseal(t *rapid.T) { m.setSealed(t, false) }

// setSealed seals or opens all codes of an account. One that has none, or has them
// sealed, has nothing to seal.
func (m *model) setSealed(t *rapid.T, sealed bool) {
	id := m.pick(t, m.present)
	a := m.present[id]
	a.Recovery = slices.Clone(a.Recovery)
	err := m.vault.Update(func(d *Draft) error {
		if sealed {
			return d.SealRecoveryCodes(id, m.second.Recipients()[0])
		}
		return d.UnsealRecoveryCodes(id, m.second)
	})
	nothing := sealed && (len(a.Recovery) == 0 || a.Recovery[0].Sealed)
	if nothing != errors.Is(err, ErrNoRecoveryCode) || !nothing && err != nil {
		t.Fatal(err)
	}
	for i := range a.Recovery {
		a.Recovery[i].Sealed = sealed
	}
	m.present[id] = a
}

func equalRecovery(a, b otpcore.RecoveryCode) bool {
	return a.Text.Equal(b.Text) && a.Used.Equal(b.Used)
}

// move goes past accounts that are pinned alike, one at a time.
func (m *model) move(t *rapid.T) {
	id := m.pick(t, m.present)
	steps := rapid.IntRange(-3, 3).Draw(t, "steps")
	m.update(func(d *Draft) error { return d.Move(id, steps) })
	at := slices.Index(m.order, id)
	to := at
	for i := at; steps != 0; {
		step := 1
		if steps < 0 {
			step = -1
		}
		if i += step; i < 0 || i == len(m.order) {
			break
		}
		if a, ok := m.present[m.order[i]]; ok && a.Pinned == m.present[id].Pinned {
			to, steps = i, steps-step
		}
	}
	m.order = slices.Insert(slices.Delete(m.order, at, at+1), to, id)
}

func (m *model) fail(t *rapid.T) {
	no := errors.New("no")
	err := m.vault.Update(func(d *Draft) error {
		if err := d.SetCorrection(m.correction + time.Second); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(d.SetTagAnswer("a", otpcore.Deny), d.SetTagAnswer("a", otpcore.Ask)); err != nil {
			t.Fatal(err)
		}
		for _, a := range d.Accounts() {
			if err := d.Delete(a.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := d.Add(drawAccount(t)); err != nil {
			t.Fatal(err)
		}
		return no
	})
	if !errors.Is(err, no) {
		t.Fatal(err)
	}
}

func (m *model) reopen(t *rapid.T) {
	v, err := openOn(m.vault.at.disk, m.vault.Path(), m.vault.Identity(), m.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	m.vault = v
}

// wait goes back, too: clocks do.
func (m *model) wait(t *rapid.T) {
	hours := rapid.IntRange(-3, 3).Draw(t, "hours")
	m.clock.at = m.clock.at.Add(time.Duration(hours) * time.Hour)
}

func (m *model) pick(t *rapid.T, from map[string]otpcore.Account) string {
	var ids []string
	for _, id := range m.order {
		if _, ok := from[id]; ok {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		t.Skip("none")
	}
	return rapid.SampledFrom(ids).Draw(t, "id")
}

func drawAccount(t *rapid.T) otpcore.Account {
	a := otpcore.Account{
		Issuer:     rapid.String().Draw(t, "issuer"),
		Name:       rapid.StringN(0, 30, 100).Draw(t, "name"),
		Kind:       rapid.SampledFrom([]otpcore.Kind{otpcore.TOTP, otpcore.HOTP}).Draw(t, "kind"),
		Algorithm:  rapid.SampledFrom([]otpcore.Algorithm{otpcore.SHA1, otpcore.SHA256, otpcore.SHA512}).Draw(t, "algorithm"),
		Digits:     rapid.IntRange(otpcore.MinDigits, otpcore.MaxDigits).Draw(t, "digits"),
		Secret:     otpcore.NewSecret(rapid.SliceOfN(rapid.Byte(), 1, 70).Draw(t, "key")),
		Tags:       rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "tags"),
		Note:       rapid.String().Draw(t, "note"),
		Pinned:     rapid.Bool().Draw(t, "pinned"),
		Unfinished: rapid.Bool().Draw(t, "unfinished"),
		Agent:      drawAnswer(t),
		Replaces:   rapid.SampledFrom([]string{"", "ebeklmnlfoe5kld3"}).Draw(t, "replaces"),
		Uses:       rapid.IntRange(0, 5).Draw(t, "uses"),
	}
	if a.Kind == otpcore.HOTP {
		a.Counter = rapid.Uint64Max(1<<60).Draw(t, "counter")
	} else {
		a.Period = rapid.IntRange(1, 100).Draw(t, "period")
	}
	if rapid.Bool().Draw(t, "is corrected") {
		a.Correction = time.Duration(rapid.IntRange(-100, 100).Draw(t, "own correction")) * time.Second
	}
	if rapid.Bool().Draw(t, "has a date") {
		a.Created = time.Unix(rapid.Int64Range(0, 1<<35).Draw(t, "created"), 0).UTC()
	}
	return a
}

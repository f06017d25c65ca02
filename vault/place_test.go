package vault

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Between two texts there is always a third, and it can be one of the two next time.
func TestBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := func(name string) string {
			return strings.TrimRight(rapid.StringMatching(`[-01yz]{0,6}`).Draw(t, name), "-")
		}
		a, b := drawn("a"), drawn("b")
		if b != "" && a >= b {
			a, b = b, a
		}
		if a == b {
			t.Skip("the same")
		}
		for range 5 {
			m := between(a, b)
			if m <= a || b != "" && m >= b || strings.HasSuffix(m, "-") || strings.Trim(m, rankDigits) != "" {
				t.Fatalf("between(%q, %q) = %q", a, b, m)
			}
			if rapid.Bool().Draw(t, "low") {
				a = m
			} else {
				b = m
			}
		}
	})
}

func ordered(v *Vault) (notes string) {
	for _, a := range v.Accounts() {
		notes += a.Note
	}
	return notes
}

func abcd(t *testing.T) (v *Vault, ids map[string]string) {
	t.Helper()
	v, ids = newVault(t), map[string]string{}
	for _, note := range []string{"a", "b", "c", "d"} {
		a := github()
		a.Note = note
		ids[note] = add(t, v, a)
	}
	if ordered(v) != "abcd" {
		t.Fatalf("the scene is %s", ordered(v))
	}
	return v, ids
}

func TestMoveChangesOneRecord(t *testing.T) {
	for _, c := range []struct {
		who   string
		steps int
		want  string
	}{
		{"a", 1, "bacd"}, {"a", 2, "bcad"}, {"a", 9, "bcda"}, {"d", -1, "abdc"}, {"d", -9, "dabc"}, {"b", 0, "abcd"}, {"a", -1, "abcd"},
	} {
		v, ids := abcd(t)
		before := v.doc
		edit(t, v, 0, func(d *Draft) error { return d.Move(ids[c.who], c.steps) })
		if got := ordered(reopen(t, v)); got != c.want {
			t.Errorf("%s by %d: %s, want %s", c.who, c.steps, got, c.want)
		}
		if m := difference(before, v.doc); m.Changed > 1 || m.Added+m.Removed > 0 {
			t.Errorf("%s by %d: %+v", c.who, c.steps, m)
		}
		a := github()
		a.Note = "+"
		if add(t, v, a); ordered(v) != c.want+"+" {
			t.Errorf("a new account does not come last: %s", ordered(v))
		}
	}
}

// A long way there and back, in one gap.
func TestMoveManyTimes(t *testing.T) {
	v, ids := abcd(t)
	edit(t, v, 0, func(d *Draft) error {
		for range 200 {
			for who, steps := range map[string]int{"b": 1, "c": 1, "a": 0} {
				if err := d.Move(ids[who], steps); err != nil {
					return err
				}
				if err := d.Move(ids[who], -steps); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if got := ordered(reopen(t, v)); got != "abcd" {
		t.Errorf("there and back: %s", got)
	}
}

// Two copies give one place to two accounts; both can still be moved.
func TestMoveAmongEqualPlaces(t *testing.T) {
	v, ids := abcd(t)
	edit(t, v, 0, func(d *Draft) error {
		for _, note := range []string{"a", "b", "c", "d"} {
			if err := d.setRank(ids[note], "m"); err != nil {
				return err
			}
		}
		return nil
	})
	want := "abcd"
	if ordered(v) != want {
		t.Fatalf("the scene is %s", ordered(v))
	}
	for _, c := range []struct {
		who, want string
		steps     int
	}{{"d", "adbc", -2}, {"c", "cadb", -3}, {"a", "cdab", 1}, {"c", "dcab", 1}} {
		edit(t, v, 0, func(d *Draft) error { return d.Move(ids[c.who], c.steps) })
		if got := ordered(reopen(t, v)); got != c.want {
			t.Fatalf("%s by %d: %s, want %s", c.who, c.steps, got, c.want)
		}
	}
}

// A rank that something else wrote does not hinder.
func TestForeignRanks(t *testing.T) {
	for _, foreign := range []string{`"Ä"`, `"-"`, `7`, `""`, `"a-"`} {
		v, ids := abcd(t)
		edit(t, v, 0, func(d *Draft) error {
			all := d.doc.records[1].fields()
			all[fieldRank] = []byte(foreign)
			d.doc.records[1] = all.record()
			d.tick()
			return d.Move(ids["d"], -9)
		})
		if got := ordered(reopen(t, v)); !strings.HasPrefix(got, "d") {
			t.Errorf("with the rank %s: %s", foreign, got)
		}
	}
}

// Moved in two copies: both moves are in the merged vault.
func TestMergeKeepsMovesOfBothCopies(t *testing.T) {
	v, ids := abcd(t)
	other := fork(t, v, "other.age")
	edit(t, v, 1, func(d *Draft) error { return d.Move(ids["a"], 9) })
	edit(t, other, 2, func(d *Draft) error { return d.Move(ids["d"], -9) })
	if _, err := v.Merge(other.Path(), Identity{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("dbca", ordered(reopen(t, v))); diff != "" {
		t.Error(diff)
	}
}

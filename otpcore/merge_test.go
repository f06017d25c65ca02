package otpcore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func keyed(issuer, name, key string) Account {
	a := totp(issuer, name)
	a.Secret = NewSecret([]byte(key))
	return a
}

// told is a plan in short: "new alice", "clash alice as alice 2".
func told(p Plan) string {
	var all []string
	for _, e := range p.Entries {
		text := e.State.String() + " " + e.Account.Name
		if e.Renamed != "" {
			text += " as " + e.Renamed
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func TestMerge(t *testing.T) {
	have := []Account{keyed("GitHub", "alice", "A"), keyed("GitHub", "bob", "B"), keyed("AWS", "root", "R")}
	counter := keyed("GitHub", "alice", "A")
	counter.Kind, counter.Period, counter.Counter = HOTP, 0, 5
	moved := counter
	moved.Counter = 900
	long := keyed("GitHub", "alice", "A")
	long.Digits = 8
	slow := keyed("GitHub", "alice", "A")
	slow.Period = 60
	strong := keyed("GitHub", "alice", "A")
	strong.Algorithm = SHA256
	five := totp("G", "a")
	five.Digits = 5
	decorated := keyed("GitHub", "alice", "A")
	decorated.Tags, decorated.Note, decorated.Pinned = []string{"x"}, "y", true

	for name, c := range map[string]struct {
		have, incoming []Account
		want           string
	}{
		"nothing":                       {have, nil, ""},
		"unknown":                       {have, []Account{keyed("GitHub", "carol", "C")}, "new carol"},
		"known":                         {have, []Account{keyed("GitHub", "alice", "A")}, "duplicate alice"},
		"known, with a note":            {have, []Account{decorated}, "duplicate alice"},
		"same key, other name":          {have, []Account{keyed("GitHub", "carol", "A")}, "new carol"},
		"same key and name, other site": {have, []Account{keyed("GitLab", "alice", "A")}, "new alice"},
		"other key":                     {have, []Account{keyed("GitHub", "alice", "Z")}, "clash alice as alice 2"},
		"other digits":                  {have, []Account{long}, "clash alice as alice 2"},
		"other period":                  {have, []Account{slow}, "clash alice as alice 2"},
		"other algorithm":               {have, []Account{strong}, "clash alice as alice 2"},
		"other type":                    {have, []Account{counter}, "clash alice as alice 2"},
		"other counter":                 {[]Account{counter}, []Account{moved}, "duplicate alice"},
		"Steam, and five digits":        {[]Account{steam("G", "a")}, []Account{five}, "clash a as a 2"},
		"repeated":                      {nil, []Account{keyed("G", "alice", "A"), keyed("G", "alice", "A")}, "new alice, duplicate alice"},
		"one name, two keys":            {nil, []Account{keyed("G", "alice", "A"), keyed("G", "alice", "B"), keyed("G", "alice", "C")}, "new alice, new alice, new alice"},
		"two clashes":                   {have, []Account{keyed("AWS", "root", "X"), keyed("AWS", "root", "Y")}, "clash root as root 2, clash root as root 3"},
		"the numbered name is taken":    {append(have, keyed("AWS", "root 2", "S")), []Account{keyed("AWS", "root", "X")}, "clash root as root 3"},
		"the file has the numbered one": {nil, []Account{keyed("G", "a", "A"), keyed("G", "a 2", "B"), keyed("G", "a", "C")}, "new a, new a 2, new a"},
		"renamed at its first import":   {append(have, keyed("AWS", "root 2", "S")), []Account{keyed("AWS", "root", "S")}, "duplicate root"},
		"no name":                       {[]Account{keyed("G", "", "A")}, []Account{keyed("G", "", "B")}, "clash  as 2"},
	} {
		plan := Merge(c.have, c.incoming)
		if got := told(plan); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		for _, e := range plan.Entries {
			if (e.State == New) != cmp.Equal(e.With, Account{}) {
				t.Errorf("%s: a %v has %v beside it", name, e.State, e.With.Label())
			}
		}
	}
}

func TestMergeShowsTheOther(t *testing.T) {
	have := []Account{keyed("GitHub", "alice", "A")}
	have[0].ID = "k1"
	for _, key := range []string{"A", "Z"} {
		if e := Merge(have, []Account{keyed("GitHub", "alice", key)}).Entries[0]; e.With.ID != "k1" {
			t.Errorf("a %v points to %q", e.State, e.With.ID)
		}
	}
}

func TestMergePrefersTheOwnName(t *testing.T) {
	have := []Account{keyed("G", "alice", "A"), keyed("G", "alice 2", "A")}
	have[0].ID, have[1].ID = "k1", "k2"
	for _, want := range have {
		if e := Merge(have, []Account{want}).Entries[0]; e.State != Same || e.With.ID != want.ID {
			t.Errorf("%s is a %v of %s", want.Name, e.State, e.With.Name)
		}
	}
}

func TestTaken(t *testing.T) {
	e := Merge([]Account{keyed("GitHub", "alice", "A")}, []Account{keyed("GitHub", "alice", "B")}).Entries[0]
	if got := e.Taken(); got.Name != "alice 2" || got.Issuer != "GitHub" || e.Account.Name != "alice" {
		t.Errorf("taken as %q, from %q", got.Name, e.Account.Name)
	}
	if got := (Entry{Account: keyed("GitHub", "bob", "B")}).Taken(); got.Name != "bob" {
		t.Errorf("taken as %q", got.Name)
	}
}

func TestMergeTwiceAddsNothing(t *testing.T) {
	few := rapid.Custom(func(t *rapid.T) Account {
		return keyed(rapid.SampledFrom([]string{"", "G"}).Draw(t, "issuer"),
			rapid.SampledFrom([]string{"", "a", "b", "a 2", "a 2 2"}).Draw(t, "name"),
			rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "key"))
	})
	rapid.Check(t, func(t *rapid.T) {
		incoming := rapid.SliceOfN(few, 0, 8).Draw(t, "incoming")
		var have []Account
		for _, e := range Merge(nil, incoming).Entries {
			if e.State == Clash {
				t.Fatal("a clash within one file")
			}
			if e.State == New {
				have = append(have, e.Taken())
			}
		}
		came := map[identity]bool{}
		for _, a := range have {
			key := identify(a, a.Name)
			if came[key] {
				t.Fatalf("%s came in twice", a.Label())
			}
			came[key] = true
		}
		for _, e := range Merge(have, incoming).Entries {
			if e.State == New {
				t.Fatalf("%s is new again", e.Account.Label())
			}
		}
	})
}

func TestFreeName(t *testing.T) {
	have := []Account{totp("G", "alice"), totp("G", "alice 2"), totp("G", "alice 4"), totp("G", ""), totp("", "x")}
	for _, c := range [][3]string{
		{"G", "alice", "alice 3"}, {"G", "bob", "bob"}, {"H", "alice", "alice"}, {"G", "", "2"}, {"", "x", "x 2"}, {"G", "alice 2", "alice 2 2"},
	} {
		if got := FreeName(have, c[0], c[1]); got != c[2] {
			t.Errorf("%q at %q: %q, want %q", c[1], c[0], got, c[2])
		}
	}
}

func TestBatchJoin(t *testing.T) {
	first := Batch{
		Accounts: []Account{totp("G", "a")}, Skipped: []Skip{{"line 1", "x"}}, Notes: []Note{{0, "n"}},
		Sets: []Set{{ID: -7, Size: 3, Missing: []int{2, 3}}, {ID: 8, Size: 1}}, Missing: []int{2, 3},
	}
	second := Batch{
		Accounts: []Account{totp("G", "b"), totp("G", "c")}, Notes: []Note{{1, "m"}},
		Sets: []Set{{ID: -7, Size: 3, Missing: []int{1, 3}}, {ID: 9, Size: 3, Missing: []int{1}}}, Missing: []int{1, 3, 1},
	}
	want := Batch{
		Accounts: []Account{totp("G", "a"), totp("G", "b"), totp("G", "c")}, Skipped: []Skip{{"line 1", "x"}}, Notes: []Note{{0, "n"}, {2, "m"}},
		Sets: []Set{{ID: -7, Size: 3, Missing: []int{3}}, {ID: 8, Size: 1}, {ID: 9, Size: 3, Missing: []int{1}}}, Missing: []int{3, 1},
	}
	for range 2 { // Join must not write into what it was given
		if diff := cmp.Diff(want, first.Join(second)); diff != "" {
			t.Fatal(diff)
		}
	}
	if diff := cmp.Diff(first, Batch{}.Join(first)); diff != "" {
		t.Fatal(diff)
	}
}

func BenchmarkMerge10000(b *testing.B) {
	var have []Account
	for i := range 10_000 {
		have = append(have, keyed("GitHub", fmt.Sprintf("user%d", i), fmt.Sprint("key", i)))
	}
	for b.Loop() {
		Merge(have, have)
	}
}

func BenchmarkMergeOneName(b *testing.B) {
	var incoming []Account
	for i := range 10_000 {
		incoming = append(incoming, keyed("GitHub", "alice", fmt.Sprint("key", i)))
	}
	for b.Loop() {
		Merge(nil, incoming)
	}
}

// Whatever is chosen comes in: what clashes or is there already under a free name.
func TestChosen(t *testing.T) {
	have := []Account{keyed("GitHub", "alice", "A")}
	plan := Merge(have, []Account{
		keyed("GitHub", "alice", "A"), keyed("GitHub", "alice", "B"), keyed("GitHub", "bob", "C"), keyed("GitHub", "bob", "D"), keyed("GitHub", "bob", "C"),
	})
	if got, want := told(plan), "duplicate alice, clash alice as alice 2, new bob, new bob, duplicate bob"; got != want {
		t.Fatalf("the plan is %q, want %q", got, want)
	}
	for _, c := range []struct {
		chosen []int
		have   []Account
		want   string
	}{
		{plan.New(), have, "bob C, bob D"},
		{[]int{0}, have, "alice 2 A"},
		{[]int{0, 1}, have, "alice 2 A, alice 3 B"},
		{[]int{1, 0}, have, "alice 2 B, alice 3 A"},
		{[]int{2, 4}, have, "bob C, bob 2 C"},
		{[]int{4}, have, "bob C"},
		{nil, have, ""},
		// What another process brought in meanwhile.
		{plan.New(), append(have, keyed("GitHub", "bob", "C")), "bob 2 D"},
		{[]int{1, 2}, append(have, keyed("GitHub", "alice 2", "B")), "bob C"},
	} {
		var all []string
		for _, a := range plan.Chosen(c.have, c.chosen) {
			all = append(all, a.Name+" "+string(a.Secret.Reveal()))
		}
		if got := strings.Join(all, ", "); got != c.want {
			t.Errorf("%v chosen beside %d: %q, want %q", c.chosen, len(c.have), got, c.want)
		}
	}
}

package otpcore

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// change is an account with other fields.
func change(a Account, with func(*Account)) Account {
	with(&a)
	return a
}

// TestPlantedCauses: for each cause there is what the vault holds, what the site
// has, and the sentence that a person reads.
func TestPlantedCauses(t *testing.T) {
	bob := change(timed(), func(a *Account) { a.ID, a.Name, a.Secret = "b", "bob", NewSecret([]byte("another key of bob's")) })
	stranger := change(bob, func(a *Account) { a.ID, a.Issuer, a.Secret = "g", "GitLab", NewSecret([]byte("a key of another site")) })
	shown := func(a Account, away time.Duration) []Typed {
		return []Typed{{Code: a.At(noonish.Add(away)).Code, At: noonish}}
	}
	for cause, c := range map[string]struct {
		here  Account
		typed []Typed
		want  string
	}{
		"this clock is ahead": {timed(), shown(timed(), -94*time.Second),
			"This fits about 87 s ago (±15 s): this clock is about 87 s ahead."},
		"this clock is behind": {timed(), shown(timed(), 5*time.Minute),
			"This fits about 303 s from now (±15 s): this clock is about 303 s behind."},
		"this clock is ahead, two codes": {timed(), []Typed{
			{Code: timed().At(noonish.Add(-94 * time.Second)).Code, At: noonish},
			{Code: timed().At(noonish.Add(-94*time.Second + 25*time.Second)).Code, At: noonish.Add(25 * time.Second)}},
			"This fits about 85 s ago (±13 s): this clock is about 85 s ahead."},
		"typed late": {timed(), shown(timed(), -20*time.Second),
			"This fits the previous period: it was typed late, or this clock is about 27 s (±15 s) ahead."},
		"this clock is a little behind": {timed(), shown(timed(), 20*time.Second),
			"This fits the next period: this clock is about 33 s (±15 s) behind."},
		"SHA256": {timed(), shown(change(timed(), func(a *Account) { a.Algorithm = SHA256 }), 0),
			"This fits SHA256 instead of SHA1."},
		"SHA512, wrongly entered as SHA256": {change(timed(), func(a *Account) { a.Algorithm = SHA256 }),
			shown(change(timed(), func(a *Account) { a.Algorithm = SHA512 }), 0),
			"This fits SHA512 instead of SHA256."},
		"eight digits": {timed(), shown(change(timed(), func(a *Account) { a.Digits = 8 }), 0),
			"This fits 8 digits instead of 6."},
		"a period of a minute": {timed(), shown(change(timed(), func(a *Account) { a.Period = 60 }), 0),
			"This fits a period of 60 s instead of 30 s."},
		"eight digits, SHA512, and the clock": {timed(), shown(change(timed(), func(a *Account) { a.Algorithm, a.Digits = SHA512, 8 }), 4*time.Minute),
			"This fits SHA512 instead of SHA1 and 8 digits instead of 6 and about 243 s from now (±15 s): this clock is about 243 s behind."},
		"the site's count is ahead": {counted(5), []Typed{{Code: counted(0).CodeAt(42), At: noonish}},
			"This fits count 42: the site is 37 ahead of the count here."},
		"the count here ran away": {counted(55), []Typed{{Code: counted(0).CodeAt(42), At: noonish}},
			"This fits count 42: it was used before, and the count here is 12 ahead."},
		"the site counts": {timed(), []Typed{{Code: counted(0).CodeAt(3), At: noonish}},
			"This fits a code that counts, at count 3."},
		"the site does not count": {counted(3), shown(timed(), 0),
			"This fits a code that changes every 30 s."},
		"the site is Steam": {timed(), shown(guard(), 0),
			"This fits a Steam code."},
		"the site is not Steam": {guard(), shown(timed(), 0),
			"This fits a code that changes every 30 s."},
		"another account of the site": {timed(), shown(bob, 0),
			"This fits another account, GitHub · bob."},
		"the code was used": {timed(), []Typed{{Code: timed().At(noonish).Code, At: noonish, Spent: true}},
			"The code is right, but it was handed out before, and most sites take a code once: wait for the next one."},
		"nothing is wrong here": {timed(), shown(timed(), 0),
			"The code is right: the site may mean another account or key, or its own clock is wrong."},
		"nothing is wrong with the count": {counted(43), []Typed{{Code: counted(0).CodeAt(42), At: noonish}},
			"The code is right: it is the one drawn last."},
		"another key": {timed(), shown(stranger, 0),
			"Nothing fits within ±10 min, with any algorithm or period that sites use: the key is probably another one."},
		"a count far behind the site's": {counted(5), []Typed{{Code: counted(0).CodeAt(106), At: noonish}},
			"Nothing fits within 100 counts of 5: the site is further away, or the key is another one."},
	} {
		t.Run(cause, func(t *testing.T) {
			got, err := Diagnose(c.here, c.typed, []Account{stranger, c.here, bob})
			if err != nil {
				t.Fatal(err)
			}
			if got.Sentence() != c.want {
				t.Errorf("%s\nwant\n%s", got.Sentence(), c.want)
			}
			for _, f := range got.Findings {
				if f.Has(ChangeAccount) && f.Account.ID != bob.ID {
					t.Errorf("%s is another account", f.Account.Label())
				}
			}
			if len(got.Findings) > 0 && !got.Findings[0].Has(ChangeAccount) {
				checkFinding(t, got.Findings[0], c.typed)
			}
		})
	}
}

// checkFinding does what a finding says and sees whether the codes fit then.
func checkFinding(t interface{ Errorf(string, ...any) }, f Finding, typed []Typed) {
	last := typed[len(typed)-1]
	if !f.Account.Timed() {
		if got := f.Account.CodeAt(f.Account.Counter - 1); got != last.Code && f.Account.CodeAt(f.Account.Counter) != last.Code {
			t.Errorf("after the change count %d gives %s, want %s", f.Account.Counter-1, got, last.Code)
		}
		return
	}
	a := f.Account
	a.Correction += f.Clock.Offset()
	for _, typed := range typed {
		if v, err := Verify(a, typed.Code, typed.At); err != nil || v.Steps != 0 || !v.Fits {
			t.Errorf("corrected by %s, %q gives %+v, %v", f.Clock.Offset(), typed.Code, v, err)
		}
	}
}

// TestAPlantedChangeIsFound: whatever is changed, in any mixture, is found, unless
// something as plausible fits by chance; and what is found does fit.
func TestAPlantedChangeIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		here := timed()
		here.Secret = NewSecret(rapid.SliceOfN(rapid.Byte(), 10, 64).Draw(t, "key"))
		here.Period = rapid.SampledFrom([]int{30, 60, 45}).Draw(t, "period here")
		here.Correction = time.Duration(rapid.IntRange(-50, 50).Draw(t, "correction")) * time.Second
		site := here
		site.Algorithm = rapid.SampledFrom([]Algorithm{SHA1, SHA256, SHA512}).Draw(t, "algorithm")
		site.Digits = rapid.SampledFrom([]int{6, 8}).Draw(t, "digits")
		site.Period = rapid.SampledFrom([]int{here.Period, 30, 60}).Draw(t, "period")
		ahead := time.Duration(rapid.IntRange(-600, 600).Draw(t, "ahead")) * time.Second
		now := time.Unix(rapid.Int64Range(1e6, 5e9).Draw(t, "now"), 0)
		var typed []Typed
		for i := range rapid.IntRange(1, 3).Draw(t, "codes") {
			at := now.Add(time.Duration(i*rapid.IntRange(5, 90).Draw(t, "pause")) * time.Second)
			typed = append(typed, Typed{Code: site.At(at.Add(-ahead)).Code, At: at})
		}
		d, err := Diagnose(here, typed, []Account{here})
		if err != nil {
			t.Fatal(err)
		}
		planted := slices.IndexFunc(d.Findings, func(f Finding) bool {
			return f.Account.Kind == TOTP && f.Account.Algorithm == site.Algorithm && f.Account.Digits == site.Digits && f.Account.Period == site.Period &&
				f.Clock.From <= -ahead && -ahead < f.Clock.To
		})
		if planted < 0 {
			t.Fatalf("not found: %+v", d.Findings)
		}
		for _, f := range d.Findings[:planted] { // by chance, and no less plausible
			if len(f.Changes) > len(d.Findings[planted].Changes) {
				t.Fatalf("%s stands before %s", f.Sentence(), d.Findings[planted].Sentence())
			}
		}
		for _, f := range d.Findings {
			checkFinding(t, f, typed)
			if strings.Contains(f.Sentence(), "%!") {
				t.Fatal(f.Sentence())
			}
		}
	})
}

// TestMoreCodesNarrowTheClock: the window shrinks, never grows, and keeps the truth.
func TestMoreCodesNarrowTheClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ahead := time.Duration(rapid.IntRange(-400, 400).Draw(t, "ahead")) * time.Second
		now := time.Unix(rapid.Int64Range(1e6, 5e9).Draw(t, "now"), 0)
		var typed []Typed
		margin := time.Hour
		for i := range 6 {
			at := now.Add(time.Duration(i*7) * time.Second)
			typed = append(typed, Typed{Code: timed().At(at.Add(-ahead)).Code, At: at})
			d, err := Diagnose(timed(), typed, nil)
			if err != nil || len(d.Findings) == 0 {
				t.Fatal(d, err)
			}
			w := d.Findings[0].Clock
			if w.From > -ahead || w.To <= -ahead || w.Margin() > margin {
				t.Fatalf("%d codes: %+v, clock ahead %s, margin before %s", i+1, w, ahead, margin)
			}
			margin = w.Margin()
		}
		if margin > 4*time.Second {
			t.Fatalf("six codes through a whole period leave ±%s", margin)
		}
	})
}

func TestCountsAreFoundInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		here := counted(rapid.Uint64Range(0, 1<<62).Draw(t, "here"))
		first := here.Counter + rapid.Uint64Range(2, 90).Draw(t, "ahead")
		second := first + rapid.Uint64Range(1, 5).Draw(t, "then")
		typed := []Typed{{Code: here.CodeAt(first)}, {Code: here.CodeAt(first)}, {Code: here.CodeAt(second)}}
		d, err := Diagnose(here, typed, nil)
		if err != nil || len(d.Findings) == 0 {
			t.Fatal(d, err)
		}
		if f := d.Findings[0]; !f.Has(ChangeCounter) || f.Account.Counter != second+1 {
			t.Fatalf("count %d, want %d: %+v", f.Account.Counter, second+1, f)
		}
	})
}

// TestCountsInTheWrongOrder: a count does not go back.
func TestCountsInTheWrongOrder(t *testing.T) {
	d, err := Diagnose(counted(5), []Typed{{Code: counted(0).CodeAt(20)}, {Code: counted(0).CodeAt(10)}}, nil)
	if err != nil || len(d.Findings) > 0 {
		t.Errorf("%+v, %v", d.Findings, err)
	}
}

func TestWindows(t *testing.T) {
	w := Window{-20 * time.Second, 10 * time.Second}
	for other, want := range map[Window]bool{
		{0, 30 * time.Second}:                  true,
		{10 * time.Second, 40 * time.Second}:   false, // the end belongs to the next
		{-50 * time.Second, -20 * time.Second}: false,
		{-50 * time.Second, -19 * time.Second}: true,
	} {
		if both, ok := w.and(other); ok != want || ok && (both.From < w.From || both.To > w.To || both.From < other.From || both.To > other.To) {
			t.Errorf("%v and %v: %v, %v", w, other, both, ok)
		}
	}
	if w.Offset() != -5*time.Second || w.Margin() != 15*time.Second || w.distance() != 0 {
		t.Errorf("%s ± %s", w.Offset(), w.Margin())
	}
}

// TestNarrowWindows: the offset of a window of one second once was its end, at which
// the codes no longer fit.
func TestNarrowWindows(t *testing.T) {
	for from, want := range map[time.Duration]time.Duration{4 * time.Second: 4 * time.Second, 0: 0, -time.Second: -time.Second, -5 * time.Second: -5 * time.Second} {
		if got := (Window{from, from + time.Second}).Offset(); got != want {
			t.Errorf("the second from %s: %s", from, got)
		}
	}
}

func TestChanceIsSaid(t *testing.T) {
	one := []Typed{{Code: timed().At(noonish.Add(-94 * time.Second)).Code, At: noonish}}
	d, err := Diagnose(timed(), one, nil)
	if err != nil || d.Tried < 400 || d.Tried > 1500 {
		t.Fatalf("%d candidates, %v: the words below are for some hundreds", d.Tried, err)
	}
	if d.Chance() < 4e-4 || d.Chance() > 2e-3 || !strings.HasPrefix(d.Doubt(), "About one wrong code in ") {
		t.Errorf("chance %g, %q", d.Chance(), d.Doubt())
	}
	two := append(one, Typed{Code: timed().At(noonish.Add(-60 * time.Second)).Code, At: noonish.Add(34 * time.Second)})
	if d, err = Diagnose(timed(), two, nil); err != nil || d.Chance() > 1e-7 || d.Doubt() != "" {
		t.Errorf("two codes: chance %g, %q, %v", d.Chance(), d.Doubt(), err)
	}
	short := change(timed(), func(a *Account) { a.Digits = 1 })
	d, err = Diagnose(short, []Typed{{Code: short.At(noonish.Add(-5 * time.Minute)).Code, At: noonish}}, nil)
	if err != nil || len(d.Findings) > maxFindings || d.Chance() != 1 {
		t.Errorf("one digit: %d findings, chance %g, %v", len(d.Findings), d.Chance(), err)
	}
	if !slices.IsSortedFunc(d.Findings, func(x, y Finding) int { return len(x.Changes) - len(y.Changes) }) {
		t.Errorf("not the fewest changes first: %+v", d.Findings)
	}
	d.Findings = slices.DeleteFunc(d.Findings, Finding.Right)
	if !strings.HasPrefix(d.Doubt(), "That may be chance") {
		t.Errorf("one digit: %q", d.Doubt())
	}
}

func TestDiagnoseRefuses(t *testing.T) {
	for _, typed := range [][]Typed{nil, {{Code: ""}}, {{Code: "12x456"}}, {{Code: "123456"}, {Code: "12345678"}}, {{Code: strings.Repeat("1", 40)}}} {
		if d, err := Diagnose(timed(), typed, nil); err == nil {
			t.Errorf("%v: %+v", typed, d)
		}
	}
}

// TestSteamCodesAreNamedAsSuch in what is said about the typing.
func TestSteamCodesAreNamedAsSuch(t *testing.T) {
	for typed, want := range map[string]string{
		"BGNJA": `character 5 is "A", which cannot occur in a Steam code`,
		"BGNJ":  "4 characters were typed, and a code of this account has 5",
	} {
		if _, err := Diagnose(guard(), []Typed{{Code: typed}}, nil); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", typed, err, want)
		}
	}
}

func TestUnsetClocks(t *testing.T) {
	for year, want := range map[int]bool{1970: true, 2025: true, 2026: false, 2038: false, 2106: false} {
		if got := ClockUnset(time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)); got != want {
			t.Errorf("%d: %v", year, got)
		}
	}
}

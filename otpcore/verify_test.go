package otpcore

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func timed() Account {
	return Account{ID: "a", Issuer: "GitHub", Name: "alice", Kind: TOTP, Algorithm: SHA1, Digits: 6, Period: 30, Secret: rfcKey}
}

func counted(counter uint64) Account {
	return Account{ID: "c", Issuer: "Router", Name: "admin", Kind: HOTP, Algorithm: SHA1, Digits: 6, Counter: counter, Secret: rfcKey}
}

func guard() Account {
	return Account{ID: "s", Issuer: "Steam", Name: "alice", Kind: Steam, Algorithm: SHA1, Digits: 5, Period: 30, Secret: rfcKey}
}

// noonish is 12 s into a period.
var noonish = time.Unix(1795359852, 0)

func TestVerify(t *testing.T) {
	hourly := timed()
	hourly.Period = 3600
	for _, c := range []struct {
		account Account
		shown   time.Duration // when the code was shown, from noonish
		words   string
		right   bool
	}{
		{timed(), 0, "right", true},
		{timed(), 17 * time.Second, "right", true},
		{timed(), 18 * time.Second, "right for the next period", true},
		{timed(), -13 * time.Second, "right for the previous period", true},
		{timed(), -43 * time.Second, "matches 42 s away", false}, // it ended 42 s ago
		{timed(), -94 * time.Second, "matches 72 s away", false},
		{timed(), 49 * time.Second, "matches 48 s away", false}, // it begins in 48 s
		{timed(), 10 * time.Minute, "matches 588 s away", false},
		{timed(), -10 * time.Minute, "matches 582 s away", false},
		{timed(), -11 * time.Minute, "no match within ±10 min", false},
		{timed(), 11 * time.Minute, "no match within ±10 min", false},
		{hourly, -time.Hour, "right for the previous period", true}, // it ended 24 minutes ago
		{hourly, time.Hour, "right for the next period", true},
		{hourly, 2 * time.Hour, "no match within ±10 min", false},
		{guard(), 0, "right", true},
		{guard(), -45 * time.Second, "matches 42 s away", false},
	} {
		code := c.account.At(noonish.Add(c.shown)).Code
		got, err := Verify(c.account, code, noonish)
		if err != nil || got.String() != c.words || got.Right() != c.right {
			t.Errorf("%s of %s, %v: %q, %v, %v; want %q, %v", c.account.Kind, c.shown, c.account.Period, got, got.Right(), err, c.words, c.right)
		}
	}
}

func TestVerifyCounts(t *testing.T) {
	for steps, want := range map[int]string{
		0: "right", -1: "right for the previous count", 1: "right for the next count", 2: "matches 2 counts away",
		-40: "matches 40 counts away", 100: "matches 100 counts away", 101: "no match within ±100 counts", -101: "no match within ±100 counts",
	} {
		a := counted(500)
		got, err := Verify(a, a.CodeAt(uint64(500+steps)), noonish)
		if err != nil || got.String() != want || got.Steps != steps && got.Fits {
			t.Errorf("%d counts away: %q, %+v, %v, want %q", steps, got, got, err, want)
		}
	}
	for _, counter := range []uint64{0, 1<<64 - 1} {
		a := counted(counter)
		if got, err := Verify(a, a.CodeAt(counter), noonish); err != nil || got.Steps != 0 || !got.Right() {
			t.Errorf("count %d: %+v, %v", counter, got, err)
		}
	}
}

// TestVerifyAtTheEndsOfTime: before 1970 is nothing, and 2038 and 2106 are
// instants like others.
func TestVerifyAtTheEndsOfTime(t *testing.T) {
	for _, at := range []int64{0, 29, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32} {
		now := time.Unix(at, 0)
		for _, shift := range []time.Duration{0, 30 * time.Second, 95 * time.Second} {
			a := timed()
			v, err := Verify(a, a.At(now.Add(shift)).Code, now)
			if err != nil || !v.Fits || v.Away < shift-30*time.Second || v.Away > shift {
				t.Errorf("%d s, %s later: %+v, %v", at, shift, v, err)
			}
		}
	}
	for _, step := range []uint64{1<<64 - 1, 1<<64 - 2} { // what −1 and −2 are to who does not look
		if v, err := Verify(timed(), timed().CodeAt(step), time.Unix(5, 0)); err != nil || v.Fits {
			t.Errorf("step %d fits 1970: %+v, %v", step, v, err)
		}
	}
	if v, err := Verify(timed(), timed().At(noonish).Code, time.Unix(-5e8, 0)); err != nil || v.Fits {
		t.Errorf("before 1970: %+v, %v", v, err)
	}
}

// TestVerifyFindsTheNearest is what N means: no instant between now and N s away
// shows the code, and the one N s away does.
func TestVerifyFindsTheNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := timed()
		a.Period = rapid.SampledFrom([]int{1, 7, 15, 30, 60, 900, 3600}).Draw(t, "period")
		a.Digits = rapid.IntRange(1, 8).Draw(t, "digits")
		a.Correction = time.Duration(rapid.IntRange(-100, 100).Draw(t, "correction")) * time.Second
		now := time.Unix(rapid.Int64Range(10_000, 5e9).Draw(t, "now"), rapid.Int64Range(0, 999_999_999).Draw(t, "fraction"))
		away := time.Duration(rapid.IntRange(-600, 600).Draw(t, "away")) * time.Second
		code := a.At(now.Add(away)).Code
		v, err := Verify(a, code, now)
		if err != nil || !v.Fits {
			t.Fatalf("a code %s away: %+v, %v", away, v, err)
		}
		if v.Away.Abs() > away.Abs() {
			t.Fatalf("a code %s away is found %s away", away, v.Away)
		}
		touched := v.Away // the end of a period does not belong to it
		if v.Steps < 0 {
			touched--
		}
		if got := a.At(now.Add(touched)).Code; got != code {
			t.Fatalf("%s away the code is %s, want %s", touched, got, code)
		}
		if v.Away != 0 && a.At(now).Code == code {
			t.Fatal("the code of now is said to be away")
		}
	})
}

func TestCodesAsTheyAreTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"123456": "123456", " 123 456\n": "123456", "123-456": "123456", "１２３４５６": "123456", "١٢٣٤٥٦": "123456",
		"123\u2009456": "123456", "\u200e123456\u200f": "123456", "123–456": "123456", "12·3456": "", "": "", " - ": "",
	} {
		got, err := ParseCode(timed(), typed)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", typed, got, err, want)
		}
	}
	for _, typed := range []string{"bgnjd", "BGNJD", "b g n-j d", "ＢＧＮＪＤ"} {
		if got, err := ParseCode(guard(), typed); got != "BGNJD" || err != nil {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for typed, want := range map[string]string{
		"12O456":   `character 3 is "O", and a code has digits only; did you mean "0"?`,
		"1 2x456":  `character 4 is "x", and a code has digits only`,
		"12\x1b34": `character 3 is "\x1b", and a code has digits only`,
		"12345":    "5 digits were typed, and a code of this account has 6",
		"1234567":  "7 digits were typed, and a code of this account has 6",
		"":         "there is no code",
	} {
		if _, err := ParseCode(timed(), typed); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", typed, err, want)
		}
	}
	if _, err := ParseCode(guard(), "BGNJA"); err == nil || err.Error() != `character 5 is "A", which cannot occur in a Steam code` {
		t.Error(err)
	}
	var char *CodeCharError
	if _, err := Verify(timed(), "12a456", noonish); !errors.As(err, &char) || char.Place != 3 {
		t.Errorf("Verify says %v", err)
	}
}

func FuzzParseCode(f *testing.F) {
	for _, seed := range []string{"123 456", "１２３", "bgnjd", "\u202e123456", strings.Repeat("1", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		for _, a := range []Account{timed(), guard()} {
			code, err := ParseCode(a, typed)
			if err != nil && strings.ContainsAny(err.Error(), "\x1b\u202e\n") {
				t.Errorf("%q reaches the terminal: %q", typed, err)
			}
			if again, errAgain := ParseCode(a, code); err == nil && (again != code || errAgain != nil) {
				t.Errorf("%q becomes %q and then %q, %v", typed, code, again, errAgain)
			}
		}
	})
}

func TestCorrectionsAddUp(t *testing.T) {
	a := timed()
	plain := a.At(noonish)
	a.Correction = 20 * time.Second
	both := change(a, func(a *Account) { a.VaultCorrection = -110 * time.Second })
	if got, want := both.Corrections(), -90*time.Second; got != want {
		t.Fatalf("corrections %s, want %s", got, want)
	}
	if got, want := both.At(noonish), timed().At(noonish.Add(-90*time.Second)); got != want {
		t.Errorf("corrected by 90 s: %+v, want %+v", got, want)
	}
	if both.Uncorrected().At(noonish) != plain {
		t.Error("Uncorrected is still corrected")
	}
	if v, err := Verify(both, both.At(noonish).Code, noonish); err != nil || v.Steps != 0 {
		t.Errorf("its own code: %+v, %v", v, err)
	}
	if change(counted(3), func(a *Account) { a.Correction = time.Hour }).Corrections() != 0 {
		t.Error("a count has a correction")
	}
	for _, d := range []time.Duration{time.Millisecond, MaxCorrection + time.Second, -MaxCorrection - time.Second} {
		if ValidCorrection(d) == nil {
			t.Errorf("%s is accepted", d)
		}
	}
	if err := ValidCorrection(-94 * time.Second); err != nil {
		t.Error(err)
	}
}

// TestTheNearerSideCounts: this code is valid 82 s from now and was 83 s ago, and
// the past once stood first because it is as many periods away.
func TestTheNearerSideCounts(t *testing.T) {
	a := timed()
	a.Period = 15
	now := time.Unix(593663, 0)
	steps := a.around(now)
	for i := 1; i < len(steps); i++ {
		if steps[i].away.Abs() < steps[i-1].away.Abs() {
			t.Errorf("%s stands after %s", steps[i].away, steps[i-1].away)
		}
	}
	if len(steps) < 80 {
		t.Errorf("only %d steps", len(steps))
	}
}

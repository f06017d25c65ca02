package otpcore

import (
	"encoding/base32"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var rfcKey = NewSecret([]byte("12345678901234567890"))

// RFC 4226, Appendix D.
func TestHOTPTable(t *testing.T) {
	a := Account{Kind: HOTP, Algorithm: SHA1, Digits: 6, Secret: rfcKey}
	for _, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		counter := a.Counter
		code, next, err := a.Advance()
		if err != nil || code != want {
			t.Fatalf("counter %d: %q, %v, want %q", counter, code, err, want)
		}
		if got := a.CodeAt(counter); got != want {
			t.Fatalf("CodeAt(%d) = %q, want %q", counter, got, want)
		}
		if next.Counter != counter+1 || a.Counter != counter {
			t.Fatalf("counter went from %d to %d, and from %d here", counter, next.Counter, a.Counter)
		}
		a = next
	}
}

// RFC 6238, Appendix B. Its keys have the length of the hash, which the text
// forgets to say (erratum 2866).
func TestTOTPTable(t *testing.T) {
	const digits = "1234567890"
	keys := map[Algorithm]Secret{
		SHA1:   rfcKey,
		SHA256: NewSecret([]byte(strings.Repeat(digits, 7)[:32])),
		SHA512: NewSecret([]byte(strings.Repeat(digits, 7)[:64])),
	}
	for _, row := range []struct {
		at                   int64
		sha1, sha256, sha512 string
	}{
		{59, "94287082", "46119246", "90693936"},
		{1111111109, "07081804", "68084774", "25091201"},
		{1111111111, "14050471", "67062674", "99943326"},
		{1234567890, "89005924", "91819424", "93441116"},
		{2000000000, "69279037", "90698825", "38618901"},
		{20000000000, "65353130", "77737706", "47863826"},
	} {
		for algorithm, want := range map[Algorithm]string{SHA1: row.sha1, SHA256: row.sha256, SHA512: row.sha512} {
			a := Account{Kind: TOTP, Algorithm: algorithm, Digits: 8, Period: 30, Secret: keys[algorithm]}
			if got := a.At(time.Unix(row.at, 0)).Code; got != want {
				t.Errorf("%s at %d: %q, want %q", algorithm, row.at, got, want)
			}
		}
	}
}

// samples is where other projects' files lie; they are read there and never
// become part of this repository.
const samples = "../../shared/samples/"

func TestCodeVectors(t *testing.T) {
	data, err := os.ReadFile(samples + "code-vectors.json")
	if err != nil {
		t.Skip("no vectors of other projects here: ", err)
	}
	var vectors struct {
		Steam []struct {
			Secret string `json:"secret_base32"`
			Time   int64
			Code   string
		}
		Odd []struct {
			URI  string
			Time int64
			Code string
		} `json:"totp_odd"`
	}
	if err := json.Unmarshal(data, &vectors); err != nil || len(vectors.Steam) == 0 || len(vectors.Odd) == 0 {
		t.Fatalf("%d and %d vectors, %v", len(vectors.Steam), len(vectors.Odd), err)
	}
	for _, v := range vectors.Steam {
		secret, err := ParseSecret(v.Secret)
		if err != nil {
			t.Fatal(err)
		}
		a := Account{Kind: Steam, Algorithm: SHA1, Digits: SteamDigits, Period: 30, Secret: secret}
		if got := a.At(time.Unix(v.Time, 0)).Code; got != v.Code {
			t.Errorf("Steam at %d: %q, want %q", v.Time, got, v.Code)
		}
	}
	for _, v := range vectors.Odd {
		a, err := ParseURI(v.URI)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.At(time.Unix(v.Time, 0)).Code; got != v.Code {
			t.Errorf("%d digits, %s, %d s at %d: %q, want %q", a.Digits, a.Algorithm, a.Period, v.Time, got, v.Code)
		}
	}
}

func TestOathtoolAgrees(t *testing.T) {
	oathtool, err := exec.LookPath("oathtool")
	if err != nil {
		t.Skip("oathtool is not installed: no second opinion on codes")
	}
	rapid.Check(t, func(t *rapid.T) {
		a := anyAccount().Filter(func(a Account) bool { return a.Kind != Steam && a.Digits >= 6 && a.Digits <= 8 }).Draw(t, "account")
		arguments := []string{"--base32", fmt.Sprintf("--digits=%d", a.Digits)}
		var got string
		if a.Timed() {
			now := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "now"), 0).UTC()
			got = a.At(now).Code
			arguments = append(arguments, "--totp="+string(a.Algorithm),
				"--now="+now.Format("2006-01-02 15:04:05 UTC"), fmt.Sprintf("--time-step-size=%ds", a.Period))
		} else {
			a.Algorithm = SHA1 // oathtool has no other for HOTP
			a.Counter = rapid.Uint64Max(math.MaxInt64).Draw(t, "counter")
			got = a.CodeAt(a.Counter)
			arguments = append(arguments, "--hotp", fmt.Sprintf("--counter=%d", a.Counter))
		}
		command := exec.Command(oathtool, append(arguments, "-")...)
		command.Stdin = strings.NewReader(base32.StdEncoding.EncodeToString(a.Secret.Reveal()) + "\n")
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("oathtool %v: %v, %s", arguments, err, out)
		}
		if want := strings.TrimSpace(string(out)); got != want {
			t.Fatalf("%s: %q, oathtool says %q", arguments, got, want)
		}
	})
}

func TestReadingIsOfOneInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAccount().Filter(Account.Timed).Draw(t, "account")
		now := time.Unix(rapid.Int64Range(0, 1<<40).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanosecond"))
		r := a.At(now)
		if r.Period != time.Duration(a.Period)*time.Second || len(r.Code) != a.Digits {
			t.Fatalf("period %v, code of %d characters", r.Period, len(r.Code))
		}
		if r.Left <= 0 || r.Left > r.Period {
			t.Fatalf("%v left of %v", r.Left, r.Period)
		}
		if last := a.At(now.Add(r.Left - 1)); last.Code != r.Code || last.Left != 1 {
			t.Fatalf("%q became %q before its time, %v left", r.Code, last.Code, last.Left)
		}
		after := a.At(now.Add(r.Left))
		if after.Code != r.Next || after.Left != after.Period {
			t.Fatalf("next was %q, came %q with %v left of %v", r.Next, after.Code, after.Left, after.Period)
		}
		if want := a.CodeAt(uint64(now.Unix() / int64(a.Period))); r.Code != want {
			t.Fatalf("%q, want the code of the step, %q", r.Code, want)
		}
	})
}

func TestReadingAtOddTimes(t *testing.T) {
	a := Account{Kind: TOTP, Algorithm: SHA1, Digits: 6, Period: 30, Secret: rfcKey}
	first := a.CodeAt(0)
	for name, c := range map[string]struct {
		now  time.Time
		code string
		left time.Duration
	}{
		"the epoch":         {time.Unix(0, 0), first, 30 * time.Second},
		"before 1970":       {time.Unix(-1, 5), first, 30 * time.Second},
		"the zero time":     {time.Time{}, first, 30 * time.Second},
		"last second, 2038": {time.Unix(math.MaxInt32, 0), a.CodeAt(math.MaxInt32 / 30), 23 * time.Second},
		"after 2038":        {time.Unix(math.MaxInt32+1, 0), a.CodeAt((math.MaxInt32 + 1) / 30), 22 * time.Second},
		"after 2106":        {time.Unix(math.MaxUint32+1, 0), a.CodeAt((math.MaxUint32 + 1) / 30), 14 * time.Second},
		"the year 9999":     {time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), a.CodeAt(253402300799 / 30), time.Second},
	} {
		if r := a.At(c.now); r.Code != c.code || r.Left != c.left {
			t.Errorf("%s: %q with %v left, want %q with %v", name, r.Code, r.Left, c.code, c.left)
		}
	}
}

func TestNothingIsComputedForABadAccount(t *testing.T) {
	good := Account{Kind: TOTP, Algorithm: SHA1, Digits: 6, Period: 30, Secret: rfcKey}
	if err := good.Validate(); err != nil {
		t.Fatal("the scene is not set: ", err)
	}
	for text, spoil := range map[string]func(*Account){
		"a key of 4097 bytes is not possible":                     func(a *Account) { a.Secret = NewSecret(make([]byte, 4097)) },
		"the key is missing":                                      func(a *Account) { a.Secret = Secret{} },
		`type "TOTP" is not known: totp, hotp or steam`:           func(a *Account) { a.Kind = "TOTP" },
		"mOTP codes are not supported: totp, hotp and steam are":  func(a *Account) { a.Kind = "motp" },
		`algorithm "SHA384" is not known: SHA1, SHA256 or SHA512`: func(a *Account) { a.Algorithm = "SHA384" },
		`algorithm "" is not known: SHA1, SHA256 or SHA512`:       func(a *Account) { a.Algorithm = "" },
		"99 digits are not possible: 1 to 10 are":                 func(a *Account) { a.Digits = 99 },
		"-1 digits are not possible: 1 to 10 are":                 func(a *Account) { a.Digits = -1 },
		"0 digits are not possible: 1 to 10 are":                  func(a *Account) { a.Digits = 0 },
		"a period of 0 s is not possible":                         func(a *Account) { a.Period = 0 },
		"a period of -30 s is not possible":                       func(a *Account) { a.Period = -30 },
		"a Steam account has SHA1 and 5 characters":               func(a *Account) { a.Kind = Steam },
	} {
		a := good
		spoil(&a)
		if err := a.Validate(); err == nil || err.Error() != text {
			t.Errorf("%v, want %q", err, text)
		}
		if r := a.At(time.Unix(59, 0)); r != (Reading{}) {
			t.Errorf("%s, and yet a reading: %v", text, r)
		}
		if code := a.CodeAt(1); code != "" {
			t.Errorf("%s, and yet a code: %q", text, code)
		}
	}
}

func TestAdvanceRefuses(t *testing.T) {
	a := Account{Issuer: "GitHub", Name: "alice", Kind: TOTP, Algorithm: SHA1, Digits: 6, Period: 30, Secret: rfcKey}
	if _, _, err := a.Advance(); err == nil || err.Error() != "GitHub · alice is time-based and has no counter" {
		t.Error(err)
	}
	a.Kind, a.Digits = HOTP, 11
	if _, _, err := a.Advance(); err == nil {
		t.Error("11 digits were drawn")
	}
	a.Digits, a.Counter = 6, math.MaxUint64
	if code, next, err := a.Advance(); err != ErrCounterSpent || code != "" || next.Counter != math.MaxUint64 {
		t.Errorf("%q, %d, %v at the last counter", code, next.Counter, err)
	}
	a.Counter--
	if code, next, err := a.Advance(); err != nil || code == "" || next.Counter != math.MaxUint64 {
		t.Errorf("%q, %d, %v at the last counter but one", code, next.Counter, err)
	}
	if r := a.At(time.Unix(59, 0)); r != (Reading{}) {
		t.Errorf("a counter account shows %v without being asked", r)
	}
}

func TestLabel(t *testing.T) {
	for want, a := range map[string]Account{
		"GitHub · alice": {Issuer: "GitHub", Name: "alice"},
		"GitHub":         {Issuer: "GitHub"},
		"alice":          {Name: "alice"},
		"unnamed":        {},
	} {
		if got := a.Label(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// anyAccount draws accounts that Validate, with clean names.
func anyAccount() *rapid.Generator[Account] {
	return rapid.Custom(func(t *rapid.T) Account {
		a := Account{
			Issuer:    Clean(rapid.String().Draw(t, "issuer")),
			Name:      Clean(rapid.String().Draw(t, "name")),
			Kind:      rapid.SampledFrom([]Kind{TOTP, HOTP, Steam}).Draw(t, "kind"),
			Algorithm: rapid.SampledFrom([]Algorithm{SHA1, SHA256, SHA512}).Draw(t, "algorithm"),
			Digits:    rapid.IntRange(MinDigits, MaxDigits).Draw(t, "digits"),
			Secret:    NewSecret(rapid.SliceOfN(rapid.Byte(), 1, 70).Draw(t, "key")),
			Tags:      CleanTags(rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "tags")),
			Note:      CleanNote(rapid.String().Draw(t, "note")),
			Pinned:    rapid.Bool().Draw(t, "pinned"),
		}
		if a.Kind == Steam {
			a.Algorithm, a.Digits = SHA1, SteamDigits
		}
		if a.Timed() {
			a.Period = rapid.OneOf(rapid.IntRange(1, 120), rapid.IntRange(1, MaxPeriod)).Draw(t, "period")
		} else {
			a.Counter = rapid.Uint64().Draw(t, "counter")
		}
		return a
	})
}

func BenchmarkAt(b *testing.B) {
	a := Account{Kind: TOTP, Algorithm: SHA1, Digits: 6, Period: 30, Secret: rfcKey}
	b.ReportAllocs()
	for b.Loop() {
		a.At(time.Unix(59, 0))
	}
}

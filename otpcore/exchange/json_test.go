package exchange

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"otpane/otpcore"
)

// The shape is a promise to scripts: this text changes only with its version.
func TestWriteJSON(t *testing.T) {
	alice := totp("A & B", "alice")
	alice.Tags, alice.Note, alice.Pinned = []string{"work"}, "one\ntwo", true
	counter := otpcore.Account{Name: "x", Kind: otpcore.HOTP, Algorithm: otpcore.SHA512, Digits: 8, Counter: 1<<64 - 1, Secret: hello}
	const want = `{
  "version": 1,
  "accounts": [
    {
      "type": "totp",
      "issuer": "A & B",
      "name": "alice",
      "secret": "JBSWY3DPEHPK3PXP",
      "algorithm": "SHA1",
      "digits": 6,
      "period": 30,
      "counter": 0,
      "pin": "",
      "tags": [
        "work"
      ],
      "note": "one\ntwo",
      "pinned": true,
      "recovery_codes": []
    },
    {
      "type": "hotp",
      "issuer": "",
      "name": "x",
      "secret": "JBSWY3DPEHPK3PXP",
      "algorithm": "SHA512",
      "digits": 8,
      "period": 0,
      "counter": 18446744073709551615,
      "pin": "",
      "tags": [],
      "note": "",
      "pinned": false,
      "recovery_codes": []
    }
  ]
}
`
	got, err := WriteJSON([]otpcore.Account{alice, counter})
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if got, err := WriteJSON(nil); err != nil || string(got) != "{\n  \"version\": 1,\n  \"accounts\": []\n}\n" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestReadJSON(t *testing.T) {
	for name, c := range map[string]struct{ accounts, want string }{
		"least":          {`{"type":"totp","secret":"jbsw y3dp"}`, "unnamed"},
		"unknown fields": {`{"type":"totp","secret":"AA","issuer":"G","name":"a","x":{"y":[1]}}`, "G · a"},
		"cleaned":        {`{"type":"TOTP","secret":"AA","issuer":" G\u001b ","name":"a\u202eb"}`, "G · ab"},
		"half good": {
			`{"type":"totp","secret":"AA","name":"a"}, 7, null, {"type":"totp","secret":"A1","name":"b"}, {"type":"totp","secret":1234567,"name":"c"},
			 {"type":"totp","secret":"AA","digits":6.5}, {"type":"totp","secret":"AA","digits":0}, {"type":"totp","secret":"AA","period":0},
			 {"type":"motp","secret":"AA"}, {"type":"totp","secret":"AA","algorithm":"MD5"}, {"type":"hotp","secret":"AA","counter":-1}, {"name":"x"}`,
			`a | entry 2: not an account | entry 3: type "" is not known: totp, hotp or steam` +
				` | entry 4: character 2 is "1", which cannot occur in a key; did you mean "I"?` +
				` | entry 5: its key has another form than expected | entry 6: its digits has another form than expected` +
				` | entry 7: 0 digits are not possible: 1 to 10 are | entry 8: a period of 0 s is not possible` +
				` | entry 9: mOTP codes are not supported: totp, hotp and steam are | entry 10: algorithm "MD5" is not known: SHA1, SHA256 or SHA512` +
				` | entry 11: its counter has another form than expected | entry 12: type "" is not known: totp, hotp or steam`,
		},
	} {
		batch, err := Read(t.Context(), []byte("\ufeff {\"version\":1,\"accounts\":["+c.accounts+"]}"), Options{})
		if got := summary(batch); err != nil || got != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, c.want)
		}
	}
}

func TestReadJSONFillsIn(t *testing.T) {
	batch, err := Read(t.Context(), []byte(`{"version":1,"accounts":[
		{"type":"totp","secret":"JBSWY3DPEHPK3PXP","counter":5}, {"type":"hotp","secret":"JBSWY3DPEHPK3PXP","period":30,"counter":9007199254740993},
		{"type":"steam","secret":"JBSWY3DPEHPK3PXP"}]}`), Options{})
	counter, steam := totp("", ""), totp("", "")
	counter.Kind, counter.Period, counter.Counter = otpcore.HOTP, 0, 1<<53+1
	steam.Kind, steam.Digits = otpcore.Steam, 5
	if diff := cmp.Diff([]otpcore.Account{totp("", ""), counter, steam}, batch.Accounts); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func recoveryCode(text string, used time.Time) otpcore.RecoveryCode {
	return otpcore.RecoveryCode{Text: otpcore.NewSecret([]byte(text)), Used: used}
}

func TestRecoveryCodesComeBackAsTheyWent(t *testing.T) {
	a := totp("GitHub", "alice")
	a.Recovery = []otpcore.RecoveryCode{
		recoveryCode("1a2b-3c4d", time.Time{}),
		recoveryCode("5e6f-7a8b", time.Date(2026, 11, 22, 15, 4, 12, 0, time.UTC)),
		{Sealed: true},
	}
	data, err := WriteJSON([]otpcore.Account{a})
	if err != nil {
		t.Fatal(err)
	}
	want := `["1a2b-3c4d",{"code":"5e6f-7a8b","used":"2026-11-22T15:04:12Z"}]`
	if got := strings.Join(strings.Fields(string(data)), ""); !strings.Contains(got, `"recovery_codes":`+want) {
		t.Errorf("written: %s", got)
	}
	batch, err := Read(t.Context(), data, Options{})
	a.Recovery = a.Recovery[:2]
	if diff := cmp.Diff([]otpcore.Account{a}, batch.Accounts); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestReadJSONCleansRecoveryCodes(t *testing.T) {
	batch, err := Read(t.Context(), []byte(`{"version":1,"accounts":[{"type":"totp","secret":"AA","recovery_codes":["12\u001b[31m34-\u202e5678",{"code":"9"},7,"",{"used":"x"}]}]}`), Options{})
	want := []otpcore.Note{{Index: 0, Text: "3 of its recovery codes cannot be read"}}
	if diff := cmp.Diff(want, batch.Notes); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	codes := []otpcore.RecoveryCode{recoveryCode("12[31m34-5678", time.Time{}), recoveryCode("9", time.Time{})}
	if diff := cmp.Diff(codes, batch.Accounts[0].Recovery); diff != "" {
		t.Error(diff)
	}
	_, lost := readRecovery(slices.Repeat([]json.RawMessage{[]byte(`"1a2b"`)}, maxRecoveryCodes+2))
	if lost != 2 {
		t.Errorf("%d were too many, want 2", lost)
	}
}

func TestReadNewerJSON(t *testing.T) {
	_, err := Read(t.Context(), []byte(`{"version":2,"accounts":[{"type":"totp","secret":"AA"}]}`), Options{})
	if err == nil || err.Error() != "otpane JSON: version 2 was written by a newer otpane" || errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}

func TestReadJSONWhole(t *testing.T) {
	const good = `{"type":"totp","secret":"AA","name":"a"}`
	for name, c := range map[string]struct{ text, want, err string }{
		"version last":   {`{"x":{"y":[1]},"accounts":[` + good + `],"version":1}`, "a", ""},
		"cut short":      {`{"version":1,"accounts":[` + good + `,{"type":"totp","sec`, "a | after entry 1: the file is damaged or cut short", ""},
		"cut at the end": {`{"version":1,"accounts":[` + good + `]`, "a | after entry 1: the file is damaged or cut short", ""},
		"newer, at last": {`{"accounts":[` + good + `],"version":2}`, "", "otpane JSON: version 2 was written by a newer otpane"},
		"no version":     {`{"accounts":[` + good + `]}`, "", "otpane JSON: it does not say its version"},
		"endless":        {`{"version":1,"accounts":[` + good + strings.Repeat(",1", 100_001) + `]}`, "", "otpane JSON: it has more than 100000 accounts"},
	} {
		batch, err := Read(t.Context(), []byte(c.text), Options{})
		if got := summary(batch); got != c.want || c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
			t.Errorf("%s: %s, %v, want %s, %s", name, got, err, c.want, c.err)
		}
	}
}

func TestDeepJSONIsNoTrouble(t *testing.T) {
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	for _, text := range []string{deep, `{"version":1,"accounts":` + deep + `}`, `{"version":1,"accounts":[{"type":` + deep + `,"secret":1}]}`} {
		if _, err := Read(t.Context(), []byte(text), Options{}); !errors.Is(err, ErrUnknown) {
			t.Error(err)
		}
	}
}

func TestJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyAccounts().Draw(t, "accounts")
		data, err := WriteJSON(want)
		if err != nil {
			t.Fatal(err)
		}
		batch, err := Read(t.Context(), data, Options{})
		if diff := cmp.Diff(otpcore.Batch{Accounts: want}, batch); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

package exchange

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"otpane/otpcore"
)

const (
	aliceURI = "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP&issuer=Example"
	bobURI   = "otpauth://totp/Example:bob?secret=JBSWY3DPEHPK3PXP&issuer=Example"
)

// summary is a batch in short.
func summary(b otpcore.Batch) string {
	var parts []string
	for _, a := range b.Accounts {
		parts = append(parts, a.Label())
	}
	for _, s := range b.Skipped {
		parts = append(parts, s.Where+": "+s.Reason)
	}
	if len(b.Missing) > 0 {
		parts = append(parts, fmt.Sprint("missing ", b.Missing))
	}
	return strings.Join(parts, " | ")
}

func TestReadList(t *testing.T) {
	const both = "Example · alice | Example · bob"
	for name, c := range map[string]struct{ text, want string }{
		"one":                           {aliceURI, "Example · alice"},
		"lines":                         {aliceURI + "\n" + bobURI + "\n", both},
		"CRLF":                          {aliceURI + "\r\n\r\n" + bobURI + "\r\n", both},
		"CR":                            {aliceURI + "\r" + bobURI, both},
		"byte order mark":               {"\ufeff" + aliceURI + "\n" + bobURI, both},
		"commas":                        {aliceURI + ",\n" + bobURI + ",", both},
		"commas on one line":            {aliceURI + ", " + bobURI, both},
		"spaces on one line":            {"  " + aliceURI + "\t" + bobURI + "  ", both},
		"a comma in a label":            {"otpauth://totp/a,b?secret=JBSWY3DPEHPK3PXP", "a,b"},
		"a URI in a URI":                {aliceURI + "&image=steam://x&issuer=y", "Example · alice"},
		"a prefix":                      {"QR-Code:" + aliceURI, "Example · alice"},
		"upper case":                    {"OTPAUTH" + aliceURI[len("otpauth"):], "Example · alice"},
		"Apple":                         {"apple-" + aliceURI, "Example · alice"},
		"a letter that folds":           {"İİİİ K " + aliceURI, "Example · alice"},
		"comments":                      {"# " + bobURI + "\n\n  #x\n" + aliceURI, "Example · alice"},
		"pass":                          {"hunter2\nuser: alice\n" + aliceURI + "\nnote", "Example · alice | lines 1 to 2: no otpauth URIs | line 4: not an otpauth URI"},
		"a link with an account inside": {"https://x.org/?u=" + aliceURI + "\n" + bobURI, "Example · bob | line 1: not an otpauth URI"},
		"a row of a table":              {"x,y," + aliceURI + ",z\n" + bobURI, "Example · bob | line 1: not an otpauth URI"},
		"a long line":                   {strings.Replace(aliceURI, "?", "?icon=base64:"+strings.Repeat("A", 200_000)+"&", 1), "Example · alice"},
		"half good": {
			aliceURI + "\notpauth://totp/x?secret=JB1\notpauth://totp/x\nmotp://a:b?secret=00\notpauth://totp/x?secret=AA&digits=99," + bobURI,
			both + ` | line 2: character 3 is "1", which cannot occur in a key; did you mean "I"? | line 3: the key is missing` +
				` | line 4: mOTP codes are not supported: totp, hotp and steam are | line 5: 99 digits are not possible: 1 to 10 are`,
		},
	} {
		batch, err := Read(t.Context(), []byte(c.text), Options{})
		if got := summary(batch); err != nil || got != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, c.want)
		}
	}
}

func TestReadUTF16(t *testing.T) {
	units := utf16.Encode([]rune("\ufeffotpauth://totp/Exämple:👩‍💻?secret=JBSWY3DPEHPK3PXP\r\n"))
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		var data []byte
		for _, unit := range units {
			data = order.AppendUint16(data, unit)
		}
		for _, tail := range []string{"", "\n"} { // an odd byte at the end is dropped
			batch, err := Read(t.Context(), append(data, tail...), Options{})
			if got := summary(batch); err != nil || got != "Exämple · 👩‍💻" {
				t.Errorf("%v: %s, %v", order, got, err)
			}
		}
	}
}

func TestReadEnteDisplay(t *testing.T) {
	display := func(json string) string {
		return aliceURI + "&tags=old&codeDisplay=" + strings.NewReplacer(`"`, "%22", "{", "%7B", "}", "%7D").Replace(json) + "\n"
	}
	batch, err := Read(t.Context(), []byte(display(`{"pinned":true,"trashed":false,"tags":["work","old"," "],"note":"a\nb\u001b"}`)+
		display(`{"trashed":true}`)+display(`{"tags":7}`)+display(`null`)+display(`[`)), Options{})
	plain := totp("Example", "alice")
	plain.Tags = []string{"old"}
	full := totp("Example", "alice")
	full.Tags, full.Note, full.Pinned = []string{"old", "work"}, "a\nb", true
	want := otpcore.Batch{Accounts: []otpcore.Account{full, plain, plain, plain}, Skipped: []otpcore.Skip{{Where: "line 2", Reason: "in the trash"}}}
	if diff := cmp.Diff(want, batch); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestReadTellsOfAnotherIssuer(t *testing.T) {
	batch, err := Read(t.Context(), []byte(aliceURI+"\notpauth://totp/MyOrg:x?secret=JBSWY3DPEHPK3PXP&issuer=Microsoft"), Options{})
	want := []otpcore.Note{{Index: 1, Text: `its label says "MyOrg", its issuer "Microsoft"`}}
	if diff := cmp.Diff(want, batch.Notes); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestReadRecognisesNothing(t *testing.T) {
	for name, text := range map[string]string{
		"empty":                   "",
		"prose":                   "hello\nworld",
		"a picture":               "\x89PNG\r\n\x1a\n\x00\x00",
		"only a comment":          "# " + aliceURI,
		"a link":                  "https://example.com/",
		"somebody else's JSON":    `{"uri": "` + aliceURI + `"}`,
		"an array":                `["` + aliceURI + `"]`,
		"no accounts":             `{"version":1,"accounts":[]}`,
		"nulls":                   "\x00\x00\x00",
		"a half byte order mark":  "\xff",
		"accounts, not as a list": `{"version":1,"accounts":{"type":1,"secret":2}}`,
		"accounts of numbers":     `{"version":1,"accounts":[1,2]}`,
	} {
		batch, err := Read(t.Context(), []byte(text), Options{})
		if !errors.Is(err, ErrUnknown) || summary(batch) != "" {
			t.Errorf("%s: %v, %s", name, err, summary(batch))
		}
	}
	if _, err := Read(t.Context(), make([]byte, MaxSize+1), Options{}); err == nil || err.Error() != "the file is larger than 64 MiB" {
		t.Error(err)
	}
}

func TestReadFindsNothingGood(t *testing.T) {
	const key = "JBSWY3DPEHPK3PXP"
	for text, want := range map[string]string{
		"otpauth://totp/x": "line 1: the key is missing",
		"\notpauth://totp/x?secret=" + key + "1\notpauth://totp/x": `line 2: character 17 is "1", which cannot occur in a key; did you mean "I"? (and 1 more)`,
		"otpauth-migration://offline?data=XXXX":                    "line 1: the transfer is damaged or cut short",
		"otpauth-migration://offline":                              "line 1: the transfer holds no data",
	} {
		batch, err := Read(t.Context(), []byte(text), Options{})
		if !errors.Is(err, ErrNothing) || err.Error() != want || len(batch.Skipped) == 0 {
			t.Errorf("%v, want %s; %s", err, want, summary(batch))
		}
	}
}

func TestJunkIsNotRemembered(t *testing.T) {
	batch, err := Read(t.Context(), []byte(aliceURI+strings.Repeat(",motp://x", 50_000)), Options{})
	if err != nil || len(batch.Accounts) != 1 || len(batch.Skipped) != 10_001 {
		t.Fatalf("%v, %d accounts, %d skipped", err, len(batch.Accounts), len(batch.Skipped))
	}
	if got := batch.Skipped[10_000]; got != (otpcore.Skip{Where: "elsewhere", Reason: "40000 more that cannot be read"}) {
		t.Error(got)
	}
}

// What one site shows is not registered yet; whoever brings several accounts is
// moving in.
func TestOneURIIsAnEnrolment(t *testing.T) {
	transfer, left := WriteMigration([]otpcore.Account{totp("A", "b")})
	if len(left) > 0 {
		t.Fatal(left)
	}
	own, _ := WriteJSON([]otpcore.Account{totp("A", "b")})
	read := func(text string) otpcore.Batch {
		batch, err := Read(t.Context(), []byte(text), Options{})
		if err != nil || len(batch.Accounts) == 0 {
			t.Fatalf("%q: %d accounts, %v", text, len(batch.Accounts), err)
		}
		return batch
	}
	shown := func(texts ...string) otpcore.Batch {
		batch, err := ReadTexts(texts)
		if err != nil || len(batch.Accounts) == 0 {
			t.Fatalf("%q: %d accounts, %v", texts, len(batch.Accounts), err)
		}
		return batch
	}
	for name, each := range map[string]struct {
		batch      otpcore.Batch
		unfinished bool
	}{
		"a URI":                    {read(aliceURI), true},
		"a URI and a newline":      {read(aliceURI + "\r\n"), true},
		"a QR code":                {shown(aliceURI), true},
		"two URIs":                 {read(aliceURI + "\n" + bobURI), false},
		"a list of one":            {read("# my codes\n" + aliceURI), false},
		"an entry of pass":         {read("hunter2\n" + aliceURI), false},
		"two QR codes":             {shown(aliceURI, bobURI), false},
		"a transfer":               {read(transfer[0]), false},
		"a transfer's QR code":     {shown(transfer[0]), false},
		"otpane's own export":      {read(string(own)), false},
		"two pictures of QR codes": {shown(aliceURI).Join(shown(bobURI)), false},
	} {
		for _, a := range each.batch.Accounts {
			if a.Unfinished != each.unfinished {
				t.Errorf("%s: unfinished %v", name, a.Unfinished)
			}
		}
	}
}

func TestURIsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyAccounts().Draw(t, "accounts")
		for i, a := range want {
			want[i] = forURIs(a)
		}
		if len(want) == 1 { // by itself, a URI is what a site shows
			want[0].Unfinished = true
		}
		batch, err := Read(t.Context(), WriteURIs(want), Options{})
		if diff := cmp.Diff(otpcore.Batch{Accounts: want}, batch); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
	if got := WriteURIs(nil); len(got) != 0 {
		t.Errorf("%q from nothing", got)
	}
}

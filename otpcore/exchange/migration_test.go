package exchange

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"

	"otpane/otpcore"
)

// A message as Google's protocol compiler would build it, by hand.

func varint(number protowire.Number, value uint64) []byte { return appendVarint(nil, number, value) }

func bytesField(number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

func transferEntry(fields ...[]byte) []byte { return bytesField(1, slices.Concat(fields...)) }

func named(name string, fields ...[]byte) []byte {
	return transferEntry(append([][]byte{bytesField(1, hello.Reveal()), bytesField(2, []byte(name))}, fields...)...)
}

func uriOf(fields ...[]byte) string {
	return "otpauth-migration://offline?data=" + strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(
		base64.StdEncoding.EncodeToString(slices.Concat(fields...)))
}

func transferPart(index, size int, id int32, names ...string) string {
	var fields [][]byte
	for _, name := range names {
		fields = append(fields, named(name))
	}
	fields = append(fields, varint(2, 1), varint(3, uint64(size)), varint(4, uint64(index)), varint(5, uint64(int64(id))))
	return uriOf(fields...)
}

func TestParseMigration(t *testing.T) {
	unknown := slices.Concat(
		varint(90, 7), bytesField(91, []byte("x")),
		protowire.AppendFixed32(protowire.AppendTag(nil, 92, protowire.Fixed32Type), 1),
		protowire.AppendFixed64(protowire.AppendTag(nil, 93, protowire.Fixed64Type), 1),
		protowire.AppendTag(nil, 94, protowire.StartGroupType), varint(1, 1), protowire.AppendTag(nil, 94, protowire.EndGroupType),
	)
	uri := uriOf(
		unknown,
		named("alice"),
		named("GitHub:bob", bytesField(3, []byte("GitHub")), varint(4, 1), varint(5, 1), varint(6, 2), bytesField(8, []byte("id")), unknown),
		named("Site: carol", varint(4, 2), varint(5, 2)),
		named("dave", bytesField(3, []byte("A\x1bB")), varint(4, 3), varint(6, 1), varint(7, 1<<53+1)),
		named("eve", varint(4, 4)),
		named("frank", varint(5, 3)),
		named("grace", varint(6, 3)),
		named("heidi", varint(6, 1), varint(7, 1<<63)),
		transferEntry(bytesField(2, []byte("no key"))),
		transferEntry(bytesField(1, hello.Reveal()), []byte{0x12, 0x7f}),
		named("zoe", varint(1, 5), bytesField(4, []byte("x"))), // known numbers, other types
	)
	batch, err := ParseMigration(uri)
	bob, carol, dave := totp("GitHub", "bob"), totp("Site", "carol"), totp("AB", "dave")
	carol.Algorithm, carol.Digits = otpcore.SHA256, 8
	dave.Algorithm, dave.Kind, dave.Period, dave.Counter = otpcore.SHA512, otpcore.HOTP, 0, 1<<53+1
	want := otpcore.Batch{
		Accounts: []otpcore.Account{totp("", "alice"), bob, carol, dave, totp("", "zoe")},
		Skipped: []otpcore.Skip{
			{Where: "the QR code, entry 5", Reason: "algorithm number 4 is not known"},
			{Where: "the QR code, entry 6", Reason: "digits number 3 is not known"},
			{Where: "the QR code, entry 7", Reason: "type number 3 is not known"},
			{Where: "the QR code, entry 8", Reason: "its counter is negative"},
			{Where: "the QR code, entry 9", Reason: "the key is missing"},
			{Where: "the QR code, entry 10", Reason: "the transfer is damaged or cut short"},
		},
		Sets: []otpcore.Set{{Size: 1}},
	}
	if diff := cmp.Diff(want, batch); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := ParseMigration(aliceURI); !errors.Is(err, ErrUnknown) {
		t.Errorf("an otpauth URI: %v", err)
	}
}

// Every spelling of the data that phones, shells and forms make of it.
func TestMigrationSpellings(t *testing.T) {
	// Bytes that are '+', '/' and padding in base64.
	payload := slices.Concat(transferEntry(bytesField(1, []byte{1, 2, 0xfb, 0xef, 0xbe, 0xff, 0xff, 0xff}), bytesField(2, []byte("alice"))))
	standard := base64.StdEncoding.EncodeToString(payload)
	if !strings.Contains(standard, "+") || !strings.Contains(standard, "/") || !strings.HasSuffix(standard, "=") {
		t.Fatalf("%s does not hold what is to be tested", standard)
	}
	escaped := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(standard)
	for name, uri := range map[string]string{
		"escaped":         "otpauth-migration://offline?data=" + escaped,
		"raw":             "otpauth-migration://offline?data=" + standard,
		"spaces":          "otpauth-migration://offline?data=" + strings.ReplaceAll(standard, "+", " "),
		"escaped spaces":  "otpauth-migration://offline?data=" + strings.ReplaceAll(standard, "+", "%20"),
		"no padding":      "otpauth-migration://offline?data=" + strings.TrimRight(standard, "="),
		"URL alphabet":    "otpauth-migration://offline?data=" + base64.URLEncoding.EncodeToString(payload),
		"other parameter": "OTPAUTH-Migration://offline?x=1&DATA=" + escaped + "&y=2",
	} {
		batch, err := ReadTexts([]string{uri})
		if got := summary(batch); err != nil || got != "alice" {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for name, data := range map[string]string{"escape": "%zz", "letter": "A", "not base64": "a!b", "nothing": "", "cut": standard[:8]} {
		batch, err := ReadTexts([]string{"otpauth-migration://offline?data=" + data})
		if !errors.Is(err, ErrNothing) || err.Error() != "the QR code: the transfer is damaged or cut short" || len(batch.Accounts) > 0 {
			t.Errorf("%s: %s, %v", name, summary(batch), err)
		}
	}
}

func TestMigrationIsHalfGood(t *testing.T) {
	batch, err := Read(t.Context(), []byte(uriOf(named("alice"), named("bob"), []byte{0x0a, 0x7f, 1})), Options{})
	if got := summary(batch); err != nil || got != "alice | bob | line 1, after entry 2: the transfer is damaged or cut short" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestTransferParts(t *testing.T) {
	const id = -1234567890 // often negative: ten bytes of varint
	one, two, three := transferPart(0, 3, id, "a"), transferPart(1, 3, id, "b"), transferPart(2, 3, id, "c")
	for name, c := range map[string]struct {
		texts []string
		want  string
	}{
		"all":             {[]string{one, two, three}, "a | b | c"},
		"any order":       {[]string{three, one, two}, "c | a | b"},
		"twice":           {[]string{one, one, two, one, three}, "a | b | c"},
		"one":             {[]string{two}, "b | missing [1 3]"},
		"two":             {[]string{three, one}, "c | a | missing [2]"},
		"two transfers":   {[]string{one, transferPart(0, 2, 7, "x"), two, three}, "a | x | b | c | missing [2]"},
		"an account too":  {[]string{one, aliceURI, three, two}, "a | Example · alice | c | b"},
		"impossible part": {[]string{transferPart(5, 2, 7, "x"), one, two, three}, "x | a | b | c | QR code 1: says that it is part 6 of 2"},
		"size not said":   {[]string{uriOf(named("x"), varint(3, 0))}, "x"},
		"negative part":   {[]string{transferPart(-1, 2, 7, "x")}, "x | the QR code: says that it is part 0 of 2"},
		"endless":         {[]string{transferPart(0, 1<<31-1, 7, "x")}, "x | the QR code: says that it is part 1 of 2147483647"},
	} {
		batch, err := ReadTexts(c.texts)
		if got := summary(batch); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, c.want)
		}
		joined := otpcore.Batch{}
		for _, text := range slices.Compact(c.texts) {
			single, _ := ReadTexts([]string{text})
			joined = joined.Join(single)
		}
		if fmt.Sprint(joined.Missing) != fmt.Sprint(batch.Missing) {
			t.Errorf("%s: joined, %v is missing, read together %v", name, joined.Missing, batch.Missing)
		}
	}
	batch, _ := ReadTexts([]string{one})
	if want := []otpcore.Set{{ID: id, Size: 3, Missing: []int{2, 3}}}; !cmp.Equal(want, batch.Sets) {
		t.Error(batch.Sets)
	}
}

func TestWriteMigration(t *testing.T) {
	steam, short, slow, far, bad := totp("Steam", "a"), totp("B", "b"), totp("C", "c"), totp("D", "d"), totp("E", "e")
	steam.Kind, steam.Digits = otpcore.Steam, 5
	short.Digits, slow.Period, bad.Period = 7, 60, 0
	far.Kind, far.Period, far.Counter = otpcore.HOTP, 0, 1<<63
	uris, left := WriteMigration([]otpcore.Account{steam, totp("GitHub", "alice"), short, slow, far, bad})
	want := []otpcore.Skip{
		{Where: "Steam · a", Reason: "a transfer has no Steam accounts"},
		{Where: "B · b", Reason: "a transfer has 6 or 8 digits, not 7"},
		{Where: "C · c", Reason: "a transfer has a period of 30 s, not 60"},
		{Where: "D · d", Reason: "a transfer has no counter that large"},
		{Where: "E · e", Reason: "a period of 0 s is not possible"},
	}
	if diff := cmp.Diff(want, left); len(uris) != 1 || diff != "" {
		t.Errorf("%d parts\n%s", len(uris), diff)
	}
	if uris, left := WriteMigration(nil); uris != nil || left != nil {
		t.Errorf("%q, %v from nothing", uris, left)
	}
}

func TestMigrationParts(t *testing.T) {
	many := make([]otpcore.Account, 25)
	for i := range many {
		many[i] = totp("GitHub", fmt.Sprint("user", i))
	}
	if uris, _ := WriteMigration(many); len(uris) != 3 {
		t.Errorf("25 accounts in %d parts", len(uris))
	}
	for i := range many {
		many[i].Name = strings.Repeat("x", otpcore.MaxText)
	}
	uris, _ := WriteMigration(many)
	for _, uri := range uris {
		if len(uri) > 2331 { // version 40 at level M, as bytes
			t.Errorf("a part of %d characters does not fit a QR code", len(uri))
		}
	}
	if len(uris) < 7 {
		t.Errorf("25 accounts of 300 characters in %d parts", len(uris))
	}
}

func TestMigrationRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyAccounts().Draw(t, "accounts")
		for i, a := range want {
			want[i] = forMigration(a)
		}
		uris, left := WriteMigration(want)
		if len(left) > 0 {
			t.Fatalf("left out %v", left)
		}
		for _, uri := range uris { // as phones need it: net/url would make spaces of raw '+'
			if data := strings.TrimPrefix(uri, "otpauth-migration://offline?data="); strings.ContainsAny(data, "+/= ") {
				t.Fatalf("%s is not escaped", uri)
			}
		}
		batch, err := ReadTexts(uris)
		if err != nil || len(batch.Skipped) > 0 || len(batch.Missing) > 0 || len(batch.Sets) != 1 || batch.Sets[0].Size != len(uris) {
			t.Fatalf("%v, %v, %v", err, batch.Skipped, batch.Sets)
		}
		if diff := cmp.Diff(want, batch.Accounts); diff != "" {
			t.Fatal(diff)
		}
		shuffled, err := ReadTexts(rapid.Permutation(uris).Draw(t, "order"))
		if err != nil || len(shuffled.Accounts) != len(want) || len(shuffled.Missing) > 0 {
			t.Fatalf("in another order %v, %d accounts, missing %v", err, len(shuffled.Accounts), shuffled.Missing)
		}
	})
}

func FuzzMigration(f *testing.F) {
	f.Add(slices.Concat(named("alice"), named("A:b", varint(4, 2), varint(6, 1), varint(7, 5)), varint(2, 1), varint(3, 2), varint(4, 1), varint(5, 1<<63)))
	f.Add([]byte{0x0a, 0x7f})
	f.Add(slices.Concat(protowire.AppendTag(nil, 94, protowire.StartGroupType), varint(1, 1)))
	f.Fuzz(func(t *testing.T, payload []byte) {
		batch, err := ParseMigration("otpauth-migration://offline?data=" + base64.RawURLEncoding.EncodeToString(payload))
		if (err == nil) != (len(batch.Accounts) > 0) {
			t.Fatalf("%d accounts and %v", len(batch.Accounts), err)
		}
		for _, a := range batch.Accounts {
			if err := a.Validate(); err != nil {
				t.Fatal(err)
			}
		}
		for _, set := range batch.Sets {
			if set.Size < 1 || len(set.Missing) >= set.Size {
				t.Fatalf("%+v", set)
			}
		}
	})
}

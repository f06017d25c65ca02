package otpcore

import (
	"bytes"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestParseSecret(t *testing.T) {
	const hello = "48656c6c6f21deadbeef"
	for text, want := range map[string]string{
		"JBSWY3DPEHPK3PXP":              hello,
		"jbswy3dpehpk3pxp":              hello,
		"jbsw y3dp ehpk 3pxp":           hello,
		" JBSW-Y3DP_EHPK+3PXP\r\n":      hello,
		"JBSW\u00a0Y3DP\tEHPK\n3PXP":    hello,
		"JBSW Y3DP EHPK 3PXP======":     hello,
		"JB==SWY3DPEHPK3PXP":            hello,
		"AAAAAAAAAAAAAAAA":              "00000000000000000000",
		"MY":                            "66",
		"MZ":                            "66", // five bits that nobody set to 0
		"ABC":                           "00",
		"ABCDEF":                        "004432",
		"JDJDBDBDDBDBBXBXB":             "48d2308c23184610dc37", // 17 characters, from 2FAS on iOS
		"XXXXXXXXXXXX":                  "bdef7bdef7bdef",
		strings.Repeat("A", 1000) + "B": strings.Repeat("00", 625),
	} {
		secret, err := ParseSecret(text)
		if got := hex.EncodeToString(secret.Reveal()); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestParseSecretFindsNothing(t *testing.T) {
	for _, text := range []string{"", " ", "- - =", "\t\r\n"} {
		if _, err := ParseSecret(text); !errors.Is(err, ErrSecret) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ParseSecret(" a="); !errors.Is(err, ErrShortSecret) {
		t.Errorf("one character: %v", err)
	}
}

func TestParseSecretNamesTheCharacter(t *testing.T) {
	for _, c := range []struct {
		text    string
		want    CharError
		message string
	}{
		{"JBSWY3DPEHP1", CharError{'1', 12, 'I'}, `character 12 is "1", which cannot occur in a key; did you mean "I"?`},
		{"0BSW", CharError{'0', 1, 'O'}, `character 1 is "0", which cannot occur in a key; did you mean "O"?`},
		{"jbsw y8dp", CharError{'8', 7, 'B'}, `character 7 is "8", which cannot occur in a key; did you mean "B"?`},
		{"JB9W", CharError{'9', 3, 0}, `character 3 is "9", which cannot occur in a key`},
		{"JBä!", CharError{'ä', 3, 0}, `character 3 is "ä", which cannot occur in a key`},
		{"ää", CharError{'ä', 1, 0}, `character 1 is "ä", which cannot occur in a key`},
		{"JB\u200bSW", CharError{'\u200b', 3, 0}, `character 3 is "\u200b", which cannot occur in a key`},
		{"JB\x1b[2J", CharError{'\x1b', 3, 0}, `character 3 is "\x1b", which cannot occur in a key`},
		{"JBıSW", CharError{'ı', 3, 0}, `character 3 is "ı", which cannot occur in a key`}, // upper case: I
		{"JBſW", CharError{'ſ', 3, 0}, `character 3 is "ſ", which cannot occur in a key`},  // upper case: S
		{"JB\xff", CharError{utf8.RuneError, 3, 0}, `character 3 is "` + "\ufffd" + `", which cannot occur in a key`},
	} {
		secret, err := ParseSecret(c.text)
		var wrong *CharError
		if !errors.As(err, &wrong) || *wrong != c.want || err.Error() != c.message {
			t.Errorf("%q: %v, want %s", c.text, err, c.message)
		}
		if secret.Len() != 0 {
			t.Errorf("%q: half a key came back", c.text)
		}
	}
}

func TestBase32RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "key")
		text := EncodeBase32(key)
		if strings.ContainsAny(text, "=") || text != strings.ToUpper(text) {
			t.Fatalf("%q is not canonical", text)
		}
		printed := asPrinted(text, rapid.Uint64().Draw(t, "seed"))
		secret, err := ParseSecret(printed)
		if err != nil || !bytes.Equal(secret.Reveal(), key) {
			t.Fatalf("%q came back as %x, %v", printed, secret.Reveal(), err)
		}
	})
}

// asPrinted sprinkles a key with what sites print between its characters.
func asPrinted(text string, seed uint64) string {
	random := rand.New(rand.NewPCG(seed, 0))
	fillers := []string{" ", "-", "_", "=", "\u00a0", "\t", "\n", "+", "", "", "", ""}
	var out strings.Builder
	for _, char := range text {
		if random.IntN(2) == 0 {
			char |= 0x20 // digits have the bit already
		}
		out.WriteString(fillers[random.IntN(len(fillers))] + string(char))
	}
	return out.String()
}

func FuzzParseSecret(f *testing.F) {
	for _, seed := range []string{"JBSWY3DPEHPK3PXP", "jbsw y3dp", "ABCDEF", "A", "1", "====", "ä", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		secret, err := ParseSecret(text)
		if (err == nil) != (secret.Len() > 0) {
			t.Fatalf("%d bytes and %v", secret.Len(), err)
		}
		var wrong *CharError
		if errors.As(err, &wrong) {
			if got := []rune(text)[wrong.Place-1]; got != wrong.Char {
				t.Fatalf("character %d is %q, not %q", wrong.Place, got, wrong.Char)
			}
			return
		}
		// What the standard library reads, it must read alike.
		upper := strings.ToUpper(text)
		if key, stdErr := base32.StdEncoding.DecodeString(upper); stdErr == nil && len(key) > 0 && !strings.ContainsRune(upper, '=') {
			if !bytes.Equal(key, secret.Reveal()) {
				t.Fatalf("%x, the standard library says %x", secret.Reveal(), key)
			}
		}
	})
}

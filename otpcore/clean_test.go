package otpcore

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		"GitHub":               "GitHub",
		"  ACME \t\r\n  Co  ":  "ACME Co",
		"a\u00a0\u3000\u2028b": "a b",
		"a \u200b b":           "a b",
		// Names that people have.
		"株式会社":               "株式会社",
		"Müller":             "Müller",
		"Mu\u0308ller":       "M\u00fcller", // NFC
		"שלום עולם":          "שלום עולם",
		"ελλάς Привет عربي":  "ελλάς Привет عربي",
		"हिन्दी ไทย":         "हिन्दी ไทย",
		"Tiếng Việt":         "Tiếng Việt",
		"$1 + 2 = 3 € ™ ½ ²": "$1 + 2 = 3 € ™ ½ ²",
		// Emoji, with what holds them together.
		"👩‍💻 🏴‍☠️ 🏳️‍🌈 👩🏽‍⚖️ 👨‍👩‍👧‍👦": "👩‍💻 🏴‍☠️ 🏳️‍🌈 👩🏽‍⚖️ 👨‍👩‍👧‍👦",
		"❤️ 1️⃣ #️⃣ 🇩🇪": "❤️ 1️⃣ #️⃣ 🇩🇪",
		// The same characters, where they only hide something.
		"Git\u200dHub":                "GitHub",
		"Git\ufe0fHub\u200d":          "GitHub",
		"\u200d\ufe0f":                "",
		"1\ufe0f2":                    "12",
		"👩\u200d":                     "👩",
		"👩\u200d\u200d💻":              "👩‍💻",
		"👩\u200b\u200d💻":              "👩‍💻",
		"👩\u200d\u200b💻":              "👩💻",
		"👩\u200d\U0001fe23":           "👩", // reserved for an emoji to come
		"क्\u200dष":                   "क्ष",
		"🏴\U000e0067\U000e007f":       "🏴",
		"葛\U000e0100\ufe00\U000e0001": "葛",
		// Controls, escape sequences, bidi.
		"\x1b[31mred\x1b[0m":              "[31mred[0m",
		"\x1b]52;c;aGk=\x07x":             "]52;c;aGk=x",
		"\u009b31mred\u0090q\u009c":       "31mredq",
		"a\x00b\x7fc\x08":                 "abc",
		"abc\u202egpj.exe\u202c":          "abcgpj.exe",
		"\u2066a\u2069\u200e\u200f\u061c": "a",
		"a\u00adb\ufeffc\u2060d\u180ee":   "abcde",
		// Invisible letters, private use, unassigned, noncharacters, bad UTF-8.
		"a\u3164b\u115fc\uffa0d\u034fe": "abcde",
		"\ue000\U000f0000a":             "a",
		"\ufdd0\uffff\U0001fffea\u0378": "a",
		"a\xffb\xc3":                    "a\ufffdb\ufffd",
		"\xed\xa0\x80x":                 "\ufffdx", // a surrogate
		// Marks need a letter, and a letter no more than a few.
		"\u0301\u0301a":                    "a",
		"a \u0301b":                        "a b",
		"\u20e3":                           "",
		"e" + strings.Repeat("\u0335", 50): "e" + strings.Repeat("\u0335", 8),
		"e" + strings.Repeat("\u0344", 50): "\u00eb\u0301" + strings.Repeat("\u0308\u0301", 3) + "\u0308", // each is two marks in NFC
	} {
		if got := Clean(text); got != want {
			t.Errorf("%+q: %+q, want %+q", text, got, want)
		}
		checkClean(t, text)
	}
}

func TestCleanCutsBetweenGraphemes(t *testing.T) {
	const family = "👨‍👩‍👧‍👦" // seven runes
	for name, c := range map[string]struct{ text, want string }{
		"fits":            {strings.Repeat("x", 300), strings.Repeat("x", 300)},
		"letters":         {strings.Repeat("x", 301), strings.Repeat("x", 300)},
		"after emoji":     {strings.Repeat("x", 294) + family, strings.Repeat("x", 294)},
		"emoji fits":      {strings.Repeat("x", 293) + family, strings.Repeat("x", 293) + family},
		"space at end":    {strings.Repeat("x", 299) + " " + family, strings.Repeat("x", 299)},
		"name at the end": {strings.Repeat("\u200b", 100_000) + "x", ""},
		"one long emoji":  {strings.Repeat("👩‍", 200) + "👩", strings.TrimRight(strings.Repeat("👩‍", 150), "\u200d")},
		"combining marks": {strings.Repeat("x", 299) + "e\u0335", strings.Repeat("x", 299)},
	} {
		if got := Clean(c.text); got != c.want {
			t.Errorf("%s: %d runes, want %d: %q", name, utf8.RuneCountInString(got), utf8.RuneCountInString(c.want), got)
		}
	}
}

func TestCleanNote(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		"one\r\ntwo\rthree\n":          "one\ntwo\nthree",
		"\n\n a\n\n  b \t\n\n":         " a\n\n  b",
		"a\x1b[2Jb\nc\u202ed\u2028e":   "a[2Jb\ncd e",
		strings.Repeat("long ", 200):   strings.TrimSpace(strings.Repeat("long ", 200)),
		"\u200b\nMu\u0308ller\n\u200b": "Müller",
	} {
		if got := CleanNote(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestCleanTags(t *testing.T) {
	got := CleanTags([]string{" work ", "", "a\tb", "work", "\u200b", "Work"})
	if want := []string{"work", "a b", "Work"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := CleanTags(nil); got != nil {
		t.Errorf("%q from nothing", got)
	}
}

func TestCleanNames(t *testing.T) {
	for _, c := range [][4]string{
		{" GitHub ", " alice ", "GitHub", "alice"},
		{"GitHub", "GitHub:alice", "GitHub", "alice"},
		{"GitHub", "GitHub: alice", "GitHub", "alice"},
		{"GitHub", "GitLab:alice", "GitHub", "GitLab:alice"},
		{"", ":alice", "", ":alice"},
		{"A:B", "A:B:c", "A:B", "c"},
	} {
		if issuer, name := CleanNames(c[0], c[1]); issuer != c[2] || name != c[3] {
			t.Errorf("%q: %q, %q", c[:2], issuer, name)
		}
	}
}

// checkClean is what every caller relies on, whatever came in.
func checkClean(t interface{ Fatalf(string, ...any) }, text string) {
	got := Clean(text)
	if again := Clean(got); again != got {
		t.Fatalf("%+q is cleaned to %+q and then to %+q", text, got, again)
	}
	if !norm.NFC.IsNormalString(got) || !utf8.ValidString(got) || utf8.RuneCountInString(got) > MaxText {
		t.Fatalf("%+q is cleaned to %+q: %d runes", text, got, utf8.RuneCountInString(got))
	}
	if strings.TrimSpace(got) != got || strings.Contains(got, "  ") {
		t.Fatalf("%+q is cleaned to %+q: spaces", text, got)
	}
	for _, char := range got {
		if char != ' ' && char != '\u200d' && char != '\ufe0f' && (!unicode.IsGraphic(char) || unicode.IsSpace(char)) {
			t.Fatalf("%+q is cleaned to %+q: %U", text, got, char)
		}
	}
	note := CleanNote(text)
	if again := CleanNote(note); again != note {
		t.Fatalf("note %+q is cleaned to %+q and then to %+q", text, note, again)
	}
	for _, line := range strings.Split(note, "\n") {
		if strings.ContainsFunc(line, unicode.IsControl) {
			t.Fatalf("note %+q is cleaned to %+q", text, note)
		}
	}
}

// hostile draws texts made of what has a rule.
func hostile() *rapid.Generator[string] {
	pieces := []string{
		"a", "e", "Ω", "\u0301", "\u0335", "\u0344", "\u200d", "\ufe0f", "\ufe0e", "👩", "💻", "🏽", "↔", "\u0338", "1", "\u20e3", " ", "\t", "\n", "\r",
		"\u200b", "\u202e", "\x1b", "\u0085", "\u034f", "\u1100", "\u1161", "\u11a8", "\u115f", "क", "\u094d", "\u2126", "\ue000", "\xff", "\U0001f1e9", "\u0600", "\u2028",
	}
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 60).Draw(t, "pieces"), "")
	})
}

func TestCleanIsForAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkClean(t, rapid.OneOf(rapid.String(), hostile()).Draw(t, "text"))
	})
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{
		"GitHub", "👩‍💻 🏳️‍🌈 1️⃣", "\x1b]0;x\x07", "Mu\u0308ller", "a\u202eb", strings.Repeat("👩‍", 200), strings.Repeat("\u0344", 40), "↔\u200d\u0338", "\xff\xfe",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkClean(t, text) })
}

func BenchmarkClean(b *testing.B) {
	for name, text := range map[string]string{"plain": "alice@example.com", "japanese": "株式会社サンプル"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Clean(text)
			}
		})
	}
}

package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"GitHub · 山田 🏳️‍🌈":    "GitHub · 山田 🏳️‍🌈",
		"a\x1b[2Jb":           `a\x1b[2Jb`,
		"c1 \u009b31m":        `c1 \x9b31m`,
		"del \x7f":            `del \x7f`,
		"no utf-8 \x9b":       `no utf-8 \x9b`,
		"turned \u202egnp.":   `turned \u202egnp.`,
		"a font's \ue0b0":     `a font's \ue0b0`,
		"two\nlines":          "two\nlines",
		"a carriage\rreturns": `a carriage\x0dreturns`,
	} {
		if got := visible(text); got != want {
			t.Errorf("visible(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestJSONSteersNoTerminal and means what it meant.
func TestJSONSteersNoTerminal(t *testing.T) {
	steering := "a\u009b31m \u202e \u200b \ue000 \U000e0041 \x7f 山田 🏳️‍🌈 \n\x1b"
	var out bytes.Buffer
	if err := (&program{Env: Env{Stdout: &out}}).printJSON([]string{steering, "plain"}); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.ContainsAny(text, "\u009b\u202e\u200b\ue000\U000e0041\x7f\x1b") || !strings.Contains(text, "山田 🏳️‍🌈") || !strings.Contains(text, `"plain"`) {
		t.Errorf("written as %q", text)
	}
	var back []string
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back[0] != steering {
		t.Errorf("read as %q, %v", back, err)
	}
}

// TestOneLineCanBeReadBack holds the escapes of scan to what they promise.
func TestOneLineCanBeReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab\\\n\r\tnrt\u202e"))).Draw(t, "text")
		var back []byte
		line := oneLine(text)
		for i := 0; i < len(line); i++ {
			if line[i] < ' ' {
				t.Fatalf("%q breaks its line", line)
			}
			if line[i] != '\\' {
				back = append(back, line[i])
				continue
			}
			i++
			back = append(back, map[byte]byte{'\\': '\\', 'n': '\n', 'r': '\r', 't': '\t'}[line[i]])
		}
		if string(back) != text {
			t.Fatalf("%q came back as %q", text, back)
		}
	})
}

func TestNearest(t *testing.T) {
	words := []string{"list", "edit", "import", "export", "rm", "qr"}
	for typed, want := range map[string]string{
		"lsit": "list", "imprt": "import", "exp": "export", "lists": "list", "quux": "", "x": "", "": "", "rn": "rm",
	} {
		if got := nearest(typed, words); got != want {
			t.Errorf("nearest(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestMentionHidesWhatCouldBeAKey(t *testing.T) {
	for argument, want := range map[string]string{
		"gti":                              `"gti"`,
		"alice@example.com":                `"alice@example.com"`,
		"JBSWY3DPEHPK3PXP":                 "of that name",
		"jbsw y3dp ehpk 3pxp":              "of that name",
		"OTPAUTH://totp/x?secret=JBSWY3DP": "of that name",
	} {
		if got := mention(argument); got != want {
			t.Errorf("mention(%q) = %q, want %q", argument, got, want)
		}
	}
}

func TestInstant(t *testing.T) {
	want := time.Date(2026, 11, 22, 15, 4, 12, 0, time.UTC)
	for _, text := range []string{"2026-11-22T15:04:12Z", "2026-11-23T00:04:12+09:00", "1795359852"} {
		var at instant
		if err := at.Set(text); err != nil || !at.Equal(want) {
			t.Errorf("%s is %v, %v", text, at.Time, err)
		}
	}
	for _, text := range []string{"", "now", "2026-11-22", "1e9", "99999999999999999999", "999999999999999"} {
		var at instant
		if at.Set(text) == nil {
			t.Errorf("%q is taken for %v", text, at.Time)
		}
	}
	epoch := instant{}
	if err := epoch.Set("0"); err != nil || !epoch.or(time.Now).Equal(time.Unix(0, 0)) {
		t.Error("the epoch is taken for no time at all")
	}
}

func TestSecondsCountABegunOne(t *testing.T) {
	for left, want := range map[time.Duration]int{
		30 * time.Second: 30, 29*time.Second + time.Millisecond: 30, time.Nanosecond: 1, 0: 0,
	} {
		if got := seconds(left); got != want {
			t.Errorf("seconds(%v) = %d, want %d", left, got, want)
		}
	}
}

func TestTableAlignsWhatIsWide(t *testing.T) {
	got := table([][]string{{"", "楽天証券", "1"}, {"", "npm", "22"}})
	if want := "楽天証券  1\nnpm       22\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

package ui

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"otpane/otpcore"
)

var update = flag.Bool("update", false, "write the golden screens anew; read the diff before committing it")

// golden compares a screen with testdata/golden/name.txt, and its picture. The
// goldens hold the text alone; styles have tests of their own.
func golden(t *testing.T, name, screen string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name+".txt")
	screen = strings.TrimRight(screen, "\n") + "\n"
	depict(t, name, screen)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(screen), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), screen); diff != "" {
		t.Errorf("%s (-golden +drawn):\n%s", name, diff)
	}
}

// The list at every layout, one golden each.
func TestListAtEverySize(t *testing.T) {
	s := newStory(t, drawn()...)
	for _, size := range [][2]int{{200, 60}, {120, 30}, {80, 24}, {60, 12}, {50, 12}, {40, 10}, {30, 6}, {24, 10}, {20, 3}, {16, 4}, {12, 1}, {9, 1}, {5, 1}, {2, 1}, {1, 1}} {
		s.size(size[0], size[1])
		golden(t, fmt.Sprintf("list-%dx%d", size[0], size[1]), s.screen())
	}
}

// screens are what a story shows after some keys.
var screens = map[string]func(*story){
	"empty":     func(s *story) { s.p.list.load(nil) },
	"filter":    func(s *story) { s.press("/").typeText("pro") },
	"nothing":   func(s *story) { s.press("/").typeText("gthb aws") },
	"masked":    func(s *story) { s.press("space", "space") },
	"help":      func(s *story) { s.serves(""); s.press("?") },
	"details":   func(s *story) { s.press("j", "j", "l") },
	"big":       func(s *story) { s.press("b") },
	"held":      func(s *story) { s.press("f") },
	"delete":    func(s *story) { s.press("j", "j", "d") },
	"copied":    func(s *story) { s.press("enter") },
	"used":      func(s *story) { s.press("enter", "enter") },
	"add":       func(s *story) { s.press("a") },
	"add-wrong": func(s *story) { s.press("a").typeText("jbsw y3dp ehpk 3px1") },
	"add-right": func(s *story) { s.press("a").typeText("jbsw y3dp ehpk 3pxp") },
	"enrol":     func(s *story) { s.press("j", "j", "j", "j", "b") },
	"refused": func(s *story) {
		s.p.config.Clock = func() Clock { return Clock{Known: true} }
		s.wait(time.Second).press("j", "j", "j", "j", "b", "r")
		s.typeText(s.account("Fastmail").At(s.now.Add(-94 * time.Second)).Code).press("enter")
	},
	"recovery":     func(s *story) { s.press("r").paste(sitesPage).press("enter", "r", "enter", "j") },
	"recovery-add": func(s *story) { s.press("r").paste(sitesPage) },
	"verify":       func(s *story) { s.press("V").typeText(s.code("GitHub")).press("enter") },
	"clock": func(s *story) {
		s.p.config.Clock = func() Clock { return Clock{Known: true} }
		s.p.config.TimeServer = "pool.ntp.org"
		s.p.config.AskTime = func(context.Context, string) (TimeAnswer, error) {
			return TimeAnswer{Offset: -94 * time.Second, Error: 8 * time.Millisecond, Delay: 16 * time.Millisecond, Steady: true}, nil
		}
		s.wait(time.Minute).press("C", "enter")
	},
	"quit":       func(s *story) { s.press("q") },
	"edit":       func(s *story) { s.press("j", "e") },
	"import":     func(s *story) { s.press("i").typeText("~/shot.png") },
	"import-set": func(s *story) { s.paste(fourOfATransfer()) },
	"import-sealed": func(s *story) {
		s.sealed("/aegis.json", "velvet fathom", 0, 3)
		s.paste("/aegis.json").typeText("velvet").press("enter")
	},
	"readable": func(s *story) {
		s.p.config.Readable.List = func() []string { return []string{"/home/alice/codes.txt"} }
		s.run(s.p.lookReadable())
	},
	"qr": func(s *story) { s.press("o") },
}

func TestScreens(t *testing.T) {
	sizes := [][2]int{{80, 24}, {60, 12}, {40, 10}, {30, 6}}
	for name, prepare := range screens {
		t.Run(name, func(t *testing.T) {
			for _, size := range sizes {
				s := newStory(t, drawn()...)
				s.size(size[0], size[1])
				prepare(s)
				golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), s.screen())
			}
		})
	}
}

// fourOfATransfer is pasted text with a new account, one that is there, one
// that clashes, and one that is broken.
func fourOfATransfer() string {
	have := drawn()
	clash := have[4]
	clash.Secret = otpcore.NewSecret([]byte("another key"))
	fresh := otpcore.Account{Issuer: "Zulip", Name: "alice@example.com", Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30, Secret: otpcore.NewSecret([]byte("a key for Zulip"))}
	return strings.Join([]string{fresh.URI(), have[0].URI(), clash.URI(), "otpauth://totp/Bad:x?secret=JBSWY3DPEHPK3PXP&period=0"}, "\n")
}

// At every size from 1×1 up: as many lines as rows, none wider than the pane,
// and every code that can be seen is whole.
func TestNoSizeCutsACode(t *testing.T) {
	s := newStory(t, drawn()...)
	checked := 0
	for columns := 1; columns <= 130; columns++ {
		for _, rows := range []int{1, 2, 3, 5, 6, 9, 10, 19, 20, 30} {
			s.size(columns, rows)
			content := s.p.View().Content
			if !utf8.ValidString(content) {
				t.Fatalf("%dx%d: not UTF-8", columns, rows)
			}
			lines := strings.Split(content, "\n")
			if len(lines) != rows {
				t.Fatalf("%dx%d: %d lines", columns, rows, len(lines))
			}
			for _, line := range lines {
				if w := ansi.StringWidth(line); w > columns {
					t.Fatalf("%dx%d: %d columns wide: %q", columns, rows, w, ansi.Strip(line))
				}
			}
			checked += wholeCodes(t, s, ansi.Strip(content))
		}
	}
	if checked < 5000 {
		t.Fatalf("only %d codes were seen", checked)
	}
}

// wholeCodes finds the beginnings of codes and insists on their ends.
func wholeCodes(t *testing.T, s *story, content string) (seen int) {
	t.Helper()
	squeezed := strings.ReplaceAll(content, " ", "")
	for _, a := range s.p.list.accounts {
		code := a.At(s.now).Code
		if len(code) < 6 {
			continue
		}
		beginnings := strings.Count(squeezed, code[:5])
		if whole := strings.Count(squeezed, code); whole != beginnings {
			t.Fatalf("%dx%d: %d codes of %s, %d beginnings:\n%s", s.p.width, s.p.height, whole, a.Label(), beginnings, content)
		}
		seen += beginnings
	}
	return seen
}

// Names may be anything. Cut by columns, a hostile or exotic name leaves the
// frame's control sequences as a name of x's does.
func TestHostileNamesLeaveTheFrameAlone(t *testing.T) {
	hostile := []string{
		"\x1b[2J\x1b]0;owned\x07", "a\rb\nc\td", "\u202eevil\u202c", "z\u200b\u200bz", "\x9b31m", "👩‍👩‍👧‍👦 family",
		"e\u0301\u0301\u0301\u0301", strings.Repeat("長", 300), "שלום עולם", "\x1bP0;1|17/ab\x1b\\", string([]byte{0xff, 0xfe}),
	}
	for _, name := range hostile {
		plainAccount, odd := drawn()[0], drawn()[0]
		plainAccount.Issuer, plainAccount.Name, plainAccount.Tags, plainAccount.Note = "xxx", "xxx", []string{"x"}, "x"
		odd.Issuer, odd.Name, odd.Tags, odd.Note = name, name, []string{name}, name
		a, b := newStory(t, plainAccount), newStory(t, plainAccount)
		b.p.list.load([]otpcore.Account{withID(odd, b.p.list.accounts[0].ID)})
		for _, size := range [][2]int{{200, 24}, {80, 24}, {40, 10}, {30, 6}, {24, 10}} {
			a.size(size[0], size[1])
			b.size(size[0], size[1])
			want, got := sequences(a.p.View().Content), sequences(b.p.View().Content)
			if diff := cmp.Diff(kinds(want), kinds(got)); diff != "" {
				t.Errorf("%q at %v changes the sequences:\n%s", name, size, diff)
			}
			for _, line := range strings.Split(b.p.View().Content, "\n") {
				if w := ansi.StringWidth(line); w > size[0] {
					t.Errorf("%q at %v: a line of %d columns", name, size, w)
				}
			}
		}
	}
}

// On every screen, whatever the names are: a frame colours, and does nothing else.
func TestHostileNamesOnEveryScreen(t *testing.T) {
	var accounts []otpcore.Account
	for i, a := range drawn() {
		name := "\x1b[2J\x1b]0;owned\x07\x9b31m" + strings.Repeat("長", 40*i) + "a\rb\nc\td\u202e👩\u200d👩\u200d👧"
		a.Issuer, a.Name, a.Tags, a.Note = itoa(i)+name, name, []string{name}, name
		accounts = append(accounts, a)
	}
	base, seen := newStory(t, drawn()...), 0
	for way, prepare := range screens {
		for _, size := range [][2]int{{80, 24}, {40, 10}, {30, 6}} {
			s := base.again()
			s.p.list.load(accounts)
			s.size(size[0], size[1])
			prepare(s)
			content := s.p.View().Content
			for _, sequence := range sequences(content) {
				if seen++; !onlyColour.MatchString(sequence) {
					t.Errorf("%s at %v sends %q", way, size, sequence)
				}
			}
			for _, line := range strings.Split(content, "\n") {
				if w := ansi.StringWidth(line); w > size[0] {
					t.Errorf("%s at %v: a line of %d columns", way, size, w)
				}
			}
		}
	}
	if seen < 1000 {
		t.Fatalf("only %d sequences were seen", seen)
	}
}

var onlyColour = regexp.MustCompile(`^\x1b\[[0-9;:]*m$`)

func withID(a otpcore.Account, id string) otpcore.Account {
	a.ID = id
	return a
}

// sequences are the escape sequences and other controls of a frame.
func sequences(content string) (found []string) {
	for i := 0; i < len(content); {
		r, size := utf8.DecodeRuneInString(content[i:])
		switch {
		case r == '\x1b':
			end := strings.IndexByte(content[i:], 'm')
			if end < 0 {
				return append(found, content[i:])
			}
			found = append(found, content[i:i+end+1])
			size = end + 1
		case r < ' ' && r != '\n', r >= 0x7f && r < 0xa0, r == utf8.RuneError && size == 1:
			found = append(found, fmt.Sprintf("%#x", r))
		}
		i += size
	}
	return found
}

// kinds are the different sequences, since a blank column needs none.
func kinds(sequences []string) map[string]bool {
	set := map[string]bool{}
	for _, s := range sequences {
		set[s] = true
	}
	return set
}

func TestEverySettingDrawsTheSameText(t *testing.T) {
	s := newStory(t, drawn()...)
	want := s.screen()
	for _, environment := range [][]string{
		{"TERM=xterm", "LANG=C.UTF-8"}, {"TERM=xterm-256color", "NO_COLOR=yes", "LANG=C.UTF-8"},
	} {
		s.p.look = newLook(Terminal{Environment: environment})
		if diff := cmp.Diff(want, s.screen()); diff != "" {
			t.Errorf("%v: %s", environment, diff)
		}
	}
	s.p.look = newLook(Terminal{Environment: []string{"TERM=dumb"}})
	for _, r := range s.screen() {
		if strings.ContainsRune("━─▌★○✓→…·│•", r) {
			t.Fatalf("ASCII mode draws %q:\n%s", r, s.screen())
		}
	}
}

// What changes without a key is only what a second changes.
func TestAQuietSecondRedrawsLittle(t *testing.T) {
	s := newStory(t, drawn()...)
	before := strings.Split(s.p.View().Content, "\n")
	s.wait(time.Second)
	after := strings.Split(s.p.View().Content, "\n")
	changed := 0
	for i := range before {
		if before[i] != after[i] {
			changed++
		}
	}
	if changed == 0 || changed > 2 {
		t.Errorf("%d lines changed in a second", changed)
	}
}

//go:build unix

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"otpane/vault"
)

// configured is a home with a vault of many accounts and these settings.
func configured(t *testing.T, text string) (home string) {
	t.Helper()
	home = holding(t, 8)
	configure(t, home, text)
	return home
}

func configure(t testing.TB, home, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(home, "otpane"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "otpane", "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// startAt runs the pane in a terminal of a size.
func startAt(t *testing.T, rows, columns uint16, home string) *session {
	t.Helper()
	s := prepare(t, home, nil)
	var err error
	if s.tty, err = pty.StartWithSize(s.run, &pty.Winsize{Rows: rows, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	s.attend()
	return s
}

// TestMouseBytes: a click, as a terminal reports it, copies the row that stands
// under it after the wheel has scrolled; with mouse = false none is asked for.
func TestMouseBytes(t *testing.T) {
	copied := filepath.Join(t.TempDir(), "copied.txt")
	home := configured(t, fmt.Sprintf("copy_command = [\"tee\", %q]\nguard = \"0s\"\n", copied))
	s := startAt(t, 6, 60, home)
	s.expect("(?s)user0.*user4")
	s.expectMode("\x1b[?1002h")
	s.expectMode("\x1b[?1006h")
	s.send("\x1b[<65;10;2M")             // the wheel, one notch down: three rows
	s.send("\x1b[<0;10;2M\x1b[<0;10;2m") // the second row, which is user4's by now
	s.expect("copied")
	s.send("q")
	s.wantStatus(0)
	code, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	id, err := vault.ParseIdentity(testIdentity)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(filepath.Join(home, "vault.age"), id, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var possible []string
	for _, a := range v.Accounts() {
		for _, ago := range []time.Duration{0, -30 * time.Second, -60 * time.Second} {
			if a.Name == "user4" {
				possible = append(possible, a.At(time.Now().Add(ago)).Code)
			}
		}
	}
	if !slices.Contains(possible, string(code)) {
		t.Errorf("copied %q, user4's are %q", code, possible)
	}

	still := startAt(t, 6, 60, configured(t, "mouse = false\n"))
	still.expect("(?s)user0.*user4")
	still.send("q")
	still.wantStatus(0)
	for _, mode := range []string{"1000", "1002", "1003", "1006"} {
		if strings.Contains(still.seen, "\x1b[?"+mode+"h") {
			t.Errorf("mouse = false, and mode %s is set", mode)
		}
	}
}

// expectMode finds what may have come before what was expected last.
func (s *session) expectMode(sequence string) {
	s.t.Helper()
	if !strings.Contains(s.seen, sequence) {
		s.t.Errorf("%q was not sent; the terminal got %q", sequence, s.seen)
	}
}

// TestTitleAndProgressBytes reads every byte of a run through list, lock and a stop:
// all that title and bar ever carry is on a list, and at the end both are as before.
func TestTitleAndProgressBytes(t *testing.T) {
	home := lockedHome(t)
	if err := os.MkdirAll(filepath.Join(home, "otpane"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "otpane", "config.toml"), []byte("title = true\nprogress = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, home, []string{"OTPANE_IDENTITY="})
	s.expect("\x1b\\[22;2t")
	s.expect("\x1b\\]2;otpane · locked\a")
	s.send(testPassphrase + "\r")
	s.expect("\x1b\\[23;2t")
	s.expect("\x1b\\]2;otpane · \\d accounts?\a")
	s.expect("\x1b\\]9;4;[124];\\d+\a")
	s.send("j\x1a") // no shell continues a job here: the stop is none, and the pane locks
	s.expect("\x1b\\]9;4;0\a")
	s.expect("\x1b\\[23;2t\x1b\\[22;2t")
	s.expect("\x1b\\]2;otpane · locked\a")
	s.send("\x1b")
	s.expect("\x1b\\[23;2t")
	s.wantStatus(0)

	allowed := regexp.MustCompile(`^(2;|2;otpane · (locked|\d accounts?)|9;4;0|9;4;[124];\d{1,3}|11;\?|111|112)$`)
	titles := 0
	for _, sequence := range regexp.MustCompile("\x1b\\]([^\a\x1b]*)").FindAllStringSubmatch(s.seen, -1) {
		if !allowed.MatchString(sequence[1]) {
			t.Errorf("an operating system command says %q", sequence[1])
		}
		titles++
	}
	if titles < 6 || strings.Count(s.seen, "\x1b[22;2t") != strings.Count(s.seen, "\x1b[23;2t") {
		t.Errorf("%d commands; titles kept %d times, restored %d", titles, strings.Count(s.seen, "\x1b[22;2t"), strings.Count(s.seen, "\x1b[23;2t"))
	}
}

// TestDrawsAtOnce: a terminal that answers nothing, of any kind, sees the list at
// once and nothing that its kind cannot show.
func TestDrawsAtOnce(t *testing.T) {
	const paint, sixteen, ascii = "\x1b\\[[0-9;]*[34]8;[25];", "\x1b\\[(?:[0-9;]*;)?(?:3[0-7]|9[0-7])m", "[^\x00-\x7f]"
	for _, c := range []struct {
		name  string
		env   []string
		never []string
		needs string
	}{
		{"true colour", []string{"COLORTERM=truecolor"}, nil, "\x1b\\[[0-9;]*38;2;"},
		{"16 colours", []string{"TERM=xterm"}, []string{paint}, sixteen},
		{"NO_COLOR", []string{"NO_COLOR=no", "COLORTERM=truecolor"}, []string{paint, sixteen}, "\x1b\\["},
		{"dumb", []string{"TERM=dumb"}, []string{paint, sixteen, ascii}, ">1"},
		{"linux", []string{"TERM=linux"}, []string{paint, ascii}, ">1"},
		{"another locale", []string{"LANG=C"}, []string{ascii}, ">"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, holding(t, 8), c.env)
			s.expect("user0")
			s.expect("user7")
			s.send("q")
			s.wantStatus(0)
			for _, never := range c.never {
				if found := regexp.MustCompile(never).FindString(s.seen); found != "" {
					t.Errorf("the terminal got %q", found)
				}
			}
			if !regexp.MustCompile(c.needs).MatchString(s.seen) {
				t.Errorf("no %q; the terminal got %q", c.needs, s.seen)
			}
		})
	}
}

// TestFocusBytes: a terminal that says it lost the keyboard gets no codes any more,
// where the settings want that.
func TestFocusBytes(t *testing.T) {
	s := start(t, configured(t, "hide_on_blur = true\n"), nil)
	s.expect("user7")
	s.expectMode("\x1b[?1004h")
	s.send("\x1b[O")
	s.expect("••• •••")
	s.send("\x1b[I")
	s.expect(`\d{3}`)
	s.send("q")
	s.wantStatus(0)
	s.expectMode("\x1b[?1004l")
}

// TestPlainModeInATerminal goes through a day of lines: not one control sequence,
// nothing of what is typed, and no code but the one that was asked for.
func TestPlainModeInATerminal(t *testing.T) {
	s := start(t, lockedHome(t), []string{"OTPANE_IDENTITY=", "DISPLAY=", "WAYLAND_DISPLAY=", "TMUX="}, "--plain")
	s.expect("passphrase  ")
	s.send("not this one\r")
	s.expect("That passphrase does not open it\\.")
	s.expect("passphrase  ")
	s.send(testPassphrase + "\r")
	s.expect("otpane, plain mode\\. \\d accounts")
	s.expect("1 of \\d: .*\\.\r\n")
	s.send("G")
	s.expect("(\\d) of \\d: .*\\.\r\n")
	s.send("g")
	s.expect("1 of \\d: .*\\.\r\n")
	s.send(" ")
	s.expect(`\d \d \d, \d \d \d\. \d+ seconds? left\. Next \d \d \d, \d \d \d\.\r\n`)
	s.send("\r") // the only way to a clipboard here would be a control sequence
	s.expect(`(Not copied: no clipboard\. space shows the code|Next code copied in \d seconds?, then good for 30 seconds)\.\r\n`)
	s.send("?")
	s.expect("enter c: copy\\.\r\n")
	s.send("qL")
	s.expect("otpane, locked\\.\r?\n")
	s.expect("passphrase  ")
	s.send(testPassphrase + "\r")
	s.expect("otpane, plain mode\\.")
	s.send("qy")
	s.wantStatus(0)
	if at := strings.IndexAny(s.seen, "\x1b\u009b\b"); at >= 0 {
		t.Errorf("a control sequence: %q", s.seen[at:])
	}
	if strings.Contains(s.seen, testPassphrase) || strings.Contains(s.seen, "not this one") {
		t.Error("a passphrase was shown")
	}
	if n := len(regexp.MustCompile(`\d \d \d, \d \d \d`).FindAllString(s.seen, -1)); n != 2 {
		t.Errorf("%d codes were printed, one and its next one were asked for:\n%s", n, s.seen)
	}
}

// TestPlainWithoutAVault says what makes one, and Emacs' shell needs no flag.
func TestPlainWithoutAVault(t *testing.T) {
	s := start(t, newHome(t), []string{"OTPANE_IDENTITY=", "TERM=dumb", "INSIDE_EMACS=29.4,comint"})
	s.expect("otpane init")
	s.wantStatus(1)
	if strings.Contains(s.seen, "\x1b") {
		t.Errorf("a control sequence: %q", s.seen)
	}
}

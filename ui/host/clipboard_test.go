package host

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheBestWayOfTheSessionComesFirst(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a fake PATH needs executable bits")
	}
	const everything = "wl-copy xclip xsel pbcopy clip.exe tmux"
	for _, c := range []struct{ name, goos, programs, env, want string }{
		{"wayland", "linux", everything, "WAYLAND_DISPLAY=wayland-0 DISPLAY=:0 TERM=foot", "wl-copy, xclip, OSC 52"},
		{"wayland without its tool", "linux", "xclip tmux", "WAYLAND_DISPLAY=wayland-0 DISPLAY=:0 TERM=foot", "xclip, OSC 52"},
		{"x11", "linux", everything, "DISPLAY=:0 TERM=xterm", "xclip, OSC 52"},
		{"x11 with xsel", "freebsd", "xsel", "DISPLAY=:0 TERM=xterm", "xsel, OSC 52"},
		{"x11 inside tmux", "linux", everything, "DISPLAY=:0 TMUX=s TERM=tmux", "xclip, tmux, OSC 52"},
		{"no display", "linux", everything, "TERM=xterm", "OSC 52"},
		{"no display, tmux", "linux", everything, "TMUX=s TERM=tmux", "tmux, OSC 52"},
		{"tmux, its program out of reach", "linux", "", "TMUX=s TERM=tmux", "OSC 52"},
		{"ssh with a forwarded display", "linux", everything, "SSH_CONNECTION=x DISPLAY=localhost:10.0 TERM=xterm", "OSC 52"},
		{"ssh, tmux", "linux", everything, "SSH_TTY=/dev/pts/0 DISPLAY=:0 TMUX=s TERM=tmux", "tmux, OSC 52"},
		{"mac", "darwin", everything, "DISPLAY=:0 TERM=xterm", "pbcopy, OSC 52"},
		{"mac by ssh", "darwin", everything, "SSH_CLIENT=x TERM=xterm", "OSC 52"},
		{"windows", "windows", everything, "", "clip.exe"},
		{"linux on windows", "linux", "clip.exe tmux", "WSL_DISTRO_NAME=Debian DISPLAY=:0 TERM=xterm", "clip.exe, OSC 52"},
		{"linux console", "linux", everything, "TERM=linux", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			clipboard := NewClipboard(environment(append(strings.Fields(c.env), "PATH="+fakePrograms(t, c.programs))...), nil)
			clipboard.goos = c.goos
			if got := strings.Join(names(clipboard.ways()), ", "); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestAnOwnCommandIsTheOnlyWay(t *testing.T) {
	path := recorders(t, "to-phone", "xclip")
	clipboard := NewClipboard(environment("PATH="+path, "DISPLAY=:0", "TMUX=s", "TERM=xterm"), func() []string { return []string{"to-phone", "--now"} })
	receipt, err := clipboard.Copy(t.Context(), "492039")
	if err != nil || receipt != (Receipt{By: "to-phone", Confirmed: true}) {
		t.Fatalf("%+v, %v", receipt, err)
	}
	if got := recorded(t, path, "to-phone"); got.Stdin != "492039" || !slices.Equal(got.Args[1:], []string{"--now"}) {
		t.Errorf("recorded %+v", got)
	}
	if err := clipboard.Clear(t.Context(), "492039"); err != nil {
		t.Error(err)
	}
	if fileExists(filepath.Join(path, "xclip.json")) {
		t.Error("the desktop's clipboard was touched")
	}

	missing := NewClipboard(environment("PATH="+path, "TERM=xterm"), func() []string { return []string{"not-there"} })
	if receipt, err := missing.Copy(t.Context(), "492039"); err == nil {
		t.Errorf("a missing command of one's own gave way to %+v", receipt)
	}
}

// A display that is gone, a tmux without -w: the next way is taken, and what a
// hung tool would have cost is bounded.
func TestAWayThatFailsGivesPlaceToTheNext(t *testing.T) {
	path := scripts(t, map[string]string{
		"xclip": `echo "Error: Can't open display: :9" >&2; exit 1`,
		"tmux":  `exec sleep 60`,
	})
	clipboard := NewClipboard(environment("PATH="+path, "DISPLAY=:9", "TMUX=s", "TERM=tmux"), nil)
	clipboard.programs.patience = 200 * time.Millisecond
	receipt, err := clipboard.Copy(t.Context(), "492039")
	if err != nil || receipt.By != "OSC 52" || receipt.Emit == "" {
		t.Errorf("%+v, %v", receipt, err)
	}
}

func TestTheLastFailureIsTold(t *testing.T) {
	path := scripts(t, map[string]string{"xclip": `echo "Error: Can't open display: :9" >&2; exit 1`})
	_, err := NewClipboard(environment("PATH="+path, "DISPLAY=:9", "TERM=linux"), nil).Copy(t.Context(), "492039")
	const want = "xclip: exit status 1: Error: Can't open display: :9"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// A program that repeats its input in a complaint must not get it into an error.
func TestAFailureNeverRepeatsTheText(t *testing.T) {
	path := scripts(t, map[string]string{"xclip": `printf 'bad input: ' >&2; cat >&2; exit 1`})
	_, err := NewClipboard(environment("PATH="+path, "DISPLAY=:9"), nil).Copy(t.Context(), "canary-492039")
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("error %v", err)
	}
}

// wl-copy takes --sensitive from version 2.3 on and refuses to work with an option
// it does not know.
func TestTextIsMarkedSecretWhereTheToolKnowsHow(t *testing.T) {
	for help, want := range map[string]string{
		"  -s, --sensitive  Mark the content as sensitive": "--type text/plain --sensitive",
		"  -n, --trim-newline":                             "--type text/plain",
	} {
		path := scripts(t, map[string]string{"wl-copy": `
			case $1 in --help) echo "` + help + `"; exit;; esac
			printf '%s' "$*" > "$(dirname "$0")/args"; cat >/dev/null`})
		clipboard := NewClipboard(environment("PATH="+path, "WAYLAND_DISPLAY=wayland-0"), nil)
		if receipt, err := clipboard.Copy(t.Context(), "492039"); err != nil || receipt.By != "wl-copy" {
			t.Fatalf("%+v, %v", receipt, err)
		}
		if got, _ := os.ReadFile(filepath.Join(path, "args")); string(got) != want {
			t.Errorf("wl-copy %s, want %s", got, want)
		}
	}
}

// clip.exe would read text beyond ASCII in the console's code page.
func TestWindowsTextBeyondASCIIGoesThroughPowerShell(t *testing.T) {
	path := recorders(t, "clip.exe", "powershell.exe")
	clipboard := NewClipboard(environment("PATH="+path, "WSL_DISTRO_NAME=Debian"), nil)
	for text, program := range map[string]string{"492039": "clip.exe", "Zürich": "powershell.exe"} {
		if _, err := clipboard.Copy(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		if got := recorded(t, path, program).Stdin; got != text {
			t.Errorf("%s read %q, want %q", program, got, text)
		}
	}
}

func TestAppleScriptPrintsPicturesInHexadecimal(t *testing.T) {
	path := scripts(t, map[string]string{"osascript": `echo '«data PNGf89504E470D0A1A0A»'`})
	clipboard := NewClipboard(environment("PATH="+path), nil)
	clipboard.goos = "darwin"
	if got, err := clipboard.Picture(t.Context()); err != nil || string(got) != "\x89PNG\r\n\x1a\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func names(ways []way) []string {
	var names []string
	for _, w := range ways {
		names = append(names, w.name())
	}
	return names
}

// fakePrograms makes a PATH of programs that exist and do nothing.
func fakePrograms(t *testing.T, names string) (path string) {
	bodies := map[string]string{}
	for _, name := range strings.Fields(names) {
		bodies[name] = "exit 0"
	}
	return scripts(t, bodies)
}

// scripts makes a PATH of shell scripts.
func scripts(t *testing.T, bodies map[string]string) (path string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a fake PATH needs executable bits")
	}
	dir := t.TempDir()
	for name, body := range bodies {
		writeFile(t, filepath.Join(dir, name), "#!/bin/sh\nPATH=/usr/bin:/bin\n"+body+"\n", 0o700)
	}
	return dir
}

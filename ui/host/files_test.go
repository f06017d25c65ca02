package host

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestOwnFilesAndFreeSpace(t *testing.T) {
	dir := t.TempDir()
	info, err := os.Stat(dir)
	if err != nil || !Owned(info) {
		t.Errorf("a folder that was just made belongs to another user (%v)", err)
	}
	if free, known := FreeSpace(dir); !known || free == 0 {
		t.Errorf("%d bytes free, known: %v", free, known)
	}
	if _, known := FreeSpace(filepath.Join(dir, "none")); known {
		t.Error("a folder that is not there has free space")
	}
	if runtime.GOOS == "linux" && os.Geteuid() != 0 {
		if info, err := os.Stat("/proc/1"); err == nil && Owned(info) {
			t.Error("init is ours")
		}
	}
}

func TestProgramsAreFoundInAbsoluteFoldersOfThePath(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a fake PATH needs executable bits")
	}
	path := fakePrograms(t, "age-plugin-yubikey")
	if got, err := FindProgram(environment("PATH="+path), "age-plugin-yubikey"); err != nil || filepath.Base(got) != "age-plugin-yubikey" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := FindProgram(environment("PATH=.:"+path), "age-plugin-tpm"); err == nil {
		t.Errorf("found %q", got)
	}
}

// A desktop without its program is named one; a session that has no desktop is not.
func TestAdviceIsForDesktops(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a fake PATH needs executable bits")
	}
	for _, c := range []struct{ name, programs, env, ways, advice string }{
		{"x11", "xclip", "DISPLAY=:0 TERM=xterm", "xclip, OSC 52", ""},
		{"x11 without", "", "DISPLAY=:0 TERM=xterm", "OSC 52", "xclip or xsel"},
		{"wayland without", "tmux", "WAYLAND_DISPLAY=w TERM=tmux TMUX=s", "tmux, OSC 52", "wl-clipboard"},
		{"ssh", "", "DISPLAY=:0 TERM=xterm SSH_TTY=/dev/pts/1", "OSC 52", ""},
		{"console", "", "TERM=linux", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			clipboard := NewClipboard(environment(append(strings.Fields(c.env), "PATH="+fakePrograms(t, c.programs))...), nil)
			clipboard.goos = "linux"
			if got := strings.Join(clipboard.Ways(), ", "); got != c.ways {
				t.Errorf("ways %q, want %q", got, c.ways)
			}
			if got := clipboard.Advice(); got != c.advice {
				t.Errorf("advice %q, want %q", got, c.advice)
			}
		})
	}
}

func TestTmuxIsAsked(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("tmux is not on Windows")
	}
	if _, there, err := AskTmux(t.Context(), environment("PATH=/nowhere")); there || err != nil {
		t.Errorf("outside of tmux: %v, %v", there, err)
	}
	answers := func(features, focus string) func(string) string {
		path := scripts(t, map[string]string{"tmux": `case "$1" in display-message) echo "` + features + `";; show-options) echo "` + focus + `";; esac`})
		return environment("PATH="+path, "TMUX=s")
	}
	state, there, err := AskTmux(t.Context(), answers("foot bpaste,clipboard,focus", "on"))
	if err != nil || !there || state != (Tmux{Clipboard: true, Focus: true, Terminal: "foot"}) {
		t.Errorf("%+v, %v, %v", state, there, err)
	}
	state, _, err = AskTmux(t.Context(), answers("vt100 bpaste", "off"))
	if err != nil || state != (Tmux{Terminal: "vt100"}) {
		t.Errorf("%+v, %v", state, err)
	}
	dead := environment("PATH="+scripts(t, map[string]string{"tmux": "exit 1"}), "TMUX=s")
	if _, there, err := AskTmux(t.Context(), dead); !there || err == nil {
		t.Errorf("a dead server: %v, %v", there, err)
	}
}

//go:build unix

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// multiplexer is a tmux server of the test's own.
type multiplexer struct {
	t      *testing.T
	socket string
	env    []string
}

func (m multiplexer) run(args ...string) string {
	m.t.Helper()
	run := exec.Command("tmux", append([]string{"-S", m.socket, "-f", os.DevNull}, args...)...)
	run.Env = m.env
	out, err := run.CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %v: %v: %s", args, err, out)
	}
	return string(out)
}

// see waits for text on the screen and returns the screen.
func (m multiplexer) see(pattern string) string {
	m.t.Helper()
	want, screen := regexp.MustCompile(pattern), ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if screen = m.run("capture-pane", "-p"); want.MatchString(screen) {
			return screen
		}
	}
	m.t.Fatalf("no %q on the screen:\n%s", pattern, screen)
	return ""
}

// buffer waits for what tmux pastes next.
func (m multiplexer) buffer() string {
	m.t.Helper()
	for end := time.Now().Add(patience); m.run("list-buffers") == ""; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			m.t.Fatal("nothing was copied into tmux")
		}
	}
	return strings.TrimSpace(m.run("show-buffer"))
}

func (m multiplexer) typed(text string) { m.t.Helper(); m.run("send-keys", "-l", text) }

func (m multiplexer) press(keys ...string) {
	m.t.Helper()
	m.run(append([]string{"send-keys"}, keys...)...)
}

// TestADay is what a person does on the first one, in a real tmux: a new vault, a
// picture, a code, lock, unlock, and home. Neither the terminal's history nor
// tmux's buffers keep anything of it.
func TestADay(t *testing.T) {
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
	picture, err := filepath.Abs(filepath.Join("..", "..", "testdata", "pictures", "two-codes.png"))
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	m := multiplexer{t, filepath.Join(shortFolder(t), "s"), []string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8", "SHELL=/bin/sh",
		"XDG_DATA_HOME=" + home, "XDG_CONFIG_HOME=" + home, workVariable + "=2",
	}}
	m.run("new-session", "-d", "-x", "80", "-y", "24", "otpane; echo the pane is left; exec cat")
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", m.socket, "kill-server").Run() })

	screen := m.see("77 bits")
	words := strings.TrimSpace(regexp.MustCompile(`(?m)^ +[a-z-]+( [a-z-]+){5} *$`).FindString(screen)) // drop-down is one of the words
	if words == "" {
		t.Fatalf("no six words on the screen:\n%s", screen)
	}
	m.press("Enter")
	m.see("2 of 2")
	m.typed(words)
	m.press("Enter")
	m.see("no accounts yet")

	m.typed("i")
	m.see("Import")
	m.typed(picture)
	m.press("Enter")
	m.see("import [0-9]")
	m.press("Enter")
	m.see("holds the key")
	m.typed("n")
	screen = m.see(`[0-9]{3} [0-9]{3} .*`)
	issuer := regexp.MustCompile(`(?m)^▌1 +. ?(\S+)`).FindStringSubmatch(screen)
	if issuer == nil {
		t.Fatalf("no account on the screen:\n%s", screen)
	}

	m.press("Enter")
	m.see("good (for|in) [0-9]+ s") // near the end of a period it is the next code, once its time has come
	code := m.buffer()
	if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(code) {
		t.Fatalf("tmux holds %q", code)
	}

	m.typed("L")
	m.see("locked")
	m.typed(words)
	m.press("Enter")
	m.see("[0-9]{3} [0-9]{3}")
	m.typed("q")
	m.see("the pane is left")

	history := m.run("capture-pane", "-p", "-S", "-", "-E", "-")
	for _, kept := range []string{issuer[1], code, code[:3] + " " + code[3:], words} {
		if strings.Contains(history, kept) {
			t.Errorf("the terminal's history holds %q:\n%s", kept, history)
		}
	}
	if buffers := m.run("list-buffers"); buffers != "" {
		t.Errorf("tmux still holds %q", buffers)
	}
}

//go:build unix

package host

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// In a real tmux the code arrives in the pane that was active before ours, without
// a return; no buffer and no clipboard keeps it.
func TestTmuxTypesIntoTheLastPane(t *testing.T) {
	server := tmuxServer(t)
	first := server.pane(t)
	server.run(t, "split-window", "cat")
	middle := server.pane(t)
	server.run(t, "split-window", "cat")
	own := server.pane(t)
	server.run(t, "set-buffer", "words")
	typing := server.typing(t, own)

	pane, err := typing.Aim(t.Context())
	if err != nil || pane.Name != "pane 1" || pane.id != middle {
		t.Fatalf("%+v, %v; the last pane is %s", pane, err, middle)
	}
	// Who looks elsewhere meanwhile has still asked for that pane.
	server.run(t, "select-pane", "-t", first)
	if err := typing.Type(t.Context(), pane, "492039"); err != nil {
		t.Fatal(err)
	}
	await(t, "the code in its pane", func() bool { return strings.HasPrefix(server.run(t, "capture-pane", "-p", "-t", middle), "492039") })
	// cat answers a line with the same line: a second one would mean a return.
	if n := strings.Count(server.run(t, "capture-pane", "-p", "-t", middle), "492039"); n != 1 {
		t.Errorf("the code stands there %d times", n)
	}
	for _, other := range []string{first, own} {
		if strings.Contains(server.run(t, "capture-pane", "-p", "-t", other), "492039") {
			t.Errorf("the code is in %s too", other)
		}
	}
	if got := server.run(t, "list-buffers", "-F", "#{buffer_sample}"); got != "words\n" {
		t.Errorf("buffers left: %q", got)
	}
	server.run(t, "kill-pane", "-t", middle)
	if err := typing.Type(t.Context(), pane, "550317"); err == nil {
		t.Error("typed into a pane that is gone")
	}
	if got := server.run(t, "list-buffers", "-F", "#{buffer_sample}"); got != "words\n" {
		t.Errorf("buffers left after a failure: %q", got)
	}
}

// Alone in its window otpane was come to from another window; alone in all of
// tmux it was come to from nowhere.
func TestTmuxTypesIntoTheLastWindow(t *testing.T) {
	server := tmuxServer(t)
	first := server.pane(t)
	if pane, err := server.typing(t, first).Aim(t.Context()); !errors.Is(err, ErrNoPane) {
		t.Fatalf("the only pane is come to from %+v, %v", pane, err)
	}
	server.run(t, "new-window", "cat")
	pane, err := server.typing(t, server.pane(t)).Aim(t.Context())
	if err != nil || pane.Name != "window 0" || pane.id != first {
		t.Errorf("%+v, %v; the window before has %s", pane, err, first)
	}
	// A popup has no pane of its own; below it lies the active one.
	pane, err = server.typing(t, "").Aim(t.Context())
	if err != nil || pane.id != server.pane(t) {
		t.Errorf("from a popup: %+v, %v", pane, err)
	}
}

func (s tmuxPeer) pane(t *testing.T) string {
	return strings.TrimSpace(s.run(t, "display-message", "-p", "#{pane_id}"))
}

func (s tmuxPeer) typing(t *testing.T, own string) *Typing {
	t.Helper()
	typing, ok := NewTyping(environment("PATH="+only(t, "tmux"), "TMUX="+s.socket+",1,0", "TMUX_PANE="+own))
	if !ok {
		t.Fatal("tmux cannot type")
	}
	return typing
}

// kitty and WezTerm get the code on standard input; their arguments are what they
// document, and hold nothing of it.
func TestKittyAndWezTermGetTheCodeOnStandardInput(t *testing.T) {
	for _, c := range []struct {
		program, answer string
		env             []string
		pane            Pane
		calls           []string
	}{
		{"kitten", `[{"id":1,"tabs":[{"id":3,"windows":[{"id":7,"title":"vim"}]}]}]`,
			[]string{"KITTY_LISTEN_ON=unix:/tmp/k", "KITTY_WINDOW_ID=9"},
			Pane{Name: "the window before", id: "7"},
			[]string{"@ ls --match recent:1", "@ send-text --stdin --match id:7"}},
		{"wezterm", `[{"tab_id":0,"pane_id":2},{"tab_id":4,"pane_id":5},{"tab_id":4,"pane_id":6}]`,
			[]string{"WEZTERM_PANE=6", "WEZTERM_UNIX_SOCKET=/tmp/w"},
			Pane{Name: "the other pane", id: "5"},
			[]string{"cli list --format json", "cli send-text --no-paste --pane-id 5"}},
	} {
		t.Run(c.program, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "log")
			path := scripts(t, map[string]string{c.program: `echo "$@" >>` + log + "\nenv | grep -c -e '^KITTY_' -e '^WEZTERM_' >>" + log + `.env
case "$*" in *send-text*) cat >` + log + `.typed;; *) echo '` + c.answer + `';; esac`})
			typing, ok := NewTyping(environment(append(c.env, "PATH="+path)...))
			if !ok {
				t.Fatal("cannot type")
			}
			pane, err := typing.Aim(t.Context())
			if err != nil || pane != c.pane {
				t.Fatalf("%+v, %v", pane, err)
			}
			if err := typing.Type(t.Context(), pane, "492039"); err != nil {
				t.Fatal(err)
			}
			if got := read(t, log); !slices.Equal(strings.Split(strings.TrimSpace(got), "\n"), c.calls) {
				t.Errorf("called with %q", got)
			}
			if got := read(t, log+".typed"); got != "492039" {
				t.Errorf("typed %q", got)
			}
			if got := read(t, log+".env"); got != "2\n2\n" {
				t.Errorf("the program saw %q of its own variables", got)
			}
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Nothing is guessed: two panes beside ours, or none, are no place to type.
func TestWezTermDoesNotGuess(t *testing.T) {
	for _, answer := range []string{
		`[{"tab_id":4,"pane_id":6}]`,
		`[{"tab_id":0,"pane_id":2},{"tab_id":4,"pane_id":6}]`,
		`[{"tab_id":4,"pane_id":5},{"tab_id":4,"pane_id":6},{"tab_id":4,"pane_id":7}]`,
		`[]`,
	} {
		path := scripts(t, map[string]string{"wezterm": "echo '" + answer + "'"})
		typing, _ := NewTyping(environment("WEZTERM_PANE=6", "PATH="+path))
		if pane, err := typing.Aim(t.Context()); !errors.Is(err, ErrNoPane) {
			t.Errorf("%s: %+v, %v", answer, pane, err)
		}
	}
}

// Only programs that take the code on standard input are used, the innermost first.
func TestWhereTyping(t *testing.T) {
	path := fakePrograms(t, "tmux kitten wezterm zellij")
	for _, c := range []struct {
		env  string
		want bool
	}{
		{"", false}, {"TMUX=s,1,0", true}, {"ZELLIJ=0", false}, {"ZELLIJ=0 KITTY_LISTEN_ON=x KITTY_WINDOW_ID=1", false},
		{"KITTY_LISTEN_ON=x KITTY_WINDOW_ID=1", true}, {"KITTY_WINDOW_ID=1", false}, {"WEZTERM_PANE=0", true},
	} {
		if _, ok := NewTyping(environment(append(strings.Fields(c.env), "PATH="+path)...)); ok != c.want {
			t.Errorf("%q: %v", c.env, ok)
		}
		if _, ok := NewTyping(environment(append(strings.Fields(c.env), "PATH="+t.TempDir())...)); ok {
			t.Errorf("%q: types without the program", c.env)
		}
	}
}

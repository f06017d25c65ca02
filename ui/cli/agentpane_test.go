//go:build linux || darwin || freebsd

package cli_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"otpane/ui/host"
)

// pane starts the pane over a desk's vault, with the setting that asks.
func (d desk) pane(t testing.TB) *session {
	t.Helper()
	folder := filepath.Join(d.home, "otpane")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "config.toml"), []byte("agent = \"ask\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, d.home, d.environment(), "--identity", "key.txt")
	s.expect("4 accounts")
	return s
}

// socket is where the agent of this vault listens, once it is there.
func (d desk) socket(t testing.TB) string {
	t.Helper()
	path := host.AgentSocket(func(name string) string { return map[string]string{"XDG_RUNTIME_DIR": d.runtime}[name] }, filepath.Join(d.home, "vault.age"))
	if _, err := os.Lstat(path); err != nil {
		t.Fatalf("nobody listens: %v", err)
	}
	return path
}

// answers presses a key when the question takes it: then its keys are drawn anew, no
// longer faint.
func (s *session) answers(key string) {
	s.t.Helper()
	s.expect("give")
	s.expect("give")
	s.send(key)
}

// TestPaneAllowsAsksAndDenies is the same promise as that of the agent without a
// screen.
func TestPaneAllowsAsksAndDenies(t *testing.T) {
	t.Parallel() // it waits for hands to rest
	d := newDesk(t)
	d.run(t, "code", "github").want(t, 2, "^$", noPassphrase)
	s := d.pane(t)
	s.expect("agent on")
	d.run(t, "agent", "status").want(t, 0, fmt.Sprintf(`^A pane \(pid %d\) serves 4 accounts since .*; without a rule of its own: ask\.\n$`, s.run.Process.Pid), "^$")

	allowed := d.run(t, "code", "github")
	allowed.want(t, 0, oneCode, "^$")
	d.rightCode(t, "GitHub", allowed.out)
	d.run(t, "code", "bank").want(t, 1, "^$", "^otpane: the agent does not give codes of Bank · alice\notpane: hint: --no-agent opens the vault itself\n$")

	yes := d.begin(t, "code", "zulip")
	s.expect(`wants Zulip · al`)
	s.answers("y")
	asked := yes()
	asked.want(t, 0, oneCode, "^The agent asks whether it may; waiting for the answer.\n$")
	d.rightCode(t, "Zulip", asked.out)

	no := d.begin(t, "code", "router") // which is allowed: what counts is drawn once
	no().want(t, 0, oneCode, "^$")

	d.run(t, "agent", "rule", "GitHub", "ask", "--identity", "key.txt").want(t, 0, "^$", "asks for each code")
	s.expect("Another process changed the vault")
	no = d.begin(t, "code", "github")
	s.expect(`wants GitHub · alice`)
	s.answers("n")
	no().want(t, 1, "^$", "otpane: refused in the pane\n$")
	s.send("\x03") // q would be taken for one more answer for a moment
	s.wantStatus(0)
	d.run(t, "code", "github").want(t, 2, "^$", noPassphrase)
}

// TestSocketGoesWithThePane: lock, quit, ctrl-z and a signal take the socket away at
// once, and whoever is connected gets an end, also in the middle of a question. A test
// without a shell cannot stop the pane: then ctrl-z locks.
func TestSocketGoesWithThePane(t *testing.T) {
	for _, way := range []struct{ name, key, then string }{
		{"lock", "L", "locked"}, {"quit", "q", leftAltScreen}, {"ctrl-z", "\x1a", "locked"}, {"signal", "", leftAltScreen},
	} {
		t.Run(way.name, func(t *testing.T) {
			d := newDesk(t)
			s := d.pane(t)
			s.expect("agent on")
			socket := d.socket(t)
			conn, err := host.DialAgent(socket)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(patience))
			if way.key == "" {
				if _, err := io.WriteString(conn, `{"v":1,"do":"code","query":"zulip"}`+"\n"); err != nil {
					t.Fatal(err)
				}
				s.expect("wants Zulip")
				_ = s.run.Process.Signal(syscall.SIGTERM)
			}
			s.send(way.key)
			s.expect(way.then)
			if _, err := os.Lstat(socket); !os.IsNotExist(err) {
				t.Errorf("the socket is still there: %v", err)
			}
			if said, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(string(said), "code") {
				t.Errorf("the client got %q, %v", said, err)
			}
			d.run(t, "code", "github").want(t, 2, "^$", noPassphrase)
		})
	}
}

// TestNextPaneTakesOver: a pane that was killed leaves its socket behind; the next one
// takes its place.
func TestNextPaneTakesOver(t *testing.T) {
	d := newDesk(t)
	first := d.pane(t)
	first.expect("agent on")
	second := d.pane(t)
	second.expect("keys")
	second.send("A")
	second.expect("this one takes over when it ends")
	d.run(t, "agent", "status", "--json").want(t, 0, fmt.Sprintf(`"pid": %d,`, first.run.Process.Pid), "^$")
	if err := first.run.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	second.expect("Commands of yours get codes here")
	d.run(t, "agent", "status", "--json").want(t, 0, fmt.Sprintf(`"pid": %d,`, second.run.Process.Pid), "^$")
	d.run(t, "code", "github").want(t, 0, oneCode, "^$")
}

//go:build unix

package cli_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"

	"otpane/otpcore"
)

// opened is the pane over a vault of four accounts, already drawn.
func opened(t *testing.T) (*session, string) {
	t.Helper()
	home := filled(t)
	s := start(t, home, nil)
	s.expect("4 accounts")
	s.expect("keys")
	return s, home
}

// whole insists that the vault opens and holds what it held.
func whole(t *testing.T, home string) otpcore.Account {
	t.Helper()
	accounts := vaultOf(t, home).Accounts()
	if len(accounts) != 4 {
		t.Fatalf("the vault holds %d accounts", len(accounts))
	}
	return accounts[0]
}

func TestPaneLeavesNothingInTheScrollback(t *testing.T) {
	s, home := opened(t)
	a := whole(t, home)
	s.send("q")
	s.wantStatus(0)
	first, last := strings.Index(s.seen, "\x1b[?1049h"), strings.LastIndex(s.seen, "\x1b[?1049l")
	if first < 0 || last < first {
		t.Fatalf("the alternate screen was not entered and left: %q", s.seen)
	}
	for _, outside := range []string{s.seen[:first], s.seen[last:]} {
		if strings.Contains(outside, a.Issuer) {
			t.Errorf("the scrollback gets %q", outside)
		}
	}
}

// The terminal's modes after the pane are those before it.
func TestPaneRestoresTheModes(t *testing.T) {
	home := filled(t)
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	defer func() { _ = slave.Close() }()
	before, err := term.GetState(int(slave.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	s := prepare(t, home, nil)
	s.run.Stdin, s.run.Stdout, s.run.Stderr = slave, slave, slave
	s.run.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	if s.tty = master; s.run.Start() != nil {
		t.Fatal("the pane did not start")
	}
	s.attend()
	s.expect("4 accounts")
	if raw, err := term.GetState(int(slave.Fd())); err != nil || *raw == *before {
		t.Fatalf("the pane does not read key by key (%v)", err)
	}
	s.send("q")
	if err := s.run.Wait(); err != nil {
		t.Fatal(err)
	}
	if after, err := term.GetState(int(slave.Fd())); err != nil || *after != *before {
		t.Errorf("the terminal's modes changed (%v)", err)
	}
}

// Where no shell controls the job, as in a pane that a multiplexer started, ctrl-z
// has nowhere to go: it locks, and nothing waits for ever.
func TestCtrlZWithoutAShellLocks(t *testing.T) {
	s, home := opened(t)
	s.send("\x1a")
	s.expect("Locked")
	s.wantStatus(0)
	whole(t, home)
}

// A thousand changes of size in a row: no panic, and the last frame fits.
func TestPaneSurvivesAResizeStorm(t *testing.T) {
	s, home := opened(t)
	for i := range 1000 {
		if err := pty.Setsize(s.tty, &pty.Winsize{Rows: uint16(1 + i%40), Cols: uint16(1 + i%130)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := pty.Setsize(s.tty, &pty.Winsize{Rows: 24, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	s.expect("keys")
	s.send("q")
	s.wantStatus(0)
	whole(t, home)
}

func TestPaneImportsADroppedPicture(t *testing.T) {
	s, home := opened(t)
	picture, err := filepath.Abs(filepath.Join("..", "..", "testdata", "pictures", "two-codes.png"))
	if err != nil {
		t.Fatal(err)
	}
	s.send("\x1b[200~" + picture + "\x1b[201~")
	s.expect("import 1")
	s.send("\r")
	s.expect("It holds the key")
	s.send("nq")
	s.wantStatus(0)
	if n := len(vaultOf(t, home).Accounts()); n != 5 {
		t.Errorf("the vault holds %d accounts", n)
	}
}

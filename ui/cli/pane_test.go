//go:build unix

package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"otpane/vault"
)

const testPassphrase = "correct horse battery staple"

// lockedHome is a home whose vault asks for a passphrase. One of its accounts is
// unfinished, so that quitting asks, too.
func lockedHome(t *testing.T) string {
	t.Helper()
	home := newHome(t)
	file, err := os.ReadFile("../../testdata/vaults/v1.age")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "vault.age"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

const leftAltScreen = "\x1b\\[\\?1049l"

// TestPaneLocksAndOpensAgain walks from the door to the list, back, and out.
func TestPaneLocksAndOpensAgain(t *testing.T) {
	s := start(t, lockedHome(t), []string{"OTPANE_IDENTITY="})
	s.expect("passphrase")
	s.send("not this one\r")
	s.expect("That passphrase does not open it")
	s.send(testPassphrase + "\r")
	s.expect("alice@example.com")
	s.send("L")
	s.expect("locked")
	s.send(testPassphrase + "\r")
	s.expect("alice@example.com")
	s.send("qy")
	s.expect(leftAltScreen)
	s.wantStatus(0)
}

// TestPaneOpensByFile needs no door, and a lock without a passphrase ends it.
func TestPaneOpensByFile(t *testing.T) {
	s := start(t, filled(t), nil)
	s.expect("eu-root")
	s.send("L")
	s.expect(leftAltScreen)
	s.expect("Locked. `otpane` opens it again.")
	s.wantStatus(0)
}

func TestFirstRunOfThePane(t *testing.T) {
	home := newHome(t)
	s := start(t, home, []string{"OTPANE_IDENTITY="})
	s.expect("new vault")
	s.send("\x03")
	s.expect(leftAltScreen)
	s.wantStatus(0)
	if _, err := os.Stat(filepath.Join(home, "vault.age")); !os.IsNotExist(err) {
		t.Errorf("leaving the first run left a vault: %v", err)
	}
}

// TestClosedPaneRestoresTheTerminal: what a closing window or a shutdown sends
// ends the pane like a key would.
func TestClosedPaneRestoresTheTerminal(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			s := start(t, filled(t), nil)
			s.expect("eu-root")
			if err := s.run.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			s.expect(leftAltScreen)
			if status := s.end(); status > 1 {
				t.Errorf("status %d", status)
			}
		})
	}
}

// TestPaneRescues: a vault that was damaged or lost comes back from its newest
// backup in two keys, by its passphrase.
func TestPaneRescues(t *testing.T) {
	for _, story := range []struct {
		name string
		harm func(path string, file []byte) error
	}{
		{"payload", func(path string, file []byte) error { file[len(file)-1] ^= 1; return os.WriteFile(path, file, 0o600) }},
		{"header", func(path string, file []byte) error {
			file[bytes.Index(file, []byte("\n--- "))-2] ^= 1
			return os.WriteFile(path, file, 0o600)
		}},
		{"gone", func(path string, _ []byte) error { return os.Remove(path) }},
	} {
		t.Run(story.name, func(t *testing.T) {
			home := lockedHome(t)
			words := filepath.Join(home, "words.txt")
			if err := os.WriteFile(words, []byte(testPassphrase+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			start(t, home, []string{"OTPANE_IDENTITY="}, "edit", "alice@example.com", "--note", "later", "--yes", "--passphrase-file", words).wantStatus(0)
			path := filepath.Join(home, "vault.age")
			file, err := os.ReadFile(path)
			if err == nil {
				err = story.harm(path, file)
			}
			if err != nil {
				t.Fatal(err)
			}
			s := start(t, home, []string{"OTPANE_IDENTITY="})
			s.expect("passphrase")
			s.send(testPassphrase + "\r")
			s.expect("is whole")
			s.send("r")
			s.expect("leave it")
			s.send("y")
			s.expect("alice@example.com")
			s.send("qy")
			s.wantStatus(0)
		})
	}
}

// TestPaneWarnsOfAnOlderVault: an earlier copy in the vault's place is no secret.
func TestPaneWarnsOfAnOlderVault(t *testing.T) {
	home := filled(t)
	path := filepath.Join(home, "vault.age")
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	start(t, home, nil, "rm", "GitHub", "--yes").wantStatus(0)
	if err := os.WriteFile(path, older, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`The vault is older than the one seen here before\.`, "GitHub"} {
		s := start(t, home, nil)
		s.expect(want)
		s.send("q")
		s.wantStatus(0)
	}
	s := start(t, home, nil, "backup", "accept")
	s.expect("Accepted as it is: 4 accounts")
	s.wantStatus(0)
	s = start(t, home, nil)
	s.expect("GitHub")
	s.send("q")
	s.wantStatus(0)
	if bytes.Contains([]byte(s.seen), []byte("older than")) {
		t.Error("the warning outlived its acceptance")
	}
}

// TestPaneOpensWithAKeyApart: the door needs the passphrase and the file.
func TestPaneOpensWithAKeyApart(t *testing.T) {
	home := newHome(t)
	path, key := filepath.Join(home, "vault.age"), filepath.Join(home, "vault.key")
	access := vault.Access{Passphrase: []byte(testPassphrase), WorkFactor: 10, DetachedKey: key}
	if _, err := vault.Create(path, access, time.Now); err != nil {
		t.Fatal(err)
	}
	without := start(t, home, []string{"OTPANE_IDENTITY="})
	without.expect("lies in a file of its own")
	without.wantStatus(1)

	with := start(t, home, []string{"OTPANE_IDENTITY="}, "--detached-key", key)
	with.expect("passphrase")
	with.send(testPassphrase + "\r")
	with.expect("import")
	with.send("L")
	with.expect("locked")
	with.send(testPassphrase + "\r")
	with.expect("import")
	with.send("\x03")
	with.wantStatus(0)
}

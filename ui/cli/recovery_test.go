//go:build unix

package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRecoveryKey goes all the way: the key is shown once, on a screen that keeps
// no history; its last characters prove the paper; then it opens the vault of one
// who forgot the passphrase, in the terminal and at the pane's door.
func TestRecoveryKey(t *testing.T) {
	home := lockedHome(t)
	forgotten := []string{"OTPANE_IDENTITY="}
	words := filepath.Join(home, "words.txt")
	if err := os.WriteFile(words, []byte(testPassphrase+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, home, forgotten, "recipients", "recovery", "--passphrase-file", words)
	s.expect(enteredAltScreen)
	key := strings.TrimSpace(s.expect(`AGE-SECRET-KEY-1[A-Z0-9]{58}\r`))
	s.expect("press enter")
	s.send("\r")
	s.expect("last 6 characters")
	s.send("wrong1\r")
	s.expect("Here it is again")
	s.expect("press enter")
	s.send("\r")
	s.expect("last 6 characters")
	s.send(strings.ToLower(key[len(key)-6:]) + "\r")
	s.expect(leftAltScreen)
	s.expect(`The recovery key opens the vault from now on\.`)
	s.wantStatus(0)
	if _, after, _ := strings.Cut(s.seen, "\x1b[?1049l"); strings.Contains(after, key[10:30]) {
		t.Error("the key was left on the screen")
	}

	change := start(t, home, forgotten, "passphrase", "--recovery-key")
	change.expect("recovery key  ")
	change.send(strings.ToLower(key[:20] + " " + key[20:45] + "  " + key[45:] + "\r"))
	newPassphrase := "orbit ladle ember quorum"
	change.expect(`\[y/N\] `)
	change.send("\r")
	change.expect("passphrase  ")
	change.send(newPassphrase + "\r")
	change.expect("once more  ")
	change.send(newPassphrase + "\r")
	change.expect(`The passphrase is changed\.`)
	change.wantStatus(0)

	door := start(t, home, forgotten)
	door.expect("passphrase")
	door.send("\x12") // ctrl-r: forgotten
	door.expect("recovery key")
	door.send(key + "\r")
	door.expect("new passphrase")
	door.send("velvet fathom orbit\r")
	door.expect("Once more")
	door.send("velvet fathom orbit\r")
	door.expect("alice@example.com")
	door.send("qy")
	door.wantStatus(0)

	list := start(t, home, forgotten, "list")
	list.expect("passphrase  ")
	list.send("velvet fathom orbit" + "\r")
	list.expect("alice@example.com")
	list.wantStatus(0)
}

const enteredAltScreen = "\x1b\\[\\?1049h"

// TestRecoveryKeyNeedsProof: leaving without the proof adds nothing.
func TestRecoveryKeyNeedsProof(t *testing.T) {
	home := filled(t)
	s := start(t, home, nil, "recipients", "recovery")
	s.expect("AGE-SECRET-KEY-1")
	s.expect(regexp.QuoteMeta("\x1b[38;5;16;48;5;231m")) // and as a QR code
	s.expect("press enter")
	s.send("\x03")
	s.expect(leftAltScreen)
	s.wantStatus(1)
	if n := len(vaultOf(t, home).Recipients()); n != 1 {
		t.Errorf("%d recipients, want the one of before", n)
	}
}

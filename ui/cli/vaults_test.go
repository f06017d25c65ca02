//go:build unix

package cli_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const otherPassphrase = "lorry ember quorum fathom sixteen"

// severalVaults is a home with two vaults in the settings: work, which the
// passphrase opens, and private, which is not made yet.
func severalVaults(t *testing.T) string {
	home := lockedHome(t)
	folder := filepath.Join(home, "otpane")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("[vaults]\nwork = %q\nprivate = %q\n", filepath.Join(home, "vault.age"), filepath.Join(home, "private.age"))
	if err := os.WriteFile(filepath.Join(folder, "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

// TestPaneGoesToAnotherVault makes the second, goes back to the first, which has
// locked, and is in the end where it began.
func TestPaneGoesToAnotherVault(t *testing.T) {
	home := severalVaults(t)
	s := start(t, home, []string{"OTPANE_IDENTITY="})
	s.expect("otpane · work")
	s.send(testPassphrase + "\r")
	s.expect("alice@example.com")
	s.send("O")
	s.expect("open, [0-9]+ accounts")
	s.expect("not made yet")
	s.send("2")
	s.expect("There is no vault private yet")
	s.send("\x1b[B\x1b[B\r") // type my own
	s.expect("passphrase")
	s.send(otherPassphrase + "\r")
	s.expect("Once more, to be sure")
	s.send(otherPassphrase + "\r")
	s.expect("no accounts yet")
	s.send("O1")
	s.expect("passphrase") // the door of work: it was locked when it was left
	s.send(otherPassphrase + "\r")
	s.expect("That passphrase does not open it")
	s.send(testPassphrase + "\r")
	s.expect("alice@example.com")
	s.send("L")
	s.expect("otpane · work.*· locked")
	s.send("\x1b")
	s.wantStatus(0)
	if _, err := os.Stat(filepath.Join(home, "private.age")); err != nil {
		t.Error(err)
	}
}

// TestPaneTriesTheIdentityOnAnotherVault: one identity file may open several.
func TestPaneTriesTheIdentityOnAnotherVault(t *testing.T) {
	home := severalVaults(t)
	start(t, home, nil, "init", "--vault", "private").wantStatus(0)
	s := start(t, home, []string{"OTPANE_VAULT=private"})
	s.expect("no accounts yet")
	s.send("O1") // which another identity opens, or its passphrase
	s.expect("passphrase")
	s.send(testPassphrase + "\r")
	s.expect("alice@example.com")
	s.send("O2")
	s.expect("no accounts yet")
	s.send("q")
	s.wantStatus(0)
}

// TestDemoLeavesNothingBehind: whatever is done in a demo, the home is afterwards
// what it was, byte for byte, and so is the folder for temporary files.
func TestDemoLeavesNothingBehind(t *testing.T) {
	home := filled(t)
	temporary := t.TempDir()
	before, tempBefore := contents(t, home), contents(t, temporary)
	if len(before) == 0 {
		t.Fatal("the home is empty: nothing could change")
	}
	s := start(t, home, []string{"OTPANE_VAULT=", "TMPDIR=" + temporary, "XDG_STATE_HOME=" + filepath.Join(home, "state")}, "demo")
	s.expect("12 accounts, nothing is kept")
	s.expect("Meridian Bank")
	s.send("p")
	s.expect("pinned")
	s.send("dy")
	s.expect("deleted, kept for 30 days")
	s.send("u")
	s.expect("is back")
	s.send("\x1b[200~otpauth://totp/Hetzner:bob?secret=" + testKey + "&issuer=Hetzner\notpauth://totp/Zulip:bob?secret=" + testKey + "&issuer=Zulip\x1b[201~")
	s.expect("Zulip · bob")
	s.send("\r")
	s.expect("2 accounts imported")
	s.send("L?") // the pane is still there
	s.expect("copy the row")
	s.send("\x1b")
	s.expect("Meridian Bank")
	s.send("q")
	s.wantStatus(0)
	if after := contents(t, home); !maps.Equal(before, after) {
		t.Errorf("the home held\n%v\nand holds\n%v", before, after)
	}
	if after := contents(t, temporary); !maps.Equal(tempBefore, after) {
		t.Errorf("temporary files: %v", after)
	}
}

// contents is everything below a folder: what it is, and the sum of its bytes.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		sum := ""
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sum = fmt.Sprintf("%x", sha256.Sum256(data))
		}
		found[strings.TrimPrefix(path, folder)] = fmt.Sprint(info.Mode(), info.ModTime().UnixNano(), sum)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

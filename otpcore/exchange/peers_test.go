package exchange

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// peer runs another program in a folder of its own; without it the test is skipped.
func peer(t *testing.T, dir, input, name string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(input)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// Info-ZIP encrypts as WinAuth does: known sizes, and from a pipe, where the
// check byte is another.
func TestInfoZIP(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "codes.txt"), []byte(strings.Repeat(acmeURI+"\n", 50)), 0o600); err != nil {
		t.Fatal(err)
	}
	peer(t, dir, "", "zip", "-q", "-P", sealed, "file.zip", "codes.txt")
	file, err := os.ReadFile(filepath.Join(dir, "file.zip"))
	if err != nil {
		t.Fatal(err)
	}
	piped := peer(t, dir, acmeURI, "zip", "-q", "-P", sealed, "-", "-")
	for name, data := range map[string][]byte{"file": file, "pipe": piped} {
		for passphrase, want := range map[string]error{"": ErrPassphraseNeeded, "wrong": ErrPassphrase, sealed: nil} {
			batch, err := Read(t.Context(), data, Options{Passphrase: []byte(passphrase)})
			if !errors.Is(err, want) || want == nil && (len(batch.Accounts) == 0 || batch.Accounts[0].Label() != "Acme · bob") {
				t.Errorf("%s with %q: %v, %s", name, passphrase, err, summary(batch))
			}
		}
	}
}

// openssl's enc is what gauth tells its users to run.
func TestOpenSSL(t *testing.T) {
	data := peer(t, t.TempDir(), "bob:"+bobKey+"\n", "openssl", "enc", "-aes-128-cbc", "-md", "sha256", "-pass", "pass:"+sealed)
	batch, err := Read(t.Context(), data, Options{Passphrase: []byte(sealed)})
	if got := full(batch); err != nil || got != "totp bob 48656c6c6f21deadbeef SHA1/6/30/0" {
		t.Errorf("%v\n%s", err, got)
	}
}

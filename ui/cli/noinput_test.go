//go:build unix

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// With --no-input nobody is asked, though somebody sits there.
func TestNoInputAsksNobody(t *testing.T) {
	home := newHome(t)
	passphrase := filepath.Join(home, "passphrase")
	if err := os.WriteFile(passphrase, []byte("a quiet passphrase\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	noIdentity := []string{"OTPANE_IDENTITY="}
	start(t, home, noIdentity, "init", "--passphrase-file", passphrase).wantStatus(0)
	asks := start(t, home, noIdentity, "list")
	asks.expect("passphrase  ")
	asks.send("\x03")
	asks.wantStatus(1)

	for _, args := range [][]string{{"list"}, {"init", "--vault", filepath.Join(home, "new.age")}, {"export"}, {"agent", "rule", "tag:work", "deny"}} {
		s := start(t, home, noIdentity, append(args, "--no-input")...)
		s.wantStatus(2)
		if strings.Contains(s.seen, "passphrase  ") || !strings.Contains(s.seen, "otpane: hint: ") {
			t.Errorf("%q says %q", args, s.seen)
		}
	}
}

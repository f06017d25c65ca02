//go:build unix

package cli_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestManOnATerminal reads a page where man is, and help where nothing shows one.
func TestManOnATerminal(t *testing.T) {
	if _, err := exec.LookPath("man"); err == nil {
		s := start(t, newHome(t), []string{"MANPAGER=cat"}, "man", "code")
		s.expect("OTPANE-CODE\\(1\\)")
		s.expect("options of every command, the exit status")
		s.wantStatus(0)
	}
	otpane, err := exec.LookPath("otpane")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, newHome(t), []string{"PATH=" + filepath.Dir(otpane)}, "man", "code")
	s.expect("Usage: otpane code QUERY")
	s.wantStatus(0)
}

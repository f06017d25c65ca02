//go:build unix

package cli

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestAPipeIsNoPage: reading one waits for somebody who writes.
func TestAPipeIsNoPage(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "otpane-code.1")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if ours, err := isPage(pipe); ours || err != nil {
		t.Errorf("a page of otpane's: %v, %v", ours, err)
	}
}

//go:build unix

package cli_test

import (
	"strings"
	"testing"
)

// TestRecoveryCodesAreTypedUnseen: a page is pasted into the terminal, with an empty
// line above its codes; what was found is told apart by shape, and asked for.
func TestRecoveryCodesAreTypedUnseen(t *testing.T) {
	home := holding(t, 2)
	s := start(t, home, nil, "recovery", "add", "user1")
	s.expect("recovery codes, then an empty line  ")
	s.send("Keep them safe.\r\r1. 1a2b3-c4d5e\r2. f6a7b-8c9d0\r\r")
	s.expect("1  1a•••-•••••")
	s.expect("2  f6•••-•••••")
	s.expect(`Add 2 codes to .*\? \[y/N\] `)
	s.send("y\r")
	s.expect(`Added 2 recovery codes to .* 2 of 2 left\.`)
	s.wantStatus(0)
	if strings.Contains(s.seen, "c4d5e") || strings.Contains(s.seen, "8c9d0") {
		t.Errorf("a code was shown: %q", s.seen)
	}

	left := start(t, home, nil, "recovery", "add", "user1")
	left.expect("recovery codes")
	left.send("\x04")
	left.wantStatus(1)
}

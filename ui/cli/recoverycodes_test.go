//go:build unix

package cli_test

import (
	"strings"
	"testing"
)

const otherRecipient = "age1472y4lurnfyy00v4qkwqx4gtpklzdqcu7elwgrw0az6e3rtutuaq8hpq9a"

// TestRecoveryCodesAreTypedUnseen: a page is pasted into the terminal, with an empty
// line above its codes; what was found is told apart by shape, and asked for. So is
// what sealing means.
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

	no := start(t, home, nil, "recovery", "seal", "user1", "--recipient", otherRecipient)
	no.expect(`Seal 2 recovery codes of .*\? Without the key nobody opens them\. \[y/N\] `)
	no.send("n\r")
	no.wantStatus(1)
	if codes := vaultOf(t, home).Accounts()[1].Recovery; len(codes) != 2 || codes[0].Sealed {
		t.Error("sealed without a yes")
	}

	left := start(t, home, nil, "recovery", "add", "user1")
	left.expect("recovery codes")
	left.send("\x04")
	left.wantStatus(1)
}

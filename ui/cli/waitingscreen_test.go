//go:build linux || darwin || freebsd

package cli_test

import (
	"testing"
)

// TestWaitingIsSaidToAPerson: who looks at a terminal that shows nothing wonders. A
// key's codes of thirty years have too little time to live until one of them ends.
func TestWaitingIsSaidToAPerson(t *testing.T) {
	s := start(t, newHome(t), nil, "once", "--period", "1000000000", "--min-left", "999999999s")
	s.expect("key or otpauth URI  ")
	s.send("JBSWY3DPEHPK3PXP\r")
	s.expect(`Waiting \d+ s for the next code\.`)
	s.send("\x03")
	s.expect("interrupted; nothing more was changed")
	s.wantStatus(1)
}

// TestFollowEndsOnALineOfItsOwn: ctrl-c is how it is meant to end.
func TestFollowEndsOnALineOfItsOwn(t *testing.T) {
	d := newDesk(t)
	s := start(t, d.home, d.environment(), "code", "github", "--follow", "--identity", "key.txt")
	s.expect(`(?m)^\d{6}\r$`)
	s.send("\x03")
	s.expect(`\^C\r\n$`)
	s.wantStatus(0)
}

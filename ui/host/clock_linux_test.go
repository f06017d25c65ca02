package host

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestTheClockIsKnownOnLinux(t *testing.T) {
	var state unix.Timex
	code, err := unix.Adjtimex(&state)
	synchronised, known := ClockSynchronised()
	if known != (err == nil) {
		t.Errorf("known %v, the kernel says %v", known, err)
	}
	const unsynchronised = 5 // TIME_ERROR of adjtimex(2)
	if known && synchronised == (code == unsynchronised) && state.Status&unix.STA_CLOCKERR == 0 {
		t.Errorf("synchronised %v, the kernel's state is %d", synchronised, code)
	}
}

func TestTheClocksAreReadOnLinux(t *testing.T) {
	wall, steady, ok := readClocks()
	if !ok || wall <= 0 || steady <= 0 {
		t.Fatalf("%s, %s, %v", wall, steady, ok)
	}
	if jump := NewClockWatch().Jumped(); jump != 0 {
		t.Errorf("a jump of %s within no time", jump)
	}
}

package cli_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestNothingShowsBetweenTwoImages types without a pause while the door gives
// place to the list and the list to the door. A key that came while neither of
// them draws must not show; and at the end the terminal is what it was.
func TestNothingShowsBetweenTwoImages(t *testing.T) {
	keep := newKeepsake(t)
	s := start(t, keep.home, []string{"OTPANE_IDENTITY="})
	for range 3 {
		s.expect("passphrase")
		s.send(keep.passphrase + "\r")
		stop := typeOn(s)
		s.expect("alice")
		stop()
		s.send("L")
		stop = typeOn(s)
		s.expect("locked")
		stop()
		s.send("\x15")
	}
	s.send(keep.passphrase + "\r")
	s.expect("alice")
	s.send("q")
	s.wantStatus(0)
	if strings.Contains(s.seen, restless) {
		t.Error("keys typed between two images show on the terminal")
	}
	state, err := unix.IoctlGetTermios(int(s.tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	if want := uint32(unix.ECHO | unix.ICANON | unix.ISIG); state.Lflag&want != want {
		t.Errorf("the terminal was left without echo or lines: %#x", state.Lflag)
	}
}

// restless means nothing to any screen.
const restless = "§"

// typeOn presses a key again and again until it is stopped.
func typeOn(s *session) (stop func()) {
	enough, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-enough:
				return
			case <-time.After(50 * time.Microsecond):
				_, _ = s.tty.WriteString(restless)
			}
		}
	}()
	return func() { close(enough); <-ended }
}

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"otpane/vault"
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

// TestWhatIsTypedTooEarlyChangesNothing holds the list's image up, before it draws,
// by a file of settings that does not end, and types what would delete an account.
func TestWhatIsTypedTooEarlyChangesNothing(t *testing.T) {
	for _, face := range []struct {
		name, drawn string
		args        []string
	}{{"drawn", "alice", nil}, {"plain", "plain mode", []string{"--plain"}}} {
		t.Run(face.name, func(t *testing.T) {
			keep := newKeepsake(t)
			s := start(t, keep.home, []string{"OTPANE_IDENTITY="}, face.args...)
			s.expect("passphrase")
			s.hushed()
			settings := filepath.Join(keep.home, "otpane", "config.toml")
			if err := os.MkdirAll(filepath.Dir(settings), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := unix.Mkfifo(settings, 0o600); err != nil {
				t.Fatal(err)
			}
			s.send(keep.passphrase + "\r")
			reader, err := os.OpenFile(settings, os.O_WRONLY, 0) // opens when the next image reads
			if err != nil {
				t.Fatal(err)
			}
			s.send("dy")
			s.queued(len("dy"))
			if err := os.Remove(settings); err != nil {
				t.Fatal(err)
			}
			_ = reader.Close()
			s.expect(face.drawn)
			s.send("q")
			s.wantStatus(0)
			path := filepath.Join(keep.home, "vault.age")
			id, err := vault.Unlock(path, []byte(keep.passphrase))
			if err != nil {
				t.Fatal(err)
			}
			v, err := vault.Open(path, id, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(v.Accounts()); n != 3 {
				t.Errorf("%d accounts of 3 are left", n)
			}
		})
	}
}

// queued waits until as many bytes lie in the terminal, which nobody reads.
func (s *session) queued(bytes int) {
	s.t.Helper()
	number, err := unix.IoctlGetInt(int(s.tty.Fd()), unix.TIOCGPTN)
	if err != nil {
		s.t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	for began := time.Now(); time.Since(began) < patience; runtime.Gosched() {
		if n, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCINQ); err != nil || n == bytes {
			if err != nil {
				s.t.Fatal(err)
			}
			return
		}
	}
	s.t.Fatalf("what was typed does not lie in the terminal")
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

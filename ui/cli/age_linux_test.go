package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// TestAgeOpensTheVaultByOurPlugin lets stock age find the program under its other
// name and ask for the passphrase.
func TestAgeOpensTheVaultByOurPlugin(t *testing.T) {
	age, err := exec.LookPath("age")
	if err != nil {
		t.Skip("age is not installed: nobody to ask the plugin")
	}
	if out, _ := exec.Command(age, "-j").CombinedOutput(); strings.Contains(string(out), "not defined") {
		t.Skip("this age has no -j")
	}
	s := prepare(t, lockedHome(t), nil)
	s.run = exec.Command(age, "-d", "-j", "otpane", "-o", filepath.Join(s.home, "plain.json"), filepath.Join(s.home, "vault.age"))
	if s.tty, err = pty.Start(s.run); err != nil {
		t.Fatal(err)
	}
	s.attend()
	s.expect("passphrase of the vault")
	s.hushed()
	s.send(testPassphrase + "\r")
	s.wantStatus(0)
	plain, err := os.ReadFile(filepath.Join(s.home, "plain.json"))
	if err != nil || !strings.Contains(string(plain), `"issuer":"GitHub"`) {
		t.Errorf("%.100q, %v", plain, err)
	}
	if strings.Contains(s.seen, testPassphrase) {
		t.Error("the passphrase was shown")
	}
}

// hushed waits until the terminal shows no more what is typed: age asks first, and
// only then turns the echo off.
func (s *session) hushed() {
	s.t.Helper()
	for began := time.Now(); time.Since(began) < patience; runtime.Gosched() {
		state, err := unix.IoctlGetTermios(int(s.tty.Fd()), unix.TCGETS)
		if err != nil {
			s.t.Fatal(err)
		}
		if state.Lflag&unix.ECHO == 0 {
			return
		}
	}
	s.t.Fatalf("the terminal shows what is typed; it got:\n%s", s.seen)
}

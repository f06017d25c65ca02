//go:build unix

package cli_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDoctorChangesNothing compares everything below a home, names, modes, times and
// bytes, before and after: whoever looks for what is wrong must not lose the traces.
func TestDoctorChangesNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		home   func(t *testing.T) string
		says   string
		status int
	}{
		{"no vault", func(t *testing.T) string { return newHome(t) }, "✗ vault           no vault at", 1},
		{"a vault that was never seen here", func(t *testing.T) string {
			home := holding(t, 3)
			if err := os.RemoveAll(filepath.Join(home, "state")); err != nil {
				t.Fatal(err)
			}
			return home
		}, "✓ vault           opens: 3 accounts", 0},
		{"one that was seen", func(t *testing.T) string { return filled(t) }, "✓ rollback        nothing newer was seen here", 0},
		{"an older copy", func(t *testing.T) string {
			home := filled(t)
			old := readFile(t, filepath.Join(home, "vault.age"))
			start(t, home, []string{"XDG_STATE_HOME=" + filepath.Join(home, "state")}, "edit", "eu-root", "--note", "newer", "--yes").wantStatus(0)
			if err := os.WriteFile(filepath.Join(home, "vault.age"), old, 0o600); err != nil {
				t.Fatal(err)
			}
			return home
		}, "✗ rollback        The vault is older", 1},
		{"a damaged one", func(t *testing.T) string {
			home := filled(t)
			vault := readFile(t, filepath.Join(home, "vault.age"))
			vault[len(vault)-1] ^= 1
			if err := os.WriteFile(filepath.Join(home, "vault.age"), vault, 0o600); err != nil {
				t.Fatal(err)
			}
			return home
		}, "✗ vault           the vault is damaged", 1},
		{"leftovers and a planted lock", func(t *testing.T) string {
			home := holding(t, 3)
			for _, err := range []error{
				os.WriteFile(filepath.Join(home, ".vault.age.0123.tmp"), []byte("half"), 0o600),
				os.Remove(filepath.Join(home, ".vault.age.lock")), os.Symlink("/nowhere", filepath.Join(home, ".vault.age.lock")),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			return home
		}, "✗ links           the lock file is a link", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := c.home(t)
			temporary := t.TempDir()
			before := contents(t, home)
			run := exec.Command("otpane", "doctor")
			run.Dir = home
			run.Env = []string{
				"HOME=" + home, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "TMPDIR=" + temporary,
				"XDG_DATA_HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + filepath.Join(home, "state"), "XDG_RUNTIME_DIR=" + filepath.Join(home, "run"),
				"OTPANE_VAULT=" + filepath.Join(home, "vault.age"), "OTPANE_IDENTITY=" + filepath.Join(home, "key.txt"),
			}
			var said strings.Builder
			run.Stdout, run.Stderr = &said, &said
			_ = run.Run()
			if status := run.ProcessState.ExitCode(); status != c.status || !strings.Contains(said.String(), c.says) {
				t.Fatalf("status %d, no %q:\n%s", status, c.says, said.String())
			}
			if after := contents(t, home); !maps.Equal(before, after) {
				t.Errorf("the home held\n%v\nand holds\n%v", before, after)
			}
			if after := contents(t, temporary); len(after) != 1 {
				t.Errorf("temporary files: %v", after)
			}
		})
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestDoctorAsksForThePassphrase once, and tells what can be told without it.
func TestDoctorAsksForThePassphrase(t *testing.T) {
	home := lockedHome(t)
	s := start(t, home, []string{"OTPANE_IDENTITY="}, "doctor")
	s.expect("passphrase  ")
	s.send(testPassphrase + "\r")
	s.expect("opens: 4 accounts")
	s.expect(`\d+ fine, \d+ worth doing`)
	s.end()
	if strings.Contains(s.seen, testPassphrase) {
		t.Error("the passphrase was shown")
	}

	wrong := start(t, home, []string{"OTPANE_IDENTITY="}, "doctor")
	wrong.expect("passphrase  ")
	wrong.send("not this one\r")
	wrong.expect("free beside the vault")
	wrong.expect("wrong passphrase")
	wrong.expect("Not looked at, because the vault is not open: version, damage,")
	wrong.wantStatus(5)
	if n := strings.Count(wrong.seen, "passphrase  "); n != 2 { // the question, and the name of a check
		t.Errorf("asked %d times: %s", n-1, fmt.Sprintf("%q", wrong.seen))
	}
}

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// inDesktopSession are the arguments that run a shell script on a session bus of its
// own with an unlocked GNOME Keyring.
func inDesktopSession(t *testing.T, script string) []string {
	t.Helper()
	for _, program := range []string{"dbus-run-session", "gnome-keyring-daemon", "gdbus"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s here", program)
		}
	}
	return []string{"dbus-run-session", "--", "sh", "-ec", "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n" + script}
}

func desktopHome(t *testing.T) (home string, extra []string) {
	t.Helper()
	home = lockedHome(t)
	configure(t, home, "keyring = true\n")
	if err := os.WriteFile(filepath.Join(home, "words.txt"), []byte(testPassphrase), 0o600); err != nil {
		t.Fatal(err)
	}
	return home, []string{"XDG_RUNTIME_DIR=" + shortFolder(t), "OTPANE_IDENTITY="}
}

// TestSecretService goes through a keyring's life with a real one: a locked one opens
// nothing, raises nothing and keeps nobody waiting.
func TestSecretService(t *testing.T) {
	argv := inDesktopSession(t, `
		otpane recipients keyring --passphrase-file words.txt
		otpane --no-input list >list.txt
		otpane --no-input recipients list >recipients.txt
		gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets --method org.freedesktop.Secret.Service.Lock "['/org/freedesktop/secrets/collection/login']" >/dev/null
		! otpane --no-input list
		otpane --no-input recipients list --passphrase-file words.txt | cmp - recipients.txt
		echo through`)
	home, extra := desktopHome(t)
	s := prepare(t, home, extra)
	run := exec.Command(argv[0], argv[1:]...)
	run.Dir, run.Env = home, s.run.Env
	out, err := run.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "through\n") {
		t.Fatalf("%v\n%s", err, out)
	}
	for file, want := range map[string]string{"list.txt": "alice@example.com", "recipients.txt": "keyring of "} {
		text, err := os.ReadFile(filepath.Join(home, file))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q: %s", file, want, text)
		}
	}
	if strings.Contains(string(out), "AGE-SECRET-KEY") {
		t.Errorf("an identity was shown:\n%s", out)
	}
}

// TestPaneOpensByTheKeyringOnce: without a passphrase at the start, with one after the
// lock.
func TestPaneOpensByTheKeyringOnce(t *testing.T) {
	argv := inDesktopSession(t, "otpane recipients keyring --passphrase-file words.txt 2>/dev/null\nexec otpane")
	home, extra := desktopHome(t)
	s := prepare(t, home, extra)
	s.run.Path, s.run.Args = mustFind(t, argv[0]), argv
	begin(s, 80, 24)
	s.expect("alice@example.com")
	s.send("L")
	s.expect("locked")
	s.expect("passphrase")
	s.send(testPassphrase + "\r")
	s.expect("alice@example.com")
	s.send("qy")
	s.wantStatus(0)
}

func mustFind(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

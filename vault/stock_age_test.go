//go:build unix

package vault

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"

	"otpane/otpcore"
)

// TestStockAgeOpensIt types the passphrase into Debian's (or anybody's) age, for
// sealed identities of different lengths and beside another recipient.
func TestStockAgeOpensIt(t *testing.T) {
	need(t, "age", "bash", "sed", "base64")
	for _, logN := range []int{2, 10} {
		_, other := x25519(t)
		path := t.TempDir() + "/vault.age"
		v, err := Create(path, Access{Passphrase: []byte(testPassphrase), Identity: other, WorkFactor: logN}, (&clock{noon}).now)
		if err != nil {
			t.Fatal(err)
		}
		add(t, v, github())
		plain := atTerminal(t, exec.Command("bash", "-c", oneLiner, "bash", path))
		want := `"secret":"` + otpcore.EncodeBase32([]byte("12345678901234567890")) + `"`
		if !strings.Contains(plain, want) || !strings.Contains(plain, `"issuer":"GitHub"`) {
			t.Errorf("work factor %d: age says %.300q", logN, plain)
		}
	}
}

// TestStockAgeOpensWhatEncryptWrote, and nobody with less of a passphrase. More
// than one chunk of age's is in it.
func TestStockAgeOpensWhatEncryptWrote(t *testing.T) {
	need(t, "age")
	plain := strings.Repeat("all the keys\n", 10_000)
	file, err := Encrypt([]byte(plain), []byte(testPassphrase), WorkFactor(lowWork))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, []byte("keys")) {
		t.Error("the file can be read as it is")
	}
	path := filepath.Join(t.TempDir(), "export.age")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := atTerminal(t, exec.Command("age", "-d", path)); got != plain {
		t.Errorf("age says %.300q", got)
	}
	if _, err := Unlock(path, []byte(testPassphrase)); !errors.Is(err, ErrNotVault) {
		t.Errorf("as a vault: %v, want ErrNotVault", err)
	}
}

func TestEncryptRefusesAShortPassphrase(t *testing.T) {
	if _, err := Encrypt(nil, []byte("seven77"), WorkFactor(lowWork)); !errors.Is(err, ErrShort) {
		t.Errorf("%v, want ErrShort", err)
	}
}

func TestEncryptWorksAsHardAsAVaultDoes(t *testing.T) {
	file, err := Encrypt(nil, []byte(testPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	if logN, err := workFactor(file); logN != DefaultWorkFactor {
		t.Errorf("work factor %d, %v; want %d", logN, err, DefaultWorkFactor)
	}
}

// TestStockAgeWithOurPlugin: `age -d -j otpane`.
func TestStockAgeWithOurPlugin(t *testing.T) {
	need(t, "age")
	install(t, "age-plugin-otpane")
	v := newVault(t)
	add(t, v, github())
	plain := atTerminal(t, exec.Command("age", "-d", "-j", "otpane", v.Path()))
	if !strings.Contains(plain, `"issuer":"GitHub"`) {
		t.Errorf("age says %.300q", plain)
	}
}

func TestStockAgeWithADetachedKey(t *testing.T) {
	need(t, "age")
	v, key := newDetached(t, osDisk{})
	plain := atTerminal(t, exec.Command("age", "-d", "-i", key, v.Path()))
	if !strings.Contains(plain, `"issuer":"GitHub"`) {
		t.Errorf("age says %.300q", plain)
	}
}

func need(t *testing.T, peers ...string) {
	t.Helper()
	for _, peer := range peers {
		if _, err := exec.LookPath(peer); err != nil {
			t.Skipf("%s is not installed: nothing to compare with", peer)
		}
	}
}

// atTerminal runs age where it can ask for the passphrase, and answers.
func atTerminal(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	var out bytes.Buffer
	c.Stdout = &out
	terminal, err := pty.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	typePassphrase(t, terminal)
	if err := c.Wait(); err != nil {
		t.Fatalf("age: %v", err)
	}
	return out.String()
}

// typePassphrase waits for the question, answers it, and keeps reading so that
// age never waits for the terminal.
func typePassphrase(t *testing.T, terminal io.ReadWriter) {
	t.Helper()
	var said strings.Builder
	buf := make([]byte, 256)
	for !strings.Contains(said.String(), "passphrase") {
		n, err := terminal.Read(buf)
		said.Write(buf[:n])
		if err != nil {
			t.Fatalf("age asked for no passphrase: %q, %v", said.String(), err)
		}
	}
	if _, err := io.WriteString(terminal, testPassphrase+"\n"); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, terminal) }()
}

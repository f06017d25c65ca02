package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"otpane/ui/host"
	"otpane/vault"
)

// drawer is a keyring for tests, with what may be wrong with one.
type drawer struct {
	entries map[string]string
	err     error // of reading
	spoils  bool  // gives back something else
	reads   int
}

func (d *drawer) Read(_ context.Context, name string) (string, error) {
	d.reads++
	secret, there := d.entries[name]
	switch {
	case d.err != nil:
		return "", d.err
	case !there:
		return "", host.ErrKeyringEmpty
	case d.spoils:
		return secret[1:], nil
	}
	return secret, nil
}

func (d *drawer) Write(_ context.Context, name, secret string) error {
	d.entries[name] = secret
	return nil
}

func (d *drawer) Remove(_ context.Context, name string) error {
	delete(d.entries, name)
	return nil
}

// machineWithKeyring is a vault under a passphrase, a keyring, and settings.
type machineWithKeyring struct {
	t    *testing.T
	home string
	ring *drawer
}

func withKeyring(t *testing.T, settings string) *machineWithKeyring {
	t.Helper()
	m := &machineWithKeyring{t, t.TempDir(), &drawer{entries: map[string]string{}}}
	for name, text := range map[string]string{"words.txt": "correct horse battery staple", "otpane/config.toml": settings} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(m.home, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(m.home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.must("init", "--passphrase-file", m.words())
	return m
}

func (m *machineWithKeyring) words() string { return filepath.Join(m.home, "words.txt") }

// run asks nobody, so that whatever would ask fails.
func (m *machineWithKeyring) run(args ...string) (said string, err error) {
	var out bytes.Buffer
	env := map[string]string{"XDG_CONFIG_HOME": m.home, "XDG_DATA_HOME": m.home, "XDG_STATE_HOME": m.home, "XDG_RUNTIME_DIR": filepath.Join(m.home, "none")}
	p := &program{Env: Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Getenv: func(name string) string { return env[name] }, Now: time.Now, WorkFactor: 2}, ring: m.ring}
	p.args = append([]string{"--no-input"}, args...)
	err = p.run(context.Background(), p.args)
	if err != nil {
		p.report(err)
	}
	for _, secret := range m.ring.entries {
		if strings.Contains(out.String(), strings.TrimPrefix(secret, "AGE-SECRET-KEY-1")) {
			m.t.Errorf("%q shows what lies in the keyring", args)
		}
	}
	return out.String(), err
}

func (m *machineWithKeyring) must(args ...string) string {
	m.t.Helper()
	said, err := m.run(args...)
	if err != nil {
		m.t.Fatalf("%q: %v\n%s", args, err, said)
	}
	return said
}

// asks fails unless a command would have asked for the passphrase.
func (m *machineWithKeyring) asks(why string, args ...string) {
	m.t.Helper()
	if said, err := m.run(args...); err == nil || !strings.Contains(said, "the vault wants its passphrase") {
		m.t.Errorf("%s, and no passphrase was asked for: %v\n%s", why, err, said)
	}
}

func TestKeyringOpensTheVault(t *testing.T) {
	m := withKeyring(t, "keyring = true\n")
	m.asks("nothing in the keyring", "list")
	said := m.must("recipients", "keyring", "--passphrase-file", m.words())
	if len(m.ring.entries) != 1 || strings.Contains(said, "config.toml") {
		t.Fatalf("%d entries; %s", len(m.ring.entries), said)
	}
	m.must("list")
	m.must("passphrase", "--passphrase-file", m.words(), "--new-passphrase-file", m.words())
	m.must("list") // a new passphrase does not end it
	if said, err := m.run("recipients", "keyring"); err == nil || !strings.Contains(said, "already") {
		t.Errorf("twice: %s", said)
	}

	reads := m.ring.reads
	m.must("list", "--passphrase-file", m.words())
	if m.ring.reads != reads {
		t.Error("the keyring was asked although a file opens the vault")
	}
	for _, err := range []error{host.ErrNoKeyring, host.ErrKeyringLocked, host.ErrKeyringSilent, errors.New("anything")} {
		m.ring.err = err
		m.asks(err.Error(), "list")
	}
	m.ring.err = nil
	m.ring.spoils = true
	m.asks("what lies there is no identity", "list")
	m.ring.spoils = false

	label := keyringLabel + thisMachine()
	if said := m.must("recipients", "list"); !strings.Contains(said, label) {
		t.Errorf("the list is %s", said)
	}
	m.asks("what opened it is to be shut out", "recipients", "remove", label, "--yes")
	if said := m.must("recipients", "remove", label, "--yes", "--passphrase-file", m.words()); !strings.Contains(said, "gone from this machine's keyring") || len(m.ring.entries) > 0 {
		t.Errorf("%d entries are left; %s", len(m.ring.entries), said)
	}
	m.asks("it was removed", "list")
}

func TestKeyringIsOffUntilWanted(t *testing.T) {
	m := withKeyring(t, "")
	if said := m.must("recipients", "keyring", "--passphrase-file", m.words()); !strings.Contains(said, "`keyring = true` in ") {
		t.Errorf("nothing says how it is used: %s", said)
	}
	reads := m.ring.reads
	m.asks("the setting is off", "list")
	if m.ring.reads != reads {
		t.Error("the keyring was asked")
	}
}

func TestKeyringThatLosesWhatItIsGiven(t *testing.T) {
	m := withKeyring(t, "keyring = true\n")
	m.ring.spoils = true
	if said, err := m.run("recipients", "keyring", "--passphrase-file", m.words()); err == nil || !strings.Contains(said, "was not changed") {
		t.Errorf("it was taken: %s", said)
	}
	if said := m.must("recipients", "list", "--passphrase-file", m.words()); strings.Contains(said, keyringLabel) || len(m.ring.entries) > 0 {
		t.Errorf("%d entries, and the recipients are %s", len(m.ring.entries), said)
	}
	m.ring.spoils, m.ring.err = false, host.ErrNoKeyring
	if said, err := m.run("recipients", "keyring"); err == nil || !strings.Contains(said, "no keyring here") {
		t.Errorf("without one, before a passphrase is asked for: %s", said)
	}
}

// TestKeyringOfAnotherVault: an identity that does not open this vault is no reason to
// fail, and removing a recipient that only is called so leaves the entry alone.
func TestKeyringOfAnotherVault(t *testing.T) {
	m := withKeyring(t, "keyring = true\n")
	other := withKeyring(t, "")
	other.must("recipients", "keyring", "--passphrase-file", other.words())
	for _, secret := range other.ring.entries {
		m.ring.entries[keyringName(filepath.Join(m.home, "otpane", "vault.age"))] = secret
	}
	m.asks("it opens another vault", "list")
	id, err := vault.ParseIdentity("AGE-SECRET-KEY-1ZRR6LA0KDJLRCYA554MQ40HYP2E5AW9WNJ2874YCHQHFDAGW2Q2Q0JEPVG")
	if err != nil {
		t.Fatal(err)
	}
	m.must("recipients", "add", id.Recipients()[0], "--label", keyringLabel+"laptop", "--passphrase-file", m.words())
	m.must("recipients", "remove", keyringLabel+"laptop", "--yes", "--passphrase-file", m.words())
	if len(m.ring.entries) != 1 {
		t.Error("the entry of another key was removed")
	}
}

package vault

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/plugin"
	"golang.org/x/crypto/ssh"
)

// mustOpen reads the vault with another identity and saves with it, which must
// shut nobody out.
func mustOpen(t *testing.T, v *Vault, id Identity) {
	t.Helper()
	other, err := Open(v.Path(), id, v.now)
	if err != nil {
		t.Fatal(err)
	}
	before := len(other.Accounts())
	add(t, other, github())
	if _, err := v.Refresh(); err != nil {
		t.Fatalf("shut out by another's save: %v", err)
	}
	if n := len(v.Accounts()); n != before+1 {
		t.Errorf("%d accounts, want %d", n, before+1)
	}
	if _, err := Unlock(v.Path(), []byte(testPassphrase)); err != nil && !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("the passphrase: %v", err)
	}
}

func sshIdentity(t *testing.T) (Identity, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "alice@host")
	if err != nil {
		t.Fatal(err)
	}
	id, err := ParseIdentity(string(pem.EncodeToMemory(block)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	return id, line + " alice@host"
}

func TestRecipients(t *testing.T) {
	_, x := x25519(t)
	sshKey, sshLine := sshIdentity(t)
	hardware := testPluginIdentity(t)
	for name, c := range map[string]struct {
		id   Identity
		text string
	}{
		"X25519":      {x, x.Recipients()[0]},
		"ssh-ed25519": {sshKey, sshLine},
		"plugin":      {hardware, hardware.Recipients()[0]},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			add(t, v, github())
			if err := v.AddRecipient(c.text, "mine"); err != nil {
				t.Fatal(err)
			}
			if err := v.AddRecipient(c.text, "again"); err != nil {
				t.Fatal(err)
			}
			all := reopen(t, v).Recipients()
			if len(all) != 1 || all[0].Label != "again" || strings.Contains(all[0].Text, "alice@host") {
				t.Fatalf("recipients: %v", all)
			}
			mustOpen(t, v, c.id)
			if err := v.RemoveRecipient(c.text); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(v.Path(), c.id, v.now); !errors.Is(err, ErrIdentity) {
				t.Errorf("removed: %v, want ErrIdentity", err)
			}
			if n := len(v.Recipients()); n != 0 {
				t.Errorf("%d recipients, want none", n)
			}
			if err := v.RemoveRecipient(c.text); err == nil {
				t.Error("removed twice")
			}
		})
	}
}

func TestVaultWithoutPassphrase(t *testing.T) {
	sshKey, _ := sshIdentity(t)
	quantum, err := newIdentity(true)
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]Identity{"ssh": sshKey, "plugin": testPluginIdentity(t), "post-quantum": quantum} {
		v, err := Create(filepath.Join(t.TempDir(), "vault.age"), Access{Identity: id}, (&clock{noon}).now)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		mustOpen(t, v, id)
		if err := v.RemoveRecipient(id.Recipients()[0]); !errors.Is(err, ErrLastWay) {
			t.Errorf("%s: removing the only recipient: %v, want ErrLastWay", name, err)
		}
		again, err := ParseIdentity(id.Reveal())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		mustOpen(t, v, again)
	}
}

func TestBadRecipients(t *testing.T) {
	key, _ := x25519(t)
	v := newVault(t)
	file := mustRead(t, v.Path())
	for _, text := range []string{"", "alice", "age1", "age1xyz", "ssh-ed25519 AAAA", "ssh-dss AAAA", key.String(), "age1pq1zzz", "AGE-PLUGIN-"} {
		err := v.AddRecipient(text, "")
		if err == nil {
			t.Errorf("%q is accepted", text)
		} else if strings.Contains(err.Error(), key.String()[20:]) {
			t.Errorf("the error shows a private key: %v", err)
		}
	}
	// A plugin that is not installed could never be saved for.
	if err := v.AddRecipient(plugin.EncodeRecipient("notinstalled", []byte("x")), ""); err == nil {
		t.Error("a recipient of a missing plugin is accepted")
	}
	if !bytes.Equal(mustRead(t, v.Path()), file) || len(v.Recipients()) != 0 {
		t.Error("the vault changed")
	}
}

func TestPostQuantumDoesNotMix(t *testing.T) {
	quantum, err := newIdentity(true)
	if err != nil {
		t.Fatal(err)
	}
	_, classic := x25519(t)
	v := newVault(t)
	if err := v.AddRecipient(quantum.Recipients()[0], ""); !errors.Is(err, ErrMixed) {
		t.Errorf("post-quantum beside classic: %v, want ErrMixed", err)
	}
	if err := v.ChangePassphrase([]byte(testPassphrase), WorkFactor(lowWork), PostQuantum()); err != nil {
		t.Fatal(err)
	}
	if err := v.ChangePassphrase([]byte(testPassphrase), WorkFactor(lowWork)); err != nil || !isPostQuantum(v.doc.recipient) {
		t.Errorf("a change of passphrase made a post-quantum vault classic: %v", err)
	}
	if err := v.AddRecipient(quantum.Recipients()[0], ""); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, v, quantum)
	if err := v.AddRecipient(classic.Recipients()[0], ""); !errors.Is(err, ErrMixed) {
		t.Errorf("classic beside post-quantum: %v, want ErrMixed", err)
	}
	key, err := v.NewRecoveryKey()
	if err != nil || v.AddRecipient(key.Recipients()[0], "") != nil {
		t.Errorf("the recovery key cannot join: %v", err)
	}
	both := Access{Passphrase: []byte(testPassphrase), Identity: quantum, WorkFactor: lowWork}
	if _, err := Create(filepath.Join(t.TempDir(), "v.age"), both, v.now); err != nil {
		t.Errorf("passphrase and post-quantum identity: %v", err)
	}
	both.Identity, both.PostQuantum = classic, true
	if _, err := Create(filepath.Join(t.TempDir(), "v.age"), both, v.now); !errors.Is(err, ErrMixed) {
		t.Errorf("post-quantum passphrase and classic identity: %v, want ErrMixed", err)
	}
}

// TestForgottenPassphrase: the recovery key opens, and sets a new passphrase.
func TestForgottenPassphrase(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	key, err := v.NewRecoveryKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(v.Path(), key, v.now); !errors.Is(err, ErrIdentity) {
		t.Fatalf("before it was added: %v", err)
	}
	if err := v.AddRecipient(key.Recipients()[0], "recovery key"); err != nil {
		t.Fatal(err)
	}
	onPaper, err := ParseIdentity(key.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	recovered, err := Open(v.Path(), onPaper, v.now)
	if err != nil {
		t.Fatal(err)
	}
	if err := recovered.ChangePassphrase([]byte("a new passphrase"), WorkFactor(lowWork)); err != nil {
		t.Fatal(err)
	}
	if _, err := Unlock(v.Path(), []byte(testPassphrase)); !errors.Is(err, ErrPassphrase) {
		t.Errorf("the forgotten passphrase: %v", err)
	}
	id, err := Unlock(v.Path(), []byte("a new passphrase"))
	if err != nil {
		t.Fatal(err)
	}
	for what, id := range map[string]Identity{"the new passphrase": id, "the recovery key after its use": onPaper} {
		if again, err := Open(v.Path(), id, v.now); err != nil || len(again.Accounts()) != 1 {
			t.Errorf("%s: %v", what, err)
		}
	}
	if slices.Contains(recovered.doc.former, key.Reveal()) {
		t.Error("the recovery key is kept inside the vault")
	}
}

// testPlugin is the name of a plugin that is this test binary. Its recipients
// and identities are X25519 ones in disguise.
const testPlugin = "otpanetest"

func runTestPlugin() int {
	p, err := plugin.New(testPlugin)
	if err != nil {
		return 1
	}
	p.HandleIdentity(func(data []byte) (age.Identity, error) { return disguisedIdentity(data) })
	p.HandleIdentityAsRecipient(func(data []byte) (age.Recipient, error) {
		id, err := disguisedIdentity(data)
		if err != nil {
			return nil, err
		}
		return disguisedRecipient{id.(disguise).X25519Identity.Recipient()}, nil
	})
	p.RegisterFlags(flag.CommandLine)
	flag.Parse()
	return p.Main()
}

func disguisedIdentity(data []byte) (age.Identity, error) {
	id, err := age.ParseX25519Identity(string(data))
	return disguise{id}, err
}

type disguise struct{ *age.X25519Identity }

func (d disguise) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	var mine []*age.Stanza
	for _, s := range stanzas {
		if s.Type == testPlugin {
			mine = append(mine, &age.Stanza{Type: "X25519", Args: s.Args, Body: s.Body})
		}
	}
	return d.X25519Identity.Unwrap(mine)
}

type disguisedRecipient struct{ *age.X25519Recipient }

func (d disguisedRecipient) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	stanzas, err := d.X25519Recipient.Wrap(fileKey)
	for _, s := range stanzas {
		s.Type = testPlugin
	}
	return stanzas, err
}

// install puts this test binary on the PATH of one test, under another name.
func install(t *testing.T, name string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func testPluginIdentity(t *testing.T) Identity {
	t.Helper()
	install(t, "age-plugin-"+testPlugin)
	key, _ := x25519(t)
	id, err := ParseIdentity(plugin.EncodeIdentity(testPlugin, []byte(key.String())))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

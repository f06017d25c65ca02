//go:build unix

package cli_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"
	"filippo.io/age/plugin"
)

// TestPluginAsksForItsPIN adds a hardware key that is a program of the test and
// opens the vault with it, in commands and in the pane.
func TestPluginAsksForItsPIN(t *testing.T) {
	home := filled(t)
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(home, "hardware.txt")
	if err := os.WriteFile(file, []byte(plugin.EncodeIdentity(testPlugin, []byte(key.String()))+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	add := start(t, home, nil, "recipients", "add", file, "--label", "stick")
	add.expect(`stick opens the vault from now on\.`)
	add.wantStatus(0)

	list := start(t, home, []string{"OTPANE_IDENTITY=" + file}, "list")
	list.expect(testPlugin + `: PIN of the stick  `)
	list.send("1234\r")
	list.expect("eu-root")
	list.wantStatus(0)

	wrong := start(t, home, []string{"OTPANE_IDENTITY=" + file}, "list")
	wrong.expect("PIN of the stick")
	wrong.send("4321\r")
	wrong.wantStatus(5)

	pane := start(t, home, []string{"OTPANE_IDENTITY=" + file})
	pane.expect("PIN of the stick")
	pane.send("1234\r")
	pane.expect("eu-root")
	pane.send("q")
	pane.wantStatus(0)
}

// testPlugin is a hardware key that is this test binary: an X25519 identity in
// disguise, behind a PIN.
const testPlugin = "otpaneclitest"

func runTestPlugin() {
	p, err := plugin.New(testPlugin)
	if err != nil {
		os.Exit(1)
	}
	p.HandleIdentity(func(data []byte) (age.Identity, error) {
		id, err := age.ParseX25519Identity(string(data))
		return behindPIN{id, p}, err
	})
	p.HandleIdentityAsRecipient(func(data []byte) (age.Recipient, error) {
		id, err := age.ParseX25519Identity(string(data))
		if err != nil {
			return nil, err
		}
		return disguised{id.Recipient()}, nil
	})
	p.RegisterFlags(flag.CommandLine)
	flag.Parse()
	os.Exit(p.Main())
}

type behindPIN struct {
	*age.X25519Identity
	plugin *plugin.Plugin
}

func (b behindPIN) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type != testPlugin {
			continue
		}
		if pin, err := b.plugin.RequestValue("PIN of the stick", true); err != nil || pin != "1234" {
			return nil, age.ErrIncorrectIdentity
		}
		return b.X25519Identity.Unwrap([]*age.Stanza{{Type: "X25519", Args: s.Args, Body: s.Body}})
	}
	return nil, age.ErrIncorrectIdentity
}

type disguised struct{ *age.X25519Recipient }

func (d disguised) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	stanzas, err := d.X25519Recipient.Wrap(fileKey)
	for _, s := range stanzas {
		s.Type = testPlugin
	}
	return stanzas, err
}

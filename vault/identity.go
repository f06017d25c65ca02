package vault

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/plugin"
	"golang.org/x/crypto/ssh"
)

// Identity opens a vault: what Unlock made of the passphrase, or the content of
// an age identity file or an SSH private key. It is as shy as otpcore.Secret:
// no verb and no encoder shows it.
type Identity struct{ reveal func() *keys }

// keys are what an identity file holds.
type keys struct {
	text       string
	ui         *plugin.ClientUI
	identities []age.Identity
	recipients []string // who can read what these identities can read
}

// Reveal is the text that ParseIdentity reads again, for the pipe between two
// images of the process and for a recovery key on paper.
func (i Identity) Reveal() string {
	if i.IsZero() {
		return ""
	}
	return i.reveal().text
}

// IsZero says that there is no identity.
func (i Identity) IsZero() bool { return i.reveal == nil }

// Recipients are the public halves, for AddRecipient. A plugin identity stands
// for itself: only the plugin knows its recipient.
func (i Identity) Recipients() []string {
	if i.IsZero() {
		return nil
	}
	return slices.Clone(i.reveal().recipients)
}

// reads says whether what is encrypted to the recipient opens to the identity.
func (i Identity) reads(recipient string) bool {
	return !i.IsZero() && slices.Contains(i.reveal().recipients, recipient)
}

// Format answers every fmt verb with the same word.
func (i Identity) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[identity]")) }

var errShy = errors.New("an identity is not encoded outside the vault")

func (i Identity) MarshalJSON() ([]byte, error)   { return nil, errShy }
func (i Identity) MarshalText() ([]byte, error)   { return nil, errShy }
func (i Identity) MarshalBinary() ([]byte, error) { return nil, errShy }
func (i Identity) GobEncode() ([]byte, error)     { return nil, errShy }

// Prompts is how a plugin's hardware speaks with the user: a message to show, a
// PIN to ask for. Functions that are nil refuse. They are for opening: saving for
// a plugin's recipient asks nothing.
type Prompts struct {
	Show    func(plugin, message string) error
	Ask     func(plugin, question string, secret bool) (string, error)
	Confirm func(plugin, question, yes, no string) (bool, error)
	Waiting func(plugin string) // for five seconds already: a touch is due
}

// ParseIdentity reads an age identity file (X25519, post-quantum and plugin
// identities, one a line, # for remarks) or an SSH private key without a
// passphrase of its own. No part of the text occurs in an error. Only plugins use
// the prompts, the first of which counts.
func ParseIdentity(text string, prompts ...Prompts) (Identity, error) {
	k := keys{text: text, ui: pluginPrompts(prompts...)}
	var err error
	switch trimmed := strings.TrimSpace(text); {
	case strings.HasPrefix(trimmed, "-----BEGIN AGE ENCRYPTED FILE-----"),
		strings.HasPrefix(trimmed, ageIntro):
		err = errors.New("the identity file is under a passphrase: decrypt it with age first")
	case strings.HasPrefix(trimmed, "-----BEGIN"):
		err = k.addSSH([]byte(trimmed + "\n"))
	default:
		err = k.addLines(text)
	}
	if err != nil {
		return Identity{}, err
	}
	return Identity{reveal: func() *keys { return &k }}, nil
}

func (k *keys) addLines(text string) error {
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := k.addLine(line); err != nil {
			return fmt.Errorf("identity file, line %d: %w", n+1, err)
		}
	}
	if len(k.identities) == 0 {
		return errors.New("the identity file holds no identity")
	}
	return nil
}

// addLine keeps age's own error texts out: they are not promised to leave out
// the line, which is a key.
func (k *keys) addLine(line string) error {
	switch {
	case strings.HasPrefix(line, "AGE-SECRET-KEY-1"):
		id, err := age.ParseX25519Identity(line)
		if err != nil {
			return errors.New("the age key has a typing error")
		}
		k.add(id, id.Recipient().String())
	case strings.HasPrefix(line, "AGE-SECRET-KEY-PQ-1"):
		id, err := age.ParseHybridIdentity(line)
		if err != nil {
			return errors.New("the age key has a typing error")
		}
		k.add(id, id.Recipient().String())
	case strings.HasPrefix(line, "AGE-PLUGIN-"):
		id, err := plugin.NewIdentity(line, k.ui)
		if err != nil {
			return errors.New("the plugin identity has a typing error")
		}
		k.add(id, line)
	default:
		return errors.New("not an age identity")
	}
	return nil
}

func (k *keys) add(id age.Identity, recipient string) {
	k.identities = append(k.identities, id)
	k.recipients = append(k.recipients, recipient)
}

func (k *keys) addSSH(pem []byte) error {
	raw, err := ssh.ParseRawPrivateKey(pem)
	var missing *ssh.PassphraseMissingError
	if errors.As(err, &missing) {
		return errors.New("the SSH key has a passphrase of its own: use an age identity, or a copy of the key without one")
	}
	if err != nil {
		return errors.New("the SSH key cannot be read")
	}
	id, err := agessh.ParseIdentity(pem)
	if err != nil {
		return errors.New("of SSH keys, ed25519 and RSA can open a vault")
	}
	signer, err := ssh.NewSignerFromKey(raw)
	if err != nil {
		return errors.New("the SSH key cannot be read")
	}
	k.add(id, string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(signer.PublicKey()))))
	return nil
}

// parseRecipient reads what keys.recipients and the payload hold: age1…,
// age1pq1…, age1name1… (a plugin), a plugin identity (the plugin wraps to it),
// and ssh-ed25519 or ssh-rsa lines.
func parseRecipient(text string) (age.Recipient, error) {
	switch {
	case strings.HasPrefix(text, "AGE-PLUGIN-"):
		id, err := plugin.NewIdentity(text, pluginPrompts())
		if err != nil {
			return nil, err
		}
		return id.Recipient(), nil
	case strings.HasPrefix(text, "age1pq1"):
		return age.ParseHybridRecipient(text)
	case strings.HasPrefix(text, "age1") && strings.Count(text, "1") > 1:
		return plugin.NewRecipient(text, pluginPrompts())
	case strings.HasPrefix(text, "age1"):
		return age.ParseX25519Recipient(text)
	case strings.HasPrefix(text, "ssh-"):
		return agessh.ParseRecipient(text)
	}
	return nil, errors.New("not an age or SSH recipient")
}

// pluginPrompts without prompts answers nothing. Plugins that need only a touch
// or the machine's own chip work even so.
func pluginPrompts(prompts ...Prompts) *plugin.ClientUI {
	if len(prompts) == 0 {
		return &plugin.ClientUI{}
	}
	p := prompts[0]
	return &plugin.ClientUI{DisplayMessage: p.Show, RequestValue: p.Ask, Confirm: p.Confirm, WaitTimer: p.Waiting}
}

// newIdentity draws an X25519 or a post-quantum (ML-KEM-768 and X25519) identity.
func newIdentity(postQuantum bool) (Identity, error) {
	if postQuantum {
		id, err := age.GenerateHybridIdentity()
		if err != nil {
			return Identity{}, fmt.Errorf("new identity: %w", err)
		}
		return ParseIdentity(id.String())
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return Identity{}, fmt.Errorf("new identity: %w", err)
	}
	return ParseIdentity(id.String())
}

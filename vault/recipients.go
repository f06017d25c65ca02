package vault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

var (
	// ErrMixed is age's own rule: a file is only as safe from quantum computers
	// as the weakest of its recipients, so post-quantum and classic ones do not
	// go together. The vault's own identity counts; see PostQuantum.
	ErrMixed = errors.New("post-quantum and classic recipients do not mix")
	// ErrLastWay means that nobody, or not the one who asks, could open the vault
	// any more.
	ErrLastWay = errors.New("the vault could no longer be opened")
)

// Recipient is one who can open the vault beside the passphrase.
type Recipient struct {
	Text  string // age1…, age1pq1…, age1plugin1…, AGE-PLUGIN-…, ssh-ed25519 …
	Label string // what the user calls it: "recovery key", "YubiKey"
}

// Plugin names the program that age needs for this recipient at every save, such as
// age-plugin-yubikey; "" where it needs none.
func (r Recipient) Plugin() string {
	if !isPlugin(r.Text) {
		return ""
	}
	name, found := strings.CutPrefix(r.Text, "AGE-PLUGIN-")
	if !found {
		name = strings.TrimPrefix(r.Text, "age1")
	}
	// Bech32 ends its prefix at the last "1"; an identity's has a dash in front of it.
	name = name[:max(strings.LastIndexByte(name, '1'), 0)]
	return "age-plugin-" + strings.ToLower(strings.TrimSuffix(name, "-"))
}

// Recipients lists them in the order in which they were added.
func (v *Vault) Recipients() []Recipient {
	var all []Recipient
	for _, r := range v.present().recipients {
		if !r.Removed {
			all = append(all, Recipient{r.Recipient, r.Label})
		}
	}
	return all
}

// AddRecipient lets the owner of an age recipient, an SSH key (ed25519 or RSA) or
// a plugin's hardware open the vault from the next save on; this one. A plugin
// has to be installed for every save. Adding one again changes its label.
func (v *Vault) AddRecipient(text, label string) error {
	text = strings.TrimSpace(text)
	if _, err := parseRecipient(text); err != nil {
		return err
	}
	return v.Update(func(d *Draft) error {
		if !d.doc.canJoin(text) {
			return ErrMixed
		}
		d.putRecipient(recipientRecord{Recipient: sshKeyOnly(text), Label: label})
		return nil
	})
}

// RemoveRecipient shuts the owner out of all later saves. What the owner could
// open before, backups and copies among it, stays readable to them.
func (v *Vault) RemoveRecipient(text string) error {
	text = sshKeyOnly(strings.TrimSpace(text))
	return v.Update(func(d *Draft) error {
		if !slices.Contains(d.doc.readers(), text) || text == d.doc.recipient {
			return errors.New("no such recipient")
		}
		d.putRecipient(recipientRecord{Recipient: text, Removed: true})
		if !slices.ContainsFunc(d.doc.readers(), d.identity.reads) {
			return ErrLastWay
		}
		return nil
	})
}

func (d *Draft) putRecipient(r recipientRecord) {
	r.Stamp = d.tick()
	d.doc.recipients = slices.DeleteFunc(d.doc.recipients, func(other recipientRecord) bool {
		return other.Recipient == r.Recipient
	})
	d.doc.recipients = append(d.doc.recipients, r)
}

// sshKeyOnly drops the remark at the end of an SSH key line: it is no part of
// the key, and two spellings would be two recipients.
func sshKeyOnly(text string) string {
	if words := strings.Fields(text); strings.HasPrefix(text, "ssh-") && len(words) > 2 {
		return strings.Join(words[:2], " ")
	}
	return text
}

// canJoin leaves plugins to age: only they know what they are.
func (d *document) canJoin(text string) bool {
	for _, other := range d.readers() {
		if !isPlugin(other) && !isPlugin(text) && isPostQuantum(other) != isPostQuantum(text) {
			return false
		}
	}
	return true
}

func isPostQuantum(recipient string) bool { return strings.HasPrefix(recipient, "age1pq1") }

func isPlugin(recipient string) bool {
	return strings.HasPrefix(recipient, "AGE-PLUGIN-") ||
		strings.HasPrefix(recipient, "age1") && !isPostQuantum(recipient) && strings.Count(recipient, "1") > 1
}

// NewRecoveryKey draws an identity of the kind that can join this vault. It is
// stored nowhere: show it once, and when the user has proven to have it on
// paper, add its recipient (Identity.Recipients) with AddRecipient.
func (v *Vault) NewRecoveryKey() (Identity, error) {
	id, err := newIdentity(v.present().postQuantum())
	if err != nil {
		return Identity{}, fmt.Errorf("recovery key: %w", err)
	}
	return id, nil
}

// postQuantum says that every recipient is.
func (d *document) postQuantum() bool {
	readers := d.readers()
	return len(readers) > 0 && !slices.ContainsFunc(readers, func(r string) bool { return !isPostQuantum(r) })
}

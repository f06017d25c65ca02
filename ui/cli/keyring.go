package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/ui/host"
	"otpane/vault"
)

// keyring is the system's store of secrets. What lies there opens a vault as one of
// its recipients, and is neither its passphrase nor the vault's own key: removing
// that recipient ends it.
type keyring interface {
	Read(ctx context.Context, name string) (string, error)
	Write(ctx context.Context, name, secret string) error
	Remove(ctx context.Context, name string) error
}

// keyringLabel begins the label of a recipient whose other half is in a keyring.
const keyringLabel = "keyring of "

// keyringName is what the keyring calls a vault: whoever looks through it reads what
// the entry is for.
func keyringName(path string) string {
	path = absolute(path)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// byKeyring gets what opens the vault at path from the keyring, where the settings
// want that. Whatever is in the way of it is no news: the passphrase is asked for, as
// without a keyring.
func (p *program) byKeyring(ctx context.Context, path string) (vault.Identity, bool) {
	s, err := p.settings()
	if err != nil || !s.Keyring || p.pastKeyring {
		return vault.Identity{}, false
	}
	id, err := p.inKeyring(ctx, path)
	if err == nil {
		_, err = vault.Open(path, id, p.Now) // the vault may have shut it out
	}
	p.openedByKeyring = err == nil
	return id, err == nil
}

// inKeyring is the identity that the keyring has for the vault at path.
func (p *program) inKeyring(ctx context.Context, path string) (vault.Identity, error) {
	text, err := p.ring.Read(ctx, keyringName(path))
	if err != nil {
		return vault.Identity{}, err
	}
	return vault.ParseIdentity(text)
}

func (p *program) keyringCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keyring",
		Short: "Let this machine's keyring open the vault",
		Long: `Makes a key of its own, adds its recipient to the vault, and puts the other
half into the system's keyring: Secret Service, Keychain, Credential Manager.
With ` + "`keyring = true`" + ` in the settings, commands and the first opening of a pane
take it instead of asking; a locked pane still asks. While the keyring is
unlocked, any program of yours can take it as well. It does not change the
passphrase, and removing the recipient ends it.`,
		Example: "  otpane recipients keyring\n  otpane recipients remove \"keyring of $(hostname)\"",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.intoKeyring(cmd.Context()) },
	}
}

func (p *program) intoKeyring(ctx context.Context) error {
	// The keyring is looked at first: nobody types a passphrase for nothing.
	there, err := p.inKeyring(ctx, p.at.path)
	if errors.Is(err, host.ErrNoKeyring) {
		return &fault{status: failed, what: "there is no keyring here", err: err,
			hint: "a desktop session has one; `otpane recipients add` takes a key file or a hardware key"}
	}
	v, err := p.open(ctx)
	if err == nil {
		err = vaultFault(p.at.path, v.ReadOnly())
	}
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(v.Recipients(), func(r vault.Recipient) bool { return slices.Contains(there.Recipients(), r.Text) }); i >= 0 {
		return &fault{status: failed, what: "the keyring of this machine opens this vault already",
			hint: fmt.Sprintf("`otpane recipients remove %q` ends that", v.Recipients()[i].Label)}
	}
	key, err := v.NewRecoveryKey()
	if err != nil {
		return err
	}
	if err := p.putIntoKeyring(ctx, v.Path(), key); err != nil {
		return err
	}
	label := freeLabel(v.Recipients(), keyringLabel+thisMachine())
	for _, text := range key.Recipients() {
		if err := v.AddRecipient(text, label); err != nil {
			return errors.Join(recipientFault(v.Path(), text, err), p.ring.Remove(ctx, keyringName(v.Path())))
		}
	}
	p.say("The keyring of this machine opens the vault from now on.")
	if s, err := p.settings(); err == nil && !s.Keyring {
		p.say("`keyring = true` in %s makes otpane ask it.", p.settingsPath())
	}
	return nil
}

// putIntoKeyring writes a key and reads it back: a recipient whose other half was
// lost on the way would be a way in for nobody.
func (p *program) putIntoKeyring(ctx context.Context, path string, key vault.Identity) error {
	name, secret := keyringName(path), strings.TrimSpace(key.Reveal())
	if err := p.ring.Write(ctx, name, secret); err != nil {
		return &fault{status: failed, what: err.Error() + "; nothing was changed", err: err}
	}
	back, err := p.ring.Read(ctx, name)
	if err == nil && back != secret {
		err = errors.New("the keyring gives back something else than it was given")
	}
	if err != nil {
		return &fault{status: failed, what: err.Error() + "; the vault was not changed", err: errors.Join(err, p.ring.Remove(ctx, name))}
	}
	return nil
}

// forget removes the other half of a recipient from this machine's keyring, if it
// lies there.
func (p *program) forget(ctx context.Context, path string, r vault.Recipient) {
	if !strings.HasPrefix(r.Label, keyringLabel) {
		return
	}
	id, err := p.inKeyring(ctx, path)
	if err == nil && slices.Contains(id.Recipients(), r.Text) {
		err = p.ring.Remove(ctx, keyringName(path))
		if err == nil {
			p.say("It is gone from this machine's keyring, too.")
		}
	}
	if err != nil && !errors.Is(err, host.ErrKeyringEmpty) {
		p.say("Its other half may still lie in the keyring of the machine that it is named after: %v.", err)
	}
}

// thisMachine is the name of this one, for a label.
func thisMachine() string {
	name, err := os.Hostname()
	if name = otpcore.Clean(name); err != nil || name == "" {
		return "this machine"
	}
	return name
}

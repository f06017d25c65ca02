package host

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zalando/go-keyring"
)

// Keyring is the system's own store of secrets: the Secret Service of a Linux desktop
// (GNOME Keyring, KWallet, KeePassXC), the Keychain of macOS, the Credential Manager of
// Windows. Whoever runs as this user while it is unlocked can read all of it.
//
// The library speaks D-Bus itself and has no program between. On macOS it starts
// /usr/bin/security: the secret goes to its standard input and comes from its standard
// output; its arguments are the service and the name.
type Keyring struct{}

// What a keyring may have to say, beside errors of its own.
var (
	ErrNoKeyring     = errors.New("there is no keyring here")
	ErrKeyringLocked = errors.New("the keyring is locked")
	ErrKeyringEmpty  = errors.New("the keyring has nothing under that name")
	ErrKeyringSilent = errors.New("the keyring does not answer")
)

// Reading is done on the way to something else: it is given up soon. On Linux it raises
// no window to unlock the keyring with; a locked Keychain of macOS raises its own. For
// writing a person has asked, who may be typing the keyring's password into such a
// window.
const (
	keyringGlance = 2 * time.Second
	keyringWait   = time.Minute
)

// keyringService is whose secrets they are.
const keyringService = "otpane"

// Read is what Write has put under a name.
func (Keyring) Read(ctx context.Context, name string) (secret string, err error) {
	return answered(ctx, keyringGlance, func() (string, error) {
		if err := keyringReady(); err != nil {
			return "", err
		}
		return keyring.Get(keyringService, name)
	})
}

// Write puts a secret under a name, in the place of what was there.
func (Keyring) Write(ctx context.Context, name, secret string) error {
	_, err := answered(ctx, keyringWait, func() (string, error) {
		if err := keyringReady(); err != nil && !errors.Is(err, ErrKeyringLocked) {
			return "", err
		}
		return "", keyring.Set(keyringService, name, secret)
	})
	return err
}

// Remove forgets what is under a name.
func (Keyring) Remove(ctx context.Context, name string) error {
	_, err := answered(ctx, keyringWait, func() (string, error) {
		if err := keyringReady(); err != nil && !errors.Is(err, ErrKeyringLocked) {
			return "", err
		}
		return "", keyring.Delete(keyringService, name)
	})
	return err
}

// answered waits for a keyring so long and no longer. The library's calls end by
// themselves or never; one that is given up goes on without anybody to hear it.
func answered(ctx context.Context, patience time.Duration, ask func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := ask()
		answers <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(patience):
		return "", ErrKeyringSilent
	case a := <-answers:
		return a.text, keyringError(a.err)
	}
}

func keyringError(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrNoKeyring), errors.Is(err, ErrKeyringLocked):
		return err
	case errors.Is(err, keyring.ErrNotFound):
		return ErrKeyringEmpty
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return ErrNoKeyring
	}
	return fmt.Errorf("the keyring: %w", err)
}

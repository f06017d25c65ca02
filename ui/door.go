package ui

import (
	"context"

	"otpane/vault"
)

// Door is what the unlock screen needs to know and can ask for. Unlocking is a
// program of its own that ends in an identity, so that its caller can put a
// fresh process image between the passphrase and the list.
type Door struct {
	Path   string // shown, its base name where there is no room
	Reason string // "locked, 10 min idle"; empty at the first opening

	// Unlock runs the key derivation, off the loop. An error that wraps
	// vault.ErrPassphrase lets the user try again; any other is shown and ends
	// with the user leaving.
	Unlock func(ctx context.Context, passphrase []byte) (vault.Identity, error)
}

// Setup is what the first run needs: there is no vault yet.
type Setup struct {
	Path string // where the vault will be

	Generate func() string                    // six words
	Strength func(passphrase string) float64 // bits
	// Create makes the vault and returns what opens it.
	Create func(ctx context.Context, access vault.Access) (vault.Identity, error)
	// Identity reads an age identity file.
	Identity func(ctx context.Context, path string) (vault.Identity, error)
}

// Unlock asks for the passphrase until it opens the vault. ErrLeft means that
// the user left.
func Unlock(ctx context.Context, terminal Terminal, door Door) (vault.Identity, error) {
	panic("being written")
}

// FirstRun leads through making a vault. ErrLeft means that the user left.
func FirstRun(ctx context.Context, terminal Terminal, setup Setup) (vault.Identity, error) {
	panic("being written")
}

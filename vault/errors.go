package vault

import (
	"errors"
	"fmt"
)

// What callers decide by. Every other error only says what failed; a refusal of
// the file system keeps its own sentinel (fs.ErrPermission and its like).
var (
	// ErrNotFound means that the path is free. No other reason for not finding a
	// vault gives this error: a mount that went away must not look like a first
	// run, which would write an empty vault in its place.
	ErrNotFound = errors.New("no vault there")
	// ErrExists means that Create would have replaced something.
	ErrExists = errors.New("there is a file already")
	// ErrPassphrase means: ask again. The header was whole.
	ErrPassphrase = errors.New("wrong passphrase")
	// ErrNoPassphrase means that only an identity opens the vault.
	ErrNoPassphrase = errors.New("the vault has no passphrase")
	// ErrDetached means that the passphrase opens a key file that is kept apart
	// from the vault, and that the caller did not say where (DetachedKey).
	ErrDetached = errors.New("the key of the vault lies in a file of its own")
	// ErrIdentity means that the vault is for somebody else, or that its
	// passphrase was changed since the identity was unlocked.
	ErrIdentity = errors.New("the identity does not open the vault")
	// ErrDamaged means that bytes were lost or changed: time for a backup.
	ErrDamaged = errors.New("the vault is damaged")
	// ErrNewer means that a newer version wrote the vault. Open shows what it
	// can read and refuses every change.
	ErrNewer = errors.New("the vault was written by a newer version")
	// ErrNotVault means that the file was never a vault.
	ErrNotVault = errors.New("not a vault")
	// ErrShort means that a new passphrase has fewer than MinPassphrase characters.
	ErrShort = fmt.Errorf("the passphrase has fewer than %d characters", MinPassphrase)
	// ErrBusy means that another process kept the lock for too long.
	ErrBusy = errors.New("the vault is being saved by another process")
	// ErrNoAccount means that no account has the id.
	ErrNoAccount = errors.New("no such account")
)

// ErrWorkFactor means that the file asks for more scrypt than the caller
// allowed. It is told before the work is done: a hostile file could ask for
// terabytes.
var ErrWorkFactor = errors.New("the passphrase asks for too much work")

func workFactorError(asked, allowed int) error {
	return fmt.Errorf("%w: work factor %d, allowed are %d", ErrWorkFactor, asked, allowed)
}

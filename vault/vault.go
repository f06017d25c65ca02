// Package vault keeps accounts in one age-encrypted file and changes that file
// safely: under a lock, on the newest copy, in one rename. It draws no screen
// and asks no question.
package vault

import (
	"errors"
	"time"

	"otpane/otpcore"
)

// What callers decide by; every other error only says what failed.
var (
	ErrNotFound     = errors.New("no vault there")
	ErrExists       = errors.New("there is a file already")
	ErrPassphrase   = errors.New("wrong passphrase")
	ErrNoPassphrase = errors.New("the vault has no passphrase")
	ErrIdentity     = errors.New("the identity does not open the vault")
	ErrDamaged      = errors.New("the vault is damaged")
	ErrNewer        = errors.New("the vault was written by a newer version")
	ErrNotVault     = errors.New("not a vault")
	ErrWorkFactor   = errors.New("the passphrase asks for too much work")
	ErrShort        = errors.New("the passphrase is too short")
	ErrBusy         = errors.New("the vault is locked by another process")
	ErrNoAccount    = errors.New("no such account")
)

// Access says who may open a new vault: a passphrase, an identity, or both.
type Access struct {
	Passphrase []byte
	Identity   Identity
	WorkFactor int // scrypt's log2(N); 0 means 18, lower only in tests
}

// Identity opens a vault.
type Identity struct{}

// Reveal is the text of an age identity file.
func (i Identity) Reveal() string { return "" }

// ParseIdentity reads an age identity file or an SSH private key.
func ParseIdentity(text string) (Identity, error) { return Identity{}, ErrIdentity }

// Option changes how a passphrase is worked on.
type Option func()

// MaxWorkFactor lets Unlock accept files that ask for more than 20.
func MaxWorkFactor(logN int) Option { return func() {} }

// WorkFactor sets scrypt's log2(N) for a new passphrase instead of 18.
func WorkFactor(logN int) Option { return func() {} }

// Info is what a vault file says without being opened.
type Info struct {
	Passphrase bool // a passphrase opens it
	WorkFactor int  // scrypt's log2(N) of that passphrase
}

// Inspect reads a vault's header.
func Inspect(path string) (Info, error) { return Info{}, ErrNotFound }

// Unlock turns the passphrase into the identity that Open wants.
func Unlock(path string, passphrase []byte, opts ...Option) (Identity, error) {
	return Identity{}, ErrNotFound
}

// Vault is an opened vault file.
type Vault struct{}

// Create makes a new vault file and opens it.
func Create(path string, access Access, now func() time.Time) (*Vault, error) {
	return nil, ErrExists
}

// Open reads a vault.
func Open(path string, id Identity, now func() time.Time) (*Vault, error) {
	return nil, ErrNotFound
}

func (v *Vault) Path() string                                             { return "" }
func (v *Vault) Identity() Identity                                       { return Identity{} }
func (v *Vault) ReadOnly() error                                          { return nil }
func (v *Vault) Accounts() []otpcore.Account                              { return nil }
func (v *Vault) Trash() []Trashed                                         { return nil }
func (v *Vault) Damaged() int                                             { return 0 }
func (v *Vault) Update(operation func(*Draft) error) error                { return ErrNotFound }
func (v *Vault) Refresh() (changed bool, err error)                       { return false, nil }
func (v *Vault) ChangePassphrase(passphrase []byte, opts ...Option) error { return ErrShort }

// Trashed is a deleted account that can still be restored.
type Trashed struct {
	otpcore.Account
	Deleted time.Time
}

// Draft is the newest copy of a vault while an operation changes it.
type Draft struct{}

func (d *Draft) Accounts() []otpcore.Account                  { return nil }
func (d *Draft) Account(id string) (otpcore.Account, bool)    { return otpcore.Account{}, false }
func (d *Draft) Add(a otpcore.Account) (id string, err error) { return "", ErrNoAccount }
func (d *Draft) Set(a otpcore.Account) error                  { return ErrNoAccount }
func (d *Draft) Delete(id string) error                       { return ErrNoAccount }
func (d *Draft) Restore(id string) error                      { return ErrNoAccount }
func (d *Draft) Advance(id string) (code string, err error)   { return "", ErrNoAccount }

// MinPassphrase is the fewest characters a new passphrase may have.
const MinPassphrase = 8

// Strength estimates how many bits a guesser has to try.
func Strength(passphrase string) (bits float64) { return 0 }

// Generate makes a passphrase of six words, 77 bits.
func Generate() string { return "" }

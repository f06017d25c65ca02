package otpcore

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
)

// Secret is the key of an account. It is shy: no fmt verb, no encoder and no
// debugger's print of a surrounding struct shows it; Reveal is the one word
// that does, and stands out in review.
//
// The bytes live in a closure. A method on a type with a []byte field would not
// do: fmt walks past methods below unexported fields of other structs.
type Secret struct{ reveal func() []byte }

// NewSecret keeps a copy of key.
func NewSecret(key []byte) Secret {
	if len(key) == 0 {
		return Secret{}
	}
	kept := bytes.Clone(key)
	return Secret{reveal: func() []byte { return kept }}
}

// Reveal returns a copy of the bytes, which the caller must not print.
func (s Secret) Reveal() []byte {
	if s.reveal == nil {
		return nil
	}
	return bytes.Clone(s.reveal())
}

// Len is the number of bytes; sites use 10 to 64.
func (s Secret) Len() int {
	if s.reveal == nil {
		return 0
	}
	return len(s.reveal())
}

// Equal compares in constant time for equal lengths. Secrets are compared as
// bytes, never as text: two spellings of one key are one key.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare(s.Reveal(), other.Reveal()) == 1
}

// Format answers every fmt verb with the same word.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[secret]")) }

// ErrShy is what encoders get from a Secret; the vault has its own record type.
var ErrShy = errors.New("a secret is not encoded outside the vault")

func (s Secret) MarshalJSON() ([]byte, error)   { return nil, ErrShy }
func (s Secret) MarshalText() ([]byte, error)   { return nil, ErrShy }
func (s Secret) MarshalBinary() ([]byte, error) { return nil, ErrShy }
func (s Secret) GobEncode() ([]byte, error)     { return nil, ErrShy }

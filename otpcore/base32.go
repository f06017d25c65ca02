package otpcore

import (
	"encoding/base32"
	"errors"
	"fmt"
)

// CharError is a character that cannot occur in a key.
type CharError struct {
	Char    rune
	Place   int  // from 1, in characters of the text
	Suggest rune // the one it is likely to stand for; 0 if none
}

func (e *CharError) Error() string {
	return fmt.Sprintf("character %d is %q, which cannot occur in a key", e.Place, string(e.Char))
}

// ParseSecret reads a key as sites print it.
func ParseSecret(text string) (Secret, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		return Secret{}, errors.New("not a key")
	}
	return NewSecret(key), nil
}

// EncodeBase32 is the canonical spelling: upper case, no padding.
func EncodeBase32(key []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key)
}

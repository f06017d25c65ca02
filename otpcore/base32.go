package otpcore

import (
	"encoding/base32"
	"errors"
	"fmt"
)

// ParseSecret reads a key as sites print it: base32 (RFC 4648) in either case,
// with spaces, hyphens, underscores and padding anywhere, and any number of
// characters. The bits left over at the end are dropped, as Google's own decoder
// does (google-authenticator-android, Base32String.java).
//
// The standard library is no help here: without padding it loses the last group
// of "ABC" or "ABCDEF" and reports no error.
//
// It fails with a *CharError, with ErrSecret when there is nothing to read, and
// with ErrShortSecret. No error holds any other part of the key.
func ParseSecret(text string) (Secret, error) {
	key := make([]byte, 0, len(text)*5/8)
	var buffer, bits uint
	place, seen := 0, false
	for _, char := range text {
		place++
		if isKeyFiller(char) {
			continue
		}
		value, ok := base32Value(char)
		if !ok {
			return Secret{}, &CharError{Char: char, Place: place, Suggest: likelyChar(char)}
		}
		seen = true
		buffer, bits = buffer<<5|value, bits+5
		if bits >= 8 {
			bits -= 8
			key = append(key, byte(buffer>>bits))
		}
	}
	switch {
	case !seen:
		return Secret{}, ErrSecret
	case len(key) == 0:
		return Secret{}, ErrShortSecret
	}
	return NewSecret(key), nil
}

// EncodeBase32 is the canonical spelling: upper case, no padding.
func EncodeBase32(key []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key)
}

// ErrShortSecret means one character of base32: five bits, not one byte.
var ErrShortSecret = errors.New("the key is one character long; that is too short")

// CharError is a character that cannot occur in a key.
type CharError struct {
	Char    rune
	Place   int  // from 1, in characters of the text as it was given
	Suggest rune // the character it is likely to stand for; 0 if none is
}

func (e *CharError) Error() string {
	text := fmt.Sprintf("character %d is %q, which cannot occur in a key", e.Place, string(e.Char))
	if e.Suggest != 0 {
		text += fmt.Sprintf("; did you mean %q?", string(e.Suggest))
	}
	return text
}

// isKeyFiller reports what people and programs put between the characters of a
// key. '+' is a space that a query string has encoded.
func isKeyFiller(char rune) bool {
	switch char {
	case ' ', '\u00a0', '\t', '\r', '\n', '-', '_', '=', '+':
		return true
	}
	return false
}

// base32Value folds ASCII only: strings.ToUpper would take 'ı' for I and 'ſ' for S.
func base32Value(char rune) (uint, bool) {
	switch {
	case 'A' <= char && char <= 'Z':
		return uint(char - 'A'), true
	case 'a' <= char && char <= 'z':
		return uint(char - 'a'), true
	case '2' <= char && char <= '7':
		return uint(char-'2') + 26, true
	}
	return 0, false
}

// likelyChar undoes a misreading. It is only ever proposed: programs that map in
// silence disagree (KeePassXC reads 1 as L, Google as I), and one of them then
// computes codes that the site refuses.
func likelyChar(char rune) rune {
	switch char {
	case '0':
		return 'O'
	case '1':
		return 'I'
	case '8':
		return 'B'
	}
	return 0
}

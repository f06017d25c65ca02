package otpcore

import (
	"fmt"
	"strings"
	"unicode"
)

// ParseCode reads a code as people type and sites print it: blanks and hyphens
// anywhere, full-width and Arabic digits, Steam's letters in either case. What
// comes out has the account's own characters and length.
func ParseCode(a Account, typed string) (string, error) {
	code, err := codeCharacters(typed, a.Kind == Steam)
	if err != nil {
		return "", err
	}
	if len(code) != a.Digits {
		return "", &CodeLengthError{Have: len(code), Want: a.Digits, Letters: a.Kind == Steam}
	}
	return code, nil
}

// parseAnyCode reads a code whose account is in doubt: digits, or five of
// Steam's characters. What is neither is judged as a code of the account.
func parseAnyCode(a Account, typed string) (string, error) {
	code, err := codeCharacters(typed, false)
	if err == nil {
		return code, nil
	}
	steam, steamErr := codeCharacters(typed, true)
	switch {
	case steamErr == nil && len(steam) == SteamDigits:
		return steam, nil
	case a.Kind == Steam && steamErr == nil:
		return ParseCode(a, typed) // the length
	case a.Kind == Steam:
		return "", steamErr
	}
	return "", err
}

// CodeCharError names a character that cannot occur in a code.
type CodeCharError struct {
	Char    rune
	Place   int  // in characters of the text, from 1
	Suggest rune // what was probably meant; 0 if nothing is likely
	Letters bool // the account's codes have letters, too
}

func (e *CodeCharError) Error() string {
	text := fmt.Sprintf("character %d is %q, and a code has digits only", e.Place, string(e.Char))
	if e.Letters {
		text = fmt.Sprintf("character %d is %q, which cannot occur in a Steam code", e.Place, string(e.Char))
	}
	if e.Suggest != 0 {
		text += fmt.Sprintf("; did you mean %q?", string(e.Suggest))
	}
	return text
}

// CodeLengthError says that something is missing or too much.
type CodeLengthError struct {
	Have, Want int
	Letters    bool
}

func (e *CodeLengthError) Error() string {
	unit := "digits"
	if e.Letters {
		unit = "characters"
	}
	return fmt.Sprintf("%d %s were typed, and a code of this account has %d", e.Have, unit, e.Want)
}

// steamAlphabet leaves out what looks alike.
const steamAlphabet = "23456789BCDFGHJKMNPQRTVWXY"

func codeCharacters(typed string, letters bool) (string, error) {
	var code strings.Builder
	place := 0
	for _, char := range typed {
		place++
		if isCodeFiller(char) {
			continue
		}
		plain := plainCharacter(char)
		switch {
		case letters && strings.ContainsRune(steamAlphabet, plain), !letters && '0' <= plain && plain <= '9':
			code.WriteRune(plain)
		case letters:
			return "", &CodeCharError{Char: char, Place: place, Letters: true}
		default:
			return "", &CodeCharError{Char: char, Place: place, Suggest: likelyDigit(plain)}
		}
	}
	if code.Len() == 0 {
		return "", ErrNoCode
	}
	return code.String(), nil
}

// isCodeFiller reports what stands between the digits of a code: blanks, the
// hyphens and dashes of every keyboard, and the invisible marks that come along
// when one is copied from a web page.
func isCodeFiller(char rune) bool {
	return unicode.IsSpace(char) || unicode.In(char, unicode.Pd, unicode.Cf) || char == '\u2212'
}

// zeros are where the digits begin in the scripts whose phones show codes in
// their own: ASCII, Arabic, Persian, Devanagari, Bengali, Thai, full width.
var zeros = []rune{'0', '\u0660', '\u06f0', '\u0966', '\u09e6', '\u0e50', '\uff10'}

func plainCharacter(char rune) rune {
	for _, zero := range zeros {
		if zero <= char && char <= zero+9 {
			return '0' + char - zero
		}
	}
	switch {
	case '\uff21' <= char && char <= '\uff3a':
		return 'A' + char - '\uff21'
	case '\uff41' <= char && char <= '\uff5a':
		return 'A' + char - '\uff41'
	case 'a' <= char && char <= 'z':
		return 'A' + char - 'a'
	}
	return char
}

// likelyDigit undoes a misreading. It is only ever proposed.
func likelyDigit(char rune) rune {
	switch char {
	case 'O', 'Q', 'D':
		return '0'
	case 'I', 'L', '|':
		return '1'
	case 'Z':
		return '2'
	case 'S':
		return '5'
	case 'B':
		return '8'
	}
	return 0
}

package exchange

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// TOTP Authenticator encrypts its backups under a passphrase or, where the user
// chose none, under one that everybody knows. The digest of it is the whole key.
var totpAuthenticator = format{
	name: "TOTP Authenticator", file: "encrypted backup; preferences of a rooted phone", export: "Backup › Export",
	recognises: func(f *file) bool { return f.hasPreference(totpAuthenticatorList) || isBase64Block(f.text) },
	read:       readTOTPAuthenticator,
}

const (
	totpAuthenticatorList    = "STATIC_TOTP_CODES_LIST"
	totpAuthenticatorDefault = "TotpAuthenticator"
)

// isBase64Block reports one blob of whole AES blocks. A bare key in base32 can
// look the same; it is not long enough to hold an account.
func isBase64Block(content string) bool {
	const least, look = 128, 4096
	content = strings.TrimSpace(content)
	if len(content) < least || strings.ContainsFunc(content[:min(len(content), look)], func(c rune) bool {
		return c > 'z' || strings.ContainsRune(" -_:,;.", c)
	}) {
		return false
	}
	raw, err := decodeBase64(content)
	return err == nil && len(raw)%16 == 0
}

func readTOTPAuthenticator(r *reader, f *file) error {
	list, err := r.totpAuthenticatorList(f)
	if err != nil {
		return err
	}
	var entries elements
	if err := decode(list, &entries); err != nil {
		return err
	}
	type code struct {
		Base, Key, Name, Issuer, Digits, Period text
	}
	// Each element is an object, or the text of one.
	for i, raw := range entries {
		var inner string
		if json.Unmarshal([]byte(raw), &inner) == nil {
			entries[i] = inner
		}
	}
	each(r, "entry", entries, func(where string, c code) {
		issuer := string(c.Issuer)
		if issuer == "Unknown" {
			issuer = ""
		}
		e := entry{issuer: issuer, name: string(c.Name), secret: string(c.Key), digits: c.Digits, period: c.Period}
		var err error
		switch c.Base.trimmed() {
		case "16":
			e.key, err = hex.DecodeString(e.secret)
		case "64":
			e.key, err = decodeBase64(e.secret)
		}
		if err != nil {
			r.skip(label(where, e.issuer, e.name), errKeySpelling.Error())
			return
		}
		r.add(where, e)
	})
	return nil
}

func (r *reader) totpAuthenticatorList(f *file) (string, error) {
	if !f.isPreferences() {
		return r.openTOTPAuthenticator(f.text)
	}
	preferences, err := readPreferences(f.text)
	if err != nil {
		return "", err
	}
	for _, p := range preferences {
		if p.name == totpAuthenticatorList {
			return p.value, nil
		}
	}
	return "", ErrDamaged
}

// openTOTPAuthenticator gives the list, which the program keeps as the name of
// the only member of an object.
func (r *reader) openTOTPAuthenticator(content string) (string, error) {
	sealed, err := decodeBase64(content)
	if err != nil {
		return "", ErrDamaged
	}
	passphrases := []string{totpAuthenticatorDefault, string(r.opts.Passphrase)}
	for _, passphrase := range passphrases {
		key := sha256.Sum256([]byte(passphrase))
		plain, err := openCBC(key[:], make([]byte, 16), sealed)
		if err != nil {
			continue
		}
		if o := outlineOf(string(plain)); o.open == '{' && len(o.members) == 1 {
			for name := range o.members {
				return name, nil
			}
		}
	}
	if len(r.opts.Passphrase) == 0 {
		return "", ErrPassphraseNeeded
	}
	return "", ErrPassphrase
}

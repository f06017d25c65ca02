package exchange

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"
)

// Files from the inside of a rooted Android phone.
var (
	authy = format{
		name: "Authy", file: "com.authy.storage.tokens.authenticator.xml of a rooted phone",
		recognises: func(f *file) bool { return f.hasPreference(authyTokens) || f.hasPreference(authyOwnTokens) },
		read:       readAuthy,
	}
	battleNet = format{
		name: "Battle.net", file: "authenticator_preferences.xml of a rooted phone",
		recognises: func(f *file) bool { return f.hasPreference(battleNetSecret) },
		read:       readBattleNet,
	}
)

const (
	authyTokens     = "com.authy.storage.tokens.authenticator.key"
	authyOwnTokens  = "com.authy.storage.tokens.authy.key"
	battleNetSecret = "com.blizzard.messenger.AUTHENTICATOR_DEVICE_SECRET"
	battleNetSerial = "com.blizzard.messenger.AUTHENTICATOR_SERIAL"
)

type authyToken struct {
	AccountType     text `json:"accountType"`
	DecryptedSecret text `json:"decryptedSecret"`
	EncryptedSecret text `json:"encryptedSecret"`
	Salt            text `json:"salt"`
	SecretSeed      text `json:"secretSeed"` // Authy's own: hexadecimal, ten seconds
	Digits          text `json:"digits"`
	OriginalIssuer  text `json:"originalIssuer"`
	OriginalName    text `json:"originalName"`
	Name            text `json:"name"`
}

func readAuthy(r *reader, f *file) error {
	preferences, err := readPreferences(f.text)
	if err != nil {
		return err
	}
	for _, p := range preferences {
		if p.name != authyTokens && p.name != authyOwnTokens {
			continue
		}
		var tokens elements
		if err := decode(p.value, &tokens); err != nil {
			return err
		}
		var failed error
		each(r, "token", tokens, func(where string, t authyToken) {
			if failed == nil {
				failed = r.addAuthy(where, t)
			}
		})
		if failed != nil {
			return failed
		}
	}
	return nil
}

// addAuthy fails where the passphrase is missing or wrong, which holds for the
// whole file.
func (r *reader) addAuthy(where string, t authyToken) error {
	e := entry{secret: string(t.DecryptedSecret), digits: t.Digits}
	e.issuer, e.name = t.names()
	switch {
	case t.SecretSeed != "":
		key, err := hex.DecodeString(string(t.SecretSeed))
		if err != nil {
			r.skip(label(where, e.issuer, e.name), errKeySpelling.Error())
			return nil
		}
		e.key, e.period = key, "10"
	case e.secret == "" && t.EncryptedSecret != "":
		secret, err := r.openAuthy(t)
		if err != nil {
			return err
		}
		e.secret = secret
	}
	r.add(where, e)
	return nil
}

// openAuthy opens a key that has no seal: what comes out must be base32.
func (r *reader) openAuthy(t authyToken) (string, error) {
	sealed, err := decodeBase64(string(t.EncryptedSecret))
	if err != nil {
		return "", ErrDamaged
	}
	key, err := r.pbkdf2Key(sha1.New, []byte(t.Salt), 1000, 32)
	if err != nil {
		return "", err
	}
	secret, err := openCBC(key, make([]byte, 16), sealed)
	if err != nil {
		return "", err
	}
	if _, err := (entry{secret: string(secret)}).readKey(); err != nil {
		return "", ErrPassphrase
	}
	return string(secret), nil
}

// names takes the issuer from where Authy keeps it: a field, or in front of one
// of two names.
func (t authyToken) names() (issuer, name string) {
	name = string(t.Name)
	original, rest, ok := strings.Cut(string(t.OriginalName), ":")
	switch {
	case t.OriginalIssuer != "":
		issuer = string(t.OriginalIssuer)
	case ok:
		issuer = original
	default:
		before, after, dashed := strings.Cut(name, " - ")
		if dashed {
			return before, after
		}
		if kind := string(t.AccountType); kind != "authenticator" {
			issuer = kind
		}
	}
	if name == "" {
		name = orElse(rest, string(t.OriginalName))
	}
	for _, between := range []string{":", " - "} {
		name = strings.TrimPrefix(name, issuer+between)
	}
	return issuer, name
}

func readBattleNet(r *reader, f *file) error {
	preferences, err := readPreferences(f.text)
	if err != nil {
		return err
	}
	e := entry{issuer: "Battle.net", digits: "8"}
	for _, p := range preferences {
		switch p.name {
		case battleNetSecret:
			unmasked, err := unmaskBattleNet(p.value)
			if err != nil {
				return ErrDamaged
			}
			if e.key, err = hex.DecodeString(unmasked); err != nil {
				return ErrDamaged
			}
		case battleNetSerial:
			if e.name, err = unmaskBattleNet(p.value); err != nil {
				return ErrDamaged
			}
		}
	}
	r.add("the account", e)
	return nil
}

// battleNetMask is what Blizzard's program lays over its values. It keeps nothing
// from anybody.
const battleNetMask = "398e27fc50276a656065b0e525f4c06c04c61075286b8e7aeda59da9813b5dd6c80d2fb38068773fa59ba47c17ca6c6479015c1d5b8b8f6b9a"

func unmaskBattleNet(value string) (string, error) {
	mask, _ := hex.DecodeString(battleNetMask)
	masked, err := hex.DecodeString(value)
	if err != nil || len(masked) > len(mask) {
		return "", fmt.Errorf("a value of Battle.net cannot be read")
	}
	for i := range masked {
		masked[i] ^= mask[i]
	}
	return string(masked), nil
}

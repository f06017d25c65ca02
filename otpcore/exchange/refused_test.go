package exchange

import (
	"errors"
	"strings"
	"testing"
)

// What is refused says what it is, why, and what to do instead.
func TestRefused(t *testing.T) {
	for format, data := range map[string]string{
		"KeePass database":     "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x00\x00\x04\x00",
		"SQLite database":      "SQLite format 3\x00\x10\x00",
		"WinAuth's own file":   "\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?><WinAuth version=\"3.5\" encrypted=\"u\"><data>00</data></WinAuth>",
		"OTPClient's database": "OTPClient\x00\x00\x00\x03 and more",
		"Bitwarden":            `{"encrypted":true,"encKeyValidation_DO_NOT_EDIT":"2.a|b|c","items":[{"login":{"totp":"2.a|b|c"}}]}`,
		"PGP file":             "-----BEGIN PGP MESSAGE-----\n\nhQE",
		"macOS keychain":       "kych\x00\x01\x00\x00",
		"otpane vault":         "age-encryption.org/v1\n-> X25519 abc\nxyz\n-> otpane-sealed-identity-v1\nYWdl\n--- mac\n",
		"Proton Pass":          zipOf("Proton Pass/data.pgp", "-----BEGIN PGP MESSAGE-----"),
		"Aegis":                `{"version":1,"header":{"slots":[{"type":2,"key":"00"}],"params":{"nonce":"00","tag":"00"}},"db":"AAAA"}`,
	} {
		var refusal *RefusedError
		batch, err := Read(t.Context(), []byte(data), Options{Passphrase: []byte("x")})
		if !errors.As(err, &refusal) || len(batch.Accounts) > 0 {
			t.Errorf("%s: %v", format, err)
			continue
		}
		if refusal.Format != format || Recognise([]byte(data)) != format || err.Error() != format+": "+refusal.Reason {
			t.Errorf("%s: %q, %v", format, refusal.Format, err)
		}
		if !strings.HasSuffix(refusal.Advice, ".") || strings.HasSuffix(refusal.Reason, ".") {
			t.Errorf("%s: %q, %q", format, refusal.Reason, refusal.Advice)
		}
	}
}

// The four sentences that a caller tells apart.
func TestFourOutcomes(t *testing.T) {
	whole := twoFASOf("[" + bobService + "]")
	for name, c := range map[string]struct {
		data, passphrase string
		want             error
		text             string
	}{
		"needed":                 {whole, "", ErrPassphraseNeeded, "2FAS: encrypted; its passphrase is needed"},
		"wrong":                  {whole, "x", ErrPassphrase, "2FAS: wrong passphrase, or the file is damaged"},
		"damaged":                {whole[:len(whole)-9], sealed, ErrDamaged, "2FAS: the file is damaged or cut short"},
		"unknown":                {"hello", sealed, ErrUnknown, "no accounts recognised"},
		"newer":                  {`{"schemaVersion":5,"services":[]}`, "", nil, "2FAS: version 5 of its file is newer than otpane knows"},
		"newer Aegis":            {`{"version":2,"header":{"slots":null},"db":{"entries":[]}}`, "", nil, "Aegis: version 2 of its file is newer than otpane knows"},
		"newer content":          {`{"version":1,"header":{"slots":null},"db":{"version":4,"entries":[]}}`, "", nil, "Aegis: version 4 of its content is newer than otpane knows"},
		"newer otpane":           {`{"version":2,"accounts":[{"type":"totp","secret":"AA"}]}`, "", nil, "otpane JSON: version 2 was written by a newer otpane"},
		"no codes":               {`{"encrypted":false,"items":[{"name":"card"}]}`, "", ErrNothing, "Bitwarden: it holds no one-time codes"},
		"cut before it is known": {`{"schemaVersion":4,`, "", ErrDamaged, "a JSON file that is damaged or cut short"},
	} {
		_, err := Read(t.Context(), []byte(c.data), Options{Passphrase: []byte(c.passphrase)})
		if err == nil || err.Error() != c.text {
			t.Errorf("%s: %v", name, err)
		}
		for _, sentinel := range []error{ErrPassphraseNeeded, ErrPassphrase, ErrDamaged, ErrUnknown, ErrNothing} {
			if errors.Is(err, sentinel) != (sentinel == c.want) {
				t.Errorf("%s: %v is %v", name, err, sentinel)
			}
		}
	}
}

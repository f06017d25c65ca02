package exchange

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// andOTP, archived in 2022, whose files are still about.
var andOTP = format{
	name: "andOTP", file: "JSON, plain or encrypted", export: "Backups › Backup to file",
	recognises: func(f *file) bool { return f.listOf("secret", "label", "type") },
	read: func(r *reader, f *file) error {
		return readAndOTP(r, f.text)
	},
}

// andOTPNew is the later of andOTP's two encryptions. It has no mark, but begins
// with the number of its rounds, which andOTP draws between 140,000 and 160,000:
// of other bytes one file in forty thousand does.
var andOTPNew = format{
	name: "andOTP",
	recognises: func(f *file) bool {
		return isNoise(f) && rounds(f.data) >= 100_000 && rounds(f.data) <= 200_000
	},
	read: readAndOTPEncrypted,
}

// andOTPAny is what is left when somebody gives a passphrase for bytes that
// nothing else knows: both encryptions are tried.
var andOTPAny = format{
	name:       "andOTP",
	recognises: isNoise,
	read:       readAndOTPEncrypted,
}

// isNoise reports bytes that are no text, and enough of them: rounds, salt,
// nonce and seal.
func isNoise(f *file) bool { return len(f.data) >= 4+12+12+16 && !utf8.Valid(f.data) }

func rounds(data []byte) int { return int(binary.BigEndian.Uint32(data)) }

type andOTPEntry struct {
	Secret    text           `json:"secret"`
	Issuer    *text          `json:"issuer"`
	Label     text           `json:"label"`
	Type      text           `json:"type"`
	Algorithm text           `json:"algorithm"`
	Digits    text           `json:"digits"`
	Period    text           `json:"period"`
	Counter   text           `json:"counter"`
	Tags      listOf[string] `json:"tags"`
}

func readAndOTP(r *reader, content string) error {
	var entries elements
	if err := decode(content, &entries); err != nil {
		return err
	}
	each(r, "entry", entries, func(where string, e andOTPEntry) {
		issuer, name := "", string(e.Label)
		if e.Issuer != nil {
			issuer = string(*e.Issuer)
		} else if before, after, ok := strings.Cut(name, " - "); ok { // before there was an issuer
			issuer, name = before, after
		}
		r.add(where, entry{
			kind: string(e.Type), issuer: issuer, name: name, secret: string(e.Secret),
			algorithm: e.Algorithm, digits: e.Digits, period: e.Period, counter: e.Counter, tags: e.Tags,
		})
	})
	return nil
}

// readAndOTPEncrypted tries the new encryption, which says its rounds, then the
// old, whose key is a bare digest.
func readAndOTPEncrypted(r *reader, f *file) error {
	passphrase, err := r.passphrase()
	if err != nil {
		return err
	}
	content, err := []byte(nil), ErrPassphrase
	if n := rounds(f.data); n >= 1 && n <= maxIterations {
		var key []byte
		if key, err = r.pbkdf2Key(sha1.New, f.data[4:16], n, 32); err != nil {
			return err
		}
		content, err = openGCM(key, f.data[16:28], f.data[28:], nil)
	}
	if err != nil {
		key := sha256.Sum256(passphrase)
		if content, err = openGCM(key[:], f.data[:12], f.data[12:], nil); err != nil {
			return err
		}
	}
	return readAndOTP(r, string(content))
}

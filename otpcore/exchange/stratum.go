package exchange

import (
	"crypto/sha1"
	"fmt"
	"strconv"
)

// Stratum was Authenticator Pro (stratumauth/app, doc/BACKUP_FORMAT.md). Of its
// two encryptions the older has no seal: that it gives JSON is all its proof.
var stratum = format{
	name: "Stratum", file: "backup, plain or encrypted; HTML", export: "Settings › Back up",
	recognises: func(f *file) bool {
		return f.has("Authenticators") || f.begins(stratumStrong, stratumLegacy)
	},
	read: readStratum,
}

// The marks of Stratum's files, 16 bytes each.
const (
	stratumStrong = "AUTHENTICATORPRO"
	stratumLegacy = "AuthenticatorPro"
)

type stratumFile struct {
	Authenticators elements
	Categories     listOf[stratumCategory]
	Bonds          listOf[stratumBond] `json:"AuthenticatorCategories"`
}

type stratumCategory struct {
	ID   text `json:"Id"`
	Name text
}

type stratumBond struct {
	CategoryID          text `json:"CategoryId"`
	AuthenticatorSecret text
}

type stratumEntry struct {
	Type      int
	Issuer    text
	Username  text
	Secret    text
	Algorithm int
	Digits    text
	Period    text
	Counter   text
}

var (
	stratumKinds      = map[int]string{1: "hotp", 2: "totp", 3: "motp", 4: "steam", 5: "yandex"}
	stratumAlgorithms = map[int]text{0: "SHA1", 1: "SHA256", 2: "SHA512"}
)

func readStratum(r *reader, f *file) error {
	content := f.text
	if !f.has("Authenticators") {
		plain, err := r.openStratum(f.data)
		if err != nil {
			return err
		}
		content = string(plain)
	}
	var backup stratumFile
	if err := decode(content, &backup); err != nil {
		if f.begins(stratumLegacy) {
			return orPassphrase(err)
		}
		return err
	}
	tags := backup.tags()
	each(r, "entry", backup.Authenticators, func(where string, e stratumEntry) {
		algorithm, known := stratumAlgorithms[e.Algorithm]
		if !known {
			algorithm = text("number " + strconv.Itoa(e.Algorithm))
		}
		r.add(where, entry{
			kind: orElse(stratumKinds[e.Type], fmt.Sprint("number ", e.Type)), issuer: string(e.Issuer), name: string(e.Username),
			secret: string(e.Secret), algorithm: algorithm, digits: e.Digits, period: e.Period, counter: e.Counter,
			tags: tags[e.Secret],
		})
	})
	return nil
}

// tags are the names of the categories by the key of the account, as text: that
// is how Stratum binds them.
func (b stratumFile) tags() map[text][]string {
	names := map[string]string{}
	for _, c := range b.Categories {
		names[c.ID.id()] = string(c.Name)
	}
	tags := map[text][]string{}
	for _, bond := range b.Bonds {
		secret := bond.AuthenticatorSecret
		tags[secret] = append(tags[secret], names[bond.CategoryID.id()])
	}
	return tags
}

func (r *reader) openStratum(data []byte) ([]byte, error) {
	strong, rest := string(data[:16]) == stratumStrong, data[16:]
	if len(rest) < 20+16 {
		return nil, ErrDamaged
	}
	if strong {
		key, err := r.argonKey(rest[:16], 3, 64*1024, 4)
		if err != nil {
			return nil, err
		}
		return openGCM(key, rest[16:28], rest[28:], nil)
	}
	key, err := r.pbkdf2Key(sha1.New, rest[:20], 64_000, 32)
	if err != nil {
		return nil, err
	}
	return openCBC(key, rest[20:36], rest[36:])
}

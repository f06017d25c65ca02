package exchange

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"golang.org/x/crypto/scrypt"

	"otpane/otpcore"
)

// WriteAegis writes a plain backup of Aegis, which 2FAS, ente, Proton, Stratum,
// Bitwarden Authenticator and others read too. Keys are in the clear.
func WriteAegis(accounts []otpcore.Account) ([]byte, error) {
	return writeAegisFile(aegisHeaderOut{}, aegisContent(accounts))
}

// WriteAegisEncrypted writes the same under a passphrase, with the numbers of
// Aegis itself: the one encrypted format that many programs read. It takes a
// tenth of a second and 32 MiB.
func WriteAegisEncrypted(accounts []otpcore.Account, passphrase []byte) ([]byte, error) {
	const n, r, p = 1 << 15, 8, 1
	content, err := json.MarshalIndent(aegisContent(accounts), "", "    ")
	if err != nil {
		return nil, err
	}
	salt, master := random(32), random(32)
	key, err := scrypt.Key(passphrase, salt, n, r, p, 32)
	if err != nil {
		return nil, err
	}
	sealedKey, keySeal := sealAegis(key, master)
	sealed, seal := sealAegis(master, content)
	slot := aegisSlotOut{
		Type: aegisSlotPassword, UUID: newUUID(), Key: sealedKey, KeyParams: keySeal,
		N: n, R: r, P: p, Salt: salt, Repaired: true,
	}
	return writeAegisFile(aegisHeaderOut{Slots: []aegisSlotOut{slot}, Params: &seal}, sealed)
}

type aegisFileOut struct {
	Version int            `json:"version"`
	Header  aegisHeaderOut `json:"header"`
	DB      any            `json:"db"` // an object, or the sealed text of one in base64
}

type aegisHeaderOut struct {
	Slots  []aegisSlotOut `json:"slots"` // null in a plain file
	Params *aegisSeal     `json:"params"`
}

type aegisSlotOut struct {
	Type      int       `json:"type"`
	UUID      string    `json:"uuid"`
	Key       hexBytes  `json:"key"`
	KeyParams aegisSeal `json:"key_params"`
	N         int       `json:"n"`
	R         int       `json:"r"`
	P         int       `json:"p"`
	Salt      hexBytes  `json:"salt"`
	Repaired  bool      `json:"repaired"`
	IsBackup  bool      `json:"is_backup"`
}

type aegisDBOut struct {
	Version        int             `json:"version"`
	Entries        []aegisEntryOut `json:"entries"`
	Groups         []aegisGroup    `json:"groups"`
	IconsOptimized bool            `json:"icons_optimized"`
}

type aegisEntryOut struct {
	Type     string       `json:"type"`
	UUID     string       `json:"uuid"`
	Name     string       `json:"name"`
	Issuer   string       `json:"issuer"`
	Note     string       `json:"note"`
	Favorite bool         `json:"favorite"`
	Icon     *string      `json:"icon"`
	Info     aegisInfoOut `json:"info"`
	Groups   []string     `json:"groups"`
}

type aegisInfoOut struct {
	Secret  string  `json:"secret"`
	Algo    string  `json:"algo"`
	Digits  int     `json:"digits"`
	Period  int     `json:"period,omitempty"`
	Counter *uint64 `json:"counter,omitempty"` // 0 is a counter
}

// aegisContent makes a group of every tag.
func aegisContent(accounts []otpcore.Account) aegisDBOut {
	db := aegisDBOut{Version: aegisDBVersion, Entries: []aegisEntryOut{}, Groups: []aegisGroup{}, IconsOptimized: true}
	groups := map[string]string{}
	for _, a := range accounts {
		e := aegisEntryOut{
			Type: string(a.Kind), UUID: newUUID(), Name: a.Name, Issuer: a.Issuer, Note: a.Note, Favorite: a.Pinned,
			Info:   aegisInfoOut{Secret: otpcore.EncodeBase32(a.Secret.Reveal()), Algo: string(a.Algorithm), Digits: a.Digits, Period: a.Period},
			Groups: []string{},
		}
		if !a.Timed() {
			e.Info.Counter = &a.Counter
		}
		for _, tag := range a.Tags {
			if groups[tag] == "" {
				groups[tag] = newUUID()
				db.Groups = append(db.Groups, aegisGroup{UUID: groups[tag], Name: tag})
			}
			e.Groups = append(e.Groups, groups[tag])
		}
		db.Entries = append(db.Entries, e)
	}
	return db
}

func writeAegisFile(header aegisHeaderOut, db any) ([]byte, error) {
	data, err := json.MarshalIndent(aegisFileOut{Version: aegisVersion, Header: header, DB: db}, "", "    ")
	return append(data, '\n'), err
}

// sealAegis keeps the tag apart from the text, as Aegis does.
func sealAegis(key, plain []byte) (sealed []byte, seal aegisSeal) {
	block, _ := aes.NewCipher(key) // 32 bytes
	gcm, _ := cipher.NewGCM(block)
	nonce := random(gcm.NonceSize())
	sealed = gcm.Seal(nil, nonce, plain, nil)
	split := len(sealed) - gcm.Overhead()
	return sealed[:split], aegisSeal{Nonce: nonce, Tag: sealed[split:]}
}

func random(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.Read(data) // never fails: it ends the process instead
	return data
}

// newUUID is version 4 of RFC 9562.
func newUUID() string {
	id := random(16)
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	text := hex.EncodeToString(id)
	return fmt.Sprintf("%s-%s-%s-%s-%s", text[:8], text[8:12], text[12:16], text[16:20], text[20:])
}

package exchange

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Aegis keeps a random key, sealed once for every way to open the vault
// (beemdevelopment/Aegis, docs/vault.md). Only passwords travel.
var aegis = format{
	name: "Aegis", file: "JSON, plain or encrypted", export: "Settings › Import & Export › Export",
	recognises: func(f *file) bool { return f.has("header", "db") },
	read:       readAegis,
}

// The newest versions that were looked at.
const (
	aegisVersion   = 1
	aegisDBVersion = 3
)

type aegisFile struct {
	Version int             `json:"version"`
	Header  aegisHeader     `json:"header"`
	DB      json.RawMessage `json:"db"`
}

type aegisHeader struct {
	Slots  listOf[aegisSlot] `json:"slots"`
	Params *aegisSeal        `json:"params"`
}

type aegisSlot struct {
	Type      int       `json:"type"`
	Key       hexBytes  `json:"key"`
	KeyParams aegisSeal `json:"key_params"`
	N         int       `json:"n"`
	R         int       `json:"r"`
	P         int       `json:"p"`
	Salt      hexBytes  `json:"salt"`
}

type aegisSeal struct {
	Nonce hexBytes `json:"nonce"`
	Tag   hexBytes `json:"tag"`
}

func (s aegisSeal) open(key, sealed []byte) ([]byte, error) {
	return openGCM(key, s.Nonce, append(sealed[:len(sealed):len(sealed)], s.Tag...), nil)
}

type aegisDB struct {
	Version int                `json:"version"`
	Entries elements           `json:"entries"`
	Groups  listOf[aegisGroup] `json:"groups"`
}

type aegisGroup struct {
	UUID string `json:"uuid"`
	Name string `json:"name"`
}

type aegisEntry struct {
	Type     string         `json:"type"`
	Name     text           `json:"name"`
	Issuer   text           `json:"issuer"`
	Note     text           `json:"note"`
	Favorite yesNo          `json:"favorite"`
	Info     aegisInfo      `json:"info"`
	Group    text           `json:"group"`  // version 2: one name
	Groups   listOf[string] `json:"groups"` // version 3: identifiers
}

type aegisInfo struct {
	Secret  text `json:"secret"`
	Algo    text `json:"algo"`
	Digits  text `json:"digits"`
	Period  text `json:"period"`
	Counter text `json:"counter"`
}

func readAegis(r *reader, f *file) error {
	var vault aegisFile
	if err := decode(f.text, &vault); err != nil {
		return err
	}
	if vault.Version > aegisVersion {
		return fmt.Errorf("version %d of its file is newer than otpane knows", vault.Version)
	}
	content, err := r.openAegis(vault)
	if err != nil {
		return err
	}
	var db aegisDB
	if err := decode(content, &db); err != nil {
		return err
	}
	if db.Version > aegisDBVersion {
		return fmt.Errorf("version %d of its content is newer than otpane knows", db.Version)
	}
	groups := map[string]string{}
	for _, g := range db.Groups {
		groups[g.UUID] = g.Name
	}
	each(r, "entry", db.Entries, func(where string, e aegisEntry) {
		tags := []string{string(e.Group)}
		for _, id := range e.Groups {
			tags = append(tags, groups[id])
		}
		r.add(where, entry{
			kind: e.Type, issuer: string(e.Issuer), name: string(e.Name), secret: string(e.Info.Secret),
			algorithm: e.Info.Algo, digits: e.Info.Digits, period: e.Info.Period, counter: e.Info.Counter,
			tags: tags, note: string(e.Note), pinned: bool(e.Favorite),
		})
	})
	return nil
}

// openAegis gives the content as JSON.
func (r *reader) openAegis(vault aegisFile) (string, error) {
	var sealed64 string
	if json.Unmarshal(vault.DB, &sealed64) != nil || vault.Header.Params == nil {
		return string(vault.DB), nil
	}
	sealed, err := decodeBase64(sealed64)
	if err != nil {
		return "", ErrDamaged
	}
	key, err := r.openAegisSlots(vault.Header.Slots)
	if err != nil {
		return "", err
	}
	content, err := vault.Header.Params.open(key, sealed)
	return string(content), err
}

// aegisSlotPassword is the type of a slot that a password opens. The others are a
// raw key and one in the phone's own keeping.
const aegisSlotPassword = 1

// maxSlots is more passwords than a person has: each takes a second of scrypt.
const maxSlots = 8

// openAegisSlots tries every slot for a password: a backup may have one of its own.
func (r *reader) openAegisSlots(slots []aegisSlot) ([]byte, error) {
	tried := 0
	for _, slot := range slots {
		if slot.Type != aegisSlotPassword || tried == maxSlots {
			continue
		}
		tried++
		key, err := r.scryptKey(slot.Salt, slot.N, slot.R, slot.P)
		if err != nil {
			return nil, err
		}
		master, err := slot.KeyParams.open(key, slot.Key)
		if err == nil {
			return master, nil
		}
		if !errors.Is(err, ErrPassphrase) {
			return nil, err
		}
	}
	if tried == 0 {
		return nil, &RefusedError{"Aegis", "no passphrase opens it", "Set a password in Aegis, then export again."}
	}
	return nil, ErrPassphrase
}

// hexBytes are bytes in hexadecimal.
type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

func (b hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

package exchange

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strings"
)

// Bitwarden's password manager and its Authenticator write the same JSON. Their
// CSV is read with the others.
var bitwarden = format{
	name: "Bitwarden", file: "JSON, plain or password protected; CSV", export: "Tools › Export vault; Authenticator: Settings › Export",
	recognises: func(f *file) bool { return f.has("encrypted", "items") || f.has("encrypted", "data") },
	read:       readBitwarden,
}

type bitwardenFile struct {
	Encrypted         bool                    `json:"encrypted"`
	PasswordProtected bool                    `json:"passwordProtected"`
	Salt              text                    `json:"salt"`
	KDF               int                     `json:"kdfType"`
	Iterations        int                     `json:"kdfIterations"`
	Memory            int                     `json:"kdfMemory"` // MiB
	Lanes             int                     `json:"kdfParallelism"`
	Data              text                    `json:"data"`
	Folders           listOf[bitwardenFolder] `json:"folders"`
	Collections       listOf[bitwardenFolder] `json:"collections"`
	Items             elements                `json:"items"`
}

type bitwardenFolder struct {
	ID   text `json:"id"`
	Name text `json:"name"`
}

type bitwardenItem struct {
	Name          text           `json:"name"`
	Notes         text           `json:"notes"`
	FolderID      text           `json:"folderId"`
	CollectionIDs listOf[string] `json:"collectionIds"`
	Favorite      yesNo          `json:"favorite"`
	DeletedDate   text           `json:"deletedDate"`
	Login         struct {
		Username text `json:"username"`
		TOTP     text `json:"totp"`
	} `json:"login"`
}

func readBitwarden(r *reader, f *file) error {
	var export bitwardenFile
	if err := decode(f.text, &export); err != nil {
		return err
	}
	if !export.Encrypted {
		r.addBitwarden(export)
		return nil
	}
	if !export.PasswordProtected {
		return &RefusedError{"Bitwarden", "an export that only its own account can open",
			"Export again as .json (Encrypted) with the type Password protected, or as plain .json."}
	}
	content, err := r.openBitwarden(export)
	if err != nil {
		return err
	}
	var inner bitwardenFile
	if err := decode(string(content), &inner); err != nil {
		return err
	}
	r.addBitwarden(inner)
	return nil
}

func (r *reader) addBitwarden(export bitwardenFile) {
	names := map[string]string{}
	for _, folder := range slices.Concat(export.Folders, export.Collections) {
		names[folder.ID.id()] = string(folder.Name)
	}
	each(r, "item", export.Items, func(where string, item bitwardenItem) {
		switch {
		case item.Login.TOTP == "": // a card, a note, a login without a code
			return
		case item.DeletedDate != "":
			r.skip(label(where, string(item.Name), string(item.Login.Username)), inTrash)
			return
		}
		tags := []string{names[item.FolderID.id()]}
		for _, id := range item.CollectionIDs {
			tags = append(tags, names[text(id).id()])
		}
		r.addLogin(where, login{
			value: string(item.Login.TOTP), title: string(item.Name), user: string(item.Login.Username),
			tags: tags, note: string(item.Notes), pinned: bool(item.Favorite),
		})
	})
}

// openBitwarden derives from the salt as it is printed, not from the bytes that
// its base64 stands for, and stretches the key in two.
func (r *reader) openBitwarden(export bitwardenFile) ([]byte, error) {
	key, err := r.bitwardenKey(export)
	if err != nil {
		return nil, err
	}
	encryption, err := hkdf.Expand(sha256.New, key, "enc", 32)
	if err != nil {
		return nil, ErrDamaged
	}
	seal, err := hkdf.Expand(sha256.New, key, "mac", 32)
	if err != nil {
		return nil, ErrDamaged
	}
	return openBitwardenString(string(export.Data), encryption, seal)
}

func (r *reader) bitwardenKey(export bitwardenFile) ([]byte, error) {
	switch salt := []byte(export.Salt); export.KDF {
	case 0:
		return r.pbkdf2Key(sha256.New, salt, export.Iterations, 32)
	case 1:
		digest := sha256.Sum256(salt)
		return r.argonKey(digest[:], export.Iterations, min(export.Memory, maxMemory)*1024, export.Lanes)
	}
	return nil, ErrDamaged
}

// openBitwardenString opens "2.iv|text|mac": AES-CBC, and HMAC-SHA256 over the
// first two.
func openBitwardenString(packed string, encryption, seal []byte) ([]byte, error) {
	packed, ok := strings.CutPrefix(packed, "2.")
	parts := strings.Split(packed, "|")
	if !ok || len(parts) != 3 {
		return nil, ErrDamaged
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = decodeBase64(part); err != nil {
			return nil, ErrDamaged
		}
	}
	mac := hmac.New(sha256.New, seal)
	mac.Write(raw[0])
	mac.Write(raw[1])
	if !hmac.Equal(mac.Sum(nil), raw[2]) {
		return nil, ErrPassphrase
	}
	return openCBC(encryption, raw[0], raw[1])
}

package exchange

import (
	"strings"

	"otpane/otpcore"
)

// Proton Authenticator (ProtonMail/proton-authenticator, src/entry).
var protonAuthenticator = format{
	name: "Proton Authenticator", file: "JSON, plain or encrypted", export: "Settings › Export",
	recognises: func(f *file) bool { return f.has("version", "entries") || f.has("version", "salt", "content") },
	read:       readProtonAuthenticator,
}

type protonEntry struct {
	Content struct {
		URI  text `json:"uri"`
		Type text `json:"entry_type"`
		Name text `json:"name"`
	} `json:"content"`
	Note text `json:"note"`
}

func readProtonAuthenticator(r *reader, f *file) error {
	content := f.text
	if f.has("salt", "content") {
		var err error
		if content, err = r.openProton(f.text); err != nil {
			return err
		}
	}
	var export struct {
		Entries elements `json:"entries"`
	}
	if err := decode(content, &export); err != nil {
		return err
	}
	each(r, "entry", export.Entries, func(where string, e protonEntry) {
		if isMigration(string(e.Content.URI)) {
			r.addURI(where, string(e.Content.URI))
			return
		}
		got, err := otpcore.ReadURI(string(e.Content.URI))
		if err != nil {
			r.skip(label(where, "", string(e.Content.Name)), err.Error())
			return
		}
		if got.Name == "" {
			got.Issuer, got.Name = otpcore.CleanNames(got.Issuer, strings.TrimPrefix(string(e.Content.Name), ":"))
		}
		got.Note = otpcore.CleanNote(string(e.Note))
		r.take(got.Account)
		r.noteIssuer(got)
	})
	return nil
}

func (r *reader) openProton(whole string) (string, error) {
	var export struct {
		Salt    string `json:"salt"`
		Content string `json:"content"`
	}
	if err := decode(whole, &export); err != nil {
		return "", err
	}
	salt, errSalt := decodeBase64(export.Salt)
	sealed, errContent := decodeBase64(export.Content)
	if errSalt != nil || errContent != nil || len(sealed) < 12 {
		return "", ErrDamaged
	}
	key, err := r.argonKey(salt, 2, 19*1024, 1)
	if err != nil {
		return "", err
	}
	content, err := openGCM(key, sealed[:12], sealed[12:], []byte("proton.authenticator.export.v1"))
	return string(content), err
}

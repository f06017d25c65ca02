package exchange

// ente Auth's plain export is a list of URIs, which the list reads. Encrypted it
// is one message of libsodium's secretstream (ente-io/ente, mobile/apps/auth).
var enteEncrypted = format{
	name: "ente Auth", file: "text, plain or encrypted; JSON of URIs", export: "Settings › Data › Export codes",
	recognises: func(f *file) bool { return f.has("kdfParams", "encryptedData") },
	read:       readEnteEncrypted,
}

// enteJSON is the text with what the list shows beside each URI.
var enteJSON = format{
	name: "ente Auth",
	recognises: func(f *file) bool {
		return f.opens("items") == '[' && outlineOf(f.json.members["items"]).members["rawData"] != ""
	},
	read: readEnteJSON,
}

func readEnteEncrypted(r *reader, f *file) error {
	var export struct {
		KDF struct {
			Memory int    `json:"memLimit"` // bytes
			Time   int    `json:"opsLimit"`
			Salt   string `json:"salt"`
		} `json:"kdfParams"`
		Data   string `json:"encryptedData"`
		Header string `json:"encryptionNonce"`
	}
	if err := decode(f.text, &export); err != nil {
		return err
	}
	salt, errSalt := decodeBase64(export.KDF.Salt)
	sealed, errData := decodeBase64(export.Data)
	header, errHeader := decodeBase64(export.Header)
	if errSalt != nil || errData != nil || errHeader != nil {
		return ErrDamaged
	}
	key, err := r.argonKey(salt, export.KDF.Time, export.KDF.Memory/1024, 1)
	if err != nil {
		return err
	}
	content, err := openSecretStream(key, header, sealed)
	if err != nil {
		return err
	}
	return readList(r, newFile(content))
}

func readEnteJSON(r *reader, f *file) error {
	var export struct {
		Items elements `json:"items"`
	}
	if err := decode(f.text, &export); err != nil {
		return err
	}
	type item struct {
		RawData text `json:"rawData"`
	}
	each(r, "item", export.Items, func(where string, i item) { r.addURI(where, string(i.RawData)) })
	return nil
}

package exchange

// cotp, another authenticator for the terminal (replydev/cotp).
var cotp = format{
	name: "cotp", file: "JSON, plain or encrypted; URIs", export: "`cotp export`; `~/.cotp/db.cotp`",
	recognises: func(f *file) bool {
		return f.has("version", "elements") || f.has("version", "nonce", "salt", "cipher") || f.isURIItems()
	},
	read: readCotp,
}

// isURIItems reports {"items": ["otpauth://…", …]}.
func (f *file) isURIItems() bool {
	s := scanner{text: f.json.members["items"]}
	if f.opens("items") != '[' {
		return false
	}
	s.at++
	s.space()
	return s.peek() == '"'
}

type cotpElement struct {
	Secret    text `json:"secret"`
	Issuer    text `json:"issuer"`
	Label     text `json:"label"`
	Type      text `json:"type"`
	Digits    text `json:"digits"`
	Algorithm text `json:"algorithm"`
	Period    text `json:"period"`
	Counter   text `json:"counter"`
}

func readCotp(r *reader, f *file) error {
	content := f.text
	if f.has("cipher") {
		plain, err := r.openCotp(f.text)
		if err != nil {
			return err
		}
		content = string(plain)
	}
	var database struct {
		Elements elements `json:"elements"`
		Items    elements `json:"items"`
	}
	if err := decode(content, &database); err != nil {
		return err
	}
	each(r, "element", database.Elements, func(where string, e cotpElement) {
		r.add(where, entry{
			kind: string(e.Type), issuer: string(e.Issuer), name: string(e.Label), secret: string(e.Secret),
			algorithm: e.Algorithm, digits: e.Digits, period: e.Period, counter: e.Counter,
		})
	})
	each(r, "item", database.Items, func(where string, uri string) { r.addURI(where, uri) })
	return nil
}

func (r *reader) openCotp(whole string) ([]byte, error) {
	var sealed struct {
		Nonce  string `json:"nonce"`
		Salt   string `json:"salt"`
		Cipher string `json:"cipher"`
	}
	if err := decode(whole, &sealed); err != nil {
		return nil, err
	}
	nonce, errNonce := decodeBase64(sealed.Nonce)
	salt, errSalt := decodeBase64(sealed.Salt)
	text, errText := decodeBase64(sealed.Cipher)
	if errNonce != nil || errSalt != nil || errText != nil {
		return nil, ErrDamaged
	}
	key, err := r.argonKey(salt, 4, 32*1024, 4)
	if err != nil {
		return nil, err
	}
	return openXChaCha(key, nonce, text)
}

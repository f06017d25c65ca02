package exchange

import (
	"encoding/json"
	"strings"
)

// FreeOTP 1 keeps its tokens in Android's shared preferences, FreeOTP+ writes the
// same tokens as a JSON file. Both store the counter that was used last: FreeOTP+
// adds one when it writes a URI (OtpTokenFactory.kt).
var (
	freeOTPPlus = format{
		name: "FreeOTP+", file: "JSON", export: "⋮ › Export › JSON",
		recognises: func(f *file) bool { return f.opens("tokens") == '[' },
		read:       readFreeOTPPlus,
	}
	freeOTP1 = format{
		name: "FreeOTP 1", file: "tokens.xml of a rooted phone",
		recognises: func(f *file) bool {
			return f.hasPreference("tokenOrder") || f.isPreferences() && strings.Contains(f.text, "&quot;algo&quot;")
		},
		read: readFreeOTP1,
	}
)

type freeOTPToken struct {
	Algo      text        `json:"algo"`
	Counter   text        `json:"counter"`
	Digits    text        `json:"digits"`
	Period    text        `json:"period"`
	Type      text        `json:"type"`
	Label     text        `json:"label"`
	LabelAlt  text        `json:"labelAlt"`
	IssuerExt text        `json:"issuerExt"`
	IssuerInt text        `json:"issuerInt"`
	IssuerAlt text        `json:"issuerAlt"`
	Secret    signedBytes `json:"secret"`
}

func (t freeOTPToken) entry() entry {
	e := entry{
		kind: string(t.Type), name: orElse(string(t.LabelAlt), string(t.Label)), key: t.Secret,
		issuer:    orElse(string(t.IssuerAlt), orElse(string(t.IssuerExt), string(t.IssuerInt))),
		algorithm: t.Algo, digits: t.Digits, period: t.Period, counter: t.Counter,
	}
	if isTOTP := e.kind == "" || strings.EqualFold(e.kind, "totp"); isTOTP && strings.EqualFold(string(t.IssuerExt), "Steam") &&
		(t.Digits.absent() || t.Digits.trimmed() == "5") {
		e.kind = "steam"
	}
	return e
}

func readFreeOTPPlus(r *reader, f *file) error {
	var backup struct {
		Tokens elements `json:"tokens"`
	}
	if err := decode(f.text, &backup); err != nil {
		return err
	}
	each(r, "token", backup.Tokens, func(where string, t freeOTPToken) {
		e := t.entry()
		e.lastUsed = true
		r.add(where, e)
	})
	return nil
}

func readFreeOTP1(r *reader, f *file) error {
	preferences, err := readPreferences(f.text)
	if err != nil {
		return err
	}
	for _, p := range preferences {
		if p.name == "tokenOrder" {
			continue
		}
		where := label("token", "", p.name)
		var token freeOTPToken
		if err := json.Unmarshal([]byte(p.value), &token); err != nil {
			r.skip(where, shapeError(err))
			continue
		}
		e := token.entry()
		e.lastUsed = true
		r.add("token", e)
	}
	return nil
}

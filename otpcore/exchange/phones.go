package exchange

import (
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// The JSON of smaller authenticators, each a list of accounts under other names.
var (
	lastPass = format{
		name: "LastPass Authenticator", file: "JSON", export: "Settings › Transfer accounts › Export accounts to file",
		recognises: func(f *file) bool {
			first := outlineOf(f.json.members["accounts"])
			_, issuer := first.members["issuerName"]
			_, secret := first.members["secret"]
			return first.open == '[' && issuer && secret
		},
		read: readLastPass,
	}
	twoFAuth = format{
		name: "2FAuth", file: "JSON", export: "Accounts › Manage › Export",
		recognises: func(f *file) bool {
			return strings.HasPrefix(strings.ToLower(f.json.members["app"]), `"2fauth`) && f.opens("data") == '['
		},
		read: readTwoFAuth,
	}
	duo = format{
		name: "Duo Mobile", file: "accounts.json of a rooted phone",
		recognises: func(f *file) bool { return f.listOf("otpGenerator") },
		read:       readDuo,
	}
	raivo = format{
		name: "Raivo", file: "ZIP (encrypted) or the JSON in it", export: "Settings › Export OTPs to ZIP archive",
		recognises: func(f *file) bool { return f.listOf("kind", "timer") },
		read:       readRaivo,
	}
	authyDebug = format{
		name: "Authy", file: "JSON of the desktop script",
		recognises: func(f *file) bool { return f.listOf("name", "secret", "uri") },
		read:       readAuthyDebug,
	}
	steam = format{
		name: "Steam", file: "maFile or Steamguard file", export: "Steam Desktop Authenticator: maFiles folder",
		recognises: func(f *file) bool {
			return f.has("shared_secret") || f.opens("accounts") == '{' && strings.Contains(f.json.members["accounts"], `"shared_secret"`)
		},
		read: readSteamFile,
	}
	extension = format{
		name: "Authenticator extension", file: "JSON or text, not encrypted", export: "⚙ › Backup › Download",
		recognises: isExtension,
		read:       readExtension,
	}
)

func readLastPass(r *reader, f *file) error {
	var export struct {
		Accounts elements                        `json:"accounts"`
		Folders  listOf[struct{ ID, Name text }] `json:"folders"`
	}
	if err := decode(f.text, &export); err != nil {
		return err
	}
	folders := map[string]string{}
	for _, folder := range export.Folders {
		if folder.ID.id() != "0" { // "Other accounts": none
			folders[folder.ID.id()] = string(folder.Name)
		}
	}
	type account struct {
		IssuerName, UserName, Secret, TimeStep, Digits, Algorithm text
		IsFavorite                                                yesNo
		FolderData                                                struct{ FolderID text }
	}
	each(r, "account", export.Accounts, func(where string, a account) {
		r.add(where, entry{
			issuer: string(a.IssuerName), name: string(a.UserName), secret: string(a.Secret),
			algorithm: a.Algorithm, digits: a.Digits, period: a.TimeStep,
			tags: []string{folders[a.FolderData.FolderID.id()]}, pinned: bool(a.IsFavorite),
		})
	})
	return nil
}

func readTwoFAuth(r *reader, f *file) error {
	var export struct {
		Data elements `json:"data"`
	}
	if err := decode(f.text, &export); err != nil {
		return err
	}
	type account struct {
		OTPType                                                      text `json:"otp_type"`
		Account, Service, Secret, Digits, Algorithm, Period, Counter text
	}
	each(r, "entry", export.Data, func(where string, a account) {
		kind := string(a.OTPType)
		if kind == "steamtotp" {
			kind = "steam"
		}
		r.add(where, entry{
			kind: kind, issuer: string(a.Service), name: string(a.Account),
			secret: string(a.Secret), algorithm: a.Algorithm, digits: a.Digits, period: a.Period, counter: a.Counter,
		})
	})
	return nil
}

func readDuo(r *reader, f *file) error {
	var accounts elements
	if err := decode(f.text, &accounts); err != nil {
		return err
	}
	type account struct {
		Name         text
		OTPGenerator struct {
			OTPSecret text
			Counter   *text
		}
	}
	each(r, "account", accounts, func(where string, a account) {
		e := entry{name: string(a.Name), secret: string(a.OTPGenerator.OTPSecret)}
		if a.OTPGenerator.Counter != nil {
			e.kind, e.counter = "hotp", *a.OTPGenerator.Counter
		}
		r.add(where, e)
	})
	return nil
}

// readRaivo finds every value in quotation marks, and a timer of 0 beside a counter.
func readRaivo(r *reader, f *file) error {
	var entries elements
	if err := decode(f.text, &entries); err != nil {
		return err
	}
	type otp struct {
		Kind, Issuer, Account, Secret, Algorithm, Digits, Timer, Counter text
		Pinned                                                           yesNo
	}
	each(r, "entry", entries, func(where string, o otp) {
		r.add(where, entry{
			kind: string(o.Kind), issuer: string(o.Issuer), name: string(o.Account), secret: string(o.Secret),
			algorithm: o.Algorithm, digits: o.Digits, period: o.Timer, counter: o.Counter, pinned: bool(o.Pinned),
		})
	})
	return nil
}

// readAuthyDebug reads what a script for Authy's old desktop program prints, as
// cotp does. The URI has everything.
func readAuthyDebug(r *reader, f *file) error {
	var entries elements
	if err := decode(f.text, &entries); err != nil {
		return err
	}
	type token struct{ Name, URI text }
	each(r, "entry", entries, func(where string, t token) {
		r.addLogin(where, login{value: string(t.URI), title: string(t.Name)})
	})
	return nil
}

// readSteamFile reads one account, or the newer file of several.
func readSteamFile(r *reader, f *file) error {
	type account struct {
		SharedSecret text `json:"shared_secret"`
		AccountName  text `json:"account_name"`
	}
	var export struct {
		Accounts object `json:"accounts"`
	}
	if err := decode(f.text, &export); err != nil {
		return err
	}
	var accounts elements
	if f.has("shared_secret") {
		accounts = append(accounts, f.text)
	}
	for _, id := range slices.Sorted(maps.Keys(export.Accounts)) {
		accounts = append(accounts, export.Accounts[id])
	}
	each(r, "account", accounts, func(where string, a account) {
		key, err := decodeBase64(string(a.SharedSecret))
		if err != nil {
			r.skip(label(where, "Steam", string(a.AccountName)), errKeySpelling.Error())
			return
		}
		r.add(where, entry{kind: "steam", issuer: "Steam", name: string(a.AccountName), key: key})
	})
	return nil
}

// isExtension looks at one value: the keys of the file are digests.
func isExtension(f *file) bool {
	if f.json.open != '{' {
		return false
	}
	for _, value := range f.json.members {
		inner := outlineOf(value)
		if inner.open != '{' {
			continue
		}
		if isSealedByExtension(inner) || strings.HasPrefix(inner.members["secret"], `"`) && strings.HasPrefix(inner.members["type"], `"`) {
			return true
		}
	}
	return false
}

// isSealedByExtension reports the newer form of an entry under a passphrase,
// which shows nothing of itself.
func isSealedByExtension(o outline) bool { return o.members["dataType"] == `"EncOTPStorage"` }

// readExtension reads the backup of the browser extension
// (Authenticator-Extension/Authenticator, src/models/storage.ts).
func readExtension(r *reader, f *file) error {
	var stored object
	if err := decode(f.text, &stored); err != nil {
		return err
	}
	type account struct {
		Account, Issuer, Secret, Type, Digits, Period, Algorithm, Counter text
		Encrypted, Pinned                                                 yesNo
		DataType                                                          text
	}
	var entries elements
	for _, id := range slices.Sorted(maps.Keys(stored)) {
		if inner := outlineOf(stored[id]); inner.members["secret"] != "" || isSealedByExtension(inner) {
			entries = append(entries, stored[id])
		}
	}
	each(r, "entry", entries, func(where string, a account) {
		issuer, _, _ := strings.Cut(string(a.Issuer), "::") // then the page that it was found on
		e := entry{
			kind: string(a.Type), issuer: issuer, name: string(a.Account), secret: string(a.Secret),
			algorithm: a.Algorithm, digits: a.Digits, period: a.Period, counter: a.Counter, pinned: bool(a.Pinned),
		}
		if a.Encrypted || a.DataType == "EncOTPStorage" {
			r.skip(label(where, e.issuer, e.name), "encrypted by the extension: remove its passphrase, then export again")
			return
		}
		if err := e.fromExtension(); err != nil {
			r.skip(label(where, e.issuer, e.name), err.Error())
			return
		}
		r.add(where, e)
	})
	return nil
}

// fromExtension turns the extension's own types into ours: hex and hhex have
// their key in hexadecimal, Battle.net has eight digits.
func (e *entry) fromExtension() (err error) {
	switch strings.ToLower(e.kind) {
	case "battle":
		e.kind, e.digits = "totp", "8"
	case "hex", "hhex":
		e.kind = map[string]string{"hex": "totp", "hhex": "hotp"}[strings.ToLower(e.kind)]
		if e.key, err = hex.DecodeString(e.secret); err != nil {
			return errKeySpelling
		}
	}
	return nil
}

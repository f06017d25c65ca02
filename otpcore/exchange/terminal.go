package exchange

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"otpane/otpcore"
)

// The files of other programs for the terminal.
var (
	gauthEncrypted = format{
		name: "gauth", file: "`~/.config/gauth.csv`, plain or encrypted",
		recognises: func(f *file) bool { return f.begins("Salted__") },
		read:       readGauthEncrypted,
	}
	gauth = format{
		name:       "gauth",
		recognises: func(f *file) bool { return isGauth(f.text) },
		read:       func(r *reader, f *file) error { return readGauth(r, f.text) },
	}
	rsc2FA = format{
		name: "2fa", file: "`~/.2fa` of rsc.io/2fa",
		recognises: isRSC,
		read:       readRSC,
	}
	totpCLI = format{
		name: "totp-cli", file: "YAML of `totp-cli dump`, or its age file",
		recognises: func(f *file) bool { return isTOTPCLIText(f.head()) || f.listOf("name", "accounts") },
		read:       readTOTPCLI,
	}
)

// isGauth wants every line to be a name and a key, or a URI (pcarrier/gauth).
// Any English words are base32: one key at least has to look like one.
func isGauth(content string) bool {
	fits, sure := fitsGauth(content)
	return fits && sure
}

func fitsGauth(content string) (fits, sure bool) {
	for line := range lines(content) {
		line = strings.TrimSpace(line)
		if line == "" || strings.Contains(line, "://") {
			continue
		}
		_, key, ok := strings.Cut(line, ":")
		if _, err := otpcore.ParseSecret(key); !ok || err != nil {
			return false, false
		}
		sure = sure || isSureKey(key)
	}
	return true, sure
}

// isSureKey reports a key that is no word by chance: long enough, and with a
// digit in it or all in capitals.
func isSureKey(text string) bool {
	secret, err := otpcore.ParseSecret(text)
	return err == nil && secret.Len() >= 10 && (strings.ContainsAny(text, "234567") || text == strings.ToUpper(text))
}

func readGauth(r *reader, content string) error {
	number := 0
	for line := range lines(content) {
		number++
		where := fmt.Sprintf("line %d", number)
		line = strings.TrimSpace(line)
		if uris := findURIs(line); len(uris) > 0 {
			r.addURI(where, uris[0])
		} else if name, key, ok := strings.Cut(line, ":"); ok {
			r.add(where, entry{name: name, secret: key})
		}
	}
	return nil
}

// readGauthEncrypted opens what `openssl enc -aes-128-cbc -md sha256` writes. It
// has no seal: what comes out must be a list.
func readGauthEncrypted(r *reader, f *file) error {
	passphrase, err := r.passphrase()
	if err != nil {
		return err
	}
	rest := f.data[len("Salted__"):]
	if len(rest) < 8 {
		return ErrDamaged
	}
	keys := sha256.Sum256(append(passphrase[:len(passphrase):len(passphrase)], rest[:8]...))
	content, err := openCBC(keys[:16], keys[16:], rest[8:])
	if err != nil {
		return err
	}
	inner := newFile(content)
	if fits, _ := fitsGauth(inner.text); !fits {
		return ErrPassphrase
	}
	return readGauth(r, inner.text)
}

// isRSC wants every line to have a name, a length, a key and perhaps a counter
// of 20 digits, with single spaces between.
func isRSC(f *file) bool {
	sure := false
	for line := range lines(f.text) {
		if line == "" {
			continue
		}
		fields := strings.Split(line, " ")
		if len(fields) < 3 || len(fields) > 4 || !strings.Contains("678", fields[1]) || len(fields[1]) != 1 {
			return false
		}
		if _, err := otpcore.ParseSecret(fields[2]); err != nil || len(fields) == 4 && len(fields[3]) != 20 {
			return false
		}
		sure = sure || isSureKey(fields[2])
	}
	return sure
}

func readRSC(r *reader, f *file) error {
	number := 0
	for line := range lines(f.text) {
		number++
		fields := strings.Split(line, " ")
		if len(fields) < 3 {
			continue
		}
		e := entry{name: fields[0], digits: text(fields[1]), secret: fields[2]}
		if len(fields) == 4 {
			e.kind, e.counter, e.lastUsed = "hotp", text(fields[3]), true // it counts, then computes
		}
		r.add(fmt.Sprintf("line %d", number), e)
	}
	return nil
}

type totpCLINamespace struct {
	Name     text
	Accounts elements
}

type totpCLIAccount struct {
	Name, Token, Algorithm, Prefix text
	Length, TimePeriod             text
}

// readTOTPCLI reads namespaces of accounts; 0 means the usual value
// (yitsushi/totp-cli, internal/storage).
func readTOTPCLI(r *reader, f *file) error {
	if f.json.open != '[' {
		readTOTPCLIText(r, f.text)
		return nil
	}
	var namespaces elements
	if err := decode(f.text, &namespaces); err != nil {
		return err
	}
	each(r, "namespace", namespaces, func(where string, n totpCLINamespace) {
		each(r, where+", account", n.Accounts, func(where string, a totpCLIAccount) { r.addTOTPCLI(where, string(n.Name), a) })
	})
	return nil
}

// isTOTPCLIText tells the dump from the many other lists that begin so.
func isTOTPCLIText(head string) bool {
	return strings.HasPrefix(strings.TrimPrefix(head, "---\n"), "- name:") && strings.Contains(head, "\n  accounts:")
}

// readTOTPCLIText reads the one shape of YAML that the program writes: lists of
// scalars, two levels deep. A library for YAML would be larger than this package.
func readTOTPCLIText(r *reader, content string) {
	var namespace string
	var account *totpCLIAccount
	number, begun := 0, 0
	flush := func() {
		if account != nil {
			r.addTOTPCLI(fmt.Sprintf("line %d", begun), namespace, *account)
		}
		account = nil
	}
	for line := range lines(content) {
		number++
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		value = unquoteYAML(strings.TrimSpace(value))
		switch {
		case strings.HasPrefix(line, "- name"):
			flush()
			namespace = value
		case strings.HasPrefix(key, "- "):
			flush()
			account, begun = &totpCLIAccount{}, number
			account.set(key[2:], value)
		case account != nil:
			account.set(key, value)
		}
	}
	flush()
}

func (a *totpCLIAccount) set(key, value string) {
	switch strings.TrimSpace(key) {
	case "name":
		a.Name = text(value)
	case "token":
		a.Token = text(value)
	case "prefix":
		a.Prefix = text(value)
	case "algorithm":
		a.Algorithm = text(value)
	case "length":
		a.Length = text(value)
	case "timePeriod":
		a.TimePeriod = text(value)
	}
}

// unquoteYAML reads a scalar: plain, 'it”s', or "with \"escapes\"".
func unquoteYAML(value string) string {
	switch {
	case len(value) > 1 && value[0] == '\'' && value[len(value)-1] == '\'':
		return strings.ReplaceAll(value[1:len(value)-1], "''", "'")
	case len(value) > 1 && value[0] == '"':
		var plain string
		if json.Unmarshal([]byte(value), &plain) == nil {
			return plain
		}
	}
	return value
}

func (r *reader) addTOTPCLI(where, namespace string, a totpCLIAccount) {
	before := len(r.batch.Accounts)
	r.add(where, entry{
		issuer: namespace, name: string(a.Name), secret: string(a.Token), algorithm: a.Algorithm,
		digits: a.Length.orAbsent(), period: a.TimePeriod.orAbsent(),
	})
	if a.Prefix != "" && len(r.batch.Accounts) > before {
		r.note("totp-cli puts a prefix in front of its codes, which is not taken over")
	}
}

// orAbsent is for a program that writes 0 where it has no value.
func (t text) orAbsent() text {
	if t.trimmed() == "0" {
		return ""
	}
	return t
}

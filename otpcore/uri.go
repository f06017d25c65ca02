package otpcore

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ErrNotURI means that the text is not a URI that describes one account.
var ErrNotURI = errors.New("not an otpauth URI")

// ErrTransfer means a URI that holds several accounts; exchange reads it.
var ErrTransfer = errors.New("a Google transfer holds several accounts and is imported, not added")

// ParseURI reads one account from an otpauth:, apple-otpauth: or steam: URI
// (Google's Key Uri Format with what the programs in the field made of it). Names
// and tags come back clean. It refuses what would compute other codes than the
// site means: no key, an unknown type or algorithm, impossible digits, a period
// of 0. No error holds the URI or the key.
func ParseURI(text string) (Account, error) {
	enrolment, err := ReadURI(text)
	return enrolment.Account, err
}

// Enrolment is an account as its URI told it, with what does not belong to the
// account and yet matters to who imports it.
type Enrolment struct {
	Account
	// LabelIssuer is the issuer in front of the account name where it differs
	// from the issuer parameter, which won. Apple does this by design, a forger too.
	LabelIssuer string
	// Display is ente's codeDisplay: JSON with tags, note, pin and trash.
	Display string
}

// ReadURI is ParseURI for an import.
func ReadURI(text string) (Enrolment, error) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(text), "://")
	if !ok {
		return Enrolment{}, ErrNotURI
	}
	if len(text) > maxURI {
		return Enrolment{}, errors.New("longer than any otpauth URI")
	}
	switch strings.ToLower(scheme) {
	case "otpauth", "apple-otpauth":
		return readOTPAuth(rest)
	case "steam":
		return readSteam(rest)
	case "motp":
		_, err := ParseKind("motp")
		return Enrolment{}, err
	case "otpauth-migration":
		return Enrolment{}, ErrTransfer
	}
	return Enrolment{}, ErrNotURI
}

// maxURI leaves room for the pictures of 100 kB that WinAuth puts into one.
const maxURI = 1 << 20

// URI writes the account in the spelling that all readers agree on: issuer in
// the label and as a parameter, everything percent-encoded (%20, never '+'),
// nothing left to a default, no padding. Tags, note and pin stay here: they are
// nobody else's business.
func (a Account) URI() string {
	label := escape(a.Issuer) + ":" + escape(a.Name)
	if a.Issuer == "" && !strings.Contains(a.Name, ":") {
		label = escape(a.Name) // with a colon in it the first half would be read as an issuer
	}
	uri := "otpauth://" + string(a.Kind) + "/" + label + "?secret=" + EncodeBase32(a.Secret.Reveal())
	if a.Issuer != "" {
		uri += "&issuer=" + escape(a.Issuer)
	}
	uri += fmt.Sprintf("&algorithm=%s&digits=%d", a.Algorithm, a.Digits)
	if a.Timed() {
		return uri + fmt.Sprintf("&period=%d", a.Period)
	}
	return uri + fmt.Sprintf("&counter=%d", a.Counter)
}

// readOTPAuth takes TYPE/LABEL?QUERY apart by hand. net/url would refuse a stray
// '%' and drop everything after a '#', which Microsoft writes into labels.
func readOTPAuth(rest string) (Enrolment, error) {
	address, query, _ := strings.Cut(rest, "?")
	host, label, _ := strings.Cut(address, "/")
	kind, err := ParseKind(host)
	if err != nil {
		return Enrolment{}, err
	}
	fields := parseQuery(query)
	e := Enrolment{Account: Account{Kind: kind}, Display: fields.get("codedisplay")}
	e.Tags = CleanTags(fields["tags"])
	e.Issuer, e.Name, e.LabelIssuer = readNames(label, fields.get("issuer"))
	if e.Kind == TOTP && meansSteam(e.Issuer, fields) {
		e.Kind = Steam
	}
	if e.Secret, err = ParseSecret(fields.get("secret")); err != nil {
		return Enrolment{}, err
	}
	if err := e.readNumbers(fields); err != nil {
		return Enrolment{}, err
	}
	if err := e.Validate(); err != nil {
		return Enrolment{}, err
	}
	return e, nil
}

// readNames prefers the issuer parameter, as 2FAuth, KeePassXC, ente and Yubico
// do (Aegis and Stratum take the label's), and says so when they differ.
func readNames(label, parameter string) (issuer, name, labelIssuer string) {
	prefix, name := splitLabel(label)
	issuer, prefix = Clean(parameter), Clean(prefix)
	switch whole := Clean(unescape(label)); {
	case issuer == "":
		issuer = prefix
	case strings.HasPrefix(whole, issuer+":"): // the issuer itself may hold a colon
		name = whole[len(issuer)+1:]
	case prefix != "" && !strings.EqualFold(prefix, issuer):
		labelIssuer = prefix
	}
	issuer, name = CleanNames(issuer, name)
	return issuer, name, labelIssuer
}

// splitLabel prefers a raw colon to an encoded one, which may belong to a name.
func splitLabel(label string) (prefix, name string) {
	if prefix, name, ok := strings.Cut(label, ":"); ok {
		return unescape(prefix), unescape(name)
	}
	label = unescape(label)
	if prefix, name, ok := strings.Cut(label, ":"); ok {
		return prefix, name
	}
	return "", label
}

// meansSteam knows how programs mark Steam in a totp URI: encoder=steam
// (KeePassXC, gopass), a bare steam parameter (Stratum), or the issuer with
// digits that fit (WinAuth, FreeOTP).
func meansSteam(issuer string, fields query) bool {
	if strings.EqualFold(fields.get("encoder"), "steam") || fields["steam"] != nil {
		return true
	}
	digits := fields.get("digits")
	return strings.EqualFold(issuer, "Steam") && (isAbsent(digits) || digits == "5")
}

// readNumbers fills in what the kind of account needs. Steam has one algorithm
// and one length; what a writer puts there are its defaults for other kinds.
func (a *Account) readNumbers(fields query) (err error) {
	a.Algorithm, a.Digits = SHA1, SteamDigits
	if a.Kind != Steam {
		if a.Algorithm, err = ParseAlgorithm(fields.get("algorithm")); err != nil {
			return err
		}
		if a.Digits, err = fields.small("digits", DefaultDigits); err != nil {
			return err
		}
	}
	if a.Timed() {
		a.Period, err = fields.small("period", DefaultPeriod)
		return err
	}
	a.Counter, err = parseNumber("counter", fields.get("counter"), 0)
	return err
}

// readSteam reads the steam://KEY of Bitwarden and Proton. Steam's own files
// spell the key, which is always 20 bytes, in base64, and so does Proton at times.
func readSteam(rest string) (Enrolment, error) {
	text := unescape(strings.TrimRight(rest, "/"))
	secret, err := ParseSecret(text)
	if key, notBase64 := base64.StdEncoding.DecodeString(text); err != nil && notBase64 == nil && len(key) == 20 {
		secret, err = NewSecret(key), nil
	}
	if err != nil {
		return Enrolment{}, err
	}
	return Enrolment{Account: Account{
		Issuer: "Steam", Kind: Steam, Algorithm: SHA1, Digits: SteamDigits, Period: DefaultPeriod, Secret: secret,
	}}, nil
}

// query holds the parameters by lower-case name.
type query map[string][]string

// parseQuery splits at '&' alone: net/url refuses a whole query for a semicolon.
// "amp;" is left in front of names when a URI is copied from a page's source.
func parseQuery(text string) query {
	fields := query{}
	for field := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(field, "=")
		name = strings.TrimPrefix(strings.ToLower(unescape(name)), "amp;")
		fields[name] = append(fields[name], unescape(strings.ReplaceAll(value, "+", " ")))
	}
	return fields
}

// get is the first value, trimmed.
func (q query) get(name string) string {
	if len(q[name]) == 0 {
		return ""
	}
	return strings.TrimSpace(q[name][0])
}

// small is a number that an int holds everywhere; Validate knows its real bounds.
func (q query) small(name string, absent uint64) (int, error) {
	number, err := parseNumber(name, q.get(name), absent)
	if err == nil && number > MaxPeriod {
		err = fmt.Errorf("%s %d is not possible", name, number)
	}
	return int(min(number, MaxPeriod)), err
}

// unescape decodes %XX and leaves every other '%' as it stands: real labels
// say "100%".
func unescape(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]) {
			out.WriteByte(unhex(text[i+1])<<4 | unhex(text[i+2]))
			i += 2
			continue
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

// escape leaves letters, digits and -._~ alone. url.PathEscape would keep the
// ':' and '&' that separate things here.
func escape(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

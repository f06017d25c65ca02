package exchange

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"otpane/otpcore"
)

// login is an item of a password manager that has a one-time code: what stands
// in its TOTP field, and what is known around it.
type login struct {
	value  string // a URI, KeeOtp's query, or a bare key
	title  string
	user   string
	tags   []string
	note   string
	pinned bool
}

// addLogin fills what the value leaves open from the item. Password managers
// keep the names outside of the field.
func (r *reader) addLogin(where string, l login) {
	value := strings.TrimSpace(l.value)
	if value == "" {
		return
	}
	if scheme, _, isURI := strings.Cut(value, "://"); isURI {
		r.addLoginURI(where, strings.EqualFold(scheme, "steam"), value, l)
		return
	}
	e, err := loginEntry(value)
	if err != nil {
		r.skip(label(where, l.title, l.user), err.Error())
		return
	}
	e.issuer, e.name, e.tags, e.note, e.pinned = l.title, l.user, l.tags, l.note, l.pinned
	r.add(where, e)
}

func (r *reader) addLoginURI(where string, isSteam bool, uri string, l login) {
	if isMigration(uri) {
		r.addURI(label(where, l.title, l.user), uri)
		return
	}
	e, err := otpcore.ReadURI(uri)
	if err != nil {
		r.skip(label(where, l.title, l.user), err.Error())
		return
	}
	title, user := otpcore.Clean(l.title), otpcore.Clean(l.user)
	switch {
	case isSteam && title != "":
		e.Issuer = title
	case e.Issuer == "" && !strings.EqualFold(title, e.Name):
		e.Issuer = title
	}
	if e.Name == "" {
		e.Name = user
	}
	e.Issuer, e.Name = otpcore.CleanNames(e.Issuer, e.Name)
	e.Tags = otpcore.CleanTags(append(e.Tags, l.tags...))
	e.Note, e.Pinned = otpcore.CleanNote(l.note), l.pinned
	r.take(e.Account)
	r.noteIssuer(e)
}

// loginEntry reads a value that is no URI.
func loginEntry(value string) (entry, error) {
	if strings.HasPrefix(value, "key=") || strings.Contains(value, "&key=") {
		return keeOTPEntry(value)
	}
	return entry{secret: value}, nil
}

// keeOTPEntry reads the query of KeeOtp, a plugin of KeePass: key, size, step,
// type, counter, otpHashMode, encoding.
func keeOTPEntry(value string) (entry, error) {
	query, err := url.ParseQuery(value)
	if err != nil {
		return entry{}, fmt.Errorf("its KeeOtp value cannot be read")
	}
	e := entry{
		kind:      query.Get("type"),
		secret:    query.Get("key"),
		algorithm: text(query.Get("otpHashMode")), digits: text(query.Get("size")),
		period: text(query.Get("step")), counter: text(query.Get("counter")),
	}
	switch strings.ToLower(query.Get("encoding")) {
	case "", "base32":
	case "hex":
		e.key, err = hex.DecodeString(e.secret)
	case "base64":
		e.key, err = decodeBase64(e.secret)
	case "utf8":
		e.key = []byte(e.secret)
	default:
		return entry{}, fmt.Errorf("the encoding of its key is not known")
	}
	if err != nil {
		return entry{}, errKeySpelling
	}
	return e, nil
}

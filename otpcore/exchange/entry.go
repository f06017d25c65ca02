package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"otpane/otpcore"
)

// entry is an account as some file spells it. What a file does not have stays
// empty and takes the usual value.
type entry struct {
	kind      string // "" is totp
	issuer    string
	name      string
	secret    string // base32
	key       []byte // where the file has bytes instead
	algorithm text
	digits    text
	period    text
	counter   text
	lastUsed  bool // counter is the last one used, not the next
	tags      []string
	note      string
	pinned    bool
}

// add makes an account of an entry, or a skip that says why not.
func (r *reader) add(where string, e entry) {
	a, err := e.account()
	if err != nil {
		r.skip(label(where, e.issuer, e.name), err.Error())
		return
	}
	r.take(a)
}

// label adds the name of an entry to its place: nobody can look up "entry 12" of
// an encrypted file.
func label(where, issuer, name string) string {
	const most = 40
	issuer, name = otpcore.CleanNames(issuer, name)
	text := otpcore.Account{Issuer: issuer, Name: name}.Label()
	if issuer+name == "" {
		return where
	}
	if runes := []rune(text); len(runes) > most {
		text = otpcore.Clean(string(runes[:most])) + "…"
	}
	return where + " (" + text + ")"
}

func (e entry) account() (otpcore.Account, error) {
	a := otpcore.Account{Tags: otpcore.CleanTags(e.tags), Note: otpcore.CleanNote(e.note), Pinned: e.pinned}
	a.Issuer, a.Name = otpcore.CleanNames(e.issuer, e.name)
	var err error
	if a.Kind, err = otpcore.ParseKind(orElse(e.kind, string(otpcore.TOTP))); err != nil {
		return a, err
	}
	if a.Secret, err = e.readKey(); err != nil {
		return a, err
	}
	if err := e.readNumbers(&a); err != nil {
		return a, err
	}
	return a, a.Validate()
}

func (e entry) readKey() (otpcore.Secret, error) {
	if e.key != nil {
		return otpcore.NewSecret(e.key), nil
	}
	return otpcore.ParseSecret(e.secret)
}

// readNumbers knows that Steam has one algorithm and one length, whatever a
// program writes beside it.
func (e entry) readNumbers(a *otpcore.Account) (err error) {
	a.Algorithm, a.Digits = otpcore.SHA1, otpcore.SteamDigits
	if a.Kind != otpcore.Steam {
		if a.Algorithm, err = otpcore.ParseAlgorithm(string(e.algorithm)); err != nil {
			return err
		}
		if a.Digits, err = e.digits.small("digits", otpcore.DefaultDigits); err != nil {
			return err
		}
	}
	if a.Timed() {
		a.Period, err = e.period.small("period", otpcore.DefaultPeriod)
		return err
	}
	a.Counter, err = e.readCounter()
	return err
}

// readCounter gives the next counter to use. FreeOTP writes -1 before the first.
func (e entry) readCounter() (uint64, error) {
	if e.lastUsed && e.counter.trimmed() == "-1" {
		return 0, nil
	}
	counter, err := e.counter.number("counter", 0)
	if err != nil || !e.lastUsed || e.counter.absent() {
		return counter, err
	}
	if counter == math.MaxUint64 {
		return 0, otpcore.ErrCounterSpent
	}
	return counter + 1, nil
}

// text is a JSON value that somebody writes as a string, somebody else as a
// number, and a third leaves out: "30", 30, null. It keeps the digits of numbers
// above 2^53, which a float64 does not.
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0 || raw[0] == '{' || raw[0] == '[':
		return &json.UnmarshalTypeError{Value: "structure"}
	case raw[0] == '"':
		var s string
		err := json.Unmarshal(raw, &s)
		*t = text(s)
		return err
	case string(raw) == "null":
		*t = ""
	default:
		*t = text(raw)
	}
	return nil
}

func (t text) trimmed() string { return strings.TrimSpace(string(t)) }

func (t text) absent() bool { return t.trimmed() == "" || strings.EqualFold(t.trimmed(), "null") }

func (t text) number(field string, absent uint64) (uint64, error) {
	if t.absent() {
		return absent, nil
	}
	whole := strings.TrimSuffix(t.trimmed(), ".0") // a number that went through a float
	number, err := strconv.ParseUint(whole, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("its %s is not a number that can be used", field)
	}
	return number, nil
}

// small is a number that an int holds everywhere; Validate knows its real bounds.
func (t text) small(field string, absent uint64) (int, error) {
	number, err := t.number(field, absent)
	if err == nil && number > otpcore.MaxPeriod {
		return 0, fmt.Errorf("%s %d is not possible", field, number)
	}
	return int(number), err
}

// id compares the identifiers of folders, which are numbers in some files.
func (t text) id() string { return strings.ToLower(t.trimmed()) }

// signedBytes is a key as Java prints it: [-19, 64, …].
type signedBytes []byte

func (b *signedBytes) UnmarshalJSON(raw []byte) error {
	var numbers []int
	if err := json.Unmarshal(raw, &numbers); err != nil {
		return errors.New("not a list of bytes")
	}
	*b = make([]byte, len(numbers))
	for i, n := range numbers {
		if n < -128 || n > 255 {
			return errors.New("not a list of bytes")
		}
		(*b)[i] = byte(n)
	}
	return nil
}

// decode reads a whole JSON value. What the decoder says may quote the text, and
// so a key: it is not repeated.
func decode(raw string, into any) error {
	if err := json.Unmarshal([]byte(raw), into); err != nil {
		return ErrDamaged
	}
	return nil
}

// each calls visit with the elements of a JSON array. One of another form than
// expected is skipped with its place.
func each[T any](r *reader, what string, elements []json.RawMessage, visit func(where string, element T)) {
	for i, raw := range elements {
		where := fmt.Sprintf("%s %d", what, i+1)
		var element T
		if err := json.Unmarshal(raw, &element); err != nil || string(raw) == "null" {
			r.skip(where, shapeError(err))
			continue
		}
		visit(where, element)
	}
}

func orElse(text, otherwise string) string {
	if strings.TrimSpace(text) == "" {
		return otherwise
	}
	return text
}

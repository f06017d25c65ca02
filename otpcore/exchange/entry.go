package exchange

import (
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

// number reads a value of an entry.
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

func orElse(text, otherwise string) string {
	if strings.TrimSpace(text) == "" {
		return otherwise
	}
	return text
}

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"otpane/otpcore"
)

// entry is an account as programs read it; the names are a contract. An account
// that counts has no code, next and seconds_left: its code is drawn, not looked
// up. There is no key in it.
type entry struct {
	ID          string   `json:"id"`
	Issuer      string   `json:"issuer"`
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Algorithm   string   `json:"algorithm"`
	Digits      int      `json:"digits"`
	Period      int      `json:"period"`  // seconds; 0 for HOTP
	Counter     uint64   `json:"counter"` // the next one; 0 for timed accounts
	Tags        []string `json:"tags"`
	Pinned      bool     `json:"pinned"`
	Unfinished  bool     `json:"unfinished"`
	Code        string   `json:"code,omitempty"`
	Next        string   `json:"next,omitempty"`
	SecondsLeft int      `json:"seconds_left,omitempty"` // never 0 for a timed account
	Correction  int      `json:"correction,omitempty"`   // seconds that code, next and seconds_left add to the clock
	// RecoveryLeft is absent where no recovery codes are kept, and 0 where all are used.
	RecoveryLeft *int `json:"recovery_left,omitempty"`

	// until is when the code ends, by this machine's clock; zero if it counts.
	until time.Time
}

func (e entry) timed() bool { return e.Type != string(otpcore.HOTP) }

// label is the entry in one line, as messages name it.
func (e entry) label() string { return otpcore.Account{Issuer: e.Issuer, Name: e.Name}.Label() }

func entryOf(a otpcore.Account, now time.Time) entry {
	r := a.At(now)
	var until time.Time
	if a.Timed() {
		until = now.Add(r.Left).Round(0) // by the clock on the wall, which may be set
	}
	var left *int
	if len(a.Recovery) > 0 {
		n := otpcore.Left(a.Recovery)
		left = &n
	}
	return entry{
		ID: a.ID, Issuer: a.Issuer, Name: a.Name,
		Type: string(a.Kind), Algorithm: string(a.Algorithm), Digits: a.Digits, Period: a.Period, Counter: a.Counter,
		Tags: append([]string{}, a.Tags...), Pinned: a.Pinned, Unfinished: a.Unfinished,
		Code: r.Code, Next: r.Next, SecondsLeft: seconds(r.Left),
		Correction: int(a.Corrections() / time.Second), RecoveryLeft: left,
		until: until,
	}
}

// seconds counts a begun second as whole, as the pane does: a code with half a
// second to live does not show 0.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

func (p *program) printJSON(value any) error {
	encoder := json.NewEncoder(unsteered{p.Stdout})
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// unsteered is where JSON goes. JSON lets everything pass but the controls of ASCII,
// and it may be a terminal that shows it: what could steer one is written as \uNNNN,
// which means the same.
type unsteered struct{ io.Writer }

func (u unsteered) Write(text []byte) (int, error) {
	if bytes.ContainsFunc(text, steersInJSON) {
		var safe []byte
		for _, r := range string(text) {
			if !steersInJSON(r) {
				safe = utf8.AppendRune(safe, r)
				continue
			}
			for _, unit := range utf16.Encode([]rune{r}) {
				safe = fmt.Appendf(safe, `\u%04x`, unit)
			}
		}
		if _, err := u.Writer.Write(safe); err != nil {
			return 0, err
		}
		return len(text), nil
	}
	return u.Writer.Write(text)
}

// steersInJSON leaves its own line breaks alone.
func steersInJSON(r rune) bool { return r >= 0x7f && steers(r) }

// instant is the value of --at.
type instant struct{ time.Time }

func (i *instant) or(now func() time.Time) time.Time {
	if i.IsZero() {
		return now()
	}
	return i.Time
}

// meant is the account as it is to be read. The clock is corrected because it is
// wrong; an instant that somebody names is not.
func (i *instant) meant(a otpcore.Account) otpcore.Account {
	if i.IsZero() {
		return a
	}
	return a.Uncorrected()
}

// Set reads RFC 3339, with a fraction if need be, or whole Unix seconds.
func (i *instant) Set(text string) error {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		i.Time = t
		return nil
	}
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil && whole >= earliest && whole <= latest {
		i.Time = time.Unix(whole, 0)
		return nil
	}
	return fmt.Errorf("want RFC 3339 or Unix seconds")
}

// The years 1 to 9999, as RFC 3339 has them; time.Time wraps around further out.
const (
	earliest = -62135596799
	latest   = 253402300799
)

func (i *instant) String() string { return "" }
func (i *instant) Type() string   { return "RFC 3339 or Unix seconds" }

package agent

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"otpane/otpcore"
)

// version of the protocol. A newer client hears from an older server that it said
// garbage, with the server's version.
const version = 1

// What can be wanted.
const (
	DoCode   = "code"   // the code of the one account that Query means
	DoList   = "list"   // all accounts, with the codes that may be given
	DoNames  = "names"  // all accounts without codes
	DoStatus = "status" // whether anybody is there
)

// Request is one line of JSON. There is no instant in it: a code of next week is
// nearly a key.
type Request struct {
	V     int    `json:"v"` // Call fills it in
	Do    string `json:"do"`
	Query string `json:"query,omitempty"` // of a code; a list of all needs none
	Timed bool   `json:"timed,omitempty"` // an account that counts is to be refused before anything is drawn
	Quiet bool   `json:"quiet,omitempty"` // nobody is to be asked: a rule that asks denies
	// Asked is called when a person is being asked, which may take AskFor.
	Asked func() `json:"-"`
}

// Reply is what comes back: one line of JSON, and one for each account. Call has
// cleaned its texts.
type Reply struct {
	Verdict  Verdict
	Accounts []Fact // the one that is meant; all; or, of Several, those that fit
	Near     string // of Nothing: the name that was probably meant
	Count    int    // how many accounts there are
	Standing *Standing
}

// Fact is an account as a client learns of it.
type Fact struct {
	ID         string    `json:"id"`
	Issuer     string    `json:"issuer"`
	Name       string    `json:"name"`
	Type       string    `json:"type"`
	Algorithm  string    `json:"algorithm"`
	Digits     int       `json:"digits"`
	Period     int       `json:"period"`  // seconds; 0 for HOTP
	Counter    uint64    `json:"counter"` // the next one; 0 for timed accounts
	Tags       []string  `json:"tags,omitempty"`
	Pinned     bool      `json:"pinned,omitempty"`
	Unfinished bool      `json:"unfinished,omitempty"`
	Created    time.Time `json:"created,omitzero"`
	Correction int       `json:"correction,omitempty"` // seconds added to the clock
	// RecoveryLeft is absent where no recovery codes are kept.
	RecoveryLeft *int `json:"recovery_left,omitempty"`

	Code string `json:"code,omitempty"`
	Next string `json:"next,omitempty"`
	Left int64  `json:"left_ms,omitempty"` // how long Code is good, in milliseconds
	// TwoKeys says of a code that was asked for that another key may be the right one.
	TwoKeys bool `json:"two_keys,omitempty"`
	// Verdict says of an account of a list why it has no code.
	Verdict Verdict `json:"verdict,omitempty"`
}

// Account is the fact as otpcore knows accounts, without a key.
func (f Fact) Account() otpcore.Account {
	return otpcore.Account{
		ID: f.ID, Issuer: f.Issuer, Name: f.Name, Kind: otpcore.Kind(f.Type), Algorithm: otpcore.Algorithm(f.Algorithm),
		Digits: f.Digits, Period: f.Period, Counter: f.Counter, Tags: f.Tags, Pinned: f.Pinned, Unfinished: f.Unfinished,
		Created: f.Created, Correction: time.Duration(f.Correction) * time.Second,
	}
}

// factOf is an account without its code. A vault that another program has written may
// have anything for a name.
func factOf(a otpcore.Account) Fact {
	f := Fact{
		ID: otpcore.Clean(a.ID), Issuer: otpcore.Clean(a.Issuer), Name: otpcore.Clean(a.Name), Type: string(a.Kind), Algorithm: string(a.Algorithm),
		Digits: a.Digits, Period: a.Period, Counter: a.Counter, Tags: someTags(a.Tags), Pinned: a.Pinned, Unfinished: a.Unfinished,
		Created: a.Created, Correction: int(a.Corrections() / time.Second),
	}
	if len(a.Recovery) > 0 {
		left := otpcore.Left(a.Recovery)
		f.RecoveryLeft = &left
	}
	return f
}

// someTags are the first ones, of which an account has a few. With thousands of them it
// would be a line that no client reads, and take all others along.
func someTags(tags []string) []string {
	room := maxLine / 4
	for i, tag := range tags {
		if room -= len(tag) + len(`"",`); room < 0 {
			return otpcore.CleanTags(tags[:i])
		}
	}
	return otpcore.CleanTags(tags)
}

// withCode is a timed account with its code.
func withCode(a otpcore.Account, now time.Time) Fact {
	f, r := factOf(a), a.At(now)
	f.Code, f.Next, f.Left = r.Code, r.Next, r.Left.Milliseconds()
	return f
}

// head is the first line of a reply.
type head struct {
	V        int     `json:"v"`
	Verdict  Verdict `json:"verdict"`
	Accounts int     `json:"accounts,omitempty"` // lines that follow
	Near     string  `json:"near,omitempty"`
	Count    int     `json:"count,omitempty"`

	Standing *Standing `json:"standing,omitempty"`
}

// asking is the verdict of a line that comes before the reply when a person is asked.
const asking Verdict = "asking"

const maxRequest = 4 << 10 // bytes, with the end of the line

var errGarbage = errors.New("no request")

// readRequest reads one line. What it has read when it fails was no request; io.EOF
// means that there was nothing.
func readRequest(r io.Reader) (Request, error) {
	room := make([]byte, maxRequest)
	for n := 0; n < len(room); {
		more, err := r.Read(room[n:])
		n += more
		if bytes.IndexByte(room[n-more:n], '\n') >= 0 {
			return parseRequest(room[:n])
		}
		if err == io.EOF && n > 0 {
			return Request{}, errGarbage
		}
		if err != nil {
			return Request{}, err
		}
	}
	return Request{}, errGarbage
}

// parseRequest refuses fields that it does not know: what a newer client means by
// one, an older server would silently not do. It refuses a second line as well, whose
// answer nobody would get.
func parseRequest(line []byte) (Request, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	var r Request
	if decoder.Decode(&r) != nil || strings.Trim(string(line[decoder.InputOffset():]), " \t\r") != "\n" {
		return Request{}, errGarbage
	}
	if r.V != version || !slices.Contains([]string{DoCode, DoList, DoNames, DoStatus}, r.Do) {
		return Request{}, errGarbage
	}
	return r, nil
}

// writeReply writes a reply line by line.
func writeReply(w io.Writer, h head, facts iter.Seq[Fact]) error {
	buffered := bufio.NewWriterSize(w, 16<<10)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	h.V = version
	if err := encoder.Encode(h); err != nil {
		return err
	}
	if facts == nil {
		return buffered.Flush()
	}
	for fact := range facts {
		if err := encoder.Encode(fact); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

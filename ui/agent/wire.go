package agent

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
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
	// Asked is called when a person is being asked, which may take AskFor.
	Asked func() `json:"-"`
}

// Reply is what comes back: one line of JSON, and one for each account.
type Reply struct {
	Verdict  Verdict
	Accounts []Fact // the one; all; or, of Several, those that fit
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

// factOf is an account without its code.
func factOf(a otpcore.Account) Fact {
	f := Fact{
		ID: a.ID, Issuer: a.Issuer, Name: a.Name, Type: string(a.Kind), Algorithm: string(a.Algorithm),
		Digits: a.Digits, Period: a.Period, Counter: a.Counter, Tags: a.Tags, Pinned: a.Pinned, Unfinished: a.Unfinished,
		Created: a.Created, Correction: int(a.Corrections() / time.Second),
	}
	if len(a.Recovery) > 0 {
		left := otpcore.Left(a.Recovery)
		f.RecoveryLeft = &left
	}
	return f
}

func factsOf(accounts []otpcore.Account) []Fact {
	facts := make([]Fact, len(accounts))
	for i, a := range accounts {
		facts[i] = factOf(a)
	}
	return facts
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

// readRequest reads one line, and insists that nothing follows it.
func readRequest(r io.Reader) (Request, error) {
	line := make([]byte, 0, maxRequest)
	for bytes.IndexByte(line, '\n') < 0 {
		if len(line) == cap(line) {
			return Request{}, errGarbage
		}
		n, err := r.Read(line[len(line):cap(line)])
		line = line[:len(line)+n]
		if err != nil && bytes.IndexByte(line, '\n') < 0 {
			return Request{}, err
		}
	}
	return parseRequest(line)
}

// parseRequest refuses fields that it does not know: what a newer client means by
// one, an older server would silently not do.
func parseRequest(line []byte) (Request, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	var request Request
	if err := decoder.Decode(&request); err != nil {
		return Request{}, errGarbage
	}
	if rest, _ := io.ReadAll(io.MultiReader(decoder.Buffered())); string(bytes.Trim(rest, " \r")) != "\n" {
		return Request{}, errGarbage
	}
	switch request.Do {
	case DoCode, DoList, DoNames, DoStatus:
	default:
		return Request{}, errGarbage
	}
	if request.V != version {
		return Request{}, errGarbage
	}
	return request, nil
}

// writeReply writes a reply line by line, so that ten thousand accounts are never
// one piece of memory.
func writeReply(w io.Writer, r Reply) error {
	buffered := bufio.NewWriterSize(w, 16<<10)
	encoder := json.NewEncoder(buffered)
	if err := encoder.Encode(head{V: version, Verdict: r.Verdict, Accounts: len(r.Accounts), Near: r.Near, Count: r.Count, Standing: r.Standing}); err != nil {
		return err
	}
	for _, fact := range r.Accounts {
		if err := encoder.Encode(fact); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

// Package agent lets an unlocked vault answer other programs of the same user: its
// protocol, its server and its client. docs/agent.md is the protocol for those who
// write other clients.
//
// It gives codes and names, never keys, notes or recovery codes: it asks an account
// for its reading and never for its key. It has no socket, no vault and no screen;
// what it needs of them comes as functions. Who is at the other end, and that it is
// the same user, its caller has made sure of.
package agent

import (
	"context"
	"io"
	"time"

	"otpane/otpcore"
)

// Desk is what serves: the unlocked vault as functions. They are called from several
// goroutines at once.
type Desk struct {
	// Accounts are the accounts as they are now. Neither side changes them.
	Accounts func() []otpcore.Account
	// Answer is the rule for an account; whatever is neither Allow nor Ask denies.
	Answer func(otpcore.Account) otpcore.Answer
	// Draw takes the next code of an account that counts, and returns when the
	// counter is on disk.
	Draw func(ctx context.Context, id string) (otpcore.Account, string, error)
	// Ask asks a person, and blocks until there is an answer or ctx ends: when the
	// person's time is over, when the client leaves, when serving ends. nil means that
	// nobody can be asked.
	Ask func(context.Context, Question) bool
	// Told hears what became of every request, before the client does. It must not
	// block, and had better not keep ten thousand accounts.
	Told func(Event)
	Now  func() time.Time
	// TwoKeys reports that an account has two keys since copies of the vault came
	// together, and that nobody has said which is right; nil knows of none.
	TwoKeys func(id string) bool
	// Standing is what a client may know of the server; nil tells nothing.
	Standing func() Standing
}

// Standing is who serves.
type Standing struct {
	By    string         `json:"by"` // where a person is asked: "pane" or "agent"
	Since time.Time      `json:"since"`
	Rule  otpcore.Answer `json:"rule"` // that holds where an account and its tags have none
}

// What a client may cost.
const (
	AtWork  = 32               // connections that are attended to; more wait in the socket's queue
	Waiters = 4                // questions that wait for a person
	AskFor  = 30 * time.Second // how long a person has
	SayFor  = 2 * time.Second  // how long a client has to say what it wants, and to take the answer
	SnubFor = 10 * time.Second // how long a program is not asked about again that got no yes
)

// Conn is a connection to a client, or to the server.
type Conn interface {
	io.ReadWriteCloser
	SetDeadline(time.Time) error
}

// Peer is the program that wants something, as it calls itself: good to be shown, not
// to be relied on. Serve cleans it.
type Peer struct {
	PID     int // 0 where the system does not say
	Program string
	Dir     string // its working folder; "" where the system does not say
}

// Question is what a person is asked. The accounts are several only for a list, and
// carry neither key, note nor recovery codes.
type Question struct {
	Peer      Peer
	Accounts  []otpcore.Account
	At, Until time.Time
}

// Event is a request and what became of it. A list is several if it had several ends.
type Event struct {
	At       time.Time
	Peer     Peer
	Do       string            // "" of garbage
	Accounts []otpcore.Account // whose codes it is about; stripped as in a Question
	Verdict  Verdict
}

// Verdict is what became of a request.
type Verdict string

const (
	Given   Verdict = "given"   // what was wanted goes into the socket
	Refused Verdict = "refused" // a person says no, or the program got no yes a moment ago
	Silence Verdict = "silence" // nobody answered
	Denied  Verdict = "denied"  // the rule says no, or asks and nobody can be or is to be asked
	Nothing Verdict = "nothing" // no account fits the query
	Several Verdict = "several" // more than one account fits
	Busy    Verdict = "busy"    // too many questions wait already, or were not answered yes
	Counts  Verdict = "counts"  // the account counts, and a code of time was wanted
	Broken  Verdict = "broken"  // the account has no code, or its counter was not saved
	Gone    Verdict = "gone"    // the client left while a person was asked
	Garbage Verdict = "garbage" // no request, or none that this version knows
)

var verdicts = []Verdict{Given, Refused, Silence, Denied, Nothing, Several, Busy, Counts, Broken, Gone, Garbage}

// Phase is how far a server is.
type Phase int

const (
	Off     Phase = iota
	Waiting       // another process serves; its place is taken when it ends
	Serving
	Failed
)

// State is how far a server is, and why it failed.
type State struct {
	Phase Phase
	Err   error
}

// stripped is an account without what an agent never gives.
func stripped(a otpcore.Account) otpcore.Account {
	a.Secret, a.Note, a.Recovery = otpcore.Secret{}, "", nil
	return a
}

func allStripped(accounts []otpcore.Account) []otpcore.Account {
	bare := make([]otpcore.Account, len(accounts))
	for i, a := range accounts {
		bare[i] = stripped(a)
	}
	return bare
}

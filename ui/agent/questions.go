package agent

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"otpane/otpcore"
)

// questions are those that wait for a person, and what people did not say yes to a
// moment ago. A program that asks in a loop must not wear anybody down, nor hide one
// question behind another.
type questions struct {
	sync.Mutex
	waiting []*waiting
	snubs   map[subject]time.Time // until when nobody is asked
}

// subject is what a program is asked about. Programs are told apart by their names,
// which is all that a person sees of them.
type subject struct{ program, account string }

// everything is the account of a question about a list.
const everything = ""

type waiting struct {
	subject
	end context.CancelCauseFunc
}

// maxSnubs bounds what is remembered. Beyond it nobody is asked for anybody: so many
// questions in SnubFor are no person's wish.
const maxSnubs = 64

// gonePause is the SnubFor of who left before there was an answer: enough to keep
// questions from flickering, and for a person no wait.
const gonePause = time.Second

// Why a question ends without an answer.
var (
	errLeft    = errors.New("the client left")
	errSnubbed = errors.New("the same question got its answer")
)

// ask asks a person about accounts. The client hears at once that this takes time; if
// it leaves, or says anything more, the question ends.
func (v *visit) ask(account string, accounts ...otpcore.Account) Verdict {
	if v.Ask == nil || v.request.Quiet {
		return Denied
	}
	ctx, end := context.WithCancelCause(v.ctx)
	defer end(nil)
	w := &waiting{subject{v.peer.Program, account}, end}
	if verdict := v.asked.enter(w); verdict != undecided {
		return verdict
	}
	verdict := v.put(ctx, w, accounts)
	v.asked.leave(w, verdict)
	return verdict
}

// put puts the question to the person.
func (v *visit) put(ctx context.Context, w *waiting, accounts []otpcore.Account) Verdict {
	if writeReply(v.conn, head{Verdict: asking}, nil) != nil { // in what is left of SayFor
		return Gone
	}
	defer v.watch(func() { w.end(errLeft) })()
	ctx, cancel := context.WithTimeout(ctx, AskFor)
	defer cancel()
	now := v.Now()
	yes := v.Ask(ctx, Question{Peer: v.peer, Accounts: allStripped(accounts), At: now, Until: now.Add(AskFor)})
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errLeft):
		return Gone
	case errors.Is(cause, errSnubbed):
		return Refused
	case yes:
		return Given
	case cause != nil:
		return Silence
	}
	return Refused
}

// watch calls left when the client closes its end, or says more than it may.
func (v *visit) watch(left func()) (stop func()) {
	_ = v.conn.SetDeadline(time.Time{}) // the question has its own
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = v.conn.Read(make([]byte, 1))
		left()
	}()
	return func() {
		_ = v.conn.SetDeadline(time.Unix(1, 0)) // ends the read
		<-done
	}
}

// enter lets a question wait, or says why not.
func (q *questions) enter(w *waiting) Verdict {
	q.Lock()
	defer q.Unlock()
	q.forget()
	switch {
	case q.holds(w.subject):
		return Refused
	case len(q.waiting) == Waiters || len(q.snubs) >= maxSnubs:
		return Busy
	}
	q.waiting = append(q.waiting, w)
	return undecided
}

// leave remembers what was not answered with yes, and ends the questions that are the
// same.
func (q *questions) leave(w *waiting, verdict Verdict) {
	q.Lock()
	defer q.Unlock()
	q.waiting = slices.DeleteFunc(q.waiting, func(other *waiting) bool { return other == w })
	switch verdict {
	case Given:
		return
	case Gone:
		q.snub(w.subject, gonePause)
		return
	}
	q.snub(w.subject, SnubFor)
	for _, other := range q.waiting {
		if other.subject == w.subject {
			other.end(errSnubbed)
		}
	}
}

func (q *questions) snub(s subject, pause time.Duration) {
	if q.snubs == nil {
		q.snubs = map[subject]time.Time{}
	}
	if until := time.Now().Add(pause); until.After(q.snubs[s]) {
		q.snubs[s] = until
	}
}

// snubbed reports whether nobody is to be asked about a subject for now.
func (q *questions) snubbed(s subject) bool {
	q.Lock()
	defer q.Unlock()
	q.forget()
	return q.holds(s)
}

func (q *questions) holds(s subject) bool {
	_, one := q.snubs[s]
	_, all := q.snubs[subject{s.program, everything}]
	return one || all
}

// forget drops what is over.
func (q *questions) forget() {
	maps.DeleteFunc(q.snubs, func(_ subject, until time.Time) bool { return !time.Now().Before(until) })
}

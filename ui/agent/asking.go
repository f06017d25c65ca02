package agent

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"otpane/otpcore"
)

// questions are those that wait for a person.
type questions struct {
	sync.Mutex
	waiting int
}

var errLeft = errors.New("the client left")

// ask asks a person. The client hears at once that it has to wait; if it leaves, the
// question ends.
func (v *visit) ask(ctx context.Context, _ string, accounts []otpcore.Account) Verdict {
	if v.desk.Ask == nil {
		return Denied
	}
	v.asked.Lock()
	if v.asked.waiting == Waiters {
		v.asked.Unlock()
		return Busy
	}
	v.asked.waiting++
	v.asked.Unlock()
	defer func() {
		v.asked.Lock()
		v.asked.waiting--
		v.asked.Unlock()
	}()
	_ = json.NewEncoder(v.conn).Encode(head{V: version, Verdict: asking})
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	stop := v.watch(func() { end(errLeft) })
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, AskFor)
	defer cancel()
	now := v.desk.Now()
	yes := v.desk.Ask(ctx, Question{Peer: v.peer, Accounts: allStripped(accounts), At: now, Until: now.Add(AskFor)})
	switch cause := context.Cause(ctx); {
	case cause == errLeft:
		return Gone
	case yes:
		return Given
	case cause != nil:
		return Silence
	}
	return Refused
}

// watch calls left when the client closes its end, or says more than it may.
func (v *visit) watch(left func()) (stop func()) {
	_ = v.conn.SetDeadline(time.Time{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = v.conn.Read(make([]byte, 1))
		left()
	}()
	return func() {
		_ = v.conn.SetDeadline(time.Unix(1, 0))
		<-done
	}
}

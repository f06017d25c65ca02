package agent

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"otpane/otpcore"
)

// scene is a desk with its events, and clients that come to it.
type scene struct {
	desk    Desk
	clients chan net.Conn
	mu      sync.Mutex
	events  []Event
}

func account(id, issuer, name string, rule otpcore.Answer) otpcore.Account {
	return otpcore.Account{
		ID: id, Issuer: issuer, Name: name, Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
		Secret: otpcore.NewSecret([]byte("12345678901234567890")), Agent: rule,
	}
}

func newScene(accounts ...otpcore.Account) *scene {
	s := &scene{clients: make(chan net.Conn)}
	s.desk = Desk{
		Accounts: func() []otpcore.Account { return accounts },
		Answer:   func(a otpcore.Account) otpcore.Answer { return otpcore.AnswerFor(a, nil, otpcore.Deny) },
		Told: func(e Event) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.events = append(s.events, e)
		},
		Now: func() time.Time { return time.Unix(59, 0) },
	}
	return s
}

// run serves until the returned function is called.
func (s *scene) run(t *testing.T) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- s.desk.Serve(ctx, func() (Conn, Peer, error) {
			select {
			case conn := <-s.clients:
				return conn, Peer{PID: 4711, Program: "aws-vault", Dir: "/infra"}, nil
			case <-ctx.Done():
				return nil, Peer{}, errors.New("closed")
			}
		})
	}()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serving ended with %v", err)
		}
	}
}

// connect is a new client's end of a connection.
func (s *scene) connect() net.Conn {
	client, server := net.Pipe()
	s.clients <- server
	return client
}

func TestCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(account("a1", "GitHub", "alice", otpcore.Allow))
		defer s.run(t)()
		reply, err := Call(t.Context(), s.connect(), Request{Do: DoCode, Query: "git"})
		if err != nil {
			t.Fatal(err)
		}
		if reply.Verdict != Given || reply.Accounts[0].Code != "287082" || reply.Accounts[0].Left != 1000 { // RFC 6238, appendix B
			t.Fatalf("got %+v", reply)
		}
	})
}

// TestCountsIsRefusedBeforeAnythingIsDrawn: a code that nobody takes would be one
// that the site has not seen, too.
func TestCountsIsRefusedBeforeAnythingIsDrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		counting := account("a1", "GitHub", "alice", otpcore.Allow)
		counting.Kind, counting.Period = otpcore.HOTP, 0
		s, drawn := newScene(counting), 0
		s.desk.Draw = func(context.Context, string) (otpcore.Account, string, error) {
			drawn++
			return counting, "123456", nil
		}
		defer s.run(t)()
		for _, story := range []struct {
			timed bool
			want  Verdict
			drawn int
		}{{true, Counts, 0}, {false, Given, 1}} {
			reply, err := Call(t.Context(), s.connect(), Request{Do: DoCode, Query: "git", Timed: story.timed})
			if err != nil || reply.Verdict != story.want || drawn != story.drawn {
				t.Errorf("timed %v: %+v, %d drawn, %v", story.timed, reply, drawn, err)
			}
		}
	})
}

// TestListOfAQuery: what does not fit is neither given nor asked for.
func TestListOfAQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(account("a1", "GitHub", "alice", otpcore.Allow), account("a2", "Zulip", "bob", otpcore.Ask))
		s.desk.Ask = func(context.Context, Question) bool { t.Error("asked about what was not wanted"); return true }
		s.desk.Standing = func() Standing { return Standing{By: "pane", Since: time.Unix(7, 0), Rule: otpcore.Ask} }
		defer s.run(t)()
		reply, err := Call(t.Context(), s.connect(), Request{Do: DoList, Query: "alice"})
		if err != nil || len(reply.Accounts) != 1 || reply.Accounts[0].Code != "287082" {
			t.Errorf("got %+v, %v", reply, err)
		}
		if reply.Standing == nil || reply.Standing.By != "pane" || !reply.Standing.Since.Equal(time.Unix(7, 0)) {
			t.Errorf("who serves: %+v", reply.Standing)
		}
	})
}

// A program that looks every second must not ask every second.
func TestQuietAsksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(account("a1", "GitHub", "alice", otpcore.Allow), account("a2", "Zulip", "bob", otpcore.Ask))
		asked := 0
		s.desk.Ask = func(context.Context, Question) bool { asked++; return true }
		defer s.run(t)()
		call := func(r Request) Reply {
			reply, err := Call(t.Context(), s.connect(), r)
			if err != nil {
				t.Fatal(err)
			}
			return reply
		}
		if r := call(Request{Do: DoCode, Query: "zulip", Quiet: true}); r.Verdict != Denied || r.Accounts[0].Code != "" {
			t.Errorf("a code: %+v", r)
		}
		if r := call(Request{Do: DoList, Quiet: true}); r.Accounts[0].Code != "287082" || r.Accounts[1].Verdict != Denied || r.Accounts[1].Code != "" {
			t.Errorf("a list: %+v", r)
		}
		if asked != 0 {
			t.Errorf("asked %d times", asked)
		}
		if r := call(Request{Do: DoCode, Query: "zulip"}); asked != 1 || r.Verdict != Given {
			t.Errorf("asked %d times without Quiet: %+v", asked, r)
		}
	})
}

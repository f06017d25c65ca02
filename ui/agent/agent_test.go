package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"otpane/otpcore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is a desk at work, with what it was asked and what it told.
type scene struct {
	*testing.T
	desk     Desk
	accounts []otpcore.Account
	peer     Peer
	clients  chan net.Conn
	asked    chan Question // one at a time; answer says what the person does
	answer   chan bool

	sync.Mutex
	events []Event
	ended  []error // why questions ended that nobody answered
}

func account(id, issuer, name string, rule otpcore.Answer) otpcore.Account {
	return otpcore.Account{
		ID: id, Issuer: issuer, Name: name, Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
		Secret: otpcore.NewSecret([]byte("12345678901234567890")), Agent: rule,
	}
}

func counting(id, issuer, name string, rule otpcore.Answer) otpcore.Account {
	a := account(id, issuer, name, rule)
	a.Kind, a.Period, a.Counter = otpcore.HOTP, 0, 7
	return a
}

const (
	code = "287082" // RFC 6238, appendix B, at 59 s
)

func newScene(t *testing.T, accounts ...otpcore.Account) *scene {
	s := &scene{T: t, accounts: accounts, peer: Peer{PID: 4711, Program: "aws-vault", Dir: "/infra"}}
	s.clients, s.asked, s.answer = make(chan net.Conn), make(chan Question), make(chan bool)
	s.desk = Desk{
		Accounts: func() []otpcore.Account {
			s.Lock()
			defer s.Unlock()
			return s.accounts
		},
		Answer: func(a otpcore.Account) otpcore.Answer { return otpcore.AnswerFor(a, nil, otpcore.Deny) },
		Ask:    s.ask,
		Draw: func(context.Context, string) (otpcore.Account, string, error) {
			t.Error("a counter was drawn")
			return otpcore.Account{}, "", errors.New("not here")
		},
		Told: func(e Event) {
			s.Lock()
			defer s.Unlock()
			s.events = append(s.events, e)
		},
		Now: func() time.Time { return time.Unix(59, 0) },
	}
	return s
}

// ask is a person with one screen, on which questions may stand side by side.
func (s *scene) ask(ctx context.Context, q Question) bool {
	end := func() bool {
		s.Lock()
		defer s.Unlock()
		s.ended = append(s.ended, context.Cause(ctx))
		return false
	}
	select {
	case s.asked <- q:
	case <-ctx.Done():
		return end()
	}
	select {
	case yes := <-s.answer:
		return yes
	case <-ctx.Done():
		return end()
	}
}

// serve serves until the returned function is called.
func (s *scene) serve() (end func()) {
	ctx, cancel := context.WithCancel(s.Context())
	done := make(chan error)
	go func() {
		done <- s.desk.Serve(ctx, func() (Conn, Peer, error) {
			select {
			case conn := <-s.clients:
				return conn, s.peer, nil
			case <-ctx.Done():
				return nil, Peer{}, net.ErrClosed
			}
		})
	}()
	return func() {
		s.Helper()
		cancel()
		if err := <-done; err != nil {
			s.Errorf("serving ended with %v", err)
		}
	}
}

// connect is the end of a connection that a client has. It waits for a place.
func (s *scene) connect() net.Conn {
	client, server := net.Pipe()
	s.clients <- server
	return client
}

// call asks for one thing.
func (s *scene) call(do, query string) Reply {
	s.Helper()
	reply, err := Call(s.Context(), s.connect(), Request{Do: do, Query: query})
	if err != nil {
		s.Error(err)
	}
	return reply
}

// calling asks for one thing, while somebody is asked.
func (s *scene) calling(do, query string) <-chan Reply {
	reply, conn := make(chan Reply, 1), s.connect()
	go func() {
		r, err := Call(s.Context(), conn, Request{Do: do, Query: query})
		if err != nil {
			r.Verdict = Verdict(err.Error())
		}
		reply <- r
	}()
	return reply
}

// say is a client without manners: it writes a text, and hears what comes back until
// the connection is closed.
func say(conn net.Conn, text string) string {
	go func() { _, _ = io.WriteString(conn, text) }()
	heard, _ := io.ReadAll(conn)
	conn.Close()
	return string(heard)
}

func line(do, query string) string {
	text, _ := json.Marshal(Request{V: version, Do: do, Query: query})
	return string(text) + "\n"
}

// told are the verdicts so far, and what they were about.
func (s *scene) told() string {
	synctest.Wait()
	s.Lock()
	defer s.Unlock()
	var told []string
	for _, e := range s.events {
		text := string(e.Verdict)
		for _, a := range e.Accounts {
			text += " " + a.ID
		}
		told = append(told, text)
	}
	return strings.Join(told, ", ")
}

func (s *scene) want(what, got, want string) {
	s.Helper()
	if got != want {
		s.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// codes are a reply's accounts with their codes, or why there is none.
func codes(r Reply) string {
	parts := []string{string(r.Verdict)}
	for _, f := range r.Accounts {
		parts = append(parts, f.ID+"="+f.Code+string(f.Verdict))
	}
	return strings.Join(parts, " ")
}

// inScene runs a story in a bubble of time, with an agent that serves and ends.
func inScene(t *testing.T, accounts []otpcore.Account, story func(s *scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, accounts...)
		defer s.serve()()
		story(s)
	})
}

func TestCode(t *testing.T) {
	accounts := []otpcore.Account{account("a1", "GitHub", "alice", otpcore.Allow), account("a2", "GitHub", "bob", otpcore.Deny), account("a3", "AWS", "prod", "")}
	inScene(t, accounts, func(s *scene) {
		reply := s.call(DoCode, "alice")
		s.want("allowed", codes(reply), "given a1="+code)
		if f := reply.Accounts[0]; f.Next != "359152" || f.Left != 1000 || reply.Count != 3 {
			s.Errorf("got %+v", reply)
		}
		s.want("denied", codes(s.call(DoCode, "bob")), "denied a2=")
		s.want("without a rule", codes(s.call(DoCode, "aws")), "denied a3=")
		s.want("several", codes(s.call(DoCode, "github")), "several a1= a2=")
		reply = s.call(DoCode, "gothub")
		s.want("nothing", codes(reply)+" "+reply.Near, "nothing GitHub")
		s.want("no query", codes(s.call(DoCode, "")), "nothing")
		s.want("told", s.told(), "given a1, denied a2, denied a3, several a1 a2, nothing, nothing")
		if e := s.events[0]; e.Peer != s.peer || e.Do != DoCode || !e.At.Equal(time.Unix(59, 0)) {
			s.Errorf("the event is %+v", e)
		}
	})
}

func TestNamesAndStatus(t *testing.T) {
	inScene(t, []otpcore.Account{account("a1", "GitHub", "alice", otpcore.Deny), counting("a2", "Bank", "", otpcore.Allow)}, func(s *scene) {
		reply := s.call(DoNames, "")
		s.want("names", codes(reply), "given a1= a2=")
		if a := reply.Accounts[0].Account(); a.Label() != "GitHub · alice" || a.Secret.Len() != 0 {
			s.Errorf("got %+v", a)
		}
		reply = s.call(DoStatus, "")
		if codes(reply) != "given" || reply.Count != 2 {
			s.Errorf("status: %+v", reply)
		}
		s.want("told", s.told(), "given, given")
	})
}

// TestTheFactIsTheAccount, as far as a client may know it.
func TestTheFactIsTheAccount(t *testing.T) {
	a := account("a1", "GitHub", "alice", otpcore.Allow)
	a.Tags, a.Pinned, a.Unfinished, a.Created = []string{"work", "日本"}, true, true, time.Unix(1700000000, 0).UTC()
	a.Correction, a.VaultCorrection = 3*time.Second, -94*time.Second
	a.Recovery = []otpcore.RecoveryCode{{}, {}}
	inScene(t, []otpcore.Account{a}, func(s *scene) {
		f := s.call(DoCode, "alice").Accounts[0]
		got := f.Account()
		if got.Label() != a.Label() || got.Kind != a.Kind || got.Algorithm != a.Algorithm || got.Digits != 6 || got.Period != 30 ||
			strings.Join(got.Tags, "/") != "work/日本" || !got.Pinned || !got.Unfinished || !got.Created.Equal(a.Created) || got.Corrections() != -91*time.Second {
			s.Errorf("got %+v", got)
		}
		if f.RecoveryLeft == nil || *f.RecoveryLeft != 2 || f.Code != a.At(s.desk.Now()).Code {
			s.Errorf("got %+v", f)
		}
	})
}

// TestAnOddAccountIsNotInTheOthersWay: what another program wrote into a vault is
// neither drawn nor the end of a list.
func TestAnOddAccountIsNotInTheOthersWay(t *testing.T) {
	odd := account("a1", "Git\x1b[2JHub", strings.Repeat("x", 1<<20), otpcore.Allow)
	for i := range 50_000 {
		odd.Tags = append(odd.Tags, fmt.Sprint(`"`, i))
	}
	inScene(t, []otpcore.Account{odd, account("a2", "Zulip", "bob", otpcore.Allow)}, func(s *scene) {
		heard := say(s.connect(), line(DoList, ""))
		if longest := len(slices.MaxFunc(strings.Split(heard, "\n"), func(a, b string) int { return len(a) - len(b) })); longest >= maxLine || longest < maxLine/8 {
			s.Errorf("a line of %d bytes", longest)
		}
		if strings.Contains(heard, "\x1b") || strings.Contains(heard, `\u001b`) {
			s.Error("a control character was sent")
		}
		s.want("list", codes(s.call(DoList, "")), "given a1="+code+" a2="+code)
	})
}

func TestDraw(t *testing.T) {
	a := counting("a1", "Bank", "alice", otpcore.Allow)
	inScene(t, []otpcore.Account{a}, func(s *scene) {
		s.desk.Draw = func(_ context.Context, id string) (otpcore.Account, string, error) {
			code, next, err := a.Advance()
			return next, code, err
		}
		reply := s.call(DoCode, "bank")
		if want := a.CodeAt(7); codes(reply) != "given a1="+want || reply.Accounts[0].Counter != 8 {
			s.Errorf("got %+v, want %s", reply, want)
		}
		s.desk.Draw = func(context.Context, string) (otpcore.Account, string, error) {
			return a, "123456", errors.New("disk full")
		}
		s.want("not saved", codes(s.call(DoCode, "bank")), "broken a1=")
		s.want("told", s.told(), "given a1, broken a1")
	})
}

// TestNothingIsDrawnAfterTheEnd: a pane that locks while a request is under way has no
// one to give the code to, and the site would skip it.
func TestNothingIsDrawnAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, counting("a1", "Bank", "alice", otpcore.Allow))
		ctx, end := context.WithCancel(t.Context())
		looked := 0
		s.desk.Answer = func(otpcore.Account) otpcore.Answer {
			looked++
			end()
			return otpcore.Allow
		}
		go func() { s.clients <- server(t, Request{Do: DoCode, Query: "bank"}) }()
		err := s.desk.Serve(ctx, func() (Conn, Peer, error) {
			select {
			case conn := <-s.clients:
				return conn, s.peer, nil
			case <-ctx.Done():
				return nil, Peer{}, net.ErrClosed
			}
		})
		if err != nil || looked == 0 {
			t.Errorf("serving ended with %v, after %d looks at the rule", err, looked)
		}
		s.want("told", s.told(), "")
	})
}

// TestWhoHasHungUpSpendsNoCount: whoever waited in the queue of an agent that was
// stopped, and left.
func TestWhoHasHungUpSpendsNoCount(t *testing.T) {
	inScene(t, []otpcore.Account{counting("a1", "Bank", "alice", otpcore.Allow)}, func(s *scene) {
		conn := s.connect()
		if _, err := conn.Write([]byte(`{"v":1,"do":"code","query":"bank"}` + "\n")); err != nil {
			s.Fatal(err)
		}
		conn.Close()
		s.want("told", s.told(), "gone a1")
	})
}

// server is the agent's end of a connection whose client asks and hears nothing.
func server(t *testing.T, r Request) net.Conn {
	client, server := net.Pipe()
	go func() {
		if reply, err := Call(t.Context(), client, r); err == nil {
			t.Errorf("the client heard %+v", reply)
		}
	}()
	return server
}

// TestCountsIsRefusedBeforeAnythingIsDrawn: a code that nobody takes would be one
// that the site has not seen, too.
func TestCountsIsRefusedBeforeAnythingIsDrawn(t *testing.T) {
	inScene(t, []otpcore.Account{counting("a1", "Bank", "alice", otpcore.Allow)}, func(s *scene) {
		reply, err := Call(s.Context(), s.connect(), Request{Do: DoCode, Query: "bank", Timed: true})
		if err != nil || codes(reply) != "counts a1=" {
			s.Errorf("got %+v, %v", reply, err)
		}
		s.want("told", s.told(), "counts a1")
	})
}

func TestAnAccountWithoutACode(t *testing.T) {
	broken := account("a1", "GitHub", "alice", otpcore.Allow)
	broken.Secret = otpcore.Secret{}
	inScene(t, []otpcore.Account{broken}, func(s *scene) {
		s.want("code", codes(s.call(DoCode, "git")), "broken a1=")
		s.want("list", codes(s.call(DoList, "")), "given a1=")
	})
}

func TestList(t *testing.T) {
	accounts := []otpcore.Account{
		account("a1", "GitHub", "alice", otpcore.Allow), account("a2", "AWS", "prod", otpcore.Ask), account("a3", "AWS", "test", otpcore.Ask),
		account("a4", "Bank", "", otpcore.Deny), counting("a5", "Token", "", otpcore.Ask),
	}
	inScene(t, accounts, func(s *scene) {
		reply := s.calling(DoList, "")
		q := <-s.asked
		if len(q.Accounts) != 2 || q.Accounts[0].ID != "a2" || q.Accounts[1].ID != "a3" {
			s.Errorf("asked about %+v", q.Accounts)
		}
		s.answer <- true
		s.want("yes", codes(<-reply), "given a1="+code+" a2="+code+" a3="+code+" a4=denied a5=")
		reply = s.calling(DoList, "")
		<-s.asked
		s.answer <- false
		s.want("no", codes(<-reply), "given a1="+code+" a2=refused a3=refused a4=denied a5=")
		s.want("again", codes(s.call(DoList, "")), "given a1="+code+" a2=refused a3=refused a4=denied a5=")
		s.want("one of them", codes(s.call(DoCode, "prod")), "refused a2=")
		s.want("told", s.told(), "given a1 a2 a3, denied a4, given a1, refused a2 a3, denied a4, given a1, refused a2 a3, denied a4, refused a2")
	})
}

// TestListOfAQuery: what does not fit is neither given nor asked for, and nobody
// learns a note by asking for its words.
func TestListOfAQuery(t *testing.T) {
	noted := account("a2", "Zulip", "bob", otpcore.Ask)
	noted.Note = "alice knows"
	inScene(t, []otpcore.Account{account("a1", "GitHub", "alice", otpcore.Allow), noted}, func(s *scene) {
		s.desk.Standing = func() Standing { return Standing{By: "pane", Since: time.Unix(7, 0), Rule: otpcore.Ask} }
		reply := s.call(DoList, "alice")
		s.want("list", codes(reply), "given a1="+code)
		if reply.Standing == nil || reply.Standing.By != "pane" || !reply.Standing.Since.Equal(time.Unix(7, 0)) || reply.Count != 2 {
			s.Errorf("who serves: %+v", reply)
		}
		s.want("a note", codes(s.call(DoList, "knows")), "given")
	})
}

// TestAListIsOfOneInstant: accounts that came while a person was asked, nobody has
// decided about; those that went are gone; a stricter rule holds.
func TestAListIsOfOneInstant(t *testing.T) {
	before := []otpcore.Account{account("a1", "A", "", otpcore.Ask), account("a2", "B", "", otpcore.Ask), account("a3", "C", "", otpcore.Ask)}
	inScene(t, before, func(s *scene) {
		reply := s.calling(DoList, "")
		<-s.asked
		s.become(account("a2", "B", "", otpcore.Deny), account("a3", "C", "", otpcore.Ask), account("a4", "D", "", otpcore.Ask))
		s.answer <- true
		s.want("list", codes(<-reply), "given a2=denied a3="+code+" a4=denied")
	})
}

func (s *scene) become(accounts ...otpcore.Account) {
	s.Lock()
	defer s.Unlock()
	s.accounts = accounts
}

func TestAsk(t *testing.T) {
	inScene(t, []otpcore.Account{account("a1", "AWS", "prod", otpcore.Ask)}, func(s *scene) {
		waits, conn, done := make(chan bool, 1), s.connect(), make(chan Reply)
		go func() {
			reply, err := Call(s.Context(), conn, Request{Do: DoCode, Query: "aws", Asked: func() { waits <- true }})
			if err != nil {
				s.Error(err)
			}
			done <- reply
		}()
		q := <-s.asked
		<-waits
		if q.Peer != s.peer || len(q.Accounts) != 1 || q.Accounts[0].Label() != "AWS · prod" || q.Until.Sub(q.At) != AskFor {
			s.Errorf("the question is %+v", q)
		}
		s.answer <- true
		s.want("yes", codes(<-done), "given a1="+code)
		reply := s.calling(DoCode, "aws")
		<-s.asked
		s.answer <- false
		s.want("no", codes(<-reply), "refused a1=")
		s.want("told", s.told(), "given a1, refused a1")
	})
}

func TestNobodyAnswers(t *testing.T) {
	inScene(t, []otpcore.Account{account("a1", "AWS", "prod", otpcore.Ask)}, func(s *scene) {
		start := time.Now()
		reply := s.calling(DoCode, "aws")
		<-s.asked
		s.want("silence", codes(<-reply), "silence a1=")
		if waited := time.Since(start); waited != AskFor {
			s.Errorf("after %s", waited)
		}
		s.want("told", s.told(), "silence a1")
	})
}

func TestNobodyCanBeAsked(t *testing.T) {
	inScene(t, []otpcore.Account{account("a1", "AWS", "prod", otpcore.Ask), account("a2", "Zulip", "", otpcore.Allow)}, func(s *scene) {
		s.desk.Ask = nil
		s.want("code", codes(s.call(DoCode, "aws")), "denied a1=")
		s.want("list", codes(s.call(DoList, "")), "given a1=denied a2="+code)
	})
}

// TestAYesIsForTheAccountAsItWas: what was allowed may not be there any more, or may
// have got another rule, when the yes comes.
func TestAYesIsForTheAccountAsItWas(t *testing.T) {
	for name, after := range map[string][]otpcore.Account{
		"gone":   {account("a2", "AWS", "prod", otpcore.Allow)},
		"denied": {account("a1", "AWS", "prod", otpcore.Deny)},
	} {
		t.Run(name, func(t *testing.T) {
			inScene(t, []otpcore.Account{account("a1", "AWS", "prod", otpcore.Ask)}, func(s *scene) {
				reply := s.calling(DoCode, "aws")
				<-s.asked
				s.become(after...)
				s.answer <- true
				s.want("code", codes(<-reply), "denied a1=")
			})
		})
	}
}

func TestThePeerIsCleaned(t *testing.T) {
	inScene(t, nil, func(s *scene) {
		s.peer = Peer{PID: 1, Program: "aws\x1b[2J\u202evault", Dir: "/a\nb"}
		s.call(DoStatus, "")
		s.told()
		if got, want := s.events[0].Peer, (Peer{1, "aws[2Jvault", "/a b"}); got != want {
			s.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// TestQuietAsksNobody: a program that looks every second must not ask every second.
func TestQuietAsksNobody(t *testing.T) {
	inScene(t, []otpcore.Account{account("a1", "GitHub", "alice", otpcore.Allow), account("a2", "Zulip", "bob", otpcore.Ask)}, func(s *scene) {
		for do, want := range map[string]string{DoCode: "denied a2=", DoList: "given a1=" + code + " a2=denied"} {
			query := map[string]string{DoCode: "zulip"}[do]
			reply, err := Call(s.Context(), s.connect(), Request{Do: do, Query: query, Quiet: true}) // a question would wait for ever
			if err != nil {
				s.Fatal(err)
			}
			s.want(do, codes(reply), want)
		}
		s.answered("without quiet", DoCode, "zulip", "given a2="+code)
	})
}

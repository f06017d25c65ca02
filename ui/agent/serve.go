package agent

import (
	"context"
	"errors"
	"sync"
	"time"

	"otpane/otpcore"
)

// Serve attends to clients until ctx ends, which is nil, or accept fails. It returns
// when every connection is closed and nothing of it runs any more. accept must fail
// soon after ctx has ended.
func (d *Desk) Serve(ctx context.Context, accept func() (Conn, Peer, error)) error {
	ctx, end := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer end()
	s := &service{desk: d}
	places := make(chan struct{}, AtWork)
	for {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		conn, peer, err := accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if err != nil {
			return err
		}
		work.Go(func() {
			defer func() { <-places }()
			s.attend(ctx, conn, peer)
		})
	}
}

// service is a desk at work.
type service struct {
	desk  *Desk
	asked questions
}

// attend answers one request. The end of ctx closes the connection at once.
func (s *service) attend(ctx context.Context, conn Conn, peer Peer) {
	defer conn.Close()
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		conn.Close()
		close(closed)
	})
	defer func() {
		if !stop() {
			<-closed
		}
	}()
	_ = conn.SetDeadline(time.Now().Add(SayFor))
	request, err := readRequest(conn)
	if ctx.Err() != nil {
		return
	}
	v := visit{service: s, conn: conn, peer: peer, do: request.Do}
	if err != nil {
		v.tell(Garbage)
		if errors.Is(err, errGarbage) {
			v.reply(Reply{Verdict: Garbage})
		}
		return
	}
	v.serve(ctx, request)
}

// visit is one connection and its request.
type visit struct {
	*service
	conn Conn
	peer Peer
	do   string
}

func (v *visit) serve(ctx context.Context, r Request) {
	switch r.Do {
	case DoCode:
		v.code(ctx, r.Query, r.Timed)
	case DoList:
		v.list(ctx, r.Query)
	case DoNames:
		accounts := v.desk.Accounts()
		v.reply(Reply{Verdict: Given, Accounts: factsOf(accounts), Count: len(accounts)})
		v.tell(Given)
	case DoStatus:
		v.reply(Reply{Verdict: Given, Count: len(v.desk.Accounts())})
		v.tell(Given)
	}
}

// code gives the code of the one account that query means.
func (v *visit) code(ctx context.Context, query string, timed bool) {
	accounts := v.desk.Accounts()
	found := otpcore.Find(accounts, query)
	switch len(found) {
	case 0:
		v.reply(Reply{Verdict: Nothing, Near: otpcore.Suggest(accounts, query), Count: len(accounts)})
		v.tell(Nothing)
		return
	case 1:
	default:
		v.reply(Reply{Verdict: Several, Accounts: factsOf(found), Count: len(accounts)})
		v.tell(Several, found...)
		return
	}
	if timed && !found[0].Timed() {
		v.reply(Reply{Verdict: Counts, Accounts: factsOf(found), Count: len(accounts)})
		v.tell(Counts, found...)
		return
	}
	verdict := v.may(ctx, found[0])
	fact := factOf(found[0])
	if verdict == Given {
		fact, verdict = v.read(ctx, found[0].ID)
	}
	if ctx.Err() != nil {
		return
	}
	v.reply(Reply{Verdict: verdict, Accounts: []Fact{fact}, Count: len(accounts)})
	v.tell(verdict, found[0])
}

// may says whether the account's code is given.
func (v *visit) may(ctx context.Context, a otpcore.Account) Verdict {
	switch v.desk.Answer(a) {
	case otpcore.Allow:
		return Given
	case otpcore.Ask:
		return v.ask(ctx, a.ID, []otpcore.Account{a})
	}
	return Denied
}

// read computes the code of an account as it is now: while a person was asked, it may
// have gone, or got another rule.
func (v *visit) read(ctx context.Context, id string) (Fact, Verdict) {
	for _, a := range v.desk.Accounts() {
		if a.ID != id {
			continue
		}
		fact, code := Fact{}, ""
		if a.Timed() {
			fact = withCode(a, v.desk.Now())
		} else {
			drawn, next, err := v.desk.Draw(ctx, id)
			if err != nil {
				return factOf(a), Broken
			}
			fact, code = factOf(drawn), next
			fact.Code = code
		}
		if fact.Code == "" {
			return fact, Broken
		}
		return fact, Given
	}
	return Fact{}, Nothing
}

// list gives all codes that may be given, of the accounts that fit a query or of all;
// for those that a person decides about, one question is asked.
func (v *visit) list(ctx context.Context, query string) {
	var accounts []otpcore.Account
	for _, hit := range otpcore.Filter(v.desk.Accounts(), query) {
		accounts = append(accounts, hit.Account)
	}
	verdicts := make([]Verdict, len(accounts))
	ends := map[Verdict][]otpcore.Account{}
	var doubtful []otpcore.Account
	for i, a := range accounts {
		switch v.desk.Answer(a) {
		case otpcore.Allow:
			verdicts[i] = Given
		case otpcore.Ask:
			doubtful = append(doubtful, a)
		default:
			verdicts[i] = Denied
		}
	}
	decided := Given
	if len(doubtful) > 0 {
		decided = v.ask(ctx, "", doubtful)
	}
	if ctx.Err() != nil {
		return
	}
	now := v.desk.Now()
	facts := make([]Fact, len(accounts))
	for i, a := range accounts {
		if verdicts[i] == "" {
			verdicts[i] = decided
		}
		ends[verdicts[i]] = append(ends[verdicts[i]], a)
		if verdicts[i] != Given {
			facts[i] = factOf(a)
			facts[i].Verdict = verdicts[i]
			continue
		}
		facts[i] = withCode(a, now)
	}
	v.reply(Reply{Verdict: Given, Accounts: facts, Count: len(accounts)})
	for verdict, about := range ends {
		v.tell(verdict, about...)
	}
}

func (v *visit) reply(r Reply) {
	if v.desk.Standing != nil {
		standing := v.desk.Standing()
		r.Standing = &standing
	}
	_ = v.conn.SetDeadline(time.Now().Add(SayFor))
	_ = writeReply(v.conn, r)
}

func (v *visit) tell(verdict Verdict, accounts ...otpcore.Account) {
	v.desk.Told(Event{At: v.desk.Now(), Peer: v.peer, Do: v.do, Accounts: allStripped(accounts), Verdict: verdict})
}

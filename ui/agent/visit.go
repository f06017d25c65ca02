package agent

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"os"
	"slices"
	"time"

	"otpane/otpcore"
)

// visit is one connection and its request.
type visit struct {
	*service
	ctx     context.Context // ends when serving does
	conn    Conn
	peer    Peer
	request Request // of garbage, none
}

func (v *visit) serve() {
	switch accounts := v.Accounts(); v.request.Do {
	case DoCode:
		v.code(accounts)
	case DoList:
		v.list()
	case DoNames:
		v.reply(head{Verdict: Given, Accounts: len(accounts), Count: len(accounts)}, bare(accounts))
	case DoStatus:
		v.reply(head{Verdict: Given, Count: len(accounts)}, nil)
	}
}

// code gives the code of the one account that query means.
func (v *visit) code(accounts []otpcore.Account) {
	switch found := otpcore.Find(accounts, v.request.Query); {
	case len(found) == 0:
		v.reply(head{Verdict: Nothing, Near: otpcore.Suggest(accounts, v.request.Query), Count: len(accounts)}, nil)
	case len(found) == 1 && v.request.Timed && !found[0].Timed():
		v.reply(head{Verdict: Counts, Accounts: 1, Count: len(accounts)}, bare(found), found...)
	case len(found) == 1:
		fact, verdict := v.decide(found[0])
		v.reply(head{Verdict: verdict, Accounts: 1, Count: len(accounts)}, slices.Values([]Fact{fact}), found...)
	default:
		v.reply(head{Verdict: Several, Accounts: len(found), Count: len(accounts)}, bare(found), found...)
	}
}

// decide gives an account's code if its rule, or a person, allows it.
func (v *visit) decide(a otpcore.Account) (Fact, Verdict) {
	verdict := v.rule(a)
	if verdict == undecided {
		verdict = v.ask(a.ID, a)
	}
	if verdict != Given {
		return factOf(a), verdict
	}
	return v.read(a)
}

// undecided is the verdict of a rule that leaves it to a person.
const undecided Verdict = ""

func (v *visit) rule(a otpcore.Account) Verdict {
	switch v.Answer(a) {
	case otpcore.Allow:
		return Given
	case otpcore.Ask:
		return undecided
	}
	return Denied
}

// read computes the code of an account as it is by now: while a person was asked, it
// may have gone, or got a stricter rule.
func (v *visit) read(was otpcore.Account) (Fact, Verdict) {
	accounts := v.Accounts()
	at := slices.IndexFunc(accounts, func(a otpcore.Account) bool { return a.ID == was.ID })
	if at < 0 || v.rule(accounts[at]) == Denied {
		return factOf(was), Denied
	}
	fact := withCode(accounts[at], v.Now())
	if !accounts[at].Timed() {
		if v.left() {
			return fact, Gone
		}
		fact = v.drawn(accounts[at])
	}
	if fact.Code == "" {
		return fact, Broken
	}
	fact.TwoKeys = v.TwoKeys != nil && v.TwoKeys(was.ID)
	return fact, Given
}

// left reports that the client has hung up: it may have waited in the socket's queue
// for longer than its patience, and a site skips a count that nobody types.
func (v *visit) left() bool {
	_ = v.conn.SetDeadline(time.Now().Add(time.Millisecond))
	_, err := v.conn.Read(make([]byte, 1))
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// drawn is an account that counts, with its next code; without one if the counter
// could not be saved, or serving has ended, which makes a code useless.
func (v *visit) drawn(a otpcore.Account) Fact {
	if v.ctx.Err() != nil {
		return factOf(a)
	}
	next, code, err := v.Draw(v.ctx, a.ID)
	if err != nil {
		return factOf(a)
	}
	fact := factOf(next)
	fact.Code = code
	return fact
}

// list gives all codes that may be given, of the accounts that fit a query or of all.
// Codes of accounts that count are drawn and never listed, so nobody decides about
// those.
func (v *visit) list() {
	persons := v.persons(v.fitting())
	accounts := v.fitting() // as they are after the question
	decided := make([]Verdict, len(accounts))
	ends := map[Verdict][]otpcore.Account{}
	for i, a := range accounts {
		if !a.Timed() {
			continue
		}
		if decided[i] = v.rule(a); decided[i] == undecided {
			decided[i] = cmp.Or(persons[a.ID], Denied) // it came while the question was open
		}
		ends[decided[i]] = append(ends[decided[i]], a)
	}
	if v.ctx.Err() != nil {
		return
	}
	for _, verdict := range verdicts {
		if about := ends[verdict]; len(about) > 0 {
			v.tell(verdict, about...)
		}
	}
	v.send(head{Verdict: Given, Accounts: len(accounts), Count: len(v.Accounts())}, listed(accounts, decided, v.Now()))
}

// fitting are the accounts that fit the query. It is not looked for in notes: a program
// that may ask for one word after the other would come to read them.
func (v *visit) fitting() []otpcore.Account {
	accounts := v.Accounts()
	if v.request.Query == "" {
		return accounts
	}
	var fit []otpcore.Account
	for _, hit := range otpcore.Filter(allStripped(accounts), v.request.Query) {
		fit = append(fit, accounts[hit.Index])
	}
	return fit
}

// persons asks about all accounts of a list whose rule says so, in one question, and
// says for each what the person says.
func (v *visit) persons(accounts []otpcore.Account) map[string]Verdict {
	say := map[string]Verdict{}
	var doubtful []otpcore.Account
	for _, a := range accounts {
		switch {
		case !a.Timed() || v.rule(a) != undecided:
		case v.asked.snubbed(subject{v.peer.Program, a.ID}):
			say[a.ID] = Refused
		default:
			doubtful = append(doubtful, a)
		}
	}
	if len(doubtful) == 0 {
		return say
	}
	verdict := v.ask(everything, doubtful...)
	for _, a := range doubtful {
		say[a.ID] = verdict
	}
	return say
}

// bare are accounts without codes.
func bare(accounts []otpcore.Account) iter.Seq[Fact] {
	return func(yield func(Fact) bool) {
		for _, a := range accounts {
			if !yield(factOf(a)) {
				return
			}
		}
	}
}

// listed are accounts with the codes that were decided to be given, computed as they
// are written: ten thousand are never in memory at once.
func listed(accounts []otpcore.Account, decided []Verdict, now time.Time) iter.Seq[Fact] {
	return func(yield func(Fact) bool) {
		for i, a := range accounts {
			fact := factOf(a)
			if decided[i] == Given {
				fact = withCode(a, now)
			} else {
				fact.Verdict = decided[i]
			}
			if !yield(fact) {
				return
			}
		}
	}
}

// reply tells what became of the request, and says it to the client. Where serving has
// ended it does neither.
func (v *visit) reply(h head, facts iter.Seq[Fact], about ...otpcore.Account) {
	if v.ctx.Err() != nil {
		return
	}
	v.tell(h.Verdict, about...)
	v.send(h, facts)
}

// send has SayFor in all: who does not take the answer gets none.
func (v *visit) send(h head, facts iter.Seq[Fact]) {
	_ = v.conn.SetDeadline(time.Now().Add(SayFor))
	if v.Standing != nil {
		standing := v.Standing()
		h.Standing = &standing
	}
	_ = writeReply(v.conn, h, facts)
}

func (v *visit) tell(verdict Verdict, about ...otpcore.Account) {
	v.Told(Event{At: v.Now(), Peer: v.peer, Do: v.request.Do, Accounts: allStripped(about), Verdict: verdict})
}

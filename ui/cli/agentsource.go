package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"otpane/otpcore"
	"otpane/ui/agent"
	"otpane/ui/host"
)

// served is an agent as a source of codes. Whenever there is none that answers, the
// vault is opened in its place, as if this source were not here: an agent spares a
// passphrase and is never a reason to fail.
type served struct {
	*program
	vault source // once it had to be opened
}

// agentServes says whether an agent is to be asked: where a passphrase would be. Who
// names what opens the vault, opens it.
func (p *program) agentServes() bool {
	k, err := p.keys()
	return err == nil && k == keys{} && !p.withoutAgent
}

// errNobody means that no agent answers, and that this is no news.
var errNobody = errors.New("no agent")

// callAgent puts one request to the agent of this vault, and says which process that
// is. No socket, one that nobody listens to any more, and one that is closed while
// it waits are errNobody.
func (p *program) callAgent(ctx context.Context, r agent.Request) (reply agent.Reply, pid int, err error) {
	conn, err := host.DialAgent(host.AgentSocket(p.Getenv, p.at.path))
	if errors.Is(err, host.ErrNobody) || errors.Is(err, host.ErrNoAgent) {
		return agent.Reply{}, 0, errNobody
	}
	if err != nil {
		return agent.Reply{}, 0, err
	}
	pid = conn.Peer().PID
	reply, err = agent.Call(ctx, conn, r)
	switch {
	case ctx.Err() != nil:
		return agent.Reply{}, pid, ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return agent.Reply{}, pid, fmt.Errorf("it does not answer (pid %d)", pid)
	case errors.Is(err, agent.ErrReply), err == nil && reply.Verdict == agent.Garbage:
		return agent.Reply{}, pid, fmt.Errorf("it is another version of otpane (pid %d)", pid)
	case err != nil:
		return agent.Reply{}, pid, errNobody
	}
	return reply, pid, nil
}

// request asks the agent, or opens the vault in its place.
func (s *served) request(ctx context.Context, r agent.Request) (reply agent.Reply, instead source, err error) {
	if s.vault == nil {
		r.Asked = func() { s.say("The agent asks whether it may; waiting for the answer.") }
		reply, _, err = s.callAgent(ctx, r)
		if err == nil || ctx.Err() != nil {
			return reply, nil, err
		}
		if !errors.Is(err, errNobody) {
			s.say("The agent is of no use: %v.", err)
		}
		s.vault, err = s.openSource(ctx, instant{})
	}
	return agent.Reply{}, s.vault, err
}

func (s *served) code(ctx context.Context, query string, timed bool) (given, error) {
	reply, vault, err := s.request(ctx, agent.Request{Do: agent.DoCode, Query: query, Timed: timed, Quiet: s.noInput})
	switch {
	case err != nil:
		return given{}, err
	case vault != nil:
		return vault.code(ctx, query, timed)
	}
	found := accountsOf(reply)
	switch reply.Verdict {
	case agent.Given:
		g := given{entry: entryOfFact(reply.Accounts[0], s.Now())}
		if reply.Accounts[0].TwoKeys {
			g.notes = []string{g.label() + " has two keys, and this may be the code of the wrong one: `otpane merge` shows both."}
		}
		return g, nil
	case agent.Nothing:
		return given{}, fitsNothing(query, reply.Near, reply.Count == 0)
	case agent.Several:
		return given{}, fitsSeveral(found, query)
	case agent.Counts:
		return given{}, itCounts(found[0].Label())
	}
	if len(found) == 0 {
		return given{}, fitsNothing(query, "", false) // it went while a person was asked
	}
	return given{}, s.notGiven(reply, reply.Verdict, found[0].Label())
}

func (s *served) list(ctx context.Context, query string) ([]entry, error) {
	reply, vault, err := s.request(ctx, agent.Request{Do: agent.DoList, Query: query, Quiet: s.noInput})
	switch {
	case err != nil:
		return nil, err
	case vault != nil:
		return vault.list(ctx, query)
	}
	now := s.Now()
	entries := []entry{} // [] and never null
	without := map[agent.Verdict]int{}
	for _, fact := range reply.Accounts {
		entries = append(entries, entryOfFact(fact, now))
		if fact.Verdict != "" {
			without[fact.Verdict]++
		}
	}
	lacking := func(verdict agent.Verdict) string {
		why := asFault(s.notGiven(reply, verdict, "such accounts")).what
		return fmt.Sprintf("%s without a code: %s", count(without[verdict], "account comes", "accounts come"), why)
	}
	if without[agent.Denied] > 0 { // by a rule: that is how the list is meant to be
		s.say("%s.", lacking(agent.Denied))
	}
	for _, verdict := range []agent.Verdict{agent.Refused, agent.Silence, agent.Busy} { // one question, one answer
		if without[verdict] > 0 {
			return entries, &fault{status: failed, what: lacking(verdict)}
		}
	}
	return entries, nil
}

func (s *served) names(ctx context.Context) ([]otpcore.Account, error) {
	reply, vault, err := s.request(ctx, agent.Request{Do: agent.DoNames})
	switch {
	case err != nil:
		return nil, err
	case vault != nil:
		return vault.names(ctx)
	}
	return accountsOf(reply), nil
}

// agentNames are the accounts that an agent tells the shell for completion, which
// can neither wait nor be asked for a passphrase.
func (p *program) agentNames(ctx context.Context) ([]otpcore.Account, error) {
	ctx, stop := context.WithTimeout(ctx, completionWait)
	defer stop()
	if p.withoutAgent {
		return nil, errNobody
	}
	if p.at.path == "" {
		var err error
		if p.at, err = p.choosePlace(); err != nil {
			return nil, err
		}
	}
	reply, _, err := p.callAgent(ctx, agent.Request{Do: agent.DoNames})
	return accountsOf(reply), err
}

// completionWait is how long somebody who has pressed a key waits for names. The tests
// have more of it, for machines that are busy with other things.
var completionWait = 100 * time.Millisecond

func accountsOf(r agent.Reply) (all []otpcore.Account) {
	for _, fact := range r.Accounts {
		all = append(all, fact.Account())
	}
	return all
}

// entryOfFact is an account as the agent tells it. How long its code is good is
// counted from now: the clock that it was computed by may be corrected.
func entryOfFact(f agent.Fact, now time.Time) entry {
	a := f.Account()
	e := entryOf(a, now)
	e.Code, e.Next, e.RecoveryLeft = f.Code, f.Next, f.RecoveryLeft
	e.SecondsLeft, e.until = 0, time.Time{}
	if a.Timed() && f.Code != "" {
		left := time.Duration(f.Left) * time.Millisecond
		// Codes end with a second, which tells more than milliseconds that travelled.
		e.SecondsLeft, e.until = seconds(left), now.Add(left).Round(time.Second)
	}
	return e
}

// notGiven says why an agent did not give the code of an account.
func (s *served) notGiven(reply agent.Reply, verdict agent.Verdict, label string) error {
	where := "in the pane"
	if reply.Standing != nil && reply.Standing.By == byAgent {
		where = "at the agent"
	}
	f := &fault{status: failed}
	switch verdict {
	case agent.Denied:
		f.what, f.hint = "the agent does not give codes of "+label, "--no-agent opens the vault itself"
		if s.noInput {
			f.what, f.hint = "the agent does not give codes of "+label+" unasked", "`otpane agent rule` allows them; where somebody can be asked, leave --no-input out"
		}
	case agent.Refused:
		f.what = "refused " + where
	case agent.Silence:
		f.what = fmt.Sprintf("nobody answered %s within %d s", where, seconds(agent.AskFor))
	case agent.Busy:
		f.what, f.hint = "too many questions wait "+where, "answer them, then try again"
	default:
		f.what = label + " cannot show a code"
	}
	return f
}

package ui

import (
	"slices"
	"strings"
	"time"

	"otpane/ui/agent"
)

// request is one line of the agent's log: who wanted what, and what became of it, when
// last and how often. What is asked again and again, by a status line or by somebody who
// wants to hide in a crowd, stays one line. The log lives in this pane's memory and goes
// when it locks: what it says of habits is worth something to whoever reads a disk.
type request struct {
	at      time.Time
	from    agent.Peer
	do      string
	id      string // of the account; empty if there are several or none
	about   string // the account's label, or how many there are
	verdict agent.Verdict
	times   int
}

// logRows is how many requests are remembered, here and on their way here.
const logRows = 200

// newRequest keeps of an event what a line needs: an event of a list carries the whole
// vault, and two hundred of those are not to lie in memory.
func newRequest(e agent.Event) request {
	r := request{at: e.At, from: fitPeer(e.Peer), do: e.Do, verdict: e.Verdict, times: 1}
	switch n := len(e.Accounts); {
	case n == 1:
		r.id, r.about = e.Accounts[0].ID, outside(e.Accounts[0].Label())
	case n > 1:
		r.about = plural(n, "account")
	case e.Do == agent.DoNames:
		r.about = "all names"
	}
	return r
}

// lastOf drops what is too old to be remembered. Who got a code stays the longest: a
// program that calls itself something else each time could else push that out with
// requests that get nothing.
func lastOf(log []request) []request {
	if len(log) <= logRows {
		return log
	}
	log = slices.Clone(log)
	for len(log) > logRows {
		oldest := max(slices.IndexFunc(log, func(r request) bool { return !r.gotCode() }), 0)
		log = slices.Delete(log, oldest, oldest+1)
	}
	return log
}

func (r request) gotCode() bool { return r.do == agent.DoCode && r.verdict == agent.Given }

// note adds a request to the log, as its newest line.
func (s *serving) note(r request) {
	if i := slices.IndexFunc(s.log, r.alike); i >= 0 {
		r.times += s.log[i].times
		s.log = slices.Delete(s.log, i, i+1)
	}
	s.log = lastOf(append(s.log, r))
}

// alike are requests of one line.
func (r request) alike(other request) bool {
	return r.from.Program == other.from.Program && r.from.Dir == other.from.Dir && r.do == other.do && r.about == other.about && r.verdict == other.verdict
}

// fitPeer cleans what a program says of itself: name and folder are outside text, and
// somebody who wants a code chose them.
func fitPeer(from agent.Peer) agent.Peer {
	from.Program, from.Dir = outside(from.Program), outside(from.Dir)
	if from.Program == "" {
		from.Program = "a program"
	}
	return from
}

// sayOf tells of a request in the status row, if that is worth a line: the end of
// what somebody was asked about, and what a program gets, or does not get, for the
// first time. A status line that asks every few seconds is seen once, in a pane that
// says nothing else; all of it is in the log.
func (p *pane) sayOf(r request) {
	if q := p.serving.promised; q != nil && q.endsWith(r) {
		p.serving.promised = nil
		if r.verdict == agent.Given {
			p.say(toast{name: r.about, text: " given to " + shortly(r.from) + ".", short: "given", tone: toneDone})
		} else {
			p.say(toast{name: r.about, text: " was not given: " + r.word() + ".", short: "not given", tone: toneWarn})
		}
		return
	}
	if p.toast != (toast{}) || p.sheet != nil || r.about == "" || r.do == agent.DoNames || slices.ContainsFunc(p.serving.log, r.alike) {
		return
	}
	switch r.verdict {
	case agent.Given:
		p.say(toast{name: r.about, text: " given to " + shortly(r.from) + ".", short: "given"})
	case agent.Denied:
		p.say(toast{name: r.about, text: " denied to " + shortly(r.from) + ".", short: "denied"})
	}
}

// shortly is a program's name where a sentence has to have room for it.
func shortly(from agent.Peer) string { return strings.TrimRight(cut(from.Program, 16, "…"), " ") }

// word is what became of it, in a column of eight.
func (r request) word() string {
	switch r.verdict {
	case agent.Silence:
		return "silence"
	case agent.Nothing:
		return "unknown"
	case agent.Counts:
		return "counter"
	case agent.Broken:
		return "no code"
	case agent.Gone:
		return "left"
	}
	return string(r.verdict)
}

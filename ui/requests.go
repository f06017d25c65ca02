package ui

import (
	"slices"
	"strings"
	"time"

	"otpane/ui/agent"
)

// request is one line of the agent's log: who wanted what, and what became of it. The
// log lives in this pane's memory and goes when it locks: what it says of habits is
// worth something to whoever reads a disk.
type request struct {
	at      time.Time
	from    agent.Peer
	do      string
	id      string // of the account; empty if there are several or none
	about   string // the account's label, or how many there are
	verdict agent.Verdict
}

// logRows is how many requests are remembered, here and on their way here.
const logRows = 200

// newRequest keeps of an event what a line needs: an event of a list carries the whole
// vault, and two hundred of those are not to lie in memory.
func newRequest(e agent.Event) request {
	r := request{at: e.At, from: fitPeer(e.Peer), do: e.Do, verdict: e.Verdict}
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

// lastOf drops what is too old to be remembered.
func lastOf(log []request) []request {
	if len(log) <= logRows {
		return log
	}
	return slices.Clone(log[len(log)-logRows:])
}

// without leaves out the look that a new one repeats. A status line looks every few
// seconds, and would soon leave no row of who got a code.
func without(log []request, r request) []request {
	if r.do != agent.DoList {
		return log
	}
	return slices.DeleteFunc(log, func(old request) bool {
		return old.do == r.do && old.from.Program == r.from.Program && old.from.Dir == r.from.Dir && old.about == r.about && old.verdict == r.verdict
	})
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
	if p.toast != (toast{}) || p.sheet != nil || r.about == "" || r.do == agent.DoNames || p.toldOf(r) {
		return
	}
	switch r.verdict {
	case agent.Given:
		p.say(toast{name: r.about, text: " given to " + shortly(r.from) + ".", short: "given"})
	case agent.Denied:
		p.say(toast{name: r.about, text: " denied to " + shortly(r.from) + ".", short: "denied"})
	}
}

// toldOf reports a request like one in the log.
func (p *pane) toldOf(r request) bool {
	return slices.ContainsFunc(p.serving.log, func(old request) bool {
		return old.from.Program == r.from.Program && old.about == r.about && old.verdict == r.verdict
	})
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

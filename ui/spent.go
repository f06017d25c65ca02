package ui

import (
	"fmt"
	"slices"
	"time"

	"otpane/otpcore"
)

// spentCode is one that a site may have seen, remembered until nobody could take it
// for a fresh one. It is the code that is remembered and not the instant: a next
// code that was handed out is spent when it starts, and a counter that was drawn
// again has a code that nobody has seen.
type spentCode struct {
	code  string
	until time.Time
}

// spend marks a code of an account.
func (s *list) spend(id string, spent spentCode, now time.Time) {
	live := slices.DeleteFunc(s.spent[id], func(old spentCode) bool { return !now.Before(old.until) || old.code == spent.code })
	s.spent[id] = append(live, spent)
}

// isSpent reports whether the code that an account shows now was handed out.
func (s *list) isSpent(a otpcore.Account, now time.Time) bool {
	if len(s.spent[a.ID]) == 0 {
		return false
	}
	code := s.drawn[a.ID].code
	if a.Timed() {
		code = a.At(now).Code
	}
	return slices.ContainsFunc(s.spent[a.ID], func(old spentCode) bool { return old.code == code && now.Before(old.until) })
}

// spentQuestion remembers whose spent code was asked about.
type spentQuestion struct {
	id    string
	until time.Time
	into  Place // where waiting for the next one leads
}

// asked reports whether the user was told that this code was used, and asks
// again for it.
func (p *pane) asked(id string) bool {
	return p.question.id == id && p.now.Before(p.question.until)
}

// spentAndUnasked reports a code that a site would refuse, of which the user was not
// told.
func (p *pane) spentAndUnasked(a otpcore.Account) bool {
	return p.list.isSpent(a, p.now) && !p.asked(a.ID)
}

// ask offers what helps against a code that a site would refuse: waiting for the next
// one, or drawing it.
func (p *pane) ask(w wantCopy) {
	p.question = spentQuestion{w.account.ID, p.now.Add(undoFor), w.into}
	keys := p.look.keys
	remedy, answer := p.keyFor(keys.wait, "wait"), on(keys.copy, "copy")
	if !w.account.Timed() {
		remedy = p.keyFor(keys.advance, fmt.Sprintf("draw code %d", w.account.Counter))
	}
	if w.into.Type != nil {
		answer = on(keys.typing, "type")
	}
	p.say(toast{text: "Used already; sites refuse it twice.  " + remedy + "  " + answer.String(), short: "used", tone: toneWarn, lasts: undoFor})
}

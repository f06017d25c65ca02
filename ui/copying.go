package ui

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
)

// wantCopy hands out a code. A code that is about to die is never handed out:
// the next one is, when it starts.
type wantCopy struct {
	account otpcore.Account
	next    bool  // the code of the next period, at once
	wait    bool  // the code of the next period, when it starts
	into    Place // where it is typed instead; the zero one copies
}

func (w wantCopy) fulfil(p *pane) tea.Cmd {
	a := w.account
	if w.wait && p.asked(a.ID) {
		w.into = p.question.into
	}
	switch {
	case a.ID == "":
		return nil
	case p.config.Copy == nil && w.into.Type == nil:
		p.say(toast{text: "No clipboard found. " + p.keyFor(p.look.keys.hide, "shows the code."), short: "no clipboard", tone: toneWarn})
		return nil
	case !a.Timed():
		return p.copyDrawn(w)
	}
	reading := a.At(p.now)
	ends := p.now.Add(reading.Left)
	switch {
	case w.next:
		return p.copy(w.into, copied{account: a, code: reading.Next, next: true, ends: ends.Add(reading.Period)})
	case w.wait, closing(reading, p.config.Guard):
		p.waiting = &waitingCopy{account: a, starts: ends, into: w.into}
		p.say(p.waitToast())
		return nil
	case p.spentAndUnasked(a):
		p.ask(w)
		return nil
	}
	return p.copy(w.into, copied{account: a, code: reading.Code, ends: ends})
}

// copyDrawn copies a counter code that is on the screen; drawing one is a
// decision of its own, since it moves the counter.
func (p *pane) copyDrawn(w wantCopy) tea.Cmd {
	a, drawn := w.account, p.list.drawn[w.account.ID]
	if !p.now.Before(drawn.until) {
		p.say(toast{text: p.keyFor(p.look.keys.advance, fmt.Sprintf("draws code %d; the counter is saved first.", a.Counter)), short: on(p.look.keys.advance, "draws").String()})
		return nil
	}
	if p.spentAndUnasked(a) {
		p.ask(w)
		return nil
	}
	return p.copy(w.into, copied{account: a, code: drawn.code, ends: drawn.until})
}

func (p *pane) copy(into Place, c copied) tea.Cmd {
	p.waiting = nil
	if into.Type != nil {
		return p.typeInto(into, c)
	}
	put, ctx := p.config.Copy, p.ctx
	// From now on, not from the answer on: whoever quits in between leaves no code.
	p.clips = append(p.clips, clip{text: c.code, clears: p.now.Add(p.config.ClearAfter)})
	return p.writing(func() tea.Msg {
		c.receipt, c.err = put(ctx, c.code)
		return c
	})
}

// copied is a code that was handed out, or why not.
type copied struct {
	account otpcore.Account
	code    string
	next    bool
	ends    time.Time // of the period the code belongs to
	receipt Receipt
	err     error
}

func (p *pane) copied(msg copied) tea.Cmd {
	if msg.err != nil {
		p.say(toast{lead: "Not copied: ", name: cause(msg.err), text: ".", more: on(p.look.keys.hide, "shows the code.").String(), short: "not copied", tone: toneWarn})
		return nil
	}
	p.handedOut(msg)
	for i := range p.clips {
		if p.clips[i].text == msg.code {
			p.clips[i].ours = msg.receipt.Clears
		}
	}
	if msg.receipt.Emit != "" { // nobody can read it back, so it cannot be known to be ours
		p.clips = slices.DeleteFunc(p.clips, func(c clip) bool { return c.text == msg.code })
	}
	p.say(p.copyToast(msg))
	if msg.receipt.Emit != "" {
		return tea.Raw(msg.receipt.Emit)
	}
	return nil
}

// handedOut marks a code that a site may have seen by now.
func (p *pane) handedOut(msg copied) {
	p.question = spentQuestion{}
	p.use(msg.account)
	p.list.spend(msg.account.ID, spentCode{msg.code, msg.ends}, p.now)
}

// copyToast says what was copied, for how long it is good, and when it goes.
func (p *pane) copyToast(msg copied) toast {
	good := seconds(msg.ends.Sub(p.now))
	t := toast{name: msg.account.Label(), short: "copied", tone: toneDone}
	switch {
	case !msg.account.Timed():
		t.text = fmt.Sprintf(" copied: code %d.", msg.account.Counter-1)
	case msg.next && good > msg.account.Period:
		t.text = fmt.Sprintf(": the next code is copied, good in %d s.", good-msg.account.Period)
	case msg.next:
		t.text = fmt.Sprintf(" copied: the next code, good for %d s.", good)
	case !msg.receipt.Confirmed:
		t.text = fmt.Sprintf(" sent by %s, good for %d s.", msg.receipt.By, good)
	default:
		t.text = fmt.Sprintf(" copied, good for %d s.", good)
	}
	if !msg.receipt.Confirmed {
		t.more, t.short = "Check the paste.", "sent"
	}
	if msg.receipt.Clears && p.config.ClearAfter > 0 {
		t.more = fmt.Sprintf("Clipboard clears in %d s.", seconds(p.config.ClearAfter))
	}
	return t
}

// waitingCopy hands out a code when it starts.
type waitingCopy struct {
	account otpcore.Account
	starts  time.Time
	into    Place
}

// handOver ends a wait: the code that was waited for has started.
func (p *pane) handOver() tea.Cmd {
	if p.waiting == nil {
		return nil
	}
	if p.now.Before(p.waiting.starts) {
		p.say(p.waitToast())
		return nil
	}
	a := p.list.byID(p.waiting.account.ID) // as it is now, not as it was when the wait began
	if a.ID == "" {
		p.waiting = nil
		return nil
	}
	reading := a.At(p.now)
	return p.copy(p.waiting.into, copied{account: a, code: reading.Code, next: true, ends: p.now.Add(reading.Left)})
}

func (p *pane) waitToast() toast {
	a, done := p.waiting.account, "copied"
	if p.waiting.into.Type != nil {
		done = "typed"
	}
	wait := seconds(p.waiting.starts.Sub(p.now))
	return toast{
		name:  a.Label(),
		text:  fmt.Sprintf(": next code %s in %d s, then good for %d s.", done, wait, a.Period),
		short: fmt.Sprintf("next in %ds", wait), tone: toneNext,
	}
}

// clip is a code on the clipboard and when to take it back. In tmux every copy
// has a buffer of its own, so all are remembered.
type clip struct {
	text   string
	clears time.Time
	ours   bool // and can be taken back for certain
}

// clearClipboard takes codes back whose time is over.
func (p *pane) clearClipboard() tea.Cmd {
	if p.config.Clear == nil || p.config.ClearAfter <= 0 {
		return nil
	}
	var due []string
	ours := false
	p.clips = slices.DeleteFunc(p.clips, func(c clip) bool {
		if p.now.Before(c.clears) {
			return false
		}
		due, ours = append(due, c.text), ours || c.ours
		return true
	})
	if len(due) == 0 {
		return nil
	}
	ctx, wipe := p.ctx, p.config.Clear
	return p.writing(func() tea.Msg {
		for _, text := range due {
			_ = wipe(ctx, text) // somebody else's text is there now, or the display is gone: both are fine
		}
		if ours {
			return cleared{}
		}
		return nil
	})
}

// cleared says that the clipboard was, which is not worth a line on the screen.
type cleared struct{}

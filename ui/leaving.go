package ui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"
)

// wantLeave ends the pane. What could not be saved is asked about first, and so is an
// account that no site has registered yet.
type wantLeave struct {
	outcome Outcome
	sure    bool // unsaved edits may be lost
}

func (w wantLeave) fulfil(p *pane) tea.Cmd {
	if p.config.Demo && w.outcome != Quit {
		p.say(toast{text: "Nothing here needs a lock: the accounts are made up.", more: "q leaves.", short: "no lock: demo"})
		p.stopped = false
		return p.arm()
	}
	if len(p.pending) > 0 && !w.sure && p.frame().small() {
		if p.now.Sub(p.leaveAsked) < undoFor { // there is no room for the question; a second time is an answer
			return wantLeave{w.outcome, true}.fulfil(p)
		}
		p.leaveAsked = p.now
		p.say(toast{text: "Not saved: once more leaves.", short: "not saved!", tone: toneWarn, lasts: undoFor})
		return nil
	}
	if len(p.pending) > 0 && !w.sure {
		p.page = nil
		return wantSheet{leaveSheet(len(p.pending), w.outcome)}.fulfil(p)
	}
	if unfinished := p.list.unregistered(); w.outcome == Quit && !w.sure && !p.config.Demo && len(unfinished) > 0 && p.sheet == nil && !p.frame().small() {
		p.page = nil
		return wantSheet{unfinishedSheet(unfinished, p.look.keys)}.fulfil(p)
	}
	p.outcome = w.outcome
	p.stopServing()
	return tea.Quit
}

func leaveSheet(n int, outcome Outcome) *sheet {
	return &sheet{
		name: plural(n, "edit"), question: " would be lost: the vault could not be saved.",
		yes: hint{"y", "leave anyway"}, no: hint{"esc", "stay"}, act: wantLeave{outcome, true},
		also: hint{"w", "write a copy elsewhere"}, other: wantPage{newCopyPage()},
	}
}

// leave ends what is under way when the program is over, however it ended: writes
// are finished, the clipboard is cleared.
func (p *pane) leave() {
	p.stopReading()
	p.endInbox()
	p.stopServing()
	if wait := p.awaitServing(); wait != nil {
		wait()
	}
	for _, last := range []tea.Cmd{p.keepNow(), p.saveMove()} {
		if last != nil {
			last()
		}
	}
	p.finishWriting()
	if p.config.Clear == nil || p.config.ClearAfter <= 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for _, c := range p.clips {
		_ = p.config.Clear(ctx, c.text)
	}
}

// finishWriting waits for what is under way; what hangs is left behind.
func (p *pane) finishWriting() {
	done := make(chan struct{})
	go func() { p.writes.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(leaveWait):
	}
}

// lost is an edit whose saving failed when nobody was there any more to hear it.
func (p *pane) lost() error {
	if p.unheard.Load() <= 0 {
		return nil
	}
	return errors.New("the last edit was not saved: the disk refused it while the pane was being left")
}

// leaveWait is longer than a save on a slow disk, and shorter than patience.
const leaveWait = 5 * time.Second

func (p *pane) idle() bool {
	return p.config.LockAfter > 0 && p.now.Sub(p.pressed) >= p.config.LockAfter
}

// sleepGap between two ticks of a second means that the machine slept, or that
// somebody moved the clock; either way nobody was here.
const sleepGap = 30 * time.Second

// wantSuspend stops the process as a shell expects of ctrl-z. What is unlocked
// while nobody sits before it locks when it comes back.
type wantSuspend struct{}

func (wantSuspend) fulfil(p *pane) tea.Cmd {
	p.stopped = true
	p.endServing()
	return tea.Sequence(p.awaitServing(), tea.Suspend)
}

// resumed comes back from ctrl-z, locked; where there was no shell to stop to, all
// that ctrl-z does is lock.
func (p *pane) resumed() tea.Cmd {
	if p.stopped && len(p.pending) == 0 {
		return p.fulfil(wantLeave{outcome: Locked})
	}
	p.stopped = false
	p.ticks()
	return tea.Batch(p.arm(), p.serve())
}

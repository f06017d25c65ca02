package ui

import (
	"maps"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
)

// Habits are what the pane remembers from one run to the next. They are kept
// beside the vault's state and not in the vault: a save at every copy would wake
// every synchroniser and push good backups out. They name accounts by their ids
// alone.
type Habits struct {
	Order string         `json:"order,omitempty"`
	Uses  map[string]Use `json:"uses,omitempty"` // by the account's ID
	// Dismissed is the offer of a recovery key that its owner has put aside.
	Dismissed bool `json:"dismissed,omitempty"`
}

// Use is how often a code of an account was handed out, and when last.
type Use struct {
	Times int       `json:"times"`
	Last  time.Time `json:"last"`
}

// And is one history made of two.
func (u Use) And(other Use) Use {
	if other.Last.After(u.Last) {
		u.Last = other.Last
	}
	u.Times += other.Times
	return u
}

// keepEvery bounds how often habits are written while the pane is open.
const keepEvery = time.Minute

// habits are what is new since the last writing.
type habits struct {
	uses  map[string]Use
	order order
	kept  time.Time

	dismissed bool
}

// use counts a code that was handed out. Drawing a counter code is counted in the
// vault, with its counter.
func (p *pane) use(a otpcore.Account) {
	if !a.Timed() {
		return
	}
	once := Use{1, p.now.UTC()}
	p.list.uses[a.ID] = p.list.uses[a.ID].And(once)
	p.habits.uses[a.ID] = p.habits.uses[a.ID].And(once)
}

// recall begins with what an earlier run left.
func (p *pane) recall() {
	p.habits = habits{uses: map[string]Use{}, order: orderNamed(p.config.Habits.Order), kept: p.now}
	p.habits.dismissed = p.config.Habits.Dismissed
	p.aside[backupMatter] = p.config.Habits.Dismissed
	p.list.order = p.habits.order
	maps.Copy(p.list.uses, p.config.Habits.Uses)
}

// keep writes what is new, now and then. Where it cannot be written it is lost:
// that is no reason to trouble somebody who came for a code.
func (p *pane) keep() tea.Cmd {
	if p.now.Sub(p.habits.kept) < keepEvery && !p.now.Before(p.habits.kept) {
		return nil
	}
	return p.keepNow()
}

func (p *pane) keepNow() tea.Cmd {
	write := p.config.Keep
	if write == nil || len(p.habits.uses) == 0 && p.habits.order == p.list.order && p.habits.dismissed == p.aside[backupMatter] {
		return nil
	}
	fresh := Habits{Order: p.list.order.String(), Uses: p.habits.uses, Dismissed: p.aside[backupMatter]}
	p.habits = habits{uses: map[string]Use{}, order: p.list.order, dismissed: fresh.Dismissed, kept: p.now}
	return p.writing(func() tea.Msg {
		_ = write(fresh)
		return nil
	})
}

// settle takes the uses by which the list is sorted until it is entered anew.
func (s *list) settle() {
	s.settled = make(map[string]Use, len(s.accounts))
	for _, a := range s.accounts {
		if use := s.use(a); use.Times > 0 {
			s.settled[a.ID] = use
		}
	}
}

// use is an account's history: what this machine remembers, and the counter codes
// that the vault counts.
func (s *list) use(a otpcore.Account) Use { return s.uses[a.ID].And(Use{a.Uses, a.Used}) }

// says is "used 214 times, last at 13:02", or nothing.
func (u Use) says(now time.Time) string {
	last := u.Last.In(now.Location())
	when := "on " + last.Format(time.DateOnly)
	if last.Format(time.DateOnly) == now.Format(time.DateOnly) {
		when = "at " + last.Format("15:04")
	}
	switch {
	case u.Times == 0 || u.Last.IsZero():
		return ""
	case u.Times == 1:
		return "used once, " + when
	}
	return "used " + itoa(u.Times) + " times, last " + when
}

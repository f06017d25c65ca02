package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/vault"
)

// moving is an account on its way through the order by hand. It is shown at once
// and saved when the hand rests: ten rows are ten keys, and ten saves would push
// ten good backups out.
type moving struct {
	id    string
	steps int
	last  time.Time
}

// restFor is how long no move has come when one is saved.
const restFor = time.Second

// wantMove takes the selected account one row up or down.
type wantMove struct{ by int }

func (w wantMove) fulfil(p *pane) tea.Cmd {
	a := p.list.account()
	if a.ID == "" || p.unsavedAccount(a) {
		return nil
	}
	if p.list.query() != "" {
		p.say(toast{text: "Moving by hand wants the whole list: esc shows it.", short: "esc first"})
		return nil
	}
	if p.list.order != byHand {
		p.list.reorder(byHand)
		keys := p.look.keys
		p.say(toast{text: "Sorted by hand now. " + on(keys.moveDown, "and ").String() + on(keys.moveUp, "move the account.").String(), short: "by hand"})
		return nil
	}
	var last tea.Cmd
	if p.moving.id != a.ID {
		last = p.saveMove()
	}
	p.moving = moving{a.ID, p.moving.steps + w.by, p.now}
	p.list.accounts = stepped(a.ID, w.by)(p.list.accounts)
	p.list.rearrange()
	return last
}

// stepped is what vault.Draft.Move does, to the accounts that are shown.
func stepped(id string, steps int) func([]otpcore.Account) []otpcore.Account {
	return func(have []otpcore.Account) []otpcore.Account {
		from := slices.IndexFunc(have, func(a otpcore.Account) bool { return a.ID == id })
		if from < 0 {
			return have
		}
		a, to := have[from], from
		for step := sign(steps); steps != 0; steps -= step {
			next := to + step
			for next >= 0 && next < len(have) && have[next].Pinned != a.Pinned {
				next += step
			}
			if next < 0 || next >= len(have) {
				break
			}
			to = next
		}
		return slices.Insert(slices.Delete(slices.Clone(have), from, from+1), to, a)
	}
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// saveMoves saves a move that has come to rest.
func (p *pane) saveMoves() tea.Cmd {
	if p.now.Sub(p.moving.last) < restFor && !p.now.Before(p.moving.last) {
		return nil
	}
	return p.saveMove()
}

func (p *pane) saveMove() tea.Cmd {
	m, v := p.moving, p.config.Vault
	p.moving = moving{}
	if m.steps == 0 {
		return nil
	}
	return p.writing(func() tea.Msg {
		return moveSaved{v.Update(func(d *vault.Draft) error { return d.Move(m.id, m.steps) })}
	})
}

type moveSaved struct{ err error }

func (p *pane) moveSaved(msg moveSaved) {
	p.reload()
	if msg.err != nil {
		p.say(toast{lead: "Not saved: ", name: cause(msg.err), text: ".", more: "The order is as it was.", short: "not saved", tone: toneWarn})
	}
}

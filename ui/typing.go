package ui

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
)

// Place is another pane of the terminal, where a code can be typed.
type Place struct {
	Name string // "pane 2"
	Type func(ctx context.Context, text string) error
}

// wantType hands a code out as wantCopy does, into the pane that the user came
// from; the clipboard has no part in it. Where that is, is asked first: what is
// typed later, because a code is waited for, still goes there.
type wantType struct{ account otpcore.Account }

func (w wantType) fulfil(p *pane) tea.Cmd {
	aim, ctx, a := p.config.Aim, p.ctx, w.account
	switch {
	case a.ID == "":
		return nil
	case aim == nil:
		p.say(toast{text: on(p.look.keys.typing, "types into another pane of tmux, kitty or WezTerm.").String(), more: "zellij has no safe way.", short: "tmux only"})
		return nil
	}
	return func() tea.Msg {
		place, err := aim(ctx)
		return aimed{wantCopy{account: a, into: place}, err}
	}
}

// aimed is the answer to where.
type aimed struct {
	want wantCopy
	err  error
}

func (p *pane) aimed(msg aimed) tea.Cmd {
	if msg.err != nil {
		p.notTyped(msg.err)
		return nil
	}
	return p.fulfil(msg.want)
}

func (p *pane) notTyped(err error) {
	p.say(toast{lead: "Not typed: ", name: cause(err), text: ".", more: "enter copies.", short: "not typed", tone: toneWarn})
}

// typed is what became of it.
type typed struct {
	copied
	into Place
}

func (p *pane) typeInto(into Place, c copied) tea.Cmd {
	ctx := p.ctx
	return p.writing(func() tea.Msg {
		c.err = into.Type(ctx, c.code)
		return typed{c, into}
	})
}

func (p *pane) typed(msg typed) {
	if msg.err != nil {
		p.notTyped(msg.err)
		return
	}
	p.handedOut(msg.copied)
	text := fmt.Sprintf("Typed into %s, not copied.", msg.into.Name)
	if msg.next {
		text = fmt.Sprintf("Typed the next code into %s, not copied.", msg.into.Name)
	}
	p.say(toast{text: text, short: "typed", tone: toneDone})
}

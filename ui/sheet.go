package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
)

// sheet is a question over the last rows. It names its object; y acts, and
// every other way out is safe.
type sheet struct {
	verb     string
	name     string // the object, cut where there is no room
	question string
	yes      hint
	no       hint
	act      want
}

func deleteSheet(a otpcore.Account) *sheet {
	return &sheet{
		verb: "Delete ", name: a.Label(), question: "? The site still asks for a code.",
		yes: hint{"y", "delete"}, no: hint{"n", "keep"},
		act: wantDelete{a},
	}
}

func (s *sheet) press(msg tea.KeyPressMsg) want {
	switch msg.String() {
	case "y":
		return wants{wantBack{}, s.act}
	case "n", "esc", "q":
		return wantBack{}
	}
	return nil
}

// over covers the last two rows of what is drawn.
func (s *sheet) over(f frame, drawn view) view {
	lines := drawn.lines
	for len(lines) < f.height {
		lines = append(lines, "")
	}
	lines = lines[:f.height-2]
	lines = append(lines,
		" "+f.look.warn.paint(s.ask(f)),
		f.look.drawHints([]hint{s.yes, s.no}, hint{}, f.width))
	return view{lines: lines}
}

// ask cuts the name; where even that has no room, the second sentence goes.
func (s *sheet) ask(f frame) string {
	name := f.look.name(s.name)
	room := f.width - 1 - width(s.verb) - width(s.question)
	if room < min(width(name), 8) {
		first, _, _ := strings.Cut(s.question, " ")
		return s.verb + strings.TrimRight(cut(name, f.width-1-width(s.verb)-width(first), f.look.cut), " ") + first
	}
	return s.verb + strings.TrimRight(cut(name, room, f.look.cut), " ") + s.question
}

// wants are fulfilled one after another.
type wants []want

func (w wants) fulfil(p *pane) tea.Cmd {
	var cmds []tea.Cmd
	for _, one := range w {
		if cmd := p.fulfil(one); cmd != nil {
			cmds = append(cmds, cmd)
		}
	}
	return tea.Batch(cmds...)
}

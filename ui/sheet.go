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
	also     hint // a second way on; empty if there is none
	other    want
}

func deleteSheet(accounts ...otpcore.Account) *sheet {
	s := &sheet{
		verb: "Delete ", name: names(accounts), question: "? The site still asks for a code.",
		yes: hint{"y", "delete"}, no: hint{"n", "keep"},
		act: wantDelete{accounts},
	}
	if len(accounts) > 1 {
		s.verb, s.question = "Delete "+itoa(len(accounts))+": ", "? The sites still ask for codes."
	}
	return s
}

// removeSheet offers to delete what an import leaves lying about.
func removeSheet(paths []string) *sheet {
	s := &sheet{
		verb: "Remove ", name: baseName(paths[0]), question: "? It holds the key.",
		yes: hint{"y", "remove"}, no: hint{"n", "keep"}, act: wantRemove{paths},
	}
	if n := len(paths); n > 1 {
		s.name, s.question = plural(n, "picture"), "? They hold the keys."
	}
	if service := syncedBy(paths[0]); service != "" {
		s.question += " " + service + " has a copy too."
	}
	return s
}

func (s *sheet) press(msg tea.KeyPressMsg) want {
	switch name := msg.String(); {
	case name == s.yes.key:
		return wants{wantBack{}, s.act}
	case s.other != nil && name == s.also.key:
		return wants{wantBack{}, s.other}
	case name == "n" || name == "esc" || name == "q":
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
		f.look.drawHints(s.hints(), hint{}, f.width))
	return view{lines: lines}
}

func (s *sheet) hints() []hint {
	if s.other == nil {
		return []hint{s.yes, s.no}
	}
	return []hint{s.yes, s.also, s.no}
}

// ask cuts the name; where even that has no room, the second sentence goes.
func (s *sheet) ask(f frame) string {
	name := f.look.name(s.name)
	room := f.width - 1 - width(s.verb) - width(s.question)
	if room < min(width(name), 8) {
		first := s.question
		if end := strings.IndexAny(first, ".?"); end >= 0 {
			first = first[:end+1]
		}
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

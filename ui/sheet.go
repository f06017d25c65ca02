package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

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
	apart    bool // the second way leads elsewhere: it stands last
	refuse   want // what n does beyond leaving

	more  func(now time.Time, columns int) string // a line below the question, where there is room
	rests time.Time                               // until then no key counts: it opened by itself
	asks  *question                               // somebody else asks, and has words and a clock of its own
}

// resting says that hands may still mean what was there before. A clock that was
// set back must not silence the keys.
func (s *sheet) resting(now time.Time) bool {
	left := s.rests.Sub(now)
	return left > 0 && left <= handsRest
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

// removeSheet offers to delete what an import leaves lying about. full names a file
// from anywhere: a bare name says nothing of a folder that is copied elsewhere.
func removeSheet(full func(string) string, paths []string) *sheet {
	s := &sheet{
		verb: "Remove ", name: baseName(paths[0]), question: "? It holds the key.",
		yes: hint{"y", "remove"}, no: hint{"n", "keep"}, act: wantRemove{paths},
	}
	if n := len(paths); n > 1 {
		s.name, s.question = plural(n, "picture"), "? They hold the keys."
	}
	for _, path := range paths {
		if service := SyncedBy(full(path)); service != "" {
			s.question += " " + service + " has a copy too."
			break
		}
	}
	return s
}

func (s *sheet) press(msg tea.KeyPressMsg) want {
	if s.asks != nil {
		return s.asks.press(msg)
	}
	switch name := msg.String(); {
	case name == s.yes.key:
		return wants{wantBack{}, s.act}
	case s.other != nil && name == s.also.key:
		return wants{wantBack{}, s.other}
	case name == "n" && s.refuse != nil:
		return wants{wantBack{}, s.refuse}
	case name == "n" || name == "esc" || name == "q":
		return wantBack{}
	}
	return nil
}

// over covers the last rows of what is drawn: two, or three.
func (s *sheet) over(f frame, drawn view) view {
	lines := drawn.lines
	for len(lines) < f.height {
		lines = append(lines, "")
	}
	own := []string{" " + f.look.warn.paint(s.ask(f))}
	switch {
	case s.asks != nil && f.height >= 6:
		own = append(own, s.asks.means(f))
	case s.more != nil && f.height >= 6:
		own = append(own, " "+f.look.muted.paint(s.more(f.now, f.width-1)))
	}
	hints := f.look.drawHints(s.hints(), hint{}, f.width)
	if s.resting(f.now) {
		hints = f.look.muted.paint(ansi.Strip(hints))
	}
	if s.asks != nil && f.height < 6 {
		clock, columns := s.asks.clock(f, 0)
		hints += blanks(f.width-1-columns-width(hints)) + clock
	}
	lines = lines[:f.height-len(own)-1]
	return view{lines: append(append(lines, own...), hints)}
}

func (s *sheet) hints() []hint {
	switch {
	case s.other == nil:
		return []hint{s.yes, s.no}
	case s.apart:
		return []hint{s.yes, s.no, s.also}
	}
	return []hint{s.yes, s.also, s.no}
}

// ask cuts the name; where even that has no room, the second sentence goes.
func (s *sheet) ask(f frame) string {
	if s.asks != nil {
		return s.asks.line(f)
	}
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

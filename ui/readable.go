package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// Readable remembers files that hold keys in plain text, until they are gone.
// Nil functions remember nothing.
type Readable struct {
	List   func() []string // those that are still there
	Note   func(path string) error
	Remove func(path string) error // of those alone
	Forget func(path string) error
}

// lookEvery is how often the pane looks whether such a file is gone: somebody may
// remove it by hand.
const lookEvery = time.Minute

// lookReadable asks for the files of now.
func (p *pane) lookReadable() tea.Cmd {
	list := p.config.Readable.List
	if list == nil {
		return nil
	}
	p.lookedReadable = p.now
	return func() tea.Msg { return readableFiles{list()} }
}

func (p *pane) lookReadableAgain() tea.Cmd {
	if len(p.readable) == 0 || p.now.Sub(p.lookedReadable) < lookEvery {
		return nil
	}
	return p.lookReadable()
}

type readableFiles struct{ paths []string }

// exportsLeft: keys lie about in plain text.
func (p *pane) exportsLeft() (matter, bool) {
	if len(p.readable) == 0 {
		return matter{}, false
	}
	said := toast{name: baseName(p.readable[0]), text: " holds your keys in plain text.", more: on(p.look.keys.matter, "remove").String(), short: "plain text", tone: toneWarn}
	if n := len(p.readable); n > 1 {
		said.name, said.text = plural(n, "file"), " hold your keys in plain text."
	}
	return matter{kind: readableMatter, text: said, open: func(p *pane) want { return wantSheet{readableSheet(p.readable)} }}, true
}

// readableSheet says below the name where the file lies: it may be far from here.
func readableSheet(paths []string) *sheet {
	s := &sheet{
		verb: "Remove ", name: baseName(paths[0]), question: "? It holds your keys in plain text.",
		yes: hint{"y", "remove"}, no: hint{"n", "later"}, act: wantGone{paths: paths, remove: true},
		also: hint{"k", "keep it, remind no more"}, other: wantGone{paths: paths}, apart: true,
	}
	s.more = func(_ time.Time, columns int) string { return cut(outside(paths[0]), columns, "…") }
	if n := len(paths); n > 1 {
		s.name, s.question, s.also.does = plural(n, "file"), "? They hold your keys in plain text.", "keep them, remind no more"
		s.more = func(_ time.Time, columns int) string { return cut(outside(baseNames(paths)), columns, "…") }
	}
	return s
}

func baseNames(paths []string) (all string) {
	for i, path := range paths {
		if i > 0 {
			all += ", "
		}
		all += baseName(path)
	}
	return all
}

// wantGone removes readable files, or ends the reminder of them.
type wantGone struct {
	paths  []string
	remove bool
}

func (w wantGone) fulfil(p *pane) tea.Cmd {
	list, act := p.config.Readable.List, p.config.Readable.Forget
	if w.remove {
		act = p.config.Readable.Remove
	}
	return p.writing(func() tea.Msg {
		for _, path := range w.paths {
			if err := act(path); err != nil {
				return readableGone{w, err, list()}
			}
		}
		return readableGone{w, nil, list()}
	})
}

type readableGone struct {
	want wantGone
	err  error
	left []string
}

func (p *pane) readableGone(msg readableGone) {
	p.readable = msg.left
	name := baseName(msg.want.paths[0])
	if n := len(msg.want.paths); n > 1 {
		name = plural(n, "file")
	}
	switch {
	case msg.err != nil:
		p.say(toast{lead: "Not removed: ", name: cause(msg.err), text: ".", short: "not removed", tone: toneWarn})
	case msg.want.remove:
		p.say(toast{name: name, text: " removed.", short: "removed", tone: toneDone})
	default:
		p.say(toast{name: name, text: " stays; there is no more reminder.", short: "stays"})
	}
}

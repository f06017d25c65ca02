package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// frame is all that a view may know: size, one instant, and how to paint.
type frame struct {
	width, height int
	now           time.Time
	guard         time.Duration
	look          *look
	filtering     bool
	seconds       bool // on every row
	away          bool // nobody is there to whom codes may be shown
	masked        bool // codes of accounts are shown one by one
	headings      bool
	shape         shape
}

// view is a finished screen: lines from the top, and where the cursor is.
type view struct {
	lines  []string
	cursor *tea.Cursor
}

// screen is a page that replaces the list. It turns keys into wants and draws
// itself from a frame; it acts on nothing.
type screen interface {
	press(msg tea.KeyPressMsg, f frame) want
	paste(text string, f frame) want
	view(f frame) view
}

// small reports a pane in which only listing, filtering, copying, locking and
// quitting have room.
func (f frame) small() bool { return f.width < 24 || f.height < 3 }

// tiny reports a pane too narrow for anything but rows.
func (f frame) tiny() bool { return f.width < 24 }

// nameless reports a pane whose rows may have no room for names: a move says
// for a second whose code it is.
func (f frame) nameless() bool { return f.tiny() && f.height < 3 }

// Rows around the list, by height.
func (f frame) above() int {
	above := 0
	switch {
	case f.tiny():
		if f.filtering {
			above = 1
		}
	case f.height >= 20:
		above = 2
		if f.headings {
			above++
		}
	case f.height >= 10 || f.filtering && f.height >= 2:
		above = 1
	}
	return above
}

func (f frame) below() int {
	switch {
	case f.tiny():
		return 0
	case f.height >= 20:
		return 3
	case f.height >= 10 && f.shape == cards:
		return 1
	case f.height >= 10:
		return 2
	case f.height >= 6:
		return 1
	}
	return 0
}

// rowHeight is the lines of one account.
func (f frame) rowHeight() int {
	if f.shape == cards {
		return 2
	}
	return 1
}

func (f frame) listRows() int {
	return max((f.height-f.above()-f.below())/f.rowHeight(), 0)
}

// rowAt finds the account under a line of the screen.
func (f frame) rowAt(s *list, y int) (int, bool) {
	from, to := s.window(max(f.listRows(), 1))
	i := from + (y-f.above())/f.rowHeight()
	return i, y >= f.above() && i < to
}

// fill makes exactly height lines of what a screen drew.
func (f frame) fill(lines []string) string {
	if len(lines) > f.height {
		lines = lines[:f.height]
	}
	for len(lines) < f.height {
		lines = append(lines, "")
	}
	return f.look.typeset(strings.Join(lines, "\n"))
}

// typeset is the last step in ASCII mode: what words and keys are written with, and
// names from outside may hold, gets a sign of the same width that every terminal has.
func (l *look) typeset(text string) string {
	if l == nil || l.block != asciiGlyphs.block {
		return text
	}
	return inASCII.Replace(text)
}

var inASCII = strings.NewReplacer("…", "~", "·", "-", "–", "-", "←", "<", "→", ">", "↑", "^", "↓", "v", "×", "x", "•", "*", "✓", "v")

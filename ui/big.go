package ui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
)

// bigPage is one code, large enough to be read from across a desk, with its bar
// and the code that follows.
type bigPage struct {
	list *list
	id   string
}

func (b *bigPage) press(msg tea.KeyPressMsg, f frame) want {
	keys := f.look.keys
	if key.Matches(msg, keys.back, keys.big, keys.quit) {
		return wantBack{}
	}
	return b.list.pressCode(b.list.byID(b.id), msg, keys, f)
}

// pressCode is for the keys that do something with a code that a page shows alone.
func (s *list) pressCode(a otpcore.Account, msg tea.KeyPressMsg, keys keymap, f frame) want {
	switch {
	case key.Matches(msg, keys.copy):
		return wantCopy{account: a}
	case key.Matches(msg, keys.next):
		return wantCopy{account: a, next: true}
	case key.Matches(msg, keys.typing):
		return wantType{a}
	case key.Matches(msg, keys.wait):
		return wantCopy{account: a, wait: true}
	case key.Matches(msg, keys.advance):
		return wantAdvance{account: a}
	case key.Matches(msg, keys.hold):
		s.hold(a, f.now)
	case key.Matches(msg, keys.hide):
		s.toggle(f.now)
	}
	return nil
}

// shows is the account whose page this is.
func (b *bigPage) shows() string { return b.id }

func (b *bigPage) paste(string, frame) want { return nil }

func (b *bigPage) view(f frame) view {
	l := f.look
	a := b.list.byID(b.id)
	r := b.list.lineOf(a, f.now, f.guard)
	code, placeholder := r.codeText(l)
	lines := []string{titleLine(f, l.name(a.Label()), "")}
	digits := bigDigits(code, f.width, f.height, l.block)
	if f.height >= len(digits)+5 {
		lines = append(lines, "")
	}
	style := l.code
	if placeholder {
		style = l.muted
	}
	margin := max((f.width-width(digits[0]))/2, 1)
	for _, row := range digits {
		lines = append(lines, blanks(margin)+style.paint(row))
	}
	lines = append(lines, belowDigits(f, r, margin, width(digits[0]))...)
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints(b.hints(l.keys, r, f.now), hint{"esc", "back"}, f.width))}
}

// belowDigits is the bar of the code's width and the next code, or the counter.
func belowDigits(f frame, r line, margin, columns int) []string {
	l := f.look
	if !r.account.Timed() {
		return []string{blanks(margin) + l.muted.paint("count "+itoa64(r.account.Counter))}
	}
	cells := max(columns-secondsWidth-1, 4)
	lines := []string{blanks(margin) + r.clock.drawBar(l, cells, true, true) + " " + r.secondsInk(l).paint(right(r.label(l), secondsWidth))}
	if r.hidden {
		return lines
	}
	return append(lines, blanks(margin)+l.muted.paint("next "+r.nextText(l)))
}

func (b *bigPage) hints(keys keymap, r line, now time.Time) []hint {
	if !r.account.Timed() && r.drawn == "" {
		return []hint{on(keys.advance, "draw a code")}
	}
	if b.list.veiled(r.account, now) {
		return []hint{on(keys.copy, "copy"), on(keys.hide, "show"), on(keys.next, "next")}
	}
	hold := on(keys.hold, "hold")
	if r.held {
		hold.does = "let go"
	}
	if !r.account.Timed() {
		return []hint{on(keys.copy, "copy"), on(keys.advance, "next code")}
	}
	return []hint{on(keys.copy, "copy"), on(keys.next, "next"), hold}
}

// font is the ten digits in cells of four by five; hidden and undrawn digits are
// a dot and a line.
var font = map[rune][5]string{
	'0': {"####", "#  #", "#  #", "#  #", "####"},
	'1': {"  # ", " ## ", "  # ", "  # ", " ###"},
	'2': {"####", "   #", "####", "#   ", "####"},
	'3': {"####", "   #", " ###", "   #", "####"},
	'4': {"#  #", "#  #", "####", "   #", "   #"},
	'5': {"####", "#   ", "####", "   #", "####"},
	'6': {"####", "#   ", "####", "#  #", "####"},
	'7': {"####", "   #", "  # ", "  # ", "  # "},
	'8': {"####", "#  #", "####", "#  #", "####"},
	'9': {"####", "#  #", "####", "   #", "####"},
	'•': {"    ", "    ", " ## ", "    ", "    "},
	'*': {"    ", "    ", " ## ", "    ", "    "},
	'_': {"    ", "    ", "    ", "    ", "####"},
}

// bigDigits draws a grouped code in the largest whole step that fits with four
// rows around it. Codes with letters, and small panes, get their characters
// spaced apart instead.
func bigDigits(code string, columns, rows int, block string) []string {
	for step := 3; step >= 1; step-- {
		if drawn := drawDigits(code, step, block); drawn != nil && width(drawn[0])+2 <= columns && len(drawn)+4 <= rows {
			return drawn
		}
	}
	spaced := strings.Join(strings.Split(code, ""), " ")
	if width(spaced)+2 > columns {
		spaced = code
	}
	return []string{spaced}
}

func drawDigits(code string, step int, block string) []string {
	rows := make([]string, 5*step)
	for i, r := range []rune(code) {
		gap := 0
		if i > 0 && r != ' ' {
			gap = step
		}
		glyph, ok := font[r]
		if r == ' ' {
			glyph, ok = [5]string{"  ", "  ", "  ", "  ", "  "}, true
		}
		if !ok {
			return nil
		}
		for y := range rows {
			rows[y] += blanks(gap) + stretch(glyph[y/step], step, block)
		}
	}
	return rows
}

func stretch(row string, step int, block string) string {
	var b strings.Builder
	for _, cell := range row {
		if cell == '#' {
			b.WriteString(strings.Repeat(block, step))
		} else {
			b.WriteString(blanks(step))
		}
	}
	return b.String()
}

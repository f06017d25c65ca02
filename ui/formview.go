package ui

import (
	"errors"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
)

// How the form looks: title with the steps, the fields that fit, what is said of
// the key, the live code.

// rows is the least height that shows a field, what is wrong with it, and hints.
func (m *form) rows() int { return 6 }

func (m *form) view(f frame) view {
	l := f.look
	lines := []string{m.title(f)}
	shown := m.visibleFields(f)
	// One empty row above the fields and one below them, where there is room.
	spare := f.height - m.fixedRows(f) - len(shown)
	if spare > 1 {
		lines = append(lines, "")
	}
	var cursor *tea.Cursor
	for _, i := range shown {
		row, at := m.row(f, i)
		if i == m.at && i != moreField {
			cursor = tea.NewCursor(11+at, len(lines))
		}
		lines = append(lines, row)
		if i == keyField && f.height >= 10 {
			lines = append(lines, m.keyLine(f))
		}
	}
	if spare > 0 {
		lines = append(lines, "")
	}
	lines = append(lines, m.codeLine(f))
	notice := m.notice
	if notice == "" && f.height < 10 {
		notice = m.keyText()
	}
	var said []string
	if notice != "" {
		said = wrap(notice, f.width-2)
	}
	for len(lines) < f.height-1-len(said) {
		lines = append(lines, "")
	}
	lines = lines[:max(f.height-1-len(said), 0)]
	for _, line := range said {
		lines = append(lines, " "+l.warn.paint(line))
	}
	if cursor != nil && cursor.Y >= len(lines)-len(said) {
		cursor = nil // covered by what must be read first
	}
	return view{lines: append(lines, m.hints(f)), cursor: cursor}
}

// title says where in the registration this is.
func (m *form) title(f frame) string {
	if m.editing != nil {
		return titleLine(f, "Edit "+f.look.name(m.editing.Label()), "")
	}
	step := stepKey
	if _, err := m.account(); err == nil {
		step = stepCheck
	}
	return stepTitle(f, "Add account", step)
}

// fixedRows are title, line below the key, code and hints.
func (m *form) fixedRows(f frame) int {
	if f.height >= 10 {
		return 4
	}
	return 3
}

func (m *form) hints(f frame) string {
	l := f.look
	if m.leaving {
		return l.drawHints([]hint{{"s", "save"}, {"esc", "leave"}}, hint{}, f.width)
	}
	if m.at == moreField {
		return l.drawHints([]hint{{"space", "if the site says so"}, {"enter", "save"}}, hint{"esc", "leave"}, f.width)
	}
	save := hint{"enter", "save"}
	if m.editing == nil && f.width >= 56 {
		save.does = "save, then type the code on the site"
	}
	hints := []hint{save, {"tab", "next"}, {"ctrl-v", "clipboard picture"}}
	if _, err := m.account(); err != nil { // what enter would only complain about comes last
		hints = []hint{hints[1], hints[2]}
	}
	return l.drawHints(hints, hint{"esc", "leave"}, f.width)
}

// visibleFields are those that fit: all of them, or those around the cursor.
func (m *form) visibleFields(f frame) []int {
	open := m.open()
	at := slices.Index(open, m.at)
	room := max(min(f.height-m.fixedRows(f), len(open)), 1)
	from := max(min(at-room/2, len(open)-room), 0)
	if at < room {
		from = 0
	}
	return open[from : from+room]
}

func (m *form) row(f frame, i int) (string, int) {
	l := f.look
	e := &m.fields[i]
	label := e.label
	if i == periodField && m.counts() {
		label = "counter"
	}
	text, at := e.draw(f.width - 12)
	if i != m.at { // a name is told by its beginning
		text = cut(outside(e.value()), f.width-12, l.cut)
	}
	switch {
	case i == moreField:
		text = l.muted.paint(cut(m.summary(), f.width-12, l.cut))
	case i == keyField && e.value() == "":
		text = l.muted.paint(cut(m.keyHint(), f.width-12, l.cut))
	default:
		text = l.text.paint(text)
	}
	mark := " "
	if i == m.at {
		mark = l.accent.paint(l.chosen)
	}
	return mark + l.muted.paint(left(label, 10, "")) + text, at
}

// summary is what is folded.
func (m *form) summary() string {
	a := m.base
	if err := m.readType(&a); err != nil {
		return cause(err)
	}
	text := typeLine(a)
	if len(a.Tags) > 0 {
		text += ", " + tagLine(a)
	}
	return text
}

func (m *form) counts() bool {
	return strings.Contains(strings.ToLower(m.fields[typeField].value()), "hotp")
}

func (m *form) keyHint() string {
	switch {
	case m.editing != nil:
		return "unchanged, " + itoa(m.base.Secret.Len()*8) + " bits"
	case m.base.Secret.Len() > 0:
		return "read, " + itoa(m.base.Secret.Len()*8) + " bits"
	}
	return "key, otpauth URI, or path of a picture"
}

// keyLine stands below the key: its length, or a pointer to the character that
// cannot be.
func (m *form) keyLine(f frame) string {
	text := m.keyText()
	var wrong *otpcore.CharError
	if _, err := otpcore.ParseSecret(m.fields[keyField].value()); errors.As(err, &wrong) && !moreThanKey(m.fields[keyField].value()) {
		before := string([]rune(m.fields[keyField].value())[:wrong.Place-1])
		if indent := width(before); indent+2+width(text) < f.width-11 {
			return blanks(11+indent) + f.look.warn.paint("^ "+text)
		}
	}
	return blanks(11) + f.look.muted.paint(cut(text, f.width-12, f.look.cut))
}

func (m *form) keyText() string {
	text := strings.TrimSpace(m.fields[keyField].value())
	if text == "" || moreThanKey(text) {
		return ""
	}
	secret, err := otpcore.ParseSecret(text)
	if err != nil {
		return formError(err)
	}
	return plural(secret.Len()*8, "bit")
}

// codeLine is the live code: what the site will ask for.
func (m *form) codeLine(f frame) string {
	l := f.look
	label := " " + l.muted.paint(left("code", 10, ""))
	a, err := m.account()
	var wrong *otpcore.CharError
	switch {
	case errors.As(err, &wrong):
		return label + l.muted.paint(cut("shows here as soon as the key is right", f.width-12, l.cut))
	case err != nil:
		return label + l.muted.paint(cut(formError(err), f.width-12, l.cut))
	case !a.Timed():
		return label + l.muted.paint("drawn with + once it is saved")
	}
	return label + m.live(f, a)
}

func (m *form) live(f frame, a otpcore.Account) string {
	r := lineFor(a, f.now, f.guard)
	r.hidden = f.away || f.masked && !m.newKey(a) // a new key's code is what tells that it is right
	code, _ := r.codeText(f.look)
	row := f.look.code.paint(code)
	if f.width >= 11+width(code)+2+10+6 {
		row += "  " + r.clock.drawBar(f.look, 10, true, true)
	}
	return row + " " + right(r.clock.label(f.look), secondsWidth)
}

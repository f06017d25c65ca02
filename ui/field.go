package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/rivo/uniseg"
)

// field is one line of text being typed. The library edits it; drawing is ours,
// because the library's own cursor counts runes where the screen has columns.
type field struct {
	label string
	input textinput.Model
	exact bool   // blanks at the ends belong to the text, as in a passphrase
	veil  string // drawn instead of each character; empty shows the text
}

func newField(label string) field {
	input := textinput.New()
	// Its paste starts a process to read the clipboard. A terminal pastes by
	// itself, and the message reaches paste below.
	input.KeyMap.Paste = key.NewBinding(key.WithDisabled())
	input.Focus()
	return field{label: label, input: input}
}

func (e *field) value() string { return e.input.Value() }

func (e *field) set(text string) {
	e.input.SetValue(text)
	e.input.CursorEnd()
}

func (e *field) press(msg tea.KeyPressMsg) { e.input, _ = e.input.Update(msg) }

// unveil turns between dots and what is typed.
func (e *field) unveil(l *look) {
	if e.veil == "" {
		e.veil = l.hidden
	} else {
		e.veil = ""
	}
}

// paste puts text at the cursor as one line.
func (e *field) paste(text string) {
	if e.exact {
		text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
		e.input, _ = e.input.Update(tea.PasteMsg{Content: text})
		return
	}
	e.input, _ = e.input.Update(tea.PasteMsg{Content: strings.TrimSpace(text)})
}

// draw shows the part of the text around the cursor that fits in columns, and
// the column of the cursor within it. The cursor needs one column of its own.
func (e *field) draw(columns int) (text string, cursor int) {
	clusters, at := e.clusters()
	from, used := at, 0
	for from > 0 && used+width(clusters[from-1]) <= columns-1 {
		from--
		used += width(clusters[from])
	}
	text, cursor = strings.Join(clusters[from:at], ""), used
	for _, c := range clusters[at:] {
		if used += width(c); used > columns {
			break
		}
		text += c
	}
	return text, cursor
}

// clusters are the drawn characters, and how many of them stand before the
// cursor.
func (e *field) clusters() (clusters []string, cursor int) {
	runes := []rune(e.value())
	before := string(runes[:min(e.input.Position(), len(runes))])
	split := func(s string) (parts []string) {
		for state := -1; s != ""; {
			var cluster string
			cluster, s, _, state = uniseg.FirstGraphemeClusterInString(s, state)
			if e.veil != "" {
				cluster = e.veil
			} else {
				cluster = visible(cluster)
			}
			parts = append(parts, cluster)
		}
		return parts
	}
	clusters = split(before)
	cursor = len(clusters)
	return append(clusters, split(string(runes[len([]rune(before)):]))...), cursor
}

// visible replaces a typed character that the screen must not get: a pasted
// escape sequence stays in the field, where its owner can see and delete it.
func visible(cluster string) string {
	if clean := outside("x" + cluster + "x"); len(clean) > 2 {
		return strings.TrimSuffix(strings.TrimPrefix(clean, "x"), "x")
	}
	return "?"
}

// fieldRow draws a labelled field and the place of its cursor on row y.
func fieldRow(f frame, e *field, label string, y int) (string, *tea.Cursor) {
	text, at := e.draw(f.width - width(label) - 5)
	row := " " + f.look.muted.paint(label+"  ") + f.look.text.paint(text)
	return row, tea.NewCursor(width(label)+3+at, y)
}

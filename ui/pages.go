package ui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"otpane/otpcore"
	"otpane/otpcore/qr"
)

// helpPage shows every key, made from the bindings that act.
type helpPage struct {
	top     int
	several bool // there is more than one vault
	serves  bool // there can be an agent
}

// wantHelp opens the keys, without those that could not act.
type wantHelp struct{}

func (wantHelp) fulfil(p *pane) tea.Cmd {
	return wantPage{&helpPage{several: p.several(), serves: p.config.Serve != nil}}.fulfil(p)
}

func (h *helpPage) press(msg tea.KeyPressMsg, f frame) want {
	keys := f.look.keys
	switch {
	case key.Matches(msg, keys.back, keys.help, keys.quit):
		return wantBack{}
	case key.Matches(msg, keys.down):
		h.scroll(1)
	case key.Matches(msg, keys.up):
		h.scroll(-1)
	case key.Matches(msg, keys.pageDown):
		h.scroll(max(f.height-2, 1))
	case key.Matches(msg, keys.pageUp):
		h.scroll(-max(f.height-2, 1))
	}
	return nil
}

func (h *helpPage) paste(string, frame) want { return nil }

func (h *helpPage) view(f frame) view {
	var gap []string
	if f.height >= 10 {
		gap = []string{""}
	}
	rows := append(h.rows(f), h.moving(f)...)
	room := max(f.height-1-len(gap), 1)
	h.top = max(min(h.top, len(rows)-room), 0)
	end, to := "esc back", min(h.top+room, len(rows))
	if to-h.top < len(rows) {
		end = itoa(h.top+1) + "–" + itoa(to) + "/" + itoa(len(rows)) + "  " + end
	}
	return view{lines: slices.Concat([]string{titleLine(f, "Keys", end)}, gap, rows[h.top:to])}
}

const helpKeyWidth = 9

// rows sets the bindings in as many columns as fit.
func (h *helpPage) rows(f frame) (rows []string) {
	keys := f.look.keys
	bindings := helpBindings(keys)
	bindings = slices.DeleteFunc(bindings, func(b key.Binding) bool {
		return !h.several && b.Help() == keys.vaults.Help() || !h.serves && b.Help() == keys.agent.Help()
	})
	does := 0
	for _, b := range bindings {
		does = max(does, width(b.Help().Desc))
	}
	columns := max((f.width-1)/(helpKeyWidth+does+2), 1)
	count := (len(bindings) + columns - 1) / columns
	for row := range count {
		line := " "
		for i := row; i < len(bindings); i += count {
			help := bindings[i].Help()
			room := min(does+2, f.width-width(line)-helpKeyWidth)
			line += f.look.key.paint(left(help.Key, helpKeyWidth, "")) + f.look.muted.paint(left(help.Desc, room, f.look.cut))
		}
		rows = append(rows, line)
	}
	return rows
}

// moving names the keys that move in one line.
func (h *helpPage) moving(f frame) (rows []string) {
	names := make([]string, 0, 6)
	for _, b := range moveBindings(f.look.keys) {
		names = append(names, b.Help().Key)
	}
	text := strings.Join(names, " ") + ", wheel: move. A click copies that row."
	for _, line := range wrap(text, f.width-2) {
		rows = append(rows, " "+f.look.muted.paint(line))
	}
	return rows
}

// titleLine is the first row of a page.
func titleLine(f frame, title, end string) string {
	l := f.look
	room := f.width - 2 - width(end)
	title = cut(title, room-1, l.cut)
	return " " + l.title.paint(title) + blanks(room-width(title)) + l.muted.paint(end)
}

// details is one account in full, but for its key.
type details struct {
	list *list
	id   string
}

func (d *details) press(msg tea.KeyPressMsg, f frame) want {
	keys := f.look.keys
	switch {
	case key.Matches(msg, keys.back, keys.details, keys.quit):
		return wantBack{}
	case key.Matches(msg, keys.copy):
		return wantFor{d.id, func(a otpcore.Account) want { return wantCopy{account: a} }}
	case key.Matches(msg, keys.wait): // what a spent code is answered with
		return wantFor{d.id, func(a otpcore.Account) want { return wantCopy{account: a, wait: true} }}
	case key.Matches(msg, keys.advance):
		return wantFor{d.id, func(a otpcore.Account) want { return wantAdvance{account: a} }}
	case key.Matches(msg, keys.hide):
		d.list.toggle(f.now)
	case key.Matches(msg, keys.edit):
		return wantFor{d.id, func(a otpcore.Account) want { return wantPage{newEditForm(a)} }}
	case key.Matches(msg, keys.qr):
		return wantFor{d.id, func(a otpcore.Account) want { return wantQR{a} }}
	case key.Matches(msg, keys.recovery):
		return wantFor{d.id, func(a otpcore.Account) want { return wantRecovery{a} }}
	case key.Matches(msg, keys.verify):
		return wantFor{d.id, func(a otpcore.Account) want { return wantRefused{a.ID, wantBack{}, false} }}
	}
	return nil
}

// shows is the account whose page this is.
func (d *details) shows() string { return d.id }

func (d *details) paste(string, frame) want { return nil }

func (d *details) view(f frame) view {
	l := f.look
	a := d.list.byID(d.id)
	lines := []string{titleLine(f, l.name(a.Label()), "")}
	if f.height >= 10 {
		lines = append(lines, "")
	}
	if a.Timed() {
		lines = append(lines, d.codeLines(f, a)...)
	}
	for _, line := range detailLines(f, d.list, a, f.width-2) {
		lines = append(lines, " "+line)
	}
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints(d.hints(f, a), hint{}, f.width))}
}

// hints are the keys that act on the account.
func (d *details) hints(f frame, a otpcore.Account) []hint {
	keys := f.look.keys
	hints := []hint{on(keys.copy, "copy"), on(keys.edit, "edit"), on(keys.recovery, "recovery"), on(keys.verify, "verify"), {"esc", "back"}, on(keys.qr, "QR")}
	if d.list.veiled(a, f.now) {
		hints = slices.Insert(hints, 1, on(keys.hide, "show"))
	}
	return hints
}

// codeLines are the code with its bar, the one before it and the one after.
func (d *details) codeLines(f frame, a otpcore.Account) []string {
	l := f.look
	r := d.list.lineOf(a, f.now, f.guard)
	code, _ := r.codeText(l)
	line := " " + l.muted.paint(left("code", 11, "")) + l.code.paint(code) + l.muted.paint(left(r.spentMark(l), 1, ""))
	if cells := 10; width(line)+1+cells+1+secondsWidth <= f.width {
		line += " " + r.clock.drawBar(l, cells, true, true) + " "
	}
	lines := []string{line + r.secondsInk(l).paint(right(r.label(l), secondsWidth))}
	if r.hidden {
		return lines
	}
	before := l.grouping.group(a, a.At(f.now.Add(-r.reading.Period)).Code)
	return append(lines, " "+l.muted.paint(left("before", 11, "")+before), " "+l.muted.paint(left("next", 11, "")+r.nextText(l)))
}

// wantFor looks an account up as it is now and goes on with it.
type wantFor struct {
	id   string
	then func(otpcore.Account) want
}

func (w wantFor) fulfil(p *pane) tea.Cmd {
	if a := p.list.byID(w.id); a.ID != "" {
		return p.fulfil(w.then(a))
	}
	return wantBack{}.fulfil(p)
}

// paper is what QR codes are drawn on: both colours set, to scan on any theme.
var paper = lipgloss.NewStyle().Foreground(lipgloss.Color("#000000")).Background(lipgloss.Color("#FFFFFF"))

// qrPage shows an account's QR code, to be scanned by another device.
type qrPage struct {
	account otpcore.Account
	grid    qr.Grid
	saving  *field // asking for the path of a picture
}

func (q *qrPage) press(msg tea.KeyPressMsg, f frame) want {
	keys := f.look.keys.beside("w")
	if q.saving != nil {
		return q.pressPath(msg)
	}
	switch {
	case key.Matches(msg, keys.back, keys.qr, keys.quit):
		return wantBack{}
	case msg.String() == "w":
		path := newField("write to")
		path.set("otpane-" + fileName(q.account.Label()) + ".png")
		q.saving = &path
	}
	return nil
}

func (q *qrPage) pressPath(msg tea.KeyPressMsg) want {
	switch msg.String() {
	case "esc":
		q.saving = nil
	case "enter":
		path := q.saving.value()
		q.saving = nil
		picture, err := q.grid.PNG(8)
		if err != nil {
			return wantSay{text: cause(err), tone: toneWarn}
		}
		return wantWrite{path, picture, true}
	default:
		q.saving.press(msg)
	}
	return nil
}

func (q *qrPage) paste(text string, _ frame) want {
	if q.saving != nil {
		q.saving.paste(text)
	}
	return nil
}

// view draws the code black on white, both colours set, so that it scans on any
// theme: between title and hints, or in a low pane beside them. A pane too small
// for it says how large the code is.
func (q *qrPage) view(f frame) view {
	l := f.look
	blocks := q.grid.HalfBlocks()
	columns, rows := width(blocks[0]), len(blocks)
	lines := []string{titleLine(f, l.name(q.account.Label()), "")}
	switch {
	case l.block == asciiGlyphs.block:
		lines = append(lines, " "+l.text.paint(cut("A QR code needs block characters. Write a picture instead.", f.width-1, l.cut)))
	case columns <= f.width && rows+2 <= f.height:
		for _, block := range blocks {
			lines = append(lines, paper.Render(block))
		}
	case columns+sideColumn <= f.width && rows <= f.height && q.saving == nil:
		return view{lines: q.beside(f, blocks)}
	default:
		size := "This QR needs " + itoa(columns) + "x" + itoa(rows+2)
		sentence := size + "; the pane is " + itoa(f.width) + "x" + itoa(f.height) + "."
		if width(sentence) > f.width-1 {
			sentence = size + "."
		}
		lines = append(lines, " "+l.text.paint(cut(sentence, f.width-1, l.cut)))
		for _, line := range wrap("Enlarge the pane, or write a picture.", f.width-2) {
			lines = append(lines, " "+l.text.paint(line))
		}
	}
	return q.bottom(f, lines)
}

// sideColumn is the least room for words beside a code.
const sideColumn = 24

// beside puts title and hints at the right of the code.
func (q *qrPage) beside(f frame, blocks []string) (lines []string) {
	l := f.look
	var words []string
	for _, line := range wrap(l.name(q.account.Label()), f.width-width(blocks[0])-3) {
		words = append(words, l.title.paint(cut(line, f.width-width(blocks[0])-3, l.cut)))
	}
	words = append(words, "",
		l.key.paint("w")+" "+l.muted.paint("write PNG"), "  "+l.muted.paint("(it holds the key)"),
		l.key.paint("esc")+" "+l.muted.paint("back"))
	for i, block := range blocks {
		line := paper.Render(block)
		if i < len(words) {
			line += "  " + words[i]
		}
		lines = append(lines, line)
	}
	return lines
}

func (q *qrPage) bottom(f frame, lines []string) view {
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	lines = lines[:f.height-1]
	if q.saving == nil {
		write := first(f.width-10, "write PNG (it holds the key)", "write PNG")
		hints := []hint{{"w", write}, {"esc", first(f.width-10-width(write), "back")}}
		return view{lines: append(lines, f.look.drawHints(hints, hint{}, f.width))}
	}
	text, at := q.saving.draw(f.width - 11)
	row := " " + f.look.muted.paint("write to ") + f.look.text.paint(text)
	return view{lines: append(lines, row), cursor: tea.NewCursor(10+at, f.height-1)}
}

// fileName keeps letters and digits of a label.
func fileName(label string) string {
	name := ""
	for _, r := range label {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			name += string(r)
		case r >= 'A' && r <= 'Z':
			name += string(r + 'a' - 'A')
		case name != "" && name[len(name)-1] != '-':
			name += "-"
		}
	}
	if len(name) > 0 && name[len(name)-1] == '-' {
		name = name[:len(name)-1]
	}
	return name
}

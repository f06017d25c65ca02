package ui

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
)

// intake imports: it asks for a path, or takes a pasted or dropped one, then
// shows what is in it. Nothing is saved before the user has seen every entry.
type intake struct {
	from    string // what the preview shows
	awaited string // what is being read
	path    field
	browser browser    // of files, while nothing is typed
	typed   completion // of what is typed
	reading bool
	notice  string
	seal    seal // the question of encrypted files

	loaded bool
	// pictures are the files that hold the keys of this batch
	pictures []string
	batch    otpcore.Batch // all that was read so far; parts of a transfer set find each other
	plan     otpcore.Plan
	chosen   map[int]bool
	at, top  int
}

// receiver is a page that waits for found.
type receiver interface {
	receive(msg found, have []otpcore.Account) want
}

func newIntake(from string) *intake {
	return &intake{from: from, awaited: from, path: newField("file"), reading: from != "", chosen: map[int]bool{}}
}

// openIntake asks what to import, and looks what lies where pictures usually land.
func openIntake() want {
	page := newIntake("")
	return wants{wantPage{page}, wantList{page: page}}
}

// list takes what a folder holds.
func (m *intake) list(msg listed) want {
	if !msg.typed {
		m.browser.show(msg)
		return nil
	}
	awaited := m.typed.awaited
	m.typed.entries, m.typed.loaded, m.typed.awaited = msg.entries, true, false
	if msg.err != nil {
		m.notice = upperFirst(cause(msg.err)) + "."
		return nil
	}
	if folder, name := split(m.path.value()); awaited && folder == m.typed.folder {
		m.typed.complete(m, name, 0)
	}
	return nil
}

// readFiles reads files by paths that nobody typed: no blank or quote in them
// means anything.
func (m *intake) readFiles(paths []string) want {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = baseName(path)
	}
	m.reading, m.notice, m.awaited = true, "", strings.Join(names, ", ")
	return wantFiles{paths}
}

// take reads what was typed, pasted or dropped: an otpauth text, a data: URL,
// or a path.
func (m *intake) take(text string) want {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	m.reading, m.notice = true, ""
	m.awaited = "pasted text"
	if !isText(text) {
		m.awaited = strings.Join(droppedPaths(text), ", ")
	}
	return intakeOf(text)
}

// intakeOf chooses how a text is read.
func intakeOf(text string) want {
	if data, ok := dataURL(text); ok {
		return wantBytes{"pasted picture", data}
	}
	if isText(text) {
		return wantBytes{"pasted text", []byte(text)}
	}
	return wantFiles{droppedPaths(text)}
}

// receive adds what was read to what is here, so that the parts of a transfer
// set can come one picture after another.
func (m *intake) receive(msg found, have []otpcore.Account) want {
	m.reading = false
	m.notice = ""
	switch {
	case errors.Is(msg.err, syscall.EISDIR):
		m.path.set("")
		return wantList{page: m, folder: msg.from}
	case errors.Is(msg.err, context.Canceled):
		return nil
	case msg.attempt:
		m.seal.tried(m, msg)
	case len(msg.sealed) > 0:
		m.seal.await(msg.sealed)
	case msg.err != nil:
		m.notice = msg.sentence()
		return nil
	}
	m.join(msg, have)
	return nil
}

// join adds what was read to the preview, and shows it when nothing is asked any
// more.
func (m *intake) join(msg found, have []otpcore.Account) {
	m.batch, m.pictures = m.batch.Join(msg.batch), append(m.pictures, msg.pictures...)
	m.path.set("")
	m.loaded = len(m.batch.Accounts) > 0
	if msg.err == nil && len(msg.batch.Accounts) > 0 || m.from == "" {
		m.from = msg.from
	}
	m.plan = otpcore.Merge(have, m.batch.Accounts)
	known := len(m.chosen) // entries that were shown, and perhaps unticked, before
	for i, entry := range m.plan.Entries {
		if i >= known {
			m.chosen[i] = entry.State == otpcore.New
		}
	}
}

func (m *intake) press(msg tea.KeyPressMsg, f frame) want {
	keys := f.look.keys
	if m.seal.open() {
		return m.seal.press(m, msg)
	}
	if msg.String() == "esc" {
		return m.leave()
	}
	if !m.loaded {
		return m.pressPath(msg, f)
	}
	switch {
	case msg.String() == "enter":
		return m.accept()
	case key.Matches(msg, keys.hide):
		if m.at < len(m.plan.Entries) {
			m.chosen[m.at] = !m.chosen[m.at]
		}
	case key.Matches(msg, keys.up):
		m.at = max(m.at-1, 0)
	case key.Matches(msg, keys.down):
		m.at = min(m.at+1, max(len(m.plan.Entries)-1, 0))
	case key.Matches(msg, keys.intake):
		m.loaded, m.notice = false, ""
		return wantList{page: m, folder: m.browser.folder}
	}
	return nil
}

// leave goes back to the preview if there is one behind the question for a file.
func (m *intake) leave() want {
	if !m.loaded && len(m.plan.Entries) > 0 {
		m.loaded, m.reading, m.notice = true, false, ""
		return nil
	}
	return wantBack{}
}

// rows is the least height that shows an entry and what enter does.
func (m *intake) rows() int { return 5 }

// pressPath is for the keys of the question: to the browser while nothing is
// typed, then to the field.
func (m *intake) pressPath(msg tea.KeyPressMsg, f frame) want {
	if m.reading {
		return nil
	}
	m.notice = ""
	name := msg.String()
	if m.path.value() == "" {
		if w, taken := m.browser.press(m, name, f.height); taken {
			return w
		}
	}
	switch name {
	case "tab", "down":
		return m.typed.press(m, 1)
	case "shift+tab", "up":
		return m.typed.press(m, -1)
	case "ctrl+v":
		return wantPictureFor{}
	case "enter":
		return m.enter()
	}
	m.typed.cycle = nil
	m.path.press(msg)
	return nil
}

// enter reads what is typed, or goes into the folder of that name.
func (m *intake) enter() want {
	text := m.path.value()
	folder, name := split(text)
	switch known := m.typed.known(folder, name); {
	case folder != "" && name == "":
		m.path.set("")
		return wantList{page: m, folder: filepath.Clean(folder)}
	case known:
		return m.readFiles([]string{text})
	}
	return m.take(text)
}

// accept imports what is chosen. With nothing chosen there is nothing to do.
func (m *intake) accept() want {
	chosen := m.accepted()
	if len(chosen) == 0 {
		return wantBack{}
	}
	if m.leavesOut() {
		return wantImport{m.plan, chosen, nil}
	}
	return wantImport{m.plan, chosen, m.pictures}
}

// leavesOut reports that the vault will not have all of this batch. Then its pictures
// are not offered for removal: one of them may be all there is of a key.
func (m *intake) leavesOut() bool {
	for i, entry := range m.plan.Entries {
		if !m.chosen[i] && entry.State != otpcore.Same {
			return true
		}
	}
	return false
}

// accepted are the indexes of the chosen entries, in order.
func (m *intake) accepted() (chosen []int) {
	for i := range m.plan.Entries {
		if m.chosen[i] {
			chosen = append(chosen, i)
		}
	}
	return chosen
}

// paste on the page reads at once: it is how a dropped file arrives.
func (m *intake) paste(text string, _ frame) want {
	if m.seal.open() {
		m.seal.paste(text)
		return nil
	}
	if m.reading {
		return nil
	}
	m.loaded = m.loaded && len(m.plan.Entries) > 0
	return m.take(text)
}

func (m *intake) view(f frame) view {
	if m.seal.open() {
		return m.seal.view(f)
	}
	if m.loaded {
		return m.preview(f)
	}
	return m.asking(f)
}

func (m *intake) asking(f frame) view {
	l := f.look
	lines := []string{titleLine(f, "Import", m.browser.title())}
	if f.height >= 8 {
		lines = append(lines, "")
	}
	text, at := m.path.draw(f.width - 8)
	cursor := tea.NewCursor(7+at, len(lines))
	lines = append(lines, " "+l.muted.paint("file  ")+l.text.paint(text))
	switch {
	case m.reading:
		lines = append(lines, " "+l.text.paint(cut("reading "+outside(baseName(m.awaited))+l.cut, f.width-1, l.cut)))
		lines = append(lines, " "+walk(l, f.now.Second()))
		cursor = nil
	case m.notice != "":
		lines = append(lines, l.warned(m.notice, f.width)...)
	case f.height >= 8:
		lines = append(lines, " "+l.muted.paint(first(f.width-1, "Type a path, drop a file, or choose one. Nothing is saved yet.",
			"Type a path, drop a file, or choose one.", "Nothing is saved yet.")))
	}
	if f.height >= 12 {
		lines = append(lines, "")
	}
	if !m.reading {
		lines = append(lines, m.candidates(f, f.height-1-len(lines))...)
	}
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints(m.askingHints(), hint{"esc", "leave"}, f.width)), cursor: cursor}
}

// candidates are the files to choose from, or those that begin with what is typed.
func (m *intake) candidates(f frame, rows int) (lines []string) {
	if m.path.value() == "" {
		return m.browser.draw(f, rows)
	}
	found, at := m.typed.shown(m.path.value())
	top := max(min(at-rows+1, len(found)-rows), 0)
	for i := top; i < min(top+rows, len(found)); i++ {
		lines = append(lines, found[i].draw(f, i == at, false))
	}
	return lines
}

func (m *intake) askingHints() (hints []hint) {
	if m.reading {
		return nil
	}
	if m.path.value() != "" || !m.browser.loaded {
		return []hint{{"enter", "read it"}, {"tab", "complete"}}
	}
	return m.browser.hints()
}

func (m *intake) preview(f frame) view {
	l := f.look
	lines := []string{titleLine(f, "Import "+outside(baseName(m.from)), m.setText())}
	if f.height >= 10 {
		lines = append(lines, "")
	}
	var rows []string
	for i, entry := range m.plan.Entries {
		rows = append(rows, m.entryRow(f, i, entry))
	}
	for _, skip := range m.batch.Skipped {
		text := outside(skip.Where) + ": " + outside(skip.Reason)
		rows = append(rows, "  -  "+l.muted.paint(left("skipped", 11, ""))+l.muted.paint(cut(text, f.width-17, l.cut)))
	}
	for _, part := range m.batch.Missing {
		text := "part " + itoa(part) + ": add its picture, or go on without"
		rows = append(rows, "  "+l.warn.paint(l.warning)+"  "+l.warn.paint(left("missing", 11, ""))+l.text.paint(cut(text, f.width-17, l.cut)))
	}
	room := max(f.height-len(lines)-2, 1)
	m.top = max(min(m.top, m.at), m.at-room+1)
	lines = append(lines, rows[min(m.top, len(rows)):min(m.top+room, len(rows))]...)
	for len(lines) < f.height-2 {
		lines = append(lines, "")
	}
	notice := "Nothing is saved yet."
	switch note, ok := m.noteFor(m.at); {
	case m.reading:
		notice = "reading " + outside(baseName(m.awaited)) + l.cut
	case m.notice != "":
		notice = m.notice
	case ok:
		notice = note
	}
	lines = append(lines[:f.height-2], " "+l.muted.paint(cut(notice, f.width-1, l.cut)))
	hints := []hint{{"enter", m.acceptText()}, on(l.keys.hide, "choose"), on(l.keys.intake, "add a picture")}
	return view{lines: append(lines, l.drawHints(hints, hint{"esc", "leave"}, f.width))}
}

// noteFor is what the reader remarked about the entry under the cursor.
func (m *intake) noteFor(i int) (string, bool) {
	if i < len(m.plan.Entries) && m.plan.Entries[i].State == otpcore.Same && m.chosen[i] {
		return "It is there already, and comes in again under a free name.", true
	}
	for _, note := range m.batch.Notes {
		if note.Index == i {
			return outside(note.Text), true
		}
	}
	return "", false
}

func (m *intake) acceptText() string {
	if n := len(m.accepted()); n > 0 {
		return "import " + itoa(n)
	}
	return "nothing to import"
}

// setText names the parts of a transfer set.
func (m *intake) setText() string {
	if len(m.batch.Sets) == 0 {
		return ""
	}
	set := m.batch.Sets[0]
	return "Google set, " + itoa(set.Size-len(set.Missing)) + " of " + plural(set.Size, "part")
}

func (m *intake) entryRow(f frame, i int, entry otpcore.Entry) string {
	l := f.look
	mark := " "
	on := i == m.at
	if on {
		mark = l.accent.paint(l.chosen)
	}
	box := "[ ]"
	if m.chosen[i] {
		box = "[x]"
	}
	a := entry.Account
	code := ""
	if a.Timed() && entry.State == otpcore.New {
		code = f.code(a)
	}
	name := l.name(a.Label())
	if entry.Renamed != "" {
		name += ", as " + outside(entry.Renamed)
	}
	room := f.width - 1 - 4 - 11 - 1
	if code != "" && room > width(code)+12 {
		room -= width(code) + 2
		name = left(name, room, l.cut) + "  "
	} else {
		name, code = cut(name, room, l.cut), ""
	}
	return mark + l.text.on(on, box+" ") + stateInk(l, entry.State).on(on, left(stateWord(entry.State), 11, "")) +
		l.text.on(on, name) + l.code.on(on, code)
}

func stateWord(s otpcore.State) string {
	switch s {
	case otpcore.Same:
		return "duplicate"
	case otpcore.Clash:
		return "clash"
	}
	return "new"
}

func stateInk(l *look, s otpcore.State) ink {
	switch s {
	case otpcore.Same:
		return l.muted
	case otpcore.Clash:
		return l.warn
	}
	return l.accent
}

func baseName(path string) string {
	return path[strings.LastIndexAny(path, "/\\")+1:]
}

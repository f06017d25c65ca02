package ui

import (
	"io"
	"regexp"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"otpane/otpcore"
)

// Plain mode is for screen readers and for terminals that cannot draw: it prints
// what changed as a line and never redraws, without any control sequence.
//
// It is a face of the same pane: the model, its keys and wants are those of the
// list that is drawn; after each message the speaker tells what differs from what
// it told last. Pages speak the lines that changed.
//
// Lines stay in the terminal's history. So a code is printed only when it is asked
// for, what is typed into a field never, and a page that shows a key says where else
// it can be had.
type speaker struct {
	*pane
	out io.Writer

	told struct {
		page      screen
		lines     map[string]bool // of the page; marked ones with their mark
		cursor    int             // the row that is typed into; -1 for none
		sheet     *sheet
		toast     toast
		waiting   *waitingCopy
		matter    string
		selected  string
		query     string
		filtering bool
		chosen    int
	}
	opened  time.Time // the page's instant: its clock does not tick
	written bool      // a key came since the last end of a line
}

// A page is told as it would be drawn here: nothing is cut, everything has room.
const plainColumns, plainRows = 150, 100

// spokenGlyphs leave out what says nothing: bars, and digits that are hidden.
func spokenGlyphs() glyphs {
	g := asciiGlyphs
	g.full, g.empty, g.hidden, g.undrawn, g.dot = "", "", " ", " ", ","
	return g
}

func newSpeaker(p *pane, out io.Writer) *speaker {
	p.plain = true
	p.width, p.height = plainColumns, plainRows
	p.focus(true)
	m := &speaker{pane: p, out: out}
	m.told.selected, m.told.cursor = untold, -1
	return m
}

// untold is no account's id: whichever is selected has to be told.
const untold = "-"

// silent is the terminal for the library under plain mode: keys come from it, and
// nothing goes to it but what the speaker prints.
func (t Terminal) silent() Terminal {
	t.Output, t.Title = io.Discard, false
	return t
}

func (m *speaker) Init() tea.Cmd {
	greeting := "otpane, plain mode. " + upperFirst(m.list.count()) + "."
	if n := m.list.unfinished; n > 0 {
		greeting = strings.TrimSuffix(greeting, ".") + ", " + itoa(n) + " unfinished."
	}
	m.print(greeting + " " + on(m.look.keys.help, "lists the keys.").String())
	m.tell(nil)
	return m.pane.Init()
}

func (m *speaker) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg: // lines have no size
		return m, nil
	case tea.KeyPressMsg:
		cmd = m.press(msg)
	case cleared:
		m.print("Clipboard cleared.")
	default:
		_, cmd = m.pane.Update(msg)
	}
	m.tell(msg)
	return m, cmd
}

// View draws nothing.
func (m *speaker) View() tea.View { return tea.NewView("") }

// press is the pane's, but for three keys: the one that shows codes tells one; enter
// on a form goes on to what must be asked next; and the line feed of a terminal that
// sends whole lines is enter only where something is typed, or alone.
func (m *speaker) press(msg tea.KeyPressMsg) tea.Cmd {
	if msg.String() == "ctrl+j" {
		alone := !m.written || m.list.filtering || m.told.cursor >= 0
		if m.written = false; !alone {
			return nil
		}
		msg = tea.KeyPressMsg{Code: tea.KeyEnter}
	} else {
		m.written = msg.String() != "enter"
	}
	m.now = m.clock()
	form, isForm := m.page.(*form)
	enrolling, isEnrolling := m.page.(*enrolPage)
	tells := key.Matches(msg, m.look.keys.hide) && m.sheet == nil
	switch {
	case tells && m.onList() && !m.list.filtering:
		m.pressed, m.toast = m.now, toast{}
		m.tellCode(m.list.account())
		return nil
	case tells && isEnrolling:
		m.pressed, m.toast = m.now, toast{}
		m.tellCode(m.list.byID(enrolling.id))
		return nil
	case isForm && msg.String() == "enter" && form.goesOn():
		msg = tea.KeyPressMsg{Code: tea.KeyTab}
	}
	_, cmd := m.pane.Update(msg)
	return cmd
}

func (m *speaker) onList() bool { return m.page == nil && m.sheet == nil }

// tell prints what differs from what was told, the answer to a key first.
func (m *speaker) tell(msg tea.Msg) {
	if m.gone || m.stopped {
		return
	}
	m.tellPage(msg)
	m.tellSheet()
	m.tellToast()
	m.tellMatter()
	m.tellFilter()
	m.tellSelection()
}

func (m *speaker) tellSheet() {
	if s := m.sheet; s != nil && s != m.told.sheet {
		m.print(s.verb + m.look.name(s.name) + s.question + " " + joinHints(s.hints()) + ".")
	}
	m.told.sheet = m.sheet
}

func joinHints(hints []hint) string {
	words := make([]string, len(hints))
	for i, h := range hints {
		words[i] = h.String()
	}
	return strings.Join(words, ", ")
}

// tellToast says a wait once: the pane counts it down.
func (m *speaker) tellToast() {
	counting := m.waiting != nil && m.waiting == m.told.waiting
	if m.toast != m.told.toast && m.toast != (toast{}) && !counting {
		m.print(m.sentence(m.toast))
	}
	m.told.toast, m.told.waiting = m.toast, m.waiting
}

// sentence leaves out the name of the account that was told last, and that the
// clipboard will clear: that is told when it happens.
func (m *speaker) sentence(t toast) string {
	text := t.text
	if t.lead == "" && t.name != "" && t.name == m.list.account().Label() && t.name == m.list.byID(m.told.selected).Label() {
		text = upperFirst(strings.TrimLeft(text, ": "))
	} else {
		text = t.lead + m.look.name(t.name) + text
	}
	if t.more != "" && !strings.HasPrefix(t.more, "Clipboard clears") {
		text += " " + t.more
	}
	return text
}

func (m *speaker) tellMatter() {
	text := ""
	if waiting := m.matters(); len(waiting) > 0 {
		text = m.sentence(waiting[0].text)
	}
	if text != m.told.matter && text != "" {
		m.print("Warning: " + text)
	}
	m.told.matter = text
}

func (m *speaker) tellFilter() {
	query := m.list.query()
	switch {
	case m.list.filtering && !m.told.filtering:
		m.print("Filter. Letters narrow the list, enter copies the first, esc shows all.")
	case query == m.told.query && m.list.filtering == m.told.filtering:
	case query == "":
		m.told.selected = untold
		m.print("All " + m.list.count() + ".")
	case len(m.list.shown) == 0:
		m.print("No account fits these letters.")
	default:
		m.told.selected = untold
	}
	m.told.query, m.told.filtering = query, m.list.filtering
}

func (m *speaker) tellSelection() {
	m.tellChosen()
	a := m.list.account()
	group, folded := m.list.here()
	selected := a.ID
	if folded {
		selected = "group " + group.key
	}
	if !m.onList() || selected == m.told.selected {
		return
	}
	switch m.told.selected = selected; {
	case folded:
		m.print("Group " + group.label + ", folded, " + plural(group.size, "account") + ".")
		return
	case a.ID != "":
		m.print(m.describe(a))
		return
	}
	if len(m.list.accounts) == 0 {
		m.print(on(m.look.keys.add, "adds one by its key,").String() + " " + on(m.look.keys.intake, "imports a picture or a file.").String())
	}
}

// tellChosen says for how many accounts the next keys are, and which keys the first
// of them brings.
func (m *speaker) tellChosen() {
	n, before := len(m.list.chosen), m.told.chosen
	m.told.chosen = n
	switch {
	case n == before:
	case n == 0:
		m.print("None chosen.")
	case before == 0:
		m.print(itoa(n) + " chosen. " + joinHints(chosenHints(m.look.keys)) + ".")
	default:
		m.print(itoa(n) + " chosen.")
	}
}

// describe is "1 of 12: GitHub, alice@example.com, pinned."
func (m *speaker) describe(a otpcore.Account) string {
	above, _ := m.list.groupBefore(m.list.selected)
	text := itoa(m.list.selected+1-above) + " of " + itoa(len(m.list.shown)-len(m.list.groups)) + ": " + m.look.name(a.Label())
	for _, mark := range []struct {
		on   bool
		word string
	}{
		{a.Pinned, "pinned"}, {a.Unfinished, "unfinished"}, {!a.Timed(), "counter-based"}, {m.list.chosen[a.ID], "chosen"}, {m.list.isSpent(a, m.now), "used"},
	} {
		if mark.on {
			text += ", " + mark.word
		}
	}
	return text + "."
}

// tellCode is the one place that prints a code, because it was asked for.
func (m *speaker) tellCode(a otpcore.Account) {
	switch drawn := m.list.drawn[a.ID]; {
	case a.ID == "":
	case a.Timed():
		r := a.At(m.now)
		m.print(m.spell(a, r.Code) + ". " + plural(seconds(r.Left), "second") + " left. Next " + m.spell(a, r.Next) + ".")
	case m.now.Before(drawn.until):
		m.print(m.spell(a, drawn.code) + ".")
	default:
		_ = m.copyDrawn(wantCopy{account: a}) // says how one is drawn
	}
}

// spell parts the characters for speech and the groups by a pause.
func (m *speaker) spell(a otpcore.Account, code string) string {
	groups := strings.Fields(m.look.grouping.group(a, code))
	for i, group := range groups {
		groups[i] = strings.Join(strings.Split(group, ""), " ")
	}
	return strings.Join(groups, ", ")
}

// spoken is a page that has words of its own for speech; its view is told instead.
type spoken interface{ spoken(f frame) view }

// tellPage prints the lines of a page that changed, of a row that lost its mark to
// another only that other one. While something is typed into a field it is silent.
func (m *speaker) tellPage(msg tea.Msg) {
	page := m.page
	switch {
	case page == nil:
		if m.told.page != nil {
			m.told.selected = untold // back on the list
		}
		m.told.page, m.told.cursor = nil, -1
		return
	case m.aside(page):
		m.page = nil
		return
	}
	if page != m.told.page {
		m.told.page, m.told.lines, m.told.cursor, m.opened = page, nil, -1, m.now
	}
	drawn, worded := m.pageView(page)
	cursor := -1
	if drawn.cursor != nil {
		cursor = drawn.cursor.Y
	}
	if key, isKey := msg.(tea.KeyPressMsg); isKey && cursor >= 0 && cursor == m.told.cursor && edits(key) {
		return
	}
	m.tellLines(drawn.lines, cursor, worded)
}

// aside are pages that are not told: one that shows a code large tells it, one that
// shows a key says where else it can be had.
func (m *speaker) aside(page screen) bool {
	switch page := page.(type) {
	case *bigPage:
		m.tellCode(m.list.byID(page.id))
	case forEyes:
		m.print(page.unspoken())
	default:
		return false
	}
	return true
}

func (m *speaker) pageView(page screen) (drawn view, worded bool) {
	f := m.frame()
	f.now = m.opened
	if page, ok := page.(spoken); ok {
		return page.spoken(f), true
	}
	return page.view(f), false
}

// edits reports a key that changes a field and nothing else.
func edits(key tea.KeyPressMsg) bool {
	return key.Text != "" || key.Code == tea.KeyBackspace || key.Code == tea.KeyLeft || key.Code == tea.KeyRight ||
		key.Code == tea.KeyDelete || key.Mod == tea.ModCtrl && strings.ContainsRune("aeukw", key.Code)
}

// tellLines leaves out the row that was typed into, unless the page words it: it
// may hold what nobody else should read.
func (m *speaker) tellLines(lines []string, cursor int, worded bool) {
	before, now := m.told.lines, map[string]bool{}
	for y, line := range lines {
		text := wide.ReplaceAllString(strings.TrimSpace(ansi.Strip(line)), ", ")
		if text == "" || now[text] || y == m.told.cursor && !worded {
			continue
		}
		now[text] = true
		bare := strings.TrimPrefix(text, m.look.chosen)
		now[bare] = true
		if marked := bare != text; !before[text] && (marked || !before[m.look.chosen+text]) {
			m.print(strings.TrimSpace(bare))
		}
	}
	m.told.lines, m.told.cursor = now, cursor
}

var (
	wide = regexp.MustCompile(` {3,}`)
	// Two blanks, which part hints on the screen, are a pause; arrows have names.
	forSpeech = strings.NewReplacer(" ,", ",", ".  ", ". ", "  ", ", ", "←", "left ", "→", "right ", "↑", "up ", "↓", "down ", "–", " to ")
	units     = regexp.MustCompile(`\b(\d+) (s|min)\b`)
)

// print writes a line for speech. The terminal is raw: a line ends in both of its
// characters.
func (m *speaker) print(text string) {
	text = units.ReplaceAllStringFunc(text, func(s string) string {
		n, unit, _ := strings.Cut(s, " ")
		unit = map[string]string{"s": "second", "min": "minute"}[unit]
		if n != "1" {
			unit += "s"
		}
		return n + " " + unit
	})
	text = outside(forSpeech.Replace(text))
	if last := text[len(text)-1:]; !strings.ContainsAny(last, ".?:,") {
		text += "."
	}
	_, _ = io.WriteString(m.out, text+"\r\n") // a terminal that is gone ends the program by itself
}

package ui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Clock is what the machine says of its clock without asking anybody.
type Clock struct {
	Known        bool          // the system can tell
	Synchronised bool          // something keeps the clock right
	Jumped       time.Duration // how far somebody moved it since the last call
}

// TimeAnswer is what a time server said.
type TimeAnswer struct {
	Offset time.Duration // to add to this machine's clock; below 0 it is ahead
	Error  time.Duration // how far Offset may be wrong to either side
	Delay  time.Duration // there and back
	Steady bool          // the answers agree with each other
}

// clockState is the part of it that lasts.
type clockState struct{ known, synchronised bool }

// clockPage says what is known of the clock, asks a time server if it is told to,
// and keeps or drops a correction. It asks nobody by itself.
type clockPage struct {
	back    want
	clock   clockState
	kept    time.Duration // the correction that acts on all accounts
	own     int           // accounts with one of their own
	server  field
	asking  bool
	answer  *TimeAnswer
	from    string // who answered
	failure string
}

// wantClock opens the page.
type wantClock struct{ back want }

func (w wantClock) fulfil(p *pane) tea.Cmd {
	page := &clockPage{back: w.back, clock: p.clockNow, kept: p.config.Vault.Correction(), server: newField("server")}
	for _, a := range p.list.accounts {
		if a.Timed() && a.Correction != 0 {
			page.own++
		}
	}
	page.server.set(p.config.TimeServer)
	return wantPage{page}.fulfil(p)
}

// rows is the least height that has the server, its answer, and the keys.
func (m *clockPage) rows() int { return 6 }

func (m *clockPage) paste(text string, _ frame) want {
	m.server.paste(text)
	return nil
}

func (m *clockPage) press(msg tea.KeyPressMsg, _ frame) want {
	switch name := msg.String(); {
	case name == "esc":
		return m.back
	case m.asking:
	case name == "enter" && m.correction() != 0:
		return wantCorrect{by: m.kept + m.correction(), back: m.back}
	case name == "enter":
		if server := strings.TrimSpace(m.server.value()); server != "" {
			m.asking, m.failure, m.answer = true, "", nil
			return wantTime{m, server}
		}
	case name == "ctrl+d" && m.kept != 0:
		return wantCorrect{back: m.back}
	default:
		m.answer = nil
		m.server.press(msg)
	}
	return nil
}

// correction is what the answer would add to the correction that acts; 0 if there
// is nothing to mend.
func (m *clockPage) correction() time.Duration {
	if m.answer == nil || !m.answer.Steady {
		return 0
	}
	if left := (m.answer.Offset - m.kept).Round(time.Second); left.Abs() >= 2*time.Second {
		return left
	}
	return 0
}

// wantTime asks a server: the one moment in which the pane uses a network, and only
// because a person pressed a key.
type wantTime struct {
	page   *clockPage
	server string
}

func (w wantTime) fulfil(p *pane) tea.Cmd {
	if p.config.AskTime == nil {
		w.page.asking = false
		p.say(toast{text: "No network from here. V compares a code instead.", short: "no network", tone: toneWarn})
		return nil
	}
	ctx, ask := p.reading(), p.config.AskTime
	return func() tea.Msg {
		answer, err := ask(ctx, w.server)
		return timeAnswered{w.page, w.server, answer, err}
	}
}

type timeAnswered struct {
	page   *clockPage
	server string
	answer TimeAnswer
	err    error
}

func (p *pane) timeAnswered(msg timeAnswered) {
	m := msg.page
	if p.page != screen(m) {
		return
	}
	m.asking = false
	if msg.err != nil {
		m.failure = upperFirst(cause(msg.err)) + "."
		return
	}
	m.answer, m.from = &msg.answer, msg.server
}

func (m *clockPage) view(f frame) view {
	l := f.look
	lines := []string{titleLine(f, "Clock", f.now.Format("15:04:05 MST"))}
	if f.height >= 10 {
		lines = append(lines, "")
	}
	for _, text := range m.facts() {
		for _, line := range wrap(text, f.width-2) {
			lines = append(lines, " "+l.text.paint(line))
		}
	}
	answer := m.said(f)
	if room := f.height - 2 - len(answer); len(lines) > room {
		lines = lines[:max(room, 1)]
	}
	text, at := m.server.draw(max(f.width-15, 1))
	cursor := tea.NewCursor(14+at, len(lines))
	lines = append(append(lines, " "+l.muted.paint("time server  ")+l.text.paint(text)), answer...)
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints(m.hints(f), hint{}, f.width)), cursor: cursor}
}

// facts are what is known without a network.
func (m *clockPage) facts() []string {
	facts := []string{"The system cannot say whether its clock is right."}
	switch {
	case m.clock.known && m.clock.synchronised:
		facts[0] = "The system keeps its clock synchronised."
	case m.clock.known:
		facts[0] = "The system says its clock is not synchronised."
	}
	if m.kept != 0 {
		facts = append(facts, "All codes are corrected by "+inSeconds(m.kept)+": the clock is "+aheadOrBehind(m.kept)+".")
	}
	if m.own > 0 {
		facts = append(facts, plural(m.own, "account")+" with a correction of its own.")
	}
	return append(facts, "Time zones do not matter.")
}

func aheadOrBehind(offset time.Duration) string {
	if offset < 0 {
		return "ahead"
	}
	return "behind"
}

func (m *clockPage) said(f frame) (lines []string) {
	l := f.look
	put := func(sign ink, mark, text string) { lines = append(lines, l.marked(sign, mark, text, f.width)...) }
	switch {
	case m.asking:
		lines = append(lines, " "+walk(l, f.now.Second()))
	case m.failure != "":
		put(l.warn, l.warning, m.failure)
	case m.answer != nil:
		put(l.accent, l.following, m.sentence())
	}
	return lines
}

func (m *clockPage) sentence() string {
	a := m.answer
	precision := fmt.Sprintf(" (±%s, after %s)", short(a.Error), short(a.Delay))
	switch {
	case !a.Steady:
		return "Its answers do not agree with each other: do not rely on them."
	case a.Offset.Abs() <= max(a.Error, 500*time.Millisecond):
		return "This clock is right" + precision + "."
	}
	text := "This clock is " + short(a.Offset.Abs()) + " " + aheadOrBehind(a.Offset) + precision + "."
	if m.kept != 0 && m.correction() == 0 {
		text += " With the correction codes are right."
	}
	return text
}

// short is a duration in the unit that people would use.
func short(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", max(d.Milliseconds(), 1))
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func (m *clockPage) hints(f frame) []hint {
	hints := []hint{{"enter", "ask it; it sees this machine's address"}}
	if f.width < 60 {
		hints[0].does = "ask it"
	}
	if by := m.correction(); by != 0 {
		hints = []hint{{"enter", "correct by " + inSeconds(m.kept+by)}}
	}
	if m.kept != 0 {
		hints = append(hints, hint{"ctrl-d", "drop the correction"})
	}
	if m.asking {
		hints = nil
	}
	return append(hints, hint{"esc", "back"})
}

// Matters of the clock are marks in the header: a machine without a time service
// would have a banner for ever.
func (p *pane) unsynchronised() (matter, bool) {
	if !p.clockNow.known || p.clockNow.synchronised || p.config.Vault.Correction() != 0 {
		return matter{}, false
	}
	return p.clockMatter(unsynchronisedMatter, "clock unsure"), true
}

func (p *pane) corrected() (matter, bool) {
	by := p.config.Vault.Correction()
	if by == 0 {
		return matter{}, false
	}
	return p.clockMatter(correctedMatter, "codes corrected by "+inSeconds(by)), true
}

func (p *pane) clockMatter(kind matterKind, mark string) matter {
	return matter{
		kind: kind, mark: mark,
		text: toast{text: upperFirst(mark) + ".", more: on(p.look.keys.clock, "check").String(), tone: toneWarn},
		open: func(*pane) want { return wantClock{back: wantBack{}} },
	}
}

// clockEvery is how often the system is asked about its clock.
const clockEvery = time.Minute

// lookAtClock asks the system; it costs a system call.
func (p *pane) lookAtClock() {
	if p.config.Clock == nil || p.now.Sub(p.clockSeen) < clockEvery && !p.now.Before(p.clockSeen) {
		return
	}
	c := p.config.Clock()
	p.clockSeen, p.clockNow = p.now, clockState{c.Known, c.Synchronised}
	if c.Jumped != 0 {
		p.say(toast{text: "Somebody moved the clock by " + inSeconds(c.Jumped) + ".", more: on(p.look.keys.clock, "check").String(), short: "clock moved", tone: toneWarn, lasts: undoFor})
	}
}

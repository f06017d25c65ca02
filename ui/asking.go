package ui

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/ui/agent"
)

// question is a program that wants codes and waits for a person to say so. It waits
// as the inbox does, for a moment in which nothing else is open and nobody types,
// but its clock runs: whoever does not answer has refused.
type question struct {
	agent.Question
	answer chan bool // holds one

	from  agent.Peer // fit to be drawn, its folder as a shell shows it
	about string     // the account's label, or how many there are
	sheet *sheet
	told  bool // that it waits behind something else
}

// ask is called by the agent, off the loop, and waits.
func (r *agentRun) ask(ctx context.Context, asked agent.Question) bool {
	q := &question{Question: asked, answer: make(chan bool, 1)}
	r.mail.put(func(l *letter) { l.asked = append(l.asked, q) })
	select {
	case yes := <-q.answer:
		return yes
	case <-ctx.Done():
		r.mail.put(func(l *letter) { l.withdraw(q) })
		return false
	}
}

// withdraw takes a question back. One that the pane has not seen was never there, so
// a program that asks and leaves all the time fills nothing.
func (l *letter) withdraw(q *question) {
	if i := slices.Index(l.asked, q); i >= 0 {
		l.asked = slices.Delete(l.asked, i, i+1)
		return
	}
	l.left = append(l.left, q)
}

// bellEvery bounds the bells of a program that asks again and again.
const bellEvery = 3 * time.Second

// enqueue lets new questions wait for their turn. One bell says so, for a pane that
// nobody looks at: a multiplexer marks its window.
func (p *pane) enqueue(questions []*question) tea.Cmd {
	if len(questions) == 0 {
		return nil
	}
	for _, q := range questions {
		q.prepare(p.home())
		p.serving.waiting = append(p.serving.waiting, q)
	}
	var bell tea.Cmd
	if !p.plain && p.now.Sub(p.serving.rang) >= bellEvery {
		p.serving.rang = p.now
		bell = tea.Raw("\a")
	}
	return tea.Batch(p.rise(), bell)
}

func (q *question) prepare(home string) {
	one := newRequest(agent.Event{Peer: q.Peer, Accounts: q.Accounts})
	q.from, q.about = one.from, one.about
	q.from.Dir = below(home, q.from.Dir)
	q.sheet = &sheet{
		verb: q.who() + " wants ", name: q.wants(), question: ". " + q.terms() + " Silence for " + itoa(seconds(q.Until.Sub(q.At))) + " s means no.",
		yes: hint{"y", "give"}, no: hint{"n", "refuse"}, asks: q,
	}
}

func (p *pane) home() string {
	if p.config.Expand == nil {
		return ""
	}
	return p.config.Expand("~")
}

// below is a folder as a shell shows it.
func below(home, dir string) string {
	if rest, ok := strings.CutPrefix(dir, home); ok && home != "" && (rest == "" || rest[0] == '/') {
		return "~" + rest
	}
	return dir
}

// asksNow reports that a question is on the screen.
func (p *pane) asksNow() bool { return p.sheet != nil && p.sheet.asks != nil }

// calmFor is the least time between a question that went by itself and the next. With
// hands that must have rested since their last key, it leaves the list to whoever sits
// here, though a program asked and left all the time: to lock, or to switch this off.
const calmFor = 2 * time.Second

// closeQuestion takes the question from the screen that nobody answered.
func (p *pane) closeQuestion() {
	if p.asksNow() {
		p.sheet, p.serving.shut = nil, p.now
	}
}

// attend brings the question that waits longest before whoever sits here: at once,
// or as a line if something else is open. A pane with no room for it refuses.
func (p *pane) attend() tea.Cmd {
	first := p.serving.waiting[0]
	switch {
	case p.gone:
	case p.frame().small():
		for _, q := range p.serving.waiting {
			q.answer <- false
		}
		p.serving.waiting = nil
		p.closeQuestion()
		p.say(toast{name: first.from.Program, text: " refused: needs 24x3.", short: "needs 24x3", tone: toneWarn})
	case p.asksNow():
	case p.page == nil && p.sheet == nil && !p.list.filtering:
		if p.now.Sub(p.pressed) >= handsRest && p.now.Sub(p.serving.shut) >= calmFor {
			return p.raise(first.sheet)
		}
	case !first.told:
		first.told = true
		p.sayWaiting(first)
	}
	return nil
}

// sayWaiting says in a line that a question waits behind something else.
func (p *pane) sayWaiting(q *question) {
	p.say(toast{
		name: shortly(q.from), text: " asks for a code.", more: on(p.look.keys.back, "shows the question.").String(),
		short: "asked", tone: toneWarn, lasts: q.Until.Sub(p.now),
	})
}

// wantQuestionFirst leaves a key undone that was probably meant for the question that
// waits.
type wantQuestionFirst struct{}

func (wantQuestionFirst) fulfil(p *pane) tea.Cmd {
	p.sayWaiting(p.serving.waiting[0])
	return nil
}

// forget drops a question whose time is over, or that nobody asks any more.
func (p *pane) forget(q *question) {
	i := slices.Index(p.serving.waiting, q)
	if i < 0 {
		return
	}
	p.serving.waiting = slices.Delete(p.serving.waiting, i, i+1)
	switch {
	case p.sheet == q.sheet:
		p.closeQuestion()
	case !q.told: // nobody has heard of it, but the log
		return
	}
	said := toast{name: shortly(q.from), text: " does not ask any more.", short: "asked no more"}
	if !p.now.Before(q.Until) {
		said = toast{name: shortly(q.from), text: " got no code: nobody answered.", short: "no answer"}
	}
	p.say(said)
}

// slipped reports a key that was meant for a question which has just gone away, by
// itself or by the same key, held down or struck twice: in the list, n would copy a
// code, and q end the pane.
func (p *pane) slipped(msg tea.KeyPressMsg) bool {
	justNow := func(then time.Time) bool { since := p.now.Sub(then); return since >= 0 && since < handsRest }
	return p.page == nil && p.sheet == nil && (justNow(p.serving.shut) || justNow(p.serving.answered)) &&
		slices.Contains([]string{"y", "n", "esc", "q"}, msg.String())
}

// wantAnswer gives or refuses.
type wantAnswer struct {
	question *question
	yes      bool
}

func (w wantAnswer) fulfil(p *pane) tea.Cmd {
	q := w.question
	p.serving.waiting = slices.DeleteFunc(p.serving.waiting, func(other *question) bool { return other == q })
	p.sheet, p.toast, p.serving.answered = nil, toast{}, p.now
	q.answer <- w.yes
	if w.yes {
		p.serving.promised = q
	} else {
		p.say(toast{name: q.about, text: " refused to " + shortly(q.from) + ".", short: "refused"})
	}
	return nil
}

// press answers. Every way out but yes is a no, for good: a question that came back
// would only be in the way.
func (q *question) press(msg tea.KeyPressMsg) want {
	switch msg.String() {
	case "y":
		return wantAnswer{q, true}
	case "n", "esc", "q":
		return wantAnswer{q, false}
	case "ctrl+z": // it must not hold anybody here who was on the way to the shell
		return wantSuspend{}
	}
	return nil
}

// endsWith recognises what became of a question that got a yes. A list ends in several
// ways at once, of which the codes that went out are the one.
func (q *question) endsWith(r request) bool {
	if q.from.PID != r.from.PID || q.from.Program != r.from.Program {
		return false
	}
	return q.several() && r.verdict == agent.Given || q.about == r.about
}

func (q *question) several() bool { return len(q.Accounts) > 1 }

func (q *question) wants() string {
	if q.several() {
		return "the codes of " + q.about
	}
	return q.about
}

func (q *question) terms() string {
	if q.several() {
		return "Their codes, once."
	}
	return "One code, once."
}

// who is "aws-vault (pid 4711, ~/infra)".
func (q *question) who() string { return q.named(programRoom, folderRoom) }

// Columns of a program's name and folder where there is room for all: whoever chose
// them did not choose how much of the question they take.
const programRoom, folderRoom = 24, 32

func (q *question) named(program, folder int) string {
	name := strings.TrimRight(cut(q.from.Program, program, "…"), " ")
	var more []string
	if q.from.PID > 0 {
		more = append(more, "pid "+itoa(q.from.PID))
	}
	if q.from.Dir != "" && folder > 0 {
		more = append(more, cutFront(q.from.Dir, folder))
	}
	if len(more) == 0 {
		return name
	}
	return name + " (" + strings.Join(more, ", ") + ")"
}

// line is the question in one row. The account is what is decided about: the folder
// gives way to it, then the number of the process, then the program's name.
func (q *question) line(f frame) string {
	wanted := " wants " + f.look.name(q.wants()) + "."
	room := f.width - 1 - width(wanted)
	bare := strings.TrimRight(cut(q.from.Program, programRoom, "…"), " ")
	for _, who := range []string{q.who(), q.named(programRoom, 12), q.named(programRoom, 0), bare} {
		if width(who) <= room {
			return who + wanted
		}
	}
	const least = 6
	if room >= least {
		return strings.TrimRight(cut(bare, room, f.look.cut), " ") + wanted
	}
	who := strings.TrimRight(cut(bare, least, f.look.cut), " ") + ": "
	return who + q.fitted(f, f.width-1-width(who)-1) + "?"
}

// fitted cuts the account's issuer before its name, which tells it from others.
func (q *question) fitted(f frame, columns int) string {
	short := func(s string, columns int) string { return strings.TrimRight(cut(s, columns, f.look.cut), " ") }
	label := f.look.name(q.wants())
	if width(label) <= columns || q.several() || q.Accounts[0].Issuer == "" || q.Accounts[0].Name == "" {
		return short(label, columns)
	}
	issuer, name := outside(q.Accounts[0].Issuer), outside(q.Accounts[0].Name)
	forIssuer, forName := shareOut(width(issuer), width(name), columns-1, true)
	return short(issuer, forIssuer) + " " + short(name, forName)
}

// means is what the answer does, and the time that is left for it.
func (q *question) means(f frame) string {
	cells := 10
	if f.width < 40 {
		cells = 5
	}
	clock, columns := q.clock(f, cells)
	room := f.width - 2 - columns
	text := first(room-1, q.terms()+" Silence means no.", "Silence means no.")
	return " " + f.look.muted.paint(text) + blanks(room-width(text)) + clock
}

// clock is a bar of cells, if there are any, and the seconds.
func (q *question) clock(f frame, cells int) (text string, columns int) {
	left := min(max(seconds(q.Until.Sub(f.now)), 0), seconds(q.Until.Sub(q.At)))
	c := clock{seconds: left, period: seconds(q.Until.Sub(q.At))}
	label := right(itoa(left)+"s", 5)
	if cells == 0 {
		return f.look.muted.paint(label), width(label)
	}
	return c.drawBar(f.look, cells, true, true) + f.look.muted.paint(label), cells + width(label)
}

// cutFront keeps the end of a path.
func cutFront(path string, columns int) string {
	for width(path) > columns {
		_, rest, found := strings.Cut(strings.TrimPrefix(path, "…/"), "/")
		if !found {
			return strings.TrimRight(cut(path, columns, "…"), " ")
		}
		path = "…/" + rest
	}
	return path
}

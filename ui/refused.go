package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/vault"
)

// refusedPage finds out why a site does not take an account's codes: what can be
// known at once, and what a code would fit that the site took or another device
// shows. As the page that verifies a code it says only whether the code is right.
type refusedPage struct {
	list   *list
	id     string
	back   want // where the page was opened from
	refuse bool // the site refused; else a code is to be verified

	code    field
	typed   []otpcore.Typed // that fit together so far, the oldest first
	verdict string
	found   *otpcore.Diagnosis
	notice  string
	clock   clockState
	used    bool // the code of this period was handed out before
}

func newRefusedPage(p *pane, id string, back want, refuse bool) *refusedPage {
	return &refusedPage{
		list: &p.list, id: id, back: back, refuse: refuse, code: newField("code"),
		clock: p.clockNow, used: p.list.isSpent(p.list.byID(id), p.now),
	}
}

// wantRefused opens the diagnosis, or the check of a code.
type wantRefused struct {
	id     string
	back   want
	refuse bool
}

func (w wantRefused) fulfil(p *pane) tea.Cmd {
	if p.unsavedAccount(p.list.byID(w.id)) {
		return nil
	}
	return wantPage{newRefusedPage(p, w.id, w.back, w.refuse)}.fulfil(p)
}

// shows is the account whose page this is.
func (m *refusedPage) shows() string { return m.id }

// rows is the least height that has the field, what it found, and the keys.
func (m *refusedPage) rows() int { return 6 }

func (m *refusedPage) paste(text string, f frame) want {
	m.code.paste(text)
	return nil
}

// press gives letters to the field, but for those that act on what was found.
func (m *refusedPage) press(msg tea.KeyPressMsg, f frame) want {
	empty := m.code.value() == ""
	switch name := msg.String(); {
	case name == "esc":
		return m.back
	case name == "enter" && !empty:
		m.judge(f)
	case name == "enter":
		return m.mend()
	case name == "a" && empty && m.byClock():
		return m.correct(true)
	case empty && key.Matches(msg, f.look.keys.clock):
		return wantClock{back: wantRefused{m.id, m.back, m.refuse}}
	default:
		m.notice = ""
		m.code.press(msg)
	}
	return nil
}

// judge compares what was typed with the account, and with what it might be.
func (m *refusedPage) judge(f frame) {
	a := m.list.byID(m.id)
	code := otpcore.Typed{Code: m.code.value(), At: f.now, Spent: m.used}
	all := append(slices.Clone(m.typed), code)
	d, err := otpcore.Diagnose(a, all, m.list.accounts)
	if err == nil && len(d.Findings) == 0 && len(m.typed) > 0 { // a code of another account, or a typing error before
		all = all[len(all)-1:]
		d, err = otpcore.Diagnose(a, all, m.list.accounts)
	}
	v, verifyErr := otpcore.Verify(a, code.Code, f.now)
	if length := new(otpcore.CodeLengthError); err == nil && len(d.Findings) == 0 && errors.As(verifyErr, &length) {
		err = length // likelier than another key
	}
	if err != nil {
		m.notice = upperFirst(err.Error())
		if !strings.HasSuffix(m.notice, "?") {
			m.notice += "."
		}
		return
	}
	m.typed, m.found, m.notice, m.verdict = all, &d, "", ""
	if verifyErr == nil && v.Right() {
		m.verdict = upperFirst(v.String()) + "."
	}
	m.code.set("")
}

// finding is the most plausible explanation; ok is false if there is none.
func (m *refusedPage) finding() (otpcore.Finding, bool) {
	if m.found == nil || len(m.found.Findings) == 0 {
		return otpcore.Finding{}, false
	}
	return m.found.Findings[0], true
}

// byClock reports that nothing but the clock is wrong.
func (m *refusedPage) byClock() bool {
	f, ok := m.finding()
	return ok && slices.Equal(f.Changes, []otpcore.Change{otpcore.ChangeClock})
}

// mend does what the finding asks for.
func (m *refusedPage) mend() want {
	a := m.list.byID(m.id)
	f, ok := m.finding()
	switch {
	case !ok || f.Right():
		return nil
	case m.byClock():
		return m.correct(false)
	case f.Has(otpcore.ChangeAccount):
		return wants{wantBack{}, wantSelect{f.Account.ID}}
	}
	fits := a
	fits.Kind, fits.Algorithm, fits.Digits = f.Account.Kind, f.Account.Algorithm, f.Account.Digits
	fits.Period, fits.Counter = f.Account.Period, f.Account.Counter
	return wantRules{a, fits}
}

// correct keeps what the clock is off, for all accounts or for this one alone.
func (m *refusedPage) correct(alone bool) want {
	a := m.list.byID(m.id)
	f, _ := m.finding()
	if alone {
		return wantCorrect{account: a, by: a.Correction + f.Clock.Offset()}
	}
	return wantCorrect{by: a.VaultCorrection + f.Clock.Offset()}
}

func (m *refusedPage) view(f frame) view {
	l := f.look
	a := m.list.byID(m.id)
	end := "verify"
	if m.refuse {
		end = "refused"
	}
	head := []string{titleLine(f, l.name(a.Label()), end)}
	if f.height >= 10 {
		head = append(head, "")
	}
	ask, cursorAt := m.asking(f)
	said := m.said(f)
	checks := m.checks(f, a)
	if room := f.height - len(head) - 1 - len(said) - 1; len(checks)+1 > room {
		checks = checks[:max(min(room, len(checks)), 0)]
	} else if len(checks) > 0 {
		checks = append(checks, "")
	}
	lines := append(head, checks...)
	cursor := tea.NewCursor(cursorAt, len(lines))
	lines = append(append(lines, ask), said...)
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints(m.hints(f), hint{}, f.width)), cursor: cursor}
}

// asking is the row with the field, and the column of its cursor.
func (m *refusedPage) asking(f frame) (string, int) {
	label := "A code the site took or another device shows: "
	if !m.refuse {
		label = "A code to compare with this account: "
	}
	if width(label)+14 > f.width {
		label = "a code: "
	}
	text, at := m.code.draw(max(f.width-width(label)-2, 1))
	return " " + f.look.text.paint(label) + f.look.code.paint(text), 1 + width(label) + at
}

// checks are what can be known before anything is typed.
func (m *refusedPage) checks(f frame, a otpcore.Account) (lines []string) {
	if !m.refuse {
		return nil
	}
	say := func(fine bool, text string) {
		sign := f.look.accent.paint(f.look.spent)
		if !fine {
			sign = f.look.warn.paint(f.look.warning)
		}
		lines = append(lines, " "+sign+" "+f.look.text.paint(cut(text, f.width-4, f.look.cut)))
	}
	if a.Timed() {
		say(!m.used, either(m.used, "a code of this period was handed out: sites take one once", "the code was not used before"))
	}
	if others := m.namesakes(a); len(others) > 0 {
		say(false, "is it this one? Also here: "+strings.Join(others, ", "))
	} else if a.Issuer != "" {
		say(true, "no other "+outside(a.Issuer)+" account here")
	}
	if by := a.Corrections(); by != 0 {
		say(false, "its codes are corrected by "+inSeconds(by))
	}
	if a.Timed() && m.clock.known {
		say(m.clock.synchronised, either(m.clock.synchronised, "the system keeps its clock synchronised", "the system says its clock is not synchronised"))
	}
	return lines
}

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// namesakes are the names of the other accounts at the same site.
func (m *refusedPage) namesakes(a otpcore.Account) (names []string) {
	for _, other := range m.list.accounts {
		if a.Issuer != "" && other.ID != a.ID && other.ID != a.Replaces && strings.EqualFold(other.Issuer, a.Issuer) {
			names = append(names, namedOr(other.Name))
		}
	}
	return names
}

// namedOr is a name, or a word for none.
func namedOr(name string) string {
	if name == "" {
		return "one without a name"
	}
	return outside(name)
}

// said is the answer to what was typed.
func (m *refusedPage) said(f frame) (lines []string) {
	l := f.look
	put := func(sign ink, mark, text string) { lines = append(lines, l.marked(sign, mark, text, f.width)...) }
	switch finding, ok := m.finding(); {
	case m.notice != "":
		put(l.warn, l.warning, m.notice)
	case m.found == nil:
	case m.verdict != "":
		put(l.accent, l.spent, m.verdict)
		if m.refuse && ok {
			put(l.muted, l.following, finding.Sentence())
		}
	case !ok:
		put(l.warn, l.warning, m.found.Sentence())
	default:
		put(l.accent, l.following, finding.Sentence())
		if doubt := m.found.Doubt(); doubt != "" {
			put(l.muted, " ", doubt)
		}
		if finding.Has(otpcore.ChangeClock) {
			put(l.muted, " ", "Time zones do not matter.")
		}
	}
	return lines
}

func (m *refusedPage) hints(f frame) []hint {
	clock, back := on(f.look.keys.clock, "clock"), hint{"esc", "back"}
	finding, ok := m.finding()
	switch {
	case m.code.value() != "" || m.found == nil:
		return []hint{{"enter", "compare"}, back, clock}
	case !ok || finding.Right():
		return []hint{{"0–9", "another code"}, back, clock}
	case m.byClock():
		return []hint{{"enter", "correct by " + inSeconds(finding.Clock.Offset())}, {"a", "only here"}, clock, back}
	case finding.Has(otpcore.ChangeAccount):
		return []hint{{"enter", "go there"}, back}
	}
	return []hint{{"enter", "change it"}, {"0–9", "another code"}, back}
}

// inSeconds is a correction in words: "94 s", whichever way it goes.
func inSeconds(d time.Duration) string {
	return fmt.Sprintf("%d s", int(d.Abs().Round(time.Second)/time.Second))
}

// wantSelect moves the selection.
type wantSelect struct{ id string }

func (w wantSelect) fulfil(p *pane) tea.Cmd {
	p.list.selectID(w.id)
	return nil
}

// wantRules changes how an account's codes are made, and goes on where its
// registration was.
type wantRules struct{ was, is otpcore.Account }

func (w wantRules) fulfil(p *pane) tea.Cmd {
	if p.unsavedAccount(w.was) {
		return nil
	}
	result := saved{id: w.is.ID, closes: true, then: goingOn(w.is),
		toast: toast{name: w.is.Label(), text: " is " + typeLine(w.is) + " now.", short: "changed", tone: toneDone}}
	return p.save(result, func(d *vault.Draft) error { return d.Change(w.was, w.is) }, replaced(w.is))
}

// goingOn returns to an account's registration if that is not over.
func goingOn(a otpcore.Account) func(string) want {
	return func(string) want {
		if a.Unfinished {
			return wantEnrol{id: a.ID}
		}
		return wantBack{}
	}
}

// wantCorrect keeps a correction of the clock: for one account, or for all if there
// is none.
type wantCorrect struct {
	account otpcore.Account
	by      time.Duration
	back    want
}

func (w wantCorrect) fulfil(p *pane) tea.Cmd {
	a := w.account
	if a.ID != "" && p.unsavedAccount(a) {
		return nil
	}
	result := saved{id: p.list.account().ID, closes: true, then: goingOn(p.list.account()), toast: toast{
		text: "All codes are corrected by " + inSeconds(w.by) + " now.", short: "corrected", tone: toneDone,
	}}
	if page, ok := p.page.(*refusedPage); ok {
		result.then = goingOn(p.list.byID(page.id))
	}
	if w.back != nil {
		result.then = func(string) want { return w.back }
	}
	if w.by == 0 {
		result.toast.text, result.toast.short = "No correction acts any more.", "as the clock"
	}
	if a.ID == "" {
		nothing := func(have []otpcore.Account) []otpcore.Account { return have }
		return p.save(result, func(d *vault.Draft) error { return d.SetCorrection(w.by) }, nothing)
	}
	corrected := a
	corrected.Correction = w.by
	result.toast.name, result.toast.text = a.Label(), " is corrected by "+inSeconds(w.by)+" now."
	return p.save(result, func(d *vault.Draft) error { return d.Change(a, corrected) }, replaced(corrected))
}

package ui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/vault"
)

// enrolPage carries an account from being saved to being registered: its code,
// large, to be typed on the site, and the site's answer. The key is on disk before
// the page opens; a crash between here and the answer loses nothing.
type enrolPage struct {
	list     *list
	id       string
	pictures []string // that the key came from: offered for removal at the end
}

// The steps of a registration, as the titles of its pages count them.
const (
	stepKey = iota
	stepCheck
	stepType
	stepAnswer
	stepRecovery
)

var steps = []string{"key", "check", "type", "answer", "recovery"}

// stepTitle names the account and the step: all of them where there is room, so
// that nobody stops half-way and believes to be done.
func stepTitle(f frame, title string, step int) string {
	l := f.look
	strip, plainStrip := "", ""
	for i, name := range steps {
		text, ink := itoa(i+1)+" "+name, l.muted
		if i == step {
			ink = l.accent
		}
		if i > 0 {
			strip, plainStrip = strip+blanks(2), plainStrip+blanks(2)
		}
		strip, plainStrip = strip+ink.paint(text), plainStrip+text
	}
	if room := f.width - 2 - width(plainStrip); room > min(width(title), 16) {
		title = cut(title, room-1, l.cut)
		return " " + l.title.paint(title) + blanks(room-width(title)) + strip
	}
	return titleLine(f, title, "step "+itoa(step+1)+"/"+itoa(len(steps)))
}

// shows is the account whose page this is.
func (e *enrolPage) shows() string { return e.id }

func (e *enrolPage) paste(string, frame) want { return nil }

// rows is the least height that has the code, both sentences and the keys.
func (e *enrolPage) rows() int { return 6 }

// keys are the list's beside the site's two answers.
func (e *enrolPage) keys(f frame) keymap { return f.look.keys.beside("y", "r") }

func (e *enrolPage) press(msg tea.KeyPressMsg, f frame) want {
	keys := e.keys(f)
	a := e.list.byID(e.id)
	switch {
	case msg.String() == "y":
		return wantFinish{a, e.pictures}
	case msg.String() == "r":
		return wantRefused{e.id, wantEnrol{e.id, e.pictures}, true}
	case key.Matches(msg, keys.back, keys.quit):
		return wants{wantDone{e.pictures}, wantSay{text: "Not registered until the site takes its code.  " + on(keys.big, "finish").String(), short: "unfinished", tone: toneWarn}}
	case key.Matches(msg, keys.edit):
		form := newEditForm(a)
		form.back = wantEnrol{e.id, e.pictures}
		return wantPage{form}
	}
	return e.list.pressCode(a, msg, keys, f)
}

func (e *enrolPage) view(f frame) view {
	l := f.look
	a := e.list.byID(e.id)
	r := e.list.lineOf(a, f.now, f.guard)
	code, placeholder := r.codeText(l)
	digits := bigDigits(code, f.width, f.height-1, l.block)
	style := l.code
	if placeholder {
		style = l.muted
	}
	margin := max((f.width-width(digits[0]))/2, 1)
	lines := []string{stepTitle(f, l.name(a.Label()), stepType)}
	roomy := f.height >= len(digits)+8
	spaced := func() {
		if roomy {
			lines = append(lines, "")
		}
	}
	spaced()
	lines = append(lines, " "+l.text.paint(cut(e.task(f, r), f.width-1, l.cut)))
	spaced()
	for _, row := range digits {
		lines = append(lines, blanks(margin)+style.paint(row))
	}
	lines = append(lines, belowDigits(f, r, margin, width(digits[0]))[0])
	spaced()
	lines = append(lines, " "+l.warn.paint(e.warning(f, a)))
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints(e.hints(f, r), hint{}, f.width))}
}

func (e *enrolPage) task(f frame, r line) string {
	if !r.account.Timed() && r.drawn == "" {
		return "Saved. " + on(f.look.keys.advance, "draws the code that the site asks for.").String()
	}
	return "Saved. Type this code on the site:"
}

// warning is the sentence that help pages print in bold, as long as there is room.
func (e *enrolPage) warning(f frame, a otpcore.Account) string {
	sentences := []string{"Not registered until the site takes it.", "Not registered yet."}
	if a.Replaces != "" {
		sentences = append([]string{sentences[0] + " The old key stays until then."}, sentences...)
	}
	for _, text := range sentences {
		if width(text) < f.width {
			return text
		}
	}
	return ""
}

func (e *enrolPage) hints(f frame, r line) []hint {
	keys := e.keys(f)
	hints := []hint{{"y", "it took it"}, {"r", "refused"}}
	switch {
	case !r.account.Timed() && r.drawn == "":
		hints = append([]hint{on(keys.advance, "draw a code")}, hints...)
	case r.hidden:
		hints = append(hints, on(keys.hide, "show"), on(keys.copy, "copy"))
	default:
		hints = append(hints, on(keys.copy, "copy"), on(keys.hold, "hold"))
	}
	return append(hints, on(keys.back, "later"), on(keys.edit, "change"))
}

// wantEnrol opens an account's registration where it stands.
type wantEnrol struct {
	id       string
	pictures []string
}

func (w wantEnrol) fulfil(p *pane) tea.Cmd {
	if p.unsavedAccount(p.list.byID(w.id)) {
		return nil
	}
	page := &enrolPage{list: &p.list, id: w.id, pictures: w.pictures}
	if !p.fits(page) {
		return wantDone{w.pictures}.fulfil(p) // saved and marked is enough here
	}
	p.page = page
	return nil
}

// enrol opens the registration of what was just saved.
func enrol(pictures []string) func(id string) want {
	return func(id string) want { return wantEnrol{id, pictures} }
}

// wantDone returns to the list, and offers to delete what the key came from.
type wantDone struct{ pictures []string }

func (w wantDone) fulfil(p *pane) tea.Cmd {
	wantBack{}.fulfil(p)
	if len(w.pictures) > 0 && p.config.Remove != nil && !p.frame().small() {
		p.sheet = removeSheet(p.full, w.pictures)
	}
	p.askInbox(w.pictures)
	return nil
}

// unfinishedSheet asks before somebody leaves who may believe to be registered.
func unfinishedSheet(unfinished []otpcore.Account, keys keymap) *sheet {
	s := &sheet{
		name: unfinished[0].Label(), question: " is not registered yet. Quit?",
		yes: hint{"y", "quit"}, no: hint{"n", "stay"}, act: wantLeave{Quit, true},
		also: on(keys.big, "finish"), other: wantEnrol{id: unfinished[0].ID},
	}
	if n := len(unfinished); n > 1 {
		s.name, s.question = plural(n, "account"), " unfinished. Quit?"
	}
	return s
}

// wantFinish says that the site has taken a code. A new key for an account that
// was there before moves into it.
type wantFinish struct {
	account  otpcore.Account
	pictures []string
}

func (w wantFinish) fulfil(p *pane) tea.Cmd {
	a := w.account
	if a.ID == "" || p.unsavedAccount(a) {
		return nil
	}
	kept := finished(a, p.list.byID(a.Replaces))
	left := kept.ID
	result := saved{
		id: kept.ID, closes: true, then: func(string) want { return wantRecoveryStep{left, w.pictures} },
		toast: toast{name: kept.Label(), text: " is registered.", short: "registered", tone: toneDone},
	}
	return p.save(result, func(d *vault.Draft) (err error) {
		if left, err = d.Finish(a.ID); err != nil || a.Replaces == "" || left != a.ID {
			return err
		}
		own, _ := d.Account(left) // its predecessor was deleted meanwhile: the name is free
		own.Name = otpcore.FreeName(d.Accounts(), own.Issuer, withoutMark(own.Name))
		return d.Set(own)
	}, func(have []otpcore.Account) []otpcore.Account {
		if kept.ID != a.ID {
			have = removed([]otpcore.Account{a})(have)
		}
		return replaced(kept)(have)
	})
}

// finished is what vault.Draft.Finish makes of an account.
func finished(a, old otpcore.Account) otpcore.Account {
	if old.ID != "" {
		old.Secret, old.Kind, old.Algorithm = a.Secret, a.Kind, a.Algorithm
		old.Digits, old.Period, old.Counter = a.Digits, a.Period, a.Counter
		a = old
	}
	a.Unfinished, a.Replaces = false, ""
	return a
}

// wantReplace keeps an account's old key until the site has taken a code of the
// new one: the new one is an account beside it until then.
type wantReplace struct {
	was, is  otpcore.Account
	pictures []string
}

func (w wantReplace) fulfil(p *pane) tea.Cmd {
	if p.unsavedAccount(w.was) {
		return nil
	}
	fresh := w.is
	fresh.ID, fresh.Replaces, fresh.Unfinished = "", w.was.ID, true
	fresh.Pinned, fresh.Uses, fresh.Created, fresh.Used = false, 0, p.now.UTC(), time.Time{}
	renamed := withKeyOf(w.is, w.was)
	newName := func(have []otpcore.Account) string {
		return otpcore.FreeName(have, fresh.Issuer, markedName(fresh.Name))
	}
	shown := fresh
	shown.Name = newName(p.list.accounts)
	add := p.added(shown)
	result := saved{closes: true, then: enrol(w.pictures), toast: toast{
		name: w.was.Label(), text: ": the new key is saved beside the old one.", short: "saved", tone: toneDone,
	}}
	return p.save(result, func(d *vault.Draft) error {
		if err := d.Change(w.was, renamed); err != nil {
			return err
		}
		stored := fresh
		stored.Name = newName(d.Accounts())
		_, err := d.Add(stored)
		return err
	}, func(have []otpcore.Account) []otpcore.Account { return add(replaced(renamed)(have)) })
}

// markedName tells a new key from the old one, for as long as both are there.
func markedName(name string) string {
	if name == "" {
		return "new key"
	}
	return name + newKeyMark
}

const newKeyMark = " (new key)"

func withoutMark(name string) string {
	if name == "new key" {
		return ""
	}
	return strings.TrimSuffix(name, newKeyMark)
}

// withKeyOf is a with everything that makes the codes taken from b.
func withKeyOf(a, b otpcore.Account) otpcore.Account {
	a.Secret, a.Kind, a.Algorithm = b.Secret, b.Kind, b.Algorithm
	a.Digits, a.Period, a.Counter = b.Digits, b.Period, b.Counter
	return a
}

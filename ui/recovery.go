package ui

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/vault"
)

// recoveryPage shows an account's recovery codes: those that are left, and when the
// others were used. Only the selected one is readable. Copying one marks it used in
// the same step, because nobody comes back to do that.
type recoveryPage struct {
	list    *list
	id      string
	at, top int
	last    string // the code that was marked last, for undo
	saving  *field // asking for the path of a text to print
}

// shows is the account whose page this is.
func (m *recoveryPage) shows() string { return m.id }

// rows is the least height that has a code and the keys.
func (m *recoveryPage) rows() int { return 4 }

func (m *recoveryPage) paste(text string, _ frame) want {
	if m.saving != nil {
		m.saving.paste(text)
		return nil
	}
	return wants{wantPage{newRecoveryForm(m.list, m.id)}, wantPaste{text}}
}

func (m *recoveryPage) press(msg tea.KeyPressMsg, f frame) want {
	if m.saving != nil {
		return m.pressPath(msg)
	}
	keys := f.look.keys.beside("x", "w")
	a := m.list.byID(m.id)
	switch {
	case key.Matches(msg, keys.back, keys.recovery, keys.quit):
		return wantBack{}
	case key.Matches(msg, keys.up):
		m.at = max(m.at-1, 0)
	case key.Matches(msg, keys.down):
		m.at = min(m.at+1, max(len(a.Recovery)-1, 0))
	case key.Matches(msg, keys.add):
		return wantPage{newRecoveryForm(m.list, m.id)}
	case key.Matches(msg, keys.copy) && m.at < len(a.Recovery):
		return wantUseCode{m, a, a.Recovery[m.at]}
	case key.Matches(msg, keys.undo) && m.last != "":
		return wantUnuseCode{m, a}
	case msg.String() == "x" && m.at < len(a.Recovery):
		return wantSheet{dropCodeSheet(a, a.Recovery[m.at])}
	case msg.String() == "w" && len(unsealed(a.Recovery)) > 0:
		path := newField("write to")
		path.set("otpane-" + fileName(a.Label()) + "-recovery.txt")
		m.saving = &path
	}
	return nil
}

func (m *recoveryPage) pressPath(msg tea.KeyPressMsg) want {
	switch msg.String() {
	case "esc":
		m.saving = nil
	case "enter":
		path := m.saving.value()
		m.saving = nil
		return wantWrite{path, []byte(otpcore.RecoveryPage(m.list.byID(m.id))), false}
	default:
		m.saving.press(msg)
	}
	return nil
}

// unspoken is where a listener gets a code: lines stay in the terminal's history.
func (m *recoveryPage) unspoken() string {
	a := m.list.byID(m.id)
	return "Recovery codes: " + leftOf(a) + ". otpane recovery use gives one."
}

// unsealed are the codes that are left and can be read. A sealed one has no text
// without a second key.
func unsealed(codes []otpcore.RecoveryCode) (left []otpcore.RecoveryCode) {
	for _, c := range codes {
		if c.Used.IsZero() && c.Text.Len() > 0 {
			left = append(left, c)
		}
	}
	return left
}

func (m *recoveryPage) view(f frame) view {
	l := f.look
	a := m.list.byID(m.id)
	m.at = max(min(m.at, len(a.Recovery)-1), 0)
	lines := []string{titleLine(f, l.name(cmp.Or(a.Issuer, a.Name))+" recovery codes", leftOf(a))}
	if f.height >= 10 {
		lines = append(lines, "")
	}
	room := max(f.height-len(lines)-1, 1)
	m.top = max(min(m.top, m.at), m.at-room+1)
	for i := m.top; i < min(m.top+room, len(a.Recovery)); i++ {
		lines = append(lines, m.row(f, i, a.Recovery[i]))
	}
	if len(a.Recovery) == 0 {
		lines = append(lines, " "+l.text.paint(cut("The site shows some when it is registered. None is here.", f.width-1, l.cut)))
	}
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	lines = lines[:f.height-1]
	if m.saving != nil {
		text, at := m.saving.draw(f.width - 11)
		return view{lines: append(lines, " "+l.muted.paint("write to ")+l.text.paint(text)), cursor: tea.NewCursor(10+at, f.height-1)}
	}
	return view{lines: append(lines, l.drawHints(m.hints(f, a), hint{}, f.width))}
}

// row is one code: the selected one readable, the others as dots.
func (m *recoveryPage) row(f frame, i int, c otpcore.RecoveryCode) string {
	l := f.look
	mark := " "
	if i == m.at {
		mark = l.accent.paint(l.chosen)
	}
	row := mark + l.muted.paint(right(itoa(i+1), 2)) + "  "
	switch {
	case !c.Used.IsZero():
		return row + l.muted.paint("used "+c.Used.Local().Format("2006-01-02"))
	case c.Text.Len() == 0:
		return row + l.muted.paint("sealed")
	case i == m.at && !m.list.away && !m.list.masked:
		return row + l.code.paint(cut(outside(string(c.Text.Reveal())), f.width-6, l.cut))
	}
	return row + l.muted.paint(cut(dotted(l, string(c.Text.Reveal())), f.width-6, l.cut))
}

// dotted keeps the shape of a code and none of its characters.
func dotted(l *look, code string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return r
		}
		return []rune(l.hidden)[0]
	}, code)
}

func (m *recoveryPage) hints(f frame, a otpcore.Account) []hint {
	keys := f.look.keys
	if len(a.Recovery) == 0 {
		return []hint{on(keys.add, "add them"), {"esc", "back"}}
	}
	hints := []hint{on(keys.copy, "copy, mark used"), on(keys.add, "add")}
	if m.last != "" {
		hints = append(hints, on(keys.undo, "undo"))
	}
	return append(hints, hint{"esc", "back"}, hint{"w", "write to print"}, hint{"x", "remove"})
}

// leftOf is "7 of 10 left".
func leftOf(a otpcore.Account) string {
	if len(a.Recovery) == 0 {
		return ""
	}
	return itoa(otpcore.Left(a.Recovery)) + " of " + itoa(len(a.Recovery)) + " left"
}

// wantRecovery opens the page, or the form where there are no codes yet.
type wantRecovery struct{ account otpcore.Account }

func (w wantRecovery) fulfil(p *pane) tea.Cmd {
	if w.account.ID == "" || p.unsavedAccount(w.account) {
		return nil
	}
	if len(w.account.Recovery) == 0 {
		return wantPage{newRecoveryForm(&p.list, w.account.ID)}.fulfil(p)
	}
	return wantPage{&recoveryPage{list: &p.list, id: w.account.ID, at: firstUnused(w.account)}}.fulfil(p)
}

func firstUnused(a otpcore.Account) int {
	for i, c := range a.Recovery {
		if c.Used.IsZero() {
			return i
		}
	}
	return 0
}

// wantUseCode copies a code and marks it used. It is copied first: on the day on
// which these are needed, a disk that refuses must not stand in the way.
type wantUseCode struct {
	page    *recoveryPage
	account otpcore.Account
	code    otpcore.RecoveryCode
}

func (w wantUseCode) fulfil(p *pane) tea.Cmd {
	c := w.code
	switch {
	case c.Text.Len() == 0:
		p.say(toast{text: "Sealed: otpane recovery use NAME --recovery-identity FILE opens it.", short: "sealed", tone: toneWarn})
		return nil
	case !c.Used.IsZero():
		p.say(toast{text: "Used on " + c.Used.Local().Format("2006-01-02") + "; sites take each once.", short: "used", tone: toneWarn})
		return nil
	case p.config.Copy == nil:
		p.say(toast{text: "No clipboard found: type it off the screen, then x removes it.", short: "no clipboard", tone: toneWarn})
		return nil
	}
	put, ctx, text := p.config.Copy, p.ctx, string(c.Text.Reveal())
	p.clips = append(p.clips, clip{text: text, clears: p.now.Add(p.config.ClearAfter)})
	return p.writing(func() tea.Msg {
		receipt, err := put(ctx, text)
		return recoveryCopied{w, receipt, err}
	})
}

type recoveryCopied struct {
	wantUseCode
	receipt Receipt
	err     error
}

func (p *pane) recoveryCopied(msg recoveryCopied) tea.Cmd {
	if msg.err != nil {
		p.say(toast{lead: "Not copied: ", name: cause(msg.err), text: ". Nothing is marked.", short: "not copied", tone: toneWarn})
		return nil
	}
	a, c := msg.account, msg.code
	msg.page.last = c.ID
	left := otpcore.Left(p.list.byID(a.ID).Recovery) - 1
	said := toast{name: a.Label(), text: ": recovery code copied and marked used.", more: on(p.look.keys.undo, "undo").String(), short: "copied, used", tone: toneDone, lasts: undoFor}
	if left <= fewLeft {
		said = toast{text: fmt.Sprintf("Copied. %d of %d recovery codes left: make new ones on the site.", left, len(a.Recovery)), short: "few codes left", tone: toneWarn, lasts: undoFor}
	}
	cmd := p.save(saved{toast: said, id: a.ID}, func(d *vault.Draft) error {
		_, err := d.UseRecoveryCode(a.ID, c.ID)
		return err
	}, withRecovery(a.ID, func(one *otpcore.RecoveryCode) {
		if one.ID == c.ID {
			one.Used = p.now
		}
	}))
	if msg.receipt.Emit != "" {
		return tea.Batch(tea.Raw(msg.receipt.Emit), cmd)
	}
	return cmd
}

// fewLeft is when the site should be asked for new ones.
const fewLeft = 2

// withRecovery is the effect of an edit that waits to be saved.
func withRecovery(id string, change func(*otpcore.RecoveryCode)) func([]otpcore.Account) []otpcore.Account {
	return func(have []otpcore.Account) []otpcore.Account {
		for i := range have {
			if have[i].ID != id {
				continue
			}
			for j := range have[i].Recovery {
				change(&have[i].Recovery[j])
			}
		}
		return have
	}
}

// wantUnuseCode takes the last mark back.
type wantUnuseCode struct {
	page    *recoveryPage
	account otpcore.Account
}

func (w wantUnuseCode) fulfil(p *pane) tea.Cmd {
	id, code := w.account.ID, w.page.last
	w.page.last = ""
	said := saved{id: id, toast: toast{text: "The code counts as unused again.", short: "unused again", tone: toneDone}}
	return p.save(said, func(d *vault.Draft) error { return d.UnuseRecoveryCode(id, code) },
		withRecovery(id, func(one *otpcore.RecoveryCode) {
			if one.ID == code {
				one.Used = time.Time{}
			}
		}))
}

func dropCodeSheet(a otpcore.Account, c otpcore.RecoveryCode) *sheet {
	return &sheet{
		verb: "Remove this code of ", name: a.Label(), question: "? It does not come back.",
		yes: hint{"y", "remove"}, no: hint{"n", "keep"}, act: wantDropCode{a, c},
	}
}

// wantDropCode removes one code.
type wantDropCode struct {
	account otpcore.Account
	code    otpcore.RecoveryCode
}

func (w wantDropCode) fulfil(p *pane) tea.Cmd {
	a := w.account
	said := saved{id: a.ID, then: func(string) want { return wantRecovery{p.list.byID(a.ID)} },
		toast: toast{name: a.Label(), text: ": one recovery code removed.", short: "removed", tone: toneDone}}
	return p.save(said, func(d *vault.Draft) error { return d.RemoveRecoveryCodes(a.ID, w.code.ID) }, unchanged)
}

// unchanged is the effect of an edit that shows only once it is saved.
func unchanged(have []otpcore.Account) []otpcore.Account { return have }

// wantPaste gives text to the page that is open.
type wantPaste struct{ text string }

func (w wantPaste) fulfil(p *pane) tea.Cmd {
	if p.page == nil {
		return nil
	}
	return p.fulfil(p.page.paste(w.text, p.frame()))
}

// recoveryExtra is what the details and the status row say.
func recoveryExtra(a otpcore.Account) string {
	if len(a.Recovery) == 0 {
		return ""
	}
	return "recovery codes " + itoa(otpcore.Left(a.Recovery)) + " of " + itoa(len(a.Recovery))
}

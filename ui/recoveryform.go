package ui

import (
	"cmp"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/vault"
)

// recoveryForm takes recovery codes as a site prints them, pasted or from a text
// file, or typed one by one, and shows what it found before anything is saved.
type recoveryForm struct {
	list     *list
	id       string
	enrols   bool     // the last step of a registration
	pictures []string // that the key came from: offered for removal at the end
	code     field
	found    []otpcore.RecoveryCode
	top      int
	notice   string
	leaving  bool
}

func newRecoveryForm(list *list, id string) *recoveryForm {
	return &recoveryForm{list: list, id: id, code: newField("code")}
}

// shows is the account whose page this is.
func (m *recoveryForm) shows() string { return m.id }

// rows is the least height that has the field, a code, and the keys.
func (m *recoveryForm) rows() int { return 5 }

// paste takes a whole page at once; a path is read.
func (m *recoveryForm) paste(text string, _ frame) want {
	m.notice, m.leaving = "", false
	if path := strings.TrimSpace(text); strings.ContainsAny(path, "/\\~") && !strings.ContainsAny(path, "\n\r") && len(otpcore.ParseRecoveryCodes(path)) == 0 {
		return wantRecoveryFile{m, droppedPaths(path)[0]}
	}
	m.take(text)
	return nil
}

// take adds what looks like codes.
func (m *recoveryForm) take(text string) {
	codes := otpcore.ParseRecoveryCodes(text)
	if len(codes) == 0 {
		m.notice = "No recovery codes in this text. Type them one by one."
		return
	}
	for _, c := range codes {
		m.add(c)
	}
}

func (m *recoveryForm) add(c otpcore.RecoveryCode) {
	for _, have := range append(m.found, m.list.byID(m.id).Recovery...) {
		if have.Text.Equal(c.Text) {
			m.notice = "That one is here already."
			return
		}
	}
	m.found = append(m.found, c)
}

func (m *recoveryForm) press(msg tea.KeyPressMsg, _ frame) want {
	leaving := m.leaving
	m.notice, m.leaving = "", false
	typed := strings.TrimSpace(m.code.value())
	switch name := msg.String(); {
	case name == "esc":
		return m.leave(leaving)
	case name == "s" && leaving, name == "enter" && typed == "" && len(m.found) > 0:
		return wantKeepCodes{m}
	case name == "enter" && typed == "":
		return m.leave(true)
	case name == "enter":
		return m.enter(typed)
	case name == "ctrl+d" && len(m.found) > 0:
		m.found = m.found[:len(m.found)-1]
	case name == "up":
		m.top = max(m.top-1, 0)
	case name == "down":
		m.top++
	default:
		m.code.press(msg)
	}
	return nil
}

// enter takes what was typed: a path, or a code whatever it looks like, because a
// person says that it is one.
func (m *recoveryForm) enter(typed string) want {
	m.code.set("")
	if strings.HasPrefix(typed, "/") || strings.HasPrefix(typed, "~") || strings.HasPrefix(typed, "./") {
		return wantRecoveryFile{m, typed}
	}
	if len(otpcore.ParseRecoveryCodes(typed)) > 1 {
		m.take(typed)
		return nil
	}
	if clean := otpcore.Clean(typed); clean != "" {
		m.add(otpcore.RecoveryCode{Text: otpcore.NewSecret([]byte(clean))})
	}
	return nil
}

// leave warns once: the site shows its codes once, too.
func (m *recoveryForm) leave(warned bool) want {
	if len(m.found) > 0 && !warned {
		m.leaving = true
		m.notice = "Not saved. Sites show these codes only once."
		return nil
	}
	return m.next()
}

// next is where the page goes on when it is done.
func (m *recoveryForm) next() want {
	if m.enrols {
		return wantDone{m.pictures}
	}
	return wantBack{}
}

// wantKeepCodes saves what the form shows.
type wantKeepCodes struct{ form *recoveryForm }

func (w wantKeepCodes) fulfil(p *pane) tea.Cmd {
	m := w.form
	a := p.list.byID(m.id)
	codes := m.found
	total := len(a.Recovery) + len(codes)
	said := saved{
		id: a.ID, closes: true, then: func(string) want { return m.next() },
		toast: toast{name: a.Label(), text: fmt.Sprintf(": %s kept, %d of %d left.", plural(len(codes), "recovery code"), otpcore.Left(a.Recovery)+len(codes), total), short: "codes kept", tone: toneDone},
	}
	return p.save(said, func(d *vault.Draft) error {
		_, err := d.AddRecoveryCodes(a.ID, codes)
		return err
	}, unchanged)
}

// wantRecoveryFile reads a text file with codes.
type wantRecoveryFile struct {
	form *recoveryForm
	path string
}

func (w wantRecoveryFile) fulfil(p *pane) tea.Cmd {
	read := p.config.Read
	if read == nil {
		return nil
	}
	ctx := p.reading()
	return func() tea.Msg {
		text, err := read(ctx, w.path)
		return recoveryRead{w.form, text, err}
	}
}

type recoveryRead struct {
	form *recoveryForm
	text []byte
	err  error
}

func (p *pane) recoveryRead(msg recoveryRead) {
	if p.page != screen(msg.form) {
		return
	}
	if msg.err != nil {
		msg.form.notice = upperFirst(cause(msg.err)) + "."
		return
	}
	msg.form.take(string(msg.text))
}

func (m *recoveryForm) view(f frame) view {
	l := f.look
	a := m.list.byID(m.id)
	title := titleLine(f, l.name(cmp.Or(a.Issuer, a.Name))+" recovery codes", "add")
	if m.enrols {
		title = stepTitle(f, l.name(a.Label()), stepRecovery)
	}
	lines := []string{title}
	if f.height >= 10 {
		lines = append(lines, "")
	}
	for _, text := range m.words(f) {
		lines = append(lines, " "+l.text.paint(cut(text, f.width-1, l.cut)))
	}
	text, at := m.code.draw(f.width - 8)
	cursor := tea.NewCursor(7+at, len(lines))
	lines = append(lines, " "+l.muted.paint("code  ")+l.text.paint(text))
	var said []string
	if m.notice != "" {
		said = wrap(m.notice, f.width-2)
	}
	room := max(f.height-len(lines)-1-len(said), 0)
	m.top = max(min(m.top, len(m.found)-room), 0)
	for i := m.top; i < min(m.top+room, len(m.found)); i++ {
		lines = append(lines, " "+l.muted.paint(right(itoa(i+1), 4))+"  "+l.code.paint(cut(outside(string(m.found[i].Text.Reveal())), f.width-8, l.cut)))
	}
	for _, line := range said {
		lines = append(lines, " "+l.warn.paint(line))
	}
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints(m.hints(), hint{}, f.width)), cursor: cursor}
}

func (m *recoveryForm) words(f frame) []string {
	ask := "Paste them as the site prints them, or type one and enter."
	if f.width < 60 {
		ask = "Paste them, or type one and enter."
	}
	switch {
	case f.height < 8 && m.enrols:
		return []string{"Registered. Any recovery codes?"}
	case f.height < 8:
		return nil
	case m.enrols:
		return []string{first(f.width-1, "Registered. Does the site show recovery codes?", "Registered. Any recovery codes?"), ask, ""}
	}
	return []string{ask, ""}
}

func (m *recoveryForm) hints() []hint {
	switch n := len(m.found); {
	case m.leaving:
		return []hint{{"s", "save"}, {"esc", "leave"}}
	case strings.TrimSpace(m.code.value()) != "":
		return []hint{{"enter", "take it"}, {"esc", "leave"}}
	case n > 0:
		return []hint{{"enter", "keep " + plural(n, "code")}, {"ctrl-d", "drop the last"}, {"esc", "leave"}}
	case m.enrols:
		return []hint{{"enter", "it shows none"}, {"esc", "later"}}
	}
	return []hint{{"esc", "back"}}
}

// wantRecoveryStep is the last step of a registration.
type wantRecoveryStep struct {
	id       string
	pictures []string
}

func (w wantRecoveryStep) fulfil(p *pane) tea.Cmd {
	form := newRecoveryForm(&p.list, w.id)
	form.enrols, form.pictures = true, w.pictures
	if !p.fits(form) {
		return wantDone{w.pictures}.fulfil(p)
	}
	p.page = form
	return nil
}

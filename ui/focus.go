package ui

import tea "charm.land/bubbletea/v2"

// A pane whose terminal says that it lost the keyboard is still watched: its codes
// and bars go on. What only a hand needs goes, the tint of the selected row and the
// hints; with Config.HideOnBlur the codes too. Many terminals never say it, tmux
// only with focus-events on; there all stays as it is.

func (p *pane) focus(focused bool) {
	p.blurred = !focused
	p.list.away = p.plain || p.blurred && p.config.HideOnBlur
}

// untinted is how the pane looks without the keyboard.
func (l *look) untinted() *look {
	c := *l
	for _, i := range []*ink{&c.text, &c.muted, &c.code, &c.accent, &c.warn, &c.danger, &c.bar, &c.barEmpty, &c.key, &c.title, &c.highlight} {
		i.selected = i.plain
	}
	c.hintless = true
	return &c
}

// forEyes is a page that shows a key to whoever sees it. It goes with the codes
// when the terminal is left, and plain mode, whose lines stay, never prints it.
type forEyes interface{ unspoken() string }

func (q *qrPage) unspoken() string { return "A QR code is for eyes. `otpane qr` writes it to a file." }

func (r *recoveryKey) unspoken() string {
	return "The recovery key would stay in the terminal's history. `otpane recipients recovery` shows it once, outside the pane."
}

// covered is what stands in place of such a page while nobody is there.
func covered(f frame) view {
	return view{lines: []string{titleLine(f, "otpane", ""), " " + f.look.muted.paint(cut("Hidden until the terminal has the keyboard.", f.width-1, f.look.cut))}}
}

// wheelRows is how far a notch of the wheel goes.
const wheelRows = 3

// mouse: the wheel scrolls, a click copies the row under it. A click with a
// modifier is the terminal's own selection that it let through, and copies nothing.
func (p *pane) mouse(m tea.Mouse, msg tea.Msg) tea.Cmd {
	p.pressed = p.now
	_, wheel := msg.(tea.MouseWheelMsg)
	by := 0
	switch {
	case wheel && m.Button == tea.MouseWheelUp:
		by = -wheelRows
	case wheel && m.Button == tea.MouseWheelDown:
		by = wheelRows
	}
	page, scrolls := p.page.(interface{ scroll(by int) })
	switch {
	case p.sheet != nil:
	case p.page != nil && scrolls:
		page.scroll(by)
	case p.page != nil:
	case wheel:
		p.list.scroll(by, max(p.frame().listRows(), 1))
	case m.Button == tea.MouseLeft && m.Mod == 0:
		return p.fulfil(p.list.click(m.Y, p.frame()))
	}
	return nil
}

// scroll moves what is seen; the selection stays where it is for as long as it is
// seen. Where all is seen there is nothing to scroll, and the selection moves.
func (s *list) scroll(by, rows int) {
	if len(s.shown) <= rows {
		s.move(by / wheelRows)
		return
	}
	from, _ := s.window(rows)
	s.top = max(min(from+by, len(s.shown)-rows), 0)
	s.selected = max(min(s.selected, s.top+rows-1), s.top)
}

func (h *helpPage) scroll(by int) { h.top = max(h.top+by, 0) }

package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore/qr"
	"otpane/vault"
)

// recoveryKey shows a key for paper, once, and counts only when its last
// characters were typed back: a key that nobody wrote down opens nothing.
type recoveryKey struct {
	key   vault.Identity
	grid  qr.Grid
	typed *field // asking for the last characters
	wrong bool
}

// proofLength is how many of the last characters prove that the paper exists.
const proofLength = 6

// wantRecoveryKey draws a key and shows it. It is stored nowhere until it is
// confirmed.
type wantRecoveryKey struct{}

func (wantRecoveryKey) fulfil(p *pane) tea.Cmd {
	key, err := p.config.Vault.NewRecoveryKey()
	if err != nil {
		p.say(toast{lead: "No recovery key: ", name: cause(err), text: ".", short: "no key", tone: toneWarn})
		return nil
	}
	page := &recoveryKey{key: key}
	page.grid, _ = qr.Encode(page.text()) // too long for a code: the text alone is shown
	return wantPage{page}.fulfil(p)
}

func (r *recoveryKey) text() string { return strings.TrimSpace(r.key.Reveal()) }

func (r *recoveryKey) press(msg tea.KeyPressMsg, _ frame) want {
	switch {
	case msg.String() == "esc":
		return wantBack{}
	case r.typed == nil && msg.String() == "enter":
		typed := newField("last " + itoa(proofLength))
		r.typed = &typed
	case r.typed != nil && msg.String() == "enter":
		return r.confirm()
	case r.typed != nil:
		r.wrong = false
		r.typed.press(msg)
	}
	return nil
}

func (r *recoveryKey) confirm() want {
	key := r.text()
	if !strings.EqualFold(strings.TrimSpace(r.typed.value()), key[len(key)-proofLength:]) {
		r.wrong = true
		r.typed.set("")
		return nil
	}
	return wantRecipient{r.key}
}

func (r *recoveryKey) paste(string, frame) want { return nil }

// wantRecipient lets a key open the vault from now on.
type wantRecipient struct{ key vault.Identity }

func (w wantRecipient) fulfil(p *pane) tea.Cmd {
	v := p.config.Vault
	return p.writing(func() tea.Msg {
		result := saved{closes: true, final: true, toast: toast{text: "The recovery key opens this vault from now on.", short: "key added", tone: toneDone}}
		for _, recipient := range w.key.Recipients() {
			result.err = v.AddRecipient(recipient, "recovery key")
		}
		return result
	})
}

func (r *recoveryKey) view(f frame) view {
	if r.typed != nil {
		return r.asking(f)
	}
	l := f.look
	lines := []string{titleLine(f, "Recovery key", "shown once")}
	for _, line := range wrap("It opens the vault without the passphrase. Write it on paper, or print it, and keep it away from this machine.", f.width-2) {
		lines = append(lines, " "+l.text.paint(line))
	}
	for _, line := range pieces(r.text(), f.width-3) {
		lines = append(lines, "  "+l.code.paint(line))
	}
	if blocks := r.blocks(); len(blocks) > 0 && len(lines)+len(blocks)+1 <= f.height && width(blocks[0]) <= f.width {
		for _, block := range blocks {
			lines = append(lines, paper.Render(block))
		}
	}
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints([]hint{{"enter", "I have it on paper"}, {"esc", "no key"}}, hint{}, f.width))}
}

func (r *recoveryKey) blocks() []string {
	if r.grid.Size() == 0 {
		return nil
	}
	return r.grid.HalfBlocks()
}

// asking hides the key: what is typed now must come from the paper.
func (r *recoveryKey) asking(f frame) view {
	l := f.look
	lines := []string{titleLine(f, "Recovery key", "")}
	for _, line := range wrap("Type its last "+itoa(proofLength)+" characters from the paper.", f.width-2) {
		lines = append(lines, " "+l.text.paint(line))
	}
	text, at := r.typed.draw(f.width - 10)
	cursor := tea.NewCursor(9+at, len(lines))
	lines = append(lines, " "+l.muted.paint(left(r.typed.label, 8, ""))+l.text.paint(text))
	if r.wrong {
		lines = append(lines, " "+l.warn.paint(l.warning+" ")+l.text.paint(cut("These are not its last characters.", f.width-3, l.cut)))
	}
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints([]hint{{"enter", "confirm"}, {"esc", "no key"}}, hint{}, f.width)), cursor: cursor}
}

// pieces breaks a text without blanks into lines of equal length.
func pieces(s string, columns int) (lines []string) {
	columns = max(columns, 8)
	for len(s) > columns {
		lines = append(lines, s[:columns])
		s = s[columns:]
	}
	return append(lines, s)
}

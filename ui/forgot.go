package ui

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	tea "charm.land/bubbletea/v2"

	"otpane/vault"
)

// forgot is the way in without the passphrase: the recovery key from the paper,
// then a new passphrase.
type forgot struct {
	key        field
	passphrase *newPassphrase // once the key opened the vault
	notice     string
}

// checked says whether a recovery key opens the vault.
type checked struct {
	number int
	err    error
}

func newForgot(l *look) *forgot {
	f := &forgot{key: newField("recovery key")}
	f.key.veil = l.hidden
	return f
}

func (m *doorway) pressForgot(msg tea.KeyPressMsg) tea.Cmd {
	w := m.forgot
	switch {
	case msg.String() == "esc":
		m.forgot = nil
	case w.passphrase != nil:
		if passphrase, done := w.passphrase.press(msg); done {
			return m.reset(passphrase)
		}
	case msg.String() == "tab":
		w.key.unveil(m.look)
	case msg.String() == "enter":
		return m.checkKey()
	default:
		w.notice = ""
		w.key.press(msg)
	}
	return nil
}

// typedKey forgives what a hand does to a key on paper: blanks, line breaks and
// lower case.
func (w *forgot) typedKey() string {
	return strings.ToUpper(strings.Join(strings.Fields(w.key.value()), ""))
}

func (m *doorway) checkKey() tea.Cmd {
	ctx := m.work.start(m.ctx)
	number, key, check := m.work.number, m.forgot.typedKey(), m.door.Recover
	return tea.Batch(m.work.advance(step{number}), func() tea.Msg { return checked{number, check(ctx, key)} })
}

func (m *doorway) checked(msg checked) {
	if msg.number != m.work.number || !m.work.running {
		return
	}
	m.work.stop()
	if msg.err != nil {
		m.forgot.notice = "That key does not open it."
		if errors.Is(msg.err, vault.ErrDamaged) || errors.Is(msg.err, vault.ErrNotFound) || errors.Is(msg.err, fs.ErrPermission) {
			m.forgot.notice = cause(msg.err)
		}
		return
	}
	m.forgot.passphrase = choosePassphrase(m.look, m.door.Strength)
}

// reset gives the vault its new passphrase; it ends like unlocking.
func (m *doorway) reset(passphrase string) tea.Cmd {
	ctx := m.work.start(m.ctx)
	number, key, reset := m.work.number, m.forgot.typedKey(), m.door.Reset
	return tea.Batch(m.work.advance(step{number}), func() tea.Msg {
		identity, err := reset(context.WithoutCancel(ctx), key, []byte(passphrase)) // half a change of passphrase must not be cancelled
		return unlocked{number, identity, err}
	})
}

func (m *doorway) drawForgot(f frame) view {
	l, w := f.look, m.forgot
	if f.width < 24 || f.height < 4 {
		return view{lines: []string{l.text.paint(cut("needs 24x4", f.width, ""))}}
	}
	label, ask, notice := "recovery key", "Type the recovery key from your paper.", w.notice
	if w.passphrase != nil {
		label, ask = "new passphrase", w.passphrase.question()
	}
	lines := []string{titleLine(f, "Forgot the passphrase", baseName(m.door.Path))}
	for _, line := range wrap(ask, f.width-2) {
		lines = append(lines, " "+l.text.paint(line))
	}
	row, cursor := fieldRow(f, m.field(), label, len(lines))
	lines = append(lines, row)
	switch {
	case m.work.running:
		cursor = nil
		lines = append(lines, m.middle(f)...)
	case m.notice != "":
		lines = append(lines, m.middle(f)...)
	case w.passphrase != nil:
		lines = append(lines, w.passphrase.remark(f)...)
	case notice != "":
		lines = append(lines, l.warned(notice, f.width)...)
	}
	lines, cursor = lowered(lines, cursor, f.height-1)
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	hints := []hint{{"enter", "go on"}, {"tab", "show"}, {"esc", "back"}}
	return view{lines: append(lines, l.drawHints(hints, hint{}, f.width)), cursor: cursor}
}

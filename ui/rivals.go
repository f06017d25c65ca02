package ui

import (
	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/vault"
)

// rivalsPage lets the user choose between the keys that copies of the vault had
// for one account. The codes tell: the site takes those of one of them.
type rivalsPage struct {
	conflict vault.Conflict
	at       int
}

func (r *rivalsPage) keys() []otpcore.Secret {
	return append([]otpcore.Secret{r.conflict.Secret}, r.conflict.Rivals...)
}

func (r *rivalsPage) press(msg tea.KeyPressMsg, _ frame) want {
	switch msg.String() {
	case "esc", "q":
		return wantBack{}
	case "up", "k":
		r.at = max(r.at-1, 0)
	case "down", "j":
		r.at = min(r.at+1, len(r.keys())-1)
	case "c":
		return wantCopy{account: r.account(r.at)}
	case "enter":
		return wantSettleKey{r.conflict.Account, r.keys()[r.at]}
	}
	return nil
}

func (r *rivalsPage) paste(string, frame) want { return nil }

// account is the account as it would be with one of the keys.
func (r *rivalsPage) account(i int) otpcore.Account {
	a := r.conflict.Account
	a.Secret = r.keys()[i]
	return a
}

func (r *rivalsPage) view(f frame) view {
	l := f.look
	lines := []string{titleLine(f, l.name(r.conflict.Label()), plural(len(r.keys()), "key"))}
	if f.height >= 10 {
		lines = append(lines, "")
	}
	for i := range r.keys() {
		mark := " "
		if i == r.at {
			mark = l.accent.paint(l.chosen)
		}
		code := "a counter: try " + on(l.keys.advance, "with each").String()
		if a := r.account(i); a.Timed() {
			code = f.code(a)
		}
		name := "set last"
		if i > 0 {
			name = "the other"
		}
		lines = append(lines, mark+l.muted.paint(left(name, 12, ""))+l.code.paint(code))
	}
	for _, line := range wrap("Copies of the vault had different keys. The site takes the code of one; choose that. The other stays in the file.", f.width-2) {
		lines = append(lines, " "+l.text.paint(line))
	}
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	hints := []hint{{"enter", "keep this one"}, {"↑↓", "choose"}, {"c", "copy"}, {"esc", "later"}}
	return view{lines: append(lines[:f.height-1], l.drawHints(hints, hint{}, f.width))}
}

// copyPage asks where to write the vault when it cannot be saved in its place.
type copyPage struct{ path field }

func newCopyPage() *copyPage {
	page := &copyPage{path: newField("write to")}
	page.path.set("otpane-copy.age")
	return page
}

func (c *copyPage) press(msg tea.KeyPressMsg, _ frame) want {
	switch msg.String() {
	case "esc":
		return wantBack{}
	case "enter":
		return wantCopyVault{c.path.value()}
	}
	c.path.press(msg)
	return nil
}

func (c *copyPage) paste(text string, _ frame) want {
	c.path.paste(text)
	return nil
}

func (c *copyPage) view(f frame) view {
	l := f.look
	lines := []string{titleLine(f, "Write a copy of the vault", "")}
	text, at := c.path.draw(f.width - 12)
	cursor := tea.NewCursor(11+at, len(lines))
	lines = append(lines, " "+l.muted.paint(left("write to", 10, ""))+l.text.paint(text))
	for _, line := range wrap("It is encrypted like the vault and holds the edit that could not be saved.", f.width-2) {
		lines = append(lines, " "+l.muted.paint(line))
	}
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints([]hint{{"enter", "write it"}, {"esc", "back"}}, hint{}, f.width)), cursor: cursor}
}

package ui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Room is a vault that the pane can go to.
type Room struct {
	Name, Path string
	Missing    bool // there is none yet: going there makes it
}

// vaultsPage lists the vaults, to go to another. What a locked one holds is not
// known: each is locked on its own, and one identity is in memory at a time.
type vaultsPage struct {
	places   []Room
	open     string // the name of the one that is shown now
	accounts int    // in it
	selected int
}

func newVaultsPage(places []Room, open string, accounts int) *vaultsPage {
	v := &vaultsPage{places: places, open: open, accounts: accounts}
	for i, one := range places {
		if one.Name == open {
			v.selected = (i + 1) % len(places) // the one that is probably meant
		}
	}
	return v
}

func (v *vaultsPage) press(msg tea.KeyPressMsg, f frame) want {
	keys := f.look.keys
	switch {
	case key.Matches(msg, keys.back, keys.vaults, keys.quit):
		return wantBack{}
	case key.Matches(msg, keys.up):
		v.selected = max(v.selected-1, 0)
	case key.Matches(msg, keys.down):
		v.selected = min(v.selected+1, len(v.places)-1)
	case key.Matches(msg, keys.row):
		if i := int(msg.String()[0] - '1'); i < len(v.places) {
			return v.to(i)
		}
	case key.Matches(msg, keys.copy):
		return v.to(v.selected)
	}
	return nil
}

func (v *vaultsPage) paste(string, frame) want { return nil }

func (v *vaultsPage) to(i int) want {
	if v.places[i].Name == v.open {
		return wantBack{}
	}
	return wantVault{v.places[i].Name}
}

func (v *vaultsPage) view(f frame) view {
	l := f.look
	lines := []string{titleLine(f, "Vaults", "")}
	if f.height >= 10 {
		lines = append(lines, "")
	}
	room := max(f.height-len(lines)-1, 1)
	from := max(min(v.selected-room+1, len(v.places)-room), 0)
	for i := from; i < min(from+room, len(v.places)); i++ {
		lines = append(lines, v.row(f, i))
	}
	if left := f.height - 1 - len(lines); left >= 3 {
		lines = append(lines, "")
		for _, line := range wrap("Each is locked on its own. Going to another locks "+l.name(v.open)+".", f.width-2) {
			lines = append(lines, " "+l.muted.paint(line))
		}
	}
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	hints := []hint{on(l.keys.copy, "open"), {"↑↓", "choose"}, on(l.keys.back, "back")}
	return view{lines: append(lines[:f.height-1], l.drawHints(hints, hint{}, f.width))}
}

// row is a vault: its number, its name, how it is, and where it lies.
func (v *vaultsPage) row(f frame, i int) string {
	l, one := f.look, v.places[i]
	mark, ink := blanks(width(l.chosen)), l.text
	if i == v.selected {
		mark, ink = l.accent.paint(l.chosen), l.title
	}
	row := mark + l.muted.paint(left(itoa(i+1), 2, "")) + ink.paint(left(l.name(one.Name), v.nameWidth(), l.cut))
	used := width(l.chosen) + 2 + v.nameWidth() + 2
	state := min(width(v.state(Room{Name: v.open})), f.width-used)
	row += "  " + l.text.paint(left(v.state(one), state, l.cut))
	if room := f.width - used - state - 3; room >= 8 {
		row += "  " + l.muted.paint(cut(outside(one.Path), room, l.cut))
	}
	return row
}

func (v *vaultsPage) nameWidth() int {
	widest := 4
	for _, one := range v.places {
		widest = max(widest, width(outside(one.Name)))
	}
	return min(widest, 12)
}

func (v *vaultsPage) state(one Room) string {
	switch {
	case one.Name == v.open:
		return "open, " + plural(v.accounts, "account")
	case one.Missing:
		return "not made yet"
	}
	return "locked"
}

// wantVaults opens the page, if there is more than one vault.
type wantVaults struct{}

func (wantVaults) fulfil(p *pane) tea.Cmd {
	if !p.several() {
		p.say(toast{text: "There is one vault. [vaults] in the settings names more.", short: "one vault"})
		return nil
	}
	return wantPage{newVaultsPage(p.config.Vaults, p.config.Name, len(p.list.accounts))}.fulfil(p)
}

func (p *pane) several() bool { return len(p.config.Vaults) > 1 && p.config.GoTo != nil }

// wantVault leaves for another vault: this one locks.
type wantVault struct{ name string }

func (w wantVault) fulfil(p *pane) tea.Cmd {
	p.config.GoTo(w.name)
	return wantLeave{outcome: Elsewhere}.fulfil(p)
}

// whose is the program's name with that of the vault, as a title says it, in so
// many columns: of the vault's name as much as there is room for.
func (l *look) whose(vault string, columns int) string {
	const ours = "otpane"
	before := ours + " " + l.dot + " "
	if vault == "" || width(before)+2 > columns {
		return ours
	}
	return before + strings.TrimRight(cut(l.name(vault), columns-width(before), l.cut), " ")
}

package ui

import (
	"slices"

	"charm.land/bubbles/v2/key"
)

// keymap holds every key of the list once: the binding that acts is the binding
// that the help and the hints show. It belongs to a look; binding.go makes the
// user's own one.
type keymap struct {
	copy, row, next, typing, filter, add, intake, paste   key.Binding
	edit, remove, undo, qr, advance, details, pin, order  key.Binding
	settings, verify, clock, recovery, agent              key.Binding
	screen                                                key.Binding
	choose, fold, tags, export, moveUp, moveDown          key.Binding
	big, hold                                             key.Binding
	hide, wait, matter, vaults, lock, help, quit, suspend key.Binding
	up, down, top, bottom, pageUp, pageDown, back         key.Binding
}

func bind(help, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, does))
}

// standardKeys are bound where the settings say nothing.
var standardKeys = keymap{
	copy:     bind("enter c", "copy", "enter", "c"),
	row:      bind("1–9", "copy the row", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
	next:     bind("n", "next code", "n"),
	typing:   bind("T", "type in pane", "T"),
	filter:   bind("/", "filter", "/"),
	add:      bind("a", "add", "a"),
	intake:   bind("i", "import", "i"),
	paste:    bind("v", "clipboard picture", "v"),
	screen:   bind("S", "look at the screen", "S"),
	edit:     bind("e", "edit", "e"),
	remove:   bind("d", "delete", "d"),
	undo:     bind("u", "undo", "u"),
	qr:       bind("o", "QR", "o"),
	advance:  bind("+", "draw by count", "+"),
	big:      bind("b", "big", "b"),
	hold:     bind("f", "hold", "f"),
	details:  bind("l", "details", "l"),
	pin:      bind("p", "pin", "p"),
	order:    bind("s", "order", "s"),
	settings: bind(",", "settings", ","),
	verify:   bind("V", "verify a code", "V"),
	recovery: bind("r", "recovery codes", "r"),
	clock:    bind("C", "clock", "C"),
	agent:    bind("A", "agent", "A"),
	choose:   bind("x", "choose", "x"),
	fold:     bind("z", "fold a group", "z"),
	tags:     bind("t", "tags", "t"),
	export:   bind("E", "export", "E"),
	moveUp:   bind("K", "up by hand", "K"),
	moveDown: bind("J", "down by hand", "J"),
	hide:     bind("space", "hide, show", "space"),
	wait:     bind("w", "wait for next", "w"),
	matter:   bind("!", "see warning", "!"),
	vaults:   bind("O", "other vaults", "O"),
	lock:     bind("L", "lock", "L"),
	help:     bind("?", "keys", "?"),
	quit:     bind("q", "quit", "q", "ctrl+c"),
	suspend:  bind("ctrl-z", "to the shell", "ctrl+z"),
	up:       bind("↑k", "up", "up", "k"),
	down:     bind("↓j", "down", "down", "j"),
	top:      bind("g", "first", "g", "home"),
	bottom:   bind("G", "last", "G", "end"),
	pageUp:   bind("pgup", "page up", "pgup", "ctrl+b"),
	pageDown: bind("pgdn", "page down", "pgdown", "ctrl+f"),
	back:     bind("esc", "back", "esc"),
}

// helpBindings is the overlay, most used first; a test keeps every binding in
// it or among those that move.
func helpBindings(keys keymap) []key.Binding {
	return []key.Binding{
		keys.copy, keys.row, keys.next, keys.typing, keys.wait, keys.advance, keys.hide, keys.filter, keys.big, keys.hold, keys.details, keys.qr,
		keys.add, keys.intake, keys.paste, keys.screen, keys.edit, keys.remove, keys.undo, keys.pin, keys.order, keys.recovery, keys.verify, keys.clock, keys.agent, keys.settings,
		keys.choose, keys.tags, keys.export, keys.fold, keys.moveUp, keys.moveDown,
		keys.matter, keys.vaults, keys.lock, keys.help, keys.back, keys.suspend, keys.quit,
	}
}

// moveBindings share one line of the overlay.
func moveBindings(keys keymap) []key.Binding {
	return []key.Binding{keys.up, keys.down, keys.top, keys.bottom, keys.pageUp, keys.pageDown}
}

// hint is one entry of the bottom row: a key and what it does here.
type hint struct{ key, does string }

// on is the hint of a binding, by its first key; one without a key has none.
func on(b key.Binding, does string) hint {
	if len(b.Keys()) == 0 {
		return hint{}
	}
	return hint{keyName(b.Keys()[0]), does}
}

// String is a hint inside a sentence.
func (h hint) String() string {
	if h.key == "" {
		return ""
	}
	return h.key + " " + h.does
}

// drawHints drops whole hints from the right until the rest fits; last stays at
// the right edge.
func (l *look) drawHints(hints []hint, last hint, columns int) string {
	if l.hintless {
		return ""
	}
	hints = slices.DeleteFunc(slices.Clone(hints), func(h hint) bool { return h.key == "" })
	draw := func(h hint) (string, int) {
		return l.key.paint(h.key) + " " + l.muted.paint(h.does), width(h.key) + 1 + width(h.does)
	}
	end, endWidth := "", 0
	if last.key != "" {
		end, endWidth = draw(last)
		endWidth += 1
	}
	row, used := "", 0
	for _, h := range hints {
		text, w := draw(h)
		gap := 3
		if used == 0 {
			gap = 1
		}
		if used+gap+w+endWidth+min(endWidth, 2) > columns {
			break
		}
		row += blanks(gap) + text
		used += gap + w
	}
	if end == "" || used+endWidth > columns {
		return row
	}
	return row + blanks(columns-used-endWidth) + end
}

package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
)

// actions are what the user may bind keys to, by the names that the settings
// know them by. Digits copy rows and esc goes back, whatever is bound.
var actions = []struct {
	name string
	of   func(*keymap) *key.Binding
}{
	{"copy", func(k *keymap) *key.Binding { return &k.copy }},
	{"next", func(k *keymap) *key.Binding { return &k.next }},
	{"type", func(k *keymap) *key.Binding { return &k.typing }},
	{"wait", func(k *keymap) *key.Binding { return &k.wait }},
	{"draw", func(k *keymap) *key.Binding { return &k.advance }},
	{"hide", func(k *keymap) *key.Binding { return &k.hide }},
	{"filter", func(k *keymap) *key.Binding { return &k.filter }},
	{"big", func(k *keymap) *key.Binding { return &k.big }},
	{"hold", func(k *keymap) *key.Binding { return &k.hold }},
	{"details", func(k *keymap) *key.Binding { return &k.details }},
	{"qr", func(k *keymap) *key.Binding { return &k.qr }},
	{"add", func(k *keymap) *key.Binding { return &k.add }},
	{"import", func(k *keymap) *key.Binding { return &k.intake }},
	{"paste", func(k *keymap) *key.Binding { return &k.paste }},
	{"screen", func(k *keymap) *key.Binding { return &k.screen }},
	{"edit", func(k *keymap) *key.Binding { return &k.edit }},
	{"delete", func(k *keymap) *key.Binding { return &k.remove }},
	{"undo", func(k *keymap) *key.Binding { return &k.undo }},
	{"pin", func(k *keymap) *key.Binding { return &k.pin }},
	{"order", func(k *keymap) *key.Binding { return &k.order }},
	{"recovery", func(k *keymap) *key.Binding { return &k.recovery }},
	{"verify", func(k *keymap) *key.Binding { return &k.verify }},
	{"clock", func(k *keymap) *key.Binding { return &k.clock }},
	{"agent", func(k *keymap) *key.Binding { return &k.agent }},
	{"settings", func(k *keymap) *key.Binding { return &k.settings }},
	{"choose", func(k *keymap) *key.Binding { return &k.choose }},
	{"tags", func(k *keymap) *key.Binding { return &k.tags }},
	{"export", func(k *keymap) *key.Binding { return &k.export }},
	{"fold", func(k *keymap) *key.Binding { return &k.fold }},
	{"move_up", func(k *keymap) *key.Binding { return &k.moveUp }},
	{"move_down", func(k *keymap) *key.Binding { return &k.moveDown }},
	{"warning", func(k *keymap) *key.Binding { return &k.matter }},
	{"vaults", func(k *keymap) *key.Binding { return &k.vaults }},
	{"lock", func(k *keymap) *key.Binding { return &k.lock }},
	{"help", func(k *keymap) *key.Binding { return &k.help }},
	{"suspend", func(k *keymap) *key.Binding { return &k.suspend }},
	{"quit", func(k *keymap) *key.Binding { return &k.quit }},
	{"up", func(k *keymap) *key.Binding { return &k.up }},
	{"down", func(k *keymap) *key.Binding { return &k.down }},
	{"first", func(k *keymap) *key.Binding { return &k.top }},
	{"last", func(k *keymap) *key.Binding { return &k.bottom }},
	{"page_up", func(k *keymap) *key.Binding { return &k.pageUp }},
	{"page_down", func(k *keymap) *key.Binding { return &k.pageDown }},
}

// Action is something that keys are bound to.
type Action struct {
	Name string
	Does string
	Keys []string // when the settings say nothing
}

// Actions are all of them, in the order of the help.
func Actions() []Action {
	list := make([]Action, len(actions))
	standard := standardKeys
	for i, a := range actions {
		b := a.of(&standard)
		list[i] = Action{Name: a.name, Does: b.Help().Desc}
		for _, name := range b.Keys() {
			list[i].Keys = append(list[i].Keys, asWritten(name))
		}
	}
	return list
}

// KeyFault is a wish for a key that cannot be met.
type KeyFault struct {
	Action string
	What   string // a sentence without its end
}

// beside is the keymap on a page that has letters of its own: they stay the page's,
// whatever they do in the list, and no hint of it names one of them for something
// else.
func (k keymap) beside(letters ...string) keymap {
	for _, a := range actions {
		b := a.of(&k)
		if slices.ContainsFunc(b.Keys(), func(name string) bool { return slices.Contains(letters, name) }) {
			names := slices.DeleteFunc(slices.Clone(b.Keys()), func(name string) bool { return slices.Contains(letters, name) })
			*b = bind(namesOf(names), b.Help().Desc, names...)
		}
	}
	return k
}

// CheckKeys says what is wrong with bindings; nothing if they can be used.
func CheckKeys(chosen map[string][]string) []KeyFault {
	_, faults := bound(chosen)
	return faults
}

// bound lays chosen keys over the standard ones. An action that is named has the
// keys it is given, and those that nobody may take from it; where there is a
// fault the standard keys stay.
func bound(chosen map[string][]string) (keymap, []KeyFault) {
	keys := standardKeys
	var faults []KeyFault
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		if !slices.ContainsFunc(Actions(), func(a Action) bool { return a.Name == name }) {
			faults = append(faults, KeyFault{name, fmt.Sprintf("there is no action %q", name)})
		}
	}
	for _, a := range actions {
		wished, named := chosen[a.name]
		if !named {
			continue
		}
		b := a.of(&keys)
		names, fault := allowed(wished, *b)
		if fault != "" {
			faults = append(faults, KeyFault{a.name, fault})
			continue
		}
		if !slices.Equal(names, b.Keys()) {
			*b = bind(namesOf(names), b.Help().Desc, names...)
		}
	}
	if faults = append(faults, collisions(&keys, chosen)...); len(faults) > 0 {
		return standardKeys, faults
	}
	return keys, nil
}

// collisions are keys that two actions would have. The fault is laid to one that
// the user bound.
func collisions(keys *keymap, chosen map[string][]string) (faults []KeyFault) {
	owner := map[string]string{}
	for _, a := range actions {
		for _, name := range a.of(keys).Keys() {
			other, taken := owner[name]
			owner[name] = a.name
			if !taken {
				continue
			}
			blamed, former := a.name, other
			if _, mine := chosen[blamed]; !mine {
				blamed, former = other, a.name
			}
			faults = append(faults, KeyFault{blamed, fmt.Sprintf("%s is bound to %s already; %s needs another key", keyName(name), former, blamed)})
		}
	}
	return faults
}

// allowed are the keys of a wish as the terminal's library names them, and behind
// them those that stay with the action: enter copies, arrows move, whatever else
// does.
func allowed(wished []string, standard key.Binding) (names []string, fault string) {
	for _, typed := range wished {
		name, ok := parseKey(typed)
		switch {
		case !ok:
			return nil, fmt.Sprintf("there is no key %q; a key is a character, or like space, f5, ctrl-l, alt-x", typed)
		case fixed(name) && !slices.Contains(standard.Keys(), name):
			return nil, keyName(name) + " always does what it does now; another key is needed"
		case !slices.Contains(names, name):
			names = append(names, name)
		}
	}
	for _, name := range standard.Keys() {
		if fixed(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, ""
}

// fixed are the keys that mean the same to everybody, and the ones by which the
// pages and their fields are used.
func fixed(name string) bool {
	switch name {
	case "enter", "esc", "ctrl+c", "tab", "shift+tab", "backspace", "delete", "up", "down", "left", "right", "pgup", "pgdown", "home", "end":
		return true
	}
	return len(name) == 1 && name[0] >= '0' && name[0] <= '9'
}

// parseKey reads a key as people write it: ctrl-l or ctrl+l, L, space.
func parseKey(typed string) (string, bool) {
	if utf8.RuneCountInString(typed) == 1 {
		r, _ := utf8.DecodeRuneInString(typed)
		if r == ' ' {
			return "space", true
		}
		return typed, unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.M, r)
	}
	name := strings.ToLower(typed)
	for _, held := range []string{"ctrl", "alt"} {
		if rest, ok := strings.CutPrefix(name, held); ok && len(rest) == 2 && (rest[0] == '-' || rest[0] == '+') {
			// A terminal sends these as other keys, or as nothing.
			letter := rest[1] >= 'a' && rest[1] <= 'z'
			same := held == "ctrl" && strings.ContainsRune("himsq", rune(rest[1]))
			return held + "+" + rest[1:], letter && !same
		}
	}
	switch name {
	case "space", "insert", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12":
		return name, true
	case "pgdn":
		name = "pgdown"
	case "ctrl-c":
		name = "ctrl+c"
	case "shift-tab":
		name = "shift+tab"
	}
	return name, fixed(name)
}

// keyName is a key as the screen shows it.
func keyName(name string) string {
	switch name {
	case "up":
		return "↑"
	case "down":
		return "↓"
	}
	return asWritten(name)
}

// asWritten is a key as people write it.
func asWritten(name string) string {
	switch {
	case name == "pgdown":
		return "pgdn"
	case len(name) > 1:
		return strings.ReplaceAll(name, "+", "-")
	}
	return name
}

// namesOf is as many keys as the help has room for, the first one always.
func namesOf(names []string) string {
	text := ""
	for _, name := range names {
		if text != "" && width(text)+1+width(keyName(name)) >= helpKeyWidth {
			break
		}
		text = strings.TrimSpace(text + " " + keyName(name))
	}
	return text
}

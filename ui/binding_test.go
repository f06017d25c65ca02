package ui

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
)

// rebind gives a story keys of its own.
func (s *story) rebind(chosen map[string][]string) *story {
	s.t.Helper()
	if faults := CheckKeys(chosen); len(faults) > 0 {
		s.t.Fatal(faults)
	}
	terminal := unicodeLook
	terminal.Keys = chosen
	*s.p.look = *newLook(terminal)
	return s
}

func TestBoundKeysActAndAreShown(t *testing.T) {
	s := newStory(t, drawn()...).rebind(map[string][]string{
		"copy": {"y"}, "next": {"ctrl-n", "n"}, "edit": {"i"}, "import": {"e"}, "lock": {}, "help": {"h"}, "details": {"ж"},
	})
	s.sees("y copy   ctrl-n next").sees("e import").sees("h keys").seesNot("enter copy").seesNot("L lock").seesNot("? keys")
	s.press("y").sees("GitHub · alice@example.com copied")
	s.press("j", "enter").sees("AWS prod · audit copied") // nobody can take enter from it
	s.press("j", "c")
	if s.p.toast.text != "" {
		t.Fatalf("c is free, and says %q", s.p.toast.text)
	}
	s.press("e").sees("Import").press("esc")
	s.press("i").sees("Edit").press("esc")
	s.press("L")
	if s.quit {
		t.Fatal("an action without keys has one")
	}
	s.press("ж").sees("time-based").sees("y copy   i edit").press("esc")
	s.press("h").sees("y enter").sees("ctrl-n n").sees("e        import")
	s.press("h")
	if s.p.page != nil {
		t.Error("the key that opened the help does not close it")
	}
}

// Text is never translated: what is bound in the list is a letter in a field.
func TestBoundKeysAreLettersInAField(t *testing.T) {
	s := newStory(t, drawn()...).rebind(map[string][]string{"next": {"y"}, "filter": {"Z"}})
	s.press("Z").typeText("yZ").sees("/yZ")
}

func TestKeysThatCannotBeBound(t *testing.T) {
	for _, c := range []struct {
		chosen map[string][]string
		action string
		says   string
	}{
		{map[string][]string{"lock": {"n"}}, "lock", "n is bound to next already; lock needs another key"},
		{map[string][]string{"next": {"L"}}, "next", "L is bound to lock already; next needs another key"},
		{map[string][]string{"next": {"y"}, "lock": {"y"}}, "lock", "y is bound to next already; lock needs another key"},
		{map[string][]string{"lock": {"enter"}}, "lock", "enter always does what it does now; another key is needed"},
		{map[string][]string{"lock": {"esc"}}, "lock", "esc always"},
		{map[string][]string{"lock": {"7"}}, "lock", "7 always"},
		{map[string][]string{"lock": {"Ctrl-C"}}, "lock", "ctrl-c always"},
		{map[string][]string{"lock": {"up"}}, "lock", "↑ always"},
		{map[string][]string{"lock": {"ctrl-m"}}, "lock", `there is no key "ctrl-m"`},
		{map[string][]string{"lock": {"entre"}}, "lock", `there is no key "entre"`},
		{map[string][]string{"lock": {""}}, "lock", `there is no key ""`},
		{map[string][]string{"lock": {"\u202e"}}, "lock", "there is no key"},
		{map[string][]string{"lokc": {"x"}}, "lokc", `there is no action "lokc"`},
	} {
		faults := CheckKeys(c.chosen)
		if len(faults) != 1 || faults[0].Action != c.action || !strings.HasPrefix(faults[0].What, c.says) {
			t.Errorf("%v: %q", c.chosen, faults)
		}
		if keys, _ := bound(c.chosen); !reflect.DeepEqual(keys, standardKeys) {
			t.Errorf("%v has an effect all the same", c.chosen)
		}
	}
	if faults := CheckKeys(map[string][]string{"next": {"L"}, "lock": {"n"}, "hide": {" "}, "quit": {"q"}, "up": {"k", "up"}}); len(faults) > 0 {
		t.Errorf("two that change places: %v", faults)
	}
}

// A letter that a page has for itself stays the page's: w writes the picture of a
// QR code also where it copies in the list.
func TestAPageKeepsItsOwnLetters(t *testing.T) {
	s := newStory(t, drawn()...).rebind(map[string][]string{"qr": {"w"}, "wait": {"o"}})
	s.press("w").sees("w write PNG").press("w").sees("write to otpane-github")
	s, _ = newSettingsStory(t)
	s.rebind(map[string][]string{"settings": {"k"}, "up": {"ctrl-p"}}).press("k").sees("Settings").press("k").sees("default")
	if keys := standardKeys.beside("c", "k"); on(keys.copy, "").key != "enter" || keys.up.Help().Key != "↑" || len(keys.next.Keys()) != 1 {
		t.Errorf("%v", keys)
	}
}

// Every binding can be chosen, but for the digits and esc.
func TestEveryBindingIsAnAction(t *testing.T) {
	if n := reflect.TypeFor[keymap]().NumField(); n != len(actions)+2 {
		t.Errorf("%d bindings, %d actions", n, len(actions))
	}
	keys := standardKeys
	var seen []*key.Binding
	for _, a := range actions {
		if b := a.of(&keys); slices.Contains(seen, b) || b == &keys.row || b == &keys.back {
			t.Errorf("%s is another's binding", a.name)
		} else {
			seen = append(seen, b)
		}
	}
	for _, a := range Actions() {
		if faults := CheckKeys(map[string][]string{a.Name: a.Keys}); len(faults) > 0 {
			t.Errorf("%s: its own keys: %v", a.Name, faults)
		}
	}
}

// With every letter bound to something else, no screen names a key that does not
// act: the hints are made from the bindings.
func TestNoHintNamesAKeyThatWasTakenAway(t *testing.T) {
	chosen := map[string][]string{}
	for i, a := range Actions() {
		chosen[a.Name] = []string{string(rune('а' + i))}
	}
	ways := map[string]string{"add": "a", "import": "i", "qr": "o", "big": "b", "details": "l", "help": "?", "": ""}
	for action := range ways {
		s := newStory(t, drawn()...).rebind(chosen)
		if action != "" {
			s.press(chosen[action][0])
			if s.p.page == nil {
				t.Fatalf("%s opens nothing", action)
			}
		}
		for _, a := range Actions() {
			for _, old := range a.Keys {
				if name, _ := parseKey(old); fixed(name) || action == "qr" && old == "w" {
					continue
				}
				for _, row := range strings.Split(s.screen(), "\n")[20:] {
					for _, shown := range strings.Split(row, "   ") {
						if strings.HasPrefix(strings.TrimSpace(shown), old+" ") {
							t.Errorf("%s: %q, and %s is no key of %s any more", action, shown, old, a.Name)
						}
					}
				}
			}
		}
	}
}

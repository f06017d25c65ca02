package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"otpane/vault"
)

var asciiLook = Terminal{Environment: []string{"TERM=dumb"}}

// In ASCII mode every screen is ASCII but for names, and no wider than the pane:
// what stories draw, what each key opens, and the screens before the list.
func TestASCIIScreensAreASCII(t *testing.T) {
	sizes := [][2]int{{200, 60}, {120, 30}, {80, 24}, {60, 12}, {40, 10}, {30, 6}, {24, 10}, {20, 3}, {12, 1}}
	checked := 0
	check := func(s *story, name string) {
		t.Helper()
		for _, size := range sizes {
			s.size(size[0], size[1])
			asciiOnly(t, name, s.p.View().Content, size[0])
			checked++
		}
	}
	ascii := func() *story {
		s := newStory(t, drawn()...)
		s.p.look = newLook(asciiLook)
		return s
	}
	for name, prepare := range screens {
		s := ascii()
		prepare(s)
		check(s, name)
	}
	for _, b := range append(helpBindings(standardKeys), moveBindings(standardKeys)...) {
		s := ascii()
		s.press("j", b.Keys()[0])
		check(s, "key "+b.Keys()[0])
		check(s.wait(time.Second).press("esc"), "esc after "+b.Keys()[0])
	}
	doors := map[string]tea.Model{
		"unlock":    newDoorway(t.Context(), Door{Path: "/home/alice/vault.age", Reason: "locked, 10 min idle"}, newLook(asciiLook)),
		"first run": newFirstRun(t.Context(), Setup{Path: "/home/alice/vault.age", Generate: vault.Generate, Strength: vault.Strength}, newLook(asciiLook)),
	}
	for name, door := range doors {
		for _, key := range []string{"x", "down", "down", "down", "enter", "x"} {
			for _, size := range sizes {
				door, _ = door.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				asciiOnly(t, name, door.View().Content, size[0])
			}
			door, _ = door.Update(keyPress(key))
		}
	}
	if checked < 500 {
		t.Errorf("only %d screens were checked", checked)
	}
}

func asciiOnly(t *testing.T, name, content string, columns int) {
	t.Helper()
	names := strings.NewReplacer("楽", "", "天", "", "証", "", "券", "", "山", "", "田", "", "太", "", "郎", "")
	for _, line := range strings.Split(ansi.Strip(content), "\n") {
		for _, r := range names.Replace(line) {
			if r < ' ' || r > '~' {
				t.Errorf("%s: %q at %d columns: %s", name, r, columns, line)
			}
		}
		if width(line) > columns {
			t.Errorf("%s: %d columns wide: %s", name, width(line), line)
		}
	}
}

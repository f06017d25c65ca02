package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// shelf is a settings file that lies in memory: three settings, and keys.
type shelf struct {
	guard  int
	masked bool
	theme  int
	keys   map[string][]string
	err    error
}

func (s *shelf) settings() *Settings {
	return &Settings{
		Path: "/home/alice/.config/otpane/config.toml",
		Rows: func() []Setting {
			return []Setting{
				{"theme", "theme", []string{"default, follows the terminal", "solarized"}[s.theme], "colours: default, solarized"},
				{"guard", "hand out the next code", fmt.Sprintf("in the last %d s", s.guard), "this close to its end a code is not handed out"},
				{"clear_after", "clear the clipboard", "after 30 s", "a copied code leaves the clipboard after this time"},
				{"lock_after", "lock", "after 10 min idle", "the pane locks after this time without a key"},
				{"masked", "codes", map[bool]string{true: "hidden at the start", false: "shown"}[s.masked], "codes start hidden"},
			}
		},
		Change: func(name string, by int) error {
			switch {
			case s.err != nil:
				return s.err
			case name == "guard":
				s.guard += by
			case name == "theme":
				s.theme = 1 - s.theme
			case name == "masked":
				s.masked = !s.masked
			}
			return nil
		},
		Bind: func(action string, keys []string) error {
			if s.keys[action] = keys; keys == nil {
				delete(s.keys, action)
			}
			return s.err
		},
		Edit: func() error {
			s.guard = 6
			return s.err
		},
		Apply: func(c *Config, t *Terminal) {
			c.Guard, c.Masked, t.Keys = time.Duration(s.guard)*time.Second, s.masked, s.keys
			t.Theme = []string{DefaultTheme, "solarized"}[s.theme]
		},
	}
}

func newSettingsStory(t *testing.T) (*story, *shelf) {
	t.Helper()
	s, file := newStory(t, drawn()...), &shelf{guard: 3, keys: map[string][]string{}}
	s.p.config.Settings = file.settings()
	return s, file
}

func TestSettingsActAtOnce(t *testing.T) {
	s, file := newSettingsStory(t)
	s.press(",").sees("Settings").sees("in the last 3 s")
	s.press("down", "right").sees("in the last 4 s")
	if s.p.config.Guard != 4*time.Second {
		t.Errorf("the guard is %v", s.p.config.Guard)
	}
	s.press("left", "left").sees("in the last 2 s")
	before := s.p.View().Content
	s.press("up", "enter").sees("solarized")
	if s.p.View().Content == before || s.p.look.theme.dark != themes["solarized"].dark {
		t.Error("the colours are as they were")
	}
	s.press("end", "space").sees("hidden at the start").press("esc").sees("••• •••")
	file.err = errors.New("config.toml, line 3: there is no setting \"x\"")
	s.press(",", "right").sees("Not changed: config.toml, line 3")
	if file.theme != 1 {
		t.Error("changed all the same")
	}
}

// What the terminal answered of its background outlasts a change.
func TestSettingsKeepTheDaylight(t *testing.T) {
	s, _ := newSettingsStory(t)
	s.p.look.daylight(true)
	s.press(",", "right")
	light := newLook(unicodeLook)
	light.theme = themes["solarized"]
	light.daylight(true)
	if got, want := s.p.look.text.paint("x"), light.text.paint("x"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestKeysAreBoundOnTheirPage(t *testing.T) {
	s, file := newSettingsStory(t)
	s.press(",", "k").sees("enter c").press("enter").sees("Press the new key for copy.")
	s.press("y").sees("y enter")
	s.press("down", "enter", "y").sees("y is bound to copy already; next needs another key.")
	if len(file.keys) != 1 {
		t.Fatalf("saved all the same: %v", file.keys)
	}
	s.press("enter", "7").sees("7 always does what it does now")
	s.press("enter", "esc").seesNot("Press the new key").press("enter", "ctrl+n").sees("ctrl-n")
	s.press("esc").sees("Settings").press("esc").sees("y copy   ctrl-n next")
	s.press("y").sees("copied")
	s.press(",", "k", "backspace").sees("enter c").press("esc", "esc").sees("enter copy   ctrl-n next")
	if got := fmt.Sprint(file.keys); got != "map[next:[ctrl-n]]" {
		t.Errorf("the file has %s", got)
	}
}

// The editor has the terminal, and the pane's time stands still: nothing that was
// copied may outlast it, and the time it took is no sleep of the machine.
func TestTheFileIsEditedInAnEditor(t *testing.T) {
	s, file := newSettingsStory(t)
	s.press("enter", ",").sees("e edit the file")
	if len(s.p.clips) != 1 {
		t.Fatal("nothing was copied")
	}
	w, is := s.p.page.press(keyPress("e"), s.p.frame()).(wantEditor)
	if !is {
		t.Fatal("e opens no editor")
	}
	ring := s.p.ring
	s.p.fulfil(w)
	if s.p.ring == ring || len(s.p.clips) > 0 {
		t.Error("the timer runs on, or the clipboard waits for it")
	}
	s.now = s.now.Add(time.Minute)
	if err := w.edit(); err != nil {
		t.Fatal(err)
	}
	s.send(settingsChanged{edited: true})
	s.sees("in the last 6 s").send(tick{s.p.ring})
	if s.quit {
		t.Error("a minute in the editor locks the pane")
	}
	s.now = s.now.Add(11 * time.Minute)
	s.send(settingsChanged{edited: true})
	if s.send(tick{s.p.ring}); !s.quit {
		t.Error("an editor that is left open keeps the pane from locking")
	}
	file.err = errors.New("config.toml, line 3: no")
	s.send(settingsChanged{err: w.edit(), edited: true})
	s.sees("Not changed: config.toml, line 3")
}

func TestWithoutAnEditorNoneIsOffered(t *testing.T) {
	s, _ := newSettingsStory(t)
	s.p.config.Settings.Edit = nil
	if s.press(",").seesNot("edit the file"); s.p.page.press(keyPress("e"), s.p.frame()) != nil {
		t.Error("e wants something")
	}
}

func TestWithoutAFileThereIsNoPage(t *testing.T) {
	newStory(t, drawn()...).press(",").sees("There is no settings file here.")
}

func TestSettingsScreens(t *testing.T) {
	for name, keys := range map[string]string{"settings": ", down", "settings-keys": ", k down", "settings-key": ", k enter", "settings-refused": ", k enter n"} {
		for _, size := range [][2]int{{80, 24}, {60, 9}, {40, 10}, {30, 6}} {
			s, _ := newSettingsStory(t)
			s.size(size[0], size[1]).press(strings.Fields(keys)...)
			golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), s.screen())
			*s.p.look = *newLook(asciiLook)
			asciiOnly(t, name, s.p.View().Content, size[0])
		}
	}
}

package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
)

func (s *story) click(row int, mod tea.KeyMod) *story {
	s.send(tea.MouseClickMsg{X: 5, Y: row, Button: tea.MouseLeft, Mod: mod})
	return s
}

func (s *story) wheel(button tea.MouseButton) *story {
	s.send(tea.MouseWheelMsg{X: 5, Y: 5, Button: button})
	return s
}

// A click copies the row under it, in every layout and also when scrolled.
func TestClickCopiesTheRowUnderIt(t *testing.T) {
	for _, size := range [][2]int{{200, 24}, {120, 30}, {80, 24}, {60, 12}, {40, 10}, {30, 6}, {24, 10}, {20, 3}} {
		s := newStory(t, drawn()...)
		s.size(size[0], size[1]).wait(4 * time.Second).wheel(tea.MouseWheelDown) // no code is about to die
		clicked := 0
		for row, line := range strings.Split(s.screen(), "\n") {
			for _, a := range s.p.list.accounts {
				if !a.Timed() || !strings.Contains(line, grouped(a, a.At(s.now).Code)) {
					continue
				}
				s.clipboard = ""
				s.click(row, tea.ModShift)
				if s.clipboard != "" {
					t.Errorf("%v: a click with the terminal's own modifier copied", size)
				}
				if s.click(row, 0); s.clipboard != a.At(s.now).Code {
					t.Errorf("%v: row %d shows %s and copied %q", size, row, a.Label(), s.clipboard)
				}
				clicked++
			}
		}
		if clicked < min(s.p.frame().listRows()-1, 11) {
			t.Errorf("%v: %d rows were clicked", size, clicked)
		}
		s.clipboard = ""
		if s.click(size[1]-1, 0); size[1] > 3 && s.clipboard != "" {
			t.Errorf("%v: a click below the list copied", size)
		}
	}
}

// The wheel scrolls; what is selected stays so for as long as it is seen.
func TestWheelScrolls(t *testing.T) {
	s := newStory(t, drawn()...)
	s.size(40, 10).press("j", "j", "j", "j").sees("1–7/12")
	selected := s.p.list.account().ID
	s.wheel(tea.MouseWheelDown).sees("4–10/12")
	if s.p.list.account().ID != selected {
		t.Error("the selection moved while it was seen")
	}
	s.wheel(tea.MouseWheelDown).sees("6–12/12").wheel(tea.MouseWheelDown).sees("6–12/12")
	if s.wheel(tea.MouseWheelUp).sees("3–9/12"); s.p.list.selected < 2 || s.p.list.selected > 8 {
		t.Errorf("row %d is selected, which is not seen", s.p.list.selected)
	}
	s.press("G").sees("6–12/12").wheel(tea.MouseWheelUp).sees("3–9/12")
	s.size(80, 24).press("g").wheel(tea.MouseWheelDown)
	if s.p.list.selected != 1 {
		t.Errorf("where all is seen the wheel went to row %d", s.p.list.selected)
	}
	s.size(40, 10).press("?").wheel(tea.MouseWheelDown).seesNot("copy the row").wheel(tea.MouseWheelUp).sees("copy the row")
}

// Without the keyboard tint and hints go; codes and bars go on.
func TestBlur(t *testing.T) {
	s := newStory(t, drawn()...)
	s.sees("enter copy").sees("? keys")
	tinted := func() bool { return strings.Contains(s.p.View().Content, "48;2;") }
	if !tinted() {
		t.Fatal("the selected row has no tint to lose")
	}
	s.send(tea.BlurMsg{})
	if tinted() {
		t.Error("the selected row keeps its tint")
	}
	s.seesNot("enter copy").seesNot("? keys").sees("▌1 ★ GitHub").sees(group(s.code("GitHub"))).sees("18s")
	s.wait(20 * time.Second).sees(group(s.code("GitHub"))).sees("28s")
	s.send(tea.FocusMsg{})
	s.sees("enter copy")
	// A terminal that forgets to say that the keyboard is back is believed the keys.
	s.send(tea.BlurMsg{})
	s.press("j").sees("enter copy")
	if !tinted() {
		t.Error("the tint did not come back")
	}
}

// With "hide on blur" no code is on the screen while the keyboard is elsewhere,
// on no page and of no account; without a report from the terminal all stays.
func TestHideOnBlur(t *testing.T) {
	for name, open := range map[string]func(*story){
		"list":    func(*story) {},
		"drawn":   func(s *story) { s.press("/").typeText("router").press("esc", "+") },
		"big":     func(s *story) { s.press("b") },
		"details": func(s *story) { s.press("l") },
		"form":    func(s *story) { s.press("a").typeText("JBSWY3DPEHPK3PXP") },
		"import":  func(s *story) { s.paste(fourOfATransfer()) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t, drawn()...)
			s.p.config.HideOnBlur = true
			s.size(120, 30)
			open(s)
			if len(s.codesSeen()) == 0 {
				t.Fatalf("no code is shown to begin with:\n%s", s.screen())
			}
			s.send(tea.BlurMsg{})
			if seen := s.wait(3 * time.Second).codesSeen(); len(seen) != 0 {
				t.Errorf("%q still shown:\n%s", seen, s.screen())
			}
			s.send(tea.FocusMsg{})
			if len(s.codesSeen()) == 0 {
				t.Error("the codes did not come back")
			}
		})
	}
	s := newStory(t, drawn()...)
	s.p.config.HideOnBlur = true
	s.size(120, 60).press("o").sees("▀")
	s.send(tea.BlurMsg{})
	s.seesNot("▀").sees("Hidden until the terminal has the keyboard.")
}

// codesSeen are all codes on the screen that could be used, also those of a form or
// a preview.
func (s *story) codesSeen() (seen []string) {
	key, _ := otpcore.ParseSecret("JBSWY3DPEHPK3PXP")
	accounts := append(s.p.config.Vault.Accounts(),
		otpcore.Account{Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30, Secret: key},
		otpcore.Account{Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30, Secret: otpcore.NewSecret([]byte("a key for Zulip"))})
	screen := strings.NewReplacer(" ", "", "\n", "").Replace(s.screen())
	for _, a := range accounts {
		if !a.Timed() {
			if code := s.p.list.drawn[a.ID].code; code != "" && strings.Contains(screen, code) {
				seen = append(seen, code)
			}
			continue
		}
		for _, at := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
			if code := a.At(s.now.Add(at)).Code; strings.Contains(screen, code) {
				seen = append(seen, code)
			}
		}
	}
	return seen
}

func TestSecondsOnEveryRow(t *testing.T) {
	s := newStory(t, drawn()...)
	if n := strings.Count(s.screen(), "18s"); n != 1 {
		t.Fatalf("%d rows show their seconds by default", n)
	}
	s.p.config.AllSeconds = true
	if n := strings.Count(s.screen(), "18s"); n != 9 {
		t.Errorf("%d rows show 18 s, nine have them:\n%s", n, s.screen())
	}
	golden(t, "seconds-80x24", s.screen())
}

package ui

import (
	"math"
	"strings"
	"testing"
)

func TestContrastIsReckonedRight(t *testing.T) {
	if got := contrast("#FFFFFF", "#000000"); math.Abs(got-21) > 0.01 {
		t.Errorf("black on white is %.2f", got)
	}
	if got := contrast("#777777", "#FFFFFF"); math.Abs(got-4.48) > 0.01 {
		t.Errorf("#777777 on white is %.2f", got)
	}
}

func TestTextOfEveryThemeCanBeRead(t *testing.T) {
	for _, name := range Themes() {
		chosen := themes[name]
		if len(chosen.on.dark) == 0 || len(chosen.on.light) == 0 && chosen.background == "" {
			t.Errorf("nobody says what %s is drawn on", name)
		}
		canBeRead(t, name+" dark", chosen.dark, chosen.on.dark)
		canBeRead(t, name+" light", chosen.light, chosen.on.light)
	}
}

func canBeRead(t *testing.T, name string, p palette, backgrounds []string) {
	t.Helper()
	for _, token := range tokens {
		if got, on := faintest(p, token.name, backgrounds); got < readable {
			t.Errorf("%s: %s is %.2f:1 on %s", name, token.name, got, on)
		}
	}
}

func TestOwnColoursLieOverTheTheme(t *testing.T) {
	own := map[string]string{"code": "#FF00FF", "bar_empty": "#112233", "selection": "#010203", "text": "red"}
	terminal := unicodeLook
	terminal.Colours = own
	l := newLook(terminal)
	for _, light := range []bool{false, true} {
		l.daylight(light)
		drawn := l.code.on(true, "x") + l.barEmpty.paint("x") + l.text.paint("x")
		for _, rgb := range []string{"38;2;255;0;255", "48;2;1;2;3", "38;2;17;34;51"} {
			if !strings.Contains(drawn, rgb) {
				t.Errorf("light %v: %q lacks %s", light, drawn, rgb)
			}
		}
	}
	if standard := newLook(unicodeLook); l.accent.paint("x") == standard.accent.paint("x") {
		t.Error("the other colours are not the light theme's")
	}
}

func TestFaintOwnColoursAreRemarked(t *testing.T) {
	for _, c := range []struct {
		theme, token, colour, says string
	}{
		{DefaultTheme, "text", "#333333", "text can be read on light terminals alone: 1.0:1 on the selected row"},
		{DefaultTheme, "code", "#FFFF00", "code can be read on dark terminals alone: 1.0:1 on #FDF6E3"},
		{DefaultTheme, "warn", "#777777", "warn is faint: "},
		{"high-contrast", "warn", "#202020", "warn is faint: "},
		{"high-contrast", "warn", "#FFFF80", ""},
		{DefaultTheme, "selection", "#98A2AC", "selection is faint: 1.0:1 on it for muted and "},
		{DefaultTheme, "bar", "#000000", ""},
	} {
		var said string
		for _, remark := range FaintColours(c.theme, map[string]string{c.token: c.colour}) {
			said = remark.What
		}
		if !strings.HasPrefix(said, c.says) || c.says == "" && said != "" {
			t.Errorf("%s %s in %s: %q", c.token, c.colour, c.theme, said)
		}
	}
}

func TestThemesChangeTheColoursAndNotTheText(t *testing.T) {
	s := newStory(t, drawn()...)
	text, first := s.screen(), s.p.View().Content
	for _, name := range Themes()[1:] {
		terminal := unicodeLook
		terminal.Theme = name
		s.p.look = newLook(terminal)
		if s.screen() != text {
			t.Errorf("%s changes the text", name)
		}
		if s.p.View().Content == first {
			t.Errorf("%s looks like the default", name)
		}
	}
	terminal := unicodeLook
	terminal.Theme = "high-contrast"
	s.p.look = newLook(terminal)
	if s.p.View().BackgroundColor == nil {
		t.Error("high contrast does not paint its background")
	}
}

// What Lip Gloss says of one letter it says of every text.
func TestInkIsWhatItsStyleDraws(t *testing.T) {
	for _, environment := range []string{"COLORTERM=truecolor", "TERM=xterm", "NO_COLOR=1"} {
		l := newLook(Terminal{Environment: []string{"TERM=xterm-256color", environment}})
		for _, i := range []ink{l.text, l.muted, l.code, l.accent, l.warn, l.danger, l.bar, l.barEmpty, l.key, l.title, l.highlight} {
			if got, want := i.paint("w"), i.plain.style.Render("w"); got != want {
				t.Errorf("%s: %q, want %q", environment, got, want)
			}
			if got, want := i.on(true, "w"), i.selected.style.Render("w"); got != want {
				t.Errorf("%s: selected %q, want %q", environment, got, want)
			}
		}
	}
}

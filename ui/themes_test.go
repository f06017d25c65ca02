package ui

import (
	"math"
	"strconv"
	"testing"
)

// luminance and contrast are WCAG 2.2's, for colours written #RRGGBB.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil || len(hex) != 7 {
			t.Fatalf("%q is no colour", hex)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrastIsReckonedRight(t *testing.T) {
	if got := contrast(t, "#FFFFFF", "#000000"); math.Abs(got-21) > 0.01 {
		t.Errorf("black on white is %.2f", got)
	}
	if got := contrast(t, "#777777", "#FFFFFF"); math.Abs(got-4.48) > 0.01 {
		t.Errorf("#777777 on white is %.2f", got)
	}
}

func TestTextOfEveryThemeCanBeRead(t *testing.T) {
	backgrounds := map[string]struct{ dark, light []string }{
		DefaultTheme:    {[]string{"#000000", "#1E1E1E", "#282C34"}, []string{"#FFFFFF", "#FDF6E3"}},
		"colour-blind":  {[]string{"#000000", "#1E1E1E", "#282C34"}, []string{"#FFFFFF", "#FDF6E3"}},
		"high-contrast": {[]string{"#000000"}, nil},
		"catppuccin":    {[]string{"#1E1E2E"}, []string{"#EFF1F5"}},
		"solarized":     {[]string{"#002B36"}, []string{"#FDF6E3"}},
	}
	for _, name := range Themes() {
		on, known := backgrounds[name]
		if !known {
			t.Errorf("nobody says what %s is drawn on", name)
		}
		readable(t, name+" dark", themes[name].dark, on.dark)
		readable(t, name+" light", themes[name].light, on.light)
	}
}

func readable(t *testing.T, name string, p palette, backgrounds []string) {
	t.Helper()
	if len(backgrounds) == 0 {
		return
	}
	for _, background := range append(backgrounds, p.selection) {
		for token, colour := range map[string]string{
			"text": p.text, "muted": p.muted, "code": p.code, "accent": p.accent, "warn": p.warn, "danger": p.danger,
		} {
			if got := contrast(t, colour, background); got < 4.5 {
				t.Errorf("%s: %s is %.2f:1 on %s", name, token, got, background)
			}
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

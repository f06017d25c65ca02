package ui

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
)

// tokens are the colours that a user may lay over a theme, by the names that the
// settings know them by.
var tokens = []struct {
	name  string
	does  string
	of    func(*palette) *string
	reads bool // it is the colour of text
}{
	{"text", "names and sentences", func(p *palette) *string { return &p.text }, true},
	{"muted", "what matters less", func(p *palette) *string { return &p.muted }, true},
	{"code", "codes", func(p *palette) *string { return &p.code }, true},
	{"accent", "the selected row's mark and bar, and what is done", func(p *palette) *string { return &p.accent }, true},
	{"warn", "soon, and warnings", func(p *palette) *string { return &p.warn }, true},
	{"danger", "a code about to end", func(p *palette) *string { return &p.danger }, true},
	{"bar", "the time that is left", func(p *palette) *string { return &p.bar }, false},
	{"bar_empty", "the time that is over", func(p *palette) *string { return &p.faint }, false},
	{"selection", "behind the selected row", func(p *palette) *string { return &p.selection }, false},
}

// Token is a meaning that has a colour.
type Token struct {
	Name, Does string
	Dark       string // in the default theme
}

// Tokens are all of them.
func Tokens() []Token {
	list := make([]Token, len(tokens))
	standard := themes[DefaultTheme].dark
	for i, t := range tokens {
		list[i] = Token{t.name, t.does, *t.of(&standard)}
	}
	return list
}

// IsColour reports whether a text is a colour as the settings take it.
func IsColour(text string) bool { return colourForm.MatchString(text) }

var colourForm = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// under is a palette with a user's own colours over it.
func (p palette) under(colours map[string]string) palette {
	for _, t := range tokens {
		if own, ok := colours[t.name]; ok && IsColour(own) {
			*t.of(&p) = own
		}
	}
	return p
}

// readable is the contrast that text needs, by WCAG 2.2.
const readable = 4.5

// ColourRemark is what is worth knowing of a colour that will be used as it is.
type ColourRemark struct{ Token, What string }

// FaintColours names own colours that are hard to read: text on the backgrounds of
// its theme and on the selected row.
func FaintColours(name string, colours map[string]string) (remarks []ColourRemark) {
	chosen := themeNamed(name)
	for _, token := range slices.Sorted(maps.Keys(colours)) {
		if what := chosen.faint(token, colours); what != "" {
			remarks = append(remarks, ColourRemark{token, what})
		}
	}
	return remarks
}

func (t theme) faint(token string, colours map[string]string) string {
	dark, onDark := faintest(t.dark.under(colours), token, t.on.dark)
	light, onLight := faintest(t.light.under(colours), token, t.on.light)
	badly := func(c float64, on string) string { return fmt.Sprintf("%.1f:1 on %s", c, on) }
	switch {
	case dark < readable && light < readable:
		return fmt.Sprintf("%s is faint: %s and %s, where text needs %.1f:1", token, badly(dark, onDark), badly(light, onLight), readable)
	case dark < readable && len(t.on.light) == 0:
		return fmt.Sprintf("%s is faint: %s, where text needs %.1f:1", token, badly(dark, onDark), readable)
	case dark < readable:
		return fmt.Sprintf("%s can be read on light terminals alone: %s", token, badly(dark, onDark))
	case light < readable:
		return fmt.Sprintf("%s can be read on dark terminals alone: %s", token, badly(light, onLight))
	}
	return ""
}

// faintest is where text of a token is read worst, or for a selection the text on
// it. Bars are shapes, and have no least contrast.
func faintest(p palette, token string, backgrounds []string) (least float64, on string) {
	least = math.Inf(1)
	if len(backgrounds) == 0 {
		return least, ""
	}
	take := func(colour, background, name string) {
		if c := contrast(colour, background); c < least {
			least, on = c, name
		}
	}
	for _, t := range tokens {
		switch {
		case t.name == token && t.reads:
			for _, background := range backgrounds {
				take(*t.of(&p), background, background)
			}
			take(*t.of(&p), p.selection, "the selected row")
		case token == "selection" && t.reads:
			take(*t.of(&p), p.selection, "it for "+t.name)
		}
	}
	return least, on
}

// contrast is WCAG 2.2's, for colours written #RRGGBB.
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(hex string) (sum float64) {
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, _ := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8) // IsColour stands before it
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

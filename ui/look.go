package ui

import (
	"image/color"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// look is how the pane appears: one style per meaning and one glyph per mark.
// Views name meanings, never colours.
type look struct {
	text, muted, code     ink
	accent, warn, danger  ink
	bar, barEmpty         ink
	key, title, highlight ink
	glyphs
	theme    theme
	profile  colorprofile.Profile
	grouping Grouping
	keys     keymap // what the user bound; screens and views ask no other

	titled   bool // the window gets a title
	hintless bool // no keys are named
	light    bool // the terminal's background
	terminal Terminal
}

// ink is a style off and on the selected row, whose background reaches from
// column 1 to the code.
//
// Lip Gloss is asked once for what stands before and behind a text in a style.
// Asked for every text it looks for margins, borders and tabs that none of ours
// has, which took three quarters of a frame.
type ink struct{ plain, selected *brush } // nil draws a text as it is

type brush struct {
	style          lipgloss.Style
	before, behind string
}

func mix(plain, selected lipgloss.Style) ink { return ink{dip(plain), dip(selected)} }

func dip(style lipgloss.Style) *brush {
	before, behind, _ := strings.Cut(style.Render("x"), "x")
	return &brush{style, before, behind}
}

func (i ink) on(selected bool, s string) string {
	with := i.plain
	if selected {
		with = i.selected
	}
	if s == "" || with == nil {
		return s
	}
	return with.before + s + with.behind
}

func (i ink) paint(s string) string { return i.on(false, s) }

// glyphs are the marks, in Unicode or ASCII.
type glyphs struct {
	full, empty        string // bar
	chosen             string // the selected row
	pinned, unfinished string
	picked             string // chosen with others
	folded, opened     string // groups of accounts
	counter            string // counter-based
	warning            string
	hidden, undrawn    string // a digit that is not shown, or not yet drawn
	spent              string
	soon, following    string
	cut, dot           string
	divider            string
	block              string // of a big digit
	around             string // either way
}

var unicodeGlyphs = glyphs{
	full: "━", empty: "─", chosen: "▌", pinned: "★", unfinished: "○", picked: "x", folded: "▸", opened: "▾", counter: "+", warning: "!",
	hidden: "•", undrawn: "_", spent: "✓", soon: "!", following: "→", cut: "…", dot: "·", divider: "│", block: "█", around: "±",
}

var asciiGlyphs = glyphs{
	full: "=", empty: ".", chosen: ">", pinned: "^", unfinished: "o", picked: "x", folded: "+", opened: "-", counter: "+", warning: "!",
	hidden: "*", undrawn: "_", spent: "v", soon: "!", following: ">", cut: "~", dot: "-", divider: "|", block: "#", around: "+-",
}

// newLook draws dark at once; a terminal that answers that it is light changes
// it with daylight. Waiting for the answer could mean waiting for ever.
func newLook(t Terminal) *look {
	l := &look{terminal: t, titled: t.Title, profile: t.profile(), theme: themeNamed(t.Theme), glyphs: unicodeGlyphs}
	switch {
	case t.Plain:
		l.glyphs = spokenGlyphs()
	case !t.Unicode():
		l.glyphs = asciiGlyphs
	}
	l.keys, _ = bound(t.Keys)
	l.daylight(false)
	return l
}

// Unicode reports whether lines, blocks and arrows are drawn on this terminal.
func (t Terminal) Unicode() bool { return !t.ASCII && !t.plainGlyphs() }

// Depth says in words how many colours this terminal gets.
func (t Terminal) Depth() string {
	switch t.profile() {
	case colorprofile.TrueColor:
		return "true colour"
	case colorprofile.ANSI256:
		return "256 colours"
	case colorprofile.ANSI:
		return "16 colours"
	}
	return "no colours"
}

// plainGlyphs recognises terminals and locales that draw no block characters.
func (t Terminal) plainGlyphs() bool {
	switch t.getenv("TERM") {
	case "dumb", "linux":
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(t.getenv(name)); locale != "" {
			return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
		}
	}
	return false
}

// daylight chooses the inks for a light or a dark background.
func (l *look) daylight(light bool) {
	l.light = light
	switch {
	case l.profile <= colorprofile.ASCII:
		l.uncoloured()
	case l.profile == colorprofile.ANSI:
		l.sixteen()
	case light && l.theme.background == "":
		l.coloured(l.theme.light.under(l.terminal.Colours))
	default:
		l.coloured(l.theme.dark.under(l.terminal.Colours))
	}
	bold := func(i ink) ink { return mix(i.plain.style.Bold(true), i.selected.style.Bold(true)) }
	l.key, l.title = bold(l.text), bold(l.text)
	l.highlight = mix(l.accent.plain.style.Underline(true), l.accent.selected.style.Underline(true))
}

// background is painted by the one theme that has its own.
func (l *look) background() color.Color {
	if l.theme.background == "" || l.profile <= colorprofile.ANSI {
		return nil
	}
	return lipgloss.Color(l.theme.background)
}

func (l *look) coloured(p palette) {
	selection := lipgloss.Color(p.selection)
	of := func(hex string) ink {
		s := lipgloss.NewStyle().Foreground(lipgloss.Color(hex))
		return mix(s, s.Background(selection))
	}
	l.text, l.muted, l.accent, l.warn, l.danger = of(p.text), of(p.muted), of(p.accent), of(p.warn), of(p.danger)
	l.bar, l.barEmpty = of(p.bar), of(p.faint)
	l.code = of(p.code)
	l.code = mix(l.code.plain.style.Bold(true), l.code.selected.style.Bold(true))
}

// sixteen uses the terminal's own colours. Muted is faint and never colour 8,
// which Solarized makes invisible; the selected row is bold.
func (l *look) sixteen() {
	of := func(c color.Color) ink {
		s := lipgloss.NewStyle()
		if c != nil {
			s = s.Foreground(c)
		}
		return mix(s, s.Bold(true))
	}
	faint := lipgloss.NewStyle().Faint(true)
	l.text, l.accent, l.warn = of(nil), of(lipgloss.Cyan), of(lipgloss.Yellow)
	l.bar = ink{l.accent.plain, l.accent.plain}
	l.muted, l.barEmpty = mix(faint, lipgloss.NewStyle().Bold(true)), mix(faint, faint)
	danger := lipgloss.NewStyle().Foreground(lipgloss.Red).Bold(true)
	code := lipgloss.NewStyle().Bold(true)
	l.danger, l.code = mix(danger, danger), mix(code, code)
}

// uncoloured says everything with weight, underline and reverse (NO_COLOR).
func (l *look) uncoloured() {
	plain, bold := lipgloss.NewStyle(), lipgloss.NewStyle().Bold(true)
	faint, under, reverse := plain.Faint(true), plain.Underline(true), plain.Reverse(true)
	l.text, l.muted, l.code = mix(plain, bold), mix(faint, bold), mix(bold, bold)
	l.accent, l.warn, l.danger = mix(bold, bold), mix(under, under), mix(reverse, reverse)
	l.bar, l.barEmpty = mix(plain, plain), mix(faint, faint)
}

// warned is a sentence behind a warning sign, broken into lines.
func (l *look) warned(text string, columns int) []string {
	return l.marked(l.warn, l.warning, text, columns)
}

// marked is a sentence behind a sign, broken into lines.
func (l *look) marked(sign ink, mark, text string, columns int) (lines []string) {
	for i, line := range wrap(l.told(text), columns-3-width(mark)) {
		if i > 0 {
			mark = blanks(width(mark))
		}
		lines = append(lines, " "+sign.paint(mark)+" "+l.text.paint(line))
	}
	return lines
}

// told is a sentence of the rooms below with this look's own glyphs.
func (l *look) told(text string) string {
	return strings.ReplaceAll(l.name(text), unicodeGlyphs.around, l.around)
}

// name is a label fit to be drawn, parted by this look's own dot.
func (l *look) name(label string) string {
	return strings.ReplaceAll(outside(label), unicodeGlyphs.dot, l.dot)
}

func itoa(n int) string { return strconv.Itoa(n) }

func itoa64(n uint64) string { return strconv.FormatUint(n, 10) }

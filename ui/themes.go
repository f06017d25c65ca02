package ui

import (
	"maps"
	"slices"
)

// palette is the colours of one theme on one kind of background. Text tokens
// (all but bar and faint) reach a contrast of 4.5:1 on the backgrounds that a
// theme is meant for, and on the selection; a test computes it.
type palette struct {
	text, muted, code, accent, warn, danger, bar, faint, selection string
}

// theme is a palette for dark and one for light terminals. A theme with a
// background of its own paints it and has only one.
type theme struct {
	dark, light palette
	background  string
	on          backgrounds
}

// backgrounds are what a theme is meant to be read on.
type backgrounds struct{ dark, light []string }

var usualBackgrounds = backgrounds{[]string{"#000000", "#1E1E1E", "#282C34"}, []string{"#FFFFFF", "#FDF6E3"}}

// DefaultTheme follows the terminal's background.
const DefaultTheme = "default"

var themes = map[string]theme{
	DefaultTheme: {
		dark: palette{
			text: "#D5DBE1", muted: "#98A2AC", code: "#FFFFFF", accent: "#6FCFB4", warn: "#E8B655",
			danger: "#FF8A80", bar: "#5A9C8C", faint: "#444C54", selection: "#26343C",
		},
		light: palette{
			text: "#24292F", muted: "#58616A", code: "#000000", accent: "#0B6E63", warn: "#7F5300",
			danger: "#B01E2B", bar: "#3F8A80", faint: "#C9D0D6", selection: "#DCEDE9",
		},
		on: usualBackgrounds,
	},
	"high-contrast": {
		dark: palette{
			text: "#FFFFFF", muted: "#D6D6D6", code: "#FFFFFF", accent: "#00FFFF", warn: "#FFFF00",
			danger: "#FF9090", bar: "#00FFFF", faint: "#8A8A8A", selection: "#003A5C",
		},
		background: "#000000",
		on:         backgrounds{dark: []string{"#000000"}},
	},
	// Blue and orange stay apart for every common kind of colour blindness.
	"colour-blind": {
		dark: palette{
			text: "#D5DBE1", muted: "#98A2AC", code: "#FFFFFF", accent: "#56B4E9", warn: "#F0E442",
			danger: "#F0803C", bar: "#4A90BC", faint: "#444C54", selection: "#1D3446",
		},
		light: palette{
			text: "#24292F", muted: "#58616A", code: "#000000", accent: "#005F99", warn: "#7A5C00",
			danger: "#B04300", bar: "#3C82B0", faint: "#C9D0D6", selection: "#DCEAF5",
		},
		on: usualBackgrounds,
	},
	// Mocha and Latte, darkened where a token is text.
	"catppuccin": {
		dark: palette{
			text: "#CDD6F4", muted: "#A6ADC8", code: "#FFFFFF", accent: "#94E2D5", warn: "#F9E2AF",
			danger: "#F38BA8", bar: "#74C7EC", faint: "#45475A", selection: "#313244",
		},
		light: palette{
			text: "#4C4F69", muted: "#5C5F77", code: "#11111B", accent: "#0F6B70", warn: "#7F5300",
			danger: "#B80D32", bar: "#179299", faint: "#BCC0CC", selection: "#DCE0E8",
		},
		on: backgrounds{[]string{"#1E1E2E"}, []string{"#EFF1F5"}},
	},
	// Solarized's own accents are too faint for text; these keep their hue.
	"solarized": {
		dark: palette{
			text: "#A9B7B7", muted: "#93A1A1", code: "#FDF6E3", accent: "#4FC1B7", warn: "#D9B02C",
			danger: "#FF8F87", bar: "#2AA198", faint: "#2F5560", selection: "#073642",
		},
		light: palette{
			text: "#3F555D", muted: "#50646C", code: "#002B36", accent: "#12635D", warn: "#6E5200",
			danger: "#A61C1A", bar: "#2AA198", faint: "#D5CFBD", selection: "#EEE8D5",
		},
		on: backgrounds{[]string{"#002B36"}, []string{"#FDF6E3"}},
	},
}

// Themes are the names of all themes, the default first.
func Themes() []string {
	names := slices.Sorted(maps.Keys(themes))
	names = slices.DeleteFunc(names, func(name string) bool { return name == DefaultTheme })
	return append([]string{DefaultTheme}, names...)
}

// themeNamed falls back to the default; the settings refuse unknown names.
func themeNamed(name string) theme {
	if t, ok := themes[name]; ok {
		return t
	}
	return themes[DefaultTheme]
}

package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/rivo/uniseg"

	"otpane/otpcore"
)

// width counts columns of whole grapheme clusters: East Asian wide is 2, a flag
// or a joined emoji is 2, a combining mark is 0.
func width(s string) int { return ansi.StringWidth(s) }

// outside makes a text that came from a site, a file or an error fit to be
// drawn. It was cleaned when it was stored; a vault written by something else
// was not.
func outside(s string) string { return otpcore.Clean(s) }

// cut shortens plain text to at most columns, ending in mark where something is
// missing. A wide cluster that would stick out by half leaves a blank instead.
func cut(s string, columns int, mark string) string {
	if columns <= 0 {
		return ""
	}
	if width(s) <= columns {
		return s
	}
	room := columns - width(mark)
	if room < 0 {
		return strings.Repeat(" ", columns)
	}
	kept, used := "", 0
	for state, rest := -1, s; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+width(cluster) > room {
			break
		}
		kept += cluster
		used += width(cluster)
	}
	return kept + mark + strings.Repeat(" ", room-used)
}

// left pads s to columns, or cuts it.
func left(s string, columns int, mark string) string {
	s = cut(s, columns, mark)
	return s + blanks(columns-width(s))
}

// right pads s on its left to columns. It never cuts: what stands right are
// codes and seconds, and those are whole or absent.
func right(s string, columns int) string {
	return blanks(columns-width(s)) + s
}

func blanks(n int) string { return strings.Repeat(" ", max(n, 0)) }

func digitsOnly(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// first is the first sentence that fits into columns, or none.
func first(columns int, sentences ...string) string {
	for _, s := range sentences {
		if width(s) <= columns {
			return s
		}
	}
	return ""
}

// plural writes a count with its noun: "1 account", "2 accounts".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return itoa(n) + " " + noun + "s"
}

// wrap breaks a sentence at blanks into lines of at most columns.
func wrap(s string, columns int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case width(line)+1+width(word) <= columns:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// upperFirst makes a sentence of what a room below says in lower case.
func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

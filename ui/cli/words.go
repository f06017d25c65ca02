package cli

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible shows what could steer a terminal instead of sending it: controls and
// bytes that are no UTF-8 as \xNN, invisible format characters (bidi overrides
// turn a name around) and those that mean what a font wants as \uNNNN. The joiners
// inside emoji stay, and so do line breaks, which the caller has put there or must
// escape.
func visible(text string) string {
	var out strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, text[0])
		case r != '\n' && unicode.IsControl(r):
			fmt.Fprintf(&out, `\x%02x`, r)
		case r != '\n' && steers(r):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteString(text[:size])
		}
		text = text[size:]
	}
	return out.String()
}

// steers says of a character that a terminal may act on it, or show nothing or
// anything for it.
func steers(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' || unicode.Is(unicode.Co, r)
}

// inOneLine is visible for a text that has to stay one line: a name that another
// program wrote into a vault could break it, and go on as if otpane spoke.
func inOneLine(text string) string { return strings.ReplaceAll(visible(text), "\n", `\n`) }

// oneLine writes a text so that it stays one line and can be read back.
var oneLine = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

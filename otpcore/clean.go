package otpcore

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// MaxText is how many runes of an issuer, an account name or a tag are kept.
const MaxText = 300

// Clean makes outside text fit to be stored and to be drawn: one line of
// letters, marks, numbers, punctuation, symbols and single spaces, in NFC, at
// most MaxText runes. A label from a QR code could otherwise carry escape
// sequences to the terminal, turn the line around with bidi controls, or hide a
// second name in zero-width characters. What is not on the list is dropped.
//
// Clean(Clean(x)) is Clean(x): text is cleaned when it is stored and again where
// it is drawn.
func Clean(text string) string {
	if isPlain(text) {
		return text
	}
	return cut(strings.Join(strings.Fields(allow(beginning(text))), " "))
}

// maxInput bounds the work for a name of 60 MiB. Whoever hides the name behind
// so many characters that are dropped has none.
const maxInput = 64 << 10

func beginning(text string) string {
	if len(text) <= maxInput {
		return text
	}
	end := maxInput
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// CleanNote is Clean for a note, which has lines and indents and no bound.
func CleanNote(text string) string {
	lines := strings.Split(lineEnds.Replace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(allow(line), " ")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// CleanTags cleans each tag and drops empty and repeated ones.
func CleanTags(tags []string) []string {
	var clean []string
	seen := map[string]bool{"": true}
	for _, tag := range tags {
		if tag = Clean(tag); !seen[tag] {
			seen[tag] = true
			clean = append(clean, tag)
		}
	}
	return clean
}

// CleanNames cleans an issuer and an account name that belong together. A name
// that begins with the issuer and a colon loses them: Google's transfer and old
// versions of andOTP write both.
func CleanNames(issuer, name string) (string, string) {
	issuer, name = Clean(issuer), Clean(name)
	if issuer != "" {
		name = strings.TrimSpace(strings.TrimPrefix(name, issuer+":"))
	}
	return issuer, name
}

// isPlain spares the labels of nearly everybody the long way: they are drawn
// once a second.
func isPlain(text string) bool {
	if len(text) > MaxText {
		return false
	}
	space := true // none in front
	for i := range len(text) {
		char := text[i]
		if char < ' ' || char > '~' || char == ' ' && space {
			return false
		}
		space = char == ' '
	}
	return !space || text == ""
}

// allow normalizes first, so that one rule holds for all spellings of a
// character, and again at the end, because what it drops may have kept a letter
// and its mark apart.
func allow(text string) string {
	in := []rune(norm.NFC.String(strings.ToValidUTF8(text, "\ufffd")))
	out := make([]rune, 0, len(in))
	marks := maxMarks // a mark needs something to stand on
	for i, char := range in {
		next := rune(0)
		if i+1 < len(in) {
			next = in[i+1]
		}
		switch {
		case unicode.IsSpace(char) || unicode.Is(unicode.Z, char):
			char, marks = ' ', maxMarks
		case char == joiner || char == emojiStyle:
			if !joinsEmoji(out, char, next) {
				continue
			}
		case !isAllowed(char):
			continue
		case unicode.In(char, unicode.Mn, unicode.Me):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
		}
		out = append(out, char)
	}
	return norm.NFC.String(string(out))
}

// maxMarks bounds the marks on one letter. Scripts need three or four; hundreds
// paint over the rows above and below.
const maxMarks = 8

// isAllowed leaves out controls, format characters, private use, surrogates and
// unassigned code points by not naming them, and letters and marks that Unicode
// itself calls invisible, such as the Hangul fillers.
func isAllowed(char rune) bool {
	return unicode.In(char, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S) &&
		!unicode.In(char, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

const (
	joiner     = '\u200d' // zero width joiner: woman + joiner + laptop
	emojiStyle = '\ufe0f' // variation selector 16: the coloured form of a symbol
	keycap     = '\u20e3'
)

// joinsEmoji reports whether char, a joiner or a style selector, stands inside
// an emoji sequence (UTS #51) between the runes before it and next.
func joinsEmoji(before []rune, char, next rune) bool {
	if len(before) == 0 {
		return false
	}
	last := before[len(before)-1]
	if char == emojiStyle {
		return isPictograph(last) || next == keycap && strings.ContainsRune("0123456789#*", last)
	}
	skinTone := '\U0001f3fb' <= last && last <= '\U0001f3ff'
	return (last == emojiStyle || skinTone || isPictograph(last)) && isPictograph(next)
}

// isPictograph asks uniseg for the property Extended_Pictographic, which it does
// not export: rule GB11 of UAX #29 makes one grapheme of two pictographs with a
// joiner between them, and of nothing else. Code points that are reserved for
// later emoji have the property already, but are dropped, and join nothing.
func isPictograph(char rune) bool {
	return isAllowed(char) && uniseg.GraphemeClusterCount(string([]rune{char, joiner, '😀'})) == 1
}

// cut keeps whole graphemes. Only one that is too long by itself is cut inside,
// and then must not end in a joiner.
func cut(text string) string {
	kept, runes := 0, 0
	for graphemes := uniseg.NewGraphemes(text); graphemes.Next(); {
		size := len(graphemes.Runes())
		if runes += size; runes > MaxText {
			break
		}
		_, kept = graphemes.Positions()
	}
	if kept == 0 && text != "" {
		return strings.TrimRight(string([]rune(text)[:MaxText]), string(joiner))
	}
	return strings.TrimRight(text[:kept], " ")
}

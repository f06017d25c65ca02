package otpcore

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// RecoveryCode is one of the codes that a site gives for the day on which the
// account's own cannot be had. It works once.
type RecoveryCode struct {
	ID   string    // stable within its account; empty before it is stored there
	Text Secret    // as the site prints it
	Used time.Time // zero while it is unused
	// Sealed says that Text is missing here, because the vault's own way in does not
	// open it.
	Sealed bool
}

// Left counts those that are not used up.
func Left(codes []RecoveryCode) (left int) {
	for _, c := range codes {
		if c.Used.IsZero() {
			left++
		}
	}
	return left
}

// RecoveryPage is a text for the drawer: the codes that are left, one a line.
func RecoveryPage(a Account) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Recovery codes of %s. Each works once. Keep this away from the machine.\n\n", Clean(a.Label()))
	n := 0
	for _, c := range a.Recovery {
		if c.Used.IsZero() && c.Text.Len() > 0 {
			n++
			fmt.Fprintf(&b, "%2d  %s\n", n, ofOneLine.Replace(string(c.Text.Reveal())))
		}
	}
	return b.String()
}

// ofOneLine keeps a code that another program stored to its line of the page.
var ofOneLine = strings.NewReplacer("\n", " ", "\r", " ")

// maxRecovery bounds what is read of a text: sites give 5 to 30 codes.
const (
	maxRecovery     = 200
	maxRecoveryText = 256 << 10
)

// ParseRecoveryCodes finds the codes in a text as a site prints it: numbered or
// with bullets, in columns, one a line, with commas, with words around. The
// caller shows what was found before it is kept.
//
// Sites do not say what a code looks like, so the text itself has to: most of
// its candidates have one shape (how long the groups are, and of which
// characters), and a word of a sentence stands alone in its own. A shape without
// a digit in any of its candidates is one of words, unless a dash parts it in
// equal groups.
func ParseRecoveryCodes(text string) []RecoveryCode {
	if len(text) > maxRecoveryText {
		text = text[:maxRecoveryText]
	}
	var candidates []printed
	for line := range strings.Lines(text) {
		candidates = append(candidates, lineCandidates(line)...)
	}
	var codes []RecoveryCode
	seen := map[string]bool{}
	for _, c := range ofTheShape(candidates) {
		if seen[c.text] || len(codes) == maxRecovery {
			continue
		}
		seen[c.text] = true
		codes = append(codes, RecoveryCode{Text: NewSecret([]byte(c.text))})
	}
	return codes
}

// printed is a word of the text that could be a code.
type printed struct {
	text   string
	shape  string // the lengths of its groups
	line   bool   // it has its line for itself, but for numbers and bullets
	digits bool   // it holds some
}

// lineCandidates are the words of a line that could be codes, in order. Where a
// line is nothing but groups of digits of one length, two make one code: so Google
// prints them.
func lineCandidates(line string) (found []printed) {
	words := codeWords(line)
	words = joinedPairs(words)
	prose := 0
	for _, w := range words {
		if !isCandidate(w) {
			prose++
			continue
		}
		found = append(found, printed{text: w, shape: shapeOf(w), digits: strings.ContainsAny(w, "0123456789")})
	}
	for i := range found {
		found[i].line = prose == 0
	}
	return found
}

// codeWords cleans a line and breaks it at whatever parts codes: blanks, commas,
// quotes, bars, boxes. Numbers of an enumeration go.
func codeWords(line string) (words []string) {
	breaks := func(r rune) bool {
		return unicode.IsSpace(r) || !isCodeRune(r) && r != '.' && r != ')' && r != ':' && r != '(' && r != '#' && r != '\''
	}
	for _, word := range strings.FieldsFunc(cleanLine(line), breaks) {
		if isOrdinal(word) {
			continue
		}
		if _, code, found := cutOrdinal(word); found {
			word = code
		}
		if word = strings.Trim(word, ".:()#'-_"); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// cleanLine folds what looks like a dash or a digit of another script, and drops
// what draws nothing. A terminal's own sequences break a line, and never become a
// part of a code.
func cleanLine(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return '0' + r - '０'
		case strings.ContainsRune("‐‑‒–—−﹣－", r):
			return '-'
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, dropSequences(line))
}

// dropSequences leaves out CSI and OSC sequences whole: their parameters are digits
// and would look like codes.
func dropSequences(line string) string {
	var kept strings.Builder
	for {
		before, after, found := strings.Cut(line, "\x1b")
		kept.WriteString(before)
		if !found {
			return kept.String()
		}
		kept.WriteByte(' ')
		line = afterSequence(after)
	}
}

func afterSequence(text string) string {
	switch {
	case strings.HasPrefix(text, "["):
		end := strings.IndexFunc(text[1:], func(r rune) bool { return r >= '@' && r <= '~' })
		if end < 0 {
			return ""
		}
		return text[end+2:]
	case strings.HasPrefix(text, "]"), strings.HasPrefix(text, "P"):
		end := strings.IndexAny(text, "\a\x1b")
		if end < 0 {
			return ""
		}
		return text[end+1:]
	}
	return text
}

func isCodeRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}

// isOrdinal is "1." or "(2)" or "#3": the number of a code and not one.
func isOrdinal(word string) bool {
	digits := strings.Trim(word, ".:()#")
	return digits != word && len(digits) > 0 && len(digits) <= 3 && isDigits(digits) || len(word) <= 2 && isDigits(word)
}

// cutOrdinal parts "1.abcd-efgh", as some pages print it.
func cutOrdinal(word string) (ordinal, code string, found bool) {
	at := strings.IndexAny(word, ".):")
	if at < 1 || at > 2 || !isDigits(word[:at]) || at+1 == len(word) {
		return "", word, false
	}
	return word[:at], word[at+1:], true
}

func isDigits(word string) bool {
	return word != "" && strings.Trim(word, "0123456789") == ""
}

// joinedPairs puts "1234 5678" together where the whole line is such pairs.
func joinedPairs(words []string) []string {
	if len(words) < 2 || len(words)%2 != 0 {
		return words
	}
	var pairs []string
	for i, w := range words {
		if !isDigits(w) || len(w) < 3 || len(w) > 5 || len(w) != len(words[0]) {
			return words
		}
		if i%2 == 1 {
			pairs = append(pairs, words[i-1]+" "+w)
		}
	}
	return pairs
}

// isCandidate wants what no short word is: 6 to 64 letters and digits, in groups of
// at least two.
func isCandidate(word string) bool {
	count := 0
	for _, group := range groupsOf(word) {
		if len(group) < 2 {
			return false
		}
		for _, r := range group {
			if !isCodeRune(r) {
				return false
			}
		}
		count += len(group)
	}
	return count >= 6 && count <= 64
}

func groupsOf(word string) []string {
	return strings.FieldsFunc(word, func(r rune) bool { return r == '-' || r == ' ' || r == '_' })
}

func shapeOf(word string) string {
	var shape strings.Builder
	for _, group := range groupsOf(word) {
		shape.WriteByte(byte(len(group)))
	}
	return shape.String()
}

// ofTheShape are the candidates of the shape that most have. A shape counts those
// that hold a digit, and most those that have a line for themselves.
func ofTheShape(candidates []printed) (chosen []printed) {
	weight := map[string]int{}
	digits := map[string]bool{}
	best := ""
	for _, c := range candidates {
		if c.digits {
			digits[c.shape] = true
			weight[c.shape] += 2
		}
		if c.line {
			weight[c.shape] += 2
		}
		weight[c.shape]++
	}
	for _, c := range candidates { // the first of equals, whatever a map's order
		if usable(c.shape, digits[c.shape]) && (best == "" || weight[c.shape] > weight[best]) {
			best = c.shape
		}
	}
	for _, c := range candidates {
		if best != "" && c.shape == best && (c.digits || c.line) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// usable refuses words: letters alone make codes only in equal groups with a dash
// between.
func usable(shape string, digits bool) bool {
	if digits {
		return true
	}
	return len(shape) > 1 && strings.Count(shape, shape[:1]) == len(shape) && shape[0] >= 4
}

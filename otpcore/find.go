package otpcore

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sahilm/fuzzy"
)

// Find returns the accounts that a query means, best first: all those of the
// best class that fits (see Filter) and none of the others. More than one is
// ambiguous. An empty query means none.
func Find(accounts []Account, query string) []Account {
	if Clean(query) == "" {
		return nil
	}
	// Nothing beats them, and programs ask for one account as it is called.
	if exact := Exact(accounts, query); len(exact) > 0 {
		return exact
	}
	var found []Account
	matches := search(accounts, query, false)
	for _, m := range matches {
		if m.class == matches[0].class {
			found = append(found, accounts[m.index])
		}
	}
	return found
}

// Exact returns the accounts whose id, account name, issuer, issuer:name or
// label is the query, in either case: for what must not be done on a guess.
func Exact(accounts []Account, query string) []Account {
	query = fold(query)
	var found []Account
	for _, a := range accounts {
		if foldNames(a).are(query, a.ID) {
			found = append(found, a)
		}
	}
	return found
}

// Filter returns every account that fits, best first; an empty query leaves the
// accounts as they are. The classes, from best to worst: the query is the
// account's id, name, issuer or issuer:name; its words are whole words of
// issuer, name or tags, in any order; they occur in them; their letters occur in
// one of them in order; the note has the words that occur nowhere else. Equals keep
// their order.
func Filter(accounts []Account, query string) []Hit {
	if Clean(query) == "" {
		return asTheyAre(accounts)
	}
	matches := search(accounts, query, true)
	hits := make([]Hit, len(matches))
	for i, m := range matches {
		hits[i] = Hit{
			Account: accounts[m.index], Index: m.index,
			Issuer: m.marks[inIssuer], Name: m.marks[inName], Tags: m.marks[inTags],
		}
	}
	return hits
}

func asTheyAre(accounts []Account) []Hit {
	hits := make([]Hit, len(accounts))
	for i, a := range accounts {
		hits[i] = Hit{Account: a, Index: i}
	}
	return hits
}

// Hit is an account that fits a query, with the positions of the runes that made
// it fit, rising, for drawing.
type Hit struct {
	Account Account
	Index   int // in the accounts that were searched
	Issuer  []int
	Name    []int
	Tags    []int // in the tags joined by one space
}

// search goes through all accounts once: ten thousand take a few milliseconds,
// less than an index would need to stay in step with the vault.
//
// Notes are looked through only where a person sees what comes of it: a script that
// asks for "git" must not get an account in whose note the word occurs.
func search(accounts []Account, query string, notes bool) []match {
	query = fold(query)
	words := strings.FieldsFunc(query, func(char rune) bool {
		return char == ' ' || char == ':' || char == '·' // as in issuer:name and in a label
	})
	var matches []match
	for i, a := range accounts {
		m := match{index: i}
		folded := foldFields(a)
		note := ""
		if notes {
			note = a.Note
		}
		fits := len(words) > 0 && m.fits(folded, note, words)
		if folded.are(query, a.ID) {
			m.class, m.rank, fits = exactly, 0, true
		}
		if fits {
			matches = append(matches, m)
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int {
		if a.class != b.class {
			return int(a.class - b.class)
		}
		return a.rank - b.rank
	})
	return matches
}

// match is how an account fits.
type match struct {
	index int
	class class
	rank  int // within the class; lower is better
	marks [3][]int
}

// class is how well an account fits; lower is better.
type class int

const (
	exactly class = iota
	byWord
	byPart
	byLetters
	byNote
)

// fields are the texts that a query is looked for in, folded.
type fields [3]string

const (
	inIssuer = iota
	inName
	inTags
)

func foldFields(a Account) fields {
	folded := foldNames(a)
	if len(a.Tags) > 0 {
		folded[inTags] = strings.ToLower(strings.Join(a.Tags, " "))
	}
	return folded
}

// foldNames leaves the tags out, which name nothing.
func foldNames(a Account) fields {
	return fields{inIssuer: strings.ToLower(a.Issuer), inName: strings.ToLower(a.Name)}
}

// fold makes a query comparable. Stored names are clean already. ToLower maps
// rune by rune, so that positions stay true in the original.
func fold(query string) string { return strings.ToLower(Clean(query)) }

// are reports whether query names the account of these fields in full.
func (f fields) are(query, id string) bool {
	if query == "" {
		return false
	}
	if query == f[inName] || query == f[inIssuer] || strings.EqualFold(query, id) {
		return true
	}
	rest, ok := strings.CutPrefix(query, f[inIssuer])
	return ok && f[inIssuer] != "" && f[inName] != "" && (rest == ":"+f[inName] || rest == " · "+f[inName])
}

// fits requires every word. The worst of them decides the class.
func (m *match) fits(f fields, note string, words []string) bool {
	for _, word := range words {
		best, ok := place(f, word)
		if !ok && note != "" && strings.Contains(strings.ToLower(note), word) {
			m.class = byNote
			continue
		}
		if !ok {
			return false
		}
		m.class = max(m.class, best.class)
		m.rank += best.rank
		m.marks[best.field] = addMarks(m.marks[best.field], best.marks(f, word))
	}
	return true
}

// spot is where a word fits best.
type spot struct {
	class     class
	rank      int
	field     int
	start     int   // byte, for byWord and byPart
	positions []int // bytes, for byLetters
}

func (s spot) beats(other spot) bool {
	return s.class < other.class || s.class == other.class && s.rank < other.rank
}

// place asks for letters in order only when the word occurs nowhere.
func place(f fields, word string) (spot, bool) {
	if best, ok := bestField(f, word, occurrence); ok {
		return best, true
	}
	return bestField(f, word, letters)
}

func bestField(f fields, word string, look func(text, word string) (spot, bool)) (best spot, found bool) {
	for field, text := range f {
		s, ok := look(text, word)
		s.field, s.rank = field, s.rank*len(f)+field // among equals the issuer wins, tags come last
		if ok && (!found || s.beats(best)) {
			best, found = s, true
		}
	}
	return best, found
}

// occurrence looks for word in text: as a whole word, else where a word begins,
// else anywhere.
func occurrence(text, word string) (best spot, found bool) {
	for from := 0; best.class != byWord; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			break
		}
		s := spot{class: byPart, rank: 1, start: from + at}
		if !letterBefore(text, s.start) {
			s.rank = 0
			if !letterAfter(text, s.start+len(word)) {
				s.class = byWord
			}
		}
		if !found || s.beats(best) {
			best, found = s, true
		}
		_, size := utf8.DecodeRuneInString(text[s.start:])
		from = s.start + size
	}
	return best, found
}

func letterBefore(text string, at int) bool {
	char, size := utf8.DecodeLastRuneInString(text[:at])
	return size > 0 && isWordChar(char)
}

func letterAfter(text string, at int) bool {
	char, size := utf8.DecodeRuneInString(text[at:])
	return size > 0 && isWordChar(char)
}

func isWordChar(char rune) bool { return unicode.IsLetter(char) || unicode.IsDigit(char) }

// letters asks sahilm/fuzzy, but only when there is something to be found: the
// library allocates for every text that it looks at.
func letters(text, word string) (spot, bool) {
	if !isSubsequence(text, word) {
		return spot{}, false
	}
	found := fuzzy.FindFromIterNoSort(word, func(yield func(string) bool) { yield(text) })
	if len(found) == 0 {
		return spot{}, false
	}
	return spot{class: byLetters, rank: -found[0].Score, positions: found[0].MatchedIndexes}, true
}

func isSubsequence(text, word string) bool {
	for _, char := range word {
		at := strings.IndexRune(text, char)
		if at < 0 {
			return false
		}
		text = text[at+utf8.RuneLen(char):]
	}
	return true
}

// marks turns bytes of the folded field into runes.
func (s spot) marks(f fields, word string) []int {
	text := f[s.field]
	if s.class != byLetters {
		first := utf8.RuneCountInString(text[:s.start])
		marks := make([]int, utf8.RuneCountInString(word))
		for i := range marks {
			marks[i] = first + i
		}
		return marks
	}
	for i, position := range s.positions {
		s.positions[i] = utf8.RuneCountInString(text[:position])
	}
	return s.positions
}

// addMarks keeps marks rising and single: two words may meet in one field.
func addMarks(marks, more []int) []int {
	if len(marks) == 0 {
		return more
	}
	marks = append(marks, more...)
	slices.Sort(marks)
	return slices.Compact(marks)
}

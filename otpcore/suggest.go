package otpcore

import (
	"strings"
	"unicode/utf8"
)

// Suggest returns the name that a query was probably meant to be, for "did you
// mean": an issuer, an account name, issuer:name or a word of them, as it is
// spelled there. It is "" when nothing is near.
func Suggest(accounts []Account, query string) string {
	query = fold(query)
	limit := max(1, utf8.RuneCountInString(query)/3)
	// One letter is near to every other letter; a long text is a paste, not a name.
	if size := utf8.RuneCountInString(query); size < 2 || size > 64 {
		return ""
	}
	nearest := ""
	for _, a := range accounts {
		for _, name := range spellings(a) {
			if d := distance(query, strings.ToLower(name), limit); d <= limit {
				nearest, limit = name, d-1
			}
		}
	}
	return nearest
}

// spellings are the texts by which an account can be asked for, best first.
func spellings(a Account) []string {
	all := []string{a.Issuer, a.Name, a.Issuer + ":" + a.Name}
	all = append(all, nameWords(a.Issuer)...)
	return append(all, nameWords(a.Name)...)
}

func nameWords(text string) []string {
	return strings.FieldsFunc(text, func(char rune) bool { return !isWordChar(char) })
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour (optimal string alignment). Above limit it may return any number
// above limit.
func distance(a, b string, limit int) int {
	from, to := []rune(a), []rune(b)
	if abs(len(from)-len(to)) > limit {
		return limit + 1
	}
	rows := make([][]int, len(from)+1)
	for i := range rows {
		rows[i] = make([]int, len(to)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(from); i++ {
		for j := 1; j <= len(to); j++ {
			replaced := rows[i-1][j-1]
			if from[i-1] != to[j-1] {
				replaced++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, replaced)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(from)][len(to)]
}

func abs(n int) int { return max(n, -n) }

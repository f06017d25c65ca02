package vault

import (
	"crypto/rand"
	_ "embed"
	"math"
	"math/big"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Generate draws a passphrase of six words: 6 · log2(7776) = 77 bits.
func Generate() string {
	const count = 6
	list := words()
	drawn := make([]string, count)
	for i := range drawn {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(list.all))))
		if err != nil { // unreachable: crypto/rand does not fail
			panic("vault: no randomness")
		}
		drawn[i] = list.all[n.Int64()]
	}
	return strings.Join(drawn, " ")
}

// wordList is the EFF Large Wordlist for Passphrases by Joseph Bonneau
// (https://www.eff.org/dice), © Electronic Frontier Foundation, licensed under
// CC BY 3.0 US (https://creativecommons.org/licenses/by/3.0/us/); here without
// the dice numbers.
//
//go:embed words.txt
var wordList string

type dictionary struct {
	all   []string
	known map[string]bool
}

var words = sync.OnceValue(func() dictionary {
	d := dictionary{all: strings.Fields(wordList), known: map[string]bool{}}
	for _, w := range d.all {
		d.known[w] = true
	}
	return d
})

// Strength estimates how many bits a guesser has to try who knows our word list,
// the passwords that everybody uses, and that people repeat and count. It is the
// cheapest way to write the passphrase down as such pieces (the idea of zxcvbn,
// Wheeler 2016), so it never praises "aaaaaaaaaaaa" or "password1234". Six
// generated words have 77 bits; below 50 a warning is due.
func Strength(passphrase string) (bits float64) {
	text := []rune(passphrase)
	best := make([]float64, len(text)+1)
	for end := 1; end <= len(text); end++ {
		best[end] = math.Inf(1)
		for start := max(0, end-longestPiece); start < end; start++ {
			cost := best[start] + pieceBits(text[:end], start)
			best[end] = min(best[end], cost)
		}
	}
	return best[len(text)]
}

// longestPiece keeps the estimate quick while a long text is typed.
const longestPiece = 64

// pieceBits is the price of text[start:], one piece of a passphrase.
func pieceBits(text []rune, start int) float64 {
	piece := text[start:]
	if len(piece) == 1 {
		return separatorBits(text, start)
	}
	return min(dictionaryBits(piece), runBits(piece))
}

// separatorBits is the price of a single character. The second space or hyphen
// of a passphrase follows from the first.
func separatorBits(text []rune, at int) float64 {
	c := text[at]
	mark := !unicode.IsLetter(c) && !unicode.IsDigit(c)
	if mark && (c == ' ' || slices.Contains(text[:at], c)) {
		return 0
	}
	return characterBits(c)
}

// characterBits is what a guesser pays who knows only the kind of character.
func characterBits(c rune) float64 {
	switch {
	case unicode.IsDigit(c):
		return math.Log2(10)
	case c < unicode.MaxASCII && unicode.IsLetter(c):
		return math.Log2(26)
	case c < unicode.MaxASCII:
		return math.Log2(33)
	}
	return 10 // other scripts: about a thousand likely characters
}

// commonPasswords head every list of leaked ones.
var commonPasswords = strings.Fields(`password passwort passw0rd 123456 12345678 qwerty qwertyuiop azerty qwertz
	iloveyou letmein monkey dragon football baseball welcome admin master shadow sunshine princess superman batman
	trustno1 abc123 login starwars whatever secret hello freedom asdfgh asdfghjkl zxcvbn zxcvbnm 1q2w3e4r 1qaz2wsx
	changeme default root test guest otpane`)

const commonBits = 6

// dictionaryBits is the price of a word; a capital costs a bit.
func dictionaryBits(piece []rune) float64 {
	word := string(piece)
	lower := strings.ToLower(word)
	capital := 0.0
	if lower != word {
		capital = 1
	}
	if slices.Contains(commonPasswords, lower) {
		return commonBits + capital
	}
	if words().known[lower] {
		return math.Log2(float64(len(words().all))) + capital
	}
	return math.Inf(1)
}

// runBits is the price of "aaaa", "1234" or "dcba": a start, a step, a length.
func runBits(piece []rune) float64 {
	step := piece[1] - piece[0]
	if len(piece) < 3 || step < -1 || step > 1 {
		return math.Inf(1)
	}
	for i := 1; i < len(piece); i++ {
		if piece[i]-piece[i-1] != step {
			return math.Inf(1)
		}
	}
	return characterBits(piece[0]) + math.Log2(3) + math.Log2(float64(len(piece)))
}

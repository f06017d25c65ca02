package vault

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestWordList(t *testing.T) {
	list := words().all
	if len(list) != 7776 || len(words().known) != 7776 {
		t.Fatalf("%d words, %d different; want 7776", len(list), len(words().known))
	}
	for _, w := range list {
		if w != strings.ToLower(w) || len(w) < 3 {
			t.Errorf("%q is no word to write on paper", w)
		}
	}
}

func TestGenerate(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		phrase := Generate()
		drawn := strings.Split(phrase, " ")
		if len(drawn) != 6 || seen[phrase] {
			t.Fatalf("%q: %d words, or drawn before", phrase, len(drawn))
		}
		seen[phrase] = true
		for _, w := range drawn {
			if !slices.Contains(words().all, w) {
				t.Errorf("%q is not in the list", w)
			}
		}
		// A word inside two others can make a phrase cheaper by chance.
		if bits := Strength(phrase); math.Round(bits) > 78 || bits < 60 {
			t.Errorf("Strength(%q) = %.1f, want about 77", phrase, bits)
		}
	}
}

func TestStrength(t *testing.T) {
	for _, c := range []struct {
		passphrase string
		low, high  float64
	}{
		{"", 0, 0},
		{"abacus ablaze zombie unicycle velvet kiwi", 77, 78},
		{"aaaaaaaaaaaaaaaaaaaa", 0, 12},
		{"12345678", 0, 8},
		{"password", 0, 6},
		{"Password1234", 0, 16},
		{"abcdefghijklmnop", 0, 12},
		{"qwertyuiop", 0, 6},
		{"kX9#vq2L", 30, 45},
		{"kX9#vq2LtR!m7wZe", 65, 90},
		{"correct horse battery staple", 40, 65},
		{"пароль-длинный", 80, 150},
		{strings.Repeat("x1!", 400), 1000, math.Inf(1)},
	} {
		if got := Strength(c.passphrase); got < c.low || got > c.high {
			t.Errorf("Strength(%.20q) = %.1f, want %.0f to %.0f", c.passphrase, got, c.low, c.high)
		}
	}
}

func TestStrengthGrows(t *testing.T) {
	phrase := []rune("Fathom9velvet?Quorum ember 1999 ladle")
	last := 0.0
	for n := range phrase {
		bits := Strength(string(phrase[:n]))
		if bits > last+13.93 {
			t.Errorf("one more character, %q, adds %.1f bits", phrase[n], bits-last)
		}
		last = bits
	}
}

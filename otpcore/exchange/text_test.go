package exchange

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestLines(t *testing.T) {
	for text, want := range map[string][]string{
		"": {""}, "a": {"a"}, "a\n": {"a", ""}, "\r\n": {"", ""}, "\n\r": {"", "", ""}, "a\rb\r\nc\n\nd": {"a", "b", "c", "", "d"}, "\r\r\n\r": {"", "", "", ""},
	} {
		if got := slices.Collect(lines(text)); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab\r\n")), 0, 20, -1).Draw(t, "text")
		want := slices.Collect(func(yield func(string) bool) {
			start, unix := 0, lineEnds.Replace(text)
			for i, c := range unix + "\n" {
				if c == '\n' {
					if !yield(unix[start:i]) {
						return
					}
					start = i + 1
				}
			}
		})
		if got := slices.Collect(lines(text)); !slices.Equal(got, want) {
			t.Fatalf("%q: %q, want %q", text, got, want)
		}
	})
}

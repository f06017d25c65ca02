package vault

import (
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestStampsRise whatever the clock does: stand still, go back a year, stand in
// 1901 or far beyond 2106.
func TestStampsRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		last := stamp("")
		for range 50 {
			now := time.UnixMilli(rapid.OneOf(
				rapid.Int64Range(0, 2_000_000_000_000),
				rapid.SampledFrom([]int64{-1 << 41, 0, 1 << 31 * 1000, 1 << 42}),
			).Draw(t, "now"))
			next := node("0a1b2c3d").after(last, now)
			if next <= last {
				t.Fatalf("%s at %v does not follow %s", next, now, last)
			}
			last = next
		}
	})
}

func TestStampFollowsTheClock(t *testing.T) {
	s := node("0a1b2c3d").after("", noon)
	if millis, count := s.parts(); millis != noon.UnixMilli() || count != 0 {
		t.Errorf("%s reads as %d, %d", s, millis, count)
	}
	if !regexp.MustCompile(`^[0-9a-f]{12}-[0-9a-f]{4}-[0-9a-f]{8}$`).MatchString(string(s)) {
		t.Errorf("%s is not of the documented form", s)
	}
	full := stamp("01a20320a200-ffff-0a1b2c3d")
	if next := node("0a1b2c3d").after(full, noon); next != "01a20320a201-0000-0a1b2c3d" {
		t.Errorf("%s after %s: the count does not carry", next, full)
	}
	for _, nonsense := range []stamp{"x", "zzzzzzzzzzzz-0000-0a1b2c3d", "01a20320a200-zzzz-0a1b2c3d", "01a20320a200_0000_0a1b2c3d"} {
		if millis, count := nonsense.parts(); millis != 0 || count != 0 {
			t.Errorf("%q reads as %d, %d", nonsense, millis, count)
		}
	}
}

func TestNodesDiffer(t *testing.T) {
	if a, b := newNode(), newNode(); a == b || len(a) != 8 {
		t.Errorf("nodes %q and %q", a, b)
	}
}

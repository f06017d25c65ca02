package cli

import (
	"testing"
	"time"
)

func TestLengthsInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 ms", 7 * time.Microsecond: "0 ms", 12 * time.Millisecond: "12 ms", 1234 * time.Millisecond: "1.23 s", -2 * time.Second: "2 s",
		94*time.Second + 12*time.Millisecond: "94 s", 59 * time.Minute: "3540 s", 90 * time.Minute: "1h30m0s", 56 * 365 * 24 * time.Hour: "20440 days",
	} {
		if got := length(d); got != want {
			t.Errorf("%d: %s, want %s", d, got, want)
		}
	}
	for text, want := range map[string]time.Duration{"94": 94 * time.Second, "-94s": -94 * time.Second, "+5": 5 * time.Second, "−94 s": -94 * time.Second, "1m34s": 94 * time.Second, "0": 0} {
		var c correction
		if err := c.Set(text); err != nil || c.Duration != want || !c.given {
			t.Errorf("%q: %s, %v", text, c.Duration, err)
		}
	}
	for _, text := range []string{"", "x", "0.5", "1ms", "99999999999", "1e300s"} {
		if err := new(correction).Set(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

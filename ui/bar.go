package ui

import (
	"strings"
	"time"

	"otpane/otpcore"
)

// clock is how a reading's time is shown: whole seconds, so that bar and number
// change in one frame.
type clock struct {
	seconds int // ⌈left⌉
	period  int
	soon    bool // too short to type by hand
	closing bool // so short that the next code is handed out instead
}

// Soon begins this many seconds before the end, at most half the period before.
const soonSeconds = 9

func clockOf(r otpcore.Reading, guard time.Duration) clock {
	seconds := int((r.Left + time.Second - 1) / time.Second)
	period := int(r.Period / time.Second)
	return clock{
		seconds: seconds,
		period:  period,
		soon:    seconds <= min(soonSeconds, period/2),
		closing: closing(r, guard),
	}
}

// closing reports whether a code is about to die: within the guard of its end,
// though never more than a quarter of the period.
func closing(r otpcore.Reading, guard time.Duration) bool {
	return r.Period > 0 && r.Left <= min(guard, r.Period/4)
}

// cells is how many of a bar's cells are full.
func (c clock) cells(all int) int {
	if c.period == 0 {
		return 0
	}
	return (all*c.seconds + c.period - 1) / c.period
}

// ink says the urgency in colour; mark says it in shape.
func (c clock) ink(l *look, selected bool) ink {
	switch {
	case c.closing:
		return l.danger
	case c.soon:
		return l.warn
	case selected:
		return l.accent
	}
	return l.bar
}

func (c clock) mark(l *look) string {
	switch {
	case c.closing:
		return l.following
	case c.soon:
		return l.soon
	}
	return "s"
}

// label is the time left with its mark, at most four columns: "18s", "9!", "3→";
// from 1000 on in the next unit up, minutes to years.
func (c clock) label(l *look) string {
	if c.seconds < 1000 {
		return itoa(c.seconds) + c.mark(l)
	}
	left := c.seconds
	for _, unit := range []struct {
		size int
		sign string
	}{{60, "m"}, {60, "h"}, {24, "d"}} {
		if left /= unit.size; left < 1000 {
			return itoa(left) + unit.sign
		}
	}
	return itoa(left/365) + "y"
}

// drawBar paints a bar of all cells. A track stands behind it only where asked:
// on the selected row and in the pulse.
func (c clock) drawBar(l *look, all int, selected, track bool) string {
	full := min(c.cells(all), all)
	bar := c.ink(l, selected).paint(strings.Repeat(l.full, full))
	if !track {
		return bar + blanks(all-full)
	}
	return bar + l.barEmpty.paint(strings.Repeat(l.empty, all-full))
}

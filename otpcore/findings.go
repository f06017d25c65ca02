package otpcore

import (
	"fmt"
	"strings"
	"time"
)

// Sentence is the finding in words. Offsets are "about": a code only says which
// period it belongs to.
func (f Finding) Sentence() string {
	switch {
	case f.Spent:
		return "The code is right, but it was handed out before, and most sites take a code once: wait for the next one."
	case f.Right() && f.Steps == 0:
		return "The code is right: the site may mean another account or key, or its own clock is wrong."
	case f.Right() && !f.Account.Timed():
		return "The code is right: it is the one drawn last."
	case f.Right() && f.Steps < 0:
		return fmt.Sprintf("This fits the previous period: it was typed late, or this clock is %s ahead.", f.Clock.words())
	case f.Right():
		return fmt.Sprintf("This fits the next period: this clock is %s behind.", f.Clock.words())
	}
	var parts []string
	for _, change := range f.Changes {
		parts = append(parts, f.words(change))
	}
	return "This fits " + strings.Join(parts, " and ") + f.conclusion() + "."
}

// words of a window are its middle and how far that may be wrong.
func (w Window) words() string {
	return fmt.Sprintf("about %s (±%d s)", inSeconds(w.Offset()), wholeSeconds(w.Margin()))
}

// inSeconds stays with seconds where they can be compared with a period.
func inSeconds(d time.Duration) string {
	if d = d.Abs(); d >= 2*SearchTime {
		return d.String()
	}
	return fmt.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
}

func (f Finding) words(c Change) string {
	switch c {
	case ChangeClock:
		when := "from now"
		if f.Clock.Offset() < 0 {
			when = "ago"
		}
		return fmt.Sprintf("%s %s (±%d s)", "about "+inSeconds(f.Clock.Offset()), when, wholeSeconds(f.Clock.Margin()))
	case ChangeKind:
		return f.kindWords()
	case ChangeAlgorithm:
		return fmt.Sprintf("%s instead of %s", f.Account.Algorithm, f.was.Algorithm)
	case ChangeDigits:
		return fmt.Sprintf("%d digits instead of %d", f.Account.Digits, f.was.Digits)
	case ChangePeriod:
		return fmt.Sprintf("a period of %d s instead of %d s", f.Account.Period, f.was.Period)
	case ChangeAccount:
		return "another account, " + f.Account.Label()
	case ChangeCounter:
		return fmt.Sprintf("count %d", f.Account.Counter-1)
	}
	return string(c) // unreachable
}

func (f Finding) kindWords() string {
	switch f.Account.Kind {
	case HOTP:
		return fmt.Sprintf("a code that counts, at count %d", f.Account.Counter-1)
	case Steam:
		return "a Steam code"
	}
	return fmt.Sprintf("a code that changes every %d s", f.Account.Period)
}

// conclusion is what the clock or the counter has to do with it.
func (f Finding) conclusion() string {
	switch {
	case f.Has(ChangeClock) && f.Clock.Offset() < 0:
		return fmt.Sprintf(": this clock is about %s ahead", inSeconds(f.Clock.Offset()))
	case f.Has(ChangeClock):
		return fmt.Sprintf(": this clock is about %s behind", inSeconds(f.Clock.Offset()))
	case f.Has(ChangeCounter) && f.Steps > 0:
		return fmt.Sprintf(": the site is %d ahead of the count here", f.Steps)
	case f.Has(ChangeCounter):
		return fmt.Sprintf(": it was used before, and the count here is %d ahead", -f.Steps-1)
	}
	return ""
}

// Sentence sums up: what fits best, or that nothing does.
func (d Diagnosis) Sentence() string {
	switch {
	case len(d.Findings) > 0:
		return d.Findings[0].Sentence()
	case d.asked.Timed():
		return fmt.Sprintf("Nothing fits within ±%d min, with any algorithm or period that sites use: the key is probably another one.", SearchTime/time.Minute)
	}
	return fmt.Sprintf("Nothing fits within %d counts of %d: the site is further away, or the key is another one.", SearchCounts, d.asked.Counter)
}

// Doubt says how far chance may have had a hand in it; "" if that is not worth
// a word.
func (d Diagnosis) Doubt() string {
	chance := d.Chance()
	switch {
	case len(d.Findings) == 0 || d.Findings[0].Right() || chance < 1e-4:
		return ""
	case chance > 0.1:
		return "That may be chance: a code as short as this fits something nearly always. Type one more."
	}
	return fmt.Sprintf("About one wrong code in %d fits something by chance: a second code makes sure.", int(1/chance+0.5))
}

// made is a day before this program was.
var made = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// ClockUnset reports whether a clock shows a time at which this program did not
// exist: a machine without a battery begins at 1970 after every start.
func ClockUnset(now time.Time) bool { return now.Before(made) }

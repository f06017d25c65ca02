package otpcore

import (
	"cmp"
	"crypto/subtle"
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"
	"time"
)

// Verify says how a code that somebody typed fits the account when the machine's
// clock says now. It looks ten minutes to either side, or a hundred counts. The
// error is about the typing (*CodeCharError, *CodeLengthError), or that of
// Validate.
//
// All candidates are computed and compared, each in constant time, so that how
// long it takes tells nothing about the code.
func Verify(a Account, typed string, now time.Time) (Verdict, error) {
	if err := a.Validate(); err != nil {
		return Verdict{}, err
	}
	code, err := ParseCode(a, typed)
	if err != nil {
		return Verdict{}, err
	}
	steps := a.around(now)
	match := -1
	// From the farthest to the nearest: of two that are equal the nearest stands.
	for i := len(steps) - 1; i >= 0; i-- {
		same := subtle.ConstantTimeCompare([]byte(a.code(steps[i].counter)), []byte(code))
		match = subtle.ConstantTimeSelect(same, i, match)
	}
	v := Verdict{Timed: a.Timed()}
	if match >= 0 {
		v.Fits, v.Steps, v.Away = true, steps[match].steps, steps[match].away
	}
	return v, nil
}

// Verdict is what Verify found.
type Verdict struct {
	Timed bool // the account's code depends on the time
	Fits  bool // the code occurs nearby
	// Steps is how many periods after the present one the code is valid, or how
	// many counts after the next one that the account would draw; below 0 before.
	Steps int
	// Away is how far it is to the nearest instant at which the code is valid:
	// below 0 it is in the past, 0 now and for a code that counts. A period that
	// has ended just now is 0 away, too: Steps tells.
	Away time.Duration
}

// How far Verify and Diagnose look.
const (
	SearchTime   = 10 * time.Minute
	SearchCounts = 100
)

// Right reports whether a site would take the code: nearly all allow for one
// period of delay (RFC 6238 §5.2).
func (v Verdict) Right() bool { return v.Fits && -1 <= v.Steps && v.Steps <= 1 }

// String is the verdict in words.
func (v Verdict) String() string {
	unit := "period"
	if !v.Timed {
		unit = "count"
	}
	switch {
	case !v.Fits && v.Timed:
		return fmt.Sprintf("no match within ±%d min", SearchTime/time.Minute)
	case !v.Fits:
		return fmt.Sprintf("no match within ±%d counts", SearchCounts)
	case v.Steps == 0:
		return "right"
	case v.Steps == -1:
		return "right for the previous " + unit
	case v.Steps == 1:
		return "right for the next " + unit
	case v.Timed:
		return "matches " + strconv.Itoa(wholeSeconds(v.Away.Abs())) + " s away"
	}
	return fmt.Sprintf("matches %d counts away", max(v.Steps, -v.Steps))
}

// wholeSeconds counts a begun second as whole, as the bars do.
func wholeSeconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// step is one counter near the present one.
type step struct {
	counter uint64
	steps   int
	away    time.Duration
}

// around lists the counters near now, the nearest first.
func (a Account) around(now time.Time) []step {
	if !a.Timed() {
		return a.countsAround()
	}
	now = now.Add(a.Corrections())
	period := time.Duration(a.Period) * time.Second
	present, most := floorDiv(now.Unix(), int64(a.Period)), max(int(SearchTime/period)+1, 1)
	var all []step
	add := func(steps int) {
		counter := present + int64(steps)
		if counter < 0 {
			return // nothing is before 1970
		}
		from, to := stretch(counter, a.Period, now)
		away := max(from, 0) + min(to, 0)
		if away.Abs() <= SearchTime || steps*steps <= 1 {
			all = append(all, step{uint64(counter), steps, away})
		}
	}
	for n := -most; n <= most; n++ {
		add(n)
	}
	// As many periods to either side are not as far away: it depends on how much of
	// the present one is over.
	sort.SliceStable(all, func(i, j int) bool {
		x, y := all[i], all[j]
		return cmp.Or(cmp.Compare(x.away.Abs(), y.away.Abs()), cmp.Compare(x.steps*x.steps, y.steps*y.steps)) < 0
	})
	return all
}

// stretch is when a counter begins and ends, from now on.
func stretch(counter int64, period int, now time.Time) (from, to time.Duration) {
	begin := time.Unix(counter*int64(period), 0)
	from = begin.Sub(now)
	return from, from + time.Duration(period)*time.Second
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (a Account) countsAround() []step {
	all := []step{{a.Counter, 0, 0}}
	for n := 1; n <= SearchCounts; n++ {
		if a.Counter >= uint64(n) {
			all = append(all, step{a.Counter - uint64(n), -n, 0})
		}
		if a.Counter <= math.MaxUint64-uint64(n) {
			all = append(all, step{a.Counter + uint64(n), n, 0})
		}
	}
	return all
}

// ErrNoCode means that nothing was typed.
var ErrNoCode = errors.New("there is no code")

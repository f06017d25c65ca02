package otpcore

import (
	"cmp"
	"crypto/subtle"
	"math"
	"slices"
	"sort"
	"strings"
	"time"
)

// Typed is a code that another device showed or the site accepted.
type Typed struct {
	Code  string
	At    time.Time // when it was typed, by this machine's clock
	Spent bool      // it has been handed out before: most sites take a code once
}

// Diagnose says why a site refuses an account's codes, from one or more codes
// that are known to be right, the oldest first. It looks ten minutes to either
// side, through all algorithms, periods of 30 and 60 s, a hundred counts, codes
// that count instead of codes that change and back, Steam, and the other accounts
// of the same issuer. The length of a code says how many digits it has.
//
// One code says what the clock is only to within a period; two, typed at
// different times, narrow it. The error is about the typing (*CodeCharError,
// *CodeLengthError, ErrNoCode), or that of Validate.
func Diagnose(a Account, typed []Typed, known []Account) (Diagnosis, error) {
	if err := a.Validate(); err != nil {
		return Diagnosis{}, err
	}
	codes, err := parseTyped(a, typed)
	if err != nil {
		return Diagnosis{}, err
	}
	d := Diagnosis{asked: a, codes: codes}
	for _, candidate := range candidates(a, len(codes[0].Code), known) {
		d.try(candidate)
	}
	sort.SliceStable(d.Findings, func(i, j int) bool {
		x, y := d.Findings[i], d.Findings[j]
		return cmp.Or(cmp.Compare(x.weight(), y.weight()), cmp.Compare(x.distance(), y.distance())) < 0
	})
	d.Findings = d.Findings[:min(len(d.Findings), maxFindings)]
	return d, nil
}

// Diagnosis is what would fit the codes.
type Diagnosis struct {
	// Findings come with the most plausible first: the fewest changes, then the
	// nearest in time. Empty: nothing near fits.
	Findings []Finding
	Tried    int // how many codes were compared with the first one

	asked Account
	codes []Typed
}

// Finding is one explanation.
type Finding struct {
	Account Account // as it would fit; of another account if Changes says so
	Changes []Change
	// Clock is what would have to be added to this machine's clock, beside the
	// corrections that act already. It holds 0 if the clock may be right.
	Clock Window
	// Steps is how many periods, or counts, the code lies away; see Verdict.
	Steps int
	Spent bool // the code is right and was handed out before

	was Account
}

// Change is one thing in which a finding differs from what is.
type Change string

const (
	ChangeClock     Change = "clock" // the machine's, or the site's
	ChangeKind      Change = "type"  // counts, changes, or Steam
	ChangeAlgorithm Change = "algorithm"
	ChangeDigits    Change = "digits"
	ChangePeriod    Change = "period"
	ChangeCounter   Change = "counter" // Account.Counter is the one after the code
	ChangeAccount   Change = "account" // it is another account of this issuer
)

// Has reports whether a finding needs the change.
func (f Finding) Has(c Change) bool { return slices.Contains(f.Changes, c) }

// Right reports whether the account is right as it is, this clock included.
func (f Finding) Right() bool { return len(f.Changes) == 0 }

// Window is a stretch of time: the offset lies in it.
type Window struct{ From, To time.Duration }

// Offset is the middle of the window, in whole seconds: what to keep as a
// correction.
func (w Window) Offset() time.Duration {
	offset := ((w.From + w.To) / 2).Round(time.Second)
	if offset >= w.To && offset-time.Second >= w.From {
		return offset - time.Second // of one second only its beginning belongs to the window
	}
	return offset
}

// Margin is how far the offset may be wrong to either side.
func (w Window) Margin() time.Duration { return (w.To - w.From) / 2 }

// distance is how far the window is from holding 0.
func (w Window) distance() time.Duration { return max(w.From, -w.To, 0) }

func (w Window) and(other Window) (Window, bool) {
	both := Window{max(w.From, other.From), min(w.To, other.To)}
	return both, both.From < both.To
}

// maxFindings: who reads a ninth explanation has typed a code of two digits.
const maxFindings = 8

// Chance is about how likely a wrong code would have fitted something all the
// same. Of six digits, a few hundred candidates leave one in a thousand or so; a
// second code leaves nothing worth a word.
func (d Diagnosis) Chance() float64 {
	different := map[string]bool{}
	for _, c := range d.codes {
		different[c.Code] = true
	}
	each := math.Pow(10, float64(len(d.codes[0].Code)))
	if strings.ContainsFunc(d.codes[0].Code, func(c rune) bool { return c > '9' }) {
		each = math.Pow(float64(len(steamAlphabet)), SteamDigits)
	}
	// A further code must fit beside the first: in its period or a neighbour.
	return min(float64(d.Tried)/each*math.Pow(min(3/each, 1), float64(len(different)-1)), 1)
}

func parseTyped(a Account, typed []Typed) ([]Typed, error) {
	if len(typed) == 0 {
		return nil, ErrNoCode
	}
	var codes []Typed
	for _, t := range typed {
		code, err := parseAnyCode(a, t.Code)
		if err != nil {
			return nil, err
		}
		if len(codes) > 0 && len(code) != len(codes[0].Code) {
			return nil, &CodeLengthError{Have: len(code), Want: len(codes[0].Code)}
		}
		codes = append(codes, Typed{code, t.At, t.Spent})
	}
	if n := len(codes[0].Code); n < MinDigits || n > MaxDigits {
		return nil, &CodeLengthError{Have: n, Want: DefaultDigits}
	}
	return codes, nil
}

// A candidate is an account that the codes may be of.
type candidate struct {
	Account
	changes []Change
}

// candidates are the account itself, what it would be with other fields, and its
// namesakes. A code of n characters has n digits.
func candidates(a Account, n int, known []Account) []candidate {
	var all []candidate
	add := func(is Account, changes ...Change) {
		if is.Digits == n && is.Validate() == nil {
			all = append(all, candidate{is, changes})
		}
	}
	add(a)
	for _, is := range variants(a, n) {
		if changes := changesOf(a, is); len(changes) > 0 {
			add(is, changes...)
		}
	}
	for _, other := range namesakes(a, known) {
		add(other, ChangeAccount)
	}
	return all
}

// variants are the account under other rules; itself may be among them.
func variants(a Account, digits int) []Account {
	var all []Account
	for _, algorithm := range []Algorithm{SHA1, SHA256, SHA512} {
		for _, period := range periodsOf(a) {
			all = append(all, a.as(TOTP, algorithm, digits, period))
		}
		all = append(all, a.as(HOTP, algorithm, digits, 0))
	}
	return append(all, a.as(Steam, SHA1, SteamDigits, periodsOf(a)[0]))
}

func (a Account) as(kind Kind, algorithm Algorithm, digits, period int) Account {
	a.Kind, a.Algorithm, a.Digits, a.Period = kind, algorithm, digits, period
	if a.Timed() {
		a.Counter = 0
	}
	return a
}

// periodsOf are the account's own period, and the two that sites use.
func periodsOf(a Account) []int {
	periods := []int{DefaultPeriod, 2 * DefaultPeriod}
	if a.Timed() && !slices.Contains(periods, a.Period) {
		periods = append([]int{a.Period}, periods...)
	}
	return periods
}

// changesOf leaves out what another kind brings along: Steam has one algorithm
// and one length.
func changesOf(was, is Account) (changes []Change) {
	note := func(c Change, differs bool) {
		if differs {
			changes = append(changes, c)
		}
	}
	steam := was.Kind != is.Kind && (was.Kind == Steam || is.Kind == Steam)
	note(ChangeKind, was.Kind != is.Kind)
	note(ChangeAlgorithm, was.Algorithm != is.Algorithm && !(steam && is.Algorithm == SHA1))
	note(ChangeDigits, was.Digits != is.Digits && !steam)
	note(ChangePeriod, was.Period != is.Period && was.Timed() && is.Timed())
	return changes
}

// maxNamesakes bounds what chance could fit.
const maxNamesakes = 50

// namesakes are the other accounts of one issuer.
func namesakes(a Account, known []Account) []Account {
	var all []Account
	for _, other := range known {
		if a.Issuer != "" && other.ID != a.ID && strings.EqualFold(Clean(other.Issuer), Clean(a.Issuer)) && len(all) < maxNamesakes {
			all = append(all, other)
		}
	}
	return all
}

// try adds the finding that a candidate fits all codes, if it does.
func (d *Diagnosis) try(c candidate) {
	f := Finding{Account: c.Account, Changes: slices.Clone(c.changes), was: d.asked}
	fits := d.inCounts
	if c.Timed() {
		fits = d.inTime
	}
	if fits(c.Account, &f) {
		d.Findings = append(d.Findings, f)
	}
}

// inTime narrows the clock to the offsets at which every code fits, and takes
// the nearest stretch that is left.
func (d *Diagnosis) inTime(a Account, f *Finding) bool {
	type hit struct {
		Window
		steps int
	}
	hits := []hit{{Window{math.MinInt64, math.MaxInt64}, 0}}
	for i, typed := range d.codes {
		var narrowed []hit
		for _, s := range a.around(typed.At) {
			if i == 0 {
				d.Tried++
			}
			if !sameCode(a.code(s.counter), typed.Code) {
				continue
			}
			from, to := stretch(int64(s.counter), a.Period, typed.At.Add(a.Corrections()))
			for _, h := range hits {
				if both, ok := h.and(Window{from, to}); ok {
					narrowed = append(narrowed, hit{both, s.steps})
				}
			}
		}
		hits = narrowed
	}
	if len(hits) == 0 {
		return false
	}
	nearest := slices.MinFunc(hits, func(x, y hit) int { return cmp.Compare(x.distance(), y.distance()) })
	f.Clock, f.Steps = nearest.Window, nearest.steps
	if f.Steps < -1 || f.Steps > 1 {
		f.Changes = append(f.Changes, ChangeClock)
	}
	last := d.codes[len(d.codes)-1]
	f.Spent = f.Right() && f.Steps == 0 && last.Spent
	return true
}

// inCounts looks for the codes at counts that rise.
func (d *Diagnosis) inCounts(a Account, f *Finding) bool {
	around := a.around(time.Time{})
	d.Tried += len(around)
	for _, first := range around {
		last, ok := first, sameCode(a.code(first.counter), d.codes[0].Code)
		for i := 1; ok && i < len(d.codes); i++ {
			if d.codes[i].Code != d.codes[i-1].Code { // else it was typed twice
				last, ok = a.nextCount(around, last, d.codes[i].Code)
			}
		}
		if !ok {
			continue
		}
		f.Steps = last.steps
		f.Account.Counter = max(last.counter, last.counter+1)
		// The code that was drawn last, or the one that comes next, is as it should be.
		if kept := last.steps == -1 || last.steps == 0; kept {
			f.Account.Counter = max(f.Account.Counter, a.Counter)
		} else if !f.Has(ChangeKind) {
			f.Changes = append(f.Changes, ChangeCounter)
		}
		f.Spent = f.Right() && d.codes[len(d.codes)-1].Spent
		return true
	}
	return false
}

// nextCount is the first count after one that gives the code.
func (a Account) nextCount(around []step, after step, code string) (step, bool) {
	found, ok := step{}, false
	for _, s := range around {
		if s.counter > after.counter && (!ok || s.counter < found.counter) && sameCode(a.code(s.counter), code) {
			found, ok = s, true
		}
	}
	return found, ok
}

func sameCode(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (f Finding) weight() int { return len(f.Changes) }

// distance counts a count like a period.
func (f Finding) distance() time.Duration {
	if f.Account.Timed() {
		return f.Clock.distance()
	}
	return time.Duration(max(f.Steps, -f.Steps)) * DefaultPeriod * time.Second
}

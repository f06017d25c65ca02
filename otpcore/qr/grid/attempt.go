package grid

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Grids that were read had scores of 0.8 and more in nineteen cases of twenty;
// squares of things that are no finders stay below 0.4.
const (
	leastScore  = 0.4 // of a grid that is worth reading
	leastRank   = 0.4 // of a triple that is worth a grid
	leastTiming = 0.3 // of its best guess
	fewTries    = 12  // triples fitted in a look at a picture with few finders
)

// attempt reads what some triples hold, best first. Every triple is first read
// as it is laid, then with its grid fitted, and only what is still left and
// looks like a code is bent: the finders of a sheet of codes form many squares
// that are none, and most are gone once the true ones are read. tries bounds
// how many that cannot be read may cost more than a glance.
func (s *Search) attempt(ctx context.Context, look Look, some []triple, bits *bitmap, scale float64, tries int) {
	all := s.layAll(ctx, some, bits, scale)
	all = s.each(ctx, look, all, s.readStraight)
	all = s.each(ctx, look, all[:min(len(all), tries)], s.readFitted)
	s.each(ctx, look, all, s.readBent)
}

// each has every triple read that is not part of a code read before, and
// returns those that are still not.
func (s *Search) each(ctx context.Context, look Look, all []laid, read func(*laid) (*fit, bool)) []laid {
	for i := range all {
		if ctx.Err() != nil {
			return nil
		}
		if s.coveredAny(&all[i]) {
			continue
		}
		if f, ok := read(&all[i]); ok {
			s.found = append(s.found, Found{Corners: f.corners(), Size: f.size, Look: look.Name})
		}
	}
	return slices.DeleteFunc(all, func(t laid) bool { return s.coveredAny(&t) })
}

func (s *Search) readStraight(t *laid) (*fit, bool) {
	t.fits = s.aligned(t)
	best := &t.fits[0]
	return best, s.decide(best, s.sample(best, best.place))
}

// readFitted climbs from the best few grids and keeps those that stay unread.
func (s *Search) readFitted(t *laid) (*fit, bool) {
	fits := t.fits[:min(len(t.fits), 3)]
	t.start, t.fits = fits[0], nil
	for i := range fits {
		f := fits[i]
		s.climb(&f)
		if max(f.score, s.scoreCore(&f)) < leastScore || s.failed(&f) {
			continue
		}
		if s.decide(&f, s.sample(&f, f.place)) {
			return &f, true
		}
		s.refused = append(s.refused, f)
		s.noteGrid(&f)
		t.fits = append(t.fits, f)
	}
	return nil, false
}

// readBent spends what only a grid that is nearly right is worth: it looks
// through blur, then follows a bow, then any bend.
func (s *Search) readBent(t *laid) (*fit, bool) {
	for i := range t.fits {
		f := &t.fits[i]
		if max(f.score, s.scoreCore(f)) < Likely {
			continue
		}
		if s.equalise(f, f.place) || s.readBowed(f, &t.start) || s.readWarped(f) {
			return f, true
		}
	}
	return nil, false
}

// readBowed leaves f with its best bow. Anchors that were moved to make the most
// of a flat grid may be a trap, so it sets out from both.
func (s *Search) readBowed(f, start *fit) bool {
	for _, bowed := range []fit{*f, *start} {
		bowed.score = s.score(&bowed)
		s.climbBow(&bowed)
		if bowed.score < f.score+0.01 {
			continue
		}
		*f = bowed
		if s.decide(f, s.sample(f, f.place)) {
			return true
		}
	}
	return false
}

func (s *Search) readWarped(f *fit) bool {
	bent := s.warp(f)
	return s.decide(f, s.sample(f, bent)) || s.equalise(f, bent)
}

// failed reports whether the same grid was refused before: other looks find the
// same finders again.
func (s *Search) failed(f *fit) bool {
	near := 0.15 * f.module()
	return slices.ContainsFunc(s.refused, func(r fit) bool {
		if r.version != f.version || r.light != f.light {
			return false
		}
		for i := range r.at {
			if r.at[i].distance(f.at[i]) > near {
				return false
			}
		}
		return true
	})
}

// laid is a triple with the grids it may hold, best first.
type laid struct {
	*triple
	fits    []fit
	start   fit // the best of them before its anchors were moved
	rank    float64
	finders [3]Point // in the full picture
}

// layAll lays triples over the picture, on all processors, and keeps those that
// look like codes, best first.
func (s *Search) layAll(ctx context.Context, some []triple, bits *bitmap, scale float64) []laid {
	all := make([]laid, len(some))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(some)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(some)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				all[i] = s.lay(&some[i], bits, scale)
			}
		})
	}
	workers.Wait()
	all = slices.DeleteFunc(all, func(t laid) bool { return t.rank < leastRank })
	slices.SortStableFunc(all, func(a, b laid) int { return cmp.Compare(b.rank, a.rank) })
	return all
}

// lay turns a triple's guesses into grids. Its rank is the best one's score, if
// its timing patterns alternate at all: three true finders of three codes make
// a good score without.
func (s *Search) lay(t *triple, b *bitmap, scale float64) laid {
	l := laid{triple: t}
	for i, f := range []*finder{t.corner, t.right, t.below} {
		l.finders[i] = f.times(1 / scale)
	}
	guesses := s.guesses(t, b, scale)
	if len(guesses) == 0 || guesses[0].timing < leastTiming {
		return l
	}
	for _, g := range guesses {
		if f, ok := s.fit(t, g, scale); ok && g.timing >= guesses[0].timing-0.3 {
			l.fits = append(l.fits, f)
			l.rank = max(l.rank, f.score)
		}
	}
	slices.SortStableFunc(l.fits, byScore)
	return l
}

// aligned are a triple's grids and those held by an alignment pattern, best
// first.
func (s *Search) aligned(t *laid) []fit {
	var fits []fit
	for _, f := range t.fits {
		if f.score < t.rank-0.3 {
			continue
		}
		f.score = s.score(&f)
		fits = append(fits, f)
		if aligned, ok := s.align(f); ok {
			fits = append(fits, aligned)
		}
	}
	slices.SortStableFunc(fits, byScore)
	return fits
}

func byScore(a, b fit) int { return cmp.Compare(b.score, a.score) }

func (s *Search) coveredAny(t *laid) bool {
	return slices.ContainsFunc(t.finders[:], s.coveredAt)
}

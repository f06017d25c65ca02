package grid

import (
	"cmp"
	"math"
	"slices"
)

// triple is three finders that may belong to one code, the corner one first and
// the others so that they turn as in a code that is not mirrored. A mirrored
// code comes out transposed.
type triple struct {
	corner, right, below *finder
	guessed              *finder // which of them was not seen, or nil
	cost                 float64 // how unlike a square's three corners it is
}

// guess is a version and a place for the fourth corner.
type guess struct {
	version int
	fourth  Point // the middle of the finder that is not there
	timing  float64
}

const (
	nearFinders = 28   // of a finder, among which its partners are sought
	perCorner   = 10   // triples kept for a corner
	mostTriples = 3000 // kept for a look
	mostGuesses = 6
)

// triples are the most square-like triples, best first.
func triples(found []finder) []triple {
	var all []triple
	for i := range found {
		all = append(all, cornered(&found[i], partners(found, i))...)
	}
	slices.SortStableFunc(all, byCost)
	return all[:min(len(all), mostTriples)]
}

func byCost(a, b triple) int { return cmp.Compare(a.cost, b.cost) }

// partners are the finders nearest to one that may belong to the same code.
func partners(found []finder, i int) []*finder {
	var near []*finder
	corner := &found[i]
	for j := range found {
		f := &found[j]
		if j != i && f.light == corner.light && f.module() < 2.2*corner.module() && corner.module() < 2.2*f.module() {
			near = append(near, f)
		}
	}
	if len(near) > nearFinders {
		// A doubtful finder must be so much nearer: a large code's own data are
		// full of those.
		far := func(f *finder) float64 { return f.distance(corner.Point) * (1 + 4*f.doubt()) }
		slices.SortFunc(near, func(a, b *finder) int { return cmp.Compare(far(a), far(b)) })
		near = near[:nearFinders]
	}
	return near
}

// cornered are the best triples with one finder at the corner.
func cornered(corner *finder, near []*finder) []triple {
	var all []triple
	for j := range near {
		for k := range j {
			if t, ok := square(corner, near[j], near[k]); ok {
				all = append(all, t)
			}
		}
	}
	slices.SortFunc(all, byCost)
	return all[:min(len(all), perCorner)]
}

// square judges three finders by their sizes, distances and angle. Perspective
// and text terminals, whose cells are not square, are the reason for patience.
func square(corner, a, b *finder) (triple, bool) {
	small := min(corner.module(), a.module(), b.module())
	large := max(corner.module(), a.module(), b.module())
	if large > 2.2*small {
		return triple{}, false
	}
	toA, toB := a.sub(corner.Point), b.sub(corner.Point)
	lengthA, lengthB := toA.length(), toB.length()
	shorter, longer := min(lengthA, lengthB), max(lengthA, lengthB)
	if longer > 2.6*shorter || shorter < 8*small || shorter > 260*large {
		return triple{}, false
	}
	cosine := math.Abs(toA.dot(toB)) / (lengthA * lengthB)
	if cosine > 0.85 {
		return triple{}, false
	}
	cost := cosine + math.Log(longer/shorter) + math.Log(large/small) + 0.1*math.Log(shorter/small) +
		corner.doubt() + a.doubt() + b.doubt()
	if toA.cross(toB) < 0 {
		a, b = b, a
	}
	return triple{corner: corner, right: a, below: b, cost: cost}, true
}

// guesses are the versions and fourth corners worth a look, those first under
// which the timing patterns alternate best.
func (s *Search) guesses(t *triple, b *bitmap, scale float64) []guess {
	right, below := t.corner.toward(t.right.Point), t.corner.toward(t.below.Point)
	cr, rr := t.reachIn(b, t.corner, right), t.reachIn(b, t.right, right)
	cb, bb := t.reachIn(b, t.corner, below), t.reachIn(b, t.below, below)
	if cr == 0 || rr == 0 || cb == 0 || bb == 0 {
		return nil
	}
	// Along a line seen in perspective the modules between two places number
	// their distance over the geometric mean of the module's size at both.
	across := t.corner.distance(t.right.Point) / math.Sqrt(cr*rr)
	down := t.corner.distance(t.below.Point) / math.Sqrt(cb*bb)
	if across > 1.5*down || down > 1.5*across {
		return nil
	}
	fourths := []Point{
		t.right.add(t.below.Point).sub(t.corner.Point),
		tilted(t, math.Sqrt(cr/rr), math.Sqrt(cb/bb)),
	}
	version := ((across+down)/2 + 7 - 17) / 4
	if !s.plausible(t, version, fourths, scale) {
		return nil
	}
	return s.byTiming(t, version, fourths, scale)
}

// byTiming are the guesses for the versions near one that was measured.
func (s *Search) byTiming(t *triple, version float64, fourths []Point, scale float64) []guess {
	var all []guess
	spread := 1 + version*0.12
	for v := max(1, int(math.Ceil(version-spread))); v <= min(versions, int(version+spread)); v++ {
		for _, fourth := range fourths {
			g := guess{version: v, fourth: fourth}
			g.timing = s.timing(t, g, scale)
			all = append(all, g)
		}
	}
	slices.SortStableFunc(all, func(a, b guess) int { return cmp.Compare(b.timing, a.timing) })
	return all[:min(len(all), mostGuesses)]
}

// plausible reports whether all three look like finders when they are looked at
// as parts of one grid. Most triples end here.
func (s *Search) plausible(t *triple, version float64, fourths []Point, scale float64) bool {
	nearest := min(max(int(version+0.5), 1), versions)
	for _, fourth := range fourths {
		f, ok := laidOver(t, nearest, fourth, scale)
		if ok && s.scoreParts(&f, finderParts) > leastFinders {
			return true
		}
	}
	return false
}

// leastFinders is the score of three finders below which nothing was ever read.
const leastFinders = 0.5

// tilted is where the fourth corner lies if the modules grow or shrink along
// two sides as measured: the weights of a homography are the square roots of
// those ratios.
func tilted(t *triple, right, below float64) Point {
	right, below = min(max(right, 0.75), 1.33), min(max(below, 0.75), 1.33)
	w := right + below - 1
	p := t.right.times(right).add(t.below.times(below)).sub(t.corner.Point)
	return p.times(1 / w)
}

// timing says how well both timing patterns alternate under a guess: 1 if every
// module differs from its neighbours the right way, 0 if there is no pattern.
func (s *Search) timing(t *triple, g guess, scale float64) float64 {
	size := sizeOf(g.version)
	h, ok := placed(t, size, g.fourth, scale)
	if !ok {
		return 0
	}
	module := t.corner.distance(t.right.Point) / scale / float64(size-7)
	p, zoom := s.level(module, 2)
	across := func(i, off float64) float64 { q := h.at(i, 6.5+off); return p.at(q.X*zoom, q.Y*zoom) }
	down := func(i, off float64) float64 { q := h.at(6.5+off, i); return p.at(q.X*zoom, q.Y*zoom) }
	return (alternation(across, size, t.corner.light) + alternation(down, size, t.corner.light)) / 2
}

// alternation allows for a line a third of a module off.
func alternation(value func(i, off float64) float64, size int, light bool) float64 {
	best := 0.0
	for _, off := range []float64{0, -0.35, 0.35} {
		sum, all := 0.0, 0.0
		before, here := value(7.5, off), value(8.5, off)
		for i := 8; i <= size-9; i++ {
			next := value(float64(i)+1.5, off)
			gap := here - (before+next)/2
			if (i%2 == 0) != light {
				gap = -gap
			}
			sum += gap
			all += math.Abs(gap) + 3 // flat ground is no pattern
			before, here = here, next
		}
		best = max(best, sum/all)
	}
	return best
}

// placed maps modules to the full picture by three finders and a fourth place,
// given in the scaled picture.
func placed(t *triple, size int, fourth Point, scale float64) (homography, bool) {
	near, far := 3.5, float64(size)-3.5
	return fourPoints(
		[4]Point{{near, near}, {far, near}, {far, far}, {near, far}},
		[4]Point{t.corner.times(1 / scale), t.right.times(1 / scale), fourth.times(1 / scale), t.below.times(1 / scale)})
}

// Package grid finds the squares of modules that are QR codes in a grey picture:
// finder patterns, the perspective they are seen in, and the brightness of each
// module. It never decodes: what a square of modules says, and whether it says
// anything, it asks the function it is given. It opens no files.
package grid

import (
	"cmp"
	"context"
	"image"
	"slices"
)

// Found is a code that was read.
type Found struct {
	Corners [4]Point // top left, top right, bottom right, bottom left of the code itself
	Size    int      // modules along a side
	Look    string   // the look that showed its finders
}

// Search looks for codes in one picture, in one way after another, and
// remembers what it has found so far.
type Search struct {
	levels  []*plane // the picture, its half, its quarter …
	read    func(Modules) bool
	found   []Found
	refused []fit // laid well and not read
	trace   Trace
	ink     []byte // for bitmaps, one after another
	show    func(step string, img image.Image)
}

// New prepares a search. read is asked about every likely square of modules and
// reports whether it could read it. The picture must not change meanwhile.
func New(picture *image.Gray, read func(Modules) bool) *Search {
	s := &Search{levels: []*plane{planeOf(picture)}, read: read}
	for last := s.levels[0]; last.w >= 64 && last.h >= 64 && len(s.levels) < 6; {
		last = last.half()
		s.levels = append(s.levels, last)
	}
	return s
}

// Show has every look's divided picture handed to a function, for people who
// report a picture that fails.
func (s *Search) Show(show func(step string, img image.Image)) { s.show = show }

// Found is what was read so far.
func (s *Search) Found() []Found { return s.found }

// level is the picture at the scale at which a module has at least most pixels
// but not twice as many, and the factor from full coordinates to its own.
// Averaging large modules is what makes single samples robust.
func (s *Search) level(module, least float64) (*plane, float64) {
	i, zoom := 0, 1.0
	for i+1 < len(s.levels) && module >= 2*least {
		module /= 2
		zoom /= 2
		i++
	}
	return s.levels[i], zoom
}

// Look is one way to divide a picture into dark and light.
type Look struct {
	Name  string
	Scale int // 2 is twice the size, 1 full, -1 half, -2 a quarter
	Blur  int // radius in pixels, 0 for none
	Sharp int
	Local int  // radius of the neighbourhood in pixels; 0 divides at one level
	Pairs bool // guess where the third finder was
	Loose bool // take for a finder what blur or texture has left of one
}

const (
	batch      = 100 // triples measured before the best are tried
	fewTries   = 12  // that may fail in a row, in a look at a picture with few finders
	leastScore = 0.4 // of a grid that is worth reading
	leastRank  = 0.4 // of a triple: squares that are no finders stay below
)

// Try looks once and returns how many codes it added.
func (s *Search) Try(ctx context.Context, look Look) int {
	bits, scale := s.divide(look)
	if bits == nil {
		return 0
	}
	slack := 0.5
	if look.Loose {
		slack = 0.75
	}
	finders := s.fresh(bits.finders(slack), scale)
	all := triples(finders)
	if look.Pairs {
		all = pairs(finders)
	}
	before := len(s.found)
	left := max(fewTries, len(finders)/4)
	for tries := left; len(all) > 0 && tries > 0 && ctx.Err() == nil; {
		n := min(len(all), batch)
		found := len(s.found)
		tries -= s.tryBatch(ctx, look, all[:n], bits, scale, tries)
		if len(s.found) > found {
			tries = left
		}
		all = slices.DeleteFunc(all[n:], func(t triple) bool { return s.coveredAny(&t, scale) })
	}
	if len(s.found) == 0 {
		s.noteFinders(finders, scale)
	}
	return len(s.found) - before
}

// tryBatch measures some triples and attempts the good ones, best first, until
// so many have failed. It returns how many did.
func (s *Search) tryBatch(ctx context.Context, look Look, some []triple, bits *bitmap, scale float64, tries int) int {
	var all []laid
	for i := range some {
		if t := s.lay(&some[i], bits, scale); t.rank() >= leastRank {
			all = append(all, t)
		}
	}
	slices.SortStableFunc(all, func(a, b laid) int { return cmp.Compare(b.rank(), a.rank()) })
	failed := 0
	for i := range all {
		t := &all[i]
		if failed >= tries || ctx.Err() != nil {
			break
		}
		if s.coveredAny(t.triple, scale) {
			continue
		}
		if f, ok := s.attempt(t); ok {
			s.found = append(s.found, Found{Corners: f.corners(), Size: f.size, Look: look.Name})
			continue
		}
		failed++
	}
	return failed
}

func (s *Search) coveredAny(t *triple, scale float64) bool {
	return s.covered(t.corner, scale) || s.covered(t.right, scale) || s.covered(t.below, scale)
}

// divide makes the look's bitmap and says how many of its pixels one pixel of
// the picture is.
func (s *Search) divide(look Look) (*bitmap, float64) {
	p, scale := s.levels[0], 1.0
	switch {
	case look.Scale == 2:
		p, scale = p.double(), 2
	case look.Scale < 0:
		if -look.Scale >= len(s.levels) {
			return nil, 0
		}
		p = s.levels[-look.Scale]
		scale = 1 / float64(int(1)<<-look.Scale)
	}
	if look.Sharp > 0 {
		p = p.sharpen(look.Sharp)
	}
	p = p.blur(look.Blur)
	if len(p.pix) == 0 {
		return nil, 0
	}
	if len(s.ink) < len(p.pix) {
		s.ink = make([]byte, len(p.pix))
	}
	bits := p.otsuOrLocal(look.Local, s.ink)
	if s.show != nil {
		s.show(look.Name, bits.image())
	}
	return bits, scale
}

func (p *plane) otsuOrLocal(radius int, into []byte) *bitmap {
	if radius > 0 {
		return p.local(radius, into)
	}
	return p.otsu(into)
}

// image is the bitmap in black and white.
func (b *bitmap) image() image.Image {
	g := image.NewGray(image.Rect(0, 0, b.w, b.h))
	for i, v := range b.pix {
		g.Pix[i] = 255 * (1 - v)
	}
	return g
}

// fresh leaves out finders of codes that were read before.
func (s *Search) fresh(found []finder, scale float64) []finder {
	return slices.DeleteFunc(found, func(f finder) bool { return s.covered(&f, scale) })
}

func (s *Search) covered(f *finder, scale float64) bool {
	p := f.times(1 / scale)
	return slices.ContainsFunc(s.found, func(found Found) bool { return inside(p, found.Corners) })
}

// inside reports whether a point lies in a convex quadrilateral.
func inside(p Point, quad [4]Point) bool {
	left, right := false, false
	for i, a := range quad {
		side := quad[(i+1)%4].sub(a).cross(p.sub(a))
		left, right = left || side < 0, right || side > 0
	}
	return left != right
}

// attempt lays grids over one triple until one is read.
func (s *Search) attempt(t *laid) (fit, bool) {
	fits := s.fits(t)
	if len(fits) == 0 {
		return fit{}, false
	}
	if best := fits[0]; s.decideStraight(&best) {
		return best, true
	}
	for i := range fits[:min(len(fits), 3)] {
		f := fits[i]
		s.climb(&f)
		core := s.scoreCore(&f)
		if max(f.score, core) < leastScore || s.failed(&f) {
			continue
		}
		if s.decideStraight(&f) {
			return f, true
		}
		if max(f.score, core) > likely && s.decideBent(&f) {
			return f, true
		}
		s.refused = append(s.refused, f)
		s.noteGrid(&f)
	}
	return fit{}, false
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

// decideBent spends what only a grid that is nearly right is worth.
func (s *Search) decideBent(f *fit) bool {
	if s.equalise(f, f.place) {
		return true
	}
	bowed := *f
	s.climbBow(&bowed)
	if bowed.score > f.score+0.01 {
		if s.decide(&bowed, s.sample(&bowed, 0, bowed.place)) {
			return true
		}
		f = &bowed
	}
	bent := s.warp(f)
	return s.decide(f, s.sample(f, 0, bent)) || s.equalise(f, bent)
}

func (s *Search) decideStraight(f *fit) bool {
	return s.decide(f, s.sample(f, 0, f.place))
}

// laid is a triple with the grids it may hold, best first.
type laid struct {
	*triple
	fits []fit
}

// rank is the best grid's score.
func (t *laid) rank() float64 {
	if len(t.fits) == 0 {
		return 0
	}
	return t.fits[0].score
}

// lay turns a triple's guesses into grids.
func (s *Search) lay(t *triple, b *bitmap, scale float64) laid {
	l := laid{triple: t}
	guesses := s.guesses(t, b, scale)
	for _, g := range guesses {
		if f, ok := s.fit(t, g, scale); ok && g.timing >= guesses[0].timing-0.3 {
			l.fits = append(l.fits, f)
		}
	}
	slices.SortStableFunc(l.fits, byScore)
	return l
}

// fits are a triple's grids and those held by an alignment pattern, best first.
func (s *Search) fits(t *laid) []fit {
	var fits []fit
	for _, f := range t.fits {
		if f.score < t.rank()-0.3 {
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

// Package grid finds the squares of modules that are QR codes in a grey picture:
// finder patterns, the perspective they are seen in, and the brightness of each
// module. It never decodes: what a square of modules says, and whether it says
// anything, it asks the function it is given. It opens no files.
package grid

import (
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
	pages   [3][]byte
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

// Show has every look's name and divided picture handed to a function, for
// progress and for people who report a picture that fails. The picture changes
// with the next look.
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

// Try looks once and returns how many codes it added.
func (s *Search) Try(ctx context.Context, look Look) int {
	bits, scale := s.divide(look)
	if bits == nil {
		return 0
	}
	slack := strictSlack
	if look.Loose {
		slack = looseSlack
	}
	finders := s.fresh(bits.finders(slack), scale)
	join := triples
	if look.Pairs {
		join = pairs
	}
	all := join(finders)
	before := len(s.found)
	s.attempt(ctx, look, all, bits, scale, max(fewTries, len(finders)/4))
	if len(s.found) == 0 {
		s.noteFinders(finders, scale)
	}
	return len(s.found) - before
}

// fresh leaves out finders of codes that were read before.
func (s *Search) fresh(found []finder, scale float64) []finder {
	return slices.DeleteFunc(found, func(f finder) bool { return s.covered(&f, scale) })
}

func (s *Search) covered(f *finder, scale float64) bool { return s.coveredAt(f.times(1 / scale)) }

func (s *Search) coveredAt(p Point) bool {
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

package grid

import (
	"image"
	"slices"
)

// Trace is what a search without success has seen of a code.
type Trace struct {
	Score  float64 // of the best grid that could not be read, to 1
	Module float64 // pixels per module of that, or of the finders
	Cut    bool    // finders whose code reaches beyond the picture
	Micro  bool    // one finder with timing patterns along both outer edges
}

// Trace says what was seen so far.
func (s *Search) Trace() Trace { return s.trace }

// Close ends the search and lets go of its memory. It returns the picture for
// other uses, at the first of its halves that is not above a megapixel.
func (s *Search) Close() *image.Gray {
	for len(s.levels) > 1 && len(s.levels[0].pix) > 1_000_000 {
		s.levels = s.levels[1:]
	}
	s.ink, s.pages = nil, [3][]byte{}
	return s.levels[0].image()
}

// Pending reports whether a grid was laid well that could not be read then and
// is not part of a code that was read since: one more look may be worth it.
func (s *Search) Pending() bool {
	return slices.ContainsFunc(s.refused, func(f fit) bool {
		center := f.homography.at(float64(f.size)/2, float64(f.size)/2)
		return f.score >= Likely && !slices.ContainsFunc(s.found, func(found Found) bool { return inside(center, found.Corners) })
	})
}

// Likely is the score from which a grid is taken for a code, be it readable or
// not.
const Likely = 0.6

// noteGrid remembers the best grid that was refused. One that reaches beyond the
// picture by more than a module was refused for that.
func (s *Search) noteGrid(f *fit) {
	w, h := float64(s.levels[0].w), float64(s.levels[0].h)
	for _, c := range f.corners() {
		if m := f.module(); f.score >= Likely && (c.X < -m || c.Y < -m || c.X > w+m || c.Y > h+m) {
			s.trace.Cut = true
			return
		}
	}
	if f.score > s.trace.Score {
		s.trace.Score, s.trace.Module = f.score, f.module()
	}
}

// noteFinders looks at what is left when no three finders made a code.
func (s *Search) noteFinders(found []finder, scale float64) {
	sure := found[:0:0]
	for _, f := range found {
		if f.strict && f.doubt() < 0.2 {
			f.Point, f.across, f.down = f.times(1/scale), f.across/scale, f.down/scale
			sure = append(sure, f)
		}
	}
	if len(sure) == 0 || len(sure) > 4 {
		return // nothing, or a picture full of squares
	}
	f := &sure[0]
	if s.trace.Module == 0 {
		s.trace.Module = f.module()
	}
	s.trace.Micro = s.trace.Micro || len(sure) == 1 && s.micro(f)
	s.trace.Cut = s.trace.Cut || s.cut(sure)
}

// cut reports whether the finders' code cannot lie within the picture: two leave
// no room for a third, or there is only one and it is nearer to an edge than
// the smallest code is long.
func (s *Search) cut(sure []finder) bool {
	w, h := float64(s.levels[0].w), float64(s.levels[0].h)
	if len(sure) == 1 {
		f := &sure[0]
		return min(f.X, w-f.X) < 17*f.across || min(f.Y, h-f.Y) < 17*f.down
	}
	for i := range sure {
		for j := range i {
			a, b := &sure[i], &sure[j]
			quarter := Point{a.Y - b.Y, b.X - a.X}
			size := a.distance(b.Point) / a.module()
			if size < 13 || size > 175 || b.module() > 1.3*a.module() || a.module() > 1.3*b.module() {
				continue
			}
			if !a.add(quarter).within(w, h) && !a.sub(quarter).within(w, h) {
				return true
			}
		}
	}
	return false
}

// micro looks for the timing patterns of a Micro QR code (ISO/IEC 18004, 6.3.2),
// which run along its two outer edges from its only finder, in a picture that
// is not turned by other than quarters.
func (s *Search) micro(f *finder) bool {
	p := s.levels[0]
	for _, turn := range [...][2]Point{{{1, 0}, {0, 1}}, {{0, 1}, {-1, 0}}, {{-1, 0}, {0, -1}}, {{0, -1}, {1, 0}}} {
		right := Point{turn[0].X * f.across, turn[0].Y * f.down}
		down := Point{turn[1].X * f.across, turn[1].Y * f.down}
		at := func(x, y float64) float64 {
			q := f.add(right.times(x - 3)).add(down.times(y - 3))
			return p.at(q.X, q.Y)
		}
		for size := 11; size <= 17; size += 2 {
			if microAt(at, size, f.light) > 0.8 {
				return true
			}
		}
	}
	return false
}

// microAt correlates a place with the timing patterns of a Micro QR code of so
// many modules and with the quiet zone around it.
func microAt(at func(x, y float64) float64, size int, light bool) float64 {
	var c correlation
	for i := range size {
		along, last := float64(i), float64(size)
		if i >= 7 {
			c.add(at(along, 0), (i%2 == 0) != light)
			c.add(at(0, along), (i%2 == 0) != light)
		}
		for _, edge := range []float64{-1, last} {
			c.add(at(along, edge), light)
			c.add(at(edge, along), light)
		}
	}
	return c.value()
}

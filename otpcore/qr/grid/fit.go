package grid

import "math"

// fit is a grid laid over the picture: four modules of a code of some version
// and where they are seen.
type fit struct {
	*pattern
	light bool
	at    [4]Point // places of the anchors, in the full picture
	homography
	bow   [2]Point // how far the middle of rows and of columns is off, in modules
	score float64
}

// place is where a module is seen. A bow leaves the finders where they are and
// pushes what is half way between them: paper bends like that, and so do
// pictures through the lens of a phone.
func (f *fit) place(x, y float64) Point {
	if f.bow != [2]Point{} {
		along, down := arch(x, f.size), arch(y, f.size)
		x, y = x+along*f.bow[0].X+down*f.bow[1].X, y+along*f.bow[0].Y+down*f.bow[1].Y
	}
	return f.homography.at(x, y)
}

// arch is 0 at the finders and 1 half way between them.
func arch(x float64, size int) float64 {
	t := (x - 3.5) / float64(size-7)
	return 4 * t * (1 - t)
}

// anchors are the modules a fit is held by: the middles of the three finders
// and, for the fourth corner, of the alignment pattern near it, which is a
// better hold than a corner that nothing marks.
func anchors(version, size int) [4]Point {
	near, far := 3.5, float64(size)-3.5
	fourth := far
	if version >= 2 {
		fourth = far - 3
	}
	return [4]Point{{near, near}, {far, near}, {fourth, fourth}, {near, far}}
}

// fit lays the grid that three finders and a guess make, and scores what is
// known of it before the fourth corner is.
func (s *Search) fit(t *triple, g guess, scale float64) (fit, bool) {
	f, ok := laidOver(t, g.version, g.fourth, scale)
	if ok {
		f.score = s.scoreCore(&f)
	}
	return f, ok
}

func laidOver(t *triple, version int, fourth Point, scale float64) (fit, bool) {
	f := fit{pattern: patternOf(version), light: t.corner.light}
	h, ok := placed(t, f.size, fourth, scale)
	for i, a := range anchors(f.version, f.size) {
		f.at[i] = h.at(a.X, a.Y)
	}
	f.homography = h
	return f, ok
}

// lay recomputes the grid from its anchors' places.
func (f *fit) lay() bool {
	h, ok := fourPoints(anchors(f.version, f.size), f.at)
	f.homography = h
	return ok
}

// module is the mean number of pixels per module along the diagonal's half.
func (f *fit) module() float64 {
	side := f.at[0].distance(f.at[1]) + f.at[0].distance(f.at[3])
	return side / 2 / float64(f.size-7)
}

// corners are the outer corners, in the order Found gives them.
func (f *fit) corners() [4]Point {
	n := float64(f.size)
	return [4]Point{f.homography.at(0, 0), f.homography.at(n, 0), f.homography.at(n, n), f.homography.at(0, n)}
}

// score is how well what must be dark is dark and what must be light is light:
// the mean over the parts of the pattern of the correlation between the two.
// Each part is judged by itself, because light falls unevenly.
func (s *Search) score(f *fit) float64 { return s.scoreParts(f, f.parts) }

// scoreCore is the score of the parts that three finders decide: themselves,
// the timing patterns between them and the version beside two of them.
func (s *Search) scoreCore(f *fit) float64 { return s.scoreParts(f, f.core) }

func (s *Search) scoreParts(f *fit, n int) float64 {
	p, zoom := s.level(f.module(), 2)
	var sums [64]correlation
	parts := sums[:min(n, len(sums))]
	for _, k := range f.known {
		if k.part >= len(parts) {
			break // they are in order
		}
		q := f.place(float64(k.x)+0.5, float64(k.y)+0.5)
		parts[k.part].add(p.at(q.X*zoom, q.Y*zoom), k.dark != f.light)
	}
	total := 0.0
	for i := range parts {
		total += parts[i].value()
	}
	return total / float64(len(parts))
}

// correlation of brightness with what is expected, light being 1 and dark -1.
type correlation struct{ n, v, vv, s, sv float64 }

func (c *correlation) add(v float64, dark bool) {
	sign := 1.0
	if dark {
		sign = -1
	}
	c.n++
	c.v += v
	c.vv += v * v
	c.s += sign
	c.sv += sign * v
}

func (c *correlation) value() float64 {
	if c.n == 0 {
		return 0
	}
	spreadV := c.vv - c.v*c.v/c.n
	spreadS := c.n - c.s*c.s/c.n
	// A part without contrast says nothing; a few grey levels are noise.
	return (c.sv - c.s*c.v/c.n) / math.Sqrt((spreadV+4*c.n)*spreadS+1e-9)
}

var compass = [...]Point{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}

// climb moves the anchors, one coordinate at a time, as long as the score
// grows, in ever smaller steps.
func (s *Search) climb(f *fit) {
	f.score = s.score(f)
	for _, step := range []float64{1.2, 0.5, 0.25, 0.12} {
		s.ascend(f, func() { s.moveAnchors(f, step) })
	}
}

// climbBow moves the bows as well. A large code bends by more modules.
func (s *Search) climbBow(f *fit) {
	for _, step := range []float64{float64(f.size) / 24, 1, 0.5, 0.25, 0.12} {
		s.ascend(f, func() {
			for i := range f.bow {
				for _, dir := range compass {
					moved := *f
					moved.bow[i] = moved.bow[i].add(dir.times(step))
					s.keepBetter(f, moved)
				}
			}
			s.moveAnchors(f, min(step, 0.5))
		})
	}
}

// ascend repeats a round of moves while it pays.
func (s *Search) ascend(f *fit, round func()) {
	for range 4 {
		before := f.score
		round()
		if f.score < before+1e-3 {
			return
		}
	}
}

func (s *Search) moveAnchors(f *fit, step float64) {
	module := f.module()
	for i := range f.at {
		for _, dir := range compass {
			moved := *f
			moved.at[i] = moved.at[i].add(dir.times(step * module))
			if moved.lay() {
				s.keepBetter(f, moved)
			}
		}
	}
}

func (s *Search) keepBetter(f *fit, moved fit) {
	if moved.score = s.score(&moved); moved.score > f.score {
		*f = moved
	}
}

// align looks for the alignment pattern around where the grid expects it and
// returns the grid held by the place that looks most like one.
func (s *Search) align(f fit) (fit, bool) {
	if f.version < 2 {
		return f, false
	}
	module := f.module()
	p, zoom := s.level(module, 2)
	middle := anchors(f.version, f.size)[2]
	origin := f.at[2]
	right := f.homography.at(middle.X+1, middle.Y).sub(origin)
	down := f.homography.at(middle.X, middle.Y+1).sub(origin)
	reach := min(4+float64(f.size)/20, 8)
	best, place := 0.3, origin
	for dy := -reach; dy <= reach; dy += 0.5 {
		for dx := -reach; dx <= reach; dx += 0.5 {
			at := origin.add(right.times(dx)).add(down.times(dy))
			if v := alignmentAt(p, zoom, at, right, down, f.light) - 0.01*math.Hypot(dx, dy); v > best {
				best, place = v, at
			}
		}
	}
	if place == origin {
		return f, false
	}
	f.at[2] = place
	if !f.lay() {
		return f, false
	}
	f.score = s.score(&f)
	return f, true
}

// alignmentAt correlates a place with the five rings of an alignment pattern.
func alignmentAt(p *plane, zoom float64, at, right, down Point, light bool) float64 {
	var c correlation
	for y := -2; y <= 2; y++ {
		for x := -2; x <= 2; x++ {
			q := at.add(right.times(float64(x))).add(down.times(float64(y)))
			c.add(p.at(q.X*zoom, q.Y*zoom), (max(abs(x), abs(y)) != 1) != light)
		}
	}
	return c.value()
}

package grid

import (
	"cmp"
	"math"
	"slices"
)

// finder is one of the three large squares of a code: a ring around a block,
// 1:1:3:1:1 modules along every line through its middle (ISO/IEC 18004, 6.3.3).
type finder struct {
	Point
	across, down float64 // pixels per module along rows and columns
	light        bool    // the block is light: the code is drawn in negative
	strict       bool    // its ring ends where it should; else it touches something
	rows         int     // in how many rows it was seen
}

// doubt is how little a finder looks like one, from 0: its block of three
// modules should have been seen in every row, and its ring should end.
func (f *finder) doubt() float64 {
	doubt := 0.5 * (1 - min(float64(f.rows)/(3*f.down), 1))
	if !f.strict {
		doubt += 0.15
	}
	return doubt
}

func (f *finder) module() float64 { return math.Sqrt(f.across * f.down) }

// How many modules a finder's light ring may be wider or narrower than one: a
// printer's ink or a screen's glow takes some, blur takes most.
const (
	strictSlack = 0.5
	looseSlack  = 0.75
)

// mostFinders bounds what a picture full of squares can cost; a sheet of a
// hundred codes has three hundred true ones.
const mostFinders = 600

// rememberFinders is how many of the last are compared with what a row shows.
// Rows come in order, so the others are far above.
const rememberFinders = 300

// finders looks along every row for block and ring, and checks the columns and
// diagonals there. What surrounds the ring may be anything of at least half a
// module: a code without quiet zone on a dark page has no outer edge.
func (b *bitmap) finders(slack float64) []finder {
	b.slack = slack
	var found []finder
	edges := make([]int, 0, b.w+2)
	for y := range b.h {
		edges = appendEdges(edges[:0], b.pix[y*b.w:(y+1)*b.w])
		for i := 1; i+4 < len(edges); i++ {
			ring, block, ring2 := edges[i+1]-edges[i], edges[i+2]-edges[i+1], edges[i+3]-edges[i+2]
			if !likeFinder(ring, block, ring2, slack) {
				continue
			}
			module := float64(ring+block+ring2) / 5
			if float64(edges[i]-edges[i-1]) < module/2 || float64(edges[i+4]-edges[i+3]) < module/2 {
				continue
			}
			found = b.note(found, (edges[i+1]+edges[i+2])/2, y, module)
		}
	}
	return strongest(found)
}

// appendEdges lists where a row changes its colour, its ends included.
func appendEdges(edges []int, row []byte) []int {
	edges = append(edges, 0)
	for x := 1; x < len(row); x++ {
		if row[x] != row[x-1] {
			edges = append(edges, x)
		}
	}
	return append(edges, len(row))
}

// likeFinder asks for 1:3:1, each within so many modules or a pixel of rounding.
func likeFinder(ring, block, ring2 int, slack float64) bool {
	total := ring + block + ring2
	if total < 5 {
		return false
	}
	module := float64(total) / 5
	slack = max(module*slack, 0.7)
	return math.Abs(float64(ring)-module) <= slack && math.Abs(float64(ring2)-module) <= slack
}

// note adds what was seen in a row to the finder it belongs to, or checks it as
// a new one.
func (b *bitmap) note(found []finder, x, y int, module float64) []finder {
	recent := found[max(0, len(found)-rememberFinders):]
	light := b.pix[y*b.w+x] == 0
	for i := len(recent) - 1; i >= 0; i-- {
		if f := &recent[i]; f.light == light && f.crossedBy(x, y, module) {
			f.rows++
			return found
		}
	}
	f, ok := b.check(x, y, module)
	if !ok {
		return found
	}
	for i := range recent { // seen before, through a row that missed its middle
		if g := &recent[i]; g.light == f.light && g.same(&f) {
			g.rows++
			return found
		}
	}
	return append(found, f)
}

// crossedBy reports whether a row that shows a block around x has met f.
func (f *finder) crossedBy(x, y int, module float64) bool {
	return math.Abs(f.X-float64(x)-0.5) < f.across && math.Abs(f.Y-float64(y)-0.5) < 2*f.down &&
		math.Abs(f.across-module) < 0.4*f.across
}

func (f *finder) same(g *finder) bool {
	return f.distance(g.Point) < 1.5*f.module() && f.module() < 1.5*g.module() && g.module() < 1.5*f.module()
}

// check looks down the column through the block's middle, then along the row
// through the middle found there, then along the diagonals.
func (b *bitmap) check(x, y int, module float64) (finder, bool) {
	down, ok := b.cross(x, y, 0, 1, 12*module)
	if !ok || down.module > 3*module || down.module < module/3 {
		return finder{}, false
	}
	cy := down.middle(y)
	across, ok := b.cross(x, int(cy), 1, 0, 12*down.module)
	if !ok {
		return finder{}, false
	}
	cx := across.middle(x)
	again, ok := b.cross(int(cx), int(cy), 0, 1, 12*across.module)
	if !ok {
		return finder{}, false
	}
	f := finder{
		Point: Point{cx, again.middle(int(cy))}, across: across.module, down: again.module, rows: 1,
		light: b.pix[y*b.w+x] == 0, strict: across.strict && again.strict,
	}
	return f, b.diagonal(&f, 1) || b.diagonal(&f, -1)
}

// diagonal reports whether a finder is one along a diagonal too. One of the two
// is enough: the other may touch something.
func (b *bitmap) diagonal(f *finder, dx int) bool {
	large := max(f.across, f.down)
	d, ok := b.cross(int(f.X), int(f.Y), dx, 1, 12*large)
	return ok && d.module < 2.5*large
}

// crossing is a line through a finder: how far its block reaches before and
// behind the place it was measured from, in steps.
type crossing struct {
	before, behind float64
	module         float64
	strict         bool
}

// middle is the coordinate of the block's middle, measured from pixel at.
func (c crossing) middle(at int) float64 {
	return float64(at) + 0.5 + (c.behind-c.before)/2
}

// cross walks from inside a block along (dx, dy) and back, and measures block,
// ring and what is around it. At the edge of the picture a ring that has begun
// may be cut off.
func (b *bitmap) cross(x, y, dx, dy int, reach float64) (crossing, bool) {
	if !b.inside(x, y) {
		return crossing{}, false
	}
	behind, edge2 := b.walk(x, y, dx, dy, int(reach))
	before, edge1 := b.walk(x, y, -dx, -dy, int(reach))
	if edge1 && edge2 {
		return crossing{}, false
	}
	ring, block, ring2 := before[1], before[0]+behind[0]+1, behind[1]
	switch { // the picture ends within the light ring: it is as wide as the other
	case edge1 && before[2] == 0:
		ring = ring2
	case edge2 && behind[2] == 0:
		ring2 = ring
	}
	if !likeFinder(ring, block, ring2, b.slack) {
		return crossing{}, false
	}
	module := float64(ring+block+ring2) / 5
	low, high := module/2, 1.8*module+1
	out1, out2 := float64(before[2]), float64(behind[2])
	if !edge1 && out1 < low || !edge2 && out2 < low {
		return crossing{}, false
	}
	return crossing{
		before: float64(before[0]) + 0.5, behind: float64(behind[0]) + 0.5, module: module,
		strict: out1 <= high && out2 <= high,
	}, true
}

// walk counts the steps to leave the block, then the ring's gap, then the ring;
// edge says that the picture or the reach ended first.
func (b *bitmap) walk(x, y, dx, dy, reach int) (runs [3]int, edge bool) {
	run, colour := 0, b.pix[y*b.w+x]
	for range reach {
		x, y = x+dx, y+dy
		if !b.inside(x, y) {
			return runs, true
		}
		if c := b.pix[y*b.w+x]; c != colour {
			if run == 2 {
				return runs, false
			}
			run, colour = run+1, c
		}
		runs[run]++
	}
	return runs, false
}

// strongest keeps those least in doubt.
func strongest(found []finder) []finder {
	slices.SortStableFunc(found, func(a, b finder) int { return cmp.Compare(a.doubt(), b.doubt()) })
	return found[:min(len(found), mostFinders)]
}

// reach measures from the finder's middle along a direction, both ways, to the
// inner edge of the ring: five modules. It returns pixels per module in that
// direction, or 0.
func (b *bitmap) reach(f *finder, dir Point) float64 {
	far := 5 * max(f.across, f.down)
	one, ok1 := b.innerEdge(f.Point, dir, far)
	two, ok2 := b.innerEdge(f.Point, dir.times(-1), far)
	switch {
	case ok1 && ok2:
		return (one + two) / 5
	case ok1:
		return one / 2.5
	case ok2:
		return two / 2.5
	}
	return 0
}

func (b *bitmap) innerEdge(from, dir Point, far float64) (float64, bool) {
	const step = 0.25
	changes := 0
	var colour byte
	for d := 0.0; d < far; d += step {
		x, y := int(math.Floor(from.X+d*dir.X)), int(math.Floor(from.Y+d*dir.Y))
		if !b.inside(x, y) {
			return 0, false
		}
		c := b.pix[y*b.w+x]
		if d == 0 {
			colour = c
		}
		if c != colour {
			colour = c
			if changes++; changes == 2 {
				return d, true
			}
		}
	}
	return 0, false
}

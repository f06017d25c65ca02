package grid

import "math"

// A finder may be torn off, scribbled over or hidden by a sticker while error
// correction still has all it needs. Two finders say where the third was, up to
// a choice: they lie along a side of the square or across it, and the square is
// on one side of them or the other.

// mostPaired is how many of the surest finders are paired.
const mostPaired = 24

// pairs are the triples that two finders and a guessed third make.
func pairs(found []finder) []triple {
	found = found[:min(len(found), mostPaired)]
	var all []triple
	for i := range found {
		for j := range found {
			a, b := &found[i], &found[j]
			if i == j || a.light != b.light || a.module() > 1.5*b.module() || b.module() > 1.5*a.module() {
				continue
			}
			side := a.distance(b.Point)
			if side < 10*a.module() || side > 180*a.module() {
				continue
			}
			all = append(all, guessedThird(a, b)...)
		}
	}
	return all
}

// guessedThird are the three codes in which a comes before b: the top side, the
// left side, and the diagonal. The other three have b before a.
func guessedThird(a, b *finder) []triple {
	v := b.sub(a.Point)
	quarter := Point{-v.Y, v.X} // clockwise, as rows run downwards
	below := lost(a, a.add(quarter))
	right := lost(a, a.sub(quarter))
	corner := lost(a, middle(a.Point, b.Point).sub(quarter.times(0.5)))
	cost := a.doubt() + b.doubt()
	return []triple{
		{corner: a, right: b, below: below, cost: cost, guessed: below},
		{corner: a, right: right, below: b, cost: cost, guessed: right},
		{corner: corner, right: b, below: a, cost: cost, guessed: corner},
	}
}

// lost is a finder that is not seen, like one that is.
func lost(like *finder, at Point) *finder {
	f := *like
	f.Point = at
	return &f
}

// reachIn is the finder's reach, or for a guessed one what its size says: the
// side of a square of modules, at whatever angle, is the same.
func (t *triple) reachIn(b *bitmap, f *finder, dir Point) float64 {
	if f != t.guessed {
		return b.reach(f, dir)
	}
	other := t.corner
	if f == t.corner {
		other = t.right
	}
	if r := b.reach(other, dir); r > 0 {
		return r
	}
	return math.Sqrt(f.across * f.down)
}

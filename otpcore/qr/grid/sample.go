package grid

import (
	"math"
	"slices"
)

// Modules is a square of modules as read from a picture, row by row.
type Modules struct {
	Size int
	Dark []bool
}

// greys is the brightness of every module, dark side low whatever the polarity.
type greys struct {
	size   int
	values []float64
}

// taps are where a module is looked at, from its middle: not at its edges,
// which belong to the neighbours as well.
var taps = [...]Point{{0, 0}, {-0.22, -0.22}, {0.22, -0.22}, {-0.22, 0.22}, {0.22, 0.22}}

// sample looks at every module.
func (s *Search) sample(f *fit, place func(x, y float64) Point) greys {
	p, zoom := s.level(f.module(), 3)
	g := greys{f.size, make([]float64, f.size*f.size)}
	for y := range f.size {
		for x := range f.size {
			sum := 0.0
			for _, tap := range taps {
				q := place(float64(x)+0.5+tap.X, float64(y)+0.5+tap.Y)
				sum += p.at(q.X*zoom, q.Y*zoom)
			}
			v := sum / float64(len(taps))
			if f.light {
				v = 255 - v
			}
			g.values[y*f.size+x] = v
		}
	}
	return g
}

// spread is the mean of all values and their standard deviation, never 0.
func (g greys) spread() (mean, spread float64) {
	for _, v := range g.values {
		mean += v / float64(len(g.values))
	}
	for _, v := range g.values {
		spread += (v - mean) * (v - mean) / float64(len(g.values))
	}
	return mean, math.Sqrt(spread) + 1e-3
}

// decide turns grey into dark and light in several ways, the likeliest first,
// and stops when one is read.
func (s *Search) decide(f *fit, g greys) bool {
	ways := []func(greys) []bool{
		greys.byOtsu,
		greys.byNeighbourhood,
		func(g greys) []bool { return g.byFinders(f.pattern) },
		func(g greys) []bool { return g.sharpened(0.7).byNeighbourhood() },
		func(g greys) []bool { return g.sharpened(0.7).byOtsu() },
	}
	var seen [][]bool
	for _, way := range ways {
		dark := way(g)
		if slices.ContainsFunc(seen, func(d []bool) bool { return slices.Equal(d, dark) }) {
			continue
		}
		seen = append(seen, dark)
		if s.offer(f, dark) {
			return true
		}
	}
	return false
}

// offer asks the reader about one grid of modules. What is known is put right
// first: the version's own bits are then never the reason for a refusal.
func (s *Search) offer(f *fit, dark []bool) bool {
	wrong := 0
	for _, k := range f.known {
		if dark[k.y*f.size+k.x] != k.dark {
			wrong++
		}
	}
	// A chance grid is wrong in half of what is known. Refusing it here is what
	// keeps error correction from making a text out of noise.
	if wrong*100 > len(f.known)*mostWrong {
		return false
	}
	dark = slices.Clone(dark)
	for _, k := range f.known {
		dark[k.y*f.size+k.x] = k.dark
	}
	return s.read(Modules{f.size, dark})
}

// mostWrong is how many known modules in a hundred may be read wrong.
const mostWrong = 27

func (g greys) byOtsu() []bool {
	var histogram [256]int
	for _, v := range g.values {
		histogram[int(min(max(v, 0), 255))]++
	}
	limit := float64(otsu(&histogram))
	return g.below(func(int, int) float64 { return limit })
}

// below calls limit for every module, so limit must be cheap.
func (g greys) below(limit func(x, y int) float64) []bool {
	dark := make([]bool, len(g.values))
	for y := range g.size {
		for x := range g.size {
			dark[y*g.size+x] = g.values[y*g.size+x] < limit(x, y)
		}
	}
	return dark
}

// byNeighbourhood divides at the mean of the nine by nine modules around each:
// the standard's masks see to it that these are about half dark.
func (g greys) byNeighbourhood() []bool {
	sums := g.integral()
	return g.below(func(x, y int) float64 { return sums.around(x, y, 4) })
}

type integral struct {
	stride int
	sums   []float64
}

func (g greys) integral() integral {
	n := g.size + 1
	in := integral{n, make([]float64, n*n)}
	for y := range g.size {
		row := 0.0
		for x := range g.size {
			row += g.values[y*g.size+x]
			in.sums[(y+1)*n+x+1] = in.sums[y*n+x+1] + row
		}
	}
	return in
}

// around is the mean of the square of 2r+1 modules around one, less at the edge.
func (in integral) around(x, y, r int) float64 {
	n := in.stride
	x0, y0, x1, y1 := max(x-r, 0), max(y-r, 0), min(x+r+1, n-1), min(y+r+1, n-1)
	sum := in.sums[y1*n+x1] - in.sums[y0*n+x1] - in.sums[y1*n+x0] + in.sums[y0*n+x0]
	return sum / float64((x1-x0)*(y1-y0))
}

// byFinders lays a plane through the brightness half way between dark and light
// at the three finders, as a lamp from one side makes it.
func (g greys) byFinders(p *pattern) []bool {
	level := func(part int) float64 {
		var dark, light, darks, lights float64
		for _, k := range p.known {
			v := g.values[k.y*g.size+k.x]
			switch {
			case k.part != part:
			case k.dark:
				dark, darks = dark+v, darks+1
			default:
				light, lights = light+v, lights+1
			}
		}
		return (dark/darks + light/lights) / 2
	}
	corner, right, below := level(0), level(1), level(2)
	span := float64(g.size - 7)
	return g.below(func(x, y int) float64 {
		return corner + (right-corner)*(float64(x)-3)/span + (below-corner)*(float64(y)-3)/span
	})
}

// sharpened takes from each module a part of what its neighbours lent it by
// blur.
func (g greys) sharpened(k float64) greys {
	out := greys{g.size, make([]float64, len(g.values))}
	value := func(x, y int) float64 {
		return g.values[min(max(y, 0), g.size-1)*g.size+min(max(x, 0), g.size-1)]
	}
	for y := range g.size {
		for x := range g.size {
			around := (value(x-1, y) + value(x+1, y) + value(x, y-1) + value(x, y+1)) / 4
			v := value(x, y)
			out.values[y*g.size+x] = v + k*(v-around)
		}
	}
	return out
}

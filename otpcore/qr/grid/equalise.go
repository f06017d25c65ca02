package grid

// equalise undoes blur the way a modem undoes a bad line: the modules whose
// colour is known train a small filter over each module and its neighbours,
// and the filter then decides all others. It learns how wide the blur is and
// where dark ends and light begins, without a model of either. A second and
// third training on what the first decided have many more modules to learn from.
func (s *Search) equalise(f *fit, place func(x, y float64) Point) bool {
	e := newEqualiser(s.fine(f, place), f.size)
	for _, k := range f.known {
		e.wanted[k.y*f.size+k.x] = target(k.dark)
	}
	trained := e.wanted
	for range 3 {
		weights, ok := e.train(trained)
		if !ok {
			return false
		}
		out := e.apply(weights)
		dark := make([]bool, len(out))
		trained = make([]float64, len(out))
		for i, v := range out {
			dark[i] = v < 0
			if trained[i] = target(dark[i]); e.wanted[i] != 0 {
				trained[i] = e.wanted[i]
			}
		}
		if s.offer(f, dark) {
			return true
		}
	}
	return false
}

func target(dark bool) float64 {
	if dark {
		return -1
	}
	return 1
}

// margin is how far the filter reaches beyond a module, and so beyond the code,
// in half modules: two looks per module are what it takes to undo a blur wider
// than one.
const margin = 4

// inputs of the filter: the module, its neighbours in pairs, the neighbourhood
// and a constant. Two neighbours opposite each other count alike, for blur by a
// lens is round and blur by a moving hand goes both ways; a round filter alone
// cannot undo the second.
const (
	neighbours = 2*margin*(margin+1) + 1 // with the module itself
	inputs     = neighbours + 2
)

// mostTaught bounds from how many modules of a large code the filter learns.
const mostTaught = 3000

type equaliser struct {
	size   int
	inputs [][inputs]float64 // per module
	wanted []float64         // 1 light, -1 dark, 0 not known
}

func newEqualiser(g greys, size int) *equaliser {
	e := &equaliser{size, make([][inputs]float64, size*size), make([]float64, size*size)}
	mean, spread := g.spread()
	sums := g.integral()
	for y := range size {
		for x := range size {
			in := &e.inputs[y*size+x]
			here := (2*y+margin)*g.size + 2*x + margin
			for i := range neighbours {
				const side = 2*margin + 1
				k := side*side/2 + i // half of the square around the module, row by row
				away := k%side - margin + (k/side-margin)*g.size
				in[i] = ((g.values[here+away]+g.values[here-away])/2 - mean) / spread
			}
			in[neighbours] = (sums.around(2*x+margin, 2*y+margin, 10) - mean) / spread
			in[neighbours+1] = 1
		}
	}
	return e
}

// train solves the least squares for the weights, with a little damping: the
// neighbours in a sharp picture leave some weights undecided.
func (e *equaliser) train(wanted []float64) (weights [inputs]float64, ok bool) {
	rows := make([][]float64, inputs)
	for a := range rows {
		rows[a] = make([]float64, inputs+1)
	}
	n := 0.0
	for _, i := range lessons(wanted) {
		n++
		in := &e.inputs[i]
		for a := range inputs {
			for b := range inputs {
				rows[a][b] += in[a] * in[b]
			}
			rows[a][inputs] += in[a] * wanted[i]
		}
	}
	for a := range inputs {
		rows[a][a] += 0.01*n + 1e-6
	}
	if !eliminate(rows) {
		return weights, false
	}
	for a := range inputs {
		weights[a] = rows[a][inputs]
	}
	return weights, true
}

// lessons are the modules whose colour is known, evenly thinned out.
func lessons(wanted []float64) []int {
	var known []int
	for i, want := range wanted {
		if want != 0 {
			known = append(known, i)
		}
	}
	stride := len(known)/mostTaught + 1
	var some []int
	for i := 0; i < len(known); i += stride {
		some = append(some, known[i])
	}
	return some
}

func (e *equaliser) apply(weights [inputs]float64) []float64 {
	out := make([]float64, len(e.inputs))
	for i := range e.inputs {
		for a, w := range weights {
			out[i] += w * e.inputs[i][a]
		}
	}
	return out
}

// fine looks twice per module and direction.
func (s *Search) fine(f *fit, place func(x, y float64) Point) greys {
	p, zoom := s.level(f.module(), 3)
	size := 2*f.size - 1 + 2*margin
	g := greys{size, make([]float64, size*size)}
	for y := range size {
		for x := range size {
			q := place(float64(x-margin)/2+0.5, float64(y-margin)/2+0.5)
			v := p.at(q.X*zoom, q.Y*zoom)
			if f.light {
				v = 255 - v
			}
			g.values[y*size+x] = v
		}
	}
	return g
}

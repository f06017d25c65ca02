package grid

// equalise undoes blur the way a modem undoes a bad line: the modules whose
// colour is known train a small filter over each module and its neighbours,
// and the filter then decides all others. It learns how wide the blur is and
// where dark ends and light begins, without a model of either. A second and
// third training on what the first decided have many more modules to learn from.
func (s *Search) equalise(f *fit, place func(x, y float64) Point) bool {
	e := newEqualiser(s.sample(f, margin, place), f.size)
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

// margin is how far the filter reaches beyond a module, and so beyond the code.
const margin = 2

// inputs of the filter: the module, its neighbours ring by ring (those at one
// distance count alike, for blur is round), the neighbourhood and a constant.
const inputs = 8

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
			for dy := -margin; dy <= margin; dy++ {
				for dx := -margin; dx <= margin; dx++ {
					v := (g.values[(y+margin+dy)*g.size+x+margin+dx] - mean) / spread
					in[ringOf[abs(dy)][abs(dx)]] += v
				}
			}
			in[6] = (sums.around(x+margin, y+margin, 5) - mean) / spread
			in[7] = 1
		}
	}
	return e
}

// ringOf numbers the distances within the margin.
var ringOf = [margin + 1][margin + 1]int{{0, 1, 3}, {1, 2, 4}, {3, 4, 5}}

// train solves the least squares for the weights, with a little damping: the
// rings of a sharp picture leave some weights undecided.
func (e *equaliser) train(wanted []float64) (weights [inputs]float64, ok bool) {
	var rows [inputs][inputs + 1]float64
	n := 0.0
	for i, want := range wanted {
		if want == 0 {
			continue
		}
		n++
		in := &e.inputs[i]
		for a := range inputs {
			for b := range inputs {
				rows[a][b] += in[a] * in[b]
			}
			rows[a][inputs] += in[a] * want
		}
	}
	for a := range inputs {
		rows[a][a] += 0.01*n + 1e-6
	}
	if !eliminate(&rows) {
		return weights, false
	}
	for a := range inputs {
		weights[a] = rows[a][inputs]
	}
	return weights, true
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

package grid

import "math"

// mesh bends a fit: paper that is not flat, cloth, a screen seen through a poor
// lens. Its nodes are spread evenly over the code and each says how far, in
// modules, its surroundings are from where the fit puts them.
type mesh struct {
	nodes int // along a side
	size  float64
	shift []Point
}

func newMesh(nodes, size int) *mesh {
	return &mesh{nodes, float64(size), make([]Point, nodes*nodes)}
}

// at is the shift of one place, linear between four nodes.
func (m *mesh) at(x, y float64) Point {
	cell := m.size / float64(m.nodes-1)
	u := min(max(x/cell, 0), float64(m.nodes-1)-1e-9)
	v := min(max(y/cell, 0), float64(m.nodes-1)-1e-9)
	i, j := int(u), int(v)
	u, v = u-float64(i), v-float64(j)
	a, b := m.shift[j*m.nodes+i], m.shift[j*m.nodes+i+1]
	c, d := m.shift[(j+1)*m.nodes+i], m.shift[(j+1)*m.nodes+i+1]
	return Point{
		(a.X*(1-u)+b.X*u)*(1-v) + (c.X*(1-u)+d.X*u)*v,
		(a.Y*(1-u)+b.Y*u)*(1-v) + (c.Y*(1-u)+d.Y*u)*v,
	}
}

// finer is the same bend held by about twice as many nodes.
func (m *mesh) finer() *mesh {
	out := newMesh(2*m.nodes-1, int(m.size))
	cell := m.size / float64(out.nodes-1)
	for j := range out.nodes {
		for i := range out.nodes {
			out.shift[j*out.nodes+i] = m.at(float64(i)*cell, float64(j)*cell)
		}
	}
	return out
}

// bend is a fit, its mesh, and what is needed to judge them quickly.
type bend struct {
	*fit
	*mesh
	picture *plane
	zoom    float64
	sign    []float64 // per module: 1 light, -1 dark, 0 unknown
	limits  []float64 // per module: what divides dark from light there
	spread  float64   // half the contrast
}

// warp finds the mesh under which known modules have their colours and all
// others are clearly one or the other, from four nodes a side to one for every
// six modules. It returns where each module is seen.
func (s *Search) warp(f *fit) func(x, y float64) Point {
	b := s.bend(f)
	b.mesh = newMesh(4, f.size)
	for {
		for _, step := range []float64{0.6, 0.3, 0.15} {
			b.settle(step)
		}
		if float64(f.size)/float64(b.nodes-1) <= 8 {
			break
		}
		b.mesh = b.mesh.finer()
	}
	m := b.mesh
	return func(x, y float64) Point {
		d := m.at(x, y)
		return f.place(x+d.X, y+d.Y)
	}
}

func (s *Search) bend(f *fit) *bend {
	b := &bend{fit: f, sign: make([]float64, f.size*f.size), limits: make([]float64, f.size*f.size)}
	b.picture, b.zoom = s.level(f.module(), 2)
	g := s.sample(f, f.place)
	sums := g.integral()
	for y := range f.size {
		for x := range f.size {
			i := y*f.size + x
			b.limits[i] = sums.around(x, y, 6)
			b.spread += math.Abs(g.values[i]-b.limits[i]) / float64(len(g.values))
		}
	}
	b.spread = max(b.spread, 1)
	for _, k := range f.known {
		b.sign[k.y*f.size+k.x] = 1
		if k.dark {
			b.sign[k.y*f.size+k.x] = -1
		}
	}
	return b
}

// settle moves every node once or twice as long as its surroundings gain.
func (b *bend) settle(step float64) {
	for range 2 {
		moved := false
		for j := range b.nodes {
			for i := range b.nodes {
				moved = b.nudge(i, j, step) || moved
			}
		}
		if !moved {
			return
		}
	}
}

func (b *bend) nudge(i, j int, step float64) bool {
	node := &b.shift[j*b.nodes+i]
	start := *node
	best, place := b.around(i, j), start
	for _, dir := range compass {
		*node = start.add(dir.times(step))
		if v := b.around(i, j); v > best+1e-4 {
			best, place = v, *node
		}
	}
	*node = place
	return place != start
}

// around is how clear the modules are that a node moves, less a price for being
// pulled away from its neighbours: without it, a node would settle on the next
// column of modules, which looks as good.
func (b *bend) around(i, j int) float64 {
	cell := b.mesh.size / float64(b.nodes-1)
	x0, x1 := max(int(float64(i-1)*cell), 0), min(int(float64(i+1)*cell)+1, b.fit.size)
	y0, y1 := max(int(float64(j-1)*cell), 0), min(int(float64(j+1)*cell)+1, b.fit.size)
	stride := 1
	if cell > 16 {
		stride = 2
	}
	sum, n := 0.0, 0.0
	for y := y0; y < y1; y += stride {
		for x := x0; x < x1; x++ {
			v, weight := b.clear(x, y)
			sum += v * weight
			n += weight
		}
	}
	return sum/max(n, 1) - b.pull(i, j, cell)
}

func (b *bend) clear(x, y int) (value, weight float64) {
	cx, cy := float64(x)+0.5, float64(y)+0.5
	d := b.mesh.at(cx, cy)
	q := b.fit.place(cx+d.X, cy+d.Y)
	v := b.picture.at(q.X*b.zoom, q.Y*b.zoom)
	if b.light {
		v = 255 - v
	}
	i := y*b.fit.size + x
	gap := min(max((v-b.limits[i])/b.spread, -1.5), 1.5)
	if sign := b.sign[i]; sign != 0 {
		return gap * sign, 3
	}
	return math.Abs(gap), 1
}

func (b *bend) pull(i, j int, cell float64) float64 {
	here := b.shift[j*b.nodes+i]
	sum := 0.0
	for _, dir := range compass {
		ni, nj := i+int(dir.X), j+int(dir.Y)
		if ni >= 0 && nj >= 0 && ni < b.nodes && nj < b.nodes {
			d := here.sub(b.shift[nj*b.nodes+ni])
			sum += d.dot(d)
		}
	}
	return sum / cell * 0.05
}

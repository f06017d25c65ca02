package grid

import "math"

// Point is a place in a picture: pixel i covers i to i+1, so its middle is at
// i+0.5, at every scale.
type Point struct{ X, Y float64 }

func (p Point) add(q Point) Point        { return Point{p.X + q.X, p.Y + q.Y} }
func (p Point) sub(q Point) Point        { return Point{p.X - q.X, p.Y - q.Y} }
func (p Point) times(f float64) Point    { return Point{p.X * f, p.Y * f} }
func (p Point) dot(q Point) float64      { return p.X*q.X + p.Y*q.Y }
func (p Point) cross(q Point) float64    { return p.X*q.Y - p.Y*q.X }
func (p Point) length() float64          { return math.Hypot(p.X, p.Y) }
func (p Point) distance(q Point) float64 { return p.sub(q).length() }
func (p Point) toward(q Point) Point     { d := q.sub(p); return d.times(1 / max(d.length(), 1e-9)) }
func middle(p, q Point) Point            { return Point{(p.X + q.X) / 2, (p.Y + q.Y) / 2} }
func (p Point) within(w, h float64) bool { return p.X >= 0 && p.Y >= 0 && p.X < w && p.Y < h }

// homography maps one plane onto another as a camera does (Heckbert,
// "Fundamentals of Texture Mapping and Image Warping", 1989, 2.2.3):
// x' = (ax+by+c)/(gx+hy+1).
type homography struct{ a, b, c, d, e, f, g, h float64 }

// at is the image of a point. Beyond the horizon it is far away, not infinite.
func (m *homography) at(x, y float64) Point {
	w := m.g*x + m.h*y + 1
	if w < 1e-6 {
		w = 1e-6
	}
	return Point{(m.a*x + m.b*y + m.c) / w, (m.d*x + m.e*y + m.f) / w}
}

// fourPoints is the one homography that takes four points to four others. ok is
// false when three of them are in a line.
func fourPoints(from, to [4]Point) (m homography, ok bool) {
	rows := make([][]float64, 8)
	for i := range 4 {
		x, y := from[i].X, from[i].Y
		rows[2*i] = []float64{x, y, 1, 0, 0, 0, -x * to[i].X, -y * to[i].X, to[i].X}
		rows[2*i+1] = []float64{0, 0, 0, x, y, 1, -x * to[i].Y, -y * to[i].Y, to[i].Y}
	}
	if !eliminate(rows) {
		return m, false
	}
	return homography{rows[0][8], rows[1][8], rows[2][8], rows[3][8], rows[4][8], rows[5][8], rows[6][8], rows[7][8]}, true
}

// eliminate solves as many equations as there are rows in place (Gauss and
// Jordan, with pivots); the solution is left in the last column.
func eliminate(rows [][]float64) bool {
	n := len(rows)
	for i := range n {
		pivot := i
		for j := i + 1; j < n; j++ {
			if math.Abs(rows[j][i]) > math.Abs(rows[pivot][i]) {
				pivot = j
			}
		}
		if math.Abs(rows[pivot][i]) < 1e-12 {
			return false
		}
		rows[i], rows[pivot] = rows[pivot], rows[i]
		for j := range n {
			if j == i || rows[j][i] == 0 {
				continue
			}
			factor := rows[j][i] / rows[i][i]
			for k := i; k <= n; k++ {
				rows[j][k] -= factor * rows[i][k]
			}
		}
	}
	for i := range n {
		rows[i][n] /= rows[i][i]
	}
	return true
}

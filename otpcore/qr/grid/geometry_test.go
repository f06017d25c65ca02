package grid

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestFourPointsTakesEachToItsPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// A convex quadrilateral: a square with its corners moved a little.
		from := [4]Point{{0, 0}, {10, 0}, {10, 10}, {0, 10}}
		var to [4]Point
		for i, p := range from {
			to[i] = Point{
				100 + 20*p.X + rapid.Float64Range(-40, 40).Draw(t, "x"),
				-50 + 20*p.Y + rapid.Float64Range(-40, 40).Draw(t, "y"),
			}
		}
		m, ok := fourPoints(from, to)
		if !ok {
			t.Fatal("no homography")
		}
		for i, p := range from {
			if got := m.at(p.X, p.Y); got.distance(to[i]) > 1e-6 {
				t.Fatalf("%v goes to %v, not %v", p, got, to[i])
			}
		}
		// What is straight stays straight.
		a, b, c := m.at(1, 2), m.at(4, 5), m.at(7, 8)
		if off := math.Abs(b.sub(a).cross(c.sub(a))) / a.distance(c); off > 1e-6 {
			t.Fatalf("a straight line is bent by %g", off)
		}
	})
}

func TestFourPointsRefusesALine(t *testing.T) {
	line := [4]Point{{0, 0}, {1, 0}, {2, 0}, {5, 5}}
	if _, ok := fourPoints(line, [4]Point{{0, 0}, {1, 0}, {1, 1}, {0, 1}}); ok {
		t.Error("three points in a line give a homography")
	}
}

// TestTiltedFindsTheFourthCorner takes the corners of a square through a
// homography and asks for the fourth by the sizes of modules at the others.
func TestTiltedFindsTheFourthCorner(t *testing.T) {
	h := homography{20, 3, 100, -2, 18, 80, 0.004, 0.003}
	const size = 33
	near, far := 3.5, size-3.5
	across := func(x, y float64) float64 { return h.at(x-2, y).distance(h.at(x+2, y)) / 4 }
	down := func(x, y float64) float64 { return h.at(x, y-2).distance(h.at(x, y+2)) / 4 }
	tr := triple{
		corner: &finder{Point: h.at(near, near)}, right: &finder{Point: h.at(far, near)}, below: &finder{Point: h.at(near, far)},
	}
	got := tilted(&tr, math.Sqrt(across(near, near)/across(far, near)), math.Sqrt(down(near, near)/down(near, far)))
	want := h.at(far, far)
	flat := tr.right.add(tr.below.Point).sub(tr.corner.Point)
	if got.distance(want) > 3 || flat.distance(want) < 20 {
		t.Errorf("got %v, want %v; a parallelogram would give %v", got, want, flat)
	}
}

func TestInsideKnowsAQuadrilateralWhicheverWayItTurns(t *testing.T) {
	quad := [4]Point{{0, 0}, {10, 1}, {12, 9}, {-1, 11}}
	mirrored := [4]Point{quad[0], quad[3], quad[2], quad[1]}
	for _, q := range [][4]Point{quad, mirrored} {
		if !inside(Point{5, 5}, q) || inside(Point{11.5, 2}, q) || inside(Point{-3, 5}, q) {
			t.Errorf("%v", q)
		}
	}
}

func TestPlaneAtIsLinearAndContinuesOutwards(t *testing.T) {
	p := &plane{2, 2, []byte{0, 100, 50, 150}}
	for at, want := range map[Point]float64{
		{0.5, 0.5}: 0, {1.5, 0.5}: 100, {1, 0.5}: 50, {1, 1}: 75, {-9, -9}: 0, {9, 9}: 150, {0.5, 9}: 50,
	} {
		if got := p.at(at.X, at.Y); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: %g, want %g", at, got, want)
		}
	}
}

func TestBlurKeepsTheMeanAndHalfIsTheMeanOfFour(t *testing.T) {
	p := newPlane(16, 16)
	for i := range p.pix {
		p.pix[i] = byte(i)
	}
	if got := p.half().pix[0]; got != (0+1+16+17+2)/4 {
		t.Errorf("half begins with %d", got)
	}
	flat := newPlane(16, 16)
	for i := range flat.pix {
		flat.pix[i] = 77
	}
	for _, v := range flat.blur(3, newPlane(16, 16), newPlane(16, 16)).pix {
		if v != 77 {
			t.Fatalf("blur makes %d of 77", v)
		}
	}
}

func TestOtsuDividesTwoHeaps(t *testing.T) {
	var histogram [256]int
	histogram[40], histogram[50], histogram[200] = 10, 20, 100
	if limit := otsu(&histogram); limit <= 50 || limit > 200 {
		t.Errorf("divides at %d", limit)
	}
}

func TestLocalSeesThroughAShadow(t *testing.T) {
	p := newPlane(200, 20)
	for i := range p.pix {
		x := i % p.w
		light := 60 + x // darker on the left than dark is on the right
		if x/5%2 == 0 {
			light /= 2
		}
		p.pix[i] = byte(light)
	}
	bits := p.local(8, make([]byte, len(p.pix)))
	for x := 12; x < 188; x++ {
		if x%5 == 0 || x%5 == 4 {
			continue // at an edge either will do
		}
		if got, want := bits.pix[10*p.w+x], byte(1-x/5%2); got != want {
			t.Fatalf("column %d is %d", x, got)
		}
	}
}

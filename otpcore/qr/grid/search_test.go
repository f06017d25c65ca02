package grid_test

import (
	"context"
	"image"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"otpane/otpcore/qr"
	"otpane/otpcore/qr/grid"
)

// scene draws the modules of a code into a picture: every pixel asks which
// module it shows.
type scene struct {
	code  qr.Grid
	w, h  int
	place func(x, y float64) (mx, my float64) // from pixels to modules
	soft  int                                 // radius of a blur, in pixels
	light bool                                // in negative
}

func (s scene) draw() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, s.w, s.h))
	const taps = 3
	for y := range s.h {
		for x := range s.w {
			sum := 0
			for i := range taps * taps {
				mx, my := s.place(float64(x)+(float64(i%taps)+0.5)/taps, float64(y)+(float64(i/taps)+0.5)/taps)
				if s.code.Dark(int(math.Floor(mx)), int(math.Floor(my))) == s.light {
					sum++
				}
			}
			img.SetGray(x, y, color.Gray{Y: uint8(50 + 150*sum/(taps*taps))})
		}
	}
	return blurred(img, s.soft)
}

func blurred(img *image.Gray, r int) *image.Gray {
	out := image.NewGray(img.Rect)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			sum, n := 0, 0
			for dy := -r; dy <= r; dy++ {
				for dx := -r; dx <= r; dx++ {
					if dx*dx+dy*dy <= r*r && image.Pt(x+dx, y+dy).In(img.Rect) {
						sum += int(img.GrayAt(x+dx, y+dy).Y)
						n++
					}
				}
			}
			out.SetGray(x, y, color.Gray{Y: uint8(sum / n)})
		}
	}
	return out
}

func encode(t *testing.T, length int) qr.Grid {
	t.Helper()
	code, err := qr.Encode(strings.Repeat("otpane ", length/7+1)[:length])
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// straight puts modules of so many pixels at 60, 50.
func straight(module float64) func(x, y float64) (float64, float64) {
	return func(x, y float64) (float64, float64) { return (x - 60) / module, (y - 50) / module }
}

// search tries one look, and reads a square of modules if it is the code's.
func search(s scene, look grid.Look) (*grid.Search, bool) {
	read := false
	search := grid.New(s.draw(), func(m grid.Modules) bool {
		read = read || same(m, s.code)
		return same(m, s.code)
	})
	search.Try(context.Background(), look)
	return search, read
}

// same leaves out nothing: every module must be right.
func same(m grid.Modules, code qr.Grid) bool {
	if m.Size != code.Size() {
		return false
	}
	for i, dark := range m.Dark {
		if dark != code.Dark(i%m.Size, i/m.Size) {
			return false
		}
	}
	return true
}

func TestTryReadsEveryModule(t *testing.T) {
	turned := func(angle, module float64) func(x, y float64) (float64, float64) {
		sin, cos := math.Sincos(angle)
		return func(x, y float64) (float64, float64) {
			x, y = (x-250)/module, (y-230)/module
			return x*cos + y*sin + 14, y*cos - x*sin + 14
		}
	}
	leaning := func(x, y float64) (float64, float64) {
		far := 1 + (y-230)/900
		return (x-250)/(9*far) + 14, (y-230)/(9*far) + 14
	}
	bowed := func(x, y float64) (float64, float64) {
		mx, my := (x-70)/10, (y-90)/10
		return mx, my + 1.5*math.Sin(math.Pi*mx/29)
	}
	tests := map[string]struct {
		scene
		grid.Look
	}{
		"straight":           {scene{place: straight(6)}, grid.Look{Scale: 1}},
		"at half size":       {scene{place: straight(8)}, grid.Look{Scale: -1}},
		"at twice its size":  {scene{place: straight(1.7)}, grid.Look{Scale: 2}},
		"in negative":        {scene{place: straight(6), light: true}, grid.Look{Scale: 1}},
		"turned":             {scene{place: turned(0.5, 9)}, grid.Look{Scale: 1}},
		"upside down":        {scene{place: turned(3, 9)}, grid.Look{Scale: 1}},
		"leaning back":       {scene{place: leaning}, grid.Look{Scale: 1}},
		"bowed":              {scene{place: bowed}, grid.Look{Scale: 1}},
		"out of focus":       {scene{place: straight(6), soft: 4}, grid.Look{Scale: 1, Local: 10}},
		"stretched in width": {scene{place: func(x, y float64) (float64, float64) { return (x - 60) / 11, (y - 50) / 6 }}, grid.Look{Scale: 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.code, test.w, test.h = encode(t, 50), 480, 460
			if _, read := search(test.scene, test.Look); !read {
				t.Error("not read")
			}
		})
	}
}

func TestTryGuessesAHiddenFinder(t *testing.T) {
	s := scene{code: encode(t, 50), w: 480, h: 460}
	for corner, hidden := range map[string]image.Rectangle{
		"top left": image.Rect(0, 0, 7, 7), "top right": image.Rect(22, 0, 29, 7), "bottom left": image.Rect(0, 22, 7, 29),
	} {
		s.place = func(x, y float64) (float64, float64) {
			mx, my := straight(8)(x, y)
			if image.Pt(int(math.Floor(mx)), int(math.Floor(my))).In(hidden) {
				return -1, -1
			}
			return mx, my
		}
		if _, read := search(s, grid.Look{Scale: 1}); read {
			t.Errorf("%s: it is not hidden", corner)
		}
		if _, read := search(s, grid.Look{Scale: 1, Pairs: true}); !read {
			t.Errorf("%s: not read", corner)
		}
	}
}

func TestFoundHasTheCornersOfTheCode(t *testing.T) {
	s := scene{code: encode(t, 50), w: 400, h: 400, place: straight(8)}
	search, _ := search(s, grid.Look{Name: "plain", Scale: 1})
	found := search.Found()
	if len(found) != 1 || found[0].Size != 29 || found[0].Look != "plain" {
		t.Fatalf("%+v", found)
	}
	far := 29 * 8.0
	want := [4]grid.Point{{X: 60, Y: 50}, {X: 60 + far, Y: 50}, {X: 60 + far, Y: 50 + far}, {X: 60, Y: 50 + far}}
	for i, p := range found[0].Corners {
		if math.Hypot(p.X-want[i].X, p.Y-want[i].Y) > 2 {
			t.Errorf("corner %d at %v, want %v", i, p, want[i])
		}
	}
}

func TestNoiseIsOfferedToNobody(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 500, 400))
	state := uint32(1)
	for i := range img.Pix {
		state = state*1664525 + 1013904223
		img.Pix[i] = byte(state >> 24)
	}
	offered := 0
	search := grid.New(img, func(grid.Modules) bool { offered++; return false })
	for _, look := range []grid.Look{{Scale: 1}, {Scale: -1, Loose: true}, {Scale: 1, Local: 10}, {Scale: 1, Pairs: true}} {
		search.Try(context.Background(), look)
	}
	if offered > 0 {
		t.Errorf("%d squares of noise look like codes", offered)
	}
}

func TestTryStopsWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := scene{code: encode(t, 50), w: 400, h: 400, place: straight(8)}
	search := grid.New(s.draw(), func(grid.Modules) bool { t.Error("asked after the end"); return true })
	if n := search.Try(ctx, grid.Look{Scale: 1}); n != 0 {
		t.Errorf("%d codes after the end", n)
	}
}

func FuzzTry(f *testing.F) {
	code, err := qr.Encode("otpane")
	if err != nil {
		f.Fatal(err)
	}
	var seed []byte
	for i := range 29 * 29 {
		seed = append(seed, 255)
		if code.Dark(i%29-4, i/29-4) {
			seed[i] = 0
		}
	}
	f.Add(seed, uint8(29), uint8(3))
	f.Add(slices.Concat(seed, seed), uint8(58), uint8(2))
	f.Fuzz(func(t *testing.T, cells []byte, width, scale uint8) {
		w, n := int(width)%90+1, int(scale)%5+1
		h := min(len(cells)/w, 90)
		img := image.NewGray(image.Rect(0, 0, w*n, h*n))
		for i := range img.Pix {
			img.Pix[i] = cells[i/img.Stride/n*w+i%img.Stride/n]
		}
		search := grid.New(img, func(m grid.Modules) bool {
			if m.Size < 21 || m.Size > 177 || m.Size%4 != 1 || len(m.Dark) != m.Size*m.Size {
				t.Errorf("%d modules a side, %d in all", m.Size, len(m.Dark))
			}
			return len(cells)%2 == 0
		})
		for _, look := range []grid.Look{{Scale: 1}, {Scale: 2, Loose: true}, {Scale: -1, Local: 5}, {Scale: 1, Blur: 2, Sharp: 2, Pairs: true}} {
			search.Try(context.Background(), look)
		}
		search.Trace()
		search.Pending()
	})
}

package qr_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"otpane/otpcore/qr"
)

// camera photographs a flat page: every pixel asks where on the page it looks,
// and the page lies askew, bent, badly lit and on a noisy sensor.
type camera struct {
	width, height int
	tilt, turn    float64 // perspective over the page's height; radians
	bend          float64 // of the page's middle, in page pixels
	shade         float64 // how dark the left edge is: 0 not, 1 black
	noise         float64 // standard deviation, in grey levels
}

func (c camera) photograph(page image.Image) *image.Gray {
	b := page.Bounds()
	img := image.NewGray(image.Rect(0, 0, c.width, c.height))
	random := rand.New(rand.NewPCG(1, 2))
	sin, cos := math.Sincos(c.turn)
	span := 1.7 * float64(max(b.Dx(), b.Dy()))
	for y := range c.height {
		for x := range c.width {
			u := (float64(x) + 0.5 - float64(c.width)/2) / float64(min(c.width, c.height))
			v := (float64(y) + 0.5 - float64(c.height)/2) / float64(min(c.width, c.height))
			far := span / (1 + c.tilt*v)
			px := (u*cos-v*sin)*far + float64(b.Dx())/2
			py := (u*sin+v*cos)*far + float64(b.Dy())/2
			py += c.bend * math.Sin(math.Pi*px/float64(b.Dx()))
			light := (1 - c.shade*(0.5-u)) * pageAt(page, px, py)
			img.SetGray(x, y, color.Gray{Y: uint8(min(max(light+c.noise*random.NormFloat64(), 0), 255))})
		}
	}
	return img
}

// pageAt is the mean over a small square, as a lens sees it.
func pageAt(page image.Image, x, y float64) float64 {
	sum := 0.0
	for _, d := range []image.Point{{-1, -1}, {1, -1}, {-1, 1}, {1, 1}} {
		p := image.Pt(int(math.Floor(x+0.3*float64(d.X))), int(math.Floor(y+0.3*float64(d.Y))))
		v := 90.0 // the table
		if p.In(page.Bounds()) {
			v = 40 + 180*float64(color.GrayModel.Convert(page.At(p.X, p.Y)).(color.Gray).Y)/255
		}
		sum += v / 4
	}
	return sum
}

func TestFindReadsPhotographs(t *testing.T) {
	cameras := map[string]camera{
		"straight":   {},
		"turned":     {turn: 0.6},
		"tilted":     {tilt: 0.5, turn: 0.2},
		"steep":      {tilt: 0.9, turn: 1.1},
		"bent":       {bend: 9, turn: 0.1},
		"half dark":  {shade: 0.9, turn: 3},
		"noisy":      {noise: 40, tilt: 0.2},
		"everything": {noise: 12, tilt: 0.3, shade: 0.5, bend: 4, turn: 2},
	}
	for name, c := range cameras {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, length := range []int{10, 100, 300} { // versions 1, 5 and 11
				c.width, c.height = 700, 560
				wantPhotograph(t, c, length)
			}
		})
	}
}

func TestFindReadsLargeVersionsOnBentPaper(t *testing.T) {
	wantPhotograph(t, camera{width: 1500, height: 1300, bend: 9, turn: 0.1}, 1800) // version 31
}

func wantPhotograph(t *testing.T, c camera, length int) {
	t.Helper()
	text := strings.Repeat("0123456789 thirty characters. ", length/30+1)[:length]
	codes, err := qr.Find(context.Background(), c.photograph(drawn(t, text)))
	if err != nil || len(codes) != 1 || codes[0].Text != text {
		t.Errorf("%d bytes: %d codes, %v", length, len(codes), err)
	}
}

func TestFindReadsASheetOfCodes(t *testing.T) {
	const columns, rows = 6, 4
	var want []string
	var page *image.Gray
	for i := range columns * rows {
		want = append(want, fmt.Sprintf("otpauth://totp/Example:alice%02d@example.com?secret=JBSWY3DPEHPK3PXP", i))
		code := drawn(t, want[i])
		side := code.Bounds().Dx()
		if page == nil {
			page = image.NewGray(image.Rect(0, 0, columns*side, rows*side))
		}
		at := image.Pt(i%columns*side, i/columns*side)
		draw.Draw(page, code.Bounds().Add(at), code, image.Point{}, draw.Src)
	}
	c := camera{width: 1500, height: 1150, tilt: 0.15, shade: 0.3, noise: 4}
	codes, err := qr.Find(context.Background(), c.photograph(page))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, code := range codes {
		got = append(got, code.Text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d of %d codes in order", len(got), len(want))
	}
}

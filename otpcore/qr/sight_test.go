package qr_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"

	"otpane/otpcore/qr"
)

func TestScanSaysWhatItSawInstead(t *testing.T) {
	code := drawn(t, enrolment)
	side := code.Bounds().Dx()
	page := func(paint func(*image.Gray)) *image.Gray {
		img := image.NewGray(image.Rect(0, 0, 400, 300))
		draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
		paint(img)
		return img
	}
	put := func(img *image.Gray, at image.Point) {
		draw.Draw(img, code.Bounds().Add(at), code, image.Point{}, draw.Src)
	}
	pictures := map[string]struct {
		img  image.Image
		want qr.Sight
	}{
		"a blank page":        {page(func(*image.Gray) {}), qr.SawNothing},
		"a code half outside": {page(func(img *image.Gray) { put(img, image.Pt(100, 300-side*6/10)) }), qr.SawCut},
		"a corner of a code":  {page(func(img *image.Gray) { put(img, image.Pt(400-side*4/10, 300-side*4/10)) }), qr.SawCut},
		"a code painted over": {page(func(img *image.Gray) {
			put(img, image.Pt(100, 60))
			for y := 100; y < 60+side-44; y += 9 {
				draw.Draw(img, image.Rect(144, y, 100+side-16, y+5), image.Black, image.Point{}, draw.Src)
			}
		}), qr.SawUnreadable},
		"a Micro QR code":    {page(func(img *image.Gray) { putMicro(img, image.Pt(120, 80)) }), qr.SawMicro},
		"a Data Matrix code": {page(func(img *image.Gray) { putDataMatrix(t, img, image.Pt(104, 126)) }), qr.SawDataMatrix},
	}
	for name, p := range pictures {
		t.Run(name, func(t *testing.T) {
			codes, err := qr.Find(context.Background(), p.img)
			var seen *qr.NoCodeError
			if !errors.As(err, &seen) || !errors.Is(err, qr.ErrNoCode) {
				t.Fatalf("%v, %v", codes, err)
			}
			if seen.Seen != p.want {
				t.Errorf("saw %d (%v), want %d", seen.Seen, seen, p.want)
			}
			if seen.Advice() == "" {
				t.Error("no advice")
			}
		})
	}
}

// putMicro draws an M2 code's outline by hand; its data do not matter.
func putMicro(img *image.Gray, at image.Point) {
	const size, scale = 13, 8
	for y := range size {
		for x := range size {
			ring := max(abs(x-3), abs(y-3))
			dark := ring <= 1 || ring == 3
			switch {
			case x >= 8 && y == 0:
				dark = x%2 == 0
			case y >= 8 && x == 0:
				dark = y%2 == 0
			case x >= 8 || y >= 8:
				dark = (x*7+y*5)%3 == 0
			case x == 7 || y == 7:
				dark = false
			}
			if dark {
				draw.Draw(img, image.Rect(0, 0, scale, scale).Add(at).Add(image.Pt(x*scale, y*scale)), image.Black, image.Point{}, draw.Src)
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

func putDataMatrix(t *testing.T, img *image.Gray, at image.Point) {
	t.Helper()
	m, err := datamatrix.NewDataMatrixWriter().EncodeWithoutHint("no enrolment", gozxing.BarcodeFormat_DATA_MATRIX, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	const scale = 6
	for y := range m.GetHeight() * scale {
		for x := range m.GetWidth() * scale {
			if m.Get(x/scale, y/scale) {
				img.SetGray(at.X+x, at.Y+y, color.Gray{})
			}
		}
	}
}

func TestScanTellsHowACodeWasRead(t *testing.T) {
	grid, err := qr.Encode(strings.Repeat("a", 30))
	if err != nil {
		t.Fatal(err)
	}
	data, err := grid.PNG(5)
	if err != nil {
		t.Fatal(err)
	}
	var rungs []string
	codes, err := qr.Scan(context.Background(), data, qr.Options{Step: func(rung string, seen image.Image) {
		if seen.Bounds().Empty() {
			t.Errorf("%s saw nothing", rung)
		}
		rungs = append(rungs, rung)
	}})
	if err != nil || len(codes) != 1 {
		t.Fatalf("%v, %v", codes, err)
	}
	c := codes[0]
	if c.Version != (grid.Size()-17)/4 || c.Level != "L" || c.Corrected != 0 || c.Mirrored || !slices.Contains(rungs, c.Rung) {
		t.Errorf("%+v after %q", c, rungs)
	}
	far := (grid.Size() + qr.QuietZone) * 5
	for i, want := range []image.Point{{20, 20}, {far, 20}, {far, far}, {20, far}} {
		if d := c.Corners[i].Sub(want); abs(d.X) > 2 || abs(d.Y) > 2 {
			t.Errorf("corner %d at %v, want %v", i, c.Corners[i], want)
		}
	}
}

func TestScanCountsWhatItCorrected(t *testing.T) {
	img := image.NewGray(drawn(t, enrolment).Bounds())
	draw.Draw(img, img.Rect, drawn(t, enrolment), image.Point{}, draw.Src)
	middle := img.Rect.Dx() / 2
	draw.Draw(img, image.Rect(middle, middle, middle+12, middle+12), image.White, image.Point{}, draw.Src)
	codes, err := qr.Find(context.Background(), img)
	if err != nil || len(codes) != 1 || codes[0].Text != enrolment {
		t.Fatalf("%v, %v", codes, err)
	}
	if codes[0].Corrected < 1 || codes[0].Corrected > 9 {
		t.Errorf("%d codewords corrected", codes[0].Corrected)
	}
}

func TestAMirroredCodeHasItsCornersWhereTheyAre(t *testing.T) {
	plain := drawn(t, enrolment)
	b := plain.Bounds()
	flipped := image.NewGray(b)
	for y := range b.Dy() {
		for x := range b.Dx() {
			flipped.Set(b.Dx()-1-x, y, plain.At(x, y))
		}
	}
	codes, err := qr.Find(context.Background(), flipped)
	if err != nil || len(codes) != 1 || !codes[0].Mirrored {
		t.Fatalf("%v, %v", codes, err)
	}
	if c := codes[0].Corners; c[0].X < c[1].X || c[0].Y > c[3].Y {
		t.Errorf("corners %v", c)
	}
}

func FuzzFind(f *testing.F) {
	f.Add([]byte{0, 255, 0, 0, 0, 255, 0, 7, 7, 7, 7}, uint8(7))
	f.Add([]byte(strings.Repeat("\x00\xff\xff\x00", 99)), uint8(20))
	f.Fuzz(func(t *testing.T, pix []byte, width uint8) {
		w := int(width)%64 + 1
		img := image.NewGray(image.Rect(0, 0, w, len(pix)/w))
		copy(img.Pix, pix)
		codes, err := qr.Find(context.Background(), img)
		if (len(codes) == 0) != errors.Is(err, qr.ErrNoCode) {
			t.Errorf("%v with %v", codes, err)
		}
	})
}

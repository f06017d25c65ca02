package qr

import (
	"cmp"
	"context"
	"image"
	"slices"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// climb goes up the ladder of attempts until one finds something.
func climb(ctx context.Context, img image.Image) ([]Code, error) {
	var found []Code
	for _, view := range views(img) {
		for _, rung := range rungs {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			found = append(found, rung.try(view)...)
			if len(found) > 0 {
				return tidy(found), nil
			}
		}
	}
	return nil, nil
}

func views(img image.Image) []*image.Gray {
	views := []*image.Gray{overWhite(img)}
	if plane := alphaPlane(img); plane != nil {
		views = append(views, overBlack(img), plane)
	}
	return views
}

// rung is one way to look at a picture.
type rung struct {
	name   string
	scale  float64
	invert bool
	global bool
}

var rungs = []rung{
	{name: "native", scale: 1},
	{name: "inverted", scale: 1, invert: true},
	{name: "global", scale: 1, global: true},
	{name: "half", scale: 0.5},
	{name: "half inverted", scale: 0.5, invert: true},
	{name: "double", scale: 2},
	{name: "double inverted", scale: 2, invert: true},
	{name: "third", scale: 0.33},
	{name: "half global", scale: 0.5, global: true},
	{name: "double global", scale: 2, global: true},
	{name: "quarter", scale: 0.25},
}

func (r rung) try(g *image.Gray) []Code {
	if r.scale > 1 && g.Rect.Dx()*g.Rect.Dy() > 4_000_000 {
		return nil
	}
	scaled := resize(g, r.scale)
	if r.invert {
		invert(scaled)
	}
	codes := readAll(scaled, r.global)
	for i := range codes {
		codes[i].Rung = r.name
		for j, p := range codes[i].Corners {
			codes[i].Corners[j] = image.Pt(int(float64(p.X)/r.scale), int(float64(p.Y)/r.scale))
		}
	}
	return codes
}

// readAll hands a plane to gozxing's readers. They have panicked on hostile
// pictures in the past, here and upstream; that means "nothing found".
func readAll(g *image.Gray, global bool) (codes []Code) {
	defer func() {
		if recover() != nil {
			codes = nil
		}
	}()
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, g.Stride, g.Rect.Dy(), 0, 0, g.Rect.Dx(), g.Rect.Dy(), false)
	if err != nil {
		return nil
	}
	var binarizer gozxing.Binarizer = gozxing.NewHybridBinarizer(source)
	if global {
		binarizer = gozxing.NewGlobalHistgramBinarizer(source)
	}
	bitmap, err := gozxing.NewBinaryBitmap(binarizer)
	if err != nil {
		return nil
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	results, _ := multi.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints)
	if len(results) == 0 {
		if result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints); err == nil {
			results = append(results, result)
		}
	}
	for _, result := range results {
		codes = append(codes, Code{Text: result.GetText(), Corners: cornersOf(result.GetResultPoints())})
	}
	return codes
}

// cornersOf makes a square of gozxing's three finder centres: bottom left, top
// left, top right.
func cornersOf(points []gozxing.ResultPoint) [4]image.Point {
	if len(points) < 3 {
		return [4]image.Point{}
	}
	at := func(i int) image.Point { return image.Pt(int(points[i].GetX()), int(points[i].GetY())) }
	bottomLeft, topLeft, topRight := at(0), at(1), at(2)
	return [4]image.Point{topLeft, topRight, topRight.Add(bottomLeft).Sub(topLeft), bottomLeft}
}

// tidy drops what was found twice and sorts in reading order.
func tidy(codes []Code) []Code {
	slices.SortStableFunc(codes, func(a, b Code) int {
		return cmp.Or(cmp.Compare(a.Corners[0].Y/32, b.Corners[0].Y/32), cmp.Compare(a.Corners[0].X, b.Corners[0].X))
	})
	var unique []Code
	for _, code := range codes {
		if !slices.ContainsFunc(unique, func(u Code) bool { return u.Text == code.Text }) {
			unique = append(unique, code)
		}
	}
	return unique
}

func invert(g *image.Gray) {
	for i := range g.Pix {
		g.Pix[i] ^= 0xff
	}
}

// resize scales by averaging downwards and bilinearly upwards.
func resize(g *image.Gray, scale float64) *image.Gray {
	w, h := int(float64(g.Rect.Dx())*scale), int(float64(g.Rect.Dy())*scale)
	if w < 1 || h < 1 {
		return image.NewGray(image.Rect(0, 0, 1, 1))
	}
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			out.Pix[y*out.Stride+x] = area(g, float64(x)/scale, float64(y)/scale, 1/scale)
		}
	}
	return out
}

func area(g *image.Gray, x, y, side float64) byte {
	if side <= 1 {
		return bilinear(g, x+side/2-0.5, y+side/2-0.5)
	}
	x0, y0 := int(x), int(y)
	x1, y1 := min(int(x+side), g.Rect.Dx()), min(int(y+side), g.Rect.Dy())
	sum, n := 0, 0
	for yy := y0; yy < y1; yy++ {
		for xx := x0; xx < x1; xx++ {
			sum += int(g.Pix[yy*g.Stride+xx])
			n++
		}
	}
	return byte(sum / max(n, 1))
}

func bilinear(g *image.Gray, x, y float64) byte {
	x, y = max(x, 0), max(y, 0)
	x0, y0 := min(int(x), g.Rect.Dx()-1), min(int(y), g.Rect.Dy()-1)
	x1, y1 := min(x0+1, g.Rect.Dx()-1), min(y0+1, g.Rect.Dy()-1)
	fx, fy := x-float64(x0), y-float64(y0)
	top := float64(g.Pix[y0*g.Stride+x0])*(1-fx) + float64(g.Pix[y0*g.Stride+x1])*fx
	bottom := float64(g.Pix[y1*g.Stride+x0])*(1-fx) + float64(g.Pix[y1*g.Stride+x1])*fx
	return byte(top*(1-fy) + bottom*fy + 0.5)
}

package qr

import (
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/aztec"
	"github.com/makiuchi-d/gozxing/datamatrix"
)

// otherCode recognises the two other square codes that are printed where people
// expect a QR code, by reading them. Their readers start in the middle of what
// they are shown, so they are shown the whole and nine parts of it.
func otherCode(g *image.Gray) Sight {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	parts := []image.Rectangle{image.Rect(0, 0, w, h)}
	for y := range 3 {
		for x := range 3 {
			parts = append(parts, image.Rect(0, 0, w/2, h/2).Add(image.Pt(x*w/4, y*h/4)))
		}
	}
	for _, part := range parts {
		switch {
		case readable(g, part, aztec.NewAztecReader()):
			return SawAztec
		case readable(g, part, datamatrix.NewDataMatrixReader()):
			return SawDataMatrix
		}
	}
	return SawNothing
}

// readable reports whether a reader of gozxing reads something. These readers
// are little used and may panic; that is a no.
func readable(g *image.Gray, part image.Rectangle, reader gozxing.Reader) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	if part.Dx() < 20 || part.Dy() < 20 {
		return false
	}
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, g.Stride, g.Rect.Dy(), part.Min.X, part.Min.Y, part.Dx(), part.Dy(), false)
	if err != nil {
		return false
	}
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewGlobalHistgramBinarizer(source))
	if err != nil {
		return false
	}
	_, err = reader.Decode(bitmap, nil)
	return err == nil
}

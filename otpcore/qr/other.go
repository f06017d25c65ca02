package qr

import (
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/aztec"
	"github.com/makiuchi-d/gozxing/datamatrix"
)

// otherCode recognises the two other square codes that are printed where people
// expect a QR code, by reading them.
func otherCode(g *image.Gray) Sight {
	switch {
	case readable(g, aztec.NewAztecReader()):
		return SawAztec
	case readable(g, datamatrix.NewDataMatrixReader()):
		return SawDataMatrix
	}
	return SawNothing
}

// readable reports whether a reader of gozxing reads something. These readers
// are little used and may panic; that is a no.
func readable(g *image.Gray, reader gozxing.Reader) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	w, h := g.Rect.Dx(), g.Rect.Dy()
	if w < 20 || h < 20 || w*h > 4_000_000 {
		return false
	}
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, g.Stride, h, 0, 0, w, h, false)
	if err != nil {
		return false
	}
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(source))
	if err != nil {
		return false
	}
	_, err = reader.Decode(bitmap, nil)
	return err == nil
}

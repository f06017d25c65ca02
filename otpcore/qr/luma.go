package qr

import (
	"image"
	"image/color"
)

// overWhite is the picture's brightness with transparent parts laid over white,
// as a browser shows them; what it returns begins at 0, 0.
func overWhite(img image.Image) *image.Gray { return brightness(img, 0xff) }

// withoutColours makes a large opaque picture grey for good. Its colours would
// take four times the memory for as long as the search lasts.
func withoutColours(img image.Image) image.Image {
	const large = 8_000_000
	if b := img.Bounds(); b.Dx()*b.Dy() < large || !isOpaque(img) {
		return img
	}
	return overWhite(img)
}

// overBlack is the same on a dark page, where the light modules of a code may
// be the only ones that were drawn; nil for a picture without transparency.
func overBlack(img image.Image) *image.Gray {
	if isOpaque(img) {
		return nil
	}
	return brightness(img, 0)
}

// brightness lays img over a grey page. The common kinds of picture are read
// without a call for each pixel: on a large screen that is a second saved.
func brightness(img image.Image, page uint32) *image.Gray {
	if t, ok := img.(*turned); ok {
		return t.plane(brightness(t.Image, page))
	}
	if g, ok := img.(*image.Gray); ok && g.Rect.Min == (image.Point{}) {
		return g
	}
	b := img.Bounds()
	g := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		row := g.Pix[y*g.Stride:][:b.Dx()]
		readRow(img, b.Min.Y+y, page, row)
	}
	return g
}

func readRow(img image.Image, y int, page uint32, row []byte) {
	b := img.Bounds()
	switch img := img.(type) {
	case *image.Gray:
		copy(row, img.Pix[img.PixOffset(b.Min.X, y):])
	case *image.YCbCr:
		copy(row, img.Y[img.YOffset(b.Min.X, y):])
	case *image.RGBA:
		pix := img.Pix[img.PixOffset(b.Min.X, y):]
		for x := range row {
			p := pix[4*x : 4*x+4 : 4*x+4]
			row[x] = byte(luma(uint32(p[0]), uint32(p[1]), uint32(p[2])) + page*(255-uint32(p[3]))/255)
		}
	case *image.NRGBA:
		pix := img.Pix[img.PixOffset(b.Min.X, y):]
		for x := range row {
			p := pix[4*x : 4*x+4 : 4*x+4]
			row[x] = layOver(luma(uint32(p[0]), uint32(p[1]), uint32(p[2])), uint32(p[3]), page)
		}
	case *image.Paletted:
		palette := greyPalette(img.Palette, page)
		pix := img.Pix[img.PixOffset(b.Min.X, y):]
		for x := range row {
			row[x] = palette[pix[x]]
		}
	default:
		for x := range row {
			row[x] = grey(img.At(b.Min.X+x, y), page)
		}
	}
}

// luma is BT.601 in fixed point, as image/color has it.
func luma(r, g, b uint32) uint32 { return (19595*r + 38470*g + 7471*b + 1<<15) >> 16 }

func layOver(value, alpha, page uint32) byte {
	return byte((value*alpha + page*(255-alpha)) / 255)
}

func grey(c color.Color, page uint32) byte {
	r, g, b, a := c.RGBA() // premultiplied, 16 bits
	return byte(luma(r>>8, g>>8, b>>8) + page*(0xffff-a)/0xffff)
}

// greyPalette has 256 entries, so that an index beyond the palette is harmless.
func greyPalette(palette color.Palette, page uint32) *[256]byte {
	var greys [256]byte
	for i, c := range palette[:min(len(palette), 256)] {
		greys[i] = grey(c, page)
	}
	return &greys
}

// alphaPlane is how opaque each pixel is, or nil if all are: a code may be drawn
// in one colour by transparency alone.
func alphaPlane(img image.Image) *image.Gray {
	if t, ok := img.(*turned); ok {
		if g := alphaPlane(t.Image); g != nil {
			return t.plane(g)
		}
		return nil
	}
	if isOpaque(img) {
		return nil
	}
	b := img.Bounds()
	g := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		row := g.Pix[y*g.Stride:][:b.Dx()]
		if img, ok := img.(*image.NRGBA); ok {
			pix := img.Pix[img.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range row {
				row[x] = pix[4*x+3]
			}
			continue
		}
		for x := range row {
			_, _, _, a := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
			row[x] = byte(a >> 8)
		}
	}
	return g
}

// isOpaque asks the picture itself, which looks at all its pixels if it must.
func isOpaque(img image.Image) bool {
	if t, ok := img.(*turned); ok {
		return isOpaque(t.Image)
	}
	opaque, ok := img.(interface{ Opaque() bool })
	return ok && opaque.Opaque()
}

// leastChannel is the darkest of red, green and blue: yellow on white has next
// to no contrast in brightness and all of it in blue. nil for a picture that
// has no colours to speak of.
func leastChannel(img image.Image) *image.Gray {
	b := img.Bounds()
	if !colourful(img) {
		return nil
	}
	g := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			red, green, blue, _ := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
			g.Pix[y*g.Stride+x] = byte(min(red, green, blue) >> 8)
		}
	}
	return g
}

// colourful looks at about a thousand pixels, evenly spread.
func colourful(img image.Image) bool {
	b := img.Bounds()
	coloured := 0
	for y := b.Min.Y; y < b.Max.Y; y += b.Dy()/32 + 1 {
		for x := b.Min.X; x < b.Max.X; x += b.Dx()/32 + 1 {
			red, green, blue, _ := img.At(x, y).RGBA()
			if max(red, green, blue)-min(red, green, blue) > 0x2000 {
				coloured++
			}
		}
	}
	return coloured >= 4
}

// plane turns a whole plane at once; At for each pixel would be slow.
func (t *turned) plane(g *image.Gray) *image.Gray {
	out := image.NewGray(t.Bounds())
	w, h := g.Rect.Dx(), g.Rect.Dy()
	for y := range out.Rect.Dy() {
		row := out.Pix[y*out.Stride:][:out.Rect.Dx()]
		for x := range row {
			sx, sy := t.stored(x, y, w, h)
			row[x] = g.Pix[sy*g.Stride+sx]
		}
	}
	return out
}

package grid

import "image"

// Look is one way to divide a picture into dark and light.
type Look struct {
	Name  string
	Scale int // 2 is twice the size, 1 full, -1 half, -2 a quarter
	Blur  int // radius in pixels, 0 for none
	Sharp int
	Local int  // radius of the neighbourhood in pixels; 0 divides at one level
	Pairs bool // guess where the third finder was
	Loose bool // take for a finder what blur or texture has left of one
}

// divide makes the look's bitmap and says how many of its pixels one pixel of
// the picture is.
func (s *Search) divide(look Look) (*bitmap, float64) {
	p, scale := s.levels[0], 1.0
	switch {
	case look.Scale == 2:
		p, scale = p.double(), 2
	case look.Scale < 0:
		if -look.Scale >= len(s.levels) {
			return nil, 0
		}
		p = s.levels[-look.Scale]
		scale = 1 / float64(int(1)<<-look.Scale)
	}
	if look.Sharp > 0 {
		p = p.sharpen(look.Sharp)
	}
	p = p.blur(look.Blur)
	if len(p.pix) == 0 {
		return nil, 0
	}
	if len(s.ink) < len(p.pix) {
		s.ink = make([]byte, len(p.pix))
	}
	bits := p.otsuOrLocal(look.Local, s.ink)
	if s.show != nil {
		s.show(look.Name, bits.image())
	}
	return bits, scale
}

func (p *plane) otsuOrLocal(radius int, into []byte) *bitmap {
	if radius > 0 {
		return p.local(radius, into)
	}
	return p.otsu(into)
}

// image is the bitmap in black and white.
func (b *bitmap) image() image.Image {
	g := image.NewGray(image.Rect(0, 0, b.w, b.h))
	for i, v := range b.pix {
		g.Pix[i] = 255 * (1 - v)
	}
	return g
}

package grid

// Look is one way to divide a picture into dark and light.
type Look struct {
	Name  string
	Scale int  // 2 is twice the size, 1 full, -1 half, -2 a quarter
	Blur  int  // radius in pixels; 0 for none
	Sharp int  // radius in pixels of what is taken away; 0 for none
	Local int  // radius of the neighbourhood in pixels; 0 divides at one level
	Pairs bool // guess where the third finder was
	Loose bool // take for a finder what blur or texture has left of one
}

// mostWorked is the number of pixels a look may double, blur or sharpen. In a
// larger picture its half shows the same, and memory is the limit.
const mostWorked = 8_000_000

// divide makes the look's bitmap and says how many of its pixels one pixel of
// the picture is. Without a bitmap the look is not for this picture.
func (s *Search) divide(look Look) (*bitmap, float64) {
	p, scale := s.levels[0], 1.0
	switch {
	case look.Scale < 0 && -look.Scale >= len(s.levels):
		return nil, 0
	case look.Scale < 0:
		p, scale = s.levels[-look.Scale], 1/float64(int(1)<<-look.Scale)
	case look.Scale == 2:
		scale = 2
	}
	worked := look.Scale == 2 || look.Blur > 0 || look.Sharp > 0
	if n := int(float64(len(p.pix)) * max(scale*scale, 1)); n == 0 || worked && n > mostWorked {
		return nil, 0
	}
	if p = s.work(p, look); len(s.ink) < len(p.pix) {
		s.ink = make([]byte, len(p.pix))
	}
	bits := p.otsuOrLocal(look.Local, s.ink)
	if s.show != nil {
		s.show(look.Name, bits)
	}
	return bits, scale
}

// work doubles, sharpens and blurs on the search's own pages.
func (s *Search) work(p *plane, look Look) *plane {
	if look.Scale == 2 {
		p = p.double(s.page(0, 2*p.w, 2*p.h))
	}
	if look.Sharp > 0 {
		soft := p.blur(look.Sharp, s.page(1, p.w, p.h), s.page(2, p.w, p.h))
		p = p.sharpen(soft, s.page(0, p.w, p.h))
	}
	if look.Blur > 0 {
		p = p.blur(look.Blur, s.page(1, p.w, p.h), s.page(2, p.w, p.h))
	}
	return p
}

// page is one of three planes that every look works on anew.
func (s *Search) page(i, w, h int) *plane {
	if len(s.pages[i]) < w*h {
		s.pages[i] = make([]byte, w*h)
	}
	return &plane{w, h, s.pages[i][:w*h]}
}

func (p *plane) otsuOrLocal(radius int, into []byte) *bitmap {
	if radius > 0 {
		return p.local(radius, into)
	}
	return p.otsu(into)
}

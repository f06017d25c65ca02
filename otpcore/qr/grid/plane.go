package grid

import "image"

// plane is a grey picture whose rows follow each other without gaps.
type plane struct {
	w, h int
	pix  []byte
}

func planeOf(g *image.Gray) *plane {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	if g.Stride == w && len(g.Pix) >= w*h {
		return &plane{w, h, g.Pix[:w*h]}
	}
	p := newPlane(w, h)
	for y := range h {
		copy(p.pix[y*w:(y+1)*w], g.Pix[y*g.Stride:])
	}
	return p
}

func newPlane(w, h int) *plane { return &plane{w, h, make([]byte, w*h)} }

func (p *plane) image() *image.Gray {
	return &image.Gray{Pix: p.pix, Stride: p.w, Rect: image.Rect(0, 0, p.w, p.h)}
}

// at is the brightness at a place, linear between the middles of pixels; the
// border continues outwards.
func (p *plane) at(x, y float64) float64 {
	x, y = x-0.5, y-0.5
	if x < 0 || y < 0 || x >= float64(p.w-1) || y >= float64(p.h-1) {
		return p.border(x, y)
	}
	ix, iy := int(x), int(y)
	fx, fy := x-float64(ix), y-float64(iy)
	i := iy*p.w + ix
	up, down := p.pix[i:i+2:i+2], p.pix[i+p.w:i+p.w+2:i+p.w+2]
	top := float64(up[0]) + fx*(float64(up[1])-float64(up[0]))
	low := float64(down[0]) + fx*(float64(down[1])-float64(down[0]))
	return top + fy*(low-top)
}

func (p *plane) border(x, y float64) float64 {
	x = min(max(x, 0), float64(p.w-1))
	y = min(max(y, 0), float64(p.h-1))
	ix, iy := int(x), int(y)
	jx, jy := min(ix+1, p.w-1), min(iy+1, p.h-1)
	fx, fy := x-float64(ix), y-float64(iy)
	top := float64(p.pix[iy*p.w+ix])*(1-fx) + float64(p.pix[iy*p.w+jx])*fx
	low := float64(p.pix[jy*p.w+ix])*(1-fx) + float64(p.pix[jy*p.w+jx])*fx
	return top*(1-fy) + low*fy
}

// half is the plane at half its size, each pixel the mean of four.
func (p *plane) half() *plane {
	out := newPlane(p.w/2, p.h/2)
	for y := range out.h {
		up, down := p.pix[2*y*p.w:(2*y+1)*p.w], p.pix[(2*y+1)*p.w:(2*y+2)*p.w]
		row := out.pix[y*out.w : (y+1)*out.w]
		for x := range row {
			u, d := up[2*x:2*x+2:2*x+2], down[2*x:2*x+2:2*x+2]
			row[x] = byte((int(u[0]) + int(u[1]) + int(d[0]) + int(d[1]) + 2) >> 2)
		}
	}
	return out
}

// double is the plane at twice its size, with straight lines between pixels: a
// module of two pixels has edges between them that only this makes visible.
func (p *plane) double(out *plane) *plane {
	for y := range out.h {
		for x := range out.w {
			out.pix[y*out.w+x] = byte(p.at((float64(x)+0.5)/2, (float64(y)+0.5)/2) + 0.5)
		}
	}
	return out
}

// blur is the mean over squares of 2r+1 pixels, first along rows, then down
// columns. Screens photographed by a phone need it against their own pixels.
func (p *plane) blur(r int, across, out *plane) *plane {
	if p.w <= 2*r || p.h <= 2*r {
		return p
	}
	for y := range p.h {
		blurRow(across.pix[y*p.w:(y+1)*p.w], p.pix[y*p.w:(y+1)*p.w], r)
	}
	sums := make([]int, p.w)
	add := func(y, sign int) {
		y = min(max(y, 0), p.h-1)
		for x, v := range across.pix[y*p.w : (y+1)*p.w] {
			sums[x] += sign * int(v)
		}
	}
	for y := -r - 1; y < r; y++ {
		add(y, 1)
	}
	scale := (1<<16)/(2*r+1) + 1
	for y := range p.h {
		add(y+r, 1)
		add(y-r-1, -1)
		row := out.pix[y*p.w : (y+1)*p.w]
		for x := range row {
			row[x] = byte(min(sums[x]*scale>>16, 255))
		}
	}
	return out
}

func blurRow(out, row []byte, r int) {
	last := len(row) - 1
	sum := 0
	for x := -r - 1; x < r; x++ {
		sum += int(row[min(max(x, 0), last)])
	}
	scale := (1<<16)/(2*r+1) + 1
	for x := range row {
		sum += int(row[min(x+r, last)]) - int(row[max(x-r-1, 0)])
		out[x] = byte(min(sum*scale>>16, 255))
	}
}

// sharpen adds twice what distinguishes each pixel from the same plane blurred.
func (p *plane) sharpen(soft, out *plane) *plane {
	for i, v := range p.pix {
		out.pix[i] = byte(min(max(3*int(v)-2*int(soft.pix[i]), 0), 255))
	}
	return out
}

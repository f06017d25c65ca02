package grid

import (
	"image"
	"image/color"
)

// bitmap is a plane of which every pixel is 1 (dark) or 0.
type bitmap struct {
	w, h  int
	pix   []byte
	slack float64 // modules by which a finder's parts may be off
}

// A bitmap is also a picture in black and white, for those who want to see it.
func (b *bitmap) ColorModel() color.Model { return color.GrayModel }

func (b *bitmap) Bounds() image.Rectangle { return image.Rect(0, 0, b.w, b.h) }

func (b *bitmap) At(x, y int) color.Color {
	if !b.inside(x, y) {
		return color.Gray{}
	}
	return color.Gray{Y: 255 * (1 - b.pix[y*b.w+x])}
}

func (b *bitmap) inside(x, y int) bool { return uint(x) < uint(b.w) && uint(y) < uint(b.h) }

// otsu divides all pixels at one brightness, where the two classes differ most
// (N. Otsu, "A threshold selection method from gray-level histograms", 1979).
func (p *plane) otsu(into []byte) *bitmap {
	var histogram [256]int
	for _, v := range p.pix {
		histogram[v]++
	}
	limit := otsu(&histogram)
	var dark [256]byte
	for v := range limit {
		dark[v] = 1
	}
	out := &bitmap{w: p.w, h: p.h, pix: into[:len(p.pix)]}
	for i, v := range p.pix {
		out.pix[i] = dark[v]
	}
	return out
}

// otsu is the first brightness that belongs to the light class.
func otsu(histogram *[256]int) int {
	total, sum := 0, 0
	for v, n := range histogram {
		total += n
		sum += v * n
	}
	best, limit := -1.0, 128
	below, sumBelow := 0, 0
	for v := range 255 {
		below += histogram[v]
		sumBelow += v * histogram[v]
		if below == 0 || below == total {
			continue
		}
		gap := float64(sumBelow)/float64(below) - float64(sum-sumBelow)/float64(total-below)
		between := float64(below) * float64(total-below) * gap * gap
		if between > best {
			best, limit = between, v+1
		}
	}
	return limit
}

// local divides each pixel at the mean of the square of 2r+1 pixels around it,
// which follows shadows, gradients and low contrast. Where nothing differs from
// its neighbourhood by more than noise, the pixel keeps the value of the one
// before it, so that flat ground is not a thousand runs to look through.
func (p *plane) local(r int, into []byte) *bitmap {
	r = min(r, (p.w-1)/2, (p.h-1)/2)
	out := &bitmap{w: p.w, h: p.h, pix: into[:len(p.pix)]}
	if r < 1 {
		return p.otsu(into)
	}
	sums := make([]int, p.w)
	for y := -r - 1; y < r; y++ {
		p.addRow(sums, y, 1)
	}
	area := (2*r + 1) * (2*r + 1)
	for y := range p.h {
		p.addRow(sums, y+r, 1)
		p.addRow(sums, y-r-1, -1)
		divideRow(out.pix[y*p.w:(y+1)*p.w], p.pix[y*p.w:(y+1)*p.w], sums, r, area)
	}
	return out
}

func (p *plane) addRow(sums []int, y, sign int) {
	y = min(max(y, 0), p.h-1)
	row := p.pix[y*p.w : (y+1)*p.w]
	sums = sums[:len(row)]
	if sign > 0 {
		for x, v := range row {
			sums[x] += int(v)
		}
		return
	}
	for x, v := range row {
		sums[x] -= int(v)
	}
}

// noise is the difference from the mean below which ground counts as flat. JPEG
// at everyday quality moves flat pixels by one or two.
const noise = 2

func divideRow(out, row []byte, sums []int, r, area int) {
	last := len(row) - 1
	sum := 0
	for x := -r - 1; x < r; x++ {
		sum += sums[min(max(x, 0), last)]
	}
	slack := noise * area
	var dark byte
	for x, v := range row {
		sum += sums[min(x+r, last)] - sums[max(x-r-1, 0)]
		gap := int(v)*area - sum
		switch {
		case gap < -slack:
			dark = 1
		case gap > slack:
			dark = 0
		}
		out[x] = dark
	}
}

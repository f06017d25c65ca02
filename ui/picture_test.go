package ui

import (
	"image"
	"image/color"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// pixels makes a picture of a screen of half blocks, as a phone would see it:
// each column and each half of a row is four pixels wide.
func pixels(content string) image.Image {
	const scale = 4
	lines := strings.Split(ansi.Strip(content), "\n")
	columns := 0
	for _, line := range lines {
		columns = max(columns, width(line))
	}
	img := image.NewGray(image.Rect(0, 0, columns*scale, 2*len(lines)*scale))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	for y, line := range lines {
		for x, r := range []rune(line) {
			if r == '█' || r == '▀' {
				square(img, x, 2*y, scale)
			}
			if r == '█' || r == '▄' {
				square(img, x, 2*y+1, scale)
			}
		}
	}
	return img
}

func square(img *image.Gray, x, y, scale int) {
	for dy := range scale {
		for dx := range scale {
			img.SetGray(x*scale+dx, y*scale+dy, color.Gray{})
		}
	}
}

// whitened is a picture with nothing on it.
type whitened struct{ side int }

func (w whitened) ColorModel() color.Model { return color.GrayModel }
func (w whitened) Bounds() image.Rectangle { return image.Rect(0, 0, w.side, w.side) }
func (w whitened) At(int, int) color.Color { return color.White }

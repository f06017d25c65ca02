package qr

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

// QuietZone is the light margin every reader may count on, in modules
// (ISO/IEC 18004, 9.1). Every drawing of a Grid has it.
const QuietZone = 4

// Grid is a QR code to show: a square of dark and light modules.
type Grid struct {
	size int
	dark []bool // row by row
}

// Encode makes the smallest code that holds text, and within that size the one
// that bears the most damage: a larger code needs more rows of a pane, while a
// higher level at the same size costs nothing. The error is for a text beyond
// what one code can hold (2,953 bytes).
func Encode(text string) (Grid, error) {
	var best *encoder.QRCode
	levels := []decoder.ErrorCorrectionLevel{
		decoder.ErrorCorrectionLevel_L, decoder.ErrorCorrectionLevel_M,
		decoder.ErrorCorrectionLevel_Q, decoder.ErrorCorrectionLevel_H,
	}
	for _, level := range levels {
		code, err := encoder.Encoder_encode(text, level, encodeHints(text))
		if err != nil || best != nil && code.GetVersion().GetVersionNumber() > best.GetVersion().GetVersionNumber() {
			break
		}
		best = code
	}
	if best == nil {
		return Grid{}, fmt.Errorf("text of %d bytes does not fit a QR code", len(text))
	}
	return gridOf(best.GetMatrix()), nil
}

// encodeHints names the character set only where it matters: readers agree on
// ASCII, and the name costs twelve bits.
func encodeHints(text string) map[gozxing.EncodeHintType]any {
	for _, r := range text {
		if r > 0x7f {
			return map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"}
		}
	}
	return nil
}

func gridOf(m *encoder.ByteMatrix) Grid {
	g := Grid{size: m.GetWidth(), dark: make([]bool, m.GetWidth()*m.GetHeight())}
	for y := range g.size {
		for x := range g.size {
			g.dark[y*g.size+x] = m.Get(x, y) == 1
		}
	}
	return g
}

// Size is the number of modules along a side, without the quiet zone.
func (g Grid) Size() int { return g.size }

// Dark reports whether a module is dark; outside of the code all is light.
func (g Grid) Dark(x, y int) bool {
	return x >= 0 && y >= 0 && x < g.size && y < g.size && g.dark[y*g.size+x]
}

// HalfBlocks draws two rows of modules in one line of text, quiet zone
// included: Size()+8 columns, half as many lines, all of one width. The blocks
// are the dark modules, so the lines are to be shown black on white with both
// colours set; on a dark theme's own colours they would be a negative.
func (g Grid) HalfBlocks() []string {
	var lines []string
	for y := -QuietZone; y < g.size+QuietZone; y += 2 {
		var line strings.Builder
		for x := -QuietZone; x < g.size+QuietZone; x++ {
			line.WriteString(halfBlock(g.Dark(x, y), g.Dark(x, y+1)))
		}
		lines = append(lines, line.String())
	}
	return lines
}

func halfBlock(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}

// PNG is the code as a picture with scale pixels per module and its quiet
// zone, in two colours.
func (g Grid) PNG(scale int) ([]byte, error) {
	if g.size == 0 || scale < 1 || scale > 100 {
		return nil, fmt.Errorf("cannot draw a code of %d modules at %d pixels each", g.size, scale)
	}
	var out bytes.Buffer
	best := png.Encoder{CompressionLevel: png.BestCompression}
	if err := best.Encode(&out, g.paletted(scale)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (g Grid) paletted(scale int) *image.Paletted {
	side := (g.size + 2*QuietZone) * scale
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if g.Dark(x/scale-QuietZone, y/scale-QuietZone) {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	return img
}

// SVG is the code as a drawing of one unit per module, quiet zone included.
func (g Grid) SVG() []byte {
	var out bytes.Buffer
	side := g.size + 2*QuietZone
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" shape-rendering="crispEdges">`, side, side, 4*side, 4*side)
	fmt.Fprintf(&out, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, side, side)
	for y := range g.size {
		for x := 0; x < g.size; x++ {
			run := 0
			for g.Dark(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&out, "M%d %dh%dv1h-%dz", x+QuietZone, y+QuietZone, run, run)
				x += run
			}
		}
	}
	out.WriteString("\"/></svg>\n")
	return out.Bytes()
}

package qr_test

import (
	"context"
	"image"
	"image/draw"
	"testing"

	"otpane/otpcore/qr"
)

// BenchmarkFind reads a code in the corner of pictures of three sizes whose
// other parts are covered with small rectangles, as text and icons are.
func BenchmarkFind(b *testing.B) {
	sizes := map[string]image.Point{"page": {1000, 800}, "screen": {2560, 1440}, "desktop": {5120, 2880}}
	for name, size := range sizes {
		b.Run(name, func(b *testing.B) {
			img := clutter(size)
			code := drawn(b, enrolment)
			draw.Draw(img, code.Bounds().Add(size).Sub(image.Pt(300, 300)), code, image.Point{}, draw.Src)
			b.ReportAllocs()
			for b.Loop() {
				if codes, err := qr.Find(context.Background(), img); err != nil || len(codes) != 1 {
					b.Fatal(codes, err)
				}
			}
		})
	}
}

func clutter(size image.Point) *image.RGBA {
	img := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	state := uint32(7)
	for y := 10; y < size.Y-330; y += 20 {
		for x := 10; x < size.X-20; x += 11 {
			state = state*1664525 + 1013904223
			at := image.Pt(x+int(state>>28), y)
			draw.Draw(img, image.Rect(0, 0, 1+int(state>>26&7), 3+int(state>>22&7)).Add(at), image.Black, image.Point{}, draw.Src)
		}
	}
	return img
}

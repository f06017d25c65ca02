package qr_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"testing"

	"otpane/otpcore/qr"
)

func TestFindReadsEveryCodeOfAPage(t *testing.T) {
	page := image.NewGray(image.Rect(0, 0, 900, 700))
	draw.Draw(page, page.Rect, image.White, image.Point{}, draw.Src)
	want := []string{"first, top left", "second, top right", "third, below"}
	for i, at := range []image.Point{{40, 40}, {500, 40}, {200, 400}} {
		code := drawn(t, want[i])
		draw.Draw(page, code.Bounds().Add(at), code, image.Point{}, draw.Src)
	}
	wantTexts(t, page, want...)
}

func TestFindReadsCodesDrawnByTransparencyAndOnDarkPages(t *testing.T) {
	code := drawn(t, enrolment)
	isDark := func(x, y int) bool { r, _, _, _ := code.At(x, y).RGBA(); return r == 0 }
	pictures := map[string][2]color.Color{ // dark and light modules
		"light on dark":              {color.White, color.Black},
		"light on nothing":           {color.Transparent, color.White},
		"dark on nothing":            {color.Black, color.Transparent},
		"white in its alpha alone":   {color.NRGBA{255, 255, 255, 255}, color.NRGBA{255, 255, 255, 0}},
		"half transparent, grey":     {color.NRGBA{0, 0, 0, 128}, color.Transparent},
		"dark blue on a slate green": {color.NRGBA{20, 20, 90, 255}, color.NRGBA{120, 160, 140, 255}},
	}
	for name, colours := range pictures {
		t.Run(name, func(t *testing.T) {
			img := image.NewNRGBA(code.Bounds())
			for y := range img.Rect.Dy() {
				for x := range img.Rect.Dx() {
					c := colours[1]
					if isDark(x, y) {
						c = colours[0]
					}
					img.Set(x, y, c)
				}
			}
			wantTexts(t, img, enrolment)
		})
	}
}

func TestFindSaysWhereACodeIs(t *testing.T) {
	page := image.NewGray(image.Rect(0, 0, 600, 500))
	draw.Draw(page, page.Rect, image.White, image.Point{}, draw.Src)
	code := drawn(t, enrolment)
	at := image.Pt(210, 90)
	draw.Draw(page, code.Bounds().Add(at), code, image.Point{}, draw.Src)
	codes, err := qr.Find(context.Background(), page)
	if err != nil || len(codes) != 1 {
		t.Fatalf("%v, %v", codes, err)
	}
	middle := code.Bounds().Size().Div(2).Add(at)
	got := codes[0].Corners
	if !slices.Contains([]bool{got[0].X < middle.X && got[0].Y < middle.Y}, true) || got[2].X <= middle.X || got[2].Y <= middle.Y {
		t.Errorf("corners %v around %v", got, middle)
	}
}

func TestFindStopsWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := qr.Find(ctx, image.NewGray(image.Rect(0, 0, 2000, 2000))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Package qr turns pictures into the texts of their QR codes, and a text into a
// QR code to show. It knows no accounts, opens no files and keeps nothing it
// has seen.
package qr

import (
	"context"
	"image"
	"time"
)

// Code is one QR code found in a picture.
type Code struct {
	Text string
	// Corners are the outer corners in the picture's pixels: top left, top
	// right, bottom right and bottom left as the code itself stands, however
	// the picture is turned. Its three finder patterns are at the first, the
	// second and the last.
	Corners   [4]image.Point
	Version   int    // 1 to 40: 17+4×Version modules a side
	Level     string // of error correction: L, M, Q, H
	Corrected int    // codewords that were read wrong and put right
	Mirrored  bool
	Rung      string // the attempt that read it
}

// Budget is how long a picture may be searched for its first code when Options
// do not say. A picture with a code rarely takes a tenth of it. It is a variable for
// tests alone: what they find must not depend on what else a machine has to do.
var Budget = 2500 * time.Millisecond

// Options of a search; the zero value is what most need.
type Options struct {
	Budget time.Duration // until the search for a first code is given up; 0 means Budget
	// Step, if set, is told the name of each rung and shown what it looks at,
	// on the goroutine that searches. It must not keep the picture: the next
	// rung draws over it.
	Step func(rung string, seen image.Image)
}

// Scan reads every QR code of a picture file. Beyond what Load refuses, its
// error is a *NoCodeError when no code can be read, and the context's when that
// ended the search.
func Scan(ctx context.Context, data []byte, options Options) ([]Code, error) {
	img, err := Load(data)
	if err != nil {
		return nil, err
	}
	return search(ctx, img, options)
}

// Find reads every QR code it can find in img, in reading order. Its error is
// that of Scan.
func Find(ctx context.Context, img image.Image) ([]Code, error) {
	return search(ctx, img, Options{})
}

// Decode is Find for those who want the texts alone.
func Decode(img image.Image) ([]string, error) {
	codes, err := Find(context.Background(), img)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(codes))
	for i, code := range codes {
		texts[i] = code.Text
	}
	return texts, nil
}

// Package qr turns pictures into the texts of their QR codes, and a text into a
// QR code to show. It knows no accounts, opens no files and keeps nothing it
// has seen.
package qr

import (
	"context"
	"errors"
	"image"
)

// Code is one QR code found in a picture.
type Code struct {
	Text string
	// Corners are the outer corners of the code in the picture's pixels: those
	// at its three finder patterns (top right, top left, bottom left, as the
	// code itself stands, however the picture is turned), then the fourth.
	// The order is top left, top right, bottom right, bottom left.
	Corners [4]image.Point
	// Rung names the attempt that read it.
	Rung string
}

// ErrNoCode says that a picture was read and holds nothing we can decode.
var ErrNoCode = errors.New("no QR code in this picture")

// Find reads every QR code it can find in img, in reading order. The error is
// ErrNoCode when there is none, and the context's when it ended the search.
func Find(ctx context.Context, img image.Image) ([]Code, error) {
	codes, err := climb(ctx, img)
	if err != nil {
		return nil, err
	}
	if len(codes) == 0 {
		return nil, ErrNoCode
	}
	return codes, nil
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

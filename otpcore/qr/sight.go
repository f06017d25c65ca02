package qr

import (
	"errors"
	"fmt"
	"image"

	"otpane/otpcore/qr/grid"
)

// ErrNoCode says that a picture was looked through and nothing in it could be
// read. Every *NoCodeError is one.
var ErrNoCode = errors.New("no QR code in this picture")

// NoCodeError says what was seen instead of a code that can be read.
type NoCodeError struct {
	Seen   Sight
	Pixels float64 // per module of the code that was seen; 0 if none was
}

// Sight is what a picture without a readable code shows.
type Sight int

const (
	SawNothing    Sight = iota // nothing like a code
	SawCut                     // a code that leaves the picture
	SawSmall                   // a code with too few pixels per module
	SawUnreadable              // a code too blurred, damaged or covered
	SawMicro                   // a Micro QR code
	SawAztec
	SawDataMatrix
)

func (e *NoCodeError) Error() string {
	switch e.Seen {
	case SawCut:
		return "the QR code is cut off at the edge of the picture"
	case SawSmall:
		return fmt.Sprintf("the QR code is too small: %.1f pixels per module", e.Pixels)
	case SawUnreadable:
		return "the QR code is too blurred or damaged"
	case SawMicro:
		return "this is a Micro QR code"
	case SawAztec:
		return "this is an Aztec code"
	case SawDataMatrix:
		return "this is a Data Matrix code"
	}
	return ErrNoCode.Error()
}

// Advice is what to do about it, in a sentence.
func (e *NoCodeError) Advice() string {
	switch e.Seen {
	case SawCut:
		return "Take the picture again with the whole code and some margin."
	case SawSmall:
		return "Zoom in until the code is large and take the picture again."
	case SawUnreadable:
		return "Take the picture again, sharp and from straight ahead, or type the key that the site shows beside the code."
	case SawMicro, SawAztec, SawDataMatrix:
		return "Sites enrol with QR codes; look for one, or type the key."
	}
	return "Zoom in on the code and take the picture again."
}

func (e *NoCodeError) Is(target error) bool { return target == ErrNoCode }

// tooSmall is the number of pixels per module below which more pixels, and not
// a better picture, are what is missing.
const tooSmall = 2.2

// sighting is what a ladder without success leaves behind.
type sighting struct {
	grid.Trace
	small *image.Gray
}

// explain makes the most of what was seen in all views.
func explain(seen []sighting) error {
	var best grid.Trace
	for _, s := range seen {
		if s.Score > best.Score {
			best = s.Trace
		}
	}
	switch {
	case best.Score >= grid.Likely && best.Module < tooSmall:
		return &NoCodeError{SawSmall, best.Module}
	case best.Score >= grid.Likely:
		return &NoCodeError{SawUnreadable, best.Module}
	}
	for _, s := range seen {
		switch {
		case s.Micro:
			return &NoCodeError{SawMicro, s.Module}
		case s.Cut:
			return &NoCodeError{SawCut, s.Module}
		}
		if sight := otherCode(s.small); sight != SawNothing {
			return &NoCodeError{Seen: sight}
		}
	}
	return &NoCodeError{}
}

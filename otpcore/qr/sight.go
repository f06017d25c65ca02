package qr

import (
	"errors"
	"fmt"

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

// explain makes the most of what the ladders saw.
func explain(seen []*ladder) error {
	var best grid.Trace
	for _, l := range seen {
		if t := l.search.Trace(); t.Score > best.Score {
			best = t
		}
	}
	switch {
	case best.Score >= 0.6 && best.Module < tooSmall:
		return &NoCodeError{SawSmall, best.Module}
	case best.Score >= 0.6:
		return &NoCodeError{SawUnreadable, best.Module}
	}
	for _, l := range seen {
		switch t := l.search.Trace(); {
		case t.Micro:
			return &NoCodeError{SawMicro, t.Module}
		case t.Cut:
			return &NoCodeError{SawCut, t.Module}
		}
		if sight := otherCode(l.search.Plane()); sight != SawNothing {
			return &NoCodeError{Seen: sight}
		}
	}
	return &NoCodeError{}
}

// Package exchange turns other programs' exports, as bytes, into accounts, and
// accounts into files that other programs read. It opens no file, saves nothing,
// and never fetches what an import names.
package exchange

import (
	"errors"
	"fmt"
	"strings"

	"otpane/otpcore"
)

// Read recognises a file by its content, never by its name, and reads what is
// good in it. A bad entry is in the batch's Skipped with its place and reason.
//
// It fails with ErrUnknown when nothing looks like an export, and with
// ErrNothing when no entry became an account; the batch then still says why.
// No error and no reason holds a key or a URI.
func Read(data []byte, _ Options) (otpcore.Batch, error) {
	if len(data) > MaxSize {
		return otpcore.Batch{}, errors.New("the file is larger than 64 MiB")
	}
	text := decodeText(data)
	for _, f := range formats {
		if !f.recognises(text) {
			continue
		}
		batch, err := f.read(text)
		if err != nil {
			return otpcore.Batch{}, fmt.Errorf("%s: %w", f.name, err)
		}
		return batch, checkAny(batch)
	}
	return otpcore.Batch{}, ErrUnknown
}

// ReadTexts reads what the QR codes of one or more pictures say. Its errors are
// those of Read; ErrUnknown then says what the first text is instead.
func ReadTexts(texts []string) (otpcore.Batch, error) {
	var c collector
	known := false
	for i, text := range texts {
		where := "the QR code"
		if len(texts) > 1 {
			where = fmt.Sprintf("QR code %d", i+1)
		}
		// The whole text has to be a URI: a web link may carry one inside, for a page that misuses it.
		text = strings.TrimSpace(text)
		if starts := findSchemes(text); len(starts) > 0 && starts[0] == 0 {
			known = true
			c.addURI(where, text)
			continue
		}
		c.skip(where, refusal(text))
	}
	switch batch := c.finish(); {
	case len(texts) == 0:
		return batch, ErrUnknown
	case !known:
		return batch, &failure{refusal(texts[0]), ErrUnknown}
	default:
		return batch, checkAny(batch)
	}
}

// Options is what reading may need beside the bytes. No format that is read yet
// needs anything.
type Options struct{}

// MaxSize bounds a file: ten thousand accounts are about 2 MiB.
const MaxSize = 64 << 20

// ErrUnknown means that the data does not look like any export.
var ErrUnknown = errors.New("no accounts recognised")

// ErrNothing means that the data was recognised and no entry of it could be used.
var ErrNothing = errors.New("no account could be read")

// format is one row of the table of what can be read: a new format is a file of
// its own and a row.
type format struct {
	name       string
	recognises func(text string) bool
	read       func(text string) (otpcore.Batch, error)
}

// formats are tried in order, the ones with the surest marks first.
var formats = []format{
	{"otpane JSON", isJSON, readJSON},
	{"otpauth list", isList, readList},
}

// checkAny makes an error of a batch without accounts: "0 imported" would look
// like success.
func checkAny(batch otpcore.Batch) error {
	if len(batch.Accounts) > 0 {
		return nil
	}
	if len(batch.Skipped) == 0 {
		return ErrNothing
	}
	first := batch.Skipped[0]
	text := first.Where + ": " + first.Reason
	if more := len(batch.Skipped) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return &failure{text, ErrNothing}
}

// failure says what is wrong in its own words and is yet the sentinel.
type failure struct {
	text     string
	sentinel error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.sentinel }

package cli

import (
	"context"
	"errors"
	"fmt"
	"image"

	"otpane/otpcore/qr"
)

// codesIn reads the QR codes of a picture. watch, if set, is shown every look of
// the search.
func codesIn(ctx context.Context, path string, data []byte, watch func(rung string, seen image.Image)) ([]qr.Code, error) {
	codes, err := qr.Scan(ctx, data, qr.Options{Step: watch})
	if err != nil {
		return nil, pictureFault(path, err)
	}
	return codes, nil
}

func pictureFault(path string, err error) error {
	f := &fault{status: failed, err: err}
	var format *qr.FormatError
	var nothing *qr.NoCodeError
	switch {
	case errors.As(err, &nothing):
		f.status = nothingFound
		f.what, f.hint = nothing.Error()+": "+path, nothing.Advice()
	case errors.Is(err, qr.ErrNotPicture):
		f.what = "not a picture: " + path
	case errors.Is(err, qr.ErrTooLarge):
		f.what = path + ": " + err.Error()
	case errors.As(err, &format):
		f.what, f.hint = fmt.Sprintf("%s is a picture of a kind that is not read: %s", path, format.Format), format.Advice
	default:
		f.what, f.hint = fmt.Sprintf("%s is damaged: %v", path, err), "take the screenshot again"
	}
	return f
}

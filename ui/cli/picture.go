package cli

import (
	"context"
	"errors"
	"fmt"

	"otpane/otpcore/qr"
)

// codesIn reads the QR codes of a picture.
func codesIn(ctx context.Context, path string, data []byte) ([]qr.Code, error) {
	img, err := qr.Load(data)
	if err != nil {
		return nil, pictureFault(path, err)
	}
	codes, err := qr.Find(ctx, img)
	if err != nil {
		return nil, pictureFault(path, err)
	}
	return codes, nil
}

func pictureFault(path string, err error) error {
	f := &fault{status: failed, err: err}
	var format *qr.FormatError
	switch {
	case errors.Is(err, qr.ErrNoCode):
		f.status = nothingFound
		f.what, f.hint = "no QR code in this picture: "+path, "show it larger, or take the screenshot closer around the code"
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

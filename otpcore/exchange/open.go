package exchange

import (
	"context"
	"errors"
	"path"

	"otpane/otpcore"
	"otpane/otpcore/qr"
)

// Opened is what a file held, whatever it was.
type Opened struct {
	otpcore.Batch
	Texts []string // what the QR codes of a picture say; nil for anything else
}

// Open is Read for whatever somebody may point at: an export, a picture of QR
// codes, or an archive of such pictures. Its errors are those of Read, ReadTexts
// and, for a picture, of qr.Scan.
func Open(ctx context.Context, data []byte, opts Options) (Opened, error) {
	if IsPicture(data) {
		return openPicture(ctx, data, qr.Options{})
	}
	batch, err := Read(ctx, data, opts)
	if errors.Is(err, ErrPictures) {
		batch, err = openPictures(ctx, data, opts)
	}
	return Opened{Batch: batch}, err
}

// IsPicture reports whether Open looks for QR codes in the file: a page with a
// drawing in it is read as a page.
func IsPicture(data []byte) bool { return qr.IsPicture(data) && Recognise(data) == "" }

func openPicture(ctx context.Context, data []byte, opts qr.Options) (Opened, error) {
	codes, err := qr.Scan(ctx, data, opts)
	if err != nil {
		return Opened{}, err
	}
	texts := make([]string, len(codes))
	for i, code := range codes {
		texts[i] = code.Text
	}
	batch, err := ReadTexts(texts)
	return Opened{batch, texts}, err
}

// openPictures reads the pictures of an archive one after another; the parts of
// a transfer find each other. Nobody sits before each, so the search in one
// without a code is short.
func openPictures(ctx context.Context, data []byte, opts Options) (otpcore.Batch, error) {
	members, err := Unzip(ctx, data, opts)
	if err != nil {
		return otpcore.Batch{}, err
	}
	var all otpcore.Batch
	pictures := 0
	for _, m := range members {
		if !qr.IsPicture(m.Data) {
			continue
		}
		name := path.Base(m.Name)
		if pictures++; pictures > maxPictures {
			all.Skipped = append(all.Skipped, otpcore.Skip{Where: name, Reason: "too many pictures; the archive's others were not read"})
			break
		}
		one, err := openPicture(ctx, m.Data, qr.Options{Budget: qr.Budget * 2 / 5})
		if ctx.Err() != nil {
			return otpcore.Batch{}, ctx.Err()
		}
		if err != nil && len(one.Skipped) == 0 {
			one.Skipped = []otpcore.Skip{{Where: name, Reason: err.Error()}}
		} else {
			for i := range one.Skipped {
				one.Skipped[i].Where = name + ", " + one.Skipped[i].Where
			}
		}
		all = all.Join(one.Batch)
	}
	return all, checkAny(all)
}

package qr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// What Load accepts. The largest screens have 30 megapixels; a decoder may need
// eight bytes for each, and a header of a few bytes can promise billions.
const (
	MaxPixels = 50_000_000
	MaxBytes  = 32 << 20
)

var (
	// ErrNotPicture says that the bytes begin like no picture we know.
	ErrNotPicture = errors.New("not a picture")
	// ErrTooLarge says that a picture was refused before its pixels were read.
	ErrTooLarge = errors.New("picture too large")
)

// FormatError says that the bytes are a picture of a kind that is recognised
// but not read, and how to make one that is.
type FormatError struct {
	Format string // as its users call it: "HEIC", "PDF"
	Advice string // a sentence
}

func (e *FormatError) Error() string { return e.Format + " is not read" }

// Load decodes a picture by its content, whatever its name said: PNG, JPEG
// (turned as its EXIF data asks), GIF (its first frame), WebP, BMP, TIFF and
// PBM, PGM or PPM. The size in the header is checked before any pixel is
// decoded.
//
// Errors: ErrNotPicture, ErrTooLarge, *FormatError, or what the decoder said.
func Load(data []byte) (image.Image, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: %d MiB; at most %d are read", ErrTooLarge, len(data)>>20, MaxBytes>>20)
	}
	f := formatOf(data)
	switch {
	case f == nil:
		return nil, ErrNotPicture
	case f.decode == nil:
		return nil, &FormatError{Format: f.name, Advice: f.advice}
	}
	if err := f.checkSize(data); err != nil {
		return nil, err
	}
	img, err := f.decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s picture: %w", f.name, err)
	}
	if f.name == "JPEG" {
		img = upright(img, orientation(data))
	}
	return img, nil
}

// IsPicture reports whether Load has something to say about these bytes: they
// begin like a picture, be it one we read or one we can only name.
func IsPicture(data []byte) bool { return formatOf(data) != nil }

// format is one kind of picture; without decode it is only recognised.
type format struct {
	name   string
	begins func(data []byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	advice string
}

var formats = []format{
	{name: "PNG", begins: magic("\x89PNG\r\n\x1a\n"), config: png.DecodeConfig, decode: png.Decode},
	{name: "JPEG", begins: magic("\xff\xd8\xff"), config: jpeg.DecodeConfig, decode: jpeg.Decode},
	{name: "GIF", begins: magic("GIF8"), config: gif.DecodeConfig, decode: gif.Decode},
	{name: "WebP", begins: magic("RIFF????WEBP"), config: webp.DecodeConfig, decode: webp.Decode},
	{name: "BMP", begins: magic("BM????\x00\x00\x00\x00"), config: bmp.DecodeConfig, decode: bmp.Decode},
	{name: "TIFF", begins: either(magic("II*\x00"), magic("MM\x00*")), config: tiff.DecodeConfig, decode: tiff.Decode},
	{name: "PNM", begins: isPNM, config: pnmConfig, decode: pnmDecode},
	{name: "AVIF", begins: brand("avif", "avis"), advice: "Convert it to PNG first: `avifdec IN OUT.png`, or take a screenshot of it."},
	{name: "HEIC", begins: brand("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"),
		advice: "Convert it to PNG first: `sips -s format png IN --out OUT.png` on macOS, `heif-convert IN OUT.png` elsewhere."},
	{name: "JPEG XL", begins: either(magic("\xff\x0a"), magic("\x00\x00\x00\x0cJXL ")), advice: "Convert it to PNG first: `djxl IN OUT.png`."},
	{name: "PDF", begins: magic("%PDF-"), advice: "Convert the page to PNG first: `pdftoppm -png -r 150 IN OUT`, or take a screenshot of it."},
	{name: "SVG", begins: isSVG, advice: "Convert it to PNG first: `rsvg-convert IN -o OUT.png`, or take a screenshot of it."},
}

func formatOf(data []byte) *format {
	for i := range formats {
		if formats[i].begins(data) {
			return &formats[i]
		}
	}
	return nil
}

// checkSize reads the header alone.
func (f *format) checkSize(data []byte) error {
	config, err := f.config(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%s picture: %w", f.name, err)
	}
	w, h := config.Width, config.Height
	if f.name == "WebP" {
		w, h = webpFrame(data, w, h)
	}
	if w <= 0 || h <= 0 {
		return fmt.Errorf("%s picture: it is %d×%d pixels", f.name, w, h)
	}
	if w > MaxPixels/h {
		return fmt.Errorf("%w: %d×%d pixels; at most %d megapixels are read", ErrTooLarge, w, h, MaxPixels/1_000_000)
	}
	return nil
}

// webpFrame is the larger of the canvas and the bitmap inside it: an extended
// WebP states its size twice, and the decoder allocates by the inner one.
func webpFrame(data []byte, w, h int) (int, int) {
	for at := 12; at+18 <= len(data); {
		kind, size := string(data[at:at+4]), binary.LittleEndian.Uint32(data[at+4:])
		body := data[at+8:]
		switch kind {
		case "VP8L":
			bits := binary.LittleEndian.Uint32(body[1:])
			return max(w, int(bits&0x3fff)+1), max(h, int(bits>>14&0x3fff)+1)
		case "VP8 ":
			return max(w, int(binary.LittleEndian.Uint16(body[6:])&0x3fff)), max(h, int(binary.LittleEndian.Uint16(body[8:])&0x3fff))
		}
		if uint64(size) > uint64(len(body)) {
			break
		}
		at += 8 + int(size) + int(size&1)
	}
	return w, h
}

// magic matches a beginning; "?" stands for any byte.
func magic(pattern string) func([]byte) bool {
	return func(data []byte) bool {
		if len(data) < len(pattern) {
			return false
		}
		for i := range len(pattern) {
			if pattern[i] != '?' && data[i] != pattern[i] {
				return false
			}
		}
		return true
	}
}

func either(a, b func([]byte) bool) func([]byte) bool {
	return func(data []byte) bool { return a(data) || b(data) }
}

// brand matches an ISO base media file by the brands its "ftyp" box lists: the
// major one is often the general "mif1", and the codec comes later.
func brand(names ...string) func([]byte) bool {
	box := magic("????ftyp")
	return func(data []byte) bool {
		if !box(data) {
			return false
		}
		end := min(len(data), 64, int(binary.BigEndian.Uint32(data)))
		for at := 8; at+4 <= end; at += 4 {
			for _, name := range names {
				if string(data[at:at+4]) == name {
					return true
				}
			}
		}
		return false
	}
}

func isSVG(data []byte) bool {
	head := bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 1024)], []byte("\xef\xbb\xbf")), " \t\r\n")
	if bytes.HasPrefix(head, []byte("<svg")) {
		return true
	}
	prolog := bytes.HasPrefix(head, []byte("<?xml")) || bytes.HasPrefix(head, []byte("<!"))
	return prolog && bytes.Contains(head, []byte("<svg"))
}

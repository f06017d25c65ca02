package qr_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"otpane/otpcore/qr"
)

var samples = flag.String("samples", "../../../shared/samples/qr", "folder with truth.tsv and its pictures")

const enrolment = "otpauth://totp/Example:alice@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Example"

// drawn is a picture of a code at four pixels per module.
func drawn(t interface {
	Helper()
	Fatal(...any)
}, text string) image.Image {
	t.Helper()
	grid, err := qr.Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	data, err := grid.PNG(4)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func encoded(t testing.TB, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLoadReadsEachFormatByItsContent(t *testing.T) {
	img := drawn(t, enrolment)
	files := map[string][]byte{
		"PNG":  encoded(t, func(w *bytes.Buffer) error { return png.Encode(w, img) }),
		"JPEG": encoded(t, func(w *bytes.Buffer) error { return jpeg.Encode(w, img, nil) }),
		"GIF":  encoded(t, func(w *bytes.Buffer) error { return gif.Encode(w, img, nil) }),
		"BMP":  encoded(t, func(w *bytes.Buffer) error { return bmp.Encode(w, img) }),
		"TIFF": encoded(t, func(w *bytes.Buffer) error { return tiff.Encode(w, img, nil) }),
		"PBM1": netpbm(img, '1'), "PGM2": netpbm(img, '2'), "PPM3": netpbm(img, '3'),
		"PBM4": netpbm(img, '4'), "PGM5": netpbm(img, '5'), "PPM6": netpbm(img, '6'),
	}
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			if !qr.IsPicture(data) {
				t.Error("not seen as a picture")
			}
			got, err := qr.Load(data)
			if err != nil {
				t.Fatal(err)
			}
			if got.Bounds().Size() != img.Bounds().Size() {
				t.Errorf("size %v, want %v", got.Bounds().Size(), img.Bounds().Size())
			}
			wantTexts(t, got, enrolment)
		})
	}
}

func wantTexts(t *testing.T, img image.Image, want ...string) {
	t.Helper()
	got, err := qr.Decode(img)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// netpbm writes a picture as one of the formats P1 to P6.
func netpbm(img image.Image, kind byte) []byte {
	var out bytes.Buffer
	b := img.Bounds()
	fmt.Fprintf(&out, "P%c\n# a comment\n%d %d\n", kind, b.Dx(), b.Dy())
	if kind != '1' && kind != '4' {
		fmt.Fprintln(&out, 255)
	}
	for y := range b.Dy() {
		var packed byte
		for x := range b.Dx() {
			v := color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y
			switch kind {
			case '1':
				fmt.Fprintf(&out, "%d", 1-v/255)
			case '2':
				fmt.Fprintf(&out, "%d ", v)
			case '3':
				fmt.Fprintf(&out, "%d %d %d\n", v, v, v)
			case '4':
				packed |= (1 - v/255) << (7 - x%8)
				if x%8 == 7 || x == b.Dx()-1 {
					out.WriteByte(packed)
					packed = 0
				}
			case '5':
				out.WriteByte(v)
			case '6':
				out.Write([]byte{v, v, v})
			}
		}
	}
	return out.Bytes()
}

func TestLoadTurnsAJPEGAsItsOrientationSays(t *testing.T) {
	// The corner that is red in the file, and where it is to be seen.
	size := image.Pt(40, 24)
	seen := map[int]image.Point{
		1: {0, 0}, 2: {39, 0}, 3: {39, 23}, 4: {0, 23},
		5: {0, 0}, 6: {23, 0}, 7: {23, 39}, 8: {0, 39},
	}
	flat := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			flat.Set(x, y, color.White)
			if x < 8 && y < 8 {
				flat.Set(x, y, color.Black)
			}
		}
	}
	plain := encoded(t, func(w *bytes.Buffer) error { return jpeg.Encode(w, flat, nil) })
	for orientation, corner := range seen {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			img, err := qr.Load(withOrientation(plain, order, orientation))
			if err != nil {
				t.Fatal(err)
			}
			want := size
			if orientation >= 5 {
				want = image.Pt(size.Y, size.X)
			}
			if img.Bounds().Size() != want {
				t.Errorf("%d: size %v, want %v", orientation, img.Bounds().Size(), want)
			}
			if r, _, _, _ := img.At(corner.X, corner.Y).RGBA(); r > 0x4000 {
				t.Errorf("%d: the dark corner is not at %v", orientation, corner)
			}
		}
	}
}

// withOrientation puts an Exif segment with the one tag behind the SOI marker.
func withOrientation(jpeg []byte, order binary.AppendByteOrder, orientation int) []byte {
	tiff := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		tiff = []byte("II*\x00")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 1)
	tiff = order.AppendUint16(tiff, 0x0112)
	tiff = order.AppendUint16(tiff, 3)
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint16(tiff, uint16(orientation))
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return slices.Concat(jpeg[:2], segment, body, jpeg[2:])
}

func TestLoadRefusesByTheHeaderAlone(t *testing.T) {
	huge := map[string][]byte{
		"PNG":  pngHeader(60000, 60000),
		"BMP":  bmpHeader(60000, 60000),
		"GIF":  []byte("GIF89a\x60\xea\x60\xea\x00\x00\x00,\x00\x00\x00\x00\x60\xea\x60\xea\x00\x02\x00;"),
		"WebP": []byte("RIFF\x1e\x00\x00\x00WEBPVP8L\x11\x00\x00\x00\x2f\xff\xff\xff\x0f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
		"PGM":  []byte("P5 60000 60000 255\n"),
		"canvas smaller than its bitmap": []byte("RIFF\x2e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x0f\x00\x00\x0f\x00\x00" +
			"VP8L\x11\x00\x00\x00\x2f\xff\xff\xff\x0f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
	}
	for name, data := range huge {
		var err error
		memory := testing.AllocsPerRun(1, func() { _, err = qr.Load(data) })
		if !errors.Is(err, qr.ErrTooLarge) || !strings.ContainsAny(err.Error(), "×") {
			t.Errorf("%s: %v", name, err)
		}
		if memory > 1000 {
			t.Errorf("%s: %.0f allocations", name, memory)
		}
	}
	if _, err := qr.Load(make([]byte, qr.MaxBytes+1)); !errors.Is(err, qr.ErrTooLarge) {
		t.Errorf("many bytes: %v", err)
	}
}

func pngHeader(w, h uint32) []byte {
	chunk := []byte("IHDR")
	chunk = binary.BigEndian.AppendUint32(chunk, w)
	chunk = binary.BigEndian.AppendUint32(chunk, h)
	chunk = append(chunk, 8, 2, 0, 0, 0)
	data := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	return binary.BigEndian.AppendUint32(append(data, chunk...), crc32.ChecksumIEEE(chunk))
}

func bmpHeader(w, h uint32) []byte {
	data := []byte("BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00")
	data = binary.LittleEndian.AppendUint32(data, w)
	data = binary.LittleEndian.AppendUint32(data, h)
	return append(data, append([]byte{1, 0, 24, 0}, make([]byte, 24)...)...)
}

func TestLoadNamesWhatItCannotRead(t *testing.T) {
	for format, data := range map[string]string{
		"HEIC": "\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic",
		"AVIF": "\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf",
		"PDF":  "%PDF-1.7\n",
		"SVG":  "\ufeff<?xml version=\"1.0\"?>\n<!-- drawn -->\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
	} {
		_, err := qr.Load([]byte(data))
		var unread *qr.FormatError
		if !errors.As(err, &unread) || unread.Format != format || !strings.Contains(unread.Advice, "PNG") {
			t.Errorf("%s: %#v", format, err)
		}
		if !qr.IsPicture([]byte(data)) {
			t.Errorf("%s: not seen as a picture", format)
		}
	}
	for _, data := range []string{"", "otpauth://totp/a?secret=ME", `{"version":1}`, "<html><svg/></html>", "age-encryption.org/v1", "P7\n", "BM is a name"} {
		if _, err := qr.Load([]byte(data)); !errors.Is(err, qr.ErrNotPicture) || qr.IsPicture([]byte(data)) {
			t.Errorf("%q: %v", data, err)
		}
	}
}

// Some of the malformed files are a good picture with a few bytes changed, and
// its code may still be read; what counts is that each comes to an end.
func TestMalformedFilesComeToAnEnd(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(*samples, "malformed", "*"))
	if len(files) == 0 {
		t.Skip("no malformed samples")
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		img, err := qr.Load(data)
		if err != nil {
			continue
		}
		if _, err := qr.Decode(img); err != nil && !errors.Is(err, qr.ErrNoCode) {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(pngHeader(3, 3))
	f.Add(bmpHeader(3, 3))
	f.Add([]byte("P6 2 1 255\n\x00\x00\x00\xff\xff\xff"))
	f.Add([]byte("P1 2 1\n01"))
	f.Add(encoded(f, func(w *bytes.Buffer) error { return jpeg.Encode(w, image.NewGray(image.Rect(0, 0, 9, 9)), nil) }))
	f.Fuzz(func(t *testing.T, data []byte) {
		img, err := qr.Load(data)
		if (img == nil) == (err == nil) {
			t.Errorf("picture %v with error %v", img != nil, err)
		}
		if err == nil && !qr.IsPicture(data) {
			t.Error("loaded what is no picture")
		}
	})
}

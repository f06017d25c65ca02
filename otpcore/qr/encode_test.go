package qr_test

import (
	"errors"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"otpane/otpcore/qr"
)

var texts = map[string]string{
	"enrolment": enrolment,
	"umlauts":   "otpauth://totp/Zürcher Bank:jörg?secret=JBSWY3DPEHPK3PXP",
	"Japanese":  "認証コード：日本語サービス",
	"mixed":     "naïve café, Łódź, 東京, 🔐",
	"one word":  "ü",
	"digits":    "0123456789",
	"lines":     "first\r\nsecond\tthird\\",
}

func TestWhatWeWriteWeRead(t *testing.T) {
	for name, text := range texts {
		t.Run(name, func(t *testing.T) { wantTexts(t, drawn(t, text), text) })
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(1, 120, 400).Draw(t, "text")
		got, err := qr.Decode(drawn(t, text))
		if err != nil || len(got) != 1 || got[0] != text {
			t.Fatalf("got %q, %v, want %q", got, err, text)
		}
	})
}

func TestWhatWeWriteZbarReads(t *testing.T) {
	if _, err := exec.LookPath("zbarimg"); err != nil {
		t.Skip("zbarimg is not installed")
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			grid, err := qr.Encode(text)
			if err != nil {
				t.Fatal(err)
			}
			data, err := grid.PNG(6)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "code.png")
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("zbarimg", "-q", "--raw", file).Output()
			if got := strings.TrimSuffix(string(out), "\n"); err != nil || got != text {
				t.Errorf("zbarimg reads %q, %v, want %q", got, err, text)
			}
		})
	}
}

func TestHalfBlocksShowTheGridInItsQuietZone(t *testing.T) {
	grid, err := qr.Encode(enrolment)
	if err != nil {
		t.Fatal(err)
	}
	lines := grid.HalfBlocks()
	side := grid.Size() + 2*qr.QuietZone
	if len(lines) != (side+1)/2 {
		t.Fatalf("%d lines for %d modules", len(lines), side)
	}
	const scale = 4
	page := image.NewGray(image.Rect(0, 0, side*scale, 2*len(lines)*scale))
	for y, line := range lines {
		cells := []rune(line)
		if len(cells) != side {
			t.Fatalf("line %d has %d columns, want %d", y, len(cells), side)
		}
		for x, cell := range cells {
			fill(page, x, 2*y, scale, cell == '█' || cell == '▀')
			fill(page, x, 2*y+1, scale, cell == '█' || cell == '▄')
		}
	}
	wantTexts(t, page, enrolment)
}

func fill(img *image.Gray, x, y, scale int, dark bool) {
	if dark {
		return
	}
	for i := range scale * scale {
		img.SetGray(x*scale+i%scale, y*scale+i/scale, color.Gray{Y: 0xff})
	}
}

func TestEncodeStaysSmallAndSaysWhenItCannot(t *testing.T) {
	grid, err := qr.Encode("1")
	if err != nil || grid.Size() != 21 {
		t.Errorf("one digit needs %d modules, %v", grid.Size(), err)
	}
	if _, err := qr.Encode(strings.Repeat("é", 1600)); err == nil {
		t.Error("3,200 bytes fit")
	}
	if _, err := grid.PNG(0); err == nil {
		t.Error("drawn at no pixels per module")
	}
	if svg := string(grid.SVG()); !strings.HasPrefix(svg, "<svg ") || !strings.Contains(svg, `viewBox="0 0 29 29"`) {
		t.Errorf("svg: %.120s", svg)
	}
}

func TestAPictureWithoutACodeIsErrNoCode(t *testing.T) {
	blank := image.NewGray(image.Rect(0, 0, 300, 200))
	if _, err := qr.Decode(blank); !errors.Is(err, qr.ErrNoCode) {
		t.Errorf("blank: %v", err)
	}
	if _, err := qr.Decode(image.NewGray(image.Rectangle{})); !errors.Is(err, qr.ErrNoCode) {
		t.Errorf("no pixels: %v", err)
	}
}

package qr

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
)

// pnmDecode reads the six plain formats of Netpbm (netpbm.sourceforge.net/doc),
// which qrencode, ImageMagick and screen grabbers write: bitmap, grey or
// colour, each as text (P1, P2, P3) or bytes (P4, P5, P6).
func pnmDecode(r io.Reader) (image.Image, error) {
	in := bufio.NewReader(r)
	head, err := readPNMHeader(in)
	if err != nil {
		return nil, err
	}
	if head.colours == 1 {
		img := image.NewGray(image.Rect(0, 0, head.w, head.h))
		for y := range head.h {
			if err := head.row(in, img.Pix[y*img.Stride:][:head.w]); err != nil {
				return nil, err
			}
		}
		return img, nil
	}
	img := image.NewRGBA(image.Rect(0, 0, head.w, head.h))
	row := make([]byte, 3*head.w)
	for y := range head.h {
		if err := head.row(in, row); err != nil {
			return nil, err
		}
		for x := range head.w {
			copy(img.Pix[y*img.Stride+4*x:], row[3*x:3*x+3])
			img.Pix[y*img.Stride+4*x+3] = 0xff
		}
	}
	return img, nil
}

func pnmConfig(r io.Reader) (image.Config, error) {
	head, err := readPNMHeader(bufio.NewReader(r))
	if err != nil {
		return image.Config{}, err
	}
	return image.Config{ColorModel: color.RGBAModel, Width: head.w, Height: head.h}, nil
}

func isPNM(data []byte) bool {
	return len(data) > 2 && data[0] == 'P' && data[1] >= '1' && data[1] <= '6' && isSpace(data[2])
}

type pnmHeader struct {
	kind    byte // '1' to '6'
	colours int  // samples per pixel
	w, h    int
	most    int // the value of white
}

func readPNMHeader(in *bufio.Reader) (pnmHeader, error) {
	var head pnmHeader
	var start [2]byte
	if _, err := io.ReadFull(in, start[:]); err != nil {
		return head, err
	}
	head.kind, head.colours, head.most = start[1], 1, 1
	if head.kind == '3' || head.kind == '6' {
		head.colours = 3
	}
	fields := []*int{&head.w, &head.h, &head.most}
	if head.kind == '1' || head.kind == '4' {
		fields = fields[:2]
	}
	for _, field := range fields {
		n, err := readPNMNumber(in)
		if err != nil {
			return head, err
		}
		*field = n
	}
	if head.most < 1 || head.most > 65535 {
		return head, fmt.Errorf("white is %d", head.most)
	}
	return head, nil
}

// readPNMNumber skips blanks and comments, reads a number and eats the one
// blank behind it, as the byte formats need.
func readPNMNumber(in *bufio.Reader) (int, error) {
	number, digits := 0, 0
	for {
		c, err := in.ReadByte()
		if err != nil && digits == 0 {
			return 0, io.ErrUnexpectedEOF
		}
		switch {
		case err != nil || digits > 0 && isSpace(c):
			return number, nil
		case c == '#':
			if _, err := in.ReadString('\n'); err != nil {
				return 0, io.ErrUnexpectedEOF
			}
		case c >= '0' && c <= '9' && digits < 9:
			number, digits = number*10+int(c-'0'), digits+1
		case !isSpace(c):
			return 0, errors.New("a number is missing")
		}
	}
}

// row reads one row of samples, scaled to bytes.
func (head pnmHeader) row(in *bufio.Reader, row []byte) error {
	switch head.kind {
	case '1':
		return readPBMText(in, row)
	case '4':
		return readPBMBytes(in, row)
	}
	for i := range row {
		sample, err := head.sample(in)
		if err != nil {
			return err
		}
		row[i] = byte(min(sample, head.most) * 255 / head.most)
	}
	return nil
}

func (head pnmHeader) sample(in *bufio.Reader) (int, error) {
	if head.kind <= '3' {
		return readPNMNumber(in)
	}
	high, err := in.ReadByte()
	if err != nil || head.most < 256 {
		return int(high), err
	}
	low, err := in.ReadByte()
	return int(high)<<8 | int(low), err
}

// readPBMText reads the one format whose digits may stand without blanks.
func readPBMText(in *bufio.Reader, row []byte) error {
	for i := 0; i < len(row); {
		c, err := in.ReadByte()
		switch {
		case err != nil:
			return err
		case c == '0' || c == '1':
			row[i] = 255 * ('1' - c)
			i++
		case !isSpace(c):
			return errors.New("a pixel is neither 0 nor 1")
		}
	}
	return nil
}

func readPBMBytes(in *bufio.Reader, row []byte) error {
	var bits byte
	for i := range row {
		if i%8 == 0 {
			var err error
			if bits, err = in.ReadByte(); err != nil {
				return err
			}
		}
		row[i] = 255 * (1 - bits>>7)
		bits <<= 1
	}
	return nil
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

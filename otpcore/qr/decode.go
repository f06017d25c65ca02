package qr

import (
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
	"github.com/makiuchi-d/gozxing/common/reedsolomon"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"

	"otpane/otpcore/qr/grid"
)

// said is what a square of modules says.
type said struct {
	text      string
	version   int
	level     string
	corrected int // codewords
	mirrored  bool
}

// decodeModules reads a square of modules, as it is or transposed, which is how
// a mirrored code arrives. gozxing has panicked on odd input before; that means
// "not a code".
func decodeModules(m grid.Modules) (s said, ok bool) {
	defer func() {
		if recover() != nil {
			s, ok = said{}, false
		}
	}()
	if s, ok = decodeBits(m, false); !ok {
		s, ok = decodeBits(m, true)
	}
	return s, ok
}

// decodeBits does what gozxing's Decoder does, from its own parts: that one
// changes the bits it is given and cannot tell how much it corrected.
func decodeBits(m grid.Modules, mirrored bool) (said, bool) {
	bits, err := bitsOf(m, mirrored)
	if err != nil {
		return said{}, false
	}
	parser, err := decoder.NewBitMatrixParser(bits)
	if err != nil {
		return said{}, false
	}
	version, err := parser.ReadVersion()
	if err != nil {
		return said{}, false
	}
	format, err := parser.ReadFormatInformation()
	if err != nil {
		return said{}, false
	}
	codewords, err := parser.ReadCodewords()
	if err != nil {
		return said{}, false
	}
	level := format.GetErrorCorrectionLevel()
	data, corrected, ok := correct(codewords, version, level)
	if !ok {
		return said{}, false
	}
	text, ok := textOf(data, version, level)
	return said{text, version.GetVersionNumber(), level.String(), corrected, mirrored}, ok
}

func bitsOf(m grid.Modules, mirrored bool) (*gozxing.BitMatrix, error) {
	bits, err := gozxing.NewSquareBitMatrix(m.Size)
	if err != nil {
		return nil, err
	}
	for y := range m.Size {
		for x := range m.Size {
			switch {
			case !m.Dark[y*m.Size+x]:
			case mirrored:
				bits.Set(y, x)
			default:
				bits.Set(x, y)
			}
		}
	}
	return bits, nil
}

// correct repairs each block and returns the data of all with the number of
// codewords that were wrong.
func correct(codewords []byte, version *decoder.Version, level decoder.ErrorCorrectionLevel) (data []byte, corrected int, ok bool) {
	blocks, err := decoder.DataBlock_GetDataBlocks(codewords, version, level)
	if err != nil {
		return nil, 0, false
	}
	solomon := reedsolomon.NewReedSolomonDecoder(reedsolomon.GenericGF_QR_CODE_FIELD_256)
	for _, block := range blocks {
		n := block.GetNumDataCodewords()
		words := make([]int, len(block.GetCodewords()))
		for i, c := range block.GetCodewords() {
			words[i] = int(c)
		}
		if err := solomon.Decode(words, len(words)-n); err != nil {
			return nil, 0, false
		}
		for i, c := range block.GetCodewords() {
			if words[i] != int(c) {
				corrected++
			}
		}
		for _, w := range words[:n] {
			data = append(data, byte(w))
		}
	}
	return data, corrected, true
}

// textOf reads the segments. Where a byte segment does not name its character
// set, gozxing guesses, and its guess of UTF-8 looks at lead bytes alone: what
// it then cannot read as UTF-8 is older than that, Shift JIS or Latin-1.
func textOf(data []byte, version *decoder.Version, level decoder.ErrorCorrectionLevel) (string, bool) {
	result, err := parse(data, version, level, "")
	if err != nil {
		return "", false
	}
	if validSegments(result) {
		return result.GetText(), true
	}
	for _, charset := range []string{"UTF-8", "Shift_JIS"} {
		again, err := parse(data, version, level, charset)
		if err == nil && !hasReplacement(again.GetText()) {
			return again.GetText(), true
		}
	}
	if !hasReplacement(result.GetText()) {
		return result.GetText(), true
	}
	again, err := parse(data, version, level, "ISO-8859-1")
	if err != nil {
		return "", false
	}
	return again.GetText(), true
}

func parse(data []byte, version *decoder.Version, level decoder.ErrorCorrectionLevel, charset string) (*common.DecoderResult, error) {
	var hints map[gozxing.DecodeHintType]any
	if charset != "" {
		hints = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_CHARACTER_SET: charset}
	}
	return decoder.DecodedBitStreamParser_Decode(data, version, level, hints)
}

// validSegments reports whether nothing had to be guessed or the guess held.
func validSegments(result *common.DecoderResult) bool {
	for _, segment := range result.GetByteSegments() {
		if !utf8.Valid(segment) && hasReplacement(result.GetText()) {
			return false
		}
	}
	return true
}

func hasReplacement(text string) bool {
	for _, r := range text {
		if r == utf8.RuneError {
			return true
		}
	}
	return false
}

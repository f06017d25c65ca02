package exchange

import (
	"encoding/binary"
	"iter"
	"strings"
	"unicode/utf16"
)

// decodeText drops a byte order mark and turns UTF-16, which PowerShell writes
// on redirection, into UTF-8. Bytes without a mark stay as they are.
func decodeText(data []byte) string {
	text := string(data)
	switch {
	case strings.HasPrefix(text, "\xff\xfe"):
		return decodeUTF16(data[2:], binary.LittleEndian)
	case strings.HasPrefix(text, "\xfe\xff"):
		return decodeUTF16(data[2:], binary.BigEndian)
	}
	return strings.TrimPrefix(text, "\xef\xbb\xbf")
}

// lines goes through a text by any of the three line ends. A scanner would stop
// at lines of 64 KiB, and WinAuth writes whole pictures into one.
func lines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		feed := -1 // the next line feed, looked for once: a text may have none, and a million returns
		for at := 0; ; {
			if feed < at {
				feed = indexFrom(text, '\n', at)
			}
			end := min(feed, indexFrom(text[:feed], '\r', at))
			if !yield(text[at:end]) || end == len(text) {
				return
			}
			at = end + 1
			if text[end] == '\r' && end+1 == feed && feed < len(text) {
				at++
			}
		}
	}
}

// indexFrom is where the next c is, or the end.
func indexFrom(text string, c byte, at int) int {
	if i := strings.IndexByte(text[at:], c); i >= 0 {
		return at + i
	}
	return len(text)
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func decodeUTF16(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

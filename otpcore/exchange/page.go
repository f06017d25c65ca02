package exchange

import (
	"fmt"
	"html"
	"strings"

	"otpane/otpcore/qr"
)

// page is an export to look at: Stratum's and otpane's own have each URI as text
// inside <code>, Aegis's has a picture of each QR code.
var page = format{
	name: "HTML page", file: "HTML with URIs in `<code>` (otpane's own, Stratum) or with pictures of QR codes (Aegis)",
	recognises: func(f *file) bool {
		head := strings.ToLower(strings.TrimSpace(f.head()))
		return (strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html")) && (strings.Contains(f.text, "<code") || strings.Contains(f.text, pictureMark))
	},
	read: readPage,
}

func readPage(r *reader, f *file) error {
	if r.readCodes(f.text) > 0 {
		return nil
	}
	return r.readPictures(f.text)
}

// readCodes reads the URIs in <code> and says how many there were.
func (r *reader) readCodes(content string) (number int) {
	for rest := content; ; {
		_, after, ok := strings.Cut(rest, "<code")
		if !ok {
			return number
		}
		var element string
		element, rest, _ = strings.Cut(after, "</code>")
		_, uri, _ := strings.Cut(element, ">")
		uri = strings.TrimSpace(html.UnescapeString(uri))
		if isURI(uri) {
			number++
			r.addURI(fmt.Sprintf("entry %d", number), uri)
		}
	}
}

const (
	pictureMark = "data:image/"
	// maxPictures bounds the work of a page: looking for a code that is not there
	// takes a second.
	maxPictures = 500
)

// readPictures reads the QR codes of the pictures that a page has inside itself.
func (r *reader) readPictures(content string) error {
	for number := 1; number <= maxPictures; number++ {
		_, after, ok := strings.Cut(content, pictureMark)
		if !ok {
			return r.ctx.Err()
		}
		content = after
		kind, rest, _ := strings.Cut(after[:min(len(after), 64)], ",")
		if !strings.HasSuffix(kind, ";base64") || rest == "" {
			continue
		}
		encoded, _, _ := strings.Cut(after[len(kind)+1:], `"`)
		data, err := decodeBase64(encoded)
		if err != nil {
			continue
		}
		codes, err := qr.Scan(r.ctx, data, qr.Options{Budget: qr.Budget * 2 / 5})
		if err != nil {
			continue // an icon, most likely
		}
		for _, code := range codes {
			if isURI(code.Text) {
				r.addURI(fmt.Sprintf("picture %d", number), code.Text)
			}
		}
	}
	return r.ctx.Err()
}

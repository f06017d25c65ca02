package exchange

import (
	"fmt"
	"html"
	"strings"
)

// page is an export to look at: Stratum's and otpane's own have each URI as text
// inside <code>.
var page = format{
	name: "HTML page", file: "HTML with URIs in <code>: otpane's own, Stratum",
	recognises: func(f *file) bool {
		head := strings.ToLower(strings.TrimSpace(f.head()))
		return (strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html")) && strings.Contains(f.text, "<code")
	},
	read: readPage,
}

func readPage(r *reader, f *file) error {
	number := 0
	for rest := f.text; ; {
		_, after, ok := strings.Cut(rest, "<code")
		if !ok {
			return nil
		}
		var element string
		element, rest, _ = strings.Cut(after, "</code>")
		_, content, _ := strings.Cut(element, ">")
		content = strings.TrimSpace(html.UnescapeString(content))
		if starts := findSchemes(content); len(starts) > 0 && starts[0] == 0 {
			number++
			r.addURI(fmt.Sprintf("entry %d", number), content)
		}
	}
}

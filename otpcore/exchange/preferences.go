package exchange

import (
	"encoding/xml"
	"io"
	"strings"
)

// isPreferences reports Android's shared preferences, which some programs'
// files are that were taken from a rooted phone.
func (f *file) isPreferences() bool { return f.isXML("map>") }

// hasPreference looks for the name as it is written into the file.
func (f *file) hasPreference(name string) bool {
	return f.isPreferences() && strings.Contains(f.text, `"`+name+`"`)
}

type preference struct{ name, value string }

// readPreferences gives the strings in their order.
func readPreferences(content string) (found []preference, err error) {
	decoder, err := newXML(content)
	if err != nil {
		return nil, err
	}
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return found, nil
		}
		if err != nil {
			return nil, ErrDamaged
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "string" {
			continue
		}
		value := struct {
			Name string `xml:"name,attr"`
			Text string `xml:",chardata"`
		}{}
		if decoder.DecodeElement(&value, &start) != nil {
			return nil, ErrDamaged
		}
		found = append(found, preference{value.Name, value.Text})
	}
}

// newXML reads what is UTF-8 whatever its prolog says: UTF-16 was turned before.
// The decoder remembers every element that is open, and has no bound for them.
func newXML(content string) (*xml.Decoder, error) {
	if isDeep(content) {
		return nil, ErrDamaged
	}
	decoder := xml.NewDecoder(strings.NewReader(content))
	decoder.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return decoder, nil
}

// isDeep counts roughly: a comment may hold tags too, but not a thousand that
// are never closed.
func isDeep(content string) bool {
	const most = 1000
	depth := 0
	for {
		_, tag, found := strings.Cut(content, "<")
		if !found || depth > most {
			return found
		}
		content = tag
		switch {
		case strings.HasPrefix(tag, "/"):
			depth--
		case !strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "?"):
			if end := strings.IndexAny(tag, "<>"); end < 1 || tag[end-1] != '/' {
				depth++
			}
		}
	}
}

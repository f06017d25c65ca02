package exchange

import (
	"archive/zip"
	"bytes"
	"strings"
)

// file is what Read was given, seen in the ways that recognising needs.
type file struct {
	data []byte
	text string // without a byte order mark
	json outline

	zip      *zip.Reader // its directory, once somebody asked for it
	zipError error
}

func newFile(data []byte) *file {
	f := &file{data: data, text: decodeText(data)}
	f.json = outlineOf(f.text)
	return f
}

// begins reports whether the bytes begin with one of the marks.
func (f *file) begins(marks ...string) bool {
	for _, mark := range marks {
		if bytes.HasPrefix(f.data, []byte(mark)) {
			return true
		}
	}
	return false
}

// head is the beginning of the text, for marks that may have a prolog in front.
func (f *file) head() string { return f.text[:min(len(f.text), 4096)] }

// isXML reports whether the root element, or one near it, is the given one.
func (f *file) isXML(element string) bool {
	head := strings.TrimSpace(f.head())
	return strings.HasPrefix(head, "<") && strings.Contains(head, "<"+element)
}

// has reports whether the file is a JSON object with all of these keys.
func (f *file) has(keys ...string) bool {
	if f.json.open != '{' {
		return false
	}
	for _, key := range keys {
		if _, ok := f.json.members[key]; !ok {
			return false
		}
	}
	return true
}

// listOf reports whether the file is a JSON array whose first element is an
// object with all of these keys.
func (f *file) listOf(keys ...string) bool {
	if f.json.open != '[' {
		return false
	}
	for _, key := range keys {
		if _, ok := f.json.members[key]; !ok {
			return false
		}
	}
	return true
}

// opens is the first character of a member's value: '{', '[', '"' …
func (f *file) opens(key string) byte {
	value := f.json.members[key]
	if value == "" {
		return 0
	}
	return value[0]
}

// unknown is the error for a file that no format recognises.
func (f *file) unknown() error {
	if f.json.open != 0 && f.json.cut {
		return &failure{"a JSON file that is damaged or cut short", ErrDamaged}
	}
	return ErrUnknown
}

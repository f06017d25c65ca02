package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// decode reads a whole JSON value. What the decoder says may quote the text, and
// so a key: it is not repeated.
func decode(raw string, into any) error {
	if err := json.Unmarshal([]byte(raw), into); err != nil {
		return ErrDamaged
	}
	return nil
}

// each calls visit with the elements of a JSON array. One of another form than
// expected is skipped with its place.
func each[T any](r *reader, what string, list elements, visit func(where string, element T)) {
	for i, raw := range list {
		where := fmt.Sprintf("%s %d", what, i+1)
		var element T
		if err := json.Unmarshal([]byte(raw), &element); err != nil || raw == "null" {
			r.skip(where, shapeError(err))
			continue
		}
		visit(where, element)
	}
}

// elements are those of a JSON array, not decoded yet: one bad entry must not
// take the others along, nor a hundred million empty ones the memory.
type elements []string

func (e *elements) UnmarshalJSON(raw []byte) error {
	s := scanner{text: string(raw)}
	if s.text == "null" {
		return nil
	}
	list, whole := s.array()
	if s.text[0] != '[' || !whole {
		return errShape
	}
	*e = list
	return nil
}

// object are the members of a JSON object by their names, not decoded yet.
type object map[string]string

func (o *object) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	outline := outlineOf(string(raw))
	if !outline.whole {
		return errShape
	}
	*o = outline.members
	return nil
}

// listOf is for what stands beside the entries, as the names of their folders:
// an element of another form is left out.
type listOf[T any] []T

func (l *listOf[T]) UnmarshalJSON(raw []byte) error {
	var list elements
	if err := list.UnmarshalJSON(raw); err != nil {
		return err
	}
	for _, element := range list {
		var value T
		if json.Unmarshal([]byte(element), &value) == nil {
			*l = append(*l, value)
		}
	}
	return nil
}

var errShape = errors.New("another form than expected")

// text is a JSON value that somebody writes as a string, somebody else as a
// number, and a third leaves out: "30", 30, null. It keeps the digits of numbers
// above 2^53, which a float64 does not.
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0 || raw[0] == '{' || raw[0] == '[':
		return errShape
	case raw[0] == '"' && !bytes.Contains(raw, []byte{'\\'}):
		*t = text(raw[1 : len(raw)-1]) // ten thousand entries have a hundred thousand of them
	case raw[0] == '"':
		var s string
		err := json.Unmarshal(raw, &s)
		*t = text(s)
		return err
	case string(raw) == "null":
		*t = ""
	default:
		*t = text(raw)
	}
	return nil
}

// yesNo is a JSON value that means yes: true, 1, "true". It is never a reason to
// lose an entry.
type yesNo bool

func (y *yesNo) UnmarshalJSON(raw []byte) error {
	word := strings.ToLower(strings.Trim(string(raw), `"`))
	*y = word == "true" || word == "1"
	return nil
}

func (t text) trimmed() string { return strings.TrimSpace(string(t)) }

func (t text) absent() bool { return t.trimmed() == "" || strings.EqualFold(t.trimmed(), "null") }

// id compares the identifiers of folders, which are numbers in some files.
func (t text) id() string { return strings.ToLower(t.trimmed()) }

// signedBytes is a key as Java prints it: [-19, 64, …].
type signedBytes []byte

func (b *signedBytes) UnmarshalJSON(raw []byte) error {
	var numbers []int
	if err := json.Unmarshal(raw, &numbers); err != nil {
		return errShape
	}
	*b = make([]byte, len(numbers))
	for i, n := range numbers {
		if n < -128 || n > 255 {
			return errShape
		}
		(*b)[i] = byte(n)
	}
	return nil
}

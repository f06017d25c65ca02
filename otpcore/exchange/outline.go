package exchange

import (
	"encoding/json"
	"strings"
)

// outline is a JSON text seen from outside: the members of its object, or those
// of the first element of its array. It is taken without decoding anything, so
// that an export of megabytes is recognised in milliseconds.
type outline struct {
	open    byte // '{' or '['; 0 for anything else
	members map[string]string
	whole   bool // of an object: it goes to its closing brace
	cut     bool // the text ends before the outline does
}

// maxNesting is far beyond what any export has (FORMATS: 64). Ten thousand
// brackets cost their writer nothing.
const maxNesting = 64

// maxMembers keeps an object of millions of keys from filling the memory.
const maxMembers = 100_000

func outlineOf(text string) outline {
	s := scanner{text: text}
	s.space()
	o := outline{open: s.peek(), members: map[string]string{}}
	switch o.open {
	case '{':
		o.whole = s.object(o.members)
	case '[':
		s.at++
		if s.space(); s.peek() == '{' {
			s.object(o.members)
		}
	default:
		return outline{}
	}
	o.cut = s.at >= len(s.text) && s.text[len(s.text)-1] != '}'
	return o
}

// scanner walks over JSON values without looking into them.
type scanner struct {
	text string
	at   int
}

func (s *scanner) peek() byte {
	if s.at >= len(s.text) {
		return 0
	}
	return s.text[s.at]
}

func (s *scanner) space() {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
}

// object notes the raw text of every member: of one that is cut short what is
// there, so that a damaged file is still known for what it was.
func (s *scanner) object(members map[string]string) (whole bool) {
	s.at++ // the brace
	for s.space(); s.peek() != '}'; s.space() {
		key, ok := s.key()
		if s.space(); !ok || s.peek() != ':' || len(members) > maxMembers {
			return false
		}
		s.at++
		s.space()
		start := s.at
		if !s.value() {
			members[key] = s.text[start:]
			return false
		}
		members[key] = s.text[start:s.at]
		if s.space(); s.peek() == ',' {
			s.at++
		} else if s.peek() != '}' {
			return false
		}
	}
	s.at++
	return true
}

// array gives the raw text of every element, and reports whether it came to the end.
func (s *scanner) array() (elements []string, whole bool) {
	s.at++ // the bracket
	for s.space(); s.peek() != ']'; s.space() {
		start := s.at
		if !s.value() || len(elements) > maxAccounts {
			return nil, false
		}
		elements = append(elements, s.text[start:s.at])
		if s.space(); s.peek() == ',' {
			s.at++
		} else if s.peek() != ']' {
			return nil, false
		}
	}
	s.at++
	return elements, true
}

func (s *scanner) key() (key string, ok bool) {
	start := s.at
	if s.peek() != '"' || !s.quoted() {
		return "", false
	}
	raw := s.text[start:s.at]
	if !strings.Contains(raw, `\`) {
		return raw[1 : len(raw)-1], true
	}
	return key, json.Unmarshal([]byte(raw), &key) == nil
}

// value passes over one value.
func (s *scanner) value() bool {
	switch s.peek() {
	case '"':
		return s.quoted()
	case '{', '[':
		return s.nested()
	case 0, ',', ':', '}', ']':
		return false
	}
	for s.at < len(s.text) && strings.IndexByte(",}] \t\r\n", s.text[s.at]) < 0 {
		s.at++
	}
	return s.at < len(s.text)
}

// nested passes over an object or an array. This loop is what recognising a file
// of megabytes costs.
func (s *scanner) nested() bool {
	text, depth := s.text, 0
	for at := s.at; at < len(text); at++ {
		if !structural[text[at]] {
			continue
		}
		switch text[at] {
		case '"':
			s.at = at
			if !s.quoted() {
				return false
			}
			at = s.at - 1 // the loop steps over the closing quotation mark
		case '{', '[':
			if depth++; depth >= maxNesting {
				s.at = at
				return false
			}
		case '}', ']':
			if depth--; depth == 0 {
				s.at = at + 1
				return true
			}
		}
	}
	s.at = len(text)
	return false
}

var structural = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}

// quoted passes over a string: up to the next quotation mark with an even number
// of backslashes in front.
func (s *scanner) quoted() bool {
	start := s.at + 1
	for from := start; ; {
		end := strings.IndexByte(s.text[from:], '"')
		if end < 0 {
			s.at = len(s.text)
			return false
		}
		end += from
		slashes := 0
		for end-slashes > start && s.text[end-slashes-1] == '\\' {
			slashes++
		}
		if from = end + 1; slashes%2 == 0 {
			s.at = from
			return true
		}
	}
}

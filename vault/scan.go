package vault

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"otpane/otpcore"
)

// Whoever asks for one code reads the whole payload first, and encoding/json takes
// four times as long for it: every level of raw messages is checked and copied anew.
// So what is spelled as otpane spells it is read here, without copies. Anything else
// is left to encoding/json, whose word counts: this reading may refuse what is JSON,
// and must never accept what is not or read it otherwise (FuzzScan, FuzzRecord).

// scan walks over JSON text. A method that says false has met something that it
// does not know, and the walk is over.
type scan struct {
	text []byte
	at   int
}

// maxNesting is how deep values may stand in each other; in a payload of ours five.
const maxNesting = 32

// member is one of an object: its name, and the value as it is spelled.
type member struct {
	name  []byte
	value json.RawMessage
}

// members are those of the object that text is, put behind those of all.
func members(text []byte, all []member) ([]member, bool) {
	s := scan{text: text}
	if !s.take('{') {
		return all, false
	}
	for n := 0; s.more(n, '}'); n++ {
		one, ok := s.member(maxNesting)
		if !ok {
			return all, false
		}
		all = append(all, one)
	}
	return all, s.take('}') && s.end()
}

// elements are the values of the array that text is.
func elements(text []byte) (all []json.RawMessage, ok bool) {
	s := scan{text: text}
	all, ok = s.elements()
	return all, ok && s.end()
}

func (s *scan) elements() (all []json.RawMessage, ok bool) {
	if !s.take('[') {
		return nil, false
	}
	for n := 0; s.more(n, ']'); n++ {
		value, ok := s.value(maxNesting)
		if !ok {
			return nil, false
		}
		all = append(all, value)
	}
	return all, s.take(']')
}

// more says that the nth of a list is to come, and steps over the comma before it.
func (s *scan) more(n int, closing byte) bool {
	s.space()
	if s.at < len(s.text) && s.text[s.at] == closing {
		return false
	}
	return n == 0 || s.take(',')
}

// member steps over a name and its value.
func (s *scan) member(depth int) (member, bool) {
	name, ok := s.name()
	if !ok {
		return member{}, false
	}
	value, ok := s.value(depth)
	return member{name, value}, ok
}

// name steps over a member's name and the colon. One that could be spelled in another
// way is not known here.
func (s *scan) name() ([]byte, bool) {
	quoted, ok := s.value(0)
	if !ok {
		return nil, false
	}
	name, ok := plainText(quoted)
	return name, ok && s.take(':')
}

// value steps over one value and returns it without the space around it. Its
// capacity ends with it, so that nobody appends to what follows.
func (s *scan) value(depth int) ([]byte, bool) {
	s.space()
	start := s.at
	ok := s.skip(depth)
	return s.text[start:s.at:s.at], ok
}

func (s *scan) skip(depth int) bool {
	if s.at == len(s.text) {
		return false
	}
	switch char := s.text[s.at]; {
	case char == '"':
		return s.skipText()
	case char == '-' || isDigit(char):
		return s.skipNumber()
	case char == '{' && depth > 0:
		return s.skipObject(depth - 1)
	case char == '[' && depth > 0:
		return s.skipArray(depth - 1)
	case char == 't':
		return s.skipWord("true")
	case char == 'f':
		return s.skipWord("false")
	case char == 'n':
		return s.skipWord("null")
	}
	return false
}

func (s *scan) skipObject(depth int) bool {
	s.at++
	for n := 0; s.more(n, '}'); n++ {
		if _, ok := s.member(depth); !ok {
			return false
		}
	}
	return s.take('}')
}

func (s *scan) skipArray(depth int) bool {
	s.at++
	for n := 0; s.more(n, ']'); n++ {
		if _, ok := s.value(depth); !ok {
			return false
		}
	}
	return s.take(']')
}

func (s *scan) skipText() bool {
	for i := s.at + 1; i < len(s.text); i++ {
		switch char := s.text[i]; {
		case char == '"':
			s.at = i + 1
			return true
		case char < ' ':
			return false
		case char == '\\':
			i++
			if size := escaped(s.text[i:]); size == 0 {
				return false
			} else {
				i += size - 1
			}
		}
	}
	return false
}

// escaped is how many bytes behind a backslash belong to it; 0 is for what JSON
// does not have there.
func escaped(text []byte) int {
	switch {
	case len(text) == 0:
		return 0
	case strings.IndexByte(`"\/bfnrt`, text[0]) >= 0:
		return 1
	case text[0] != 'u' || len(text) < 5:
		return 0
	}
	if _, err := hex.DecodeString(string(text[1:5])); err != nil {
		return 0
	}
	return 5
}

// skipNumber knows whole numbers. Behind that of a fraction there is no comma,
// which ends the walk.
func (s *scan) skipNumber() bool {
	if s.text[s.at] == '-' {
		s.at++
	}
	start := s.at
	for s.at < len(s.text) && isDigit(s.text[s.at]) {
		s.at++
	}
	return s.at == start+1 || s.at > start && s.text[start] != '0'
}

func isDigit(char byte) bool { return '0' <= char && char <= '9' }

func (s *scan) skipWord(word string) bool {
	if !bytes.HasPrefix(s.text[s.at:], []byte(word)) {
		return false
	}
	s.at += len(word)
	return true
}

func (s *scan) take(char byte) bool {
	s.space()
	if s.at == len(s.text) || s.text[s.at] != char {
		return false
	}
	s.at++
	return true
}

func (s *scan) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\n', '\r', '\t':
			s.at++
		default:
			return
		}
	}
}

func (s *scan) end() bool {
	s.space()
	return s.at == len(s.text)
}

// plainText is a text that stands between its quotes as it is.
func plainText(value []byte) (text []byte, ok bool) {
	if len(value) < 2 || value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 || !utf8.Valid(value) {
		return nil, false
	}
	return value[1 : len(value)-1], true
}

// decode is json.Unmarshal for a value that is JSON for certain: the frequent kinds
// without the machinery that reads every kind.
func decode(value json.RawMessage, into any) error {
	switch into := into.(type) {
	case *string:
		if text, ok := plainText(value); ok {
			*into = string(text)
			return nil
		}
	case *stamp:
		return decode(value, (*string)(into))
	case *otpcore.Kind:
		return decode(value, (*string)(into))
	case *otpcore.Algorithm:
		return decode(value, (*string)(into))
	case *int:
		if n, err := strconv.Atoi(string(value)); err == nil {
			*into = n
			return nil
		}
	case *bool:
		switch string(value) {
		case "true", "false":
			*into = value[0] == 't'
			return nil
		}
	case *[]string:
		if texts, ok := plainTexts(value); ok {
			*into = texts
			return nil
		}
	case json.Unmarshaler:
		return into.UnmarshalJSON(value)
	}
	return json.Unmarshal(value, into)
}

// plainTexts are those of a list.
func plainTexts(value []byte) (texts []string, ok bool) {
	all, ok := elements(value)
	if !ok {
		return nil, false
	}
	texts = make([]string, len(all))
	for i, one := range all {
		text, ok := plainText(one)
		if !ok {
			return nil, false
		}
		texts[i] = string(text)
	}
	return texts, true
}

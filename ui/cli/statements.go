package cli

import "strings"

// statement is where a TOML text sets a key, or begins a table. The library
// that reads the values does not say where they stand, and whoever is told of a
// mistake, or has a line changed, wants that line and no other.
type statement struct {
	line       int      // from 1
	start      int      // where the key begins
	path       []string // of the key, with its table's
	header     bool     // a table begins here
	value, end int      // the value lies between these
}

// statements finds them in a text that is TOML. In any other text it finds
// something, and comes to an end.
func statements(text string) (found []statement) {
	s := scanner{text: text, line: 1}
	var table []string
	for s.blank(); s.at < len(text); s.blank() {
		now := statement{line: s.line, start: s.at}
		if now.header = text[s.at] == '['; now.header {
			s.skip("[")
			table = s.key()
			now.path = table
			s.skip("]")
		} else {
			now.path = append(table[:len(table):len(table)], s.key()...)
			s.skip("= \t")
			now.value = s.at
			now.end = s.pass()
		}
		s.rest()
		if len(now.path) > 0 {
			found = append(found, now)
		}
	}
	return found
}

// scanner walks through a text and counts its lines.
type scanner struct {
	text     string
	at, line int
}

// to goes on to a place further on.
func (s *scanner) to(at int) {
	at = min(at, len(s.text))
	s.line += strings.Count(s.text[s.at:at], "\n")
	s.at = at
}

func (s *scanner) skip(cutset string) {
	s.to(len(s.text) - len(strings.TrimLeft(s.text[s.at:], cutset)))
}

// blank passes over space and comments.
func (s *scanner) blank() {
	for {
		s.skip(" \t\r\n\ufeff")
		if !strings.HasPrefix(s.text[s.at:], "#") {
			return
		}
		s.rest()
	}
}

// rest goes to the end of the line.
func (s *scanner) rest() {
	end := strings.IndexByte(s.text[s.at:], '\n')
	if end < 0 {
		end = len(s.text) - s.at
	}
	s.to(s.at + end)
}

// key reads the parts of a dotted key, bare or quoted.
func (s *scanner) key() (path []string) {
	for {
		s.skip(" \t")
		if s.at >= len(s.text) {
			return path
		}
		start := s.at
		switch c := s.text[s.at]; {
		case c == '"' || c == '\'':
			s.quote()
			path = append(path, strings.Trim(s.text[start:s.at], string(c)))
		default:
			end := strings.IndexAny(s.text[s.at:], " \t.=]#\r\n")
			if end < 0 {
				end = len(s.text) - s.at
			}
			s.to(s.at + end)
			path = append(path, s.text[start:s.at])
		}
		s.skip(" \t")
		if !strings.HasPrefix(s.text[s.at:], ".") {
			return path
		}
		s.to(s.at + 1)
	}
}

// pass goes over a value and returns where it ends. Lists and inline tables go on
// over lines; what looks like their end may stand in a string or a comment.
func (s *scanner) pass() (end int) {
	depth := 0
	end = s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case '"', '\'':
			s.quote()
			end = s.at
			continue
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '#':
			if depth <= 0 {
				return end
			}
			s.rest()
			continue
		case '\n':
			if depth <= 0 {
				return end
			}
		}
		s.to(s.at + 1)
		if c := s.text[s.at-1]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			end = s.at
		}
	}
	return end
}

// quote goes over a string, of one line or of several.
func (s *scanner) quote() {
	mark := s.text[s.at : s.at+1]
	escapes := mark == `"`
	if long := strings.Repeat(mark, 3); strings.HasPrefix(s.text[s.at:], long) {
		mark = long
	}
	for s.to(s.at + len(mark)); s.at < len(s.text); s.to(s.at + 1) {
		switch {
		case escapes && s.text[s.at] == '\\':
			s.to(s.at + 1)
		case strings.HasPrefix(s.text[s.at:], mark):
			// Up to two quotation marks may stand right before the three that end it.
			for s.to(s.at + len(mark)); len(mark) == 3 && strings.HasPrefix(s.text[s.at:], mark[:1]); {
				s.to(s.at + 1)
			}
			return
		case len(mark) == 1 && s.text[s.at] == '\n':
			return
		}
	}
}

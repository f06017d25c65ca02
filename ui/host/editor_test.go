package host

import (
	"bytes"
	"errors"
	"testing"
)

func TestEditingAHiddenLine(t *testing.T) {
	for _, c := range []struct{ name, typed, want string }{
		{"as typed", "correct horse\r", "correct horse"},
		{"line feed", "pasted\n", "pasted"},
		{"a tab belongs to it", "a\tb\r", "a\tb"},
		{"controls do not", "a\x00\x01\x07b\r", "ab"},
		{"backspace takes a character", "Zü\x7f\x7fürich\r", "ürich"},
		{"the other backspace", "ab\x08c\r", "ac"},
		{"backspace at the start", "\x7f\x7fa\r", "a"},
		{"backspace over bytes that are no character", "a\xff\xfe\x7f\r", "a\xff"},
		{"ctrl-u takes all", "wrong\x15right\r", "right"},
		{"ctrl-w takes a word", "correct horse \x17battery\r", "correct battery"},
		{"ctrl-w at the start", "\x17a\r", "a"},
		{"ctrl-d after something ends it", "abc\x04", "abc"},
		{"arrow keys", "a\x1b[Db\x1b[1;5Cc\x1bOPd\r", "abcd"},
		{"escape alone", "a\x1bb\r", "ab"},
		{"escape before enter", "a\x1b\r", "a"},
		{"a bracket is not a sequence", "a[D\r", "a[D"},
		{"a pasted text's brackets", "\x1b[200~abc\x1b[201~\r", "abc"},
		{"empty", "\r", ""},
	} {
		line, err := edit([]byte(c.typed))
		if !errors.Is(err, errEnd) || string(line) != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, line, err, c.want)
		}
	}
	for typed, want := range map[string]error{"ab\x03": ErrCancelled, "ab\x1c": ErrCancelled, "\x04": ErrCancelled, "ab\x1a": errSuspend} {
		if _, err := edit([]byte(typed)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", typed, err, want)
		}
	}
}

// What is deleted from the line is gone from memory.
func TestDeletedTextIsWiped(t *testing.T) {
	for _, key := range []byte{ctrlU, ctrlW, backspace} {
		line, _ := edit(append([]byte("passphrase"), key))
		if rest := line[len(line):10]; !bytes.Equal(rest, make([]byte, len(rest))) || len(rest) == 0 {
			t.Errorf("%#x leaves %q", key, rest)
		}
	}
}

func FuzzEditing(f *testing.F) {
	f.Add([]byte("a\x1b[1;5Cb\x7f\x17\x15\r"))
	f.Add([]byte("\x1b\x1b[\x1bO\x04"))
	f.Fuzz(func(t *testing.T, typed []byte) {
		line, _ := edit(typed)
		for _, b := range line {
			if b < ' ' && b != '\t' || b == del {
				t.Fatalf("%q in the line of %q", b, typed)
			}
		}
	})
}

// edit types until the editor has something to say.
func edit(typed []byte) (line []byte, err error) {
	line = make([]byte, 0, maxLine)
	var e editor
	for _, b := range typed {
		if line, err = e.apply(line, b); err != nil {
			break
		}
	}
	return line, err
}

package exchange

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// table is the CSV of password managers: a header, and a column that holds a URI
// or a key. Rows are as long as they like.
var table = format{
	name: "CSV", file: "CSV with a header: KeePassXC, Apple Passwords, Bitwarden, Proton Pass, KeePass 2, others",
	recognises: isTable,
	read:       readTable,
}

// The names of columns, the surest first.
var (
	totpColumns  = []string{"login_totp", "totp", "otpauth", "otpurl", "otpsecret", "timeotp-secret-base32", "hmacotp-secret-base32", "otp"}
	titleColumns = []string{"name", "title"}
	userColumns  = []string{"login_username", "username", "user name", "email"}
	groupColumns = []string{"folder", "group", "vault"}
	noteColumns  = []string{"notes", "note"}
	pinColumns   = []string{"favorite"}
)

// isTable takes a text whose first line has commas and no URI, and which has a
// column for codes or a URI in a later cell.
func isTable(f *file) bool {
	if f.json.open != 0 || !strings.Contains(f.head(), ",") {
		return false
	}
	header := readHeader(f.text)
	if len(header) < 2 || strings.Contains(strings.Join(header, ","), "://") {
		return false
	}
	return slices.ContainsFunc(header, func(name string) bool { return strings.Contains(name, "otp") }) ||
		strings.Contains(f.text, ",otpauth://") || strings.Contains(f.text, `,"otpauth://`)
}

func newTable(content string) *csv.Reader {
	rows := csv.NewReader(strings.NewReader(content))
	rows.FieldsPerRecord = -1
	rows.LazyQuotes = true
	return rows
}

// readHeader gives the names of the first line, in lower case.
func readHeader(content string) []string {
	content = strings.TrimLeft(content, "\r\n")
	end := strings.IndexAny(content, "\r\n")
	if end < 0 || strings.HasPrefix(content, "#") {
		return nil
	}
	names, err := newTable(content[:end]).Read()
	if err != nil {
		return nil
	}
	for i, name := range names {
		names[i] = strings.ToLower(strings.TrimSpace(name))
	}
	return names
}

func readTable(r *reader, f *file) error {
	content := strings.TrimLeft(lineEnds.Replace(f.text), "\n")
	columns := columnsOf(readHeader(content), content)
	rows := newTable(content)
	_, _ = rows.Read()
	for number := 1; ; number++ {
		row, err := rows.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return ErrDamaged
		}
		r.addRow(fmt.Sprintf("row %d", number), columns, row)
	}
}

type columns struct {
	totp, title, user, group, note, pin int
	keePassXC                           bool
}

func columnsOf(header []string, content string) columns {
	c := columns{
		totp: column(header, totpColumns), title: column(header, titleColumns), user: column(header, userColumns),
		group: column(header, groupColumns), note: column(header, noteColumns), pin: column(header, pinColumns),
	}
	if c.totp < 0 {
		c.totp = uriColumn(content)
	}
	if c.totp < 0 {
		c.totp = slices.IndexFunc(header, func(name string) bool { return strings.Contains(name, "otp") })
	}
	c.keePassXC = slices.Contains(header, "last modified")
	return c
}

func column(header, names []string) int {
	for _, name := range names {
		if i := slices.Index(header, name); i >= 0 {
			return i
		}
	}
	return -1
}

// uriColumn looks for the first cell that holds a URI.
func uriColumn(content string) int {
	rows := newTable(content)
	for {
		row, err := rows.Read()
		if err != nil {
			return -1
		}
		if i := slices.IndexFunc(row, func(cell string) bool { return strings.HasPrefix(strings.ToLower(cell), "otpauth://") }); i >= 0 {
			return i
		}
	}
}

func (r *reader) addRow(where string, c columns, row []string) {
	cell := func(i int) string {
		if i < 0 || i >= len(row) {
			return ""
		}
		return strings.TrimSpace(row[i])
	}
	l := login{
		value: cell(c.totp), title: cell(c.title), user: cell(c.user), note: cell(c.note),
		tags: []string{cell(c.group)}, pinned: cell(c.pin) == "1",
	}
	if c.keePassXC {
		_, group, _ := strings.Cut(cell(c.group), "/") // the first is the database itself
		l.tags = []string{group}
		if bin, _, _ := strings.Cut(group, "/"); bin == "Recycle Bin" && l.value != "" {
			r.skip(label(where, l.title, l.user), inTrash)
			return
		}
		l.value = keePassValue(l.value, l)
	}
	r.addLogin(where, l)
}

package exchange

import (
	"fmt"
	"strings"

	"otpane/otpcore"
)

// list is what everybody writes: Aegis, Stratum, FreeOTP+, WinAuth, ente, Google's
// transfer as text, and the files of pass and gopass.
var list = format{
	name: "otpauth list", file: "text with otpauth, otpauth-migration and steam URIs: Google's transfer, WinAuth, pass, gopass, and nearly every other",
	recognises: isList,
	read:       readList,
}

// isList takes any text in which a URI of ours begins on some line, but no JSON:
// its URIs are inside strings, and end in a quotation mark.
func isList(f *file) bool {
	if f.json.open != 0 || !strings.Contains(f.text, ":") {
		return false
	}
	for line := range lines(f.text) {
		if !isComment(line) && (len(findURIs(line)) > 0 || passKey(line) != "") {
			return true
		}
	}
	return false
}

// readList reads one URI a line, or several with commas between them (ente).
// Blank lines and comments mean nothing; other lines are skipped and counted, so
// that a file of pass or gopass, whose first line is a password, can be read. One
// URI and nothing else is what a site shows, and no list.
func readList(r *reader, f *file) error {
	var other run
	number := 0
	for line := range lines(f.text) {
		number++
		if strings.TrimSpace(line) == "" || isComment(line) {
			continue
		}
		uris := findURIs(line)
		if key := passKey(line); key != "" {
			other.flush(&r.collector)
			r.add(fmt.Sprintf("line %d", number), entry{secret: key})
			continue
		}
		if len(uris) == 0 {
			other.add(number)
			continue
		}
		other.flush(&r.collector)
		for _, uri := range uris {
			r.addURI(fmt.Sprintf("line %d", number), uri)
		}
	}
	other.flush(&r.collector)
	if only := strings.TrimSpace(f.text); len(findSchemes(only)) == 1 && len(strings.Fields(only)) == 1 {
		r.enrolling(only)
	}
	return nil
}

// passKey is the key in gopass's field "totp: KEY", which has no URI and no
// names (gopass, pkg/otp). It has to be long enough to be none by chance.
func passKey(line string) string {
	name, key, _ := strings.Cut(line, ":")
	if !strings.EqualFold(strings.TrimSpace(name), "totp") {
		return ""
	}
	if secret, err := otpcore.ParseSecret(key); err != nil || secret.Len() < 10 {
		return ""
	}
	return key
}

func isComment(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "#") }

// schemes are those that a list may hold, the longer before those they end in.
// What cannot be computed is here too: it is reported, not overlooked.
var schemes = []string{"otpauth-migration", "apple-otpauth", "otpauth", "steam", "motp"}

// findURIs cuts the URIs out of a line. Words in front are tolerated
// ("QR-Code:otpauth://…"), but not a comma, which means a row of a table whose
// later cells would become part of the URI, and not another link. Further URIs
// begin after a comma or a space; a comma inside a label does not matter.
func findURIs(line string) []string {
	line = strings.Replace(line, "otpauth: //", "otpauth://", 1) // gopass makes a field of it
	starts := findSchemes(line)
	if len(starts) == 0 || strings.Contains(line[:starts[0]], ",") || strings.Contains(line[:starts[0]], "://") {
		return nil
	}
	var uris []string
	from := starts[0]
	for _, start := range append(starts[1:], len(line)) {
		if start == len(line) || strings.ContainsRune(", \t", rune(line[start-1])) {
			uris = append(uris, strings.TrimRight(line[from:start], ", \t"))
			from = start
		}
	}
	return uris
}

// isURI reports a text that is one whole URI of ours.
func isURI(text string) bool {
	starts := findSchemes(text)
	return len(starts) > 0 && starts[0] == 0
}

// findSchemes returns where the known schemes begin.
func findSchemes(line string) (starts []int) {
	for at := 0; ; at += len("://") {
		next := strings.Index(line[at:], "://")
		if next < 0 {
			return starts
		}
		at += next
		for _, scheme := range schemes {
			if start := at - len(scheme); start >= 0 && strings.EqualFold(line[start:at], scheme) {
				starts = append(starts, start)
				break
			}
		}
	}
}

// run counts lines that are no account, so that a page of prose is one entry.
type run struct{ first, last int }

func (r *run) add(line int) {
	if r.first == 0 {
		r.first = line
	}
	r.last = line
}

func (r *run) flush(c *collector) {
	switch {
	case r.first == 0:
		return
	case r.first == r.last:
		c.skip(fmt.Sprintf("line %d", r.first), "not an otpauth URI")
	default:
		c.skip(fmt.Sprintf("lines %d to %d", r.first, r.last), "no otpauth URIs")
	}
	*r = run{}
}

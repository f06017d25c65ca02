package ui

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// What people drop, paste and type where something is to be imported: a text, a
// picture as a data: URL, or paths of files as terminals write them.

// isText tells otpauth URIs and exports from a path.
func isText(text string) bool {
	lower := strings.ToLower(text)
	return strings.Contains(lower, "otpauth") && strings.Contains(lower, "://") || strings.HasPrefix(lower, "steam://") ||
		strings.HasPrefix(lower, "data:") || strings.HasPrefix(lower, "{")
}

// dataURL decodes "data:image/png;base64,…" (RFC 2397), as browsers copy
// pictures. It never fetches anything.
func dataURL(text string) ([]byte, bool) {
	if len(text) < 5 || !strings.EqualFold(text[:5], "data:") {
		return nil, false
	}
	head, body, ok := strings.Cut(text, ",")
	if !ok || !strings.HasSuffix(strings.ToLower(head), ";base64") {
		return nil, false
	}
	body = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' || r == '\r' || r == '\t' {
			return -1
		}
		return r
	}, body)
	data, err := base64.StdEncoding.DecodeString(body)
	return data, err == nil
}

// droppedPaths undoes what terminals do to the paths of dropped files: quotes,
// backslashes before blanks, file:// URLs, several in a row. A bare path with
// blanks is one path: nothing in it says where another would begin.
func droppedPaths(text string) []string {
	var paths []string
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		paths = append(paths, pathsInLine(strings.TrimSpace(line))...)
	}
	return paths
}

func pathsInLine(line string) []string {
	words, marked := shellWords(line)
	if !marked && !allPaths(words) {
		return []string{fileURL(line)}
	}
	for i, word := range words {
		words[i] = fileURL(word)
	}
	return words
}

// fileURL is the path of a file:// URL; anything else is a path already. It is not
// taken apart as a URL: terminals paste "#" and "?" of a name as they are.
func fileURL(text string) string {
	if len(text) < 7 || !strings.EqualFold(text[:7], "file://") {
		return text
	}
	at := strings.IndexByte(text[7:], '/') // behind the host, which is this one
	if at < 0 {
		return text
	}
	path := text[7+at:]
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	if len(path) > 2 && path[2] == ':' { // file:///C:/…
		path = path[1:]
	}
	return path
}

// allPaths reports words that each begin as a path does: several files dropped
// by a terminal that had nothing to quote.
func allPaths(words []string) bool {
	for _, word := range words {
		if !strings.HasPrefix(word, "/") && !strings.HasPrefix(word, "~/") && !strings.HasPrefix(word, "file://") {
			return false
		}
	}
	return len(words) > 0
}

// shellWords splits at blanks that are neither quoted nor escaped, and reports
// whether anything was. A backslash before a letter is a Windows path's own.
func shellWords(line string) (words []string, marked bool) {
	var word strings.Builder
	quote, escaped := rune(0), false
	for _, r := range line {
		switch {
		case escaped:
			if strings.ContainsRune(pathLetters, r) {
				word.WriteByte('\\')
			} else {
				marked = true
			}
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped = true
		case quote == 0 && (r == '\'' || r == '"'), r == quote:
			marked = true
			quote = r - quote
		case r == ' ' && quote == 0:
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
		default:
			word.WriteRune(r)
		}
	}
	if quote != 0 {
		return nil, false // an apostrophe, not a quote
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	return words, marked
}

const pathLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// SyncedBy names the service whose folder a path lies in, by the names that they
// give their folders; "" if none is seen.
func SyncedBy(path string) string {
	for _, folder := range strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		for _, s := range synchronisers {
			if strings.HasPrefix(folder, s.folder) {
				return s.name
			}
		}
	}
	return ""
}

// synchronisers by how their folders begin: "OneDrive - Work", "GoogleDrive-bob@…".
var synchronisers = []struct{ folder, name string }{
	{"Dropbox", "Dropbox"}, {"OneDrive", "OneDrive"}, {"Google Drive", "Google Drive"}, {"GoogleDrive", "Google Drive"}, {"My Drive", "Google Drive"},
	{"iCloud", "iCloud"}, {"com~apple~CloudDocs", "iCloud"}, {"Mobile Documents", "iCloud"},
	{"Nextcloud", "Nextcloud"}, {"ownCloud", "ownCloud"}, {"Syncthing", "Syncthing"}, {"pCloudDrive", "pCloud"}, {"MEGA", "MEGA"},
}

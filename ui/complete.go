package ui

import (
	"path/filepath"
	"slices"
	"strings"
)

// completion finishes a typed path: tab adds what all candidates share, then goes
// through them one by one. Candidates show where the browser was.
type completion struct {
	folder  string // as it was typed, with its slash; what entries are of
	loaded  bool
	entries []entry
	awaited bool // tab was pressed, and the listing is on its way

	cycle []entry // what tab goes through; nil until there is nothing to add
	at    int
}

// split parts a typed path behind its last slash.
func split(text string) (folder, name string) {
	at := strings.LastIndexAny(text, "/"+string(filepath.Separator)) + 1
	return text[:at], text[at:]
}

// press answers tab and shift-tab, and the arrows while there are candidates.
func (c *completion) press(m *intake, by int) want {
	text := m.path.value()
	if text == "~" {
		m.path.set("~/")
		return nil
	}
	folder, name := split(text)
	switch {
	case len(c.cycle) > 0:
		c.at = (c.at + by + len(c.cycle)) % len(c.cycle)
		m.path.set(c.folder + candidate(c.cycle[c.at]))
		return nil
	case !c.loaded || c.folder != folder:
		*c = completion{folder: folder, awaited: true}
		if folder == "" {
			folder = "."
		}
		return wantList{page: m, folder: folder, typed: true}
	}
	c.complete(m, name, by)
	return nil
}

// complete adds what all candidates share. Where that is nothing, the candidates
// themselves come one after another.
func (c *completion) complete(m *intake, name string, by int) {
	found := c.matching(name)
	if len(found) == 0 {
		m.notice = "Nothing here begins with that."
		return
	}
	shared := candidate(found[0])
	for _, e := range found[1:] {
		shared = common(shared, candidate(e))
	}
	if len(found) == 1 || len(shared) > len(name) {
		m.path.set(c.folder + shared)
		return
	}
	if by == 0 { // they have only just come into sight
		return
	}
	c.cycle, c.at = found, 0
	if by < 0 {
		c.at = len(found) - 1
	}
	m.path.set(c.folder + candidate(found[c.at]))
}

func candidate(e entry) string {
	if e.Dir {
		return e.Name + "/"
	}
	return e.Name
}

// matching are the entries that begin with name; letters of either case where no
// other fits. Names that begin with a dot are for who types the dot.
func (c *completion) matching(name string) []entry {
	for _, same := range []func(string, string) bool{strings.HasPrefix, hasPrefixFold} {
		var found []entry
		for _, e := range c.entries {
			if same(e.Name, name) && (name != "" || !strings.HasPrefix(e.Name, ".")) {
				found = append(found, e)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// common is what two names share at their beginning, in whole characters.
func common(a, b string) string {
	end := 0
	for i, r := range a {
		size := len(string(r))
		if !strings.HasPrefix(b[min(i, len(b)):], a[i:min(i+size, len(a))]) {
			break
		}
		end = i + size
	}
	return a[:min(end, len(a))]
}

// shown are the candidates for what is typed, and which of them stands in the field.
func (c *completion) shown(text string) (found []entry, at int) {
	if len(c.cycle) > 0 {
		return c.cycle, c.at
	}
	folder, name := split(text)
	if !c.loaded || c.folder != folder {
		return nil, -1
	}
	return c.matching(name), -1
}

// known reports a file of that very name: what is completed is not taken apart
// again at its blanks and quotes.
func (c *completion) known(folder, name string) bool {
	return c.loaded && c.folder == folder && slices.ContainsFunc(c.entries, func(e entry) bool { return e.Name == name && !e.Dir })
}

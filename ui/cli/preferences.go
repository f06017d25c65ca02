package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"otpane/ui"
)

// preferences are the settings while the pane runs. They are changed in the file
// first, in the one place that says so, and hold from there: what somebody wrote
// around it stays, comments and order too.
type preferences struct {
	path string

	mu  sync.Mutex
	now settings
}

// apply hands the settings to the pane: when it starts, and after every change.
func (s settings) apply(c *ui.Config, t *ui.Terminal) {
	t.Theme, t.ASCII, t.Title, t.Keys = string(s.Theme), s.ASCII, s.Title, s.Keys
	t.Colours = s.Colours
	c.ClearAfter, c.LockAfter, c.Guard = s.ClearAfter.Duration, s.LockAfter.Duration, s.Guard.Duration
	c.Masked, c.HideOnBlur, c.Grouping = s.Masked, s.HideOnBlur, ui.Grouping(s.Grouping)
	c.Inbox, c.AskInbox = s.Inbox.folder(), s.Inbox == inboxAsks
	c.Agent = s.Agent.otherwise()
	c.AllSeconds, c.Mouse, c.Progress = s.Seconds == "all", s.Mouse, s.Progress
}

func (p *preferences) current() settings {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// page is what the settings page does; edit is nil where there is no editor.
func (p *preferences) page(edit func(path string) error) *ui.Settings {
	page := &ui.Settings{
		Path: p.path, Rows: p.rows, Change: p.step, Bind: p.bind, Inbox: p.watch, Agent: p.serve,
		Apply: func(c *ui.Config, t *ui.Terminal) { p.current().apply(c, t) },
	}
	if edit != nil {
		page.Edit = func() error { return p.open(edit) }
	}
	return page
}

// open shows the file in the user's editor and reads what was saved.
func (p *preferences) open(edit func(path string) error) error {
	if _, err := os.Stat(p.path); errors.Is(err, fs.ErrNotExist) {
		if err := writeSettings(p.path); err != nil {
			return err
		}
	}
	if err := edit(p.path); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	text, err := readFile(p.path, maxSettings)
	if err != nil {
		return err
	}
	s := defaults()
	if problems := s.read(string(text)); len(problems) > 0 {
		return problemIn(filepath.Base(p.path), problems[0])
	}
	p.now = s
	return nil
}

func (p *preferences) rows() (rows []ui.Setting) {
	s := p.current()
	for _, row := range settingsTable() {
		if row.title != "" {
			rows = append(rows, ui.Setting{Name: row.name, Title: row.title, Value: row.words(s), Note: row.comment})
		}
	}
	return rows
}

// step sets what comes before or after the present value. One that a hand wrote is
// between two steps, or behind the last.
func (p *preferences) step(name string, by int) error {
	table := settingsTable()
	i := slices.IndexFunc(table, func(row setting) bool { return row.name == name && row.title != "" })
	if i < 0 {
		return nil
	}
	row := table[i]
	return p.change([]string{name}, func(s settings) string {
		at := slices.IndexFunc(row.steps, func(step string) bool { return row.words(s.with(row.name, step)) == row.words(s) })
		if at < 0 && by < 0 {
			at = 0
		}
		return row.steps[(at+by+len(row.steps))%len(row.steps)]
	})
}

// bind gives an action its keys; none brings back those it has by itself.
func (p *preferences) bind(action string, keys []string) error {
	if keys == nil {
		for _, a := range ui.Actions() {
			if a.Name == action {
				keys = a.Keys
			}
		}
	}
	return p.change([]string{"keys", action}, func(settings) string { return wordsTOML(keys) })
}

// with is the settings with one value set, as config.toml would write it.
func (s settings) with(name, value string) settings {
	_ = s.read(name + " = " + value)
	return s
}

// change edits one line of the file as it is now: an editor may have saved another
// since. What comes out is read before it is written, so that nothing is saved
// that otpane would refuse at its next start.
func (p *preferences) change(path []string, value func(settings) string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	text, err := readFile(p.path, maxSettings)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte(settingsFile()), os.MkdirAll(filepath.Dir(p.path), 0o700)
	}
	if err != nil {
		return err
	}
	s := defaults()
	if problems := s.read(string(text)); len(problems) > 0 {
		return problemIn(filepath.Base(p.path), problems[0])
	}
	wanted := value(s)
	edited := setLine(string(text), path, wanted)
	s = defaults()
	if problems := s.read(edited); len(problems) > 0 {
		return problemIn(filepath.Base(p.path), problems[0])
	}
	if !says(edited, path, wanted) {
		return &fault{status: failed, what: filepath.Base(p.path) + " says it in another way", hint: "change it there"}
	}
	if err := p.save([]byte(edited)); err != nil {
		return err
	}
	p.now = s
	return nil
}

// says reports whether a text sets a value: whatever the edit met, this is what
// counts.
func says(text string, path []string, value string) bool {
	var whole, one map[string]any
	if _, err := toml.Decode(text, &whole); err != nil {
		return false
	}
	if _, err := toml.Decode("value = "+value, &one); err != nil {
		return false
	}
	for _, part := range path[:len(path)-1] {
		whole, _ = whole[part].(map[string]any)
	}
	return equalTOML(whole[path[len(path)-1]], one["value"])
}

func equalTOML(a, b any) bool {
	x, list := a.([]any)
	y, other := b.([]any)
	if list && other {
		return slices.EqualFunc(x, y, equalTOML)
	}
	return list == other && a == b
}

// save replaces the file in one rename, with the mode it had. Settings kept with
// others in one place are often a link: then it is its target that is replaced.
func (p *preferences) save(text []byte) error {
	path := p.path
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if err := replace(path, text); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}

// setLine sets one key of a text: where it is set; else below the comment that
// tells its default; else at the end of what belongs together.
func setLine(text string, path []string, value string) string {
	name, table := path[len(path)-1], path[:len(path)-1]
	all := statements(text)
	for _, at := range all {
		if !at.header && slices.Equal(at.path, path) {
			return text[:at.value] + value + text[at.end:]
		}
	}
	from, to, there := region(text, all, table)
	line := name + " = " + value
	if at := afterDotted(text, all, table); !there && at >= 0 {
		return joinLines(text, at, strings.Join(path, ".")+" = "+value)
	}
	if !there {
		return joinLines(text, len(text), "", "["+strings.Join(table, ".")+"]", line)
	}
	if at := defaultLine(text, all, name, from, to); at >= 0 {
		return joinLines(text, at, line)
	}
	last := from
	for _, at := range all {
		if at.start >= from && at.start < to {
			last = endOfLine(text, max(at.end, at.start))
		}
	}
	if last == from && len(table) == 0 {
		last = to
	}
	return joinLines(text, last, line)
}

// afterDotted is below the last of a table's keys that are written with its name in
// front, or -1: beside those the table must not be begun (TOML 1.0, Table).
func afterDotted(text string, all []statement, table []string) int {
	below := -1
	for _, at := range all {
		if !at.header && len(table) > 0 && len(at.path) > len(table) && slices.Equal(at.path[:len(table)], table) {
			below = endOfLine(text, at.end)
		}
	}
	return below
}

// region is where the keys of a table stand; those of none stand before the first.
func region(text string, all []statement, table []string) (from, to int, there bool) {
	there = len(table) == 0
	to = len(text)
	for _, at := range all {
		switch {
		case !at.header:
		case there:
			return from, startOfBlock(text, at.start), true
		case slices.Equal(at.path, table):
			from, there = endOfLine(text, at.start), true
		}
	}
	return from, to, there
}

// startOfBlock goes back over the comment that stands above a table.
func startOfBlock(text string, at int) int {
	start := strings.LastIndexByte(text[:at], '\n') + 1
	for start > 0 {
		above := strings.LastIndexByte(text[:start-1], '\n') + 1
		if !strings.HasPrefix(strings.TrimLeft(text[above:start], " \t"), "#") {
			break
		}
		start = above
	}
	return start
}

// defaultLine finds "#name = " in a region, and not inside a value; it returns
// where the next line begins, or -1.
func defaultLine(text string, all []statement, name string, from, to int) int {
	for at := from; at < to; at = endOfLine(text, at) {
		comment, found := strings.CutPrefix(strings.TrimLeft(text[at:endOfLine(text, at)], " \t"), "#")
		rest, named := strings.CutPrefix(strings.TrimLeft(comment, " \t"), name)
		inside := slices.ContainsFunc(all, func(s statement) bool { return s.start < at && at < s.end })
		if found && named && !inside && strings.HasPrefix(strings.TrimLeft(rest, " \t"), "=") {
			return endOfLine(text, at)
		}
	}
	return -1
}

// endOfLine is where the line after at begins.
func endOfLine(text string, at int) int {
	if end := strings.IndexByte(text[at:], '\n'); end >= 0 {
		return at + end + 1
	}
	return len(text)
}

// joinLines puts lines at the beginning of a line, ended as the others are.
func joinLines(text string, at int, lines ...string) string {
	end := "\n"
	if strings.Contains(text, "\r\n") {
		end = "\r\n"
	}
	before := text[:at]
	if before != "" && !strings.HasSuffix(before, "\n") {
		before += end
	}
	return before + strings.Join(lines, end) + end + text[at:]
}

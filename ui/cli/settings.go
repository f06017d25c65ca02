package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/adrg/xdg"

	"otpane/ui"
)

// settings are what config.toml may say. None holds a secret.
type settings struct {
	ClearAfter, LockAfter, Guard duration
	Masked, ASCII                bool
	Theme                        theme
	Grouping                     grouping
	HideOnBlur, Mouse            bool
	Title, Progress, Plain       bool
	Seconds                      rows
	Inbox                        inbox
	Agent                        serving
	Keyring                      bool
	CopyCommand                  []string
	Keys                         map[string][]string
	Colours                      map[string]string
	Vaults                       []place
}

// setting is one key of config.toml. A new one is a field of settings and a row
// of the table: the file that `config init` writes, what `config check` knows and
// the settings page are made from it.
type setting struct {
	name     string
	standard string              // the default, as config.toml writes it
	comment  string              // its line in the file
	takes    string              // what it may be, told to whoever wrote something else
	into     func(*settings) any // where the value goes

	// On the settings page; a setting without title is left to the file.
	title string
	words func(settings) string // the value in words
	steps []string              // the values to choose from, as config.toml writes them

	table *section // if it is one
}

// section is a setting with entries of its own, which otpane does not all know.
type section struct {
	entries func() []setting // name, default and comment, for the file
	takes   string           // each of them
	put     func(s *settings, name string, decode func(any) error) error
	check   func(settings) []problem // with the entries in place of lines
}

const aTime = `a time like "30s" or "10m"`

func settingsTable() []setting {
	return []setting{
		{
			name: "theme", standard: `"default"`, comment: "colours: " + strings.Join(ui.Themes(), ", "),
			takes: "one of " + strings.Join(ui.Themes(), ", "), into: func(s *settings) any { return &s.Theme },
			title: "theme", words: func(s settings) string { return s.Theme.words() }, steps: quoted(ui.Themes()...),
		},
		{
			name: "guard", standard: `"3s"`, comment: "this close to its end a code is not handed out, but the next one when it starts",
			takes: aTime, into: func(s *settings) any { return &s.Guard },
			title: "hand out the next code", words: func(s settings) string { return s.Guard.words("in the last ", "") },
			steps: quoted("0s", "1s", "2s", "3s", "5s", "7s"),
		},
		{
			name: "clear_after", standard: `"30s"`, comment: `a copied code leaves the clipboard after this time; "0s" is never`,
			takes: aTime, into: func(s *settings) any { return &s.ClearAfter },
			title: "clear the clipboard", words: func(s settings) string { return s.ClearAfter.words("after ", "") },
			steps: quoted("10s", "20s", "30s", "45s", "60s", "2m", "0s"),
		},
		{
			name: "lock_after", standard: `"10m"`, comment: `the pane locks after this time without a key; "0s" is never`,
			takes: aTime, into: func(s *settings) any { return &s.LockAfter },
			title: "lock", words: func(s settings) string { return s.LockAfter.words("after ", " idle") },
			steps: quoted("1m", "2m", "5m", "10m", "15m", "30m", "60m", "0s"),
		},
		{
			name: "masked", standard: "false", comment: "codes start hidden",
			takes: "true or false", into: func(s *settings) any { return &s.Masked },
			title: "codes", words: func(s settings) string { return either(s.Masked, "hidden at the start", "shown") },
			steps: []string{"false", "true"},
		},
		{
			name: "ascii", standard: "false", comment: "no box, block or arrow characters",
			takes: "true or false", into: func(s *settings) any { return &s.ASCII },
			title: "characters", words: func(s settings) string { return either(s.ASCII, "ASCII alone", "lines, blocks and arrows") },
			steps: []string{"false", "true"},
		},
		{
			name: "grouping", standard: `"auto"`, comment: `digits of a code that stand together: "auto", "off", or 2 to 5`,
			takes: `"auto", "off" or a number from 2 to 5`, into: func(s *settings) any { return &s.Grouping },
			title: "digits of a code", words: func(s settings) string { return s.Grouping.words() },
			steps: []string{`"auto"`, `"off"`, "2", "3", "4", "5"},
		},
		{
			name: "seconds", standard: `"selected"`, comment: `where seconds stand: "selected" is the one row, "all" every row`,
			takes: `"selected" or "all"`, into: func(s *settings) any { return &s.Seconds },
			title: "seconds", words: func(s settings) string { return either(s.Seconds == "all", "on every row", "on the selected row") },
			steps: quoted("selected", "all"),
		},
		{
			name: "hide_on_blur", standard: "false", comment: "codes hide while the terminal says that the keyboard is elsewhere",
			takes: "true or false", into: func(s *settings) any { return &s.HideOnBlur },
			title: "without the keyboard", words: func(s settings) string { return either(s.HideOnBlur, "codes hide", "codes stay") },
			steps: []string{"false", "true"},
		},
		{
			name: "mouse", standard: "true", comment: "a click copies its row, the wheel scrolls; false leaves both to the terminal",
			takes: "true or false", into: func(s *settings) any { return &s.Mouse },
			title: "mouse", words: func(s settings) string { return either(s.Mouse, "copies and scrolls", "off") },
			steps: []string{"true", "false"},
		},
		{
			name: "title", standard: "false", comment: "the window's title: how many accounts, or locked; never a name or a code",
			takes: "true or false", into: func(s *settings) any { return &s.Title },
			title: "window title", words: func(s settings) string { return either(s.Title, "on", "off") },
			steps: []string{"false", "true"},
		},
		{
			name: "progress", standard: "false", comment: "the selected account's bar on the terminal's tab (OSC 9;4)",
			takes: "true or false", into: func(s *settings) any { return &s.Progress },
			title: "bar on the tab", words: func(s settings) string { return either(s.Progress, "on", "off") },
			steps: []string{"false", "true"},
		},
		{
			name: "inbox", standard: `"ask"`, comment: `a folder whose new pictures are searched for QR codes, "off", or "ask" after the first import from one`,
			takes: `a folder such as "~/Pictures/Screenshots", "off" or "ask"`, into: func(s *settings) any { return &s.Inbox },
			title: "screenshot inbox", words: func(s settings) string { return s.Inbox.words() },
			steps: []string{strconv.Quote(inboxAsks), strconv.Quote(inboxOff), strconv.Quote(screenshots())},
		},
		{
			name: "agent", standard: `"off"`, comment: `an unlocked pane gives codes to commands: "ask" asks for each, "allow" does not; rules of accounts and tags go first`,
			takes: `"off", "ask" or "allow"`, into: func(s *settings) any { return &s.Agent },
			title: "codes for commands", words: func(s settings) string { return s.Agent.words() }, steps: quoted("off", "ask", "allow"),
		},
		{
			name: "keyring", standard: "false", comment: "open the vault by the system's keyring, after otpane recipients keyring; a locked pane still asks",
			takes: "true or false", into: func(s *settings) any { return &s.Keyring },
			title: "opened by", words: func(s settings) string {
				return either(s.Keyring, "the keyring, then the passphrase", "the passphrase")
			},
			steps: []string{"false", "true"},
		},
		{
			name: "plain", standard: "false", comment: "lines for a screen reader, never redrawn; for once: otpane --plain",
			takes: "true or false", into: func(s *settings) any { return &s.Plain },
		},
		{
			name: "copy_command", standard: "[]", comment: `your own way to the clipboard, the code on its standard input: ["program", "argument"]`,
			takes: `a list of words, the program first: ["program", "argument"]`, into: func(s *settings) any { return &s.CopyCommand },
		},
		{
			name: "keys", standard: "{}", comment: "what keys do in the list: an action and its keys, such as c, L, space, f5, ctrl-l, alt-x",
			takes: "actions and their keys", table: &keysTable,
		},
		{
			name: "colours", standard: "{}", comment: "your own over those of the theme, where the terminal has more than 16; here are those of default on a dark background",
			takes: "colours by their names", table: &coloursTable,
		},
		{
			name: "vaults", standard: "{}", comment: "several vaults: a name for --vault and for the pane, and the path",
			takes: "names with their paths", table: &vaultsTable,
		},
	}
}

// defaults are what holds where config.toml is silent.
func defaults() settings {
	var text strings.Builder
	for _, row := range settingsTable() {
		fmt.Fprintf(&text, "%s = %s\n", row.name, row.standard)
	}
	var s settings
	_ = s.read(text.String()) // a test reads every default
	return s
}

// problem is what is wrong with a settings file.
type problem struct {
	entry string // of a table
	line  int    // 0 where none can be named
	what  string
	hint  string
}

func (p problem) String() string {
	if p.line == 0 {
		return p.what
	}
	return fmt.Sprintf("line %d: %s", p.line, p.what)
}

// read takes every setting of a file's text that is right, and says what is wrong
// with the others, from the first line to the last.
func (s *settings) read(text string) []problem {
	var values map[string]toml.Primitive
	meta, err := toml.Decode(text, &values)
	if err != nil {
		return []problem{notTOML(err)}
	}
	var problems []problem
	lines := statements(text)
	for name, value := range values {
		for _, found := range s.set(meta, name, value) {
			found.line = lineOf(lines, name, found.entry)
			problems = append(problems, found)
		}
	}
	s.Vaults = asWrittenIn(s.Vaults, meta.Keys())
	inOrder(problems)
	return problems
}

// inOrder sorts by lines: what Go ranges over has no order.
func inOrder(problems []problem) {
	sort.Slice(problems, func(i, j int) bool {
		a, b := problems[i], problems[j]
		return cmp.Or(a.line-b.line, strings.Compare(a.what, b.what)) < 0
	})
}

// set takes one value, or what is right of a table.
func (s *settings) set(meta toml.MetaData, name string, value toml.Primitive) []problem {
	rows := settingsTable()
	i := slices.IndexFunc(rows, func(row setting) bool { return row.name == name })
	if i < 0 {
		return []problem{unknownSetting(name)}
	}
	row := rows[i]
	if row.table != nil {
		return s.fill(meta, row, value)
	}
	if err := meta.PrimitiveDecode(value, row.into(s)); err != nil {
		return []problem{{what: name + " takes " + row.takes, hint: "`#` in front of the line brings back the default, " + row.standard}}
	}
	return nil
}

func (s *settings) fill(meta toml.MetaData, row setting, value toml.Primitive) (problems []problem) {
	var entries map[string]toml.Primitive
	if err := meta.PrimitiveDecode(value, &entries); err != nil {
		return []problem{{what: row.name + " takes " + row.takes, hint: "they stand in lines of their own, below [" + row.name + "]"}}
	}
	for name, entry := range entries {
		err := row.table.put(s, name, func(into any) error { return meta.PrimitiveDecode(entry, into) })
		if err != nil {
			problems = append(problems, problem{entry: name, what: name + " takes " + row.table.takes, hint: "`#` in front of the line brings back the default"})
		}
	}
	return append(problems, row.table.check(*s)...)
}

// lineOf is where a setting, or an entry of one, is set: 0 where that is written
// in a way that hides it.
func lineOf(lines []statement, name, entry string) int {
	line := 0
	for _, at := range lines {
		switch {
		case at.path[0] != name:
		case entry == "" || len(at.path) > 1 && at.path[1] == entry:
			return at.line
		case line == 0:
			line = at.line
		}
	}
	return line
}

// unknownSetting refuses a key that would otherwise be a wish without effect.
func unknownSetting(name string) problem {
	var names []string
	for _, row := range settingsTable() {
		names = append(names, row.name)
	}
	hint := "the settings are " + strings.Join(names, ", ")
	if table := tableOf(name); table != "" {
		hint = "it stands below [" + table + "]"
	} else if near := nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return problem{what: fmt.Sprintf("there is no setting %q", name), hint: hint}
}

// tableOf is the table that knows an entry of this name: its head may still be
// missing in the file, or be a comment.
func tableOf(entry string) string {
	for _, row := range settingsTable() {
		if row.table != nil && slices.ContainsFunc(row.table.entries(), func(e setting) bool { return e.name == entry }) {
			return row.name
		}
	}
	return ""
}

func notTOML(err error) problem {
	hint := "mend the line, or move the file away"
	var parse toml.ParseError
	if errors.As(err, &parse) {
		return problem{line: parse.Position.Line, what: parse.Message, hint: hint}
	}
	return problem{what: err.Error(), hint: hint}
}

// settingsPath is where config.toml lies, or would.
func (p *program) settingsPath() string {
	return filepath.Join(p.folder("XDG_CONFIG_HOME", xdg.ConfigHome), "otpane", "config.toml")
}

// settings reads config.toml; without one the defaults hold. With a mistake in it
// nothing starts: a time until the lock that is passed over in silence would leave
// codes on the screen.
func (p *program) settings() (settings, error) {
	path := p.settingsPath()
	s := defaults()
	text, err := readFile(path, maxSettings)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if problems := s.read(string(text)); len(problems) > 0 {
		return s, problemIn(path, problems[0])
	}
	return s, nil
}

func problemIn(path string, p problem) error {
	place := path + ", "
	if p.line == 0 {
		place = path + ": "
	}
	return &fault{status: failed, what: place + p.String(), hint: p.hint}
}

// maxSettings is far more than anybody writes.
const maxSettings = 64 << 10

func quoted(values ...string) []string {
	for i, value := range values {
		values[i] = `"` + value + `"`
	}
	return values
}

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// rows are those that show their seconds.
type rows string

func (r *rows) UnmarshalText(text []byte) error {
	if *r = rows(text); *r != "selected" && *r != "all" {
		return errors.New("no such rows")
	}
	return nil
}

// theme is the name of one of the pane's themes.
type theme string

func (t *theme) UnmarshalText(text []byte) error {
	if !slices.Contains(ui.Themes(), string(text)) {
		return errors.New("no such theme")
	}
	*t = theme(text)
	return nil
}

func (t theme) words() string {
	if t == ui.DefaultTheme {
		return "default, follows the terminal"
	}
	return string(t)
}

// duration is written as "30s" or "10m".
type duration struct{ time.Duration }

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed < 0 {
		return errors.New("no such time")
	}
	d.Duration = parsed
	return nil
}

// words tell a time that switches something off when it is zero.
func (d duration) words(before, after string) string {
	if d.Duration == 0 {
		return "never"
	}
	return before + span(d.Duration) + after
}

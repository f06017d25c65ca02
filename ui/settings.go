package ui

import (
	"io"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
)

// Settings are the file of settings as the pane sees it: rows in words. What a
// value may be, and how the file is written, is its caller's.
type Settings struct {
	Path string // of the file
	Rows func() []Setting
	// Change saves the next value of a setting, or with -1 the one before.
	Change func(name string, by int) error
	// Bind saves the keys of an action; nil are those it has by itself.
	Bind func(action string, keys []string) error
	// Edit shows the file in the user's editor, which has the terminal until it ends,
	// and reads it again; nil where there is no editor.
	Edit func() error
	// Inbox saves the folder that is watched; "" watches none, and ends the question.
	Inbox func(folder string) error
	// Agent saves whether the pane serves other programs; "" ends it.
	Agent func(otpcore.Answer) error
	// Apply lays the settings as they are now over a pane's.
	Apply func(*Config, *Terminal)
}

// Setting is a row of the settings page.
type Setting struct {
	Name  string
	Title string
	Value string // in words
	Note  string // what it does
}

// wantSettings opens the page.
type wantSettings struct{}

func (wantSettings) fulfil(p *pane) tea.Cmd {
	if p.config.Settings == nil {
		p.say(toast{text: "There is no settings file here.", short: "no settings"})
		return nil
	}
	return wantPage{&settingsPage{settings: p.config.Settings}}.fulfil(p)
}

// wantSetting saves a change of the settings off the loop. Several may be under
// way: each steps from what the one before has saved, and what is applied is what
// holds then.
type wantSetting struct{ change func() error }

func (w wantSetting) fulfil(p *pane) tea.Cmd {
	return p.writing(func() tea.Msg { return settingsChanged{err: w.change()} })
}

type settingsChanged struct {
	err    error
	edited bool // by an editor, while this pane's time stood still
}

// wantEditor leaves the terminal to the user's editor. The timer rests until it
// ends: so what is on the clipboard goes now, and the wait is no sleep that locks,
// but for idleness it counts.
type wantEditor struct{ edit func() error }

func (w wantEditor) fulfil(p *pane) tea.Cmd {
	p.ring++
	for i := range p.clips {
		p.clips[i].clears = p.now
	}
	p.endServing() // nobody would see a question, and an idle pane could not lock
	back := func(err error) tea.Msg { return settingsChanged{err: err, edited: true} }
	return tea.Sequence(p.clearClipboard(), p.awaitServing(), tea.Exec(editing(w), back))
}

// editing is an editor in the shape of a program that takes over the terminal.
type editing struct{ edit func() error }

func (e editing) Run() error        { return e.edit() }
func (editing) SetStdin(io.Reader)  {}
func (editing) SetStdout(io.Writer) {}
func (editing) SetStderr(io.Writer) {}

// settingsChanged applies them to everything that is shown, at once.
func (p *pane) settingsChanged(msg settingsChanged) tea.Cmd {
	var timer tea.Cmd
	if msg.edited {
		p.ticks()
		timer = p.arm()
	}
	if msg.err != nil {
		p.say(toast{lead: "Not changed: ", name: cause(msg.err), text: ".", short: "not changed", tone: toneWarn, lasts: undoFor})
		return timer
	}
	masked, terminal := p.config.Masked, p.look.terminal
	p.config.Settings.Apply(&p.config, &terminal)
	light := p.look.light
	*p.look = *newLook(terminal)
	p.look.daylight(light)
	p.groupBy(p.config.Grouping)
	p.inform()
	if p.config.Masked != masked {
		p.list.masked, p.list.revealed = p.config.Masked, reveal{}
	}
	return timer
}

// settingsPage changes the settings, one key a step.
type settingsPage struct {
	settings *Settings
	at, top  int
}

func (s *settingsPage) press(msg tea.KeyPressMsg, f frame) want {
	rows, keys := s.settings.Rows(), f.look.keys.beside("k", "e")
	switch msg.String() {
	case "k":
		return wantPage{&keysPage{behind: s}}
	case "e":
		if s.settings.Edit != nil {
			return wantEditor{s.settings.Edit}
		}
	case "right", "enter", "space":
		return s.step(rows[s.at], 1)
	case "left":
		return s.step(rows[s.at], -1)
	}
	if key.Matches(msg, keys.back, keys.settings, keys.quit) {
		return wantBack{}
	}
	s.at = moved(msg, s.at, len(rows))
	return nil
}

func (s *settingsPage) step(row Setting, by int) want {
	return wantSetting{func() error { return s.settings.Change(row.Name, by) }}
}

// moved is the row that an arrow leads to.
func moved(msg tea.KeyPressMsg, at, rows int) int {
	switch msg.String() {
	case "up":
		at--
	case "down":
		at++
	case "pgup":
		at -= 8
	case "pgdown":
		at += 8
	case "home":
		at = 0
	case "end":
		at = rows - 1
	}
	return max(min(at, rows-1), 0)
}

func (s *settingsPage) paste(string, frame) want { return nil }

func (s *settingsPage) view(f frame) view {
	l, rows := f.look, s.settings.Rows()
	hints := []hint{{"←→", "change"}, {"k", "keys"}, {"e", "edit the file"}, {"esc", "back"}}
	if s.settings.Edit == nil || f.width < 50 { // the way back is told before it
		hints = slices.Delete(hints, 2, 3)
	}
	note := l.muted.paint(cut(rows[s.at].Note, f.width-2, l.cut))
	return choice(f, titleLine(f, "Settings", baseName(s.settings.Path)), note, hints, &s.top, s.at, len(rows), func(i int, chosen bool) string {
		return settingRow(f, titleColumn, rows[i].Title, rows[i].Value, chosen)
	})
}

// choice draws a page of rows of which one is chosen: those around it, with a
// title above, and below a word on the chosen one where there is room.
func choice(f frame, title, note string, hints []hint, top *int, at, count int, row func(i int, chosen bool) string) view {
	head, foot := []string{title}, []string{f.look.drawHints(hints, hint{}, f.width)}
	if f.height >= 8 {
		head = append(head, "")
	}
	if f.height >= 10 {
		foot = append([]string{"", " " + note}, foot...)
	}
	room := max(f.height-len(head)-len(foot), 1)
	*top = max(min(*top, at, count-room), at-room+1, 0)
	lines := head
	for i := *top; i < min(*top+room, count); i++ {
		lines = append(lines, row(i, i == at))
	}
	for len(lines) < f.height-len(foot) {
		lines = append(lines, "")
	}
	return view{lines: append(lines, foot...)}
}

// titleColumn is where values begin, if there is room.
const titleColumn = 25

// settingRow is a title and a value. The value tells what holds: the title gives
// way to it.
func settingRow(f frame, column int, title, value string, chosen bool) string {
	l := f.look
	mark := " "
	if chosen {
		mark = l.accent.on(true, l.chosen)
	}
	column = min(column, max(f.width-2-width(value), 10))
	room := max(f.width-2-column, 1)
	text := l.text.on(chosen, left(cut(title, column-1, l.cut), column, ""))
	return mark + text + l.accent.on(chosen, cut(value, room, l.cut))
}

// keysPage binds keys to actions: choose one, press the key.
type keysPage struct {
	behind  *settingsPage
	at, top int
	asking  bool   // the next key is the new one
	refused string // why the last one was not taken
}

func (k *keysPage) press(msg tea.KeyPressMsg, f frame) want {
	if k.asking {
		return k.take(msg, f)
	}
	k.refused = ""
	switch msg.String() {
	case "esc":
		return wantPage{k.behind}
	case "enter", "right":
		k.asking = true
	case "backspace", "delete":
		action := actions[k.at].name
		return k.bind(f.look.keys, action, nil)
	default:
		k.at = moved(msg, k.at, len(actions))
	}
	return nil
}

// take makes the pressed key the first of the action; those that nobody can take
// from it stay behind it.
func (k *keysPage) take(msg tea.KeyPressMsg, f frame) want {
	k.asking = false
	if msg.String() == "esc" {
		return nil
	}
	return k.bind(f.look.keys, actions[k.at].name, []string{asWritten(msg.String())})
}

// bind asks first whether it can be, laid over what is bound now.
func (k *keysPage) bind(now keymap, action string, names []string) want {
	chosen := map[string][]string{action: names}
	standard := Actions()
	for i, a := range actions {
		switch {
		case a.name != action:
			chosen[a.name] = a.of(&now).Keys()
		case names == nil:
			chosen[a.name] = standard[i].Keys
		}
	}
	if faults := CheckKeys(chosen); len(faults) > 0 {
		fault := faults[0]
		k.refused = fault.What + "."
		if fault.Action != action { // of two that collide, the one that is being bound gives way
			k.refused = collision(now, chosen[action], action)
		}
		return nil
	}
	return wantSetting{func() error { return k.behind.settings.Bind(action, names) }}
}

// collision names the action that has a key already.
func collision(now keymap, names []string, action string) string {
	for _, a := range actions {
		for _, name := range names {
			if typed, _ := parseKey(name); a.name != action && slices.Contains(a.of(&now).Keys(), typed) {
				return keyName(typed) + " is bound to " + a.name + " already; " + action + " needs another key."
			}
		}
	}
	return ""
}

func (k *keysPage) paste(string, frame) want { return nil }

func (k *keysPage) view(f frame) view {
	l := f.look
	hints := []hint{{"enter", "new key"}, {"esc", "back"}, {"backspace", "default"}}
	note := l.muted.paint(cut("The new key takes the place of the old ones.", f.width-2, l.cut))
	switch {
	case k.asking:
		hints = []hint{{"esc", "leave it"}}
		note = l.accent.paint(cut("Press the new key for "+actions[k.at].name+".", f.width-2, l.cut))
	case k.refused != "":
		note = l.warn.paint(l.warning) + " " + l.text.paint(cut(k.refused, f.width-4, l.cut))
	}
	v := choice(f, titleLine(f, "Keys", baseName(k.behind.settings.Path)), note, hints, &k.top, k.at, len(actions), func(i int, chosen bool) string {
		b := actions[i].of(&l.keys)
		var names []string
		for _, name := range b.Keys() {
			names = append(names, keyName(name))
		}
		return settingRow(f, titleColumn, b.Help().Desc, strings.Join(names, " "), chosen)
	})
	if f.height < 10 && (k.asking || k.refused != "") { // there is no row for it but the hints'
		v.lines[len(v.lines)-1] = " " + note
	}
	return v
}

package ui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
)

// view draws the list: header, rows, and below them what there is room for.
// Only the visible rows are computed.
func (s *list) view(f frame, st status) view {
	p := planFor(f.width, f.height, s.measures)
	v := s.head(f, p, st)
	v.lines = append(v.lines, s.body(f, p, st)...)
	return s.foot(f, p, st, v)
}

// head is the header, or the filter field in its place.
func (s *list) head(f frame, p plan, st status) view {
	var v view
	if f.above() == 0 {
		return v
	}
	if f.filtering {
		v.lines, v.cursor = []string{""}, nil
		v.lines[0], v.cursor = s.filterLine(f)
	} else {
		v.lines = []string{s.header(f, p, st)}
	}
	if f.height >= 20 {
		v.lines = append(v.lines, "")
		if f.headings {
			v.lines = append(v.lines, s.headingLine(f, p))
		}
	}
	return v
}

func (s *list) header(f frame, p plan, st status) string {
	l := f.look
	badge := s.badge(f, p, st)
	end := ""
	if badge != "" {
		end = " " + l.accent.paint(badge) + " "
	}
	endWidth := 0
	if badge != "" {
		endWidth = width(badge) + 2
	}
	if !p.barred() || p.shape == cards {
		return s.pulseHeader(f, p, st, end, endWidth)
	}
	count := s.count()
	if f.width >= 120 {
		count += " " + s.order.String()
	}
	if st.demo {
		count += ", nothing is kept"
	}
	room := f.width - 4 - width(count) - endWidth
	title := l.whose(st.vault, room)
	return " " + l.title.paint(title) + "   " + l.muted.paint(count) + blanks(room-width(title)) + end
}

// pulseHeader carries the selected account's bar where rows have none.
func (s *list) pulseHeader(f frame, p plan, st status, end string, endWidth int) string {
	l := f.look
	if p.shape == cards {
		end, endWidth = strings.TrimSuffix(end, " "), max(endWidth-1, 0)
	}
	title := "otpane"
	if f.width >= 30 {
		title = l.whose(st.vault, 20)
	}
	row, used := " "+l.title.paint(title), 1+width(title)
	room := f.width - used - 2 - max(endWidth, 1)
	if pulse, ok := s.pulse(f, room); ok && p.shape != cards {
		row += "  " + pulse
		used += 2 + room
	}
	return row + blanks(f.width-used-endWidth) + end
}

// pulse is the selected account's bar, at most one cell a second.
func (s *list) pulse(f frame, room int) (string, bool) {
	a := s.account()
	if room < 4 || a.ID == "" || !a.Timed() {
		return "", false
	}
	c := clockOf(a.At(f.now), f.guard)
	return c.drawBar(f.look, min(room, max(c.period, 1)), true, true) + blanks(room-min(room, max(c.period, 1))), true
}

func (s *list) badge(f frame, p plan, st status) string {
	if f.width < 60 {
		return st.shortBadge(f)
	}
	marks := st.marks
	if st.unfinished > 0 {
		marks = append(marks, f.look.unfinished+" "+itoa(st.unfinished)+" unfinished")
	}
	if st.agent {
		marks = append(marks, "agent on")
	}
	for len(marks) > 1 && width(strings.Join(marks, "   ")) > f.width-12-width(s.count()) {
		marks = marks[1:] // what can wait most
	}
	return strings.Join(marks, "   ")
}

func (st status) shortBadge(f frame) string {
	var marks []string
	if st.unfinished > 0 {
		marks = append(marks, f.look.unfinished+itoa(st.unfinished))
	}
	if st.agent && f.width >= 40 {
		marks = append(marks, "agent")
	}
	return strings.Join(marks, " ")
}

func (s *list) count() string {
	if len(s.accounts) == 0 {
		return "no accounts yet"
	}
	return plural(len(s.accounts), "account")
}

func (s *list) filterLine(f frame) (string, *tea.Cursor) {
	l := f.look
	if f.tiny() {
		text, at := s.filter.draw(max(f.width-1, 1))
		return cut(l.accent.paint("/"), f.width, "") + l.text.paint(text), tea.NewCursor(min(1+at, f.width-1), 0)
	}
	count := itoa(len(s.shown)) + " of " + itoa(len(s.accounts))
	room := f.width - 2 - width(count) - 2
	text, at := s.filter.draw(max(room, 1))
	row := " " + l.accent.paint("/") + l.text.paint(text)
	row += blanks(f.width-1-2-width(text)-width(count)) + l.muted.paint(count)
	if !s.filtering {
		return row, nil
	}
	return row, tea.NewCursor(min(2+at, f.width-1), 0)
}

func (s *list) headingLine(f frame, p plan) string {
	row := blanks(5) + left("issuer", p.issuer+p.gaps[0], "") + left("account", p.name+p.gaps[1], "")
	if p.tags > 0 {
		row += left("tags", p.tags+p.gaps[2], "")
	}
	row += right("code", p.code) + blanks(1+p.gaps[3])
	if p.next > 0 {
		row += right("next", p.next) + blanks(p.gaps[4])
	}
	return f.look.muted.paint(row + blanks(p.bar+1) + "left")
}

// body is the visible rows, or the sentence that says what to do without any.
func (s *list) body(f frame, p plan, st status) []string {
	if len(s.shown) == 0 {
		return s.nothing(f)
	}
	from, to := s.window(max(f.listRows(), 1))
	var lines []string
	for i := from; i < to; i++ {
		if g, ok := s.groupAt(i); ok {
			lines = append(lines, g.draw(f.look, p, !s.open(i), i == s.selected)...)
			continue
		}
		r := s.line(i, f.now, f.guard)
		r.timed = f.seconds
		if !s.filtering {
			r.number = s.number(from, i)
		}
		if r.selected && f.height < 6 && !f.tiny() && !st.standing {
			r.notice = st.toast.notice()
		}
		lines = append(lines, r.draw(f.look, p)...)
	}
	if p.detail > 0 {
		return s.beside(f, p, lines)
	}
	return lines
}

// nothing says what to do when no account is shown.
func (s *list) nothing(f frame) []string {
	l := f.look
	if len(s.accounts) > 0 {
		if f.tiny() {
			return []string{l.text.paint(cut("no match", f.width, l.cut))}
		}
		return []string{"", " " + l.text.paint(cut("No account fits these letters.", f.width-1, l.cut))}
	}
	if f.tiny() {
		return []string{l.muted.paint(cut("no accounts", f.width, l.cut))}
	}
	if f.height < 6 || f.width < 40 {
		add, intake := on(l.keys.add, "add"), on(l.keys.intake, "import")
		return []string{" " + l.key.paint(add.key) + " " + l.muted.paint(add.does) + "  " + l.key.paint(intake.key) + " " + l.muted.paint(intake.does)}
	}
	say := func(b key.Binding, text string) string {
		return "   " + l.key.paint(left(on(b, "").key, 3, "")) + " " + l.text.paint(cut(text, f.width-8, l.cut))
	}
	return []string{
		" " + l.text.paint(cut("The site shows a QR code or a key. Either will do.", f.width-1, l.cut)),
		say(l.keys.intake, "picture or export file: its path, or drop it here"),
		say(l.keys.paste, "picture on the clipboard"),
		say(l.keys.screen, "part of the screen"),
		say(l.keys.add, "type or paste the key"),
	}
}

// beside draws the selected account's details behind a divider.
func (s *list) beside(f frame, p plan, lines []string) []string {
	l := f.look
	detail := detailLines(f, s, s.account(), p.detail)
	rows := max(f.listRows(), len(lines))
	for i := range rows {
		if i >= len(lines) {
			lines = append(lines, blanks(p.columns))
		}
		text := ""
		if i < len(detail) {
			text = detail[i]
		}
		lines[i] = lines[i] + blanks(p.columns-width(lines[i])) + l.barEmpty.paint(l.divider) + "  " + text
	}
	return lines
}

// foot adds what stands below the rows.
func (s *list) foot(f frame, p plan, st status, v view) view {
	below := f.below()
	if f.tiny() {
		return s.tinyFoot(f, st, v)
	}
	if below == 0 {
		return v
	}
	for len(v.lines) < f.height-min(below, 2) {
		v.lines = append(v.lines, "")
	}
	v.lines = v.lines[:f.height-min(below, 2)]
	if below == 1 {
		v.lines = append(v.lines[:f.height-1], s.lastLine(f, p, st))
		return v
	}
	v.lines = append(v.lines, s.statusLine(f, p, st), f.look.drawHints(s.hints(f), on(f.look.keys.help, "keys"), f.width))
	return v
}

// tinyFoot lays a message over the last row, over an only row just for a second.
func (s *list) tinyFoot(f frame, st status, v view) view {
	if len(v.lines) > f.height {
		v.lines = v.lines[:f.height]
	}
	if st.toast.text == "" || st.standing || f.height < 3 && !f.now.Before(st.toast.since.Add(time.Second)) {
		return v
	}
	for len(v.lines) < f.height {
		v.lines = append(v.lines, "")
	}
	v.lines[f.height-1] = f.look.text.paint(cut(st.toast.short, f.width, f.look.cut))
	v.cursor = nil
	return v
}

// lastLine is the one row below a low list: message, filter hints, or pulse.
func (s *list) lastLine(f frame, p plan, st status) string {
	switch {
	case st.toast.text != "":
		return st.toast.draw(f)
	case f.filtering:
		return f.look.drawHints(s.hints(f), hint{}, f.width)
	case p.barred() || len(s.shown) == 0 || len(s.chosen) > 0:
		return s.selectedLine(f, p, f.listRows())
	}
	badge, endWidth := s.badge(f, p, st), 0
	if badge != "" {
		endWidth = width(badge) + 1
	}
	pulse, ok := s.pulse(f, f.width-endWidth)
	if !ok {
		return s.selectedLine(f, p, f.listRows())
	}
	if badge == "" {
		return pulse
	}
	return pulse + " " + f.look.accent.paint(badge)
}

func (s *list) statusLine(f frame, p plan, st status) string {
	if st.toast.text != "" {
		return st.toast.draw(f)
	}
	if len(s.shown) == 0 {
		return ""
	}
	return s.selectedLine(f, p, f.listRows())
}

// hints are the keys that act right now, most useful first.
func (s *list) hints(f frame) []hint {
	keys := f.look.keys
	a := s.account()
	switch {
	case f.filtering && len(s.shown) == 0:
		return []hint{{"ctrl-u", "clear"}, {"esc", "show all"}}
	case f.filtering:
		return []hint{{"enter", "copy"}, {"↑↓", "move"}, {"esc", "show all"}}
	case len(s.shown) == 0:
		return []hint{on(keys.add, "add"), on(keys.intake, "import"), on(keys.paste, "clipboard picture"), on(keys.quit, "quit")}
	}
	if len(s.chosen) > 0 {
		return chosenHints(keys)
	}
	if _, ok := s.here(); ok {
		return []hint{on(keys.copy, "open"), on(keys.choose, "choose all"), on(keys.order, "order"), on(keys.filter, "filter"), on(keys.add, "add")}
	}
	copies := on(keys.copy, "copy")
	if !a.Timed() {
		copies = on(keys.advance, "draw a code")
		if f.now.Before(s.drawn[a.ID].until) {
			copies = on(keys.copy, "copy")
		}
	} else if closing(a.At(f.now), f.guard) {
		copies = on(keys.copy, "next code")
	}
	hide := on(keys.hide, "hide")
	if s.hidden(a, f.now) {
		hide = on(keys.hide, "show")
	}
	hints := []hint{copies}
	if a.Timed() {
		hints = append(hints, on(keys.next, "next"))
	}
	return append(hints, on(keys.filter, "filter"), on(keys.add, "add"), on(keys.intake, "import"), hide,
		on(keys.qr, "QR"), on(keys.edit, "edit"), on(keys.remove, "delete"), on(keys.lock, "lock"))
}

// detailLines are what is known of an account, for the page and the wide pane.
func detailLines(f frame, s *list, a otpcore.Account, columns int) []string {
	l := f.look
	if a.ID == "" {
		return nil
	}
	say := func(label, value string) string {
		return l.muted.paint(left(label, 11, "")) + l.text.paint(cut(value, columns-11, l.cut))
	}
	var lines []string
	if a.Issuer != "" {
		lines = append(lines, say("issuer", a.Issuer))
	}
	if a.Name != "" {
		lines = append(lines, say("account", a.Name))
	}
	lines = append(lines, say("type", typeLine(a)))
	if !a.Timed() {
		lines = append(lines, say("count", itoa64(a.Counter)))
	}
	lines = append(lines, say("key", plural(a.Secret.Len()*8, "bit")+", never shown here"))
	if len(a.Tags) > 0 {
		lines = append(lines, say("tags", tagLine(a)))
	}
	if a.Note != "" {
		lines = append(lines, say("note", outside(a.Note)))
	}
	if n := len(a.Recovery); n > 0 {
		lines = append(lines, say("recovery", itoa(otpcore.Left(a.Recovery))+" of "+plural(n, "code")+" left"))
	}
	used := s.use(a).says(f.now)
	switch created := a.Created.Format(time.DateOnly); {
	case !a.Created.IsZero() && used != "":
		lines = append(lines, say("created", created+"; "+used))
	case !a.Created.IsZero():
		lines = append(lines, say("created", created))
	case used != "":
		lines = append(lines, say("used", strings.TrimPrefix(used, "used ")))
	}
	return lines
}

// typeLine is "time-based, SHA1, 6 digits, 30 s".
func typeLine(a otpcore.Account) string {
	switch a.Kind {
	case otpcore.HOTP:
		return "counter-based, " + string(a.Algorithm) + ", " + plural(a.Digits, "digit")
	case otpcore.Steam:
		return "Steam Guard, 5 characters, 30 s"
	}
	return "time-based, " + string(a.Algorithm) + ", " + plural(a.Digits, "digit") + ", " + itoa(a.Period) + " s"
}

package ui

import (
	"strings"
	"time"

	"otpane/otpcore"
)

// line is one account as it is drawn at one instant.
type line struct {
	account  otpcore.Account
	hit      otpcore.Hit // what a filter matched, for the highlight
	reading  otpcore.Reading
	clock    clock
	selected bool
	timed    bool // seconds stand on it though it is not the selected one
	number   int  // 1–9 for the rows that a digit copies, else 0
	hidden   bool // the code is masked
	spent    bool // handed out in this period
	held     bool // the reading stands still
	drawn    string
	chosen   bool
	shared   bool   // another account has the same issuer
	notice   string // a message in place of the name, where there is no other room
}

// codeText is the code as it stands in the row, and whether it is only a
// placeholder, which is muted.
func (r line) codeText(l *look) (text string, placeholder bool) {
	switch {
	case !r.account.Timed() && r.drawn == "":
		return l.grouping.blank(r.account, l.undrawn), true
	case r.hidden:
		return l.grouping.blank(r.account, l.hidden), true
	case !r.account.Timed():
		return l.grouping.group(r.account, r.drawn), false
	case r.reading.Code == "":
		return l.grouping.blank(r.account, l.undrawn), true
	}
	return l.grouping.group(r.account, r.reading.Code), false
}

func (r line) nextText(l *look) string {
	switch {
	case !r.account.Timed():
		return ""
	case r.hidden:
		return l.grouping.blank(r.account, l.hidden)
	}
	return l.grouping.group(r.account, r.reading.Next)
}

func (r line) mark(l *look) string {
	switch {
	case r.chosen:
		return l.picked
	case r.account.Unfinished:
		return l.unfinished
	case r.account.Pinned:
		return l.pinned
	}
	return ""
}

func tagLine(a otpcore.Account) string {
	tags := make([]string, len(a.Tags))
	for i, tag := range a.Tags {
		tags[i] = "#" + tag
	}
	return strings.Join(tags, " ")
}

// draw builds the row's lines: one, or two for cards.
func (r line) draw(l *look, p plan) []string {
	switch p.shape {
	case table:
		return []string{r.drawTable(l, p)}
	case joined:
		return []string{r.drawJoined(l, p)}
	case cards:
		return r.drawCard(l, p)
	case narrow:
		return []string{r.drawNarrow(l, p)}
	case strip:
		return []string{r.drawStrip(l, p)}
	}
	return []string{r.drawBare(l, p.columns)}
}

func (r line) drawTable(l *look, p plan) string {
	a, on := r.account, r.selected
	var b strings.Builder
	b.WriteString(r.edge(l))
	number := ""
	if r.number > 0 {
		number = itoa(r.number)
	}
	b.WriteString(l.muted.on(on, left(number, 1, "")+" "))
	b.WriteString(l.accent.on(on, left(r.mark(l), 1, "")))
	b.WriteString(l.text.on(on, " "))
	if r.notice != "" {
		b.WriteString(l.text.on(on, left(r.notice, p.issuer+p.gaps[0]+p.name, l.cut)))
	} else {
		b.WriteString(r.text(l, a.Issuer, r.hit.Issuer, p.issuer, l.text))
		b.WriteString(l.text.on(on, blanks(p.gaps[0])))
		b.WriteString(r.text(l, a.Name, r.hit.Name, p.name, l.muted))
	}
	b.WriteString(l.text.on(on, blanks(p.gaps[1])))
	if p.tags > 0 {
		b.WriteString(l.muted.on(on, left(tagLine(a), p.tags, l.cut)+blanks(p.gaps[2])))
	}
	b.WriteString(r.code(l, p.code))
	b.WriteString(blanks(p.gaps[3]))
	if p.next > 0 {
		b.WriteString(l.muted.paint(right(r.nextText(l), p.next)) + blanks(p.gaps[4]))
	}
	b.WriteString(r.barAndSeconds(l, p.bar))
	return b.String()
}

func (r line) drawJoined(l *look, p plan) string {
	var b strings.Builder
	b.WriteString(r.edge(l))
	b.WriteString(l.accent.on(r.selected, left(r.mark(l), 1, "")))
	b.WriteString(l.text.on(r.selected, " "))
	b.WriteString(r.joinedName(l, p.name))
	b.WriteString(l.text.on(r.selected, "  "))
	b.WriteString(r.code(l, p.code))
	if p.bar > 0 {
		return b.String() + "  " + r.barAndSeconds(l, p.bar)
	}
	return b.String() + r.seconds(l)
}

func (r line) drawNarrow(l *look, p plan) string {
	code, _ := r.codeText(l)
	name := p.columns - 2 - 1 - width(code) - 1 - secondsWidth
	var b strings.Builder
	b.WriteString(r.edge(l))
	b.WriteString(l.accent.on(r.selected, left(r.mark(l), 1, "")))
	b.WriteString(r.joinedName(l, name))
	b.WriteString(l.text.on(r.selected, " "))
	b.WriteString(r.code(l, width(code)))
	return b.String() + r.seconds(l)
}

func (r line) drawCard(l *look, p plan) []string {
	first := r.edge(l) + l.accent.on(r.selected, left(r.mark(l), 1, "")) + r.joinedName(l, p.name)
	code, placeholder := r.codeText(l)
	style := l.code
	if placeholder {
		style = l.muted
	}
	second := r.edge(l) + l.text.on(r.selected, " ") + style.on(r.selected, code) +
		l.muted.paint(left(r.spentMark(l), 1, "")) + blanks(p.code-width(code)+1)
	if p.bar > 0 {
		second += r.barAndSeconds(l, p.bar)
	}
	return []string{first, second}
}

// drawStrip gives up the name first, then the grouping, then the seconds.
func (r line) drawStrip(l *look, p plan) string {
	code, _ := r.codeText(l)
	if name := p.columns - 1 - 1 - width(code) - 1 - secondsWidth; name >= 4 {
		return r.edge(l) + r.joinedName(l, name) + l.text.on(r.selected, " ") +
			r.code(l, width(code)) + r.seconds(l)
	}
	return r.drawBare(l, p.columns)
}

// drawBare is the code with what fits beside it, at the right edge. A code is
// never cut: where it does not fit there are its seconds, and where those do
// not fit, a mark.
func (r line) drawBare(l *look, columns int) string {
	code, placeholder := r.codeText(l)
	style := l.code
	if placeholder {
		style = l.muted
	}
	seconds := r.secondsText(l)
	ungrouped := strings.ReplaceAll(code, " ", "")
	for _, text := range []string{code, ungrouped} {
		if room := columns - width(text) - 1 - width(seconds); room >= 0 {
			gap := min(room, secondsWidth-width(seconds))
			return r.bareEdge(l, room-gap) + style.paint(text) +
				l.muted.paint(left(r.spentMark(l), 1, "")) + blanks(gap) + r.secondsInk(l).paint(seconds)
		}
	}
	for _, text := range []string{code, ungrouped} {
		if width(text) <= columns {
			return style.paint(text)
		}
	}
	if width(seconds) <= columns {
		return r.secondsInk(l).paint(seconds)
	}
	return l.muted.paint(cut(l.cut, columns, ""))
}

// bareEdge is the selection mark where there is a column for it.
func (r line) bareEdge(l *look, columns int) string {
	if columns < 1 {
		return ""
	}
	return r.edge(l) + blanks(columns-1)
}

// edge is the mark in column 0 of the selected row.
func (r line) edge(l *look) string {
	if r.selected {
		return l.accent.paint(l.chosen)
	}
	return " "
}

func (r line) spentMark(l *look) string {
	if r.spent {
		return l.spent
	}
	return ""
}

// code is right-aligned in columns and followed by the column of the ✓.
func (r line) code(l *look, columns int) string {
	text, placeholder := r.codeText(l)
	style := l.code
	if placeholder {
		style = l.muted
	}
	pad := blanks(columns - width(text))
	return l.text.on(r.selected, pad) + style.on(r.selected, text) + l.muted.paint(left(r.spentMark(l), 1, ""))
}

// text cuts and pads one column; where a filter matched, its letters stand out.
func (r line) text(l *look, s string, matched []int, columns int, style ink) string {
	if len(matched) == 0 {
		return style.on(r.selected, left(s, columns, l.cut))
	}
	shown := cut(s, columns, l.cut)
	return r.highlighted(l, shown, matched, style) + style.on(r.selected, blanks(columns-width(shown)))
}

// highlighted underlines the runes at the matched places.
func (r line) highlighted(l *look, s string, matched []int, style ink) string {
	at := make(map[int]bool, len(matched))
	for _, i := range matched {
		at[i] = true
	}
	var b, run strings.Builder
	lit := false
	flush := func() {
		if lit {
			b.WriteString(l.highlight.on(r.selected, run.String()))
		} else {
			b.WriteString(style.on(r.selected, run.String()))
		}
		run.Reset()
	}
	for i, c := range []rune(s) {
		if at[i] != lit {
			flush()
			lit = at[i]
		}
		run.WriteRune(c)
	}
	flush()
	return b.String()
}

// joinedName is issuer and account in one column. Where it is too long, what
// others share is cut: the issuer if another account has it too, else the
// account. Under ten columns only the telling one stands.
func (r line) joinedName(l *look, columns int) string {
	issuer, name := r.account.Issuer, r.account.Name
	on := r.selected
	switch {
	case r.notice != "":
		return l.text.on(on, left(r.notice, columns, l.cut))
	case issuer == "" && name == "":
		return l.muted.on(on, left("unnamed", columns, l.cut))
	case issuer == "":
		return r.text(l, name, r.hit.Name, columns, l.text)
	case name == "":
		return r.text(l, issuer, r.hit.Issuer, columns, l.text)
	case columns < 10 && r.shared:
		return r.text(l, name, r.hit.Name, columns, l.text)
	case columns < 10:
		return r.text(l, issuer, r.hit.Issuer, columns, l.text)
	}
	issuerRoom, nameRoom := shareOut(width(issuer), width(name), columns-1, r.shared)
	return r.text(l, issuer, r.hit.Issuer, issuerRoom, l.text) +
		l.muted.on(on, " ") + r.text(l, name, r.hit.Name, nameRoom, l.muted)
}

// shareOut divides columns between issuer and account; the one to be cut keeps
// at least three columns.
func shareOut(issuer, name, columns int, cutIssuer bool) (int, int) {
	const least = 3
	if issuer+name <= columns {
		return issuer, columns - issuer
	}
	if cutIssuer {
		kept := max(min(issuer, columns-name), min(issuer, least))
		return kept, columns - kept
	}
	kept := min(issuer, columns-min(name, least))
	return kept, columns - kept
}

// barAndSeconds: a bar of cells, a blank, and the four columns of the seconds.
// Only the selected row has a track, and seconds unless all rows have them; the
// others show their urgency by a mark. A counter says where it stands.
func (r line) barAndSeconds(l *look, cells int) string {
	if !r.account.Timed() {
		count := itoa64(r.account.Counter)
		if s := "count " + count; width(s) <= cells {
			count = s
		}
		if width(count) > cells {
			count = ""
		}
		return l.muted.paint(left(count, cells, "")) + " " + l.accent.paint(right(l.counter, secondsWidth))
	}
	bar := r.clock.drawBar(l, cells, r.selected, r.selected)
	label := ""
	switch {
	case r.selected, r.held, r.timed:
		label = r.label(l)
	case r.clock.soon || r.clock.closing:
		label = r.clock.mark(l)
	}
	return bar + " " + r.secondsInk(l).paint(right(label, secondsWidth))
}

// seconds stand on every row where there is no bar.
func (r line) seconds(l *look) string {
	return r.secondsInk(l).paint(right(r.secondsText(l), secondsWidth))
}

// label is the time left, or that the code stands still.
func (r line) label(l *look) string {
	if r.held {
		return "held"
	}
	return r.clock.label(l)
}

func (r line) secondsText(l *look) string {
	if r.account.Timed() {
		return r.label(l)
	}
	if count := itoa64(r.account.Counter); len(count) <= 3 {
		return count + l.counter
	}
	return l.counter
}

// secondsInk leaves ticking digits unstyled, which halves the bytes of a tick.
func (r line) secondsInk(l *look) ink {
	if r.account.Timed() && (r.clock.soon || r.clock.closing) {
		return r.clock.ink(l, r.selected)
	}
	return ink{}
}

// code is a time-based code on a page, hidden while nobody is there.
func (f frame) code(a otpcore.Account) string {
	r := lineFor(a, f.now, f.guard)
	r.hidden = f.away
	text, _ := r.codeText(f.look)
	return text
}

// lineFor computes everything a row shows from one instant.
func lineFor(a otpcore.Account, now time.Time, guard time.Duration) line {
	reading := a.At(now)
	return line{account: a, reading: reading, clock: clockOf(reading, guard)}
}

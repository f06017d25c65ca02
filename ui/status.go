package ui

import (
	"strings"
	"time"

	"charm.land/bubbles/v2/key"

	"otpane/otpcore"
	"otpane/ui/agent"
)

// toast is one line that speaks for a while in the status row and moves nothing.
// Where there is no room the last sentence goes first, then the name is cut;
// the sentence itself never is.
type toast struct {
	lead  string // in front of the name
	name  string // of the account; or the cause of a failure
	text  string
	more  string // a further sentence
	short string // for panes that cannot hold the sentence
	tone  tone
	lasts time.Duration // 0 takes the usual time
	since time.Time
	until time.Time
}

type tone int

const (
	tonePlain tone = iota
	toneDone
	toneWarn
	toneNext
)

const (
	toastFor = 4 * time.Second
	undoFor  = 10 * time.Second
)

// say shows a line; a newer one replaces it.
func (p *pane) say(t toast) {
	if t.lasts == 0 {
		t.lasts = toastFor
	}
	if t.short == "" {
		t.short = strings.TrimSpace(t.text)
	}
	t.since, t.until = p.now, p.now.Add(t.lasts)
	p.toast = t
}

// keyFor is a hint inside a sentence. While letters go to the filter, a key of the
// list comes after the one that leaves it.
func (p *pane) keyFor(b key.Binding, does string) string {
	h := on(b, does).String()
	if p.page == nil && p.list.filtering && h != "" {
		return on(p.look.keys.back, h).String()
	}
	return h
}

func (t *toast) expire(now time.Time) {
	if !now.Before(t.until) {
		*t = toast{}
	}
}

// sign is the tone as a shape.
func (t toast) sign(l *look) (string, ink) {
	switch t.tone {
	case toneDone:
		return l.spent + " ", l.accent
	case toneWarn:
		return l.warning + " ", l.warn
	case toneNext:
		return l.following + " ", l.accent
	}
	return "", l.text
}

// draw makes the status row.
func (t toast) draw(f frame) string {
	sign, style := t.sign(f.look)
	room := f.width - 1 - width(sign)
	t.name = f.look.name(t.name)
	return " " + style.paint(sign) + f.look.text.paint(t.fit(room, f.look.cut))
}

// fit is as much of the toast as columns hold.
func (t toast) fit(columns int, mark string) string {
	room := columns - width(t.lead) - width(t.text)
	switch {
	case t.more != "" && width(t.name)+1+width(t.more) <= room:
		return t.lead + t.name + t.text + " " + t.more
	case width(t.name) <= room:
		return t.lead + t.name + t.text
	case t.name != "" && room >= 4:
		return t.lead + strings.TrimRight(cut(t.name, room, mark), " ") + t.text
	}
	return cut(t.short, columns, mark)
}

// notice is the short form, in place of a name.
func (t toast) notice() string { return t.short }

// status is what the list shows of the pane's own state.
type status struct {
	toast      toast
	standing   bool // the toast is a matter: it stays until mended
	unfinished int
	marks      []string // of what can wait
	vault      string   // what it is called, where that is to be said
	demo       bool
	agent      bool // programs get codes from here
}

func (p *pane) status(f frame) status {
	s := status{toast: p.toast, unfinished: p.list.unfinished, vault: p.config.Name, demo: p.config.Demo, agent: p.serving.state.Phase == agent.Serving}
	for _, m := range p.matters() {
		switch {
		case m.mark != "":
			s.marks = append(s.marks, p.look.warning+" "+m.mark)
		case s.toast.text == "" && s.toast.name == "":
			s.toast, s.standing = m.text, true
		}
	}
	return s
}

// selectedLine is the status row without a message: the selected account's
// uncut name and what its row has no room for.
func (s *list) selectedLine(f frame, p plan, rows int) string {
	l, a := f.look, s.account()
	place := ""
	if from, to := s.window(max(rows, 1)); to-from < len(s.shown) && f.width >= 30 {
		place = s.place(from, to, f.width >= 60)
	}
	room := f.width - 2
	if place != "" {
		room -= width(place) + 1
	}
	label := l.name(a.Label())
	if g, onGroup := s.here(); onGroup {
		label = g.says()
	}
	if len(s.chosen) > 0 {
		label = itoa(len(s.chosen)) + " chosen   " + label
	}
	name := cut(label, room, l.cut)
	row := " " + l.text.paint(name)
	used := 1 + width(name)
	for _, more := range s.extras(f, p, a) {
		if used+3+width(more) > room+1 {
			break
		}
		row += "   " + l.muted.paint(more)
		used += 3 + width(more)
	}
	return row + blanks(f.width-1-used-width(place)) + l.muted.paint(place)
}

// place is which accounts are visible, without the rows of groups.
func (s *list) place(from, to int, roomy bool) string {
	above, _ := s.groupBefore(from)
	before, _ := s.groupBefore(to)
	between := "/"
	if roomy {
		between = " of "
	}
	return itoa(from-above+1) + "–" + itoa(to-before) + between + itoa(len(s.shown)-len(s.groups))
}

// extras are told beside the name, most useful first.
func (s *list) extras(f frame, p plan, a otpcore.Account) (extras []string) {
	if a.ID == "" {
		return nil
	}
	if a.Unfinished && f.width >= 60 {
		extras = append(extras, "not registered until the site takes its code: "+on(f.look.keys.big, "finishes").String())
	}
	if p.next == 0 && a.Timed() && f.width >= 60 && !s.hidden(a, f.now) {
		extras = append(extras, "next "+f.look.grouping.group(a, a.At(f.now).Next))
	}
	if used := s.use(a).says(f.now); used != "" && f.width >= 60 {
		extras = append(extras, used)
	}
	if codes := recoveryExtra(a); codes != "" && f.width >= 60 {
		extras = append(extras, codes)
	}
	return extras
}

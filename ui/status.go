package ui

import (
	"time"

	"otpane/otpcore"
)

// toast is one line that speaks for a while in the status row and moves nothing.
type toast struct {
	text  string
	short string // for panes that cannot hold the sentence
	tone  tone
	lasts time.Duration // 0 takes the usual time
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
		t.short = t.text
	}
	t.until = p.now.Add(t.lasts)
	p.toast = t
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

// draw makes the status row: the sentence if it fits, else the short form.
func (t toast) draw(f frame) string {
	sign, style := t.sign(f.look)
	text := t.text
	if 1+width(sign)+width(text) > f.width {
		text = t.short
	}
	room := f.width - 1 - width(sign)
	return " " + style.paint(sign) + f.look.text.paint(cut(text, room, f.look.cut))
}

// notice is the short form, in place of a name.
func (t toast) notice() string { return t.short }

// status is what the list shows of the pane's own state.
type status struct {
	toast      toast
	unfinished int
}

func (p *pane) status(f frame) status {
	s := status{toast: p.toast}
	for _, a := range p.list.accounts {
		if a.Unfinished {
			s.unfinished++
		}
	}
	return s
}

// selectedLine is the status row without a message: the selected account's
// uncut name and what its row has no room for.
func (s *list) selectedLine(f frame, p plan, rows int) string {
	l, a := f.look, s.account()
	place := ""
	if from, to := s.window(max(rows, 1)); to-from < len(s.shown) {
		place = itoa(from+1) + "–" + itoa(to) + " of " + itoa(len(s.shown))
		if f.width < 60 {
			place = itoa(from+1) + "–" + itoa(to) + "/" + itoa(len(s.shown))
		}
	}
	room := f.width - 2
	if place != "" {
		room -= width(place) + 1
	}
	name := cut(outside(a.Label()), room, l.cut)
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

// extras are told beside the name, most useful first.
func (s *list) extras(f frame, p plan, a otpcore.Account) (extras []string) {
	if p.next == 0 && a.Timed() && f.width >= 60 && !s.hidden(a, f.now) {
		extras = append(extras, "next "+grouped(a, a.At(f.now).Next))
	}
	if used, ok := s.used[a.ID]; ok && f.width >= 60 {
		extras = append(extras, "used at "+used.Format("15:04"))
	}
	return extras
}

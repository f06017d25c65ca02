package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// Screen takes pictures of what the desktop shows. No picture stays anywhere.
type Screen struct {
	// Take returns a picture of the whole screen, or of the part that the user
	// selects; nil where nothing can.
	Take  func(ctx context.Context, whole bool) ([]byte, error)
	Parts bool  // the user can select a part
	Why   error // why Take is nil
}

// wantScreen asks where on the screen to look. A selected part comes first: on a
// whole desktop there may be codes that nobody meant.
type wantScreen struct{}

func (wantScreen) fulfil(p *pane) tea.Cmd {
	switch shot := p.config.Screen; {
	case shot.Take == nil && shot.Why != nil:
		p.say(toast{name: upperFirst(cause(shot.Why)), text: ".", short: "no screen", tone: toneWarn, lasts: undoFor})
		return nil
	case shot.Take == nil:
		return nil
	default:
		return wantSheet{screenSheet(shot.Parts)}.fulfil(p)
	}
}

func screenSheet(parts bool) *sheet {
	s := &sheet{
		verb: "QR code", question: " on the screen? No picture is kept.",
		yes: hint{"enter", "select a part"}, no: hint{"esc", "leave"}, act: wantShot{},
		also: hint{"w", "whole screen"}, other: wantShot{whole: true},
	}
	if !parts {
		s.yes, s.act, s.also, s.other = hint{"enter", "whole screen"}, wantShot{whole: true}, hint{}, nil
	}
	return s
}

// wantShot takes the picture and shows what is in it.
type wantShot struct{ whole bool }

func (w wantShot) fulfil(p *pane) tea.Cmd {
	from, awaited := "the selected part", "the part that you select"
	if w.whole {
		from, awaited = "the screen", "the screen"
	}
	take := p.config.Screen.Take
	return p.intakeFrom(awaited, wantRead{from, func(ctx context.Context) ([]byte, error) { return take(ctx, w.whole) }})
}

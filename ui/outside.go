package ui

import (
	"context"
	"fmt"
	"io"

	tea "charm.land/bubbletea/v2"
)

// What the terminal shows around the pane, if the settings ask for it: a title for
// its window and a bar for its tab. Others see both, in task bars, recordings and
// shared screens, so neither ever carries a code or the name of an account.

// run runs a program, with the title that the window had before behind it: the
// library would leave an empty one (XTWINOPS 22 and 23 keep titles on a stack).
func (t Terminal) run(ctx context.Context, m tea.Model) error {
	t.keepTitle("22")
	defer t.keepTitle("23")
	_, err := newProgram(m, t.filter, t.options(ctx)...).Run()
	return err
}

func (t Terminal) keepTitle(operation string) {
	if t.Title {
		fmt.Fprintf(t.Output, "\x1b[%s;2t", operation) // 2: of the window
	}
}

// windowTitle is "otpane · locked", where a title is wanted.
func (l *look) windowTitle(state string) string {
	if !l.titled {
		return ""
	}
	return "otpane " + l.dot + " " + state
}

// progress is the selected account's time in OSC 9;4: how much is left, and its
// urgency as far as that protocol has one.
func (p *pane) progress() *tea.ProgressBar {
	a := p.list.account()
	if !p.config.Progress || a.ID == "" || !a.Timed() {
		return nil
	}
	c := clockOf(a.At(p.now), p.config.Guard)
	bar := tea.ProgressBar{State: tea.ProgressBarDefault, Value: c.cells(100)}
	switch {
	case c.closing:
		bar.State = tea.ProgressBarError
	case c.soon:
		bar.State = tea.ProgressBarWarning
	}
	return &bar
}

// stopping is a stop in the shape of a program that takes over the terminal.
type stopping struct{ terminal Terminal }

func (s stopping) Run() error {
	s.terminal.keepTitle("23")
	defer s.terminal.keepTitle("22")
	return s.terminal.Suspend()
}
func (stopping) SetStdin(io.Reader)  {}
func (stopping) SetStdout(io.Writer) {}
func (stopping) SetStderr(io.Writer) {}

package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Title and bar are the terminal's, and gone with the pane: at leaving, at the
// lock, and while it is stopped.
func TestTitleAndProgress(t *testing.T) {
	s := newStory(t, drawn()...)
	if v := s.p.View(); v.WindowTitle != "" || v.ProgressBar != nil {
		t.Fatalf("by default %q, %v", v.WindowTitle, v.ProgressBar)
	}
	s.p.look.titled, s.p.config.Progress = true, true
	expect := func(state tea.ProgressBarState, value int) {
		t.Helper()
		v := s.p.View()
		if v.WindowTitle != "otpane · 12 accounts" || v.ProgressBar == nil || *v.ProgressBar != (tea.ProgressBar{State: state, Value: value}) {
			t.Errorf("%q, %+v, want %v at %d", v.WindowTitle, v.ProgressBar, state, value)
		}
	}
	expect(tea.ProgressBarDefault, 60)
	s.wait(10 * time.Second)
	expect(tea.ProgressBarWarning, 27)
	s.wait(6 * time.Second)
	expect(tea.ProgressBarError, 7)
	s.press("/").typeText("router").press("esc")
	if bar := s.p.View().ProgressBar; bar != nil {
		t.Errorf("a counter has the bar %+v", bar)
	}
	s.press("g", "ctrl+z")
	if v := s.p.View(); v.WindowTitle != "" || v.ProgressBar != nil {
		t.Errorf("stopped: %q, %v", v.WindowTitle, v.ProgressBar)
	}
	s.p.stopped = false
	if v := s.p.View(); v.ProgressBar == nil {
		t.Error("nothing is there to go")
	}
	s.p.blank()
	if v := s.p.View(); v.WindowTitle != "" || v.ProgressBar != nil || strings.Trim(v.Content, "\n") != "" {
		t.Errorf("left: %q, %v", v.WindowTitle, v.ProgressBar)
	}
}

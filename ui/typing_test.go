package ui

import (
	"context"
	"errors"
	"testing"
	"time"
)

// beside gives the story a second pane, and returns what is typed there.
func (s *story) beside() *[]string {
	var got []string
	s.p.config.Aim = func(context.Context) (Place, error) {
		return Place{"pane 2", func(_ context.Context, text string) error { got = append(got, text); return nil }}, nil
	}
	return &got
}

func TestTTypesIntoTheOtherPane(t *testing.T) {
	s := newStory(t, drawn()...)
	got := s.beside()
	s.press("j", "T").sees("✓ Typed into pane 2, not copied.").sees(grouped(s.account("audit"), s.code("audit")) + "✓")
	if len(*got) != 1 || (*got)[0] != s.code("audit") {
		t.Fatalf("typed %q, the code is %q", *got, s.code("audit"))
	}
	if s.wait(31 * time.Second); s.clipboard != "" || len(s.cleared) != 0 {
		t.Errorf("the clipboard had a part in it: %q, cleared %q", s.clipboard, s.cleared)
	}
}

// T obeys the rules of copying: a dying code waits for the next one, a spent one is
// asked about, a counter code must be drawn.
func TestTypingObeysTheRulesOfCopying(t *testing.T) {
	s := newStory(t, drawn()...)
	got := s.beside()
	s.wait(16 * time.Second).press("T").sees("next code typed in 2 s, then good for 30 s.")
	if len(*got) != 0 {
		t.Fatalf("%q was typed with 2 s to live", *got)
	}
	s.p.config.Aim = func(context.Context) (Place, error) { return Place{}, errors.New("the user looks elsewhere by now") }
	if s.wait(2 * time.Second); len(*got) != 1 || (*got)[0] != s.code("GitHub") {
		t.Fatalf("typed %q, the new code is %q", *got, s.code("GitHub"))
	}
	s.sees("Typed the next code into pane 2, not copied.")

	got = s.beside()
	s.press("T").sees("Used already; sites refuse it twice.  w wait  T type")
	if len(*got) != 0 {
		t.Fatal("a spent code was typed without a question")
	}
	if s.press("T"); len(*got) != 1 {
		t.Fatalf("a second T typed %q", *got)
	}
	s.press("T", "w").sees("next code typed in 30 s").press("esc")

	s.press("/").typeText("router").press("esc", "T").sees("+ draws code 42; the counter is saved first.")
	s.press("+", "T")
	if drawn := s.p.list.drawn[s.account("admin").ID].code; len(*got) != 2 || (*got)[1] != drawn {
		t.Errorf("typed %q, drawn is %q", *got, drawn)
	}
	if s.clipboard != "" {
		t.Errorf("the clipboard holds %q", s.clipboard)
	}
}

func TestTypingThatCannotSaysSo(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("T").sees("T types into another pane of tmux, kitty or WezTerm. zellij has no safe way.")
	s.p.config.Aim = func(context.Context) (Place, error) { return Place{}, errors.New("no other pane") }
	s.press("T").sees("! Not typed: no other pane. enter copies.").seesNot("✓")
	s.p.config.Aim = func(context.Context) (Place, error) {
		return Place{"pane 2", func(context.Context, string) error { return errors.New("tmux: can't find pane: %7") }}, nil
	}
	s.press("T").sees("! Not typed: tmux: can't find pane: %7.").seesNot("✓")
}

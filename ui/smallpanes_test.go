package ui

import (
	"strings"
	"testing"
	"time"
)

// A page says what it is about and which keys act in every pane that opens it.
func TestQRPageTooLargeSaysWhatToDoInEveryPane(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 10}, {30, 6}, {24, 6}} {
		s := newStory(t, drawn()[7])
		s.size(size[0], size[1]).press("o").sees("This QR needs").sees("w write PNG").sees("   esc").seesNot("…")
		if text := strings.Join(strings.Fields(s.screen()), " "); !strings.Contains(text, "Enlarge the pane, or write a picture.") {
			t.Errorf("%v: what to do is not told:\n%s", size, s.screen())
		}
	}
}

func TestHelpSaysHowMuchOfItIsSeen(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("?").sees(strings.Repeat(" ", 20) + "esc back").press("esc")
	s.size(40, 10).press("?").sees("1–8/").press("down").sees("2–9/").press("pgdown").sees("10–17/").press("pgup").sees("2–9/")
	s.size(24, 3).sees("2–3/").sees("esc back")
}

// Where a message has only the place of a name, it still says something.
func TestMessagesFitSmallPanes(t *testing.T) {
	s := newStory(t, drawn()...)
	s.size(24, 3).press("i").sees("24x5")
	s.size(30, 6).press("+").sees("time-based").seesNot("comes…")
	s.press("z").sees("s orders by tag")

}

func TestSpaceShowsAHiddenCodeOnItsPages(t *testing.T) {
	s := newStory(t, drawn()...)
	shown := grouped(s.account("GitHub"), s.code("GitHub"))
	for _, page := range []string{"b", "l"} {
		s.p.list.masked = true
		s.size(40, 6).press(page).seesNot(strings.Join(strings.Split(shown, ""), " ")).seesNot(shown).sees("space show")
		s.press("space").seesNot("space show")
		if text := strings.ReplaceAll(s.screen(), " ", ""); !strings.Contains(text, s.code("GitHub")) {
			t.Errorf("%s: space did not show the code:\n%s", page, s.screen())
		}
		s.wait(revealFor).sees("space show").press("esc")
	}
}

// A machine that slept through a wait has nobody before it who still waits.
func TestAWaitEndsInSleep(t *testing.T) {
	s := newStory(t, drawn()...)
	s.p.config.LockAfter = 0
	s.wait(16 * time.Second).press("enter").sees("next code copied in 2 s")
	s.now = s.now.Add(time.Hour)
	if s.send(tick{s.p.ring}); s.clipboard != "" {
		t.Errorf("an hour later %q was copied", s.clipboard)
	}
}

// Hidden is hidden: neither the code nor the one before or after it stands anywhere,
// on no page and at no size.
func TestHiddenCodesStandNowhere(t *testing.T) {
	s := newStory(t, drawn()...)
	reading := s.account("GitHub").At(s.now)
	codes := []string{reading.Code, reading.Next, s.account("GitHub").At(s.now.Add(-30 * time.Second)).Code}
	s.size(200, 60)
	if text := strings.ReplaceAll(s.screen(), " ", ""); !strings.Contains(text, codes[0]) || !strings.Contains(text, codes[1]) {
		t.Fatalf("the codes are not there to be hidden:\n%s", s.screen())
	}
	s.press("space")
	for _, size := range [][2]int{{200, 60}, {120, 30}, {80, 24}, {60, 12}, {40, 10}, {30, 6}, {24, 10}, {24, 3}, {20, 3}, {12, 1}} {
		s.size(size[0], size[1])
		for _, page := range []string{"", "b", "l", "e", "d", "/"} {
			if page != "" {
				s.press(page)
			}
			text := strings.ReplaceAll(s.screen(), " ", "")
			for _, code := range codes {
				if strings.Contains(text, code) {
					t.Errorf("%v %q shows %s:\n%s", size, page, code, s.screen())
				}
			}
			s.press("esc")
		}
	}
}

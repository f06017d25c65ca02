package ui

import (
	"testing"
	"time"

	"otpane/vault"
)

// A next code that was handed out early is spent when its time has come.
func TestNextCodeIsSpentWhenItStarts(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("n").seesNot("✓ ━").wait(18 * time.Second)
	if s.clipboard != s.code("GitHub") {
		t.Fatalf("the code that n copied, %q, is not the one that started", s.clipboard)
	}
	s.sees(grouped(s.account("GitHub"), s.code("GitHub")) + "✓")
	s.clipboard = ""
	if s.press("enter").sees("Used already"); s.clipboard != "" {
		t.Error("a code was handed out a second time without a question")
	}
	s.wait(30 * time.Second).seesNot("✓")
}

func TestBothCodesOfAPeriodAreSpent(t *testing.T) {
	s := newStory(t, drawn()...)
	now := grouped(s.account("GitHub"), s.code("GitHub")) + "✓"
	s.press("enter", "n").sees(now).wait(18 * time.Second).seesNot(now)
	s.sees(grouped(s.account("GitHub"), s.code("GitHub")) + "✓")
}

func TestDrawnCodeIsSpentOnceItIsCopied(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("/").typeText("router").press("esc", "+", "enter")
	a := s.account("Home router")
	s.sees(group(a.CodeAt(42)) + "✓")
	s.clipboard = ""
	if s.press("enter").sees("Used already; sites refuse it twice.  + draw code 43  enter copy"); s.clipboard != "" {
		t.Fatal("a counter code was handed out a second time without a question")
	}
	s.press("+").sees(group(a.CodeAt(43))).seesNot(group(a.CodeAt(43)) + "✓")
	if s.press("enter"); s.clipboard != a.CodeAt(43) {
		t.Errorf("copied %q, drawn was %q", s.clipboard, a.CodeAt(43))
	}
}

// What was asked about one row is no answer after the cursor has gone elsewhere.
func TestMovingForgetsTheQuestion(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("enter", "enter").sees("Used already").press("j", "k")
	s.clipboard = ""
	if s.press("enter").sees("Used already"); s.clipboard != "" {
		t.Error("an answer that was not given counted")
	}
}

// While letters go to the filter, w is a letter.
func TestQuestionInTheFilterNamesKeysThatAct(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("/").typeText("git").press("enter", "enter").sees("esc w wait  enter copy")
	s.press("esc", "w").sees("next code copied in 18 s")
	s.press("/").typeText("router").press("enter").sees("esc + draws code 42")
}

func TestSpentCodeOnTheDetailsPageCanBeWaitedFor(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("l", "enter", "enter").sees("w wait  enter copy").press("w").sees("next code copied in 18 s")
}

// The code that comes after a wait is that of the account as it is then.
func TestAWaitFollowsTheAccount(t *testing.T) {
	s := newStory(t, drawn()...)
	s.wait(16 * time.Second).press("enter").sees("next code copied in 2 s")
	err := s.p.config.Vault.Update(func(d *vault.Draft) error {
		a, _ := d.Account(s.account("GitHub").ID)
		a.Secret = drawn()[8].Secret
		return d.Set(a)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.p.reload()
	if s.wait(2 * time.Second); s.clipboard == "" || s.clipboard != s.code("GitHub") {
		t.Errorf("copied %q, the account's code is %q", s.clipboard, s.code("GitHub"))
	}
}

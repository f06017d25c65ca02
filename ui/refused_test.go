package ui

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"otpane/otpcore"
)

// refusing is an enrolment whose site has just refused the code.
func refusing(t *testing.T, accounts ...otpcore.Account) *story {
	t.Helper()
	a := drawn()[4]
	s := newStory(t, slices.Concat([]otpcore.Account{a}, accounts)...)
	s.p.list.selectID(s.account(a.Name).ID)
	return s.press("b", "r").sees("refused")
}

// One code that another device shows says how far the clock is off, to within a
// period; enter keeps that, and the codes are right.
func TestRefusedForTheClock(t *testing.T) {
	s := refusing(t)
	right := s.account("Fastmail").At(s.now.Add(-94 * time.Second)).Code
	s.sees("the code was not used before").sees("no other Fastmail account here")
	s.typeText(right).press("enter").sees("this clock is about").sees("ahead").sees("Time zones do not matter.")
	s.press("enter").sees("All codes are corrected by").sees("Type this code on the site:").sees(grouped(s.account("Fastmail"), right)[:1])
	if by := s.p.config.Vault.Correction(); by > -79*time.Second || by < -109*time.Second {
		t.Fatalf("corrected by %s, the clock is 94 s ahead", by)
	}
	if s.code("Fastmail") != right {
		t.Error("the corrected code is not the one that is right")
	}
	s.press("enter")
	if s.clipboard != right {
		t.Errorf("copied %q, right is %q", s.clipboard, right)
	}
	s.press("esc").sees("! codes corrected by")
	s.press("C").sees("All codes are corrected by").press("ctrl+d").sees("No correction acts any more.").seesNot("corrected by")
	if by := s.p.config.Vault.Correction(); by != 0 {
		t.Errorf("corrected by %s still", by)
	}
}

func TestRefusedForTheClockOfOneSite(t *testing.T) {
	s := refusing(t, drawn()[0])
	s.typeText(s.account("Fastmail").At(s.now.Add(5 * time.Minute)).Code).press("enter").press("a").sees("is corrected by")
	if s.p.config.Vault.Correction() != 0 || s.account("Fastmail").Correction < 4*time.Minute || s.account("GitHub").Corrections() != 0 {
		t.Errorf("vault %s, account %s", s.p.config.Vault.Correction(), s.account("Fastmail").Correction)
	}
}

func TestRefusedForTheAlgorithm(t *testing.T) {
	s := refusing(t)
	other := s.account("Fastmail")
	other.Algorithm = otpcore.SHA256
	s.typeText(other.At(s.now).Code).press("enter").sees("This fits SHA256 instead of SHA1").press("enter").sees("SHA256, 6 digits, 30 s now").sees("Type this code on the site:")
	if a := s.account("Fastmail"); a.Algorithm != otpcore.SHA256 || !a.Unfinished || s.code("Fastmail") != other.At(s.now).Code {
		t.Errorf("%s, unfinished %v", a.Algorithm, a.Unfinished)
	}
}

func TestRefusedForAnotherAccount(t *testing.T) {
	twin := drawn()[4]
	twin.Name, twin.Secret, twin.Unfinished = "bob", otpcore.NewSecret([]byte("the key of bob's account")), false
	s := refusing(t, twin)
	s.sees("is it this one? Also here: bob")
	s.typeText(s.account("bob").At(s.now).Code).press("enter").sees("another account, Fastmail · bob").press("enter")
	if s.p.page != nil || s.p.list.account().Name != "bob" {
		t.Errorf("on %s", s.p.list.account().Label())
	}
}

func TestRefusedForACounter(t *testing.T) {
	s := newStory(t, drawn()[5])
	s.press("V").typeText(s.account("admin").CodeAt(57)).press("enter").sees("the site is").press("enter").sees("now")
	if a := s.account("admin"); a.Counter != 58 {
		t.Errorf("the counter is %d, want the one after 57", a.Counter)
	}
}

func TestRefusedCodeThatWasUsed(t *testing.T) {
	s := newStory(t, drawn()[4])
	s.press("b", "enter", "r").sees("a code of this period was handed out")
	s.typeText(s.code("Fastmail")).press("enter").sees("Right.").sees("and most sites take a code")
	s.press("enter", "esc").sees("Type this code on the site:")
}

func TestRefusedWithoutAnExplanation(t *testing.T) {
	s := refusing(t)
	s.typeText("12a").press("enter").sees("digits only")
	s.press("ctrl+u").typeText("12345O").press("enter").sees(`did you mean "0"?`).seesNot("?.")
	s.press("ctrl+u").typeText("１２ ３４").press("enter").sees("4 digits were typed")
	s.press("ctrl+u").typeText("１２３ ４５６").press("enter").sees("Nothing fits within ±10 min")
	s.press("esc", "esc").sees("○ Fastmail")
}

// Two codes, typed one after the other, narrow what one leaves open.
func TestSecondCodeNarrowsTheClock(t *testing.T) {
	s := refusing(t)
	truth := func() string { return s.account("Fastmail").At(s.now.Add(-94 * time.Second)).Code }
	s.typeText(truth()).press("enter")
	first, _ := s.p.page.(*refusedPage).finding()
	s.wait(11 * time.Second).typeText(truth()).press("enter")
	second, _ := s.p.page.(*refusedPage).finding()
	if first.Clock.Margin() <= second.Clock.Margin() || second.Clock.Margin() == 0 {
		t.Errorf("±%s, then ±%s", first.Clock.Margin(), second.Clock.Margin())
	}
}

func TestVerifyInThePane(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("V").sees("verify").seesNot("not used before").typeText(s.code("GitHub")).press("enter").sees("Right.")
	s.typeText(s.account("GitHub").At(s.now.Add(-30 * time.Second)).Code).press("enter").sees("Right for the previous period.")
	s.typeText("000000").press("enter").seesNot("Right")
	s.press("esc").sees("12 accounts")
}

func TestClockPageAsksOnlyWhenTold(t *testing.T) {
	s := newStory(t, drawn()[0])
	asked, failure := "", error(nil)
	s.p.config.TimeServer = "time.example.org"
	s.p.config.AskTime = func(_ context.Context, server string) (TimeAnswer, error) {
		asked = server
		return TimeAnswer{Offset: 94 * time.Second, Error: 20 * time.Millisecond, Delay: 40 * time.Millisecond, Steady: true}, failure
	}
	s.press("C").wait(time.Minute).sees("time.example.org")
	if asked != "" {
		t.Fatalf("%s was asked by itself", asked)
	}
	failure = errors.New("time.example.org does not answer")
	s.press("enter").sees("Time.example.org does not answer.")
	failure = nil
	s.press("ctrl+u").typeText("ntp.lab").press("enter").sees("This clock is 94.0 s behind")
	if asked != "ntp.lab" {
		t.Fatalf("%s was asked", asked)
	}
	s.press("enter").sees("All codes are corrected by 94 s now.")
	if by := s.p.config.Vault.Correction(); by != 94*time.Second {
		t.Errorf("corrected by %s", by)
	}
	s.press("C", "enter").sees("With the correction codes").press("esc")
}

// A machine that nobody keeps on time shows it, and does not nag.
func TestUnsynchronisedClockIsAMark(t *testing.T) {
	s := newStory(t, drawn()[0])
	jump := time.Duration(0)
	s.p.config.Clock = func() Clock { return Clock{Known: true, Jumped: jump} }
	s.wait(time.Minute).sees("! clock unsure").press("esc", "!").sees("The system says its clock is not synchronised.")
	jump = -time.Hour
	s.press("esc").wait(2 * time.Second).sees("Somebody moved the clock by 3600 s.")
}

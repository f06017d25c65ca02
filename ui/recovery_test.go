package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"otpane/otpcore"
)

// sitesPage is what a site shows once, words, numbers and all.
const sitesPage = `Save your recovery codes
Keep these codes somewhere safe. Each can be used once.

  1. 8fk2-91xq     2. 7d0a-44ce
  3. b1e9-02dd     4. 93ab-c1f0
`

// keeping is an account whose recovery codes are in the vault.
func keeping(t *testing.T) *story {
	t.Helper()
	s := newStory(t, drawn()...)
	s.press("r").sees("Paste them as the site prints them").paste(sitesPage).sees("8fk2-91xq").sees("93ab-c1f0").sees("keep 4 codes")
	if n := len(s.account("GitHub").Recovery); n != 0 {
		t.Fatalf("%d codes saved before they were seen", n)
	}
	s.press("enter").sees("4 recovery codes kept, 4 of 4 left.")
	return s
}

func (s *story) codesOf(name string) (texts []string) {
	s.t.Helper()
	for _, c := range s.account(name).Recovery {
		texts = append(texts, string(c.Text.Reveal()))
	}
	return texts
}

func TestRecoveryCodesAreKept(t *testing.T) {
	s := keeping(t)
	if got := strings.Join(s.codesOf("GitHub"), " "); got != "8fk2-91xq 7d0a-44ce b1e9-02dd 93ab-c1f0" {
		t.Errorf("kept %q", got)
	}
	s.wait(4 * time.Second).sees("recovery codes 4 of 4").press("l").sees("4 of 4 codes left").press("esc")
}

// Copying one marks it in the same step; the others are dots; undo takes it back.
func TestRecoveryCodeIsUsed(t *testing.T) {
	s := keeping(t)
	s.press("r").sees("4 of 4 left").sees("1  8fk2-91xq").sees("••••-••••").seesNot("7d0a-44ce")
	s.press("enter").sees("recovery code copied and marked used.").sees("3 of 4 left").sees("used 2026-11-22")
	if s.clipboard != "8fk2-91xq" {
		t.Fatalf("copied %q", s.clipboard)
	}
	if codes := s.account("GitHub").Recovery; !codes[0].Used.Equal(s.now) {
		t.Errorf("used %v", codes[0].Used)
	}
	s.press("enter").sees("sites take each once")
	s.press("u").sees("unused again").sees("4 of 4 left")
	s.press("j", "enter").press("j", "enter").sees("2 of 4 recovery codes left: make new ones on the site.")
	s.wait(31 * time.Second)
	if s.clipboard != "" {
		t.Errorf("the clipboard still holds %q", s.clipboard)
	}
}

// On the day on which they are needed a full disk must not stand in the way.
func TestRecoveryCodeIsCopiedEvenIfTheDiskRefuses(t *testing.T) {
	s := keeping(t)
	s.press("r")
	s.unplug()
	s.press("enter").sees("Not saved").sees("3 of 4 left")
	if s.clipboard != "8fk2-91xq" {
		t.Errorf("copied %q", s.clipboard)
	}
	s = keeping(t)
	s.copyErr = errors.New("the display is gone")
	s.press("r", "enter").sees("Nothing is marked.").sees("4 of 4 left")
}

func TestRecoveryCodesTypedOrFromAFile(t *testing.T) {
	s := newStory(t, drawn()[0])
	s.files["/codes.txt"] = []byte(sitesPage)
	s.press("r").typeText("my only code").press("enter").sees("1  my only code").typeText("/codes.txt").press("enter").sees("5  93ab-c1f0")
	s.typeText("8fk2-91xq").press("enter").sees("That one is here already.")
	s.press("ctrl+d").seesNot("93ab-c1f0").press("esc").sees("Sites show these codes only once.").press("s")
	if got := s.codesOf("GitHub"); len(got) != 4 || got[0] != "my only code" {
		t.Errorf("kept %q", got)
	}
	s.size(40, 10).press("r", "a").typeText("new-1").press("enter", "esc").sees("Not saved. Sites show these codes only").sees(" once.").sees("1  new-1").press("esc").size(80, 24)
	s.press("r", "a").paste("Keep these codes safe.").sees("No recovery codes in this text.").press("esc").sees("otpane")
}

func TestHostileRecoveryText(t *testing.T) {
	s := newStory(t, drawn()[0])
	s.press("r").paste("1. aaaa-1111\x1b]0;owned\x07\n2. bbbb-2222\x1b[2J\n3. cccc-\u202e3333\n")
	for _, sequence := range sequences(s.p.View().Content) {
		if !strings.HasSuffix(sequence, "m") {
			t.Errorf("the screen gets %q", sequence)
		}
	}
	s.press("enter")
	for _, text := range s.codesOf("GitHub") {
		if text != otpcore.Clean(text) {
			t.Errorf("kept %q", text)
		}
	}
}

func TestRecoveryCodeIsRemovedAfterAQuestion(t *testing.T) {
	s := keeping(t)
	s.press("r", "j", "x").sees("Remove this code of GitHub").press("n")
	if n := len(s.account("GitHub").Recovery); n != 4 {
		t.Fatalf("%d codes after no", n)
	}
	s.press("r", "j", "x", "y").sees("one recovery code removed.")
	if got := strings.Join(s.codesOf("GitHub"), " "); strings.Contains(got, "7d0a") || len(s.codesOf("GitHub")) != 3 {
		t.Errorf("left: %q", got)
	}
}

func TestRecoveryCodesArePrinted(t *testing.T) {
	s := keeping(t)
	s.press("r", "enter", "w", "enter").sees("written.")
	for path, text := range s.files {
		if !strings.Contains(string(text), "7d0a-44ce") || strings.Contains(string(text), "8fk2-91xq") {
			t.Errorf("%s holds\n%s", path, text)
		}
		return
	}
	t.Error("no file")
}

// The last step of a registration, and the way past it.
func TestEnrolmentEndsWithRecoveryCodes(t *testing.T) {
	s := newStory(t)
	s.press("a").paste(enrolment).press("enter", "y").sees("5 recovery").sees("Does the site show recovery codes?").paste(sitesPage).press("enter").sees("4 recovery codes kept")
	if s.p.page != nil || len(s.account("Fastmail").Recovery) != 4 || s.account("Fastmail").Unfinished {
		t.Errorf("page %T, %d codes", s.p.page, len(s.account("Fastmail").Recovery))
	}
	s = newStory(t)
	if s.press("a").paste(enrolment).press("enter", "y", "enter"); s.p.page != nil {
		t.Errorf("enter without codes stays on %T", s.p.page)
	}
}

// A masked or left pane shows none.
func TestRecoveryCodesHide(t *testing.T) {
	s := keeping(t)
	s.press("space").press("r").seesNot("8fk2-91xq").sees("••••-••••")
}

func TestSealedCodesSayWhatOpensThem(t *testing.T) {
	s := newStory(t, drawn()[0])
	s.p.page = &recoveryPage{list: &s.p.list, id: s.p.list.account().ID}
	s.p.list.accounts[0].Recovery = []otpcore.RecoveryCode{{ID: "x", Sealed: true}}
	s.sees("sealed").press("enter").sees("otpane recovery use NAME --recovery-identity FILE")
	if s.clipboard != "" {
		t.Errorf("copied %q", s.clipboard)
	}
}

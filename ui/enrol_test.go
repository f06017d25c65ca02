package ui

import (
	"errors"
	"testing"
	"time"

	"otpane/otpcore"
	"otpane/vault"
)

const enrolment = "otpauth://totp/Fastmail:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Fastmail"

// The way of a help page: key, check, save, type, "registered".
func TestEnrolment(t *testing.T) {
	s := newStory(t)
	s.press("a").sees("1 key  2 check  3 type  4 answer  5 recovery").paste(enrolment)
	s.sees(grouped(otpcore.Account{}, mustURI(t, enrolment).At(s.now).Code)) // live, before anything is saved
	if n := len(s.p.config.Vault.Accounts()); n != 0 {
		t.Fatalf("%d accounts before enter", n)
	}
	s.press("enter").sees("Saved. Type this code on the site:").sees("Not registered until the site takes it.")
	if !s.account("Fastmail").Unfinished {
		t.Fatal("registered before the site took a code")
	}
	s.press("enter")
	if s.clipboard != s.code("Fastmail") {
		t.Errorf("copied %q", s.clipboard)
	}
	s.press("esc").sees("Not registered until the site takes its code.  b finish").sees("○ 1 unfinished").sees("○ Fastmail")
	s.press("b").sees("Saved. Type this code on the site:").press("y").sees("Fastmail · alice is registered.").press("esc").seesNot("unfinished")
	if s.account("Fastmail").Unfinished {
		t.Error("still unfinished on disk")
	}
	s.press("b").sees("next") // the plain large code from now on
}

func mustURI(t *testing.T, uri string) otpcore.Account {
	t.Helper()
	a, err := otpcore.ParseURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A site's own picture or URI is an enrolment; whoever brings several is moving in.
func TestWhatComesInUnfinished(t *testing.T) {
	one, two := drawn()[0], drawn()[8]
	pasted := newStory(t)
	pasted.paste(enrolment).sees("[x] new").press("enter").sees("Saved. Type this code on the site:")
	if !pasted.account("Fastmail").Unfinished {
		t.Error("a pasted URI is finished")
	}
	picture := newStory(t)
	picture.files["/qr.png"] = pictureOf(t, one)
	picture.paste("/qr.png").press("enter").sees("3 type").press("esc").sees("Remove qr.png?")
	if !picture.account("GitHub").Unfinished {
		t.Error("a picture is finished")
	}
	several := newStory(t)
	several.files["/a.png"], several.files["/b.png"] = pictureOf(t, one), pictureOf(t, two)
	several.paste("/a.png /b.png").press("enter").sees("Remove 2 pictures?")
	for _, a := range several.p.config.Vault.Accounts() {
		if a.Unfinished {
			t.Errorf("%s of a list is unfinished", a.Label())
		}
	}
}

// Somebody may believe to be registered.
func TestQuittingAsksAboutTheUnfinished(t *testing.T) {
	a := drawn()[4]
	s := newStory(t, a)
	s.press("q").sees("Fastmail · alice@fastmail.example is not registered yet. Quit?")
	if s.quit {
		t.Fatal("left without a question")
	}
	s.press("n")
	if s.seesNot("Quit?"); s.quit {
		t.Fatal("n left")
	}
	s.press("q", "b").sees("Saved. Type this code on the site:").press("esc", "q", "y")
	if !s.quit {
		t.Error("y stayed")
	}
	s = newStory(t, a, drawn()[0])
	if s.press("ctrl+c").sees("not registered yet").press("ctrl+c"); !s.quit {
		t.Error("a second ctrl-c stayed")
	}
	other := a
	other.ID, other.Name = "", "bob"
	newStory(t, a, other).size(30, 6).press("q").sees("2 accounts unfinished. Quit?")
	s = newStory(t, a)
	if s.size(20, 3).press("q"); !s.quit {
		t.Error("a pane without room for a question asked one")
	}
	s = newStory(t, a)
	if s.press("L"); !s.quit || s.p.outcome != Locked {
		t.Error("locking asks")
	}
}

// The site made its user enrol again: the old key opens the door until the new one
// has.
func TestNewKeyWaitsBesideTheOldOne(t *testing.T) {
	old := drawn()[1]
	s := newStory(t, old, drawn()[0])
	s.press("j", "e", "shift+tab").typeText("jbswy3dpehpk3pxpjbswy3dpehpk3pxp").press("enter").sees("Not registered until the site takes it. The old key stays until then.")
	if n := len(s.p.config.Vault.Accounts()); n != 3 {
		t.Fatalf("%d accounts, want the old one, the new one and another", n)
	}
	if !s.account("audit").Secret.Equal(old.Secret) || s.account("audit").Unfinished {
		t.Fatal("the old account changed")
	}
	s.press("esc").sees("audit (new key)").press("b", "y").sees("AWS prod · audit is registered.").press("esc").seesNot("new key")
	got := s.account("audit")
	if n := len(s.p.config.Vault.Accounts()); n != 2 || got.Secret.Equal(old.Secret) || got.Unfinished || len(got.Tags) != 2 {
		t.Errorf("%d accounts; tags %v, unfinished %v", n, got.Tags, got.Unfinished)
	}
	if s.p.list.account().ID != got.ID {
		t.Error("the account with the new key is not selected")
	}
}

// A key that no site has taken is a typing error to mend, not a second enrolment.
func TestUnfinishedKeyIsCorrectedInPlace(t *testing.T) {
	s := newStory(t, drawn()[4])
	s.press("e", "shift+tab").typeText("jbswy3dpehpk3pxpjbswy3dpehpk3pxp").press("enter").sees("changed.")
	if n := len(s.p.config.Vault.Accounts()); n != 1 || s.account("Fastmail").Secret.Equal(drawn()[4].Secret) {
		t.Errorf("%d accounts", n)
	}
}

// What the disk refuses is no enrolment yet: nobody is told to type its code.
func TestUnsavedAccountIsNotEnrolled(t *testing.T) {
	s := newStory(t)
	_, _ = s.p.Update(saved{err: errors.New("disk full"), closes: true, then: enrol(nil), edit: edit{
		operation: func(*vault.Draft) error { return nil },
		effect:    s.p.added(drawn()[4]),
	}})
	s.seesNot("Type this code").sees("Not saved")
	s.press("b").seesNot("Type this code")
	if s.press("y").seesNot("registered."); len(s.p.pending) != 1 {
		t.Errorf("%d edits wait", len(s.p.pending))
	}
}

func TestCounterIsEnrolled(t *testing.T) {
	s := newStory(t)
	s.press("a").paste("otpauth://hotp/Router:admin?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Router&counter=7").press("enter")
	s.sees("Saved. + draws the code that the site asks for.").press("+").sees("Saved. Type this code on the site:")
	if a := s.account("Router"); a.Counter != 8 {
		t.Errorf("the counter is %d after code 7", a.Counter)
	}
	s.wait(time.Second).press("enter")
	if want := s.account("Router").CodeAt(7); s.clipboard != want {
		t.Errorf("copied %q, want %q", s.clipboard, want)
	}
}

// Another process deleted the old account meanwhile: the new key keeps what the
// site knows it by.
func TestNewKeyOutlivesItsPredecessor(t *testing.T) {
	s := newStory(t, drawn()[1])
	s.press("e", "shift+tab").typeText("jbswy3dpehpk3pxpjbswy3dpehpk3pxp").press("enter").sees("The old key stays until then.")
	old := s.account("audit").ID
	if err := s.p.config.Vault.Update(func(d *vault.Draft) error { return d.Delete(old) }); err != nil {
		t.Fatal(err)
	}
	s.press("y").sees("Does the site show recovery codes?").seesNot("unnamed").paste(sitesPage).press("enter")
	accounts := s.p.config.Vault.Accounts()
	if len(accounts) != 1 || accounts[0].Name != "audit" || accounts[0].Unfinished || len(accounts[0].Recovery) != 4 {
		t.Errorf("left: %d accounts, the first is %q with %d codes", len(accounts), accounts[0].Name, len(accounts[0].Recovery))
	}
}

// What is changed in the middle of a registration goes on with it.
func TestChangingGoesOnWithTheRegistration(t *testing.T) {
	s := newStory(t, drawn()[4])
	s.press("b", "e", "ctrl+u").typeText("Fastmail Pty").press("enter").sees("Type this code on the site:").sees("Fastmail Pty")
	s.press("e", "esc").sees("Type this code on the site:")
}

package ui

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
)

func notSealed(_ context.Context, plain, _ []byte) ([]byte, error) { return slices.Clone(plain), nil }

// remembering is a story whose readable files are remembered.
func remembering(t *testing.T) *story {
	s := newStory(t, drawn()...)
	var noted []string
	there := func(path string) bool { _, ok := s.files[path]; return ok }
	s.p.config.Readable = Readable{
		List: func() []string {
			return slices.DeleteFunc(slices.Clone(noted), func(path string) bool { return !there(path) })
		},
		Note:   func(path string) error { noted = append(noted, path); return nil },
		Remove: func(path string) error { delete(s.files, path); return nil },
		Forget: func(path string) error {
			noted = slices.DeleteFunc(noted, func(one string) bool { return one == path })
			return nil
		},
	}
	return s
}

// export writes the nth form of the selected account to its proposed place.
func (s *story) export(n int) *story {
	return s.press("E").press(slices.Repeat([]string{"j"}, n)...).press("enter", "enter", "y")
}

func TestReadableExportIsRemindedOfUntilItIsGone(t *testing.T) {
	const file = "otpane-2026-11-22.txt"
	s := remembering(t)
	s.export(1).sees("Whoever reads it has the keys.").wait(10 * time.Second)
	s.sees("! " + file + " holds your keys in plain text. ! remove")
	s.press("!").sees("Remove " + file + "? It holds your keys in plain text.").press("n")
	s.press("!").press("y").sees(file + " removed.").wait(10 * time.Second).seesNot("plain text")
	if len(s.files) != 0 {
		t.Errorf("still there: %v", s.files)
	}

	// By hand, while the pane is open.
	s.export(1).wait(10 * time.Second).sees("plain text")
	delete(s.files, file)
	s.wait(time.Minute).seesNot("plain text")

	// A file that may stay.
	s.export(1).wait(10*time.Second).press("!", "k").sees("stays; there is no more reminder").wait(time.Minute).seesNot("plain text")
	if len(s.files) != 1 {
		t.Error("it was removed")
	}
	s.press("esc", "o", "w", "enter", "esc").wait(10 * time.Second).sees("otpane-github-alice-example-com.png holds your keys in plain text")
}

func TestSealedExportsAreNotRemindedOf(t *testing.T) {
	s := remembering(t)
	s.p.config.Seal = notSealed
	s.press("E", "j", "j", "j", "j").sees("▌Aegis, sealed").press("enter", "enter")
	for range 2 {
		s.typeText("velvet fathom quorum ember").press("enter")
	}
	s.sees("written: 1 account. Aegis opens it.").wait(10 * time.Second).seesNot("plain text")
	batch, err := exchange.Read(t.Context(), s.files["otpane-2026-11-22.aegis.json"], exchange.Options{Passphrase: []byte("velvet fathom quorum ember")})
	if err != nil || len(batch.Accounts) != 1 || !batch.Accounts[0].Secret.Equal(drawn()[0].Secret) {
		t.Errorf("%v, %v", batch.Accounts, err)
	}
}

// What each readable form wrote is read again.
func TestEveryReadableFormComesBack(t *testing.T) {
	for n, form := range exportForms[1:] {
		if form.seal != nil {
			continue
		}
		s := remembering(t)
		s.press("j")
		s.export(n)
		var batch otpcore.Batch
		for path, data := range s.files {
			if form.parts != nil && !strings.HasSuffix(path, "-1.png") {
				t.Errorf("a part is called %s", path)
			}
			opened, err := exchange.Open(t.Context(), data, exchange.Options{})
			if err != nil {
				t.Fatalf("%s: %v", form.name, err)
			}
			batch = batch.Join(opened.Batch)
		}
		want := drawn()[1]
		if len(batch.Accounts) != 1 || batch.Accounts[0].Label() != want.Label() || !batch.Accounts[0].Secret.Equal(want.Secret) {
			t.Errorf("%s: %v", form.name, batch.Accounts)
		}
	}
	s := remembering(t)
	s.press("j", "j", "j", "j", "j", "j").export(4).sees("Not written: no account fits this form.")
	if len(s.files) != 0 {
		t.Error("something was written")
	}
}

func TestSeveralReadableFilesGoAtOnce(t *testing.T) {
	s := remembering(t)
	s.export(0)
	s.export(1).wait(10 * time.Second).sees("! 2 files hold your keys in plain text. ! remove")
	s.press("!").sees("otpane-2026-11-22.json, otpane-2026-11-22.txt").press("y").sees("2 files removed.")
	if len(s.files) != 0 {
		t.Errorf("still there: %v", s.files)
	}
}

// The selected form is seen also where not all of them fit.
func TestEveryFormIsSeenInALowPane(t *testing.T) {
	s := newStory(t, drawn()...)
	s.p.config.Seal = notSealed
	s.size(30, 6).press("E")
	for _, form := range exportForms {
		s.sees("▌" + form.name).press("j")
	}
}

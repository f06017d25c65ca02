package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/google/go-cmp/cmp"

	"otpane/otpcore"
)

const shots = "/home/bob/Pictures/Screenshots"

// watching gives a story an inbox. What watches ends at once: a story hands in
// pictures by itself.
func (s *story) watching() *story {
	s.p.config.Watch = func(context.Context, string) (func() (string, error), error) {
		return nil, context.Canceled
	}
	s.p.inbox.folder, s.p.config.Inbox = shots, shots
	s.settable()
	return s
}

// settable gives a story settings that hold what was asked for.
func (s *story) settable() {
	stored := s.p.config.Inbox
	s.p.config.Settings = &Settings{
		Inbox: func(folder string) error { stored = folder; return nil },
		Apply: func(c *Config, t *Terminal) { c.Inbox, c.AskInbox = stored, false },
	}
}

// shot lets a picture of an account come into the inbox, or half a picture.
func (s *story) shot(name string, accounts ...otpcore.Account) *story {
	s.t.Helper()
	path := shots + "/" + name
	s.files[path] = []byte("\x89PNG\r\n\x1a\nhalf a picture")
	if len(accounts) > 0 {
		s.files[path] = pictureOf(s.t, accounts[0])
	}
	s.send(arrived{folder: shots, path: path, read: readOne(context.Background(), path, s.p.config.Read, s.p.opening()), next: func() tea.Msg { return nil }})
	return s
}

// rested lets hands rest, and the timer ring then.
func (s *story) rested() *story {
	s.now = s.now.Add(handsRest)
	s.send(tick{s.p.ring})
	return s
}

func TestANewPictureIsOfferedAndRemoved(t *testing.T) {
	s := newStory(t, drawn()[:3]...).watching()
	s.shot("shot-1504.png", drawn()[8])
	s.sees("New picture: Proxmox · root@pve-1.lab.example.org. Import it?").sees("shot-1504.png, 0 s ago. Not in the vault yet.")
	s.sees("y import   n leave it   N stop watching").rested().press("y").sees("Saved. Type this code on the site:").press("esc").sees("Remove shot-1504.png? It holds the key.")
	s.account("Proxmox")
	if s.press("y"); len(s.files) != 0 {
		t.Error("the picture is still there")
	}
}

func TestTheInboxAtEverySize(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {60, 12}, {40, 10}, {30, 6}, {24, 5}} {
		s := newStory(t, drawn()...).watching()
		bob := drawn()[0]
		bob.Name, bob.Secret = "bob", otpcore.NewSecret([]byte("another key"))
		s.size(size[0], size[1]).shot("shot-1504.png", bob).wait(2 * time.Second)
		golden(t, fmt.Sprintf("inbox-%dx%d", size[0], size[1]), s.screen())
	}
}

// What is in the vault, and what is no account at all, is nobody's business.
func TestOnlyWhatIsNewIsOffered(t *testing.T) {
	s := newStory(t, drawn()...).watching()
	s.shot("known.png", drawn()[8]).seesNot("New picture")
	s.shot("half.png").seesNot("New picture")
	s.send(arrived{folder: "/elsewhere", path: "x", read: found{batch: otpcore.Batch{Accounts: drawn()[:1]}, pictures: []string{"x"}}})
	s.shot("half.png", drawn()[8]).seesNot("New picture")
	fresh := drawn()[8]
	fresh.Secret = otpcore.NewSecret([]byte("a new key of the same site"))
	s.shot("half.png", fresh).sees("New picture: Proxmox") // once it is whole
}

// A new key under a known name is looked at first.
func TestAClashIsLookedAtFirst(t *testing.T) {
	s := newStory(t, drawn()...).watching()
	fresh := drawn()[8]
	fresh.Secret = otpcore.NewSecret([]byte("a new key of the same site"))
	s.shot("new.png", fresh).rested().press("y").sees("Import new.png").sees("clash")
	if n := len(s.p.config.Vault.Accounts()); n != len(drawn()) {
		t.Errorf("%d accounts", n)
	}
}

// The sheet opens by itself: keys that were on their way are not its own.
func TestHandsRestBeforeTheInboxListens(t *testing.T) {
	s := newStory(t, drawn()[:3]...).watching()
	var rings []time.Duration
	s.p.config.After = func(d time.Duration, _ tea.Msg) tea.Cmd { rings = append(rings, d); return nil }
	s.shot("shot.png", drawn()[8])
	muted := s.p.View().Content
	if len(rings) == 0 || rings[len(rings)-1] != handsRest {
		t.Fatalf("the timer rings after %v", rings)
	}
	for range 3 {
		s.now = s.now.Add(650 * time.Millisecond)
		s.press("y", "n", "N").sees("New picture")
	}
	if len(s.p.config.Vault.Accounts()) != 3 {
		t.Fatal("a key in a hurry imported")
	}
	if s.rested(); cmp.Equal(hintRow(muted), hintRow(s.p.View().Content)) {
		t.Error("the hints look the same before and after")
	}
	s.press("y")
	s.account("Proxmox")
}

func hintRow(content string) string { return content[strings.LastIndex(content, "\n"):] }

// A clock that is set back does not silence the keys for hours.
func TestAClockSetBackLeavesTheInboxItsKeys(t *testing.T) {
	s := newStory(t, drawn()[:3]...).watching()
	s.shot("shot.png", drawn()[8])
	s.now = s.now.Add(-5 * time.Hour)
	s.press("n").seesNot("New picture")
}

func TestTheInboxWaitsForAFreeMoment(t *testing.T) {
	s := newStory(t, drawn()[:3]...).watching()
	s.press("/").typeText("git").shot("one.png", drawn()[8]).sees("/git").seesNot("New picture")
	s.press("esc").wait(time.Second).sees("New picture: Proxmox").rested().press("n")
	s.press("a").shot("two.png", drawn()[7]).sees("Add account").wait(2 * time.Second).seesNot("New picture")
	s.press("esc", "d").sees("Delete").wait(time.Second).seesNot("New picture").press("n")
	s.wait(time.Second).sees("New picture: npm").sees("two.png, 4 s ago")
	s.size(20, 3).wait(time.Second)
	if strings.Contains(s.screen(), "picture") {
		t.Error("a strip shows a sheet")
	}
}

// Two pictures come one after the other; what was imported meanwhile is passed over.
func TestOffersQueue(t *testing.T) {
	s := newStory(t, drawn()[:3]...).watching()
	s.press("l").shot("one.png", drawn()[8]).shot("two.png", drawn()[8]).shot("three.png", drawn()[7]).press("esc")
	s.wait(time.Second).sees("one.png").rested().press("y", "esc", "n").wait(time.Second).sees("three.png")
}

func TestStoppingIsASetting(t *testing.T) {
	s := newStory(t, drawn()[:3]...).watching()
	ended := false
	s.p.inbox.end = func() { ended = true }
	s.shot("one.png", drawn()[8]).rested().press("N").sees("New pictures are not looked at any more.")
	if !ended || s.p.config.Inbox != "" || s.p.inbox.folder != "" {
		t.Errorf("ended %v, inbox %q, watched %q", ended, s.p.config.Inbox, s.p.inbox.folder)
	}
	s.shot("two.png", drawn()[7]).seesNot("Import it?")
}

// After the first picture from a folder of screenshots, once.
func TestTheFirstScreenshotAsksForItsFolder(t *testing.T) {
	for key, want := range map[string]string{"y": "~/Pictures/Screenshots", "n": ""} {
		s := newStory(t).disk(map[string]int{newestPicture: 8})
		s.p.config.AskInbox = true
		s.p.config.Watch = func(context.Context, string) (func() (string, error), error) { return nil, errors.New("not here") }
		stored := "nothing"
		s.p.config.Settings = &Settings{
			Inbox: func(folder string) error { stored = folder; return nil },
			Apply: func(c *Config, _ *Terminal) { c.Inbox, c.AskInbox = stored, false },
		}
		s.press("i", "enter", "enter", "esc", "n").wait(time.Second)
		s.sees("Watch ~/Pictures/Screenshots for QR codes?").rested().press(key)
		if stored != want {
			t.Errorf("%s stored %q", key, stored)
		}
		if key == "y" {
			s.sees("New pictures are not noticed: not here.")
		}
		s.files[newestPicture] = pictureOf(t, drawn()[7])
		s.press("i", "enter", "enter", "esc", "n").wait(2 * time.Second).seesNot("Watch")
	}
}

func TestOtherFoldersAreNotAskedAbout(t *testing.T) {
	for path, want := range map[string]bool{
		"~/Pictures/Screenshots/a.png": true, "/home/bob/Desktop/Screenshot 2026-11-22 at 15.04.12.png": true, `C:\Users\Bob\Pictures\Screenshots\1.png`: true,
		"/x/Bildschirmfoto vom 22.png": true, "~/Downloads/qr.png": false, "shot.png": false, "/home/screenshot/x/qr.png": false,
	} {
		if isScreenshot(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

// What lies in a folder that a service copies is said, also of a bare name.
func TestRemovingSaysWhoHasACopy(t *testing.T) {
	full := func(path string) string { return strings.Replace(path, "here/", "/home/bob/Dropbox/", 1) }
	for path, want := range map[string]bool{"here/qr.png": true, "/tmp/qr.png": false} {
		s := removeSheet(full, []string{"/tmp/first.png", path})
		if strings.Contains(s.question, "Dropbox has a copy too.") != want {
			t.Errorf("%s: %q", path, s.question)
		}
	}
}

// A real program: a picture that comes is on the screen within the second, and the
// watching ends with the pane.
func TestTheInboxWithinASecond(t *testing.T) {
	story := newStory(t, drawn()[:3]...)
	picture := pictureOf(t, drawn()[8])
	synctest.Test(t, func(t *testing.T) {
		var frames []shot
		came, ended := make(chan string), make(chan struct{})
		config := Config{
			Vault: story.p.config.Vault, Now: time.Now, Inbox: shots,
			Read: func(context.Context, string) ([]byte, error) { return picture, nil },
			Watch: func(ctx context.Context, folder string) (func() (string, error), error) {
				return func() (string, error) {
					select {
					case name := <-came:
						return folder + "/" + name, nil
					case <-ctx.Done():
						close(ended)
						return "", ctx.Err()
					}
				}, nil
			},
		}
		p := newPane(t.Context(), config, newLook(unicodeLook))
		input, keyboard := io.Pipe()
		program := newProgram(watched{p, &frames}, nil, tea.WithInput(input), tea.WithOutput(&lockedBuffer{}),
			tea.WithWindowSize(80, 24), tea.WithoutSignalHandler(), tea.WithColorProfile(colorprofile.TrueColor), tea.WithContext(t.Context()))
		done := make(chan error, 1)
		go func() { _, err := program.Run(); done <- err }()
		time.Sleep(10*time.Second + 100*time.Millisecond)
		begun := time.Now()
		came <- "shot.png"
		time.Sleep(time.Second)
		synctest.Wait()
		var shown, listens time.Time
		for _, f := range frames {
			if shown.IsZero() && strings.Contains(f.content, "New picture: Proxmox") {
				shown = f.now
			}
			if !shown.IsZero() && listens.IsZero() && f.now.Sub(shown) >= handsRest {
				listens = f.now
			}
		}
		if shown.IsZero() || shown.Sub(begun) > time.Second {
			t.Errorf("offered after %s", shown.Sub(begun))
		}
		if got := listens.Sub(shown); got < handsRest || got > handsRest+20*time.Millisecond {
			t.Errorf("drawn anew %s after it opened", got)
		}
		if _, err := keyboard.Write([]byte("nq")); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		p.leave()
		<-ended
		_ = keyboard.Close()
		time.Sleep(2 * time.Second)
	})
}

package ui

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// disk gives a story folders to look into. The pictures in them hold the drawn
// accounts of those numbers.
func (s *story) disk(pictures map[string]int) *story {
	s.t.Helper()
	before := func(d time.Duration) time.Time { return s.now.Add(-d) }
	folders := map[string][]File{
		"~/Pictures/Screenshots": {
			{Name: "shot-1430.png", Size: 91_000, Time: before(34 * time.Minute)},
			{Name: "shot-1504.png", Size: 84_000, Time: before(2 * time.Second)},
			{Name: ".hidden.png", Size: 1, Time: before(time.Second)},
			{Name: "2025", Dir: true, Time: before(time.Hour)},
		},
		"~/Downloads": {
			{Name: "It's a \"transfer\" set.png", Size: 2_500_000, Time: before(26 * time.Hour)},
			{Name: "keys from the old phone, as exported.txt", Size: 900, Time: before(9 * 24 * time.Hour)},
			{Name: "film.mkv", Size: 1 << 40, Time: before(time.Minute)},
			{Name: "\x1b[2Jevil\u202e.png", Size: 4_000, Time: before(200 * 24 * time.Hour)},
		},
		"~":                  {{Name: "Downloads", Dir: true}, {Name: "Documents", Dir: true}, {Name: "Pictures", Dir: true}, {Name: ".config", Dir: true}},
		"/home/bob/Pictures": {{Name: "Screenshots", Dir: true}, {Name: "Albums", Dir: true}},
		"/home/bob":          {{Name: "Pictures", Dir: true}},
	}
	s.p.config.Places = func() []string { return []string{"~/Pictures/Screenshots", "~/Downloads"} }
	s.p.config.Expand = func(path string) string { return strings.Replace(path, "~", "/home/bob", 1) }
	s.p.config.List = func(_ context.Context, folder string) ([]File, error) {
		files, ok := folders[filepath.Clean(folder)]
		if !ok {
			return nil, errors.New("there is no folder " + folder)
		}
		return files, nil
	}
	for path, number := range pictures {
		s.files[path] = pictureOf(s.t, drawn()[number])
	}
	return s
}

const newestPicture = "~/Pictures/Screenshots/shot-1504.png"

// The screenshot of a moment ago is the first row: i, enter, enter.
func TestTheNewestPictureIsTwoKeysAway(t *testing.T) {
	s := newStory(t).disk(map[string]int{newestPicture: 8})
	s.press("i").sees("shot-1504.png").sees("2 s ago").seesNot(".hidden").seesNot("film").press("enter").sees("Proxmox").press("enter", "y", "esc")
	s.account("Proxmox")
	s.sees("Remove shot-1504.png?").press("y")
	if len(s.files) != 0 {
		t.Error("the picture is still there")
	}
}

func TestSeveralFilesAreChosenAcrossFolders(t *testing.T) {
	set := `~/Downloads/It's a "transfer" set.png`
	s := newStory(t).disk(map[string]int{newestPicture: 8, set: 7})
	s.press("i", "space").sees("1 chosen").sees("▌[x] shot-1504.png")
	for range 10 {
		s.press("down")
	}
	s.sees("▌    ~/Downloads/").press("enter", "space").sees("2 chosen").press("enter").sees("Proxmox").sees("npm").press("enter")
	s.account("Proxmox")
	s.account("npm")
	s.sees("Remove 2 pictures? They hold the keys.").press("y")
	if len(s.files) != 0 {
		t.Errorf("%d pictures are still there", len(s.files))
	}
}

func TestChosenTwiceIsNotChosen(t *testing.T) {
	s := newStory(t).disk(nil)
	s.press("i", "space").sees("1 chosen").press("space").sees("the newest first").seesNot("chosen")
}

func TestFoldersAreWalked(t *testing.T) {
	s := newStory(t).disk(nil)
	s.press("i", "end", "up", "right").sees("~/Pictures/Screenshots").sees("2025/")
	s.press("left").sees("/home/bob/Pictures").sees("▌    Screenshots/") // on the folder one came from
	s.press("backspace").sees("▌    Pictures/").press("up", "backspace").sees("There is no folder /home.")
	s.press("left").sees("There is no folder /.").press("left").sees("the newest first")
}

func TestAPathIsCompleted(t *testing.T) {
	s := newStory(t).disk(map[string]int{newestPicture: 8})
	s.press("i").typeText("~").press("tab").sees("file  ~/█").typeText("p").press("tab").sees("file  ~/Pictures/█")
	s.press("esc", "i").typeText("~/Do").press("tab").sees("file  ~/Do█").sees("Downloads/").sees("Documents/").seesNot("Pictures/")
	s.press("tab").sees("file  ~/Downloads/█").press("tab").sees("file  ~/Documents/█").press("shift+tab").sees("~/Downloads/█")
	s.press("enter").sees("keys from the old phone") // a folder that is entered is browsed
}

func TestACompletedNameIsTakenAsItIs(t *testing.T) {
	path := `~/Downloads/It's a "transfer" set.png`
	s := newStory(t).disk(map[string]int{path: 7})
	s.press("i").typeText("~/Downloads/I").press("tab").sees(`file  ` + path + `█`).press("enter").sees("npm")
	path = `/x/my "new" set.png`
	s.files[path] = pictureOf(t, drawn()[8])
	s.p.config.List = func(context.Context, string) ([]File, error) { return []File{{Name: `my "new" set.png`}}, nil }
	s.press("esc", "i").typeText("/x/m").press("tab").sees(`file  ` + path + `█`).press("enter").sees("Proxmox")
}

func TestWhatDoesNotCompleteSaysSo(t *testing.T) {
	s := newStory(t).disk(nil)
	s.press("i").typeText("~/Downloads/zz").press("tab").sees("Nothing here begins with that.")
	s.press("ctrl+u").typeText("/nowhere/x").press("tab").sees("There is no folder /nowhere/.")
}

func TestATypedFolderIsOpened(t *testing.T) {
	s := newStory(t).disk(nil)
	s.p.config.Read = func(context.Context, string) ([]byte, error) { return nil, fmt.Errorf("read: %w", syscall.EISDIR) }
	s.press("i").typeText("~/Downloads").press("enter").sees("keys from the old phone")
	s.typeText("/home/bob/").press("enter").sees("▌    Pictures/")
}

// A listing that comes for a page that was left, or for another path, changes nothing.
func TestALateListingIsDropped(t *testing.T) {
	s := newStory(t).disk(nil)
	s.press("i")
	late := s.p.page
	s.press("esc", "i").typeText("/x")
	s.send(listed{page: late, folder: "~/Downloads", entries: []entry{{label: "late.png"}}})
	s.send(listed{page: s.p.page, folder: "~/Downloads/", typed: true, entries: []entry{{label: "late.png", File: File{Name: "late.png"}}}})
	s.sees("file  /x█").seesNot("late.png").press("ctrl+u").sees("shot-1504.png")
}

// Names may be anything; the browser's frame has the sequences of one with x's.
func TestHostileFileNamesLeaveTheFrameAlone(t *testing.T) {
	frame := func(name string, columns int) string {
		s := newStory(t).disk(nil)
		s.p.config.List = func(context.Context, string) ([]File, error) {
			return []File{{Name: name, Time: s.now}, {Name: name, Dir: true}}, nil
		}
		s.p.config.Places = func() []string { return []string{name} }
		return s.size(columns, 12).press("i").p.View().Content
	}
	for _, name := range []string{"\x1b[2J\x1b]0;owned\x07.png", "a\rb\nc\td.png", "\u202egnp.live", strings.Repeat("長", 120) + ".png", "\xff\xfe.png"} {
		for _, columns := range []int{24, 40, 80} {
			got, want := kinds(sequences(frame(name, columns))), kinds(sequences(frame("x.png", columns)))
			if len(want) < 2 {
				t.Fatal("the scene is not set")
			}
			for sequence := range got {
				if !want[sequence] {
					t.Errorf("%q at %d: sequence %q", name, columns, sequence)
				}
			}
			for _, line := range strings.Split(frame(name, columns), "\n") {
				if w := width(line); w > columns {
					t.Errorf("%q: %d columns in %d", name, w, columns)
				}
			}
		}
	}
}

func TestBrowserAtEverySize(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 10}, {30, 8}, {24, 6}} {
		s := newStory(t).disk(nil)
		s.size(size[0], size[1]).press("i", "down", "space")
		golden(t, fmt.Sprintf("browse-%dx%d", size[0], size[1]), s.screen())
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s ago", 59 * time.Second: "59 s ago", time.Minute: "1 min ago", 90 * time.Minute: "1 h ago", 47 * time.Hour: "47 h ago",
		48 * time.Hour: "2 d ago", 99 * 24 * time.Hour: "99 d ago", 100 * 24 * time.Hour: "2026-08-14", -time.Second: "2026-11-22",
	} {
		if got := ago(d, noon.Add(-d), 80); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func TestScreenIsLookedAt(t *testing.T) {
	s := newStory(t)
	var asked []bool
	s.p.config.Screen = Screen{Parts: true, Take: func(_ context.Context, whole bool) ([]byte, error) {
		asked = append(asked, whole)
		return pictureOf(t, drawn()[8]), nil
	}}
	s.press("S").sees("QR code on the screen? No picture is kept.").sees("enter select a part   w whole screen   esc leave")
	golden(t, "screen-question-80x24", s.screen())
	golden(t, "screen-question-30x6", s.size(30, 6).screen())
	s.size(80, 24).press("esc", "S", "w").sees("Import the screen").sees("Proxmox").press("esc", "S", "enter").sees("Import the selected part").press("enter")
	if len(asked) != 2 || !asked[0] || asked[1] {
		t.Errorf("asked %v", asked)
	}
	s.account("Proxmox")
	s.seesNot("Remove")
}

func TestScreenWithoutAProgramSaysWhatToInstall(t *testing.T) {
	s := newStory(t, drawn()...)
	s.p.config.Screen.Why = errors.New("no way to the screen: install maim, scrot or ImageMagick")
	s.press("S").sees("! No way to the screen: install maim, scrot or ImageMagick.")
	s.p.config.Screen = Screen{Take: func(context.Context, bool) ([]byte, error) { return nil, errors.New("no") }}
	s.press("S").sees("enter whole screen   esc leave").seesNot("part")
}

// Leaving the page ends the program that waits for a selection.
func TestLeavingEndsTheSelection(t *testing.T) {
	s := newStory(t)
	var ended context.Context
	s.p.config.Screen = Screen{Parts: true, Take: func(ctx context.Context, _ bool) ([]byte, error) {
		ended = ctx
		return pictureOf(t, drawn()[8]), nil
	}}
	s.press("S")
	_, cmd := s.p.Update(keyPress("enter"))
	s.sees("reading the part that you select").press("esc")
	s.run(cmd)
	if ended == nil || ended.Err() == nil {
		t.Error("the program goes on")
	}
	s.sees("no accounts yet")
}

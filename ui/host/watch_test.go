package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// arrivals watches a folder and hands on what comes.
func arrivals(t *testing.T, dir string) (came chan string, ended chan error) {
	t.Helper()
	a, err := Watch(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	came, ended = make(chan string, 10), make(chan error, 1)
	go func() {
		for {
			path, err := a.Next()
			if err != nil {
				ended <- err
				return
			}
			came <- filepath.Base(path)
		}
	}()
	return came, ended
}

func comes(t *testing.T, came chan string, want string) {
	t.Helper()
	select {
	case got := <-came:
		if got != want {
			t.Fatalf("%q came, want %q", got, want)
		}
	case <-time.After(patience):
		t.Fatalf("%s did not come", want)
	}
}

func TestNewPicturesArrive(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "old.png")
	writeFile(t, old, "was here before", 0o600)
	came, _ := arrivals(t, dir)
	writeFile(t, old, "is written to", 0o600)
	writeFile(t, filepath.Join(dir, "notes.txt"), "no picture", 0o600)
	writeFile(t, filepath.Join(dir, ".shot.png"), "not done", 0o600)
	writeFile(t, filepath.Join(dir, "shot.PNG.part"), "not done", 0o600)
	if err := os.Rename(filepath.Join(dir, "shot.PNG.part"), filepath.Join(dir, "shot.PNG")); err != nil {
		t.Fatal(err)
	}
	comes(t, came, "shot.PNG")
	writeFile(t, filepath.Join(dir, "next.jpeg"), "a picture", 0o600)
	comes(t, came, "next.jpeg")
}

// A picture that is taken back before it is whole does not come.
func TestAPictureTakenBackDoesNotArrive(t *testing.T) {
	a := &Arrivals{folder: "shots", new: map[string]bool{}, writing: map[string]time.Time{}}
	now := time.Now()
	for _, name := range []string{"gone.png", "stays.png"} {
		a.note(fsnotify.Event{Name: name, Op: fsnotify.Create}, now)
	}
	a.note(fsnotify.Event{Name: "gone.png", Op: fsnotify.Remove}, now)
	a.note(fsnotify.Event{Name: "gone.png", Op: fsnotify.Write}, now)
	if path, rest := a.whole(now); path != "" || rest != settled {
		t.Errorf("%q comes at once, %s", path, rest)
	}
	later := now.Add(settled)
	if path, _ := a.whole(later); path != "stays.png" {
		t.Errorf("%q came", path)
	}
	if path, rest := a.whole(later); path != "" || rest != 0 {
		t.Errorf("%q came too, %s", path, rest)
	}
}

// A writer that pauses has its picture read again when it goes on.
func TestAPictureStillBeingWrittenComesAgain(t *testing.T) {
	dir := t.TempDir()
	came, _ := arrivals(t, dir)
	file, err := os.Create(filepath.Join(dir, "shot.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	comes(t, came, "shot.png")
	if _, err := file.WriteString("the rest"); err != nil {
		t.Fatal(err)
	}
	comes(t, came, "shot.png")
}

func TestWatchingEnds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shots")
	if _, err := Watch(t.Context(), dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such folder: %v", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	a, err := Watch(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if path, err := a.Next(); !errors.Is(err, context.Canceled) {
		t.Errorf("%q, %v", path, err)
	}
	_, ended := arrivals(t, dir)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder went away: %v", err)
		}
	case <-time.After(patience):
		t.Error("the folder went away, and nobody noticed")
	}
}

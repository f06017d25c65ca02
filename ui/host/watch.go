package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Arrivals are the pictures that come into a folder while it is watched. The system
// says when something happens there: an idle folder wakes nobody, and nobody has to
// look. Folders of another machine (NFS, the Windows side of WSL) tell nothing.
type Arrivals struct {
	watcher *fsnotify.Watcher
	folder  string
	new     map[string]bool      // files that came since; what was there before is none
	writing map[string]time.Time // new files, and when they were last written to
}

// settled is how long nothing was written to a picture that counts as whole. One
// that pauses for longer is reported again when it goes on.
const settled = 120 * time.Millisecond

// Watch begins to watch a folder, until ctx ends.
func Watch(ctx context.Context, folder string) (*Arrivals, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching: %w", err)
	}
	if err := watcher.Add(folder); err != nil {
		_ = watcher.Close()
		return nil, fmt.Errorf("watching: %w", err)
	}
	context.AfterFunc(ctx, func() { _ = watcher.Close() })
	return &Arrivals{watcher, folder, map[string]bool{}, map[string]time.Time{}}, nil
}

// Next waits for a new picture and returns its path. It ends with the context of
// Watch, or when the folder goes away.
func (a *Arrivals) Next() (string, error) {
	wait := time.NewTimer(0)
	defer wait.Stop()
	for {
		if path, rest := a.whole(time.Now()); path != "" {
			return path, nil
		} else if rest > 0 {
			wait.Reset(rest)
		}
		select {
		case event, open := <-a.watcher.Events:
			if !open {
				return "", context.Canceled
			}
			if event.Name == a.folder && event.Has(fsnotify.Remove|fsnotify.Rename) {
				return "", fmt.Errorf("%s: %w", a.folder, os.ErrNotExist)
			}
			a.note(event, time.Now())
		case err := <-a.watcher.Errors:
			_ = err // more happened than the system remembers: the next picture counts again
		case <-wait.C:
		}
	}
}

// note keeps what concerns a new picture. A file that a program renames when it is
// done comes under its last name.
func (a *Arrivals) note(event fsnotify.Event, now time.Time) {
	path := event.Name
	switch {
	case !pictureName(filepath.Base(path)):
	case event.Has(fsnotify.Remove | fsnotify.Rename):
		delete(a.new, path)
		delete(a.writing, path)
	case event.Has(fsnotify.Create):
		a.new[path] = true
		a.writing[path] = now
	case event.Has(fsnotify.Write) && a.new[path]:
		a.writing[path] = now
	}
}

// whole is a new picture that nobody writes to any more, or else how long until one
// may be.
func (a *Arrivals) whole(now time.Time) (path string, rest time.Duration) {
	for file, written := range a.writing {
		left := settled - now.Sub(written)
		if left <= 0 {
			delete(a.writing, file)
			return file, 0
		}
		if rest == 0 || left < rest {
			rest = left
		}
	}
	return "", rest
}

var pictureNames = strings.Fields(".png .jpg .jpeg .webp .gif .bmp .tif .tiff")

func pictureName(name string) bool {
	return !strings.HasPrefix(name, ".") && slices.Contains(pictureNames, strings.ToLower(filepath.Ext(name)))
}

//go:build unix

package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/adrg/xdg"
)

// What could be read is listed, links followed; what could hang is not.
func TestAFolderIsListed(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "shot.png"), []byte("12345"), 0o600),
		os.Mkdir(filepath.Join(dir, "old"), 0o700),
		os.Symlink("old", filepath.Join(dir, "link")),
		os.Symlink("gone", filepath.Join(dir, "dangling")),
		syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	files, err := list(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, f := range files {
		name := f.Name
		if f.Dir {
			name += "/"
		} else if f.Size != 5 || f.Time.IsZero() {
			t.Errorf("%+v", f)
		}
		seen = append(seen, name)
	}
	slices.Sort(seen)
	if want := []string{"link/", "old/", "shot.png"}; !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
	if _, err := list(t.Context(), filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestPlacesAreWhatIsThere(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_PICTURES_DIR", "")
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	here := filepath.Join(home, "work")
	for _, folder := range []string{"Pictures/Screenshots", "Downloads", "work", "shots"} {
		if err := os.MkdirAll(filepath.Join(home, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(here)
	p := &program{Env: Env{Getenv: func(name string) string {
		return map[string]string{"XDG_SCREENSHOTS_DIR": filepath.Join(home, "shots")}[name]
	}}}
	got, want := p.places(), []string{"~/shots", "~/Pictures/Screenshots", "~/Pictures", "~/Downloads", "~/work"}
	if xdg.UserDirs.Pictures != filepath.Join(home, "Pictures") {
		t.Skipf("pictures are at %s on this system", xdg.UserDirs.Pictures)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

//go:build unix

package host

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTheEditorIsTheUsersOwn(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"emacs", "vi", "mine"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ given, want string }{
		{"VISUAL=mine -w|EDITOR=emacs", "mine -w"},
		{"EDITOR=emacs", "emacs"},
		{"VISUAL=gone|EDITOR= ", "vi"},
		{"", "vi"},
	} {
		if got := Editor(environment(append(strings.Split(c.given, "|"), "PATH="+folder)...)); !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%q: %q", c.given, got)
		}
	}
	if got := Editor(environment("PATH=" + t.TempDir())); got != nil {
		t.Errorf("where there is none: %q", got)
	}
}

func TestEditWaitsForTheEditor(t *testing.T) {
	folder := t.TempDir()
	script := filepath.Join(folder, "mine")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n[ \"$1\" = -w ] && echo changed > \"$2\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	getenv := environment("PATH=" + folder)
	file := filepath.Join(folder, "a file.toml")
	if err := Edit(t.Context(), getenv, []string{"mine", "-w"}, file); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "changed\n" {
		t.Errorf("%q, %v", text, err)
	}
	if err := Edit(t.Context(), getenv, []string{"mine"}, file); err == nil || !strings.Contains(err.Error(), "mine") {
		t.Errorf("an editor that fails: %v", err)
	}
}

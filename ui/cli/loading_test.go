//go:build unix

package cli_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// A library asks tmux for its colours when it loads, if it is let.
func TestLoadingStartsNothing(t *testing.T) {
	home, folder := newHome(t), t.TempDir()
	asked := filepath.Join(home, "asked")
	tmux := filepath.Join(folder, "tmux")
	if err := os.WriteFile(tmux, []byte("#!/bin/sh\necho \"$*\" >>"+asked+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(tmux, "scene").Run(); err != nil {
		t.Skipf("no scripts here: %v", err)
	}
	if text, err := os.ReadFile(asked); string(text) != "scene\n" {
		t.Fatalf("the false tmux wrote %q, %v", text, err)
	}
	records := t.TempDir()
	s := start(t, home, []string{
		"TERM=tmux-256color", "TMUX=" + filepath.Join(home, "socket") + ",1,0",
		"PATH=" + folder + ":" + os.Getenv("PATH"), recordFolder + "=" + records,
	}, "version")
	s.expect("otpane ")
	s.wantStatus(0)
	if text, _ := os.ReadFile(asked); string(text) != "scene\n" {
		t.Errorf("tmux was started: %q", text)
	}
	if seen := onlyRecord(t, records).Environment; !slices.Contains(seen, "TERM=tmux-256color") {
		t.Errorf("TERM was not given back: %q", seen)
	}
}

// onlyRecord is that of the one run that was recorded in the folder.
func onlyRecord(t *testing.T, folder string) (r record) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("records %q, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

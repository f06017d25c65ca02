package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"otpane/vault"
)

// A copy command that is written in the editor holds from there, without a new start.
func TestCopyCommandOfTheEditorActsAtOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("without tee")
	}
	folder := t.TempDir()
	settings, copied := filepath.Join(folder, "config.toml"), filepath.Join(folder, "copied")
	v, err := vault.InMemory(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) string { return map[string]string{"PATH": os.Getenv("PATH"), "TERM": "linux"}[name] }
	r := &room{program: &program{Env: Env{Getenv: getenv, Now: time.Now}}, preferences: &preferences{path: settings, now: defaults()}}
	config := r.config(t.Context(), v, "")
	if _, err := config.Copy(t.Context(), "492039"); err == nil {
		t.Fatal("there is a clipboard before one is set")
	}
	edit := func(path string) error {
		return os.WriteFile(path, []byte("copy_command = [\"tee\", \""+copied+"\"]\n"), 0o600)
	}
	if err := r.preferences.open(edit); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Copy(t.Context(), "492039"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(copied); string(got) != "492039" {
		t.Errorf("the command got %q", got)
	}
}

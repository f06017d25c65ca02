package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"otpane/otpcore"
	"otpane/ui"
	"otpane/vault"
)

// What the pane remembers adds up over runs, names no account, is for its owner
// alone, and goes with the account.
func TestHabitsAddUp(t *testing.T) {
	state := t.TempDir()
	p := &program{Env: Env{Getenv: func(name string) string {
		if name == "XDG_STATE_HOME" {
			return state
		}
		return ""
	}}}
	path := filepath.Join(t.TempDir(), "vault.age")
	v, err := vault.Create(path, vault.Access{Passphrase: []byte("only for these tests"), WorkFactor: 1}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var kept, gone string
	err = v.Update(func(d *vault.Draft) error {
		a := otpcore.Account{Issuer: "GitHub", Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30, Secret: otpcore.NewSecret([]byte("a key for a test")), Tags: []string{"private"}}
		kept, _ = d.Add(a)
		gone, err = d.Add(a)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.habits(path); got.Order != "" || len(got.Uses) != 0 {
		t.Fatalf("remembered before the first run: %+v", got)
	}
	monday := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, fresh := range []ui.Habits{
		{Order: "by use", Uses: map[string]ui.Use{kept: {Times: 2, Last: monday.Add(time.Hour)}, gone: {Times: 1, Last: monday}, "nobody": {Times: 5, Last: monday}}},
		{Order: "by tag", Uses: map[string]ui.Use{kept: {Times: 1, Last: monday}}},
	} {
		if err := p.keep(v, fresh); err != nil {
			t.Fatal(err)
		}
	}
	want := ui.Habits{Order: "by tag", Uses: map[string]ui.Use{kept: {Times: 3, Last: monday.Add(time.Hour)}, gone: {Times: 1, Last: monday}}}
	if diff := cmp.Diff(want, p.habits(path)); diff != "" {
		t.Error(diff)
	}
	file := p.stateFile("habits", path)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"GitHub", "private", "vault.age", "key"} {
		if strings.Contains(string(text)+filepath.Base(file), secret) {
			t.Errorf("%s is told: %s", secret, text)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(file, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := p.habits(path); len(got.Uses) != 0 {
		t.Errorf("a damaged file says %+v", got)
	}
}

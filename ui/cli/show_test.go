//go:build unix

package cli

import (
	"strings"
	"testing"
	"time"

	"otpane/otpcore"
	"otpane/ui"
	"otpane/vault"
)

// showed is the sheet of an account, its lines by their first word.
func (w workshop) showed(t *testing.T, a otpcore.Account) map[string]string {
	t.Helper()
	p := &program{Env: Env{Getenv: w.getenv, Now: time.Now}}
	lines := map[string]string{}
	for line := range strings.Lines(p.sheet(w.v, a)) {
		what, text, _ := strings.Cut(line, " ")
		lines[what] = strings.TrimSpace(text)
	}
	return lines
}

// TestShowTellsWhatMayCome: a key that waits for the site says whose place it takes,
// what an agent does comes with whoever says so, and uses are those of the vault and
// of this machine.
func TestShowTellsWhatMayCome(t *testing.T) {
	w := newWorkshop(t)
	old := otpcore.Account{Issuer: "GitHub", Name: "alice", Kind: otpcore.HOTP, Algorithm: otpcore.SHA1, Digits: 6,
		Secret: otpcore.NewSecret([]byte("a key for tests alone")), Tags: []string{"prod"}, Uses: 2, Used: time.Now().Add(-time.Hour)}
	next := old
	next.Name, next.Unfinished, next.Uses, next.Kind, next.Period, next.Tags = "alice, new key", true, 0, otpcore.TOTP, 60, nil
	if err := w.v.Update(func(d *vault.Draft) (err error) {
		if old.ID, err = d.Add(old); err != nil {
			return err
		}
		next.Replaces = old.ID
		if next.ID, err = d.Add(next); err != nil {
			return err
		}
		return d.SetTagAnswer("prod", otpcore.Deny)
	}); err != nil {
		t.Fatal(err)
	}
	old, next = w.account(t, old.ID), w.account(t, next.ID)

	got := w.showed(t, next)
	if want := "unfinished: the site has not taken a code of it yet; its key replaces that of GitHub · alice (" + old.ID + ") then"; got["state"] != want {
		t.Errorf("state %q, want %q", got["state"], want)
	}
	if answer, there := got["agent"]; there {
		t.Errorf("agent %q, and there is neither a rule nor the setting", answer)
	}
	p := &program{Env: Env{Getenv: w.getenv, Now: time.Now}}
	last := time.Now()
	if err := p.keep(w.v, ui.Habits{Uses: map[string]ui.Use{old.ID: {Times: 3, Last: last}}}); err != nil {
		t.Fatal(err)
	}
	got = w.showed(t, old)
	if want := "5 times, last " + minute(last); got["used"] != want {
		t.Errorf("used %q, want %q", got["used"], want)
	}
	if want := "deny, by the rule of a tag"; got["agent"] != want {
		t.Errorf("agent %q, want %q", got["agent"], want)
	}
}

// TestShowIsDrawnClean: what came from outside cannot steer the terminal, whatever
// way it took into the vault.
func TestShowIsDrawnClean(t *testing.T) {
	w := newWorkshop(t)
	hostile := "a\x1b[31mred\u202e\x9b1m\rz"
	a := otpcore.Account{ID: "k", Issuer: hostile, Name: hostile, Note: hostile + "\nline", Tags: []string{hostile}, Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30}
	p := &program{Env: Env{Getenv: w.getenv, Now: time.Now}}
	sheet := p.sheet(w.v, a)
	if strings.Count(sheet, "red") != 4 {
		t.Fatalf("the scene is not set: %q", sheet)
	}
	if strings.ContainsAny(sheet, "\x1b\u202e\u009b\r") || strings.Contains(sheet, "\x9b") || strings.Contains(sheet, `\x`) {
		t.Errorf("%q", sheet)
	}
}

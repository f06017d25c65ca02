package ui

import (
	"context"
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/vault"
)

// besides opens a pane on one of three vaults; went says where it was left for.
func besides(t *testing.T) (s *story, went *string) {
	s, went = newStory(t, drawn()...), new(string)
	s.p.config.Name = "work"
	s.p.config.Vaults = []Room{{Name: "default", Path: "/home/a/vault.age"}, {Name: "work", Path: "/home/a/work.age"}, {Name: "長い名前", Path: "/mnt/x.age", Missing: true}}
	s.p.config.GoTo = func(name string) { *went = name }
	return s, went
}

func TestAnotherVault(t *testing.T) {
	s, went := besides(t)
	s.sees("otpane · work   12 accounts")
	s.press("O").sees("1 default   locked").sees("2 work      open, 12 accounts").sees("3 長い名前  not made yet")
	s.sees("Going to another locks work.")
	s.press("up", "up", "enter")
	if *went != "default" || s.p.outcome != Elsewhere {
		t.Errorf("went to %q, outcome %v", *went, s.p.outcome)
	}
}

func TestTheOpenVaultStaysOpen(t *testing.T) {
	s, went := besides(t)
	s.press("O", "2").sees("▌1 ★ GitHub")
	s.press("O", "esc").sees("▌1 ★ GitHub")
	if *went != "" || s.p.outcome != Quit {
		t.Errorf("went to %q, outcome %v", *went, s.p.outcome)
	}
}

// An edit that could not be saved is not left behind unasked.
func TestAnotherVaultAsksForTheUnsaved(t *testing.T) {
	s, _ := besides(t)
	s.p.pending = []edit{{err: vault.ErrBusy}}
	s.press("O", "1").sees("1 edit would be lost")
	if s.p.outcome != Quit {
		t.Error("the pane was left")
	}
}

func TestOneVaultOffersNoOther(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("?").seesNot("other vaults")
	s.press("esc", "O").sees("There is one vault.")
	several, _ := besides(t)
	several.press("?").sees("other vaults")
}

func TestVaultsAtEverySize(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {60, 12}, {40, 10}, {30, 6}} {
		s, _ := besides(t)
		s.size(size[0], size[1])
		s.press("O")
		golden(t, fmt.Sprintf("vaults-%dx%d", size[0], size[1]), s.screen())
	}
}

func demoStory(t *testing.T) *story {
	v, err := vault.InMemory(func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	err = v.Update(func(d *vault.Draft) error {
		for _, a := range drawn() {
			if _, err := d.Add(a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s := newStory(t)
	config := s.p.config
	config.Vault, config.Demo, config.Name, config.LockAfter = v, true, "demo", 0
	s.p = newPane(context.Background(), config, s.p.look)
	s.run(s.p.Init())
	return s.size(80, 24)
}

// In a demo all keys act, and none locks.
func TestDemo(t *testing.T) {
	s := demoStory(t)
	s.sees("otpane · demo   12 accounts, nothing is kept").sees("A demo: the accounts are made up, nothing is kept.")
	s.press("L").sees("Nothing here needs a lock").press("ctrl+z")
	s.send(tea.ResumeMsg{})
	s.sees("▌1 ★ GitHub")
	s.press("d", "y").sees("11 accounts").press("u").sees("12 accounts")
	if s.p.outcome != Quit {
		t.Errorf("outcome %v", s.p.outcome)
	}
	s.wait(time.Hour).sees("▌1 ★ GitHub")
}

func TestDemoAtEverySize(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 10}, {30, 6}} {
		golden(t, fmt.Sprintf("demo-%dx%d", size[0], size[1]), demoStory(t).size(size[0], size[1]).screen())
	}
}

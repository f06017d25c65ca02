package ui

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/vault"
)

// visit drives a door program in keys; derivations run at once.
type visit struct {
	t     *testing.T
	model tea.Model
	held  []tea.Cmd // commands that were not run, when hold is set
	hold  bool
	quit  bool
}

func (v *visit) send(msg tea.Msg) {
	_, cmd := v.model.Update(msg)
	v.run(cmd)
}

func (v *visit) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if v.hold {
		v.held = append(v.held, cmd)
		return
	}
	switch msg := cmd().(type) {
	case nil, step:
	case tea.BatchMsg:
		for _, one := range msg {
			v.run(one)
		}
	case tea.QuitMsg:
		v.quit = true
	default:
		v.send(msg)
	}
}

func (v *visit) size(columns, rows int) *visit {
	v.send(tea.WindowSizeMsg{Width: columns, Height: rows})
	return v
}

func (v *visit) press(names ...string) *visit {
	for _, name := range names {
		v.send(keyPress(name))
	}
	return v
}

func (v *visit) typeText(text string) *visit {
	for _, r := range text {
		v.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return v
}

func (v *visit) screen() string { return plain(v.model.View()) }

func (v *visit) sees(text string) *visit {
	v.t.Helper()
	if !strings.Contains(v.screen(), text) {
		v.t.Fatalf("the screen does not say %q:\n%s", text, v.screen())
	}
	return v
}

func (v *visit) seesNot(text string) *visit {
	v.t.Helper()
	if strings.Contains(v.screen(), text) {
		v.t.Fatalf("the screen says %q:\n%s", text, v.screen())
	}
	return v
}

var unicodeLook = Terminal{Environment: []string{"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8"}}

const rightPassphrase = "quorum ember ladle"

// newVisit stands before a door that one passphrase opens.
func newVisit(t *testing.T, reason string) (*visit, *doorway) {
	t.Helper()
	identity := makeVault(t, filepath.Join(t.TempDir(), "vault.age"), time.Now).Identity()
	m := newDoorway(context.Background(), Door{
		Path: "/home/alice/vault.age", Reason: reason,
		Unlock: func(_ context.Context, passphrase []byte) (vault.Identity, error) {
			if string(passphrase) != rightPassphrase {
				return vault.Identity{}, fmt.Errorf("vault.age: %w", vault.ErrPassphrase)
			}
			return identity, nil
		},
	}, newLook(unicodeLook))
	v := &visit{t: t, model: m}
	return v.size(40, 4), m
}

func TestUnlock(t *testing.T) {
	v, m := newVisit(t, "")
	v.sees("vault.age").typeText(rightPassphrase).sees("••••••").seesNot("quorum").press("enter")
	if !m.open || !v.quit {
		t.Fatal("the right passphrase did not open it")
	}
}

func TestWrongPassphraseAsksAgain(t *testing.T) {
	v, m := newVisit(t, "")
	v.typeText("wrong one").press("enter").sees("! That passphrase does not open it.").sees("passphrase  █")
	if m.open {
		t.Fatal("a wrong passphrase opened it")
	}
	v.typeText(rightPassphrase).seesNot("does not open").press("enter")
	if !m.open {
		t.Error("the second try did not open it")
	}
}

func TestTabShowsWhatIsTyped(t *testing.T) {
	v, _ := newVisit(t, "")
	v.typeText("quorum").press("tab").sees("quorum█").press("tab").seesNot("quorum")
}

func TestPassphraseMayBeginWithQ(t *testing.T) {
	v, _ := newVisit(t, "")
	if v.press("q"); v.quit {
		t.Error("q left the door: the rest of the passphrase would go to the shell")
	}
	if v.press("esc"); !v.quit {
		t.Error("esc did not leave")
	}
}

func TestCancelledDerivationOpensNothing(t *testing.T) {
	v, m := newVisit(t, "")
	v.hold = true
	v.typeText(rightPassphrase).press("enter").sees("opening").sees("esc cancel")
	v.press("esc").sees("passphrase  •••")
	v.hold = false
	for _, cmd := range v.held {
		v.run(cmd)
	}
	if m.open {
		t.Error("a cancelled attempt opened the vault")
	}
}

func TestOtherFailureIsShown(t *testing.T) {
	v, m := newVisit(t, "")
	m.door.Unlock = func(context.Context, []byte) (vault.Identity, error) {
		return vault.Identity{}, errors.New("the disk is gone")
	}
	v.typeText("whatever").press("enter").sees("! the disk is gone")
}

func TestDoorAtEverySize(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 4}, {40, 3}, {30, 6}, {12, 1}} {
		v, m := newVisit(t, "locked, 10 min idle")
		v.size(size[0], size[1]).typeText("quorum")
		screen := v.screen()
		m.typed.set("")
		m.notice = "That passphrase does not open it."
		golden(t, fmt.Sprintf("unlock-%dx%d", size[0], size[1]), screen+"\n--- wrong\n"+v.screen())
	}
}

// newArrival is the first run, with generated words that are always the same.
func newArrival(t *testing.T) (*visit, *firstRun, *vault.Access) {
	t.Helper()
	identity := makeVault(t, filepath.Join(t.TempDir(), "vault.age"), time.Now).Identity()
	var made vault.Access
	words := []string{"fathom velvet quorum ember ladle orbit", "acorn bugle cedar denim easel fable"}
	m := newFirstRun(context.Background(), Setup{
		Path:     "/home/alice/vault.age",
		Generate: func() string { defer func() { words = append(words[1:], words[0]) }(); return words[0] },
		Strength: vault.Strength,
		Create: func(_ context.Context, access vault.Access) (vault.Identity, error) {
			made = access
			return identity, nil
		},
		Identity: func(_ context.Context, path string) (vault.Identity, error) {
			if path != "/key.txt" {
				return vault.Identity{}, errors.New(path + " is not there")
			}
			return identity, nil
		},
	}, newLook(unicodeLook))
	v := &visit{t: t, model: m}
	return v.size(60, 12), m, &made
}

func TestFirstRunWithSixWords(t *testing.T) {
	v, m, made := newArrival(t)
	v.sees("fathom velvet quorum ember ladle orbit").sees("77 bits").press("enter").seesNot("fathom")
	v.sees("Type the six words from your paper.").typeText("fathom velvet").press("enter").sees("These two differ.")
	if m.open {
		t.Fatal("half of the words made a vault")
	}
	v.typeText("fathom velvet quorum ember ladle orbit").press("enter")
	if !m.open || string(made.Passphrase) != "fathom velvet quorum ember ladle orbit" {
		t.Errorf("made with %d characters", len(made.Passphrase))
	}
}

func TestPastedPassphraseKeepsItsBlanks(t *testing.T) {
	v, _ := newVisit(t, "")
	m := v.model.(*doorway)
	v.send(tea.PasteMsg{Content: " with blanks \n"})
	if got := m.typed.value(); got != " with blanks " {
		t.Errorf("%q was pasted", got)
	}
}

// In the lowest pane that can be typed in, what is wrong is still said.
func TestFirstRunSaysWhatIsWrongInALowPane(t *testing.T) {
	v, _, _ := newArrival(t)
	v.size(30, 6).press("enter").typeText("nonsense").press("enter").sees("These two differ.").sees("passphrase  █")
}

func TestFirstRunShowsOtherWords(t *testing.T) {
	v, _, _ := newArrival(t)
	v.press("down", "enter").sees("acorn bugle cedar denim easel fable").press("tab").seesNot("acorn")
}

func TestFirstRunWithOnesOwnPassphrase(t *testing.T) {
	v, m, made := newArrival(t)
	v.press("down", "down", "enter").typeText("short").press("enter").sees("At least 8 characters.")
	v.press("ctrl+u").typeText("password").press("enter").sees("easy to guess")
	v.press("ctrl+u").typeText("correct horse battery staple wagon").press("enter").sees("Once more")
	v.typeText("correct horse battery staple wagon").press("enter")
	if !m.open || string(made.Passphrase) != "correct horse battery staple wagon" {
		t.Error("the vault was not made with what was typed")
	}
}

func TestFirstRunWithAnIdentity(t *testing.T) {
	v, m, made := newArrival(t)
	v.press("up", "enter").typeText("/nothing").press("enter").sees("/nothing is not there")
	v.press("ctrl+u").typeText("/key.txt").press("enter")
	if !m.open || made.Passphrase != nil {
		t.Error("the identity did not make a vault without a passphrase")
	}
}

func TestFirstRunAtEverySize(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {60, 12}, {40, 10}, {30, 6}, {12, 1}} {
		v, _, _ := newArrival(t)
		v.size(size[0], size[1])
		first := v.screen()
		v.press("enter")
		golden(t, fmt.Sprintf("first-run-%dx%d", size[0], size[1]), first+"\n--- then\n"+v.screen())
	}
}

// The last frame of a door shows neither a passphrase nor the words for one.
func TestTheLastFrameOfADoorIsEmpty(t *testing.T) {
	v, m := newVisit(t, "")
	v.typeText("quorum").press("tab").sees("quorum")
	unicodeLook.filter(m, tea.QuitMsg{})
	w, first, _ := newArrival(t)
	w.sees("fathom velvet")
	unicodeLook.filter(first, tea.QuitMsg{})
	for _, screen := range []string{v.screen(), w.screen()} {
		if strings.TrimSpace(screen) != "" {
			t.Errorf("the last frame shows\n%s", screen)
		}
	}
}

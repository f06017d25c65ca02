package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/vault"
)

// unplug takes the vault away, as a mount that vanishes does; plug brings it back.
func (s *story) unplug() (plug func()) {
	s.t.Helper()
	path := s.p.config.Vault.Path()
	if err := os.Rename(path, path+".away"); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		s.t.Helper()
		if err := os.Rename(path+".away", path); err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestUnsavedEditIsKeptShownAndRetried(t *testing.T) {
	s := newStory(t, drawn()...)
	plug := s.unplug()
	s.press("a").paste("otpauth://totp/Late:carol?secret=JBSWY3DPEHPK3PXP").press("enter")
	s.sees("! Not saved:").sees("The edit is kept here.").sees("Late")
	s.press("/").typeText("late").press("enter")
	key, _ := otpcore.ParseSecret("JBSWY3DPEHPK3PXP")
	want := otpcore.Account{Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30, Secret: key}.At(s.now).Code
	if s.clipboard != want {
		t.Errorf("the unsaved account copied %q, its code is %q", s.clipboard, want)
	}
	s.press("esc").wait(10 * time.Second).sees("! Not saved:")
	plug()
	s.wait(10 * time.Second).sees("Saved: 1 edit that waited.").seesNot("Not saved")
	s.account("Late")
}

func TestVanishedVaultIsNotMadeAnew(t *testing.T) {
	s := newStory(t, drawn()...)
	s.unplug()
	s.press("d", "y").wait(20 * time.Second)
	if _, err := os.Stat(s.p.config.Vault.Path()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something lies at the vault's path: %v", err)
	}
}

func TestRetryByHand(t *testing.T) {
	s := newStory(t, drawn()...)
	plug := s.unplug()
	s.press("d", "y").sees("Not saved").seesNot("▌1 ★ GitHub")
	plug()
	s.press("!").sees("1 edit kept here only: ").press("r").sees("Saved: 1 edit that waited.")
	if len(s.p.config.Vault.Accounts()) != 11 {
		t.Error("the deletion was not saved")
	}
}

func TestLeavingWithAnUnsavedEditAsks(t *testing.T) {
	s := newStory(t, drawn()...)
	s.unplug()
	s.press("d", "y", "q").sees("1 edit would be lost")
	if s.quit {
		t.Fatal("quit without a question")
	}
	s.press("esc").press("L").sees("1 edit would be lost").press("y")
	if !s.quit {
		t.Error("y did not leave")
	}
	s = newStory(t, drawn()...)
	s.unplug()
	code := group(s.code("audit"))
	s.press("d", "y").sees(code).wait(11 * time.Minute)
	if s.quit {
		t.Error("locking lost the edit")
	}
	s.seesNot(group(s.code("audit")))
}

func TestUnsavedEditCanBeWrittenElsewhere(t *testing.T) {
	s := newStory(t, drawn()...)
	s.unplug()
	elsewhere := filepath.Join(t.TempDir(), "copy.age")
	s.press("a").paste("otpauth://totp/Late:carol?secret=JBSWY3DPEHPK3PXP").press("enter", "!", "w").sees("Write a copy of the vault")
	s.press("ctrl+u").typeText(elsewhere).press("enter").sees("holds the vault with the edit.")
	copied, err := vault.Open(elsewhere, s.p.config.Vault.Identity(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(copied.Accounts()); n != 13 {
		t.Errorf("the copy holds %d accounts", n)
	}
}

// apart makes a copy of the vault beside it and changes the copy, as another
// machine would.
func (s *story) apart(change func(*vault.Draft) error) (path string) {
	s.t.Helper()
	v := s.p.config.Vault
	data, err := os.ReadFile(v.Path())
	if err != nil {
		s.t.Fatal(err)
	}
	path = filepath.Join(s.dir, "vault.sync-conflict-20261122-120000-ABCDEFG.age")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		s.t.Fatal(err)
	}
	other, err := vault.Open(path, v.Identity(), func() time.Time { return s.now.Add(time.Hour) })
	if err != nil {
		s.t.Fatal(err)
	}
	if err := other.Update(change); err != nil {
		s.t.Fatal(err)
	}
	return path
}

func TestConflictCopyIsOfferedAndMerged(t *testing.T) {
	s := newStory(t, drawn()...)
	path := s.apart(func(d *vault.Draft) error {
		a := drawn()[0]
		a.Name = "from the laptop"
		_, err := d.Add(a)
		return err
	})
	s = s.again().size(80, 24)
	s.run(s.p.Init())
	s.sees("! A conflict copy lies beside the vault. ! merge")
	s.press("!").sees("Merge vault.sync-conflict").press("y").sees("Merged: 1 new, 0 changed, 0 deleted.")
	s.account("from the laptop")
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("the copy still lies beside the vault")
	}
	s.wait(20 * time.Second).seesNot("conflict copy")
}

func TestTwoKeysAfterAMergeAreChosenFrom(t *testing.T) {
	s := newStory(t, drawn()...)
	id := s.account("npm").ID
	other := otpcore.NewSecret([]byte("the key of the laptop"))
	path := s.apart(func(d *vault.Draft) error {
		a, _ := d.Account(id)
		a.Secret = other
		return d.Set(a)
	})
	err := s.p.config.Vault.Update(func(d *vault.Draft) error {
		a, _ := d.Account(id)
		a.Secret = otpcore.NewSecret([]byte("the key of this machine"))
		return d.Set(a)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.p.config.Vault.Merge(path, s.p.config.Vault.Identity()); err != nil {
		t.Fatal(err)
	}
	s.send(refreshed{changed: true})
	s.wait(5 * time.Second).sees("npm · alice-dev has 2 keys since a merge. ! choose")
	s.press("!").sees("2 keys")
	codes := 0
	for _, key := range []string{"the key of the laptop", "the key of this machine"} {
		a := s.account("npm")
		a.Secret = otpcore.NewSecret([]byte(key))
		if strings.Contains(s.screen(), group(a.At(s.now).Code)) {
			codes++
		}
	}
	if codes != 2 {
		t.Fatalf("%d of the two codes are shown:\n%s", codes, s.screen())
	}
	s.press("j", "enter").sees("has one key again")
	if len(s.p.config.Vault.Conflicts()) != 0 {
		t.Error("the conflict is not settled")
	}
}

func TestRecoveryKeyCountsOnlyWhenItWasTyped(t *testing.T) {
	s := newStory(t, drawn()[:2]...)
	s.size(80, 60).sees("No recovery key yet").press("!", "k").sees("shown once")
	page := s.p.page.(*recoveryKey)
	key := page.text()
	if !strings.Contains(strings.ReplaceAll(s.screen(), "\n", ""), key[:40]) {
		t.Fatalf("the key is not shown:\n%s", s.screen())
	}
	s.press("enter").seesNot(key[:20]).typeText("WRONG1").press("enter").sees("These are not its last characters.")
	if n := len(s.p.config.Vault.Recipients()); n != 0 {
		t.Fatal("a key that was not proven opens the vault")
	}
	s.typeText(strings.ToLower(key[len(key)-6:])).press("enter").sees("The recovery key opens this vault from now on.")
	identity, err := vault.ParseIdentity(key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(s.p.config.Vault.Path(), identity, time.Now); err != nil {
		t.Errorf("the recovery key does not open the vault: %v", err)
	}
	s.wait(20 * time.Second).seesNot("No recovery key yet")
}

func TestReminderOfTheRecoveryKeyCanBePutAside(t *testing.T) {
	s := newStory(t, drawn()[:2]...)
	s.sees("No recovery key yet").press("esc").seesNot("No recovery key yet")
	newStory(t, drawn()...).seesNot("No recovery key yet")
}

func TestAlarmStaysUntilPutAside(t *testing.T) {
	s := newStory(t, drawn()...)
	s.p.config.Alarm = "This vault is older than the one seen here before."
	s.sees("! This vault is older").wait(time.Minute).sees("! This vault is older").press("esc").seesNot("older")
}

func TestStoppedPaneShowsNothingAndLocks(t *testing.T) {
	s := newStory(t, drawn()...)
	code := group(s.code("GitHub"))
	s.sees(code).press("ctrl+z")
	s.seesNot(code)
	s.send(tea.ResumeMsg{})
	if !s.quit || s.p.outcome != Locked {
		t.Error("coming back from ctrl-z did not lock")
	}
}

// Whatever ends the program, its last frame shows nothing.
func TestTheLastFrameIsEmpty(t *testing.T) {
	s := newStory(t, drawn()...)
	code := group(s.code("GitHub"))
	s.sees(code)
	if msg := unicodeLook.filter(s.p, tea.QuitMsg{}); msg != (tea.QuitMsg{}) {
		t.Fatalf("the filter turned leaving into %T", msg)
	}
	if strings.TrimSpace(s.screen()) != "" {
		t.Errorf("the last frame shows\n%s", s.screen())
	}
}

func TestSleepLocks(t *testing.T) {
	s := newStory(t, drawn()...)
	s.now = s.now.Add(8 * time.Hour)
	s.send(tick{s.p.ring})
	if !s.quit || s.p.outcome != Idle {
		t.Error("a night's sleep did not lock")
	}
}

// forgetful is a door whose recovery key is known.
func forgetful(t *testing.T) (*visit, *doorway, *string) {
	v, m := newVisit(t, "")
	identity := makeVault(t, filepath.Join(t.TempDir(), "vault.age"), time.Now).Identity()
	var passphrase string
	m.door.Recover = func(_ context.Context, key string) error {
		if key != "AGE-SECRET-KEY-1PAPER" {
			return vault.ErrIdentity
		}
		return nil
	}
	m.door.Reset = func(_ context.Context, key string, chosen []byte) (vault.Identity, error) {
		passphrase = string(chosen)
		return identity, nil
	}
	m.door.Strength = vault.Strength
	return v.size(60, 8), m, &passphrase
}

func TestForgottenPassphrase(t *testing.T) {
	v, m, passphrase := forgetful(t)
	v.sees("ctrl-r forgot").press("ctrl+r").sees("recovery key from your paper").typeText("nonsense").press("enter").sees("That key does not open it.")
	v.press("ctrl+u").typeText("age-secret-key-1 paper").press("enter").sees("new passphrase")
	v.typeText("short").press("enter").sees("At least 8 characters.")
	v.press("ctrl+u").typeText("fathom velvet quorum ember").press("enter").sees("Once more")
	v.typeText("fathom velvet quorum ember").press("enter")
	if !m.open || *passphrase != "fathom velvet quorum ember" {
		t.Errorf("open %v with %q", m.open, *passphrase)
	}
}

func TestForgottenPassphraseCanBeRemembered(t *testing.T) {
	v, m, _ := forgetful(t)
	v.press("ctrl+r").typeText("half a key").press("esc").sees("passphrase  █").typeText(rightPassphrase).press("enter")
	if !m.open {
		t.Error("the passphrase does not open it any more")
	}
}

func TestDamagedVaultIsRestoredInTwoKeys(t *testing.T) {
	restored := ""
	m := &rescuer{ctx: context.Background(), look: newLook(unicodeLook), rescue: Rescue{
		Path: "/home/alice/vault.age",
		Backups: []vault.Backup{
			{Path: "broken", Time: noon.Add(-time.Minute), Err: vault.ErrDamaged},
			{Path: "whole", Time: noon.Add(-54 * time.Minute), Accounts: 12},
		},
		Restore: func(_ context.Context, b vault.Backup) error { restored = b.Path; return nil },
		Now:     func() time.Time { return noon },
	}}
	v := &visit{t: t, model: m}
	v.size(80, 24).sees("The vault is damaged. Backup of 14:10 is whole: 12 accounts.").press("y")
	if restored != "" {
		t.Fatal("one key restored")
	}
	v.press("r").sees("Restore the backup of 14:10?").press("y")
	if restored != "whole" || !m.restored || !v.quit {
		t.Errorf("restored %q", restored)
	}
	for _, size := range [][2]int{{80, 24}, {40, 10}, {30, 6}, {12, 1}} {
		m.asked = false
		v.size(size[0], size[1])
		golden(t, fmt.Sprintf("rescue-%dx%d", size[0], size[1]), v.screen())
	}
}

func TestDamagedVaultWithoutABackup(t *testing.T) {
	m := &rescuer{ctx: context.Background(), look: newLook(unicodeLook), rescue: Rescue{Path: "/v.age", Now: func() time.Time { return noon }}}
	v := &visit{t: t, model: m}
	v.size(80, 24).sees("no backup beside it is whole").press("r", "y")
	if m.restored {
		t.Error("something was restored")
	}
	if v.press("q"); !v.quit {
		t.Error("q does not leave")
	}
}

// Whoever quits right after a confirmed edit finds it saved.
func TestLeavingWaitsForAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pane{ctx: t.Context()}
		finish, left := make(chan struct{}), make(chan struct{})
		go p.writing(func() tea.Msg { <-finish; return nil })()
		go func() { p.leave(); close(left) }()
		synctest.Wait()
		select {
		case <-left:
			t.Fatal("left while a write was under way")
		default:
		}
		close(finish)
		synctest.Wait()
		<-left
	})
}

func TestLeavingDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pane{ctx: t.Context()}
		hang := make(chan struct{})
		go p.writing(func() tea.Msg { <-hang; return nil })()
		began := time.Now()
		p.leave()
		if waited := time.Since(began); waited != leaveWait {
			t.Errorf("waited %s", waited)
		}
		close(hang)
	})
}

// Behind an edit that waits the next one waits too: what is shown is what will be
// saved, in the order of the keys.
func TestUnsavedEditsKeepTheirOrder(t *testing.T) {
	s := newStory(t, drawn()...)
	plug := s.unplug()
	s.press("j", "p").sees("Not saved")
	if s.press("p"); s.p.list.account().Pinned {
		t.Fatal("two presses of p leave it pinned on the screen")
	}
	plug()
	s.wait(10 * time.Second).sees("Saved: 2 edits that waited.")
	if s.account("audit").Pinned {
		t.Error("the edits were saved in another order")
	}
}

func TestUnsavedAccountCanOnlyBeCopied(t *testing.T) {
	s := newStory(t, drawn()...)
	s.unplug()
	s.press("a").paste("otpauth://totp/Late:carol?secret=JBSWY3DPEHPK3PXP").press("enter")
	s.press("/").typeText("late").press("esc")
	for _, name := range []string{"p", "+"} {
		s.press(name).sees("Late · carol is not saved yet.")
	}
	s.press("d", "y").sees("Late · carol is not saved yet.").press("e", "tab").typeText("x").press("enter").sees("not saved yet")
}

func TestAPageOfADeletedAccountCloses(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("j", "l").sees("AWS prod · audit")
	id := s.p.list.account().ID
	if err := s.p.config.Vault.Update(func(d *vault.Draft) error { return d.Delete(id) }); err != nil {
		t.Fatal(err)
	}
	s.send(refreshed{changed: true})
	s.sees("11 accounts")
}

func TestMissingVaultIsNotCalledDamaged(t *testing.T) {
	m := &rescuer{ctx: context.Background(), look: newLook(unicodeLook), rescue: Rescue{
		Path: "/v.age", Gone: true, Backups: []vault.Backup{{Path: "whole", Time: noon}}, Now: func() time.Time { return noon },
	}}
	v := &visit{t: t, model: m}
	v.size(80, 24).sees("The vault is gone.").press("r").sees("Restore the backup of").seesNot("damaged")
}

// An edit that the disk refuses when nobody is there to hear it is said afterwards.
func TestAnEditLostWhileLeavingIsSaid(t *testing.T) {
	s := newStory(t, drawn()...)
	_, cmd := s.p.Update(keyPress("p")) // its save is under way
	plug := s.unplug()
	defer plug()
	if cmd == nil || s.p.lost() != nil {
		t.Fatal("nothing is being saved")
	}
	_ = cmd() // it ends after the program: nobody is told
	if s.p.leave(); s.p.lost() == nil {
		t.Error("the lost edit is not said")
	}
	heard := newStory(t, drawn()...)
	unplugged := heard.unplug()
	defer unplugged()
	if heard.press("p"); heard.p.lost() != nil || len(heard.p.pending) != 1 {
		t.Errorf("an edit that was heard of: %v, %d wait", heard.p.lost(), len(heard.p.pending))
	}
}

// A pane too small for a question takes a second key for the answer.
func TestSmallPaneIsLeftWithAnUnsavedEdit(t *testing.T) {
	s := newStory(t, drawn()...)
	plug := s.unplug()
	defer plug()
	s.press("p").size(20, 2).press("q")
	if s.sees("not saved!"); s.quit {
		t.Fatal("left without a word")
	}
	if s.press("q"); !s.quit {
		t.Error("a second q stays")
	}
}

func TestMovingByHandWantsTheWholeList(t *testing.T) {
	s := newStory(t, drawn()...)
	s.p.list.filter.set("pro")
	s.p.list.refilter("")
	if s.press("J").sees("Moving by hand wants the whole list"); s.p.list.order == byHand {
		t.Error("moved among hidden neighbours")
	}
}

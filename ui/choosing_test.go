package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
	"otpane/vault"
)

func TestScreensOfTheList(t *testing.T) {
	for name, prepare := range map[string]func(*story){
		"chosen":        func(s *story) { s.press("x", "j", "j", "x", "G", "x", "k") },
		"chosen-delete": func(s *story) { s.press("x", "j", "j", "x", "G", "x", "d") },
		"tag-page":      func(s *story) { s.press("j", "t").typeText("m") },
		"tag-several":   func(s *story) { s.press("x", "j", "x", "t") },
		"export":        func(s *story) { s.press("x", "j", "x", "E") },
		"export-name":   func(s *story) { s.press("E", "enter") },
		"export-agree":  func(s *story) { s.press("E", "j", "enter", "enter") },
		"export-seal":   func(s *story) { s.press("E", "enter", "enter").typeText("hunter22") },
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range [][2]int{{80, 24}, {60, 12}, {40, 10}, {30, 6}, {24, 6}} {
				s := newStory(t, drawn()...)
				s.p.config.Seal = func(context.Context, []byte, []byte) ([]byte, error) { return nil, errors.New("not here") }
				s.size(size[0], size[1])
				prepare(s)
				golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), s.screen())
			}
		})
	}
}

func (s *story) chosen() (names []string) {
	for _, a := range s.p.list.targets() {
		if s.p.list.chosen[a.ID] {
			names = append(names, a.Name)
		}
	}
	return names
}

func TestChoosing(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("x", "j", "x").sees("2 chosen").sees("t tags   d delete   E export   esc none").sees(" 1 x GitHub")
	s.press("x").sees("1 chosen").press("x", "/").typeText("steam").press("esc", "x").sees("3 chosen")
	if diff := cmp.Diff([]string{"alice@example.com", "audit", "alice_plays"}, s.chosen()); diff != "" {
		t.Error(diff)
	}
	id := s.account("audit").ID
	s.elsewhere(func(d *vault.Draft) error { return d.Delete(id) })
	s.wait(5 * time.Second).sees("2 chosen").press("esc").seesNot("chosen").sees("n next")
	if len(s.chosen()) != 0 {
		t.Error("esc leaves a choice")
	}
}

func TestAFoldedGroupIsChosenAsOne(t *testing.T) {
	s := newStory(t, drawn()...).byTags()
	s.press("G", "k", "z", "x").sees("5 chosen").press("enter").sees("x AWS prod").press("x").sees("4 chosen").press("z", "x").sees("5 chosen").press("x").seesNot("chosen")
}

// Several go in one save and come back together.
func TestDeletingSeveral(t *testing.T) {
	s := newStory(t, drawn()...)
	before := s.p.config.Vault.Mark().String()
	s.press("j", "x", "j", "x", "G", "x", "d").sees("Delete 3: AWS prod · audit, AWS prod · eu-root").press("n").sees("3 chosen")
	s.press("d", "y").sees("3 accounts deleted, kept for 30 days.  u undo").seesNot("chosen").seesNot("eu-root")
	if n := len(s.p.config.Vault.Accounts()); n != 9 {
		t.Fatalf("%d accounts are left", n)
	}
	was, is := strings.Fields(before)[1], strings.Fields(s.p.config.Vault.Mark().String())[1]
	var from, to int
	_, _ = fmt.Sscan(was, &from)
	_, _ = fmt.Sscan(is, &to)
	if to != from+1 {
		t.Errorf("from generation %s to %s in one deletion", was, is)
	}
	s.press("u").sees("3 accounts are back.").sees("eu-root")
	if n := len(s.p.config.Vault.Accounts()); n != 12 {
		t.Errorf("%d accounts after undoing", n)
	}
}

// One of them went meanwhile: the others go too.
func TestDeletingWhatAnotherProcessDeleted(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("x", "j", "x", "d")
	other, err := vault.Open(s.p.config.Vault.Path(), s.p.config.Vault.Identity(), s.p.config.Now)
	if err == nil {
		err = other.Update(func(d *vault.Draft) error { return d.Delete(s.account("audit").ID) })
	}
	if err != nil {
		t.Fatal(err)
	}
	if s.press("y"); len(s.p.config.Vault.Accounts()) != 10 {
		t.Errorf("%d accounts:\n%s", len(s.p.config.Vault.Accounts()), s.screen())
	}
}

func TestTagsOfOneAccount(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("j", "t").sees("Tags of AWS prod · audit").sees("work aws").typeText("#oss work").press("enter").sees("AWS prod · audit: #work #aws #oss.")
	if diff := cmp.Diff([]string{"work", "aws", "oss"}, s.account("audit").Tags); diff != "" {
		t.Error(diff)
	}
	s.press("t", "ctrl+u").typeText(`"my group" aws`).press("enter").sees("#my group #aws")
	s.press("t").sees(`"my group" aws`).press("enter")
	if diff := cmp.Diff([]string{"my group", "aws"}, s.account("audit").Tags); diff != "" {
		t.Error(diff)
	}
	s.press("e").press("tab").typeText("or").press("enter").sees("changed.")
	if diff := cmp.Diff([]string{"my group", "aws"}, s.account("auditor").Tags); diff != "" {
		t.Errorf("the form parts a tag: %s", diff)
	}
	s.press("t", "ctrl+u", "enter").sees("has no tags now.").press("t").typeText("x").press("esc")
	if len(s.account("auditor").Tags) != 0 {
		t.Error("esc saved")
	}
}

func TestTabCompletesTags(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("j", "t").typeText("M").sees("tab       #money").press("tab").sees("work aws money█").typeText(" ").press("tab").sees("money dev█")
	s.press("tab").sees("money home█").press("tab", "tab").sees("money play█").press("tab").sees("money dev█").press("enter")
	if diff := cmp.Diff([]string{"work", "aws", "money", "dev"}, s.account("audit").Tags); diff != "" {
		t.Error(diff)
	}
	s.press("t").typeText("zz").press("tab").sees("zz█")
}

// Of several accounts the common tags are edited; the others stay, and so does what
// another process adds meanwhile.
func TestTagsOfSeveral(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("j", "x", "j", "x", "/").typeText("proxmox").press("esc", "x", "t").sees("Tags of 3 accounts").sees("tags  work █").sees("on some   #aws")
	s.elsewhereQuietly(func(d *vault.Draft) error {
		a, _ := d.Account(s.account("Proxmox").ID)
		a.Tags = append(a.Tags, "meanwhile")
		return d.Set(a)
	})
	s.press("ctrl+u").typeText("infra").press("enter").sees("3 accounts tagged.").sees("esc none")
	for name, want := range map[string][]string{"audit": {"aws", "infra"}, "eu-root": {"aws", "infra"}, "Proxmox": {"meanwhile", "infra"}, "us-root": {"work", "aws"}} {
		if diff := cmp.Diff(want, s.account(name).Tags); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// elsewhereQuietly is another process, unseen as yet.
func (s *story) elsewhereQuietly(change func(*vault.Draft) error) {
	s.t.Helper()
	other, err := vault.Open(s.p.config.Vault.Path(), s.p.config.Vault.Identity(), s.p.config.Now)
	if err == nil {
		err = other.Update(change)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestTagsText(t *testing.T) {
	for _, tags := range [][]string{nil, {"a"}, {"a", "b c", "d"}, {"b c"}} {
		if diff := cmp.Diff(tags, tagsOf(tagText(tags))); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff([]string{"a", "b"}, tagsOf(` #a  b a "" " "`)); diff != "" {
		t.Error(diff)
	}
}

func TestExportOfTheChosen(t *testing.T) {
	s := newStory(t, drawn()...)
	s.p.config.Seal = func(_ context.Context, plain, passphrase []byte) ([]byte, error) {
		return append([]byte(string(passphrase)+"|"), plain...), nil
	}
	s.press("x", "j", "x", "E").sees("Export 2 accounts").sees("▌age file").press("enter").sees("otpane-2026-11-22.json.age█").press("enter")
	s.typeText("hunter22").sees("about").press("enter").sees("easy to guess").press("enter").sees("Once more").typeText("hunter22").press("enter")
	s.sees("✓ otpane-2026-11-22.json.age written: 2 accounts. age -d opens it.")
	sealed, under := strings.CutPrefix(string(s.files["otpane-2026-11-22.json.age"]), "hunter22|")
	if !under {
		t.Fatal("what was to be sealed was written readable")
	}
	batch, err := exchange.Read(t.Context(), []byte(sealed), exchange.Options{})
	if err != nil || len(batch.Accounts) != 2 || batch.Accounts[1].Name != "audit" || !batch.Accounts[1].Secret.Equal(drawn()[1].Secret) {
		t.Errorf("sealed was %v, %v", batch.Accounts, err)
	}
	// Readable only after a yes, and never over a file that is there.
	for form, ending := range map[int]string{1: ".json", 2: ".txt"} {
		s.press("E").press(slices.Repeat([]string{"j"}, form)...).press("enter", "enter").sees("Whoever reads this file has the keys.").press("enter", "n")
		if _, written := s.files["otpane-2026-11-22"+ending]; written {
			t.Fatal("written without a yes")
		}
		s.sees("write to").press("enter", "y").sees("Whoever reads it has the keys.")
		batch, err := exchange.Read(t.Context(), s.files["otpane-2026-11-22"+ending], exchange.Options{})
		if err != nil || len(batch.Accounts) != 2 {
			t.Errorf("%s: %v, %v", ending, batch.Accounts, err)
		}
	}
	s.press("E", "j", "enter", "enter", "y").sees("Not written").sees("write to  otpane-2026-11-22.json█").press("esc", "esc").seesNot("Export")
}

func TestExportWithoutAPassphrase(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("E").sees("Export 1 account").seesNot("age file").sees("▌JSON").press("q").sees("12 accounts")
}

// Uses are counted over runs; the order by use stands still until it is entered.
func TestOrderByUse(t *testing.T) {
	s := newStory(t, drawn()...)
	steam := s.account("Steam")
	other := s.again()
	other.p.config.Habits = Habits{Order: "by use", Uses: map[string]Use{steam.ID: {213, noon.Add(-time.Hour)}}}
	var kept []Habits
	other.p.config.Keep = func(h Habits) error { kept = append(kept, h); return nil }
	other.p.recall()
	other.p.list.settled = nil
	other.p.reload()
	s = other
	s.size(80, 24).press("g", "j")
	if got := s.p.list.account().Issuer; got != "Steam" {
		t.Fatalf("below the pinned one stands %s", got)
	}
	s.sees("used 213 times, last at 14:04").press("enter").wait(5 * time.Second).sees("used 214 times, last at 15:04")
	s.press("l").sees("2025-11-22; used 214 times, last at 15:04").press("esc")
	s.press("/").typeText("proxmox").press("enter", "esc")
	s.p.reload() // even when the list is sorted anew
	if got := s.rows(); !strings.HasPrefix(got[1], "Steam") || got[2] != "AWS prod · audit" {
		t.Fatalf("a copy moved a row: %v", got)
	}
	for range orders {
		s.press("s")
	}
	if got := s.rows(); !strings.HasPrefix(got[1], "Steam") || !strings.HasPrefix(got[2], "Proxmox") {
		t.Errorf("by use: %v", got)
	}
	if s.press("s"); !strings.HasPrefix(s.rows()[1], "Proxmox") {
		t.Errorf("by last use: %v", s.rows())
	}
	if len(kept) > 0 {
		t.Errorf("written in the first minute: %v", kept)
	}
	s.wait(time.Minute)
	if len(kept) != 1 || kept[0].Order != "by last use" || kept[0].Uses[steam.ID].Times != 1 || len(kept[0].Uses) != 2 {
		t.Fatalf("kept %v", kept)
	}
	s.wait(5 * time.Minute)
	if len(kept) != 1 {
		t.Error("written without anything new")
	}
	s.press("s", "q")
	if s.p.leave(); len(kept) != 2 || kept[1].Order != "by hand" || len(kept[1].Uses) != 0 {
		t.Errorf("kept on leaving: %v", kept)
	}
}

func TestUseInWords(t *testing.T) {
	for want, use := range map[string]Use{
		"": {}, "used once, at 15:00": {1, noon.Add(-4 * time.Minute)}, "used 3 times, last on 2026-11-21": {3, noon.AddDate(0, 0, -1)},
	} {
		if got := use.says(noon); got != want {
			t.Errorf("%+v: %q, want %q", use, got, want)
		}
	}
}

// A move is shown at once and saved when the hand rests, in one save.
func TestMoveByHand(t *testing.T) {
	s := newStory(t, drawn()...)
	generation := func() string { return strings.Fields(s.p.config.Vault.Mark().String())[1] }
	before := generation()
	s.press("j", "J").sees("Sorted by hand now. J and K move the account.")
	if s.p.list.order != byHand || generation() != before {
		t.Fatal("the first key moved something")
	}
	s.press("J", "J", "J")
	if got := s.rows()[4]; got != "AWS prod · audit" || s.p.list.account().Name != "audit" {
		t.Fatalf("after three rows: %v", s.rows())
	}
	if generation() != before {
		t.Error("saved under the hand")
	}
	s.wait(2 * time.Second)
	if generation() == before || s.again().size(80, 24).p.list.accounts[4].Name != "audit" {
		t.Error("not saved")
	}
	// The pinned one has nobody to change places with.
	s.press("g", "J", "K").wait(2 * time.Second)
	if got := s.rows()[0]; got != "GitHub · alice@example.com" {
		t.Errorf("the pinned account is not on top: %v", s.rows())
	}
	// Another account's move saves the one before; leaving saves the last.
	s.press("G", "K", "k", "K").press("q")
	s.p.leave()
	last := s.again().p.list.accounts
	if last[10].Name != "山田太郎" || last[8].Name != "alice" || last[9].Name != "root@pve-1.lab.example.org" {
		t.Errorf("on leaving: %s", names(last))
	}
}

// Another process's account comes in while a move is not saved yet.
func TestMoveSurvivesAReload(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("J", "j", "J", "J")
	s.now = s.now.Add(2 * time.Second)
	s.elsewhereQuietly(func(d *vault.Draft) error { _, err := d.Add(drawn()[1]); return err })
	s.send(refreshed{changed: true})
	if got := s.rows()[3]; got != "AWS prod · audit" {
		t.Errorf("the move is lost: %v", s.rows())
	}
}

func TestMoveThatCannotBeSaved(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("J", "j", "J")
	if err := os.Remove(s.p.config.Vault.Path()); err != nil {
		t.Fatal(err)
	}
	s.wait(2 * time.Second).sees("The order is as it was.")
	if got := s.rows()[1]; got != "AWS prod · audit" {
		t.Errorf("it is not: %v", s.rows())
	}
}

// What the pane shows of a move is what the vault makes of it.
func TestSteppedIsWhatTheVaultDoes(t *testing.T) {
	s := newStory(t, drawn()...)
	v := s.p.config.Vault
	for i, pinned := range []int{3, 4, 9} {
		a := v.Accounts()[pinned]
		a.Pinned = true
		if err := v.Update(func(d *vault.Draft) error { return d.Set(a) }); err != nil {
			t.Fatal(i, err)
		}
	}
	for n := range 60 {
		have := v.Accounts()
		a, steps := have[n*7%len(have)], n%9-4
		want := stepped(a.ID, steps)(have)
		if err := v.Update(func(d *vault.Draft) error { return d.Move(a.ID, steps) }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(labels(want), labels(v.Accounts())); diff != "" {
			t.Fatalf("%s by %d: %s", a.Label(), steps, diff)
		}
	}
}

func labels(accounts []otpcore.Account) (all []string) {
	for _, a := range accounts {
		all = append(all, a.Label())
	}
	return all
}

// The filter finds notes too.
func TestFilterFindsTagsAndNotes(t *testing.T) {
	accounts := drawn()
	accounts[7].Note = "spare token in the drawer"
	s := newStory(t, accounts...)
	s.press("/").typeText("money").sees("2 of 12").press("ctrl+u").typeText("drawer").sees("npm").sees("1 of 12")
}

// The offer of a recovery key stays until it is done or put aside, and then stays
// aside.
func TestOfferOfARecoveryKeyIsDismissedForGood(t *testing.T) {
	s := newStory(t, drawn()[0])
	var kept []Habits
	s.p.config.Keep = func(h Habits) error { kept = append(kept, h); return nil }
	s.sees("No recovery key yet").press("!").sees("Only this file and your passphrase hold the keys.").sees("w write a copy elsewhere").press("esc")
	s.sees("No recovery key yet").press("esc").seesNot("No recovery key yet").wait(time.Minute)
	if len(kept) != 1 || !kept[0].Dismissed {
		t.Fatalf("kept %+v", kept)
	}
	other := s.again()
	other.p.config.Habits = kept[0]
	other.p.recall()
	other.size(80, 24).seesNot("No recovery key yet")
}

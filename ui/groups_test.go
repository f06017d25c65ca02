package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"otpane/otpcore"
	"otpane/vault"
)

// byTags goes on to the order by tag.
func (s *story) byTags() *story {
	s.t.Helper()
	for range orders {
		if s.p.list.order == byTag {
			return s
		}
		s.press("s")
	}
	s.t.Fatal("s does not come to the order by tag")
	return s
}

// rows are the list's rows as they are drawn, by their names.
func (s *story) rows() (rows []string) {
	for i, hit := range s.p.list.shown {
		if g, ok := s.p.list.groupAt(i); ok {
			rows = append(rows, fmt.Sprintf("%s %d", g.label, g.size))
			continue
		}
		rows = append(rows, hit.Account.Label())
	}
	return rows
}

func TestGroupsAtEverySize(t *testing.T) {
	for _, size := range [][2]int{{200, 60}, {120, 30}, {80, 24}, {60, 12}, {40, 10}, {30, 6}, {24, 10}, {20, 3}, {12, 1}} {
		s := newStory(t, drawn()...)
		s.size(size[0], size[1]).byTags().press("g", "j", "j", "z", "j", "j")
		s.wait(5 * time.Second)
		golden(t, fmt.Sprintf("tags-%dx%d", size[0], size[1]), s.screen())
	}
}

// Each account stands once, below its first tag; pinned ones on top, those without
// a tag last.
func TestAccountsStandBelowTheirFirstTag(t *testing.T) {
	s := newStory(t, drawn()...).byTags()
	want := []string{
		"GitHub · alice@example.com", "dev 1", "npm · alice-dev", "home 1", "Home router · admin",
		"money 2", "Meridian Bank · 8830-114", "楽天証券 · 山田太郎", "play 1", "Steam · alice_plays",
		"work 5", "AWS prod · audit", "AWS prod · eu-root", "AWS prod · us-root",
		"Proxmox · root@pve-1.lab.example.org", "Sentinel VPN · alice", "no tag 1", "Fastmail · alice@fastmail.example",
	}
	if diff := cmp.Diff(want, s.rows()); diff != "" {
		t.Error(diff)
	}
	s.sees("12 accounts").sees("▾ work 5")
}

func TestCursorPassesOverOpenGroupsAndRestsOnFoldedOnes(t *testing.T) {
	s := newStory(t, drawn()...).byTags()
	var seen []string
	s.press("g")
	for range 20 {
		seen = append(seen, s.p.list.account().Name)
		s.press("j")
	}
	if strings.Contains(strings.Join(seen, ","), ",,") || seen[11] != "alice@fastmail.example" {
		t.Fatalf("the cursor stood on %q", seen)
	}
	s.press("k", "k", "z").sees("▸ work 5").sees("work: 5 accounts, folded").sees("enter open").seesNot("audit")
	if s.p.list.account().ID != "" {
		t.Fatal("an account is selected")
	}
	for _, name := range []string{"n", "+", "p", "e", "d", "t", "o", "b", "l", "f", "w", "E", "J", "K", "T", "space", "space", "space"} {
		s.press(name)
	}
	if s.clipboard != "" || s.p.page != nil || s.p.sheet != nil {
		t.Fatal("a key acted on a group's row")
	}
	s.press("k").press("j").sees("work: 5 accounts, folded")
	if s.press("enter"); s.p.list.account().Issuer != "Proxmox" {
		t.Errorf("opened, the cursor is on %q and not where it was", s.p.list.account().Label())
	}
	if s.clipboard != "" {
		t.Error("opening a group copied a code")
	}
}

func TestFoldingOutsideOfGroups(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("z").sees("s goes on to the order by tag.").byTags().press("g", "z").sees("Pinned accounts stand on top")
	newStory(t).byTags().press("z", "j", "k", "x", "g", "G").sees("no accounts yet")
}

// What was found is shown, whatever is folded; the other groups stay as they are.
func TestFoldingSurvivesFilterAndReload(t *testing.T) {
	s := newStory(t, drawn()...).byTags()
	s.press("g", "j", "z").sees("▸ dev 1").press("G", "k", "z").sees("▸ work 5")
	s.press("/").typeText("steam").seesNot("▸").press("esc").sees("▸ work 5").sees("▸ dev 1")
	if got := s.p.list.account().Issuer; got != "Steam" {
		t.Fatalf("after the filter %q is selected", got)
	}
	s.press("/").typeText("eu-root").press("enter", "esc").sees("▾ work 5").sees("▸ dev 1")
	if got := s.p.list.account().Name; got != "eu-root" || s.clipboard != s.code("eu-root") {
		t.Errorf("what was found in a folded group is not selected, but %q", got)
	}
	s.press("z").sees("work: 5 accounts, folded")
	s.elsewhere(func(d *vault.Draft) error {
		a := drawn()[1]
		a.Name = "new"
		_, err := d.Add(a)
		return err
	})
	s.sees("▸ work 6").sees("▸ dev 1")
	if g, ok := s.p.list.here(); !ok || g.key != "work" {
		t.Error("the cursor left the folded group")
	}
}

// elsewhere is another process that changes the vault, and the pane seeing it.
func (s *story) elsewhere(change func(*vault.Draft) error) {
	s.t.Helper()
	other, err := vault.Open(s.p.config.Vault.Path(), s.p.config.Vault.Identity(), s.p.config.Now)
	if err == nil {
		err = other.Update(change)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.wait(2 * time.Second).sees("Another process changed the vault")
}

// Digits, clicks and pages count accounts, and not the rows of groups.
func TestNumbersAndClicksAmongGroups(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 30}, {40, 10}, {24, 10}} {
		s := newStory(t, drawn()...)
		s.size(size[0], size[1]).byTags().press("g")
		f := s.p.frame()
		clicked := 0
		for y := range size[1] {
			row, ok := f.rowAt(&s.p.list, y)
			if !ok {
				continue
			}
			want := s.p.list.shown[row].Account
			if want.ID == "" || !want.Timed() {
				continue
			}
			s.clipboard = ""
			s.send(tea.MouseClickMsg{X: 5, Y: y, Button: tea.MouseLeft})
			if got := s.p.list.account(); got.ID != want.ID || s.clipboard == "" && !s.p.asked(want.ID) && s.p.waiting == nil {
				t.Errorf("%v: a click on line %d is for %q, not %q", size, y, got.Label(), want.Label())
			}
			clicked++
			if n := s.p.list.number(s.p.list.top, row); n > 0 {
				s.press("g", itoa(n))
				if got := s.p.list.account(); got.ID != want.ID {
					t.Errorf("%v: %d is for %q, not %q", size, n, got.Label(), want.Label())
				}
			}
		}
		if clicked < 2 {
			t.Errorf("%v: only %d rows were clicked", size, clicked)
		}
	}
	s := newStory(t, drawn()...).byTags()
	s.sees("▌1 ★ GitHub").sees(" 2   npm").sees(" 3   Home router")
	s.press("g")
	s.send(tea.MouseClickMsg{X: 5, Y: 3, Button: tea.MouseLeft})
	s.sees("▸ dev 1").seesNot("npm")
	s.size(40, 10).press("g", "pgdown", "pgdown").sees("Fastmail").press("pgup", "pgup", "pgup", "pgup").sees("GitHub")
}

// The row of a group is shown with its first account when the list is scrolled up.
func TestGroupIsShownWithItsFirstAccount(t *testing.T) {
	s := newStory(t, drawn()[1:]...)
	s.size(40, 10).byTags().press("G").seesNot("▾ dev").press("g").sees("▾ dev 1")
}

// A frame never looks at more than what it shows, whatever is folded.
func TestGroupsOfTenThousand(t *testing.T) {
	s := newStory(t)
	accounts := many(10_000)
	for i := range accounts {
		accounts[i].Tags = []string{"tag " + itoa(i%5_000)}
	}
	s.p.list.load(accounts)
	s.byTags().press("G")
	if got := len(s.p.list.shown); got != 15_000 {
		t.Fatalf("%d rows", got)
	}
	s.sees("of 10000").press("k", "z").sees("folded").press("g", "z").sees("folded").seesNot("no tag")
}

func BenchmarkFrameOfGroups(b *testing.B) {
	for _, n := range []int{22, 10_000} {
		b.Run(itoa(n), func(b *testing.B) {
			p := benchPane(b, n)
			accounts := p.config.Vault.Accounts()
			for i := range accounts {
				accounts[i].Tags = []string{"tag " + itoa(i%(n/2))}
			}
			p.list.order = byTag
			p.list.load(accounts)
			p.list.move(n)
			for b.Loop() {
				if p.View().Content == "" {
					b.Fatal("nothing drawn")
				}
			}
		})
	}
}

// A tag is outside text too.
func TestHostileTagsInGroups(t *testing.T) {
	a := drawn()[1]
	a.Tags = []string{"\x1b[2J" + strings.Repeat("長", 300)}
	s := newStory(t, drawn()[0])
	s.p.list.load([]otpcore.Account{withID(a, "x")})
	for _, size := range [][2]int{{200, 24}, {80, 24}, {30, 6}, {24, 10}} {
		s.size(size[0], size[1]).byTags()
		for _, line := range strings.Split(s.p.View().Content, "\n") {
			if strings.Contains(line, "\x1b[2J") || width(line) > size[0] {
				t.Errorf("%v: %q", size, line)
			}
		}
	}
}

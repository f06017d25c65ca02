package ui

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image/png"
	"maps"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
	"otpane/otpcore/qr"
	"otpane/vault"
)

func TestEnterCopiesTheSelectedCode(t *testing.T) {
	s := newStory(t, drawn()...)
	s.sees("▌1 ★ GitHub").press("enter")
	if s.clipboard == "" || s.clipboard != s.code("GitHub") {
		t.Fatalf("copied %q, the code is %q", s.clipboard, s.code("GitHub"))
	}
	s.sees("✓ GitHub · alice@example.com copied, good for 18 s. Clipboard clears in 30 s.")
}

func TestCopiedCodeIsMarkedUntilItRollsOver(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("j", "enter").sees(grouped(s.account("audit"), s.code("audit")) + "✓")
	s.wait(17 * time.Second).sees("✓")
	s.wait(time.Second).seesNot("✓")
}

func TestDigitsCopyTheVisibleRow(t *testing.T) {
	s := newStory(t, drawn()...)
	s.size(40, 10)
	s.press("3")
	if s.clipboard != s.code("eu-root") {
		t.Errorf("3 copied %q, want eu-root's", s.clipboard)
	}
	s.press("G").sees("楽天証券")
	if s.press("7"); s.clipboard != s.code("山田太郎") {
		t.Errorf("7 on the scrolled list copied %q, want the last account's", s.clipboard)
	}
}

// A code about to die is never handed out: the next one is, when it starts.
func TestDyingCodeIsNotHandedOut(t *testing.T) {
	s := newStory(t, drawn()...)
	s.wait(16 * time.Second).sees("2→").press("enter")
	if s.clipboard != "" {
		t.Fatalf("%q was copied with 2 s to live", s.clipboard)
	}
	s.sees("→ GitHub · alice@example.com: next code copied in 2 s, then good for 30 s.")
	s.wait(2 * time.Second)
	if s.clipboard != s.code("GitHub") {
		t.Fatalf("copied %q, the new code is %q", s.clipboard, s.code("GitHub"))
	}
	s.sees("copied: the next code, good for 30 s.")
}

func TestMovingCancelsAWaitingCopy(t *testing.T) {
	s := newStory(t, drawn()...)
	s.wait(16 * time.Second).press("enter").sees("next code copied in").press("j")
	if s.wait(4 * time.Second); s.clipboard != "" {
		t.Errorf("copied %q after moving on", s.clipboard)
	}
}

func TestSpentCodeIsAskedAbout(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("enter")
	s.clipboard = ""
	s.press("enter").sees("! Used already; sites refuse it twice.")
	if s.clipboard != "" {
		t.Fatal("a spent code was handed out without a question")
	}
	if s.press("enter"); s.clipboard != s.code("GitHub") {
		t.Errorf("the second enter copied %q", s.clipboard)
	}
	s.press("w").sees("next code copied in 18 s")
}

func TestNextCode(t *testing.T) {
	s := newStory(t, drawn()...)
	next := s.account("GitHub").At(s.now).Next
	if s.press("n"); s.clipboard != next {
		t.Fatalf("n copied %q, the next code is %q", s.clipboard, next)
	}
	s.sees("the next code is copied, good in 18 s.")
}

func TestClipboardIsClearedOnlyIfStillOurs(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("enter")
	copied := s.clipboard
	s.wait(29 * time.Second)
	if len(s.cleared) != 0 || s.clipboard != copied {
		t.Fatal("cleared before its time")
	}
	if s.wait(time.Second); s.clipboard != "" {
		t.Fatalf("the clipboard still holds %q after 30 s", s.clipboard)
	}
	s.press("j", "enter")
	s.clipboard = "something else"
	if s.wait(31 * time.Second); s.clipboard != "something else" {
		t.Error("foreign text was cleared")
	}
}

func TestClipboardIsClearedOnLeaving(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("enter", "q", "y")
	if !s.quit {
		t.Fatal("it did not quit")
	}
	if s.p.leave(); s.clipboard != "" {
		t.Errorf("the clipboard holds %q after leaving", s.clipboard)
	}
}

func TestUnconfirmedCopySaysSo(t *testing.T) {
	s := newStory(t, drawn()...)
	s.p.config.Copy = func(context.Context, string) (Receipt, error) {
		return Receipt{By: "OSC 52", Emit: "\x1b]52;c;MQ==\x07"}, nil
	}
	s.press("enter").sees("sent by OSC 52, good for 18 s. Check the paste.")
	if len(s.emitted) != 1 {
		t.Errorf("%d sequences were written for one copy", len(s.emitted))
	}
	if s.wait(31 * time.Second); len(s.cleared) != 0 {
		t.Error("a clipboard that cannot be read was cleared")
	}
}

func TestCopyThatFailsSaysWhy(t *testing.T) {
	s := newStory(t, drawn()...)
	s.copyErr = errors.New("xclip: cannot open display")
	s.press("enter").sees("! Not copied: xclip: cannot open display. ").seesNot("✓")
}

func TestFilterFindsAndCopies(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("/").typeText("eu").sees("/eu█").sees("eu-root").seesNot("Fastmail")
	if s.press("enter"); s.clipboard != s.code("eu-root") {
		t.Errorf("copied %q, want eu-root's", s.clipboard)
	}
	s.press("esc").sees("Fastmail")
	if got := s.p.list.account().Name; got != "eu-root" {
		t.Errorf("after the filter %q is selected, not what was found", got)
	}
}

func TestFilterTakesLettersThatAreKeys(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("/").typeText("q")
	if s.quit {
		t.Fatal("q in the filter quit the pane")
	}
	s.press("ctrl+u").sees("12 of 12")
}

func TestFilterShiftsNoColumn(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("j")
	column := func() int {
		for _, line := range strings.Split(s.screen(), "\n") {
			if at := strings.Index(line, grouped(s.account("npm"), s.code("npm"))); at >= 0 {
				return width(line[:at])
			}
		}
		return -1
	}
	before := column()
	if before < 0 {
		t.Fatal("npm is not on the screen")
	}
	if s.press("/").typeText("npm"); column() != before {
		t.Errorf("the code moved from column %d to %d", before, column())
	}
}

func TestAddByKey(t *testing.T) {
	s := newStory(t)
	s.sees("no accounts yet").press("a").typeText("jbsw y3dp ehpk 3px1")
	s.sees("1 cannot occur; ctrl-y: I")
	s.press("backspace").typeText("p").sees("80 bits")
	s.press("tab").typeText("GitHub").press("tab").typeText("bob")
	key, _ := otpcore.ParseSecret("JBSWY3DPEHPK3PXP")
	live := otpcore.Account{Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30, Secret: key}.At(s.now).Code
	s.sees(group(live))
	if n := len(s.p.config.Vault.Accounts()); n != 0 {
		t.Fatalf("%d accounts were saved before enter", n)
	}
	s.press("enter").sees("GitHub · bob saved.")
	if got := s.account("bob"); !got.Secret.Equal(key) {
		t.Error("another key was saved")
	}
}

func TestCorrectionReplacesTheCharacter(t *testing.T) {
	s := newStory(t)
	s.press("a").typeText("jbsw y3dp ehpk 3px1").press("ctrl+y").seesNot("cannot occur").sees("80 bits")
}

func TestAddByURI(t *testing.T) {
	s := newStory(t)
	s.press("a").paste("otpauth://totp/Example:alice@google.com?secret=JBSWY3DPEHPK3PXP&issuer=Example&digits=8&period=60")
	s.sees("Example").sees("alice@google.com").press("enter")
	if a := s.account("Example"); a.Digits != 8 || a.Period != 60 {
		t.Errorf("saved with %d digits and %d s", a.Digits, a.Period)
	}
}

func TestAddFormReadsAPicture(t *testing.T) {
	s := newStory(t)
	s.files["/shots/qr.png"] = pictureOf(t, drawn()[8])
	s.press("a").typeText("/shots/qr.png").press("enter").sees("Read from the picture").sees("Proxmox")
	s.press("enter").sees("Not registered until the site takes it.").press("y", "esc").sees("Remove qr.png?")
	if !s.account("Proxmox").Secret.Equal(drawn()[8].Secret) {
		t.Error("another key was saved")
	}
}

func TestLeavingTheFormWarnsOnce(t *testing.T) {
	s := newStory(t)
	s.press("a").typeText("jbswy3dpehpk3pxp").press("esc").sees("Not saved. If the site has this key, you lose it.")
	s.press("esc").sees("no accounts yet")
	s.press("a").typeText("jbswy3dpehpk3pxp").press("tab").typeText("Late").press("esc", "s").sees("Late saved.")
}

func TestShortKeyIsAskedAbout(t *testing.T) {
	s := newStory(t)
	s.press("a").typeText("jbswy3dp").press("tab").typeText("Old").press("enter").sees("40 bits: shorter than sites use.")
	s.press("enter").sees("Old saved.")
}

func TestOneByteKeyIsRefused(t *testing.T) {
	s := newStory(t)
	s.press("a").typeText("jb").press("tab").typeText("Tiny").press("enter", "enter").sees("one byte")
	if len(s.p.config.Vault.Accounts()) != 0 {
		t.Error("it was saved")
	}
}

func TestNameInUseIsToldApart(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("a").paste("otpauth://totp/npm:alice-dev?secret=JBSWY3DPEHPK3PXP").press("enter")
	s.sees("npm · alice-dev exists. This one is saved as alice-dev 2.")
	if !s.account("alice-dev").Secret.Equal(drawn()[7].Secret) {
		t.Error("the old account's key changed")
	}
}

func TestDroppedPictureIsImported(t *testing.T) {
	for name, dropped := range map[string]string{
		"bare": "/shots/my qr.png", "quoted": "'/shots/my qr.png'", "escaped": `/shots/my\ qr.png`, "url": "file:///shots/my%20qr.png",
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			s.files["/shots/my qr.png"] = pictureOf(t, drawn()[0])
			s.paste(dropped).sees("Import my qr.png").sees("[x] new").sees("GitHub · alice@example.com")
			if len(s.p.config.Vault.Accounts()) != 0 {
				t.Fatal("saved before it was seen")
			}
			s.press("enter", "y", "esc").sees("Remove my qr.png? It holds the key.").press("n").press("enter")
			if s.clipboard != drawn()[0].At(s.now).Code {
				t.Errorf("copied %q", s.clipboard)
			}
		})
	}
}

func TestPictureIsRemovedAfterItsImport(t *testing.T) {
	s := newStory(t)
	s.files["/home/a/Dropbox/qr.png"] = pictureOf(t, drawn()[0])
	s.paste("/home/a/Dropbox/qr.png").press("enter", "y", "esc").sees("Dropbox has a copy too.").press("y").sees("qr.png removed.")
	if len(s.files) != 0 {
		t.Error("the picture is still there")
	}
	s = newStory(t)
	s.files["/qr.png"] = pictureOf(t, drawn()[8])
	s.press("a").typeText("/qr.png").press("enter", "enter", "esc").sees("Remove qr.png?").press("esc")
	if len(s.files) != 1 {
		t.Error("esc removed the picture")
	}
}

// A picture may be all there is of a key that did not come in.
func TestPictureOfAKeyThatStaysOutIsNotOfferedForRemoval(t *testing.T) {
	s := newStory(t)
	s.files["/a.png"], s.files["/b.png"] = pictureOf(t, drawn()[0]), pictureOf(t, drawn()[8])
	s.paste("/a.png /b.png").sees("import 2").press("space").sees("import 1").press("enter").seesNot("Remove")
	if len(s.p.config.Vault.Accounts()) != 1 {
		t.Fatal("not one account came in")
	}
	s.paste("/a.png /b.png").sees("[ ] duplicate").press("enter").seesNot("Remove 1").sees("Remove 2 pictures?").press("n")

	s = newStory(t)
	s.files["/a.png"], s.files["/b.png"] = pictureOf(t, drawn()[0]), pictureOf(t, drawn()[8])
	s.press("a").typeText("/a.png").press("enter").sees("GitHub")
	s.typeText("/b.png").press("enter").sees("Proxmox").press("enter", "esc").sees("Remove b.png?").press("n")
	s.press("a").typeText("/a.png").press("enter").sees("GitHub").typeText("jbsw y3dp ehpk 3pxp").press("enter", "esc").seesNot("Remove")
}

// What is pasted while a question is open is no answer, and opens nothing over it.
func TestPasteLeavesAQuestionAlone(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("d").sees("Delete GitHub").paste("otpauth://totp/npm:eve?secret=JBSWY3DPEHPK3PXP").sees("Delete GitHub").seesNot("Import")
	s.press("n").sees("▌1 ★ GitHub").seesNot("Import")
}

func TestSeveralPicturesAtOnce(t *testing.T) {
	s := newStory(t)
	s.files["/a b.png"], s.files["/c.png"] = pictureOf(t, drawn()[0]), pictureOf(t, drawn()[8])
	s.paste(`/a\ b.png /c.png /nothing.png`).sees("GitHub").sees("Proxmox").sees("skipped    nothing.png: /nothing.png is not there").sees("import 2")
	s.press("enter").sees("Remove 2 pictures? They hold the keys.")
}

func TestPastedDataURL(t *testing.T) {
	s := newStory(t)
	url := "data:image/png;base64," + base64.StdEncoding.EncodeToString(pictureOf(t, drawn()[0]))
	s.paste(url).sees("GitHub · alice@example.com").press("enter")
	s.account("GitHub")
}

func TestClipboardPicture(t *testing.T) {
	s := newStory(t)
	s.press("v").sees("the clipboard holds no picture").press("esc")
	s.picture = pictureOf(t, drawn()[0])
	s.press("v").sees("GitHub · alice@example.com").press("enter").seesNot("Remove")
	s.account("GitHub")
}

func TestPreviewUnticksWhatIsThere(t *testing.T) {
	s := newStory(t, drawn()...)
	before := len(s.p.config.Vault.Accounts())
	s.paste(fourOfATransfer()).sees("[x] new").sees("[ ] duplicate").sees("[ ] clash").sees("-  skipped").sees("import 1")
	s.press("enter")
	if got := len(s.p.config.Vault.Accounts()); got != before+1 {
		t.Fatalf("%d accounts after importing one into %d", got, before)
	}
	s.account("Zulip")
}

// The parts of a transfer set come one picture after another, in any order.
func TestTransferSetFromTwoPictures(t *testing.T) {
	accounts := many(12)
	uris, left := exchange.WriteMigration(accounts)
	if len(uris) != 2 || len(left) != 0 {
		t.Fatalf("%d parts, %d accounts left over", len(uris), len(left))
	}
	s := newStory(t)
	for i, uri := range uris {
		grid, err := qr.Encode(uri)
		if err != nil {
			t.Fatal(err)
		}
		s.files["/part"+itoa(i+1)+".png"], _ = grid.PNG(4)
	}
	s.paste("/part2.png").sees("Google set, 1 of 2 parts").sees("part 1: add its picture, or go on without").sees("import 2")
	s.press("i").typeText("/part1.png").press("enter").sees("Google set, 2 of 2 parts").seesNot("add its picture, or").press("enter")
	if n := len(s.p.config.Vault.Accounts()); n != 12 {
		t.Errorf("%d of 12 accounts came in", n)
	}
}

func TestClashTakenAnywayKeepsBoth(t *testing.T) {
	s := newStory(t, drawn()...)
	s.paste(fourOfATransfer()).press("j", "j", "space").sees("import 2").press("enter")
	if !s.account("alice@fastmail.example").Secret.Equal(drawn()[4].Secret) {
		t.Error("the account that was there changed")
	}
	s.account("alice@fastmail.example 2")
}

func TestPictureWithoutACode(t *testing.T) {
	s := newStory(t)
	var blank bytes.Buffer
	img, err := qr.Load(pictureOf(t, drawn()[0]))
	if err != nil {
		t.Fatal(err)
	}
	white := whitened{img.Bounds().Dx()}
	if err := png.Encode(&blank, white); err != nil {
		t.Fatal(err)
	}
	s.files["/cat.png"] = blank.Bytes()
	s.paste("/cat.png").sees("QR code in this picture")
}

func TestQRThatIsNoAccount(t *testing.T) {
	s := newStory(t)
	grid, err := qr.Encode("https://example.com")
	if err != nil {
		t.Fatal(err)
	}
	s.files["/link.png"], _ = grid.PNG(4)
	s.paste("/link.png").sees("web link")
}

// What was read for a page that was left reaches no other.
func TestLateReadingIsDropped(t *testing.T) {
	s := newStory(t)
	s.press("a")
	old := s.p.page
	s.press("esc", "a")
	s.send(found{page: old, batch: otpcore.Batch{Accounts: drawn()[:1]}})
	s.seesNot("GitHub")
}

// Whoever leaves the page does not pay for the rest of the search.
func TestLeavingEndsTheReading(t *testing.T) {
	s := newStory(t)
	var reading context.Context
	s.p.config.Read = func(ctx context.Context, _ string) ([]byte, error) {
		reading = ctx
		return nil, errors.New("not yet")
	}
	s.press("i").typeText("/slow.png").press("enter").sees("not yet")
	if reading.Err() != nil {
		t.Fatal("the reading ended before its page did")
	}
	if s.press("esc"); reading.Err() == nil {
		t.Error("leaving the page does not end its reading")
	}
}

func TestMissingFile(t *testing.T) {
	s := newStory(t)
	s.paste("/nowhere.png").sees("/nowhere.png is not there")
}

func TestEdit(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("j", "e").sees("Edit AWS prod · audit").press("tab").typeText("or").press("enter").sees("AWS prod · auditor changed.")
	if !s.account("auditor").Secret.Equal(drawn()[1].Secret) {
		t.Error("the key changed with the name")
	}
}

// A counter that another process drew meanwhile does not go back.
func TestEditLeavesWhatOthersChanged(t *testing.T) {
	s := newStory(t, drawn()...)
	id := s.account("Home router").ID
	s.press("/").typeText("router").press("esc", "e", "tab").typeText("!")
	err := s.p.config.Vault.Update(func(d *vault.Draft) error {
		_, err := d.Advance(id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.press("tab").press("enter").sees("changed.")
	if a := s.account("Home router"); a.Counter != 43 {
		t.Errorf("the counter is %d after it was drawn", a.Counter)
	}
}

// A new key for an account that is there keeps what no site knows.
func TestURIInTheEditFormKeepsTagsAndNote(t *testing.T) {
	a := drawn()[1]
	a.Note, a.Pinned = "root of the EU", true
	s := newStory(t, a)
	s.press("e", "shift+tab").paste("otpauth://totp/AWS%20prod:audit?secret=JBSWY3DPEHPK3PXP&digits=8").press("enter").sees("Not registered until the site takes it.")
	if got := s.account("audit"); !got.Secret.Equal(a.Secret) {
		t.Fatal("the old key is gone before the site took the new one")
	}
	s.press("y").sees("is registered.")
	got := s.account("audit")
	if got.Note != a.Note || !got.Pinned || len(got.Tags) != 2 || !got.Created.Equal(a.Created) {
		t.Errorf("left of the account: %+v", got)
	}
	if got.Digits != 8 || got.Secret.Equal(a.Secret) {
		t.Error("the new key did not come in")
	}
}

// The period of a code that is timed is no counter.
func TestTypeChangesTheMeaningOfTheNumber(t *testing.T) {
	s := newStory(t)
	s.press("a").typeText("jbswy3dpehpk3pxp").press("tab").typeText("Door").press("tab", "tab", "space", "ctrl+u").typeText("hotp").press("enter").sees("Saved. + draws the code")
	if a := s.account("Door"); a.Kind != otpcore.HOTP || a.Counter != 0 {
		t.Errorf("saved as %s with counter %d", a.Kind, a.Counter)
	}
}

func TestASecondEnterSavesNothing(t *testing.T) {
	s := newStory(t)
	s.press("a").paste("otpauth://totp/Dup:x?secret=JBSWY3DPEHPK3PXP")
	var first tea.Cmd
	_, first = s.p.Update(keyPress("enter"))
	s.press("enter", "enter")
	s.run(first)
	if n := len(s.p.config.Vault.Accounts()); n != 1 {
		t.Errorf("%d accounts after three enters", n)
	}
	s = newStory(t)
	s.paste("otpauth://totp/Dup:x?secret=JBSWY3DPEHPK3PXP").sees("import 1")
	_, first = s.p.Update(keyPress("enter"))
	s.press("enter")
	s.run(first)
	if n := len(s.p.config.Vault.Accounts()); n != 1 {
		t.Errorf("%d accounts after two enters in the preview", n)
	}
}

func TestLettersAfterAWarningAreLetters(t *testing.T) {
	s := newStory(t)
	s.press("a").typeText("jbswy3dpehpk3pxp").press("esc", "tab").typeText("slack").press("enter").sees("slack saved.")
}

func TestEveryCopyIsTakenBack(t *testing.T) {
	s := newStory(t, drawn()...)
	first, second := s.code("GitHub"), s.code("audit")
	s.press("1", "2", "q")
	s.p.leave()
	if diff := cmp.Diff([]string{first, second}, s.cleared); diff != "" {
		t.Error(diff)
	}
}

func TestAToastDoesNotHideAWarning(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("enter", "a").typeText("jbswy3dpehpk3pxp").press("esc").sees("If the site has this key, you lose it.")
}

// What cannot be seen takes no keys.
func TestHiddenPageTakesNoKeys(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("a").typeText("jbsw").size(12, 1).press("1")
	if s.clipboard == "" {
		t.Error("1 did not copy the row that is shown")
	}
	s.size(80, 24).sees("jbsw█")
}

func TestUntickedStaysUntickedWhenAnotherFileComes(t *testing.T) {
	s := newStory(t)
	s.files["/b.png"] = pictureOf(t, drawn()[8])
	s.paste("otpauth://totp/One:x?secret=JBSWY3DPEHPK3PXP").press("space").sees("[ ] new").paste("/nothing.png").sees("/nothing.png is not there")
	s.paste("/b.png").sees("[ ] new        One · x").sees("[x] new        Proxmox")
	s.press("i", "esc").sees("Proxmox")
}

// A note of several lines survives a form that has one.
func TestEditKeepsTheLinesOfANote(t *testing.T) {
	a := drawn()[1]
	a.Note = "first line\nsecond line"
	s := newStory(t, a)
	s.press("e", "tab").typeText("or").press("enter").sees("changed.")
	if got := s.account("auditor").Note; got != a.Note {
		t.Errorf("the note became %q", got)
	}
}

func TestEditThatFailsKeepsWhatWasTyped(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("j", "e", "tab").typeText("or")
	if err := os.Chmod(s.dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(s.dir, 0o700) })
	if os.Geteuid() == 0 {
		t.Skip("root writes to read-only directories")
	}
	s.press("enter").sees("Not saved").sees("auditor")
}

func TestDeleteNamesAndUndoes(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("j", "j", "d").sees("Delete AWS prod · eu-root? The site still asks for a code.")
	s.press("n").seesNot("Delete").sees("eu-root")
	s.press("d", "y").sees("AWS prod · eu-root deleted, kept for 30 days.  u undo")
	if len(s.p.config.Vault.Accounts()) != 11 {
		t.Fatal("it is still there")
	}
	s.press("u").sees("AWS prod · eu-root is back.")
	if !s.account("eu-root").Secret.Equal(drawn()[2].Secret) {
		t.Error("it came back with another key")
	}
}

func TestCounterIsSavedBeforeItsCodeIsShown(t *testing.T) {
	s := newStory(t, drawn()...)
	router := s.account("Home router")
	s.press("/").typeText("router").press("enter").sees("+ draws code 42; the counter is saved first.")
	if s.clipboard != "" {
		t.Fatal("enter drew a code")
	}
	s.press("esc", "+")
	want := router.CodeAt(42)
	s.sees(group(want)).sees("count 43")
	if got := s.account("Home router").Counter; got != 43 {
		t.Fatalf("the counter is %d after drawing code 42", got)
	}
	reopened, err := vault.Open(s.p.config.Vault.Path(), s.p.config.Vault.Identity(), s.p.config.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range reopened.Accounts() {
		if a.Issuer == "Home router" && a.Counter != 43 {
			t.Errorf("on disk the counter is %d", a.Counter)
		}
	}
	if s.press("enter"); s.clipboard != want {
		t.Errorf("copied %q, drawn was %q", s.clipboard, want)
	}
}

func TestCounterThatCannotBeSavedShowsNothing(t *testing.T) {
	s := newStory(t, drawn()...)
	code := s.account("Home router").CodeAt(42)
	if err := os.Remove(s.p.config.Vault.Path()); err != nil {
		t.Fatal(err)
	}
	s.press("/").typeText("router").press("esc", "+").sees("Not drawn").seesNot(group(code))
}

func TestQRPageIsReadable(t *testing.T) {
	s := newStory(t, drawn()...)
	s.size(120, 60).press("o")
	texts, err := qr.Decode(pixels(s.p.View().Content))
	if err != nil {
		t.Fatalf("%v:\n%s", err, s.screen())
	}
	if len(texts) != 1 || texts[0] != drawn()[0].URI() {
		t.Errorf("the screen says %q", texts)
	}
	a := drawn()[0]
	s.size(80, len(s.p.page.(*qrPage).grid.HalfBlocks())).sees("w write PNG")
	texts, err = qr.Decode(pixels(s.p.View().Content))
	if err != nil || len(texts) != 1 || texts[0] != a.URI() {
		t.Errorf("beside its words it says %q (%v)", texts, err)
	}
	s.size(40, 10).sees("This QR needs").sees("the pane is 40x10")
}

func TestQRPageWritesAPicture(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("o", "w").sees("write to otpane-github-alice-example-com.png█").press("enter").sees("It holds the key")
	texts := decodePNG(t, s.files["otpane-github-alice-example-com.png"])
	if len(texts) != 1 || texts[0] != drawn()[0].URI() {
		t.Errorf("the picture says %q", texts)
	}
}

// A code that is being typed by hand stands still; what is copied meanwhile is
// the code of now.
func TestHold(t *testing.T) {
	s := newStory(t, drawn()...)
	old := group(s.code("GitHub"))
	s.press("f").sees("held").wait(20 * time.Second).sees(old).sees("held").press("enter")
	if s.clipboard != s.code("GitHub") || group(s.clipboard) == old {
		t.Errorf("copied %q while another code was held", s.clipboard)
	}
	s.press("f").seesNot(old).sees(group(s.code("GitHub"))).press("f").wait(time.Minute).seesNot("held")
}

func TestBigCode(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("b").sees("████").press("enter")
	if s.clipboard != s.code("GitHub") {
		t.Error("enter does not copy the big code")
	}
	for _, size := range [][2]int{{33, 9}, {64, 14}, {95, 19}} {
		rows := 5 * (size[0] / 31)
		s.size(size[0], size[1])
		if got := strings.Count(s.screen(), "█") > 0; !got {
			t.Errorf("no big digits at %v", size)
		}
		if drawn := bigDigits("492 039", size[0], size[1], "█"); len(drawn) != rows {
			t.Errorf("%d rows of digits at %v, want %d", len(drawn), size, rows)
		}
		if drawn := bigDigits("492 039", size[0]-1, size[1], "█"); len(drawn) == rows {
			t.Errorf("as large in one column less than %v", size)
		}
	}
	s.size(30, 6).seesNot("█").sees(strings.Join(strings.Split(group(s.code("GitHub")), ""), " "))
}

func TestMask(t *testing.T) {
	s := newStory(t, drawn()...)
	code := group(s.code("GitHub"))
	s.sees(code).press("space").seesNot(code).sees("••• •••")
	if s.press("enter"); s.clipboard != s.code("GitHub") {
		t.Fatal("a hidden code was not copied")
	}
	s.seesNot(code)
	s.press("space").sees(code)
	s.wait(10 * time.Second).seesNot(code)
}

func TestLockByKeyAndByIdleness(t *testing.T) {
	s := newStory(t, drawn()...)
	if s.press("L"); !s.quit || s.p.outcome != Locked {
		t.Error("L did not lock")
	}
	s = newStory(t, drawn()...)
	s.wait(9 * time.Minute)
	if s.quit {
		t.Fatal("locked before its time")
	}
	s.press("j").wait(9 * time.Minute)
	if s.quit {
		t.Fatal("a key did not count as being there")
	}
	if s.wait(time.Minute); !s.quit || s.p.outcome != Idle {
		t.Error("ten idle minutes did not lock")
	}
}

func TestAnotherProcessChangesTheVault(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("/").typeText("aws").press("down")
	selected := s.p.list.account().ID
	other, err := vault.Open(s.p.config.Vault.Path(), s.p.config.Vault.Identity(), s.p.config.Now)
	if err != nil {
		t.Fatal(err)
	}
	err = other.Update(func(d *vault.Draft) error {
		a := drawn()[0]
		a.Name = "second"
		_, err := d.Add(a)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.wait(2 * time.Second)
	s.sees("Another process changed the vault: 1 new account.").sees("/aws")
	if s.p.list.account().ID != selected {
		t.Error("the cursor moved")
	}
}

func TestPinSortsOnTop(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("/").typeText("steam").press("esc", "p").sees("Steam · alice_plays pinned")
	if s.p.list.shown[1].Account.Issuer != "Steam" {
		t.Errorf("second is %s", s.p.list.shown[1].Account.Label())
	}
	if s.p.list.account().Issuer != "Steam" {
		t.Error("the cursor did not follow")
	}
}

func TestSmallPaneSaysWhatItNeeds(t *testing.T) {
	s := newStory(t, drawn()...)
	s.size(12, 1).press("a").sees("needs 24x3")
	s.wait(2 * time.Second).sees(group(s.code("GitHub")))
	if s.press("enter"); s.clipboard != s.code("GitHub") {
		t.Error("enter does not copy in a strip")
	}
	s.sees("copied")
}

// Every key of every binding, on every screen, at every shape: no panic, and a
// frame of the right size.
func TestEveryKeyOnEveryScreen(t *testing.T) {
	base := newStory(t, drawn()...)
	ways := maps.Clone(screens)
	for i, keys := range [][]string{nil, {"i"}, {"o", "w"}, {"E", "enter"}, {"E", "enter", "enter"}, {"s", "s", "s", "s", "G", "z"}} {
		ways[itoa(i)] = func(s *story) { s.press(keys...) }
	}
	var pressed int
	for _, size := range [][2]int{{80, 24}, {30, 6}, {12, 1}} {
		for way, prepare := range ways {
			for _, binding := range append(helpBindings(standardKeys), moveBindings(standardKeys)...) {
				for _, name := range binding.Keys() {
					s := base.again()
					s.size(size[0], size[1])
					prepare(s)
					s.press(name)
					if lines := strings.Count(s.p.View().Content, "\n") + 1; lines != size[1] {
						t.Fatalf("%s then %s at %v: %d lines", way, name, size, lines)
					}
					pressed++
				}
			}
		}
	}
	if pressed < 3000 {
		t.Fatalf("only %d keys were pressed", pressed)
	}
}

// The whole unlocked model, printed with every verb, holds no key.
func TestModelPrintsNoSecret(t *testing.T) {
	s := newStory(t, drawn()...)
	s.press("a").typeText("jbswy3dpehpk3pxp").press("esc", "esc")
	if len(s.p.list.accounts) != 12 {
		t.Fatal("the model is empty")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		text := fmt.Sprintf(verb, s.p.list.accounts) + fmt.Sprintf(verb, s.p.list) + fmt.Sprintf(verb, s.p)
		for _, a := range s.p.list.accounts {
			key := a.Secret.Reveal()
			for _, form := range []string{string(key), otpcore.EncodeBase32(key), fmt.Sprintf("%x", key), fmt.Sprint(key), base64.StdEncoding.EncodeToString(key)} {
				if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
					t.Fatalf("%s prints the key of %s", verb, a.Label())
				}
			}
		}
	}
}

func pictureOf(t *testing.T, a otpcore.Account) []byte {
	t.Helper()
	grid, err := qr.Encode(a.URI())
	if err != nil {
		t.Fatal(err)
	}
	picture, err := grid.PNG(4)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func decodePNG(t *testing.T, data []byte) []string {
	t.Helper()
	img, err := qr.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := qr.Decode(img)
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// A binding that the help does not show is a secret; one that is declared twice
// acts only once.
func TestHelpShowsEveryBinding(t *testing.T) {
	shown := map[string]string{}
	for _, b := range append(helpBindings(standardKeys), moveBindings(standardKeys)...) {
		for _, name := range b.Keys() {
			if other, twice := shown[name]; twice {
				t.Errorf("%s is bound to %q and to %q", name, other, b.Help().Desc)
			}
			shown[name] = b.Help().Desc
		}
	}
	declared := reflect.ValueOf(standardKeys)
	if declared.NumField() != len(helpBindings(standardKeys))+len(moveBindings(standardKeys)) {
		t.Errorf("%d bindings are declared, %d are in the help", declared.NumField(), len(helpBindings(standardKeys))+len(moveBindings(standardKeys)))
	}
}

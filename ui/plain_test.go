package ui

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"otpane/otpcore"
	"otpane/vault"
)

// listener is a story that is heard: what it presses, and what is printed.
type listener struct {
	*story
	speaker *speaker
	lines   *bytes.Buffer
}

func newListener(t *testing.T, accounts ...otpcore.Account) *listener {
	t.Helper()
	l := &listener{story: newStory(t, accounts...), lines: &bytes.Buffer{}}
	l.p.look = newLook(Terminal{Plain: true, Environment: []string{"TERM=xterm-256color", "LANG=C.UTF-8"}})
	l.speaker = newSpeaker(l.p, l.lines)
	l.model = l.speaker
	l.run(l.speaker.Init())
	return l
}

// hears takes what was printed since the last time.
func (l *listener) hears(want ...string) *listener {
	l.t.Helper()
	text := l.lines.String()
	for _, r := range strings.ReplaceAll(text, "\r\n", "") {
		if r < ' ' || r == 0x7f {
			l.t.Errorf("a control character %q is in %q", r, text)
		}
	}
	got := strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
	if text == "" {
		got = nil
	}
	if diff := cmp.Diff(want, got); diff != "" {
		l.t.Fatalf("heard (-want +got):\n%s", diff)
	}
	l.lines.Reset()
	return l
}

func (l *listener) press(names ...string) *listener { l.story.press(names...); return l }

func (l *listener) typeText(text string) *listener { l.story.typeText(text); return l }

func (l *listener) wait(d time.Duration) *listener { l.story.wait(d); return l }

// The transcript of the drawings, with this vault's codes.
func TestPlainMode(t *testing.T) {
	l := newListener(t, drawn()...)
	l.hears("otpane, plain mode. 12 accounts, 1 unfinished. ? lists the keys.", "1 of 12: GitHub, alice@example.com, pinned.")
	l.press("j").hears("2 of 12: AWS prod, audit.")
	l.press("enter").hears("Copied, good for 18 seconds.")
	if l.clipboard != l.code("audit") {
		t.Fatalf("copied %q", l.clipboard)
	}
	l.wait(3 * time.Second).press("space").hears("0 7 5, 0 1 1. 15 seconds left. Next 6 6 3, 9 2 3.")
	l.wait(26 * time.Second).hears()
	l.wait(time.Second).hears("Clipboard cleared.")
	if l.clipboard != "" {
		t.Errorf("the clipboard holds %q", l.clipboard)
	}
	l.wait(time.Minute).hears()
}

func TestPlainFilterIsHeard(t *testing.T) {
	l := newListener(t, drawn()...)
	l.lines.Reset()
	l.press("/").hears("Filter. Letters narrow the list, enter copies the first, esc shows all.")
	l.typeText("pro").hears("1 of 9: AWS prod, audit.", "1 of 4: AWS prod, audit.", "1 of 4: AWS prod, audit.")
	l.press("enter").hears("Copied, good for 18 seconds.")
	l.typeText("z").hears("No account fits these letters.")
	l.press("esc").hears("All 12 accounts.", "1 of 12: GitHub, alice@example.com, pinned.")
	l.press("G").hears("12 of 12: 楽天証券, 山田太郎.")
}

func TestPlainWaitsAndWarns(t *testing.T) {
	l := newListener(t, drawn()...)
	l.lines.Reset()
	l.press("enter").hears("Copied, good for 18 seconds.")
	l.press("enter").hears("Used already; sites refuse it twice. w wait, enter copy.")
	l.press("w").hears("Next code copied in 18 seconds, then good for 30 seconds.")
	l.wait(18 * time.Second).hears("Copied: the next code, good for 30 seconds.")
	l.press("n").hears("The next code is copied, good in 30 seconds.")
	l.press("j", "T").hears("2 of 12: AWS prod, audit.", "T types into another pane of tmux, kitty or WezTerm. zellij has no safe way.")
	l.press("!").hears("Nothing waits to be mended.")
	l.unplug()
	l.press("d").hears("Delete AWS prod, audit? The site still asks for a code. y delete, n keep.")
	l.press("y").hears("Warning: Not saved: the vault's file is gone. The edit is kept here. ! more.", "2 of 11: AWS prod, eu-root.")
}

func TestPlainDeletesAndBringsBack(t *testing.T) {
	l := newListener(t, drawn()...)
	l.press("j", "d", "y")
	l.lines.Reset()
	l.press("u").hears("AWS prod, audit is back.", "2 of 12: AWS prod, audit.")
}

func TestPlainDrawsByCount(t *testing.T) {
	l := newListener(t, drawn()...)
	l.press("/").typeText("router").press("esc")
	l.lines.Reset()
	l.press("space").hears("+ draws code 42; the counter is saved first.")
	l.press("+").hears("Code 42 is drawn. enter copies it.")
	drawn := l.p.list.drawn[l.account("admin").ID].code
	l.press("space").hears(strings.Join(strings.Split(drawn[:3], ""), " ") + ", " + strings.Join(strings.Split(drawn[3:], ""), " ") + ".")
	if l.press("enter").hears("Copied: code 42."); l.clipboard != drawn {
		t.Errorf("copied %q, drawn is %q", l.clipboard, drawn)
	}
}

// The form asks field by field, and the key leaves no trace in the history.
func TestPlainAsksFieldByField(t *testing.T) {
	l := newListener(t)
	l.hears("otpane, plain mode. No accounts yet. ? lists the keys.", "a adds one by its key, i imports a picture or a file.")
	l.press("a").hears("Add account.", "key: key, otpauth URI, or path of a picture.", "enter saves, tab is the next of 4 fields, esc leaves.")
	l.typeText("jbsw y3dp ehpk 3px1").hears()
	l.press("enter").hears("1 cannot occur; ctrl-y: I.")
	l.press("backspace").typeText("p").hears()
	l.press("enter").hears("issuer: empty.", "80 bits.", "enter goes on, tab is the next of 4 fields, esc leaves.")
	l.typeText("GitHub").hears()
	l.press("enter").hears("account: empty.", "enter saves, tab is the next of 4 fields, esc leaves.")
	l.typeText("bob").press("enter").hears("account: bob.", "GitHub, bob.", "Saved. space tells the code to type on the site.",
		"Not registered until the site takes it.", "y it took it, r refused, enter copy, esc later.", "GitHub, bob saved.",
		"Warning: No recovery key yet: a forgotten passphrase loses all. ! make one.")
	l.press("space").hears("7 6 4, 9 6 6. 18 seconds left. Next 4 6 9, 1 8 6.")
	l.press("y").hears("Recovery codes of GitHub, bob.", "Type one and enter, or the path of a text file.", "enter it shows none, esc later.", "GitHub, bob is registered.")
	l.typeText("8fk2-91xq").press("enter").hears("1 code so far.", "enter keep 1 code, ctrl-d drop the last, esc leave.")
	l.press("enter").hears("GitHub, bob: 1 recovery code kept, 1 of 1 left.", "1 of 1: GitHub, bob.")
	if a := l.account("bob"); a.Issuer != "GitHub" || a.Secret.Len() != 10 {
		t.Errorf("saved %v", a)
	}
}

func TestPlainImportsAfterSayingEachEntry(t *testing.T) {
	l := newListener(t, drawn()...)
	l.files["set.txt"] = []byte(fourOfATransfer())
	l.press("i").typeText("set.txt")
	l.lines.Reset()
	l.press("enter")
	text := l.lines.String()
	if strings.Contains(text, "file, set.txt") || strings.Contains(text, "file set.txt") {
		t.Errorf("what was typed is printed:\n%s", text)
	}
	for _, want := range []string{"Import set.txt", "[x] new", "Zulip, alice@example.com", "[ ] duplicate", "GitHub, alice@example.com", "[ ] clash", "skipped", "Nothing is saved yet.", "enter import 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said:\n%s", want, text)
		}
	}
	l.lines.Reset()
	l.press("enter")
	if text := l.lines.String(); !strings.Contains(text, "Zulip") {
		t.Errorf("after the import:\n%s", text)
	}
	l.account("Zulip")
}

// A terminal that sends whole lines ends each with a line feed: after a key it is
// nothing, alone it is enter.
func TestPlainTakesLines(t *testing.T) {
	l := newListener(t, drawn()...)
	l.lines.Reset()
	if l.press("j", "ctrl+j").hears("2 of 12: AWS prod, audit."); l.clipboard != "" {
		t.Fatalf("the end of a line copied %q", l.clipboard)
	}
	l.press("ctrl+j").hears("Copied, good for 18 seconds.")
	l.press("/").typeText("npm").press("ctrl+j")
	if l.clipboard != l.code("npm") {
		t.Errorf("a filter's line copied %q", l.clipboard)
	}
}

// What another process did is heard, and so are groups and what is chosen.
func TestPlainHearsWhatElseHappens(t *testing.T) {
	l := newListener(t, drawn()...)
	l.lines.Reset()
	other, err := vault.Open(l.p.config.Vault.Path(), l.p.config.Vault.Identity(), func() time.Time { return l.now })
	if err != nil {
		t.Fatal(err)
	}
	fresh := drawn()[1]
	fresh.Name = "from the command line"
	if err := other.Update(func(d *vault.Draft) error { _, err := d.Add(fresh); return err }); err != nil {
		t.Fatal(err)
	}
	l.wait(3 * time.Second).hears("Another process changed the vault: 1 new account.")
	l.press("x").hears("1 chosen. t tags, d delete, E export, esc none, x choose, enter copy.").press("j", "x").hears("2 of 13: AWS prod, audit.", "2 chosen.").press("esc").hears("None chosen.")
	for l.p.list.order != byTag {
		l.press("s")
	}
	l.lines.Reset()
	l.press("G", "z")
	if text := l.lines.String(); !strings.Contains(text, "Group no tag, folded, 1 account.") {
		t.Errorf("heard:\n%s", text)
	}
}

// Whatever is pressed, on whatever page, no code and no key is printed but for the
// keys that ask for a code.
func TestPlainPrintsNoCodeUnasked(t *testing.T) {
	for _, open := range []string{"", "a", "i", "l"} {
		for _, b := range append(helpBindings(standardKeys), moveBindings(standardKeys)...) {
			for _, key := range b.Keys()[:1] {
				if key == "space" || key == "b" {
					continue
				}
				l := newListener(t, drawn()[:3]...)
				l.press("j")
				if open != "" {
					l.press(open)
				}
				l.paste("otpauth://totp/Late:carol?secret=JBSWY3DPEHPK3PXP")
				l.press(key).wait(2 * time.Second)
				text := strings.NewReplacer(" ", "", ",", "").Replace(l.lines.String())
				if !strings.Contains(text, "plainmode") {
					t.Fatal("nothing was heard")
				}
				for _, a := range l.p.config.Vault.Accounts() {
					for at := -90; at <= 90; at += 30 {
						if code := a.At(l.now.Add(time.Duration(at) * time.Second)).Code; strings.Contains(text, code) {
							t.Errorf("%q %q printed the code of %s:\n%s", open, key, a.Label(), l.lines)
						}
					}
				}
				if strings.Contains(strings.ToUpper(text), "JBSWY3DP") || strings.Contains(text, "AGE-SECRET-KEY-") {
					t.Errorf("%q %q printed a key:\n%s", open, key, l.lines)
				}
			}
		}
	}
}

func TestPlainDetailsTellNoBar(t *testing.T) {
	l := newListener(t, drawn()...)
	l.lines.Reset()
	l.press("l")
	heard := l.lines.String()
	if !strings.Contains(heard, "type, time-based, SHA1, 6 digits, 30 seconds.") || strings.Contains(heard, "code,") || strings.Contains(heard, "before") {
		t.Errorf("heard:\n%s", heard)
	}
}

package ui

import (
	"context"
	"testing"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore/exchange"
)

func (s *story) sealed(path, passphrase string, from, to int) {
	s.t.Helper()
	data, err := exchange.WriteAegisEncrypted(drawn()[from:to], []byte(passphrase))
	if err != nil {
		s.t.Fatal(err)
	}
	s.files[path] = data
}

func TestEncryptedExportAsksForItsPassphrase(t *testing.T) {
	s := newStory(t, drawn()[0])
	s.sealed("/aegis.json", "velvet fathom", 0, 3)
	s.paste("/aegis.json").sees("Import aegis.json").sees("encrypted").sees("passphrase  █")
	s.typeText("velvet phantom").seesNot("phantom").sees("••••••••••••••█").press("tab").sees("velvet phantom").press("enter")
	s.sees("! Wrong passphrase, or a damaged file.").seesNot("phantom").sees("passphrase  █")
	s.press("enter").sees("Type its passphrase, then enter.")
	s.paste("velvet fathom").press("enter").sees("[ ] duplicate").sees("[x] new").sees("AWS prod · eu-root").sees("enter import 2")
	s.press("enter").sees("2 accounts imported.")
	if n := len(s.p.config.Vault.Accounts()); n != 3 {
		t.Errorf("%d accounts, want 3", n)
	}
	// A second time nothing is ticked.
	s.paste("/aegis.json").typeText("velvet fathom").press("enter").sees("nothing to import")
}

func TestSeveralEncryptedExportsAskInTurn(t *testing.T) {
	s := newStory(t)
	s.sealed("/a.json", "first one", 0, 2)
	s.sealed("/b.json", "second one", 2, 4)
	s.sealed("/c.json", "third one", 4, 6)
	s.files["/d.txt"] = []byte(drawn()[7].URI())
	s.paste("/a.json /b.json /c.json /d.txt").sees("Import a.json").sees("encrypted, 2 more")
	s.typeText("first one").press("enter").sees("Import b.json").sees("encrypted, 1 more")
	s.press("esc").sees("Import c.json").typeText("third one").press("enter")
	s.sees("npm · alice-dev").sees("GitHub · alice").sees("Fastmail").sees("b.json: Encrypted; its passphrase was not typed.").sees("enter import 5")
}

// Leaving the question leaves the page if there is nothing else on it.
func TestEncryptedExportIsLeft(t *testing.T) {
	s := newStory(t, drawn()...)
	s.sealed("/a.json", "first one", 0, 2)
	s.paste("/a.json").sees("passphrase").press("esc").sees("▌1 ★ GitHub")
}

// What takes long is named and can be cancelled; its answer comes to nothing.
func TestOpeningIsToldAndCancelled(t *testing.T) {
	s := newStory(t)
	s.p.config.OpenAge = func(ctx context.Context, _, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	s.files["/keys.age"] = []byte("age-encryption.org/v1\n-> scrypt x 18\n")
	s.paste("/keys.age").sees("Import keys.age").typeText("a passphrase")
	_, cmd := s.p.Update(keyPress("enter"))
	commands := cmd().(tea.BatchMsg)
	answer := make(chan tea.Msg)
	go func() { answer <- commands[0]() }()
	s.send(commands[1]())
	s.sees("opening").sees("age, scrypt").sees("esc cancel").press("esc").sees("passphrase  █")
	s.send(<-answer)
	s.sees("passphrase  █").seesNot("!").press("esc").seesNot("Import")
}

func TestChosenDuplicateComesInUnderAFreeName(t *testing.T) {
	s := newStory(t, drawn()...)
	s.paste(fourOfATransfer()).sees("[x] new").sees("import 1")
	s.press("j", "space").sees("[x] duplicate").sees("It is there already, and comes in again under a free name.")
	s.press("j", "space").sees("[x] clash").sees("import 3").press("enter")
	s.account("alice@example.com 2")
	s.account("alice@fastmail.example 2")
	if n := len(s.p.config.Vault.Accounts()); n != len(drawn())+3 {
		t.Errorf("%d accounts", n)
	}
}

func TestExportsThatCannotBeReadSayWhy(t *testing.T) {
	s := newStory(t)
	for path, text := range map[string]string{
		"/letter.txt": "No account in this file: it is neither a picture nor an export.",
		"/half.json":  "Export it again.",
		"/kdbx":       "In KeePassXC choose",
	} {
		s.files["/letter.txt"] = []byte("Dear Sir or Madam, thank you for the nice evening.")
		s.files["/half.json"] = []byte(`{"version": 1, "header": {"slots": null, "params": null}, "db": {"version": 3, "entries": [{"type": "totp"`)
		s.files["/kdbx"] = []byte("\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5 and more of a database")
		s.paste(path).sees(text).press("esc", "esc")
	}
}

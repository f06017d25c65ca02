//go:build unix

package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"pgregory.net/rapid"

	"otpane/otpcore"
	"otpane/vault"
)

// workshop is a vault on the disk, and the commands over it.
type workshop struct {
	path, key string
	v         *vault.Vault
}

func newWorkshop(t *testing.T) workshop {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	w := workshop{path: filepath.Join(t.TempDir(), "vault.age"), key: filepath.Join(t.TempDir(), "key.txt")}
	if err := os.WriteFile(w.key, []byte(identity.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	id, err := vault.ParseIdentity(identity.String())
	if err != nil {
		t.Fatal(err)
	}
	if w.v, err = vault.Create(w.path, vault.Access{Identity: id}, time.Now); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w workshop) getenv(name string) string {
	home := filepath.Dir(w.key)
	return map[string]string{"OTPANE_VAULT": w.path, "OTPANE_IDENTITY": w.key, "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home}[name]
}

// run gives what a command says on standard error.
func (w workshop) run(t rapid.TB, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{Env: Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Getenv: w.getenv, Now: time.Now}}
	if err := p.run(context.Background(), args); err != nil {
		p.report(err)
		t.Fatalf("otpane %q: %s", args, stderr.String())
	}
	return stderr.String()
}

func (w workshop) account(t rapid.TB, id string) otpcore.Account {
	t.Helper()
	if _, err := w.v.Refresh(); err != nil {
		t.Fatal(err)
	}
	for _, a := range w.v.Accounts() {
		if a.ID == id {
			return a
		}
	}
	t.Fatalf("no account %s", id)
	return otpcore.Account{}
}

// shellWords are the words that a POSIX shell makes of a line.
func shellWords(t rapid.TB, line string) []string {
	t.Helper()
	out, err := exec.Command("sh", "-c", `for word in `+line+`; do printf '%s\0' "$word"; done`).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

// TestUndo: whatever edit, rename, tag and pin change, the line that they print
// brings the account back as it was.
func TestUndo(t *testing.T) {
	w := newWorkshop(t)
	awkward := []string{"", "a", "two words", "o'clock", `"$HOME" ` + "`x`" + ` \n`, "-x", "--yes", "#", "##tag", "äöü 株式会社 👩‍💻", "a:b", "*", "!!", "~", "=", "a,b", "#one"}
	text := rapid.OneOf(rapid.SampledFrom(awkward), rapid.String())
	undone := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		a := otpcore.Account{
			Issuer: otpcore.Clean(text.Draw(t, "issuer")), Name: otpcore.Clean(text.Draw(t, "name")),
			Tags: otpcore.CleanTags(rapid.SliceOfN(text, 0, 3).Draw(t, "tags")), Note: otpcore.CleanNote(text.Draw(t, "note") + "\n" + text.Draw(t, "more")),
			Pinned: rapid.Bool().Draw(t, "pinned"), Unfinished: rapid.Bool().Draw(t, "unfinished"),
			Agent:     rapid.SampledFrom([]otpcore.Answer{"", otpcore.Allow, otpcore.Ask, otpcore.Deny}).Draw(t, "agent"),
			Kind:      rapid.SampledFrom([]otpcore.Kind{otpcore.TOTP, otpcore.HOTP, otpcore.Steam}).Draw(t, "kind"),
			Algorithm: rapid.SampledFrom([]otpcore.Algorithm{otpcore.SHA1, otpcore.SHA256, otpcore.SHA512}).Draw(t, "algorithm"),
			Digits:    rapid.SampledFrom([]int{5, 6, 8, 10}).Draw(t, "digits"), Secret: otpcore.NewSecret([]byte("a key for tests alone")),
		}
		switch a.Kind {
		case otpcore.HOTP:
			a.Counter = rapid.Uint64().Draw(t, "counter")
		case otpcore.Steam:
			a.Algorithm, a.Digits, a.Period = otpcore.SHA1, otpcore.SteamDigits, 30
		default:
			a.Period = rapid.SampledFrom([]int{30, 60, 1, 3600}).Draw(t, "period")
		}
		var id string
		if err := w.v.Update(func(d *vault.Draft) (err error) {
			for _, old := range d.Accounts() { // so that names are free
				if err := d.Delete(old.ID); err != nil {
					return err
				}
			}
			id, err = d.Add(a)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		was := w.account(t, id)
		command := rapid.SampledFrom([]string{"edit", "edit", "rename", "tag", "tag --rm", "pin", "pin --off"}).Draw(t, "command")
		said := w.run(t, change(t, command, was, text)...)
		if reflect.DeepEqual(keyless(w.account(t, id)), keyless(was)) {
			if !strings.Contains(said, "is so already") {
				t.Fatalf("nothing changed, and it says %q", said)
			}
			return
		}
		undone[command]++
		_, line, found := strings.Cut(said, "\nundo: ")
		if !found {
			t.Fatalf("no way back in %q", said)
		}
		words := shellWords(t, strings.TrimSuffix(line, "\n"))
		w.run(t, words[1:]...)
		if got, want := keyless(w.account(t, id)), keyless(was); !reflect.DeepEqual(got, want) {
			t.Fatalf("after %s\ngot  %+v\nwant %+v", line, got, want)
		}
	})
	if len(undone) < 5 {
		t.Errorf("only these changed something: %v", undone)
	}
}

// TestUndoOfAType: five digits are what a Steam account has, too, and coming back from
// it without a word would make them six.
func TestUndoOfAType(t *testing.T) {
	w := newWorkshop(t)
	var id string
	if err := w.v.Update(func(d *vault.Draft) (err error) {
		id, err = d.Add(otpcore.Account{Name: "five", Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 5, Period: 30,
			Secret: otpcore.NewSecret([]byte("a key for tests alone"))})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	was := w.account(t, id)
	_, line, _ := strings.Cut(w.run(t, "edit", id, "--type", "steam", "--yes"), "\nundo: ")
	if w.account(t, id).Kind != otpcore.Steam {
		t.Fatal("it is no Steam account now")
	}
	w.run(t, shellWords(t, strings.TrimSuffix(line, "\n"))[1:]...)
	if got := w.account(t, id); !reflect.DeepEqual(keyless(got), keyless(was)) {
		t.Errorf("after %s %+v", line, keyless(got))
	}
}

// keyless is an account without what nobody sets: the key, which reflect cannot
// compare and no command changes.
func keyless(a otpcore.Account) otpcore.Account {
	a.Secret = otpcore.Secret{}
	return a
}

// change draws the arguments of a command that changes the account.
func change(t *rapid.T, command string, a otpcore.Account, text *rapid.Generator[string]) []string {
	word := func(label string) string { return otpcore.Clean(text.Draw(t, label)) }
	switch command {
	case "rename":
		return []string{"rename", a.ID, "--issuer", word("to"), "--account", word("or")}
	case "tag":
		return []string{"tag", a.ID, "--", "x" + word("tag"), "y" + word("other")}
	case "tag --rm":
		if len(a.Tags) == 0 {
			return []string{"tag", a.ID, "x"}
		}
		return []string{"tag", a.ID, "--rm", "--", "#" + rapid.SampledFrom(a.Tags).Draw(t, "old")}
	case "pin":
		return []string{"pin", a.ID}
	case "pin --off":
		return []string{"pin", "--off", a.ID}
	}
	args := []string{"edit", a.ID, "--yes", "--note", text.Draw(t, "new note")}
	maybe := func(words ...string) {
		if rapid.Bool().Draw(t, words[0]) {
			args = append(args, words...)
		}
	}
	maybe("--issuer", word("new issuer"))
	maybe("--account", word("new name"))
	maybe("--pinned=" + fmt.Sprint(rapid.Bool().Draw(t, "pin")))
	maybe("--finished=" + fmt.Sprint(rapid.Bool().Draw(t, "finish")))
	maybe("--agent", "deny")
	maybe("--tag", word("first tag"), "--tag", word("second tag"))
	maybe("--type", rapid.SampledFrom([]string{"totp", "hotp", "steam"}).Draw(t, "type"))
	return args
}

package ui

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"otpane/otpcore"
	"otpane/otpcore/qr"
	"otpane/vault"
)

// What a picture holds is found however busy the machine is.
func init() { qr.Budget = time.Minute }

// story drives the model in keys, as a person would. Commands run at once, but
// for the timer, which a story winds by hand; the clock stands still until then.
type story struct {
	t     *testing.T
	p     *pane
	model tea.Model // that hears the keys: the pane itself, if no other face is before it
	now   time.Time
	dir   string
	quit  bool

	clipboard string
	cleared   []string
	emitted   []string
	files     map[string][]byte
	picture   []byte
	copyErr   error
}

// noon is the instant of the drawings: 30 s codes have 18 s left.
var noon = time.Date(2026, 11, 22, 15, 4, 12, 0, time.UTC)

func newStory(t *testing.T, accounts ...otpcore.Account) *story {
	t.Helper()
	s := &story{t: t, now: noon, dir: t.TempDir(), files: map[string][]byte{}}
	s.p = newPane(context.Background(), s.config(s.vault(accounts...)), newLook(Terminal{Environment: []string{"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8"}}))
	s.p.config.After = func(time.Duration, tea.Msg) tea.Cmd { return nil }
	s.size(80, 24)
	return s
}

// again starts a fresh pane on the same vault.
func (s *story) again() *story {
	other := &story{t: s.t, now: s.now, dir: s.dir, files: map[string][]byte{}}
	other.p = newPane(context.Background(), other.config(s.p.config.Vault), s.p.look)
	other.p.config.After = s.p.config.After
	return other
}

// vault makes one on disk, with a key derivation that costs nothing.
func (s *story) vault(accounts ...otpcore.Account) *vault.Vault {
	s.t.Helper()
	v := makeVault(s.t, filepath.Join(s.dir, "vault.age"), func() time.Time { return s.now })
	err := v.Update(func(d *vault.Draft) error {
		for _, a := range accounts {
			if _, err := d.Add(a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func makeVault(t testing.TB, path string, now func() time.Time) *vault.Vault {
	t.Helper()
	v, err := vault.Create(path, vault.Access{Passphrase: []byte("only for these tests"), WorkFactor: 1}, now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (s *story) config(v *vault.Vault) Config {
	return Config{
		Vault: v,
		Now:   func() time.Time { return s.now },
		Copy: func(_ context.Context, text string) (Receipt, error) {
			if s.copyErr != nil {
				return Receipt{}, s.copyErr
			}
			s.clipboard = text
			return Receipt{By: "xclip", Confirmed: true, Clears: true}, nil
		},
		Clear: func(_ context.Context, text string) error {
			s.cleared = append(s.cleared, text)
			if s.clipboard == text {
				s.clipboard = ""
			}
			return nil
		},
		Picture: func(context.Context) ([]byte, error) {
			if s.picture == nil {
				return nil, errors.New("the clipboard holds no picture")
			}
			return s.picture, nil
		},
		Read: func(_ context.Context, path string) ([]byte, error) {
			data, ok := s.files[path]
			if !ok {
				return nil, errors.New(path + " is not there")
			}
			return data, nil
		},
		Remove: func(_ context.Context, path string) error {
			delete(s.files, path)
			return nil
		},
		Write: func(_ context.Context, path string, data []byte) error {
			if _, ok := s.files[path]; ok {
				return os.ErrExist
			}
			s.files[path] = bytes.Clone(data)
			return nil
		},
		ClearAfter: 30 * time.Second, LockAfter: 10 * time.Minute, Guard: 3 * time.Second,
	}
}

func (s *story) size(columns, rows int) *story {
	s.send(tea.WindowSizeMsg{Width: columns, Height: rows})
	return s
}

// press sends keys by their names: "a", "enter", "ctrl+u", "space".
func (s *story) press(names ...string) *story {
	for _, name := range names {
		s.send(keyPress(name))
	}
	return s
}

// typeText sends a text letter by letter.
func (s *story) typeText(text string) *story {
	for _, r := range text {
		s.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return s
}

func (s *story) paste(text string) *story {
	s.send(tea.PasteMsg{Content: text})
	return s
}

// wait moves the clock second by second, with a tick at each.
func (s *story) wait(d time.Duration) *story {
	for range int(d / time.Second) {
		s.now = s.now.Add(time.Second)
		s.send(tick{s.p.ring})
	}
	return s
}

func (s *story) send(msg tea.Msg) {
	model := s.model
	if model == nil {
		model = s.p
	}
	_, cmd := model.Update(msg)
	s.run(cmd)
}

// run executes commands until none is left; what they say goes back in.
func (s *story) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, one := range msg {
			s.run(one)
		}
	case tea.QuitMsg:
		s.quit = true
	case tea.RawMsg:
		s.emitted = append(s.emitted, msg.Msg.(string))
	case tick:
	default:
		s.send(msg)
	}
}

// screen is what a person sees, with █ where the cursor is.
func (s *story) screen() string { return plain(s.p.View()) }

func plain(v tea.View) string {
	remember(v)
	return textOf(v)
}

func textOf(v tea.View) string {
	lines := strings.Split(ansi.Strip(v.Content), "\n")
	if c := v.Cursor; c != nil && c.Y < len(lines) {
		line := left(lines[c.Y], max(c.X+1, width(lines[c.Y])), "")
		before, after := cutAt(line, c.X)
		lines[c.Y] = before + "█" + after
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// cutAt splits a line at a column and drops the character that stands there.
func cutAt(line string, column int) (before, after string) {
	at := 0
	for i, r := range line {
		if at >= column {
			return line[:i], line[i+len(string(r)):]
		}
		at += width(string(r))
	}
	return line, ""
}

func (s *story) sees(text string) *story {
	s.t.Helper()
	if !strings.Contains(s.screen(), text) {
		s.t.Fatalf("the screen does not say %q:\n%s", text, s.screen())
	}
	return s
}

func (s *story) seesNot(text string) *story {
	s.t.Helper()
	if strings.Contains(s.screen(), text) {
		s.t.Fatalf("the screen says %q:\n%s", text, s.screen())
	}
	return s
}

// code is an account's code now, computed beside the pane.
func (s *story) code(name string) string {
	s.t.Helper()
	return s.account(name).At(s.now).Code
}

func (s *story) account(name string) otpcore.Account {
	s.t.Helper()
	for _, a := range s.p.config.Vault.Accounts() {
		if a.Issuer == name || a.Name == name || a.Label() == name {
			return a
		}
	}
	s.t.Fatalf("no account %q", name)
	return otpcore.Account{}
}

func keyPress(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"backspace": tea.KeyBackspace, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "home": tea.KeyHome, "end": tea.KeyEnd,
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	if rest, ok := strings.CutPrefix(name, "shift+"); ok {
		return tea.KeyPressMsg{Code: special[rest], Mod: tea.ModShift}
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if name == "space" {
		return tea.KeyPressMsg{Code: ' ', Text: " "}
	}
	r := []rune(name)[0]
	return tea.KeyPressMsg{Code: r, Text: name}
}

// drawn are the accounts of the drawings, with keys made for these tests.
func drawn() []otpcore.Account {
	account := func(issuer, name string, change func(*otpcore.Account)) otpcore.Account {
		a := otpcore.Account{
			Issuer: issuer, Name: name, Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
			Secret: otpcore.NewSecret([]byte("key of " + issuer + name)), Created: noon.AddDate(-1, 0, 0),
		}
		if change != nil {
			change(&a)
		}
		return a
	}
	tags := func(tags ...string) func(*otpcore.Account) {
		return func(a *otpcore.Account) { a.Tags = tags }
	}
	return []otpcore.Account{
		account("GitHub", "alice@example.com", func(a *otpcore.Account) { a.Pinned = true; a.Tags = []string{"dev", "oss"} }),
		account("AWS prod", "audit", tags("work", "aws")),
		account("AWS prod", "eu-root", tags("work", "aws")),
		account("AWS prod", "us-root", tags("work", "aws")),
		account("Fastmail", "alice@fastmail.example", func(a *otpcore.Account) { a.Unfinished = true }),
		account("Home router", "admin", func(a *otpcore.Account) {
			a.Kind, a.Period, a.Counter = otpcore.HOTP, 0, 42
			a.Tags = []string{"home"}
		}),
		account("Meridian Bank", "8830-114", func(a *otpcore.Account) { a.Digits, a.Period = 8, 60; a.Tags = []string{"money"} }),
		account("npm", "alice-dev", tags("dev")),
		account("Proxmox", "root@pve-1.lab.example.org", tags("work")),
		account("Sentinel VPN", "alice", func(a *otpcore.Account) { a.Period = 15; a.Tags = []string{"work"} }),
		account("Steam", "alice_plays", func(a *otpcore.Account) { a.Kind, a.Digits = otpcore.Steam, 5; a.Tags = []string{"play"} }),
		account("楽天証券", "山田太郎", tags("money")),
	}
}

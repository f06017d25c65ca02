//go:build unix

package cli_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/creack/pty"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
	"otpane/vault"
)

const testKey = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// session is otpane in a terminal of its own, with a home of its own.
type session struct {
	t    testing.TB
	home string
	run  *exec.Cmd
	tty  *os.File
	from chan string
	seen string // everything the terminal got
	read int    // how far of it expect has come
}

func newHome(t testing.TB) string {
	t.Helper()
	home := t.TempDir()
	if err := os.Chmod(home, 0o700); err != nil { // whatever the umask
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "key.txt"), []byte(testIdentity+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

// shortFolder is a folder for sockets: a path to one has 107 bytes at most, and 103 on
// some systems, and those of tests' own folders are long.
func shortFolder(t testing.TB) string {
	t.Helper()
	under := os.TempDir()
	if len(under) > 50 {
		under = "/tmp"
	}
	folder, err := os.MkdirTemp(under, "otp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// start runs otpane; the environment names the identity unless extra empties it.
func start(t testing.TB, home string, extra []string, args ...string) *session {
	t.Helper()
	return begin(prepare(t, home, extra, args...), 80, 24)
}

// startSized is start in a terminal of another size.
func startSized(t testing.TB, home string, columns, rows uint16, args ...string) *session {
	t.Helper()
	return begin(prepare(t, home, nil, args...), columns, rows)
}

func begin(s *session, columns, rows uint16) *session {
	s.t.Helper()
	var err error
	if s.tty, err = pty.StartWithSize(s.run, &pty.Winsize{Rows: rows, Cols: columns}); err != nil {
		s.t.Fatal(err)
	}
	s.attend()
	return s
}

// prepare makes a session that has not begun.
func prepare(t testing.TB, home string, extra []string, args ...string) *session {
	s := &session{t: t, home: home, run: exec.Command("otpane", args...), from: make(chan string, 64)}
	s.run.Dir = home
	s.run.Env = append([]string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8",
		"XDG_DATA_HOME=" + home, "XDG_CONFIG_HOME=" + home, workVariable + "=2",
		"OTPANE_VAULT=" + filepath.Join(home, "vault.age"), "OTPANE_IDENTITY=" + filepath.Join(home, "key.txt"),
	}, extra...)
	return s
}

// attend listens to a session that has begun, and ends it with the test.
func (s *session) attend() {
	go s.listen()
	s.t.Cleanup(func() {
		_ = s.run.Process.Kill()
		_ = s.run.Wait() // while it ends it may still write into the home, which goes next
		_ = s.tty.Close()
	})
}

func (s *session) listen() {
	buffer := make([]byte, 4096)
	for {
		n, err := s.tty.Read(buffer)
		if n > 0 {
			s.from <- string(buffer[:n])
		}
		if err != nil {
			close(s.from)
			return
		}
	}
}

// patience is how long a test waits for what ought to come at once. Only a test that
// fails waits so long.
const patience = 2 * time.Minute

// expect waits for text that matches, after what was matched before.
func (s *session) expect(pattern string) string {
	s.t.Helper()
	want, timeout := regexp.MustCompile(pattern), time.After(patience)
	stuck := time.NewTicker(2 * time.Second) // a message stands for longer
	defer stuck.Stop()
	for {
		if at := want.FindStringIndex(s.seen[s.read:]); at != nil {
			found := s.seen[s.read+at[0] : s.read+at[1]]
			s.read += at[1]
			return found
		}
		select {
		case text, open := <-s.from:
			s.seen += text
			if !open {
				s.t.Fatalf("ended without %q; the terminal got:\n%s", pattern, s.seen)
			}
		case <-stuck.C:
			s.redrawn()
		case <-timeout:
			s.t.Fatalf("no %q; the terminal got:\n%s", pattern, s.seen)
		}
	}
}

// redrawn asks for the whole screen by another width. Only cells that change are
// written, so that a word of which a part stood there before never comes as a word.
func (s *session) redrawn() {
	s.t.Helper()
	size, err := pty.GetsizeFull(s.tty)
	if err != nil {
		s.t.Fatal(err)
	}
	size.Cols ^= 1
	if err := pty.Setsize(s.tty, size); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) send(text string) {
	s.t.Helper()
	if _, err := s.tty.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// end waits for the process and returns its status.
func (s *session) end() int {
	s.t.Helper()
	timeout := time.After(patience)
	for open := true; open; {
		var text string
		select {
		case text, open = <-s.from:
			s.seen += text
		case <-timeout:
			s.t.Fatalf("it does not end; the terminal got:\n%s", s.seen)
		}
	}
	err := s.run.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return 0
}

func (s *session) wantStatus(want int) {
	s.t.Helper()
	if got := s.end(); got != want {
		s.t.Fatalf("status %d, want %d; the terminal got:\n%s", got, want, s.seen)
	}
}

func vaultOf(t testing.TB, home string) *vault.Vault {
	t.Helper()
	id, err := vault.ParseIdentity(testIdentity)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(filepath.Join(home, "vault.age"), id, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// holding is a home whose vault holds accounts of 30 s.
func holding(t testing.TB, accounts int) string {
	t.Helper()
	home := newHome(t)
	id, err := vault.ParseIdentity(testIdentity)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Create(filepath.Join(home, "vault.age"), vault.Access{Identity: id}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	err = v.Update(func(d *vault.Draft) error {
		for i := range accounts {
			name := "user" + strconv.Itoa(i)
			_, err := d.Add(otpcore.Account{
				Issuer: "Site", Name: name, Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
				Secret: otpcore.NewSecret([]byte("the key of " + name)),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return home
}

// filled is a home with a vault that holds testdata/uris/several.txt.
func filled(t testing.TB) string {
	t.Helper()
	home := newHome(t)
	list, err := filepath.Abs("../../testdata/uris/several.txt")
	if err != nil {
		t.Fatal(err)
	}
	start(t, home, nil, "init").wantStatus(0)
	s := start(t, home, nil, "import", list)
	s.expect(`Import 4 accounts\? \[y/N\] `)
	s.send("y\r")
	s.wantStatus(0)
	if n := len(vaultOf(t, home).Accounts()); n != 4 {
		t.Fatalf("%d accounts, want 4", n)
	}
	return home
}

func TestAddAsksWithoutShowing(t *testing.T) {
	home := newHome(t)
	start(t, home, nil, "init").wantStatus(0)
	s := start(t, home, nil, "add", "--issuer", "GitHub", "--account", "alice")
	s.expect("key or otpauth URI")
	s.send(testKey + "\r")
	s.expect(`Added GitHub · alice\.`)
	s.wantStatus(0)
	if strings.Contains(s.seen, testKey) {
		t.Error("the key was shown")
	}
	if n := len(vaultOf(t, home).Accounts()); n != 1 {
		t.Errorf("%d accounts, want 1", n)
	}
}

func TestNoAnswerIsNo(t *testing.T) {
	home := filled(t)
	before, err := os.ReadFile(filepath.Join(home, "vault.age"))
	if err != nil {
		t.Fatal(err)
	}
	for _, story := range []struct {
		args     []string
		question string
		answer   string
	}{
		{[]string{"rm", "GitHub"}, `Delete GitHub · alice\? The site still asks for a code\. \[y/N\] `, "\r"},
		{[]string{"rm", "GitHub"}, `Delete GitHub · alice\?`, "\x03"},
		{[]string{"edit", "GitHub", "--issuer", "GitLab"}, `issuer: GitHub → GitLab\r\nChange GitHub · alice\?`, "n\r"},
		{[]string{"import", filepath.Join("..", "half.txt")}, `Import 1 account\?`, "\r"},
		{[]string{"export"}, `Write 4 keys in plain text\?`, "\r"},
	} {
		t.Run(strings.Join(story.args, " "), func(t *testing.T) {
			if story.args[0] == "import" {
				story.args[1] = filepath.Join(home, "one.txt")
				if err := os.WriteFile(story.args[1], []byte("otpauth://totp/Zulip:al?secret="+testKey), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s := start(t, home, nil, story.args...)
			s.expect(story.question)
			s.send(story.answer)
			s.wantStatus(1)
			after, err := os.ReadFile(filepath.Join(home, "vault.age"))
			if err != nil || string(after) != string(before) {
				t.Errorf("the vault is another: %v", err)
			}
			if strings.Contains(s.seen, testKey) {
				t.Error("a key was shown")
			}
		})
	}
}

// TestReplaceAsks: a file that is there is lost only to a yes.
func TestReplaceAsks(t *testing.T) {
	home := filled(t)
	file := filepath.Join(home, "accounts.txt")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o644); err != nil { // whatever the umask
		t.Fatal(err)
	}
	for _, story := range []struct {
		answer, begins string
		mode           os.FileMode
	}{{"\r", "mine", 0o644}, {"y\r", "otpauth://totp/GitHub:alice", 0o600}} {
		s := start(t, home, nil, "export", "--plaintext", "-o", file)
		s.expect(`Replace .*accounts\.txt\? \[y/N\] `)
		s.send(story.answer)
		s.end()
		data, err := os.ReadFile(file)
		if err != nil || !strings.HasPrefix(string(data), story.begins) {
			t.Fatalf("after %q: %.20q, %v", story.answer, data, err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != story.mode {
			t.Errorf("after %q: mode %v, %v", story.answer, info.Mode(), err)
		}
	}
}

func TestYesDeletes(t *testing.T) {
	home := filled(t)
	s := start(t, home, nil, "rm", "GitHub")
	s.expect(`\[y/N\] `)
	s.send("y\r")
	s.expect(`GitHub · alice deleted, kept for 30 days\.`)
	s.wantStatus(0)
	if n := len(vaultOf(t, home).Accounts()); n != 3 {
		t.Errorf("%d accounts, want 3", n)
	}
}

// TestInitOffersWords takes the six words: they are shown once, wiped from the
// screen, and have to be typed.
func TestInitOffersWords(t *testing.T) {
	home := newHome(t)
	s := start(t, home, []string{"OTPANE_IDENTITY="}, "init")
	words := strings.TrimSpace(s.expect(`(?m)^  [a-z-]+( [a-z-]+){5}\r`))
	s.expect(`77 bits, strong`)
	s.expect(`\[y/N\] `)
	s.send("y\r")
	s.expect("\x1b\\[\\d+A\r\x1b\\[J")
	s.expect("the six words  ")
	s.send("something else\r")
	s.expect(`These two differ\.`)
	s.expect("the six words  ") // a prompt stands only where nothing is echoed
	s.send(words + "\r")
	s.expect(`New vault at `)
	s.wantStatus(0)
	if strings.Count(s.seen, words) != 1 {
		t.Error("the words were shown again")
	}

	wrong := start(t, home, []string{"OTPANE_IDENTITY="}, "list")
	wrong.expect("passphrase  ")
	wrong.send("not these words\r")
	wrong.expect(`otpane: wrong passphrase: `)
	wrong.wantStatus(5)

	right := start(t, home, []string{"OTPANE_IDENTITY="}, "list")
	right.expect("passphrase  ")
	right.send(words + "\r")
	right.expect(`No accounts yet\.`)
	right.wantStatus(0)
	if strings.Contains(right.seen, words) {
		t.Error("the passphrase was shown")
	}
}

// TestInitTakesAnOwnPassphrase: too short a one is asked for again, both times
// must agree.
func TestInitTakesAnOwnPassphrase(t *testing.T) {
	home := newHome(t)
	s := start(t, home, []string{"OTPANE_IDENTITY="}, "init")
	s.expect(`\[y/N\] `)
	s.send("\r")
	s.expect("passphrase  ")
	s.send("seven77\r")
	s.expect(`At least 8 characters\.`)
	s.expect("passphrase  ")
	s.send("password1\r")
	s.expect("once more  ")
	s.send("password1\r")
	s.expect(`About \d+ bits: easy to guess\.`)
	s.expect(`New vault at `)
	s.wantStatus(0)
}

func TestQRInATerminalSetsBothColours(t *testing.T) {
	home := filled(t)
	s := start(t, home, nil, "qr", "GitHub")
	s.expect("\x1b\\[38;5;16;48;5;231m[ █▀▄]+\x1b\\[0m")
	s.wantStatus(0)

	plain := start(t, home, []string{"NO_COLOR=yes"}, "qr", "GitHub")
	plain.expect("█▀▀▀▀▀█")
	plain.wantStatus(0)
	if strings.Contains(plain.seen, "\x1b[") {
		t.Error("NO_COLOR, and yet a colour")
	}
}

// TestScanShowsControlsOnATerminal keeps a picture from steering the terminal.
func TestScanShowsControlsOnATerminal(t *testing.T) {
	picture, err := filepath.Abs("../../testdata/pictures/hostile.png")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, newHome(t), nil, "scan", picture)
	s.expect(regexp.QuoteMeta(`one\ttwo\nthree\\four\x1b[31mfive\x9bsix`))
	s.wantStatus(0)
	if strings.Contains(s.seen, "\x1b") {
		t.Error("a control reached the terminal")
	}
}

// TestExportUnderAPassphraseOfItsOwn asks for it twice, and stock age's library
// finds the accounts.
func TestExportUnderAPassphraseOfItsOwn(t *testing.T) {
	const words = "orbit ladle ember quorum"
	home := filled(t)
	start(t, home, nil, "export", "--format", "age").wantStatus(2) // not into the terminal
	s := start(t, home, nil, "export", "--format", "age", "-o", "accounts.age")
	for _, answer := range []struct{ prompt, typed string }{
		{`passphrase of the export  `, "seven77"},
		{`At least 8 characters\.\s+passphrase of the export  `, words},
		{`once more  `, "orbit ladle ember"},
		{`These two differ\.\s+once more  `, words},
	} {
		s.expect(answer.prompt)
		s.send(answer.typed + "\r")
	}
	s.expect(`4 accounts are in accounts\.age`)
	s.wantStatus(0)
	if strings.Contains(s.seen, "orbit") {
		t.Error("the passphrase was shown")
	}
	file, err := os.Open(filepath.Join(home, "accounts.age"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	identity, err := age.NewScryptIdentity(words)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := age.Decrypt(file, identity)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := exchange.Read(t.Context(), text, exchange.Options{})
	if err != nil || len(batch.Accounts) != 4 {
		t.Errorf("%d accounts, want 4: %v", len(batch.Accounts), err)
	}
}

package cli_test

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/creack/pty"

	"otpane/otpcore"
	"otpane/ui/cli"
	"otpane/vault"
)

// Every command, as a real process under strace, with a vault full of canaries: what
// any program of the run hands to the kernel, arguments and environments of its
// children, every byte that is written anywhere, every name of a file, is searched
// for them. What a command is there to show is in its row, with the reason.

// Kinds of canaries.
const (
	aKey        = "key"
	aNote       = "note"
	aCode       = "recovery code"
	aPassphrase = "passphrase"
	anIdentity  = "identity"
	aConnection = "way to the network" // no canary, but found in the same traces
)

// outing is one run of otpane.
type outing struct {
	command string // as CommandPaths has it
	args    []string
	stdin   string
	status  int
	typed   func(*session, cage) // in a terminal of its own, if it needs one
	shows   []shown
}

// shown is what an outing may let out.
type shown struct{ where, kind, why string }

const (
	onStdout   = "standard output"
	onTerminal = "terminal"
	inPipe     = "pipe"
	inArgument = "argument"
	inSocket   = "socket"
)

var (
	theImage   = shown{inPipe, anIdentity, "the next image gets what opens the vault, and nothing else"}
	theExport  = "an export is the keys; it was asked for with --plaintext"
	thePage    = "the page for the drawer is the codes"
	theNote    = "the note is what somebody wants to read there"
	bySomebody = "somebody has put it there, and it is neither used nor repeated"
)

// outings, each in a home of its own. HOME stands for that.
var outings = []outing{
	{command: "", typed: func(s *session, _ cage) {
		s.expect("passphrase")
		s.send(canaryPassphrase + "\r")
		s.expect("nine")
		s.send("j\r") // copy
		s.expect("copied|next code|sent")
		s.send("L")
		s.expect("locked")
		s.send("\x03")
	}, shows: []shown{theImage}},
	{command: "", args: []string{canaryKeys[0].base32()}, status: 2, shows: []shown{{inArgument, aKey, bySomebody}}},
	{command: "", args: []string{"--plain", "--identity", "HOME/key.txt"}, typed: func(s *session, _ cage) {
		s.expect("3 accounts")
		s.send(" jq")
	}, shows: []shown{theImage}},
	{command: "demo", typed: func(s *session, _ cage) { s.expect("enter"); s.send("q") }},
	{command: "init", args: []string{"--vault", "HOME/new.age"}},
	{command: "init", args: []string{"--vault", "HOME/new.age", "--detached-key", "HOME/apart.age"}},
	{command: "add", stdin: "otpauth://totp/New:ann?secret=" + canaryKeys[3].base32() + "&issuer=New"},
	{command: "add", args: []string{"--issuer", "New"}, stdin: "otpauth://totp/x?secret=" + canaryKeys[3].base32() + "1!", status: 1},
	{command: "add", args: []string{"--issuer", "New"}, typed: func(s *session, _ cage) {
		s.expect("key")
		s.send(strings.ToLower(canaryKeys[3].base32()) + "\r")
		s.expect("passphrase  ")
		s.send(canaryPassphrase + "\r")
		s.expect("Added New")
	}},
	{command: "add", args: []string{"otpauth://totp/x?secret=" + canaryKeys[3].base32()}, status: 2, shows: []shown{{inArgument, aKey, bySomebody}}},
	{command: "import", args: []string{"HOME/new.txt"}},
	{command: "import", args: []string{"HOME/new.txt", "--dry-run"}},
	{command: "import", args: []string{"HOME/new.txt", "--json"}},
	{command: "import", args: []string{"HOME/bad.txt"}, status: 1},
	{command: "import", args: []string{"HOME/code.png"}},
	{command: "import", args: []string{"-", "--source-passphrase-file", "HOME/pass.txt"}, stdin: "{\"db\": \"" + canaryKeys[3].base32(), status: 1},
	{command: "list"},
	{command: "list", args: []string{"--json"}},
	{command: "code", args: []string{"nine"}},
	{command: "code", args: []string{"nine", "--json", "--next"}},
	{command: "code", args: []string{"zero"}},
	{command: "code", args: []string{"nine", "--copy"}},
	{command: "code", args: []string{canaryKeys[0].base32()}, status: 3, shows: []shown{{inArgument, aKey, bySomebody}}},
	{command: "code", args: []string{"--nine=" + canaryKeys[0].base32()}, status: 2, shows: []shown{{inArgument, aKey, bySomebody}}},
	{command: "once", stdin: canaryKeys[3].base32() + "\n"},
	{command: "once", args: []string{"--json"}, stdin: "otpauth://totp/New:ann?secret=" + canaryKeys[3].base32()},
	{command: "once", stdin: canaryKeys[3].base32() + "1!", status: 1},
	{command: "once", args: []string{"--copy"}, typed: func(s *session, _ cage) {
		s.expect("key")
		s.send(canaryKeys[3].base32() + "\r")
		s.expect("copied|sent")
	}},
	{command: "show", args: []string{"nine"}, shows: []shown{{onStdout, aNote, theNote}}},
	{command: "show", args: []string{"sealed", "--json"}, shows: []shown{{onStdout, aNote, theNote}}},
	{command: "verify", args: []string{"nine", "12345678"}, status: 1},
	{command: "verify", args: []string{"zero", "12345678", "--json"}, status: 1},
	{command: "clock", args: []string{"--json"}},
	{command: "clock", args: []string{"--set", "3"}},
	{command: "clock", args: []string{"--server", "127.0.0.1:9", "--json"}, status: 1, shows: []shown{{inSocket, aConnection, "the time server was named"}}},
	{command: "qr", args: []string{"nine"}}, // as a picture of blocks, not as text
	{command: "qr", args: []string{"nine", "-o", "HOME/nine.png"}},
	{command: "edit", args: []string{"nine", "--account", "ten", "--pinned", "--yes"}},
	{command: "rename", args: []string{"nine", "Site:ten"}},
	{command: "tag", args: []string{"nine", "work"}},
	{command: "tag"},
	{command: "pin", args: []string{"nine"}},
	{command: "rm", args: []string{"nine", "--yes"}},
	{command: "rm", args: []string{canaryKeys[0].base32(), "--yes"}, status: 3, shows: []shown{{inArgument, aKey, bySomebody}}},
	{command: "restore"},
	{command: "recovery", status: 2},
	{command: "recovery add", args: []string{"zero"}, stdin: "1. " + canaryCodes[0] + "\n2. " + canaryCodes[1] + "\n"},
	{command: "recovery list", args: []string{"nine"}},
	{command: "recovery list", args: []string{"nine", "--json"}},
	{command: "recovery list", args: []string{"nine", "--reveal"}, shows: []shown{{onStdout, aCode, "--reveal asks for them"}}},
	{command: "recovery use", args: []string{"nine"}, shows: []shown{{onStdout, aCode, "it prints the next one"}}},
	{command: "recovery use", args: []string{"nine", "--copy"}, shows: []shown{{inPipe, aCode, "the clipboard's program reads it on standard input"}}},
	{command: "recovery undo", args: []string{"nine"}, status: 3},
	{command: "recovery print", args: []string{"nine", "--plaintext"}, shows: []shown{{onStdout, aCode, thePage}}},
	{command: "recovery print", args: []string{"nine", "--plaintext", "-o", "HOME/codes.txt"}, shows: []shown{{"HOME/codes.txt", aCode, thePage}}},
	{command: "recovery print", args: []string{"nine"}, status: 2},
	{command: "recovery rm", args: []string{"nine", "--yes"}},
	{command: "recovery seal", args: []string{"nine", "--recipient", "HOME/second.txt", "--yes"}},
	{command: "recovery unseal", args: []string{"sealed", "--recovery-identity", "HOME/second.txt"}},
	{command: "recovery use", args: []string{"sealed", "--recovery-identity", "HOME/second.txt"}, shows: []shown{{onStdout, aCode, "it prints the next one"}}},
	{command: "export", status: 2},
	{command: "export", args: []string{"--plaintext"}, shows: []shown{{onStdout, aKey, theExport}}},
	{command: "export", args: []string{"--plaintext", "--format", "json", "-o", "HOME/out.json"}, shows: []shown{
		{"HOME/out.json", aKey, theExport}, {"HOME/out.json", aNote, theExport}, {"HOME/out.json", aCode, theExport},
	}},
	{command: "export", args: []string{"--format", "age", "--export-passphrase-file", "HOME/pass.txt", "-o", "HOME/out.age"}},
	{command: "export", args: []string{"--format", "aegis-encrypted", "--export-passphrase-file", "HOME/pass.txt", "-o", "HOME/out.aegis"}},
	{command: "passphrase", args: []string{"--new-passphrase-file", "HOME/other.txt"}},
	{command: "passphrase", typed: func(s *session, _ cage) {
		s.expect("passphrase  ")
		s.send(canaryPassphrase + "\r")
		s.expect(`\[y/N\]`) // the words that are offered are shown, and are none of ours
		s.send("n\r")
		s.expect("passphrase")
		s.send(nextPassphrase + "\r")
		s.expect("once more")
		s.send(nextPassphrase + "\r")
		s.expect("changed")
	}},
	{command: "recipients", status: 2},
	{command: "recipients list"},
	{command: "recipients list", args: []string{"--json"}},
	{command: "recipients add", args: []string{"HOME/second.txt", "--label", "second"}},
	{command: "recipients add", args: []string{"HOME/pass.txt"}, status: 1},
	{command: "recipients add", args: []string{canaryIdentity}, status: 2, shows: []shown{{inArgument, anIdentity, bySomebody}}},
	{command: "recipients remove", args: []string{"no such label", "--yes"}, status: 3},
	{command: "recipients recovery", typed: func(s *session, _ cage) { // the new key that it shows is none of ours
		s.expect("passphrase  ")
		s.send(canaryPassphrase + "\r")
		s.expect("press enter")
		s.send("\x03")
	}, status: 1},
	{command: "recipients keyring", status: 1}, // there is none in the cage; TestSecretService looks at one
	{command: "backup", status: 2},
	{command: "backup list"},
	{command: "backup check", args: []string{"--json"}},
	{command: "backup restore", args: []string{"--yes"}},
	{command: "backup accept"},
	{command: "merge", args: []string{"HOME/copy.age"}},
	{command: "merge", args: []string{"HOME/copy.age", "--dry-run", "--json"}},
	{command: "scan", args: []string{"HOME/code.png"}, shows: []shown{{onStdout, aKey, "it prints what the picture says"}}},
	{command: "scan", args: []string{"HOME/code.png", "--debug-dir", "HOME/looks"}, shows: []shown{{onStdout, aKey, "it prints what the picture says"}}},
	{command: "completion", args: []string{"bash"}},
	{command: "man", args: []string{"code"}},
	{command: "config", status: 2},
	{command: "config init"},
	{command: "config check"},
	{command: "config path"},
	{command: "doctor"},
	{command: "doctor", args: []string{"--json"}},
	{command: "agent", args: []string{"--answer", "allow"}, typed: servedTo, shows: []shown{theImage}},
	{command: "agent rule", args: []string{"nine", "deny"}},
	{command: "agent rules"},
	{command: "agent status", status: 3},
	{command: "version"},
	{command: "help", args: []string{"import"}},
	{command: "help", args: []string{canaryKeys[0].base32()}, status: 2, shows: []shown{{inArgument, aKey, bySomebody}}},
}

// TestNoCommandLetsACanaryOut runs them all.
func TestNoCommandLetsACanaryOut(t *testing.T) {
	needStrace(t)
	known := map[string]bool{}
	for _, path := range cli.CommandPaths() {
		known[path] = false
	}
	for _, e := range outings {
		if _, there := known[e.command]; !there {
			t.Errorf("there is no command %q any more: take its row away", e.command)
		}
		known[e.command] = true
	}
	for path, run := range known {
		if !run {
			t.Errorf("%q has no row: what may it show, and why?", path)
		}
	}
	cage := newCage(t)
	t.Run("outings", func(t *testing.T) {
		for _, e := range outings {
			t.Run(strings.TrimSpace(e.command+" "+strings.Join(e.args, " ")), func(t *testing.T) {
				t.Parallel()
				e.check(t, cage.copy(t))
			})
		}
	})
}

// TestTheCanaryScanSees plants leaks: each has to be found, and where it is.
func TestTheCanaryScanSees(t *testing.T) {
	needStrace(t)
	cage := newCage(t)
	for plant, want := range map[string]escape{
		"argument":    {inArgument, aKey},
		"environment": {"environment", anIdentity},
		"temporary":   {"HOME/tmp/leak", aPassphrase},
		"name":        {"file name", aCode},
		"output":      {onStdout, aNote},
		"errors":      {"standard error", aKey},
		"hex":         {"HOME/state/leak", aKey},
		"address":     {"standard error", aPassphrase},
		"network":     {inSocket, aConnection},
	} {
		t.Run(plant, func(t *testing.T) {
			e := outing{command: "list"}
			escapes := e.run(t, cage.copy(t), plantVariable+"="+plant)
			if !slices.Contains(escapes, want) {
				t.Errorf("planted %+v, and found %+v", want, escapes)
			}
		})
	}
	t.Run("nothing", func(t *testing.T) {
		if escapes := (outing{command: "list"}).run(t, cage.copy(t)); len(escapes) > 0 {
			t.Errorf("%+v escape from list", escapes)
		}
	})
}

// The canaries. Their letters stand for nothing else in a trace.
const (
	canaryPassphrase = "canary pass+phrase zQ7"
	nextPassphrase   = "another canary phrase kX4"
	canaryNote       = "canary-note-vW3 of the account"
	canaryIdentity   = testIdentity
)

type canaryKey string

func (k canaryKey) base32() string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(k))
}

var (
	canaryKeys  = []canaryKey{"raw-canary-key-no-01", "raw-canary-key-no-02", "raw-canary-key-no-03", "raw-canary-key-no-04"}
	canaryCodes = []string{"cnry-7q2k", "cnry-8w3m", "cnry-9x4n"}
)

// canary is a text that must not be seen, in one of its forms.
type canary struct{ kind, text string }

// allCanaries are those above, and what opens the vault below its passphrase.
func allCanaries(vaultIdentity string) (all []canary) {
	add := func(kind, text string) {
		for _, form := range []string{
			text, url.QueryEscape(text), url.PathEscape(text), hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))),
			base64.StdEncoding.EncodeToString([]byte(text))[:len(text)*4/3-2], // its end depends on what follows
		} {
			all = append(all, canary{kind, form})
		}
	}
	for _, key := range canaryKeys {
		add(aKey, string(key))
		add(aKey, key.base32())
		add(aKey, strings.ToLower(key.base32()))
	}
	for _, code := range canaryCodes {
		add(aCode, code)
		add(aCode, strings.ReplaceAll(code, "-", "")+"\"")
	}
	add(aNote, canaryNote)
	add(aPassphrase, canaryPassphrase)
	add(aPassphrase, nextPassphrase)
	add(anIdentity, canaryIdentity)
	add(anIdentity, vaultIdentity)
	return all
}

// cage is a home with the canaries.
type cage struct {
	home     string
	canaries []canary
}

func newCage(t *testing.T) cage {
	t.Helper()
	c := cage{home: newHome(t)}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(c.home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("pass.txt", canaryPassphrase+"\n")
	write("other.txt", nextPassphrase+"\n")
	second, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	write("second.txt", second.String()+"\n")
	write("new.txt", "otpauth://totp/New:ann?secret="+canaryKeys[3].base32()+"&issuer=New\n")
	write("bad.txt", "otpauth://totp/New:ann?secret="+canaryKeys[3].base32()+"0189&issuer=New&digits=99\n")
	for _, folder := range []string{"state", "run", "tmp", "bin"} {
		if err := os.Mkdir(filepath.Join(c.home, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// Clipboards that read what they get and write nothing.
	for _, name := range []string{"xclip", "xsel"} {
		write("bin/"+name, "#!/bin/sh\nwhile read -r line; do :; done\n")
		if err := os.Chmod(filepath.Join(c.home, "bin", name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	c.canaries = allCanaries(c.fill(t))
	return c
}

// fill makes the vault, and says what its passphrase opens.
func (c cage) fill(t *testing.T) (vaultIdentity string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, err := vault.ParseIdentity(canaryIdentity)
	must(err)
	path := filepath.Join(c.home, "vault.age")
	v, err := vault.Create(path, vault.Access{Passphrase: []byte(canaryPassphrase), Identity: id, WorkFactor: 2}, time.Now)
	must(err)
	second, err := os.ReadFile(filepath.Join(c.home, "second.txt"))
	must(err)
	secondID, err := vault.ParseIdentity(string(second))
	must(err)
	must(v.Update(func(d *vault.Draft) error {
		for i, name := range []string{"nine", "sealed", "zero"} {
			a := otpcore.Account{
				Issuer: "Site", Name: name, Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 8, Period: 30,
				Secret: otpcore.NewSecret([]byte(canaryKeys[i])), Note: canaryNote,
			}
			if name == "zero" {
				a.Kind, a.Period = otpcore.HOTP, 0
			}
			id, err := d.Add(a)
			if err != nil || name == "zero" {
				return err
			}
			if _, err := d.AddRecoveryCodes(id, otpcore.ParseRecoveryCodes(strings.Join(canaryCodes, "\n"))); err != nil {
				return err
			}
			if name == "sealed" {
				if err := d.SealRecoveryCodes(id, secondID.Recipients()[0]); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	must(v.SaveCopy(filepath.Join(c.home, "copy.age"), func(*vault.Draft) error { return nil }))
	must(v.Update(func(d *vault.Draft) error { return d.SetCorrection(time.Second) }))
	draw := exec.Command("otpane", "qr", "nine", "-o", "code.png", "--vault", path, "--identity", filepath.Join(c.home, "key.txt"))
	draw.Dir, draw.Env = c.home, []string{"HOME=" + c.home, "XDG_STATE_HOME=" + filepath.Join(c.home, "state")}
	if said, err := draw.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return strings.TrimSpace(v.Identity().Reveal())
}

// copy is the same with a home of its own.
func (c cage) copy(t *testing.T) cage {
	t.Helper()
	from := c.home
	c.home = shortFolder(t) // there is a socket in it
	if said, err := exec.Command("cp", "-a", from+"/.", c.home).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return c
}

// escape is a canary that was seen.
type escape struct{ where, kind string }

// check wants what the row allows, all of it and nothing else.
func (e outing) check(t *testing.T, c cage) {
	t.Helper()
	escapes := e.run(t, c)
	for _, s := range e.shows {
		if !slices.Contains(escapes, escape{s.where, s.kind}) {
			t.Errorf("a %s in %s is allowed (%s), and was not seen", s.kind, s.where, s.why)
		}
	}
	for _, found := range escapes {
		if !slices.ContainsFunc(e.shows, func(s shown) bool { return s.where == found.where && s.kind == found.kind }) {
			t.Errorf("a %s is seen: %s", found.kind, found.where)
		}
	}
}

// run is the outing under strace, and what it let out.
func (e outing) run(t *testing.T, c cage, extra ...string) []escape {
	t.Helper()
	home := c.home
	trace := filepath.Join(t.TempDir(), "trace")
	words := slices.Concat(strings.Fields(e.command), e.args)
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "HOME", home)
	}
	s := prepare(t, home, nil)
	s.run = traced(trace, words)
	s.run.Dir = home
	s.run.Env = append([]string{
		"HOME=" + home, "PATH=" + filepath.Join(home, "bin") + ":" + os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8", "DISPLAY=:99", "DBUS_SESSION_BUS_ADDRESS=autolaunch:",
		"XDG_DATA_HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + filepath.Join(home, "state"), "XDG_RUNTIME_DIR=" + filepath.Join(home, "run"),
		"TMPDIR=" + filepath.Join(home, "tmp"), "OTPANE_VAULT=" + filepath.Join(home, "vault.age"), workVariable + "=2",
	}, extra...)
	before := filesIn(t, home)
	var said string
	var status int
	if e.typed != nil {
		var err error
		if s.tty, err = pty.StartWithSize(s.run, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
			t.Fatal(err)
		}
		s.attend()
		e.typed(s, c)
		status = s.end()
		said = s.seen
	} else {
		s.run.Env = append(s.run.Env, "OTPANE_PASSPHRASE_FILE="+filepath.Join(home, "pass.txt"))
		s.run.Stdin = strings.NewReader(e.stdin)
		output, err := s.run.CombinedOutput()
		status = s.run.ProcessState.ExitCode()
		if said = string(output); status < 0 {
			t.Fatalf("%v: %s", err, output)
		}
	}
	if status != e.status {
		t.Errorf("status %d, want %d:\n%s", status, e.status, said)
	}
	text, err := os.ReadFile(trace)
	if err != nil || !bytes.Contains(text, []byte("execve(")) || !bytes.Contains(text, []byte("+++ exited with")) {
		t.Fatalf("the trace is blind (%v): %.1000s", err, text)
	}
	found := c.lookAt(text)
	if e.typed != nil {
		c.lookThrough(said, onTerminal, found) // an echo is the kernel's, and no write
	}
	for path, data := range filesIn(t, home) {
		if before[path] != data {
			c.lookThrough(data, "HOME"+path, found)
		}
	}
	return slices.Collect(maps.Keys(found))
}

// servedTo lets another run ask the agent, and traces that, too.
func servedTo(s *session, c cage) {
	s.t.Helper()
	s.expect("passphrase  ")
	s.send(canaryPassphrase + "\r")
	s.expect("Serving 3 accounts")
	for _, words := range [][]string{{"code", "nine"}, {"code", "zero"}, {"list", "--json"}, {"agent", "status"}} {
		trace := filepath.Join(s.t.(*testing.T).TempDir(), "client")
		client := traced(trace, words)
		client.Dir, client.Env = s.home, s.run.Env
		said, err := client.CombinedOutput()
		if err != nil {
			s.t.Errorf("%v: %v: %s", words, err, said)
		}
		text, err := os.ReadFile(trace)
		if err != nil {
			s.t.Fatal(err)
		}
		found := c.lookAt(text)
		if len(found) > 0 || words[0] != "agent" && !bytes.Contains(text, []byte("<socket:[")) {
			s.t.Errorf("%v by the agent: %v", words, found)
		}
	}
	s.send("\x03")
	s.expect("Ended")
}

// traced is otpane under strace, with its children: every program that is started,
// every name of a file, every byte that is written, none of it shortened.
func traced(trace string, words []string) *exec.Cmd {
	args := []string{"-f", "--seccomp-bpf", "-q", "-v", "-y", "-s", "1000000", "-o", trace,
		"-e", "trace=%file,?write,?pwrite64,?writev,?pwritev,?pwritev2,?sendto,?sendmsg,?sendmmsg,?memfd_create,?socket", "-e", "signal=none", "otpane"}
	return exec.Command("strace", append(args, words...)...)
}

func needStrace(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip(err)
	}
	trace := filepath.Join(t.TempDir(), "trace")
	said, err := traced(trace, []string{"version"}).CombinedOutput()
	if bytes.Contains(said, []byte("ptrace")) || bytes.Contains(said, []byte("PTRACE")) {
		t.Skipf("strace may not trace here: %s", said)
	}
	if err != nil {
		t.Fatalf("strace: %v: %s", err, said)
	}
	if text, _ := os.ReadFile(trace); !regexp.MustCompile(`write\(1<`).Match(text) {
		t.Skip("strace cannot tell which file is written to: root can")
	}
}

// aCall is a line of the trace: a call, and the file of its first argument.
var aCall = regexp.MustCompile(`^\d+ +(\w+)\((?:(\d+)<(.*?)>, )?`)

// lookAt searches every call of a trace.
func (c cage) lookAt(trace []byte) map[escape]bool {
	found := map[escape]bool{}
	for line := range strings.Lines(string(trace)) {
		call := aCall.FindStringSubmatch(line)
		switch {
		case call == nil:
		case call[1] == "socket":
			if !strings.Contains(line, "AF_UNIX") {
				found[escape{inSocket, aConnection}] = true
			}
		case strings.HasPrefix(call[1], "execve"):
			program, environment, _ := strings.Cut(line, "], [")
			c.lookThrough(program, inArgument, found)
			c.lookThrough(environment, "environment", found)
		case call[2] == "":
			c.lookThrough(line, "file name", found)
		default:
			c.lookThrough(line, whither(call[2], call[3], c.home), found)
		}
	}
	return found
}

func whither(number, file, home string) string {
	switch {
	case strings.HasPrefix(file, "/dev/pts/"), file == "/dev/tty", file == "/dev/ptmx":
		return onTerminal
	case strings.HasPrefix(file, "socket:"):
		return inSocket
	case number == "1":
		return onStdout
	case number == "2":
		return "standard error"
	case strings.HasPrefix(file, "pipe:"):
		return inPipe
	}
	return strings.ReplaceAll(file, home, "HOME")
}

func (c cage) lookThrough(text, where string, found map[escape]bool) {
	for _, one := range c.canaries {
		if strings.Contains(text, one.text) {
			found[escape{where, one.kind}] = true
		}
	}
}

// filesIn is what the files below a folder hold.
func filesIn(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, folder)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// plantVariable names the leak that a run is to have.
const plantVariable = "OTPANE_TEST_LEAK"

func init() { plantLeak = leak }

// leak is what a programmer does not see that he does.
func leak() {
	home := os.Getenv("HOME")
	switch os.Getenv(plantVariable) {
	case "argument":
		_ = exec.Command("true", "--key", canaryKeys[0].base32()).Run()
	case "environment":
		child := exec.Command("true")
		child.Env = append(os.Environ(), "KEY="+canaryIdentity)
		_ = child.Run()
	case "temporary":
		file := filepath.Join(home, "tmp", "leak")
		_ = os.WriteFile(file, []byte(canaryPassphrase), 0o600)
		_ = os.Remove(file)
	case "name":
		_ = os.Mkdir(filepath.Join(home, canaryCodes[0]), 0o700)
		_ = os.Remove(filepath.Join(home, canaryCodes[0]))
	case "output":
		fmt.Println(canaryNote)
	case "errors":
		fmt.Fprintf(os.Stderr, "otpane: strange: %q\n", []string{string(canaryKeys[1])})
	case "hex":
		_ = os.WriteFile(filepath.Join(home, "state", "leak"), fmt.Appendf(nil, "%x", string(canaryKeys[1])), 0o600)
	case "network":
		if fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0); err == nil {
			_ = syscall.Close(fd)
		}
	case "address":
		fmt.Fprintln(os.Stderr, "https://example.org/?p="+url.QueryEscape(canaryPassphrase))
	}
}

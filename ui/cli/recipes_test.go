//go:build linux || darwin || freebsd

package cli_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"otpane/otpcore"
	"otpane/vault"
)

// docs/recipes.md promises that what it shows works. These tests run its very
// text: a block of the document has its name behind the language, and every block
// has to be taken by the test of its chapter.

var recipes = map[string]func(*kitchen){
	"An agent for the session":               sessionRecipe,
	"tmux: a code on the status line":        statusLineRecipe,
	"tmux: the pane in a popup":              popupRecipe,
	"tmux: a popup that types a code":        typingRecipe,
	"A menu: fzf, rofi, dmenu, wofi":         menuRecipe,
	"Programs that ask on the terminal only": expectRecipe,
	"Status bars: polybar, waybar, i3blocks": barRecipe,
	"AWS: a code for aws-vault":              awsVaultRecipe,
	"AWS: a session for the AWS CLI":         awsSessionRecipe,
	"SSH: the verification code":             sshRecipe,
	"sudo: a code with pam_oath":             sudoRecipe,
	"git: a code as the password":            gitCodeRecipe,
	"git: a password with a code to it":      gitPasswordRecipe,
}

func TestRecipes(t *testing.T) {
	chapters := readRecipes(t)
	for _, title := range slices.Sorted(maps.Keys(chapters)) {
		if recipes[title] == nil && len(chapters[title]) > 0 {
			t.Errorf("nobody tries %q", title)
		}
	}
	for title, try := range recipes {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			if len(chapters[title]) == 0 {
				t.Fatal("the document has no such recipe")
			}
			k := newKitchen(t, chapters[title])
			try(k)
			for name := range k.blocks {
				if !k.taken[name] && !t.Failed() {
					t.Errorf("nobody tries the block %q", name)
				}
			}
		})
	}
}

// fence is how a block begins: its language, its name.
var fence = regexp.MustCompile("^```([a-z]+) ([a-z-]+)$")

// readRecipes are the named blocks of the document, by chapter.
func readRecipes(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	chapters := map[string]map[string]string{}
	var title, block string
	for i, line := range strings.Split(string(text), "\n") {
		begins := fence.FindStringSubmatch(line)
		switch {
		case block != "" && line == "```":
			block = ""
		case block != "":
			chapters[title][block] += line + "\n"
		case begins != nil && chapters[title] != nil && chapters[title][begins[2]] == "":
			block = begins[2]
		case strings.HasPrefix(line, "```") || strings.HasPrefix(line, "    "):
			t.Fatalf("line %d: a block without a name of its own", i+1)
		case strings.HasPrefix(line, "## "):
			title = strings.TrimPrefix(line, "## ")
			chapters[title] = map[string]string{}
		}
	}
	if len(chapters) < 5 || block != "" {
		t.Fatalf("%d chapters, and the block %q does not end", len(chapters), block)
	}
	return chapters
}

// kitchen is where a recipe is tried: a home with a vault, and the recipe's
// blocks.
type kitchen struct {
	*testing.T
	dir    string // the home; its folder bin is on the PATH
	env    []string
	agent  *session // once it serves
	blocks map[string]string
	taken  map[string]bool
}

func newKitchen(t *testing.T, blocks map[string]string) *kitchen {
	t.Helper()
	dir := shortFolder(t)
	k := &kitchen{T: t, dir: dir, blocks: blocks, taken: map[string]bool{}}
	k.write("key.txt", testIdentity+"\n")
	for _, folder := range []string{"bin", "run"} {
		if err := os.Mkdir(k.path(folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	k.env = []string{
		"HOME=" + dir, "USER=alice", "PATH=" + k.path("bin") + ":" + os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8", "SHELL=/bin/sh",
		"XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + k.path(".config"), "XDG_STATE_HOME=" + dir, "XDG_RUNTIME_DIR=" + k.path("run"),
		workVariable + "=2", "OTPANE_VAULT=" + k.path("vault.age"), "OTPANE_IDENTITY=" + k.path("key.txt"),
	}
	return k
}

// in is the kitchen for a part of the recipe's test.
func (k *kitchen) in(t *testing.T) *kitchen {
	part := *k
	part.T = t
	return &part
}

// serve makes a vault with accounts, each a site's, and an agent that gives their
// codes. From there nothing else opens the vault.
func (k *kitchen) serve(issuers ...string) {
	k.Helper()
	k.hold(issuers...)
	k.agent = k.terminal("otpane", "agent", "--answer", "allow")
	k.agent.expect("Serving")
	k.forget("OTPANE_IDENTITY")
}

// forget takes a variable from what runs from here on.
func (k *kitchen) forget(variable string) {
	k.env = slices.DeleteFunc(slices.Clone(k.env), func(pair string) bool { return strings.HasPrefix(pair, variable+"=") })
}

// hold makes a vault with accounts.
func (k *kitchen) hold(issuers ...string) {
	k.Helper()
	id, err := vault.ParseIdentity(testIdentity)
	if err != nil {
		k.Fatal(err)
	}
	v, err := vault.Create(k.path("vault.age"), vault.Access{Identity: id}, time.Now)
	if err != nil {
		k.Fatal(err)
	}
	err = v.Update(func(d *vault.Draft) error {
		for _, issuer := range issuers {
			_, err := d.Add(otpcore.Account{
				Issuer: issuer, Name: "alice", Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
				Secret: otpcore.NewSecret([]byte("the key of " + issuer)),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		k.Fatal(err)
	}
}

// accepts is the site: it takes codes of an issuer that are a little late.
func (k *kitchen) accepts(issuer, code string) bool {
	k.Helper()
	found := otpcore.Find(vaultOf(k, k.dir).Accounts(), issuer)
	if len(found) != 1 {
		k.Fatalf("%q fits %d accounts", issuer, len(found))
	}
	for _, ago := range []time.Duration{0, 30 * time.Second, time.Minute} {
		if found[0].At(time.Now().Add(-ago)).Code == code {
			return true
		}
	}
	return false
}

func (k *kitchen) path(name string) string { return filepath.Join(k.dir, name) }

func (k *kitchen) write(name, text string) {
	k.Helper()
	if err := os.MkdirAll(filepath.Dir(k.path(name)), 0o700); err != nil {
		k.Fatal(err)
	}
	if err := os.WriteFile(k.path(name), []byte(text), 0o600); err != nil {
		k.Fatal(err)
	}
}

// read is a file of the home, or nothing.
func (k *kitchen) read(name string) string {
	k.Helper()
	text, err := os.ReadFile(k.path(name))
	if err != nil && !os.IsNotExist(err) {
		k.Fatal(err)
	}
	return string(text)
}

// needs skips a recipe whose other end is not installed.
func (k *kitchen) needs(programs ...string) {
	k.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			k.Skipf("%s is not installed", program)
		}
	}
}

// block is a block of the document as it stands there, but for what is said to
// differ here: old, new, … each old text has to occur.
func (k *kitchen) block(name string, instead ...string) string {
	k.Helper()
	text, there := k.blocks[name]
	if !there {
		k.Fatalf("the recipe has no block %q", name)
	}
	k.taken[name] = true
	for i := 0; i < len(instead); i += 2 {
		if !strings.Contains(text, instead[i]) {
			k.Fatalf("the block %q has no %q", name, instead[i])
		}
		text = strings.ReplaceAll(text, instead[i], instead[i+1])
	}
	return text
}

// script puts a block where its reader would.
func (k *kitchen) script(name string) {
	k.Helper()
	k.program(name, k.block(name))
}

func (k *kitchen) program(name, text string) {
	k.Helper()
	// A process that another recipe starts meanwhile would hold the file open for
	// writing, and nobody may run such a file.
	func() {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		k.write("bin/"+name, text)
	}()
	if err := os.Chmod(k.path("bin/"+name), 0o700); err != nil {
		k.Fatal(err)
	}
}

// outcome is what a program left.
type outcome struct {
	stdout, stderr string
	err            error
}

// run starts a program in the home, without a terminal.
func (k *kitchen) run(stdin string, args ...string) outcome {
	k.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(k.Context()), patience) // clean-ups run programs, too
	defer cancel()
	var stdout, stderr bytes.Buffer
	command := k.command(ctx, args...)
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := command.Run()
	return outcome{stdout.String(), stderr.String(), err}
}

func (k *kitchen) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, k.look(args[0]), args[1:]...)
	command.Dir, command.Env = k.dir, k.env
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // whoever runs the tests may sit at a terminal
	command.WaitDelay = time.Second                          // what it left behind may hold its output
	return command
}

// terminal starts a program in the home, in a terminal.
func (k *kitchen) terminal(args ...string) *session {
	k.Helper()
	return k.sized(80, 24, args...)
}

func (k *kitchen) sized(columns, rows uint16, args ...string) *session {
	k.Helper()
	run := exec.Command(k.look(args[0]), args[1:]...)
	run.Dir, run.Env = k.dir, k.env
	return begin(&session{t: k, home: k.dir, run: run, from: make(chan string, 64)}, columns, rows)
}

// look finds a program on the recipe's PATH.
func (k *kitchen) look(program string) string {
	if path := k.path("bin/" + program); !strings.Contains(program, "/") {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return program
}

// shell runs what the document says to type.
func (k *kitchen) shell(text string) outcome {
	k.Helper()
	return k.run("", "sh", "-ec", text)
}

// must is an outcome that has to be good.
func (k *kitchen) must(o outcome) string {
	k.Helper()
	if o.err != nil {
		k.Fatalf("%v\n%s%s", o.err, o.stdout, o.stderr)
	}
	return o.stdout
}

// wantCode is for what has to be a code of an issuer, and nothing more.
func (k *kitchen) wantCode(issuer, text string) {
	k.Helper()
	if !k.accepts(issuer, text) {
		k.Errorf("%q is no code of %s", text, issuer)
	}
}

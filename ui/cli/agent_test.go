//go:build linux || darwin || freebsd

package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"otpane/otpcore"
	"otpane/vault"
)

// desk is a home whose vault opens by testPassphrase, where an agent gives codes of
// GitHub and of the counter, asks for Zulip and denies the bank.
type desk struct {
	home, runtime string
}

func newDesk(t testing.TB) desk {
	t.Helper()
	d := desk{newHome(t), shortFolder(t)}
	d.vault(t, "vault.age", time.Now())
	return d
}

// vault makes a vault of that name.
func (d desk) vault(t testing.TB, name string, created time.Time) *vault.Vault {
	t.Helper()
	id, err := vault.ParseIdentity(testIdentity)
	if err != nil {
		t.Fatal(err)
	}
	access := vault.Access{Passphrase: []byte(testPassphrase), Identity: id, WorkFactor: 4}
	v, err := vault.Create(filepath.Join(d.home, name), access, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	err = v.Update(func(draft *vault.Draft) error {
		if err := draft.SetTagAnswer("money", otpcore.Deny); err != nil {
			return err
		}
		for _, a := range []otpcore.Account{
			{Issuer: "GitHub", Name: "alice", Agent: otpcore.Allow},
			{Issuer: "Zulip", Name: "al"},
			{Issuer: "Bank", Name: "alice", Tags: []string{"money"}},
			{Issuer: "Router", Name: "admin", Kind: otpcore.HOTP, Agent: otpcore.Allow},
		} {
			a.Algorithm, a.Digits, a.Secret = otpcore.SHA1, 6, otpcore.NewSecret([]byte("the key of "+a.Name+" at "+a.Issuer))
			if a.Kind == "" {
				a.Kind, a.Period = otpcore.TOTP, 60
			}
			if _, err := draft.Add(a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// words is a file with the vault's passphrase.
func (d desk) words(t testing.TB) string {
	t.Helper()
	file := filepath.Join(d.home, "words.txt")
	if err := os.WriteFile(file, []byte(testPassphrase+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (d desk) environment() []string {
	return []string{"OTPANE_IDENTITY=", "XDG_RUNTIME_DIR=" + d.runtime, "XDG_STATE_HOME=" + d.home}
}

// agent starts `otpane agent` in a terminal, opened by the identity.
func (d desk) agent(t testing.TB, args ...string) *session {
	t.Helper()
	return start(t, d.home, d.environment(), append([]string{"agent", "--identity", "key.txt"}, args...)...)
}

// serving is agent when it serves.
func (d desk) serving(t testing.TB, args ...string) *session {
	t.Helper()
	s := d.agent(t, args...)
	s.expect(`Serving 4 accounts`)
	return s
}

// told is what a command without a terminal says.
type told struct {
	out, err string
	status   int
}

// run is a command that nobody can type a passphrase for.
func (d desk) run(t testing.TB, args ...string) told {
	t.Helper()
	return d.begin(t, args...)()
}

// begin starts such a command, and end waits for it.
func (d desk) begin(t testing.TB, args ...string) (end func() told) {
	t.Helper()
	cmd := exec.Command("otpane", args...)
	cmd.Dir = d.home
	cmd.Env = append([]string{"HOME=" + d.home, "PATH=" + os.Getenv("PATH"), "XDG_CONFIG_HOME=" + d.home, "OTPANE_VAULT=" + filepath.Join(d.home, "vault.age")}, d.environment()...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() told {
		t.Helper()
		err := cmd.Wait()
		if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return told{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	}
}

func (r told) want(t testing.TB, status int, out, err string) {
	t.Helper()
	if r.status != status || !regexp.MustCompile(out).MatchString(r.out) || !regexp.MustCompile(err).MatchString(r.err) {
		t.Fatalf("status %d, %q, %q; want %d, %q, %q", r.status, r.out, r.err, status, out, err)
	}
}

const (
	noPassphrase = "there is no terminal to ask for the passphrase"
	oneCode      = `^\d{6}\n$`
)

// rightCode is the code of an account about now.
func (d desk) rightCode(t testing.TB, issuer, code string) {
	t.Helper()
	for _, a := range vaultOf(t, d.home).Accounts() {
		r := a.At(time.Now())
		if before := a.At(time.Now().Add(-10 * time.Second)); a.Issuer == issuer && (code == r.Code+"\n" || code == before.Code+"\n") {
			return
		}
	}
	t.Fatalf("%q is not the code of %s", code, issuer)
}

// TestAgentAllowsAsksAndDenies is the promise in one story: what the rules give, and
// what a person at the agent's terminal says.
func TestAgentAllowsAsksAndDenies(t *testing.T) {
	d := newDesk(t)
	d.run(t, "code", "github").want(t, 2, "^$", noPassphrase)
	s := start(t, d.home, d.environment(), "agent")
	s.expect("passphrase  ")
	s.send(testPassphrase + "\r")
	s.expect(`Serving 4 accounts of .*; without a rule of its own: ask\.`)

	allowed := d.run(t, "code", "github")
	allowed.want(t, 0, oneCode, "^$")
	d.rightCode(t, "GitHub", allowed.out)
	s.expect(`\d\d:\d\d:\d\d  .*GitHub · alice: given\r\n`)

	d.run(t, "code", "bank").want(t, 1, "^$", "^otpane: the agent does not give codes of Bank · alice\notpane: hint: --no-agent opens the vault itself\n$")
	s.expect(`Bank · alice: denied by its rule\r\n`)

	yes := d.begin(t, "code", "zulip")
	s.expect(`wants Zulip · al\. Give the code\? \[y/N\] `)
	s.send("y\r")
	asked := yes()
	asked.want(t, 0, oneCode, "^The agent asks whether it may; waiting for the answer.\n$")
	d.rightCode(t, "Zulip", asked.out)
	s.expect(`Zulip · al: given\r\n`)

	// What is typed before the question is no answer to it.
	s.send("y\r")
	no := d.begin(t, "code", "zulip")
	s.expect(`wants Zulip · al\. Give the code\? \[y/N\] `)
	s.send("n\r")
	no().want(t, 1, "^$", "otpane: refused at the agent\n$")
	s.expect(`Zulip · al: refused\r\n`)
	for _, code := range []string{allowed.out, asked.out} {
		if strings.Contains(s.seen, strings.TrimSpace(code)) {
			t.Error("a code is in the log")
		}
	}
	s.send("\x03")
	s.expect(`Ended\.`)
	s.wantStatus(0)
	d.run(t, "code", "github").want(t, 2, "^$", noPassphrase)
	if left, _ := filepath.Glob(filepath.Join(d.runtime, "otpane", "*.sock")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestFaultsReadTheSame: a script cannot tell an agent from a vault that it opens.
func TestFaultsReadTheSame(t *testing.T) {
	d := newDesk(t)
	d.serving(t, "--answer", "allow")
	for _, args := range [][]string{
		{"code", "gtihub"}, {"code", "nothing like it"}, {"code", "alice"}, {"code", "al"}, {"code", "router", "--next"}, {"list", "--names"},
		{"code", "github", "--next", "--json"},
	} {
		same, own := d.bothWays(t, args)
		if same != own {
			same, own = d.bothWays(t, args) // between the two a code may have ended
		}
		if same != own {
			t.Errorf("%q: the agent's\n%+v\nthe vault's\n%+v", args, same, own)
		}
	}
}

// bothWays is a command through the agent, and with the vault opened by itself.
func (d desk) bothWays(t testing.TB, args []string) (same, own told) {
	t.Helper()
	same, own = d.run(t, args...), d.run(t, append(args, "--identity", "key.txt")...)
	seconds := regexp.MustCompile(`"seconds_left": \d+`)
	same.out, own.out = seconds.ReplaceAllString(same.out, ""), seconds.ReplaceAllString(own.out, "")
	return same, own
}

// TestAgentIsAskedOnlyInPlaceOfThePassphrase: whoever names what opens the vault
// opens it.
func TestAgentIsAskedOnlyInPlaceOfThePassphrase(t *testing.T) {
	d := newDesk(t)
	s := d.serving(t)
	d.run(t, "code", "bank", "--identity", "key.txt").want(t, 0, oneCode, "^$")
	d.run(t, "code", "bank", "--passphrase-file", d.words(t)).want(t, 0, oneCode, "^$")
	d.run(t, "code", "github", "--no-agent").want(t, 2, "^$", noPassphrase)
	d.run(t, "code", "github", "--at", "59").want(t, 2, "^$", noPassphrase)
	d.run(t, "qr", "github").want(t, 2, "^$", noPassphrase)
	d.run(t, "code", "github").want(t, 0, oneCode, "^$")
	s.expect(`: given`)
	if requests := strings.Count(s.seen, "(pid "); requests != 1 {
		t.Errorf("%d requests reached the agent, want 1:\n%s", requests, s.seen)
	}
}

// TestAgentDrawsACounterOnce: each code is another, and its counter is on disk.
func TestAgentDrawsACounterOnce(t *testing.T) {
	d := newDesk(t)
	d.serving(t)
	first, second := d.run(t, "code", "router"), d.run(t, "code", "router")
	first.want(t, 0, oneCode, "^$")
	second.want(t, 0, oneCode, "^$")
	if first.out == second.out {
		t.Errorf("%q twice", first.out)
	}
	d.run(t, "code", "router", "--next").want(t, 2, "^$", "Router · admin counts")
	for _, a := range vaultOf(t, d.home).Accounts() {
		if a.Issuer == "Router" && a.Counter != 2 {
			t.Errorf("counter %d, want 2", a.Counter)
		}
	}
}

// TestListThroughTheAgent: one question for all, and those without a code are counted.
func TestListThroughTheAgent(t *testing.T) {
	d := newDesk(t)
	d.run(t, "agent", "rule", "GitHub", "ask", "--identity", "key.txt").want(t, 0, "^$", "asks for each code")
	s := d.serving(t)
	end := d.begin(t, "list", "--json")
	s.expect(`\a.* wants the codes of 2 accounts\. Give them\? `)
	s.send("y\r")
	listed := end()
	listed.want(t, 0, "", "1 account comes without a code: the agent does not give codes of such accounts")
	var entries []struct{ Issuer, Code string }
	if err := json.Unmarshal([]byte(listed.out), &entries); err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, e := range entries {
		codes[e.Issuer] = e.Code != ""
	}
	if got, want := fmt.Sprint(codes), "map[Bank:false GitHub:true Router:false Zulip:true]"; got != want {
		t.Errorf("codes of %s, want %s", got, want)
	}
	if strings.Contains(listed.out, otpcore.EncodeBase32([]byte("the key of"))[:12]) {
		t.Error("a key came along")
	}

	end = d.begin(t, "list")
	s.expect(`wants the codes of 2 accounts\. Give them\? `)
	s.send("n\r")
	refused := end()
	refused.want(t, 1, "", "2 accounts come without a code: refused at the agent\n$")
	for _, name := range []string{"GitHub", "Zulip", "Router", "Bank"} {
		if !strings.Contains(refused.out, name) {
			t.Errorf("%s is not in the list:\n%s", name, refused.out)
		}
	}
}

// TestAgentFollowsTheVault: what another process saves holds for the next request,
// and a vault that it cannot open any more ends it.
func TestAgentFollowsTheVault(t *testing.T) {
	t.Parallel() // it waits
	d := newDesk(t)
	s := d.serving(t)
	d.run(t, "agent", "rule", "GitHub", "deny", "--identity", "key.txt").want(t, 0, "", "GitHub · alice: the agent gives no codes")
	d.run(t, "code", "github").want(t, 1, "^$", "does not give codes")
	d.run(t, "agent", "rule", "#money", "allow", "--identity", "key.txt").want(t, 0, "", `#money \(1 account\): `)
	d.run(t, "code", "bank").want(t, 0, oneCode, "^$")
	d.run(t, "agent", "rules", "--identity", "key.txt").want(t, 0, `^allow +#money +1 account\ndeny +GitHub · alice\nallow +Router · admin\n$`, "^$")
	if err := os.Rename(filepath.Join(d.home, "vault.age"), filepath.Join(d.home, "gone.age")); err != nil {
		t.Fatal(err)
	}
	s.expect(`otpane: no vault at `)
	s.wantStatus(1)
}

func TestAgentEndsWithItsPassphrase(t *testing.T) {
	t.Parallel() // it waits
	d := newDesk(t)
	s := start(t, d.home, d.environment(), "agent", "--passphrase-file", d.words(t))
	s.expect("Serving 4 accounts")
	if err := vaultOf(t, d.home).ChangePassphrase([]byte("another one, as long"), vault.WorkFactor(4)); err != nil {
		t.Fatal(err)
	}
	s.expect(`who may open .* has changed, and this agent may not any more\r?\n.*hint: start it again`)
	s.wantStatus(5)
}

// TestNextTakesOver: of two agents the second serves when the first has been killed,
// and each vault has a socket of its own.
func TestNextTakesOver(t *testing.T) {
	d := newDesk(t)
	d.vault(t, "other.age", time.Now())
	d.serving(t, "--vault", "other.age")
	first := d.serving(t)
	second := d.agent(t)
	second.expect("Another process serves this vault; this one is next")
	if sockets, _ := filepath.Glob(filepath.Join(d.runtime, "otpane", "*.sock")); len(sockets) != 2 {
		t.Errorf("sockets: %v", sockets)
	}
	d.run(t, "agent", "status", "--json").want(t, 0, fmt.Sprintf(`"pid": %d,`, first.run.Process.Pid), "^$")
	if err := first.run.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	second.expect("Serving 4 accounts")
	d.run(t, "code", "github").want(t, 0, oneCode, "^$")
	d.run(t, "agent", "status").want(t, 0, "^`otpane agent` \\(pid "+fmt.Sprint(second.run.Process.Pid)+`\) serves 4 accounts since `, "^$")
	second.send("\x03")
	second.wantStatus(0)
	d.run(t, "agent", "status").want(t, 3, "^$", "^otpane: nobody serves .*vault.age\n")
	d.run(t, "agent", "status", "--json").want(t, 3, `"serving": false`, "^$")
	d.run(t, "agent", "status", "--vault", "other.age").want(t, 0, "otpane agent", "^$")
}

// TestAgentEnds by a signal, by its time, and with its terminal.
func TestAgentEnds(t *testing.T) {
	d := newDesk(t)
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		s := d.serving(t)
		if err := s.run.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		s.expect(`Ended\.`)
		s.wantStatus(0)
	}
	s := d.serving(t, "--for", "300ms")
	s.expect(`Ended: the time of --for is over\.`)
	s.wantStatus(0)
}

// TestHungAgent: a script goes on without it.
func TestHungAgent(t *testing.T) {
	t.Parallel() // it waits
	d := newDesk(t)
	s := d.serving(t)
	if err := s.run.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	d.run(t, "code", "github").want(t, 2, "^$", fmt.Sprintf(`^The agent is of no use: it does not answer \(pid %d\)\.\notpane: %s`, s.run.Process.Pid, noPassphrase))
}

// TestNobodyToAsk: without a terminal a question is a no, and the log says why.
func TestNobodyToAsk(t *testing.T) {
	d := newDesk(t)
	s := prepare(t, d.home, d.environment(), "agent", "--identity", "key.txt")
	log, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s.run.SysProcAttr, s.run.Stderr, s.tty = &syscall.SysProcAttr{Setsid: true}, write, log
	if err := s.run.Start(); err != nil {
		t.Fatal(err)
	}
	s.attend()
	s.expect("Serving 4 accounts")
	d.run(t, "code", "zulip").want(t, 1, "^$", "the agent does not give codes of Zulip · al\n")
	s.expect("Zulip · al: refused: there is no terminal to ask on\n")
	d.run(t, "code", "github").want(t, 0, oneCode, "^$")
}

// TestAgentInTheBackground: it must not read from the terminal, or the shell stops it,
// and with it all that wait for it.
func TestAgentInTheBackground(t *testing.T) {
	d := newDesk(t)
	s := prepare(t, d.home, d.environment())
	shell := exec.Command("sh", "-c", "set -m; otpane agent --identity key.txt & echo \"pid $!;\"; wait")
	shell.Env, shell.Dir = s.run.Env, s.run.Dir
	s.run = shell
	begin(s, 80, 24)
	var pid int
	if _, err := fmt.Sscanf(s.expect(`pid \d+;`), "pid %d;", &pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	s.expect("Serving 4 accounts")
	d.run(t, "code", "zulip").want(t, 1, "^$", "otpane: refused at the agent\n$")
	s.expect(`Nobody can be asked: this runs in the background\.`)
	d.run(t, "code", "github").want(t, 0, oneCode, "^$")
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.expect(`Ended\.`)
	s.wantStatus(0)
}

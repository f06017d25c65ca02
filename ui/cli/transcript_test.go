//go:build unix

package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"otpane/otpcore"
	"otpane/otpcore/qr"
	"otpane/ui/cli"
	"otpane/vault"
)

// What a picture holds is found however busy the machine is.
func init() { qr.Budget = time.Minute }

// TestMain lets the test binary be otpane itself: in transcripts, and in tests
// that start it in a pseudo-terminal.
func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"otpane": otpane, "age-plugin-otpane": otpane, "age-plugin-" + testPlugin: runTestPlugin})
}

// tests run in a process that hands no ignored signal on to what it starts. Behind
// nohup, and in a script's background, some are ignored; a session of a test begins as
// one at a terminal does, where ctrl-c ends.
type tests struct{ *testing.M }

func (t tests) Run() int {
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGHUP} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s) // caught, so that a child has its default
		}
	}
	return t.M.Run()
}

func otpane() {
	env := cli.Env{Program: os.Args[0], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now}
	env.WorkFactor, _ = strconv.Atoi(os.Getenv(workVariable))
	folder := os.Getenv(recordFolder)
	if folder == "" || filepath.Base(os.Args[0]) != "otpane" {
		status := cli.Run(context.Background(), env, os.Args[1:])
		plantLeak()
		os.Exit(status)
	}
	// Whoever runs the tests may sit at a terminal; the transcripts have none.
	_, _ = syscall.Setsid()
	run := record{Args: os.Args[1:], Environment: os.Environ()}
	var stdout, stderr bytes.Buffer
	env.Stdout, env.Stderr = io.MultiWriter(os.Stdout, &stdout), io.MultiWriter(os.Stderr, &stderr)
	status := cli.Run(context.Background(), env, os.Args[1:])
	run.Stdout, run.Stderr = stdout.String(), stderr.String()
	if err := run.write(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	os.Exit(status)
}

// plantLeak is what a test of the search for leaks puts in.
var plantLeak = func() {}

// workVariable names the variable with the work factor of new passphrases. What
// scrypt costs is not the subject of most tests; where it is empty, the work is
// that of the program.
const workVariable = "OTPANE_TEST_WORK"

// recordFolder names the variable with the folder that takes a record of every
// run.
const recordFolder = "OTPANE_TEST_RECORDS"

// record is everything of a run that others can see.
type record struct {
	Args, Environment []string
	Stdout, Stderr    string
}

func (r record) write(folder string) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d-%d.json", os.Getpid(), time.Now().UnixNano())), data, 0o600)
}

// testIdentity opens the vaults of the transcripts without the work of scrypt.
const testIdentity = "AGE-SECRET-KEY-1ZRR6LA0KDJLRCYA554MQ40HYP2E5AW9WNJ2874YCHQHFDAGW2Q2Q0JEPVG"

// TestTranscripts runs testdata/*.txtar and then looks through everything that
// the runs showed for keys.
func TestTranscripts(t *testing.T) {
	records := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sockets := shortFolder(t)
	t.Run("scripts", func(t *testing.T) {
		testscript.Run(t, testscript.Params{
			Dir:                 "testdata",
			RequireExplicitExec: true,
			RequireUniqueNames:  true,
			Setup:               func(env *testscript.Env) error { return setup(env, root, records, sockets) },
			Condition:           condition,
			Cmds:                map[string]func(*testscript.TestScript, bool, []string){"mode": modeCommand, "status": statusCommand, "damage": damageCommand, "rekey": rekeyCommand, "keep-other": keepOtherCommand, "timeserver": timeServerCommand, "served": servedCommand},
		})
	})
	if !t.Failed() {
		checkRecords(t, records)
	}
}

// setup gives every transcript its own home, an identity in key.txt, a
// post-quantum one in quantum.txt and its recipient in quantum.pub, the path of a
// vault that is not there yet, a runtime folder with room for sockets, and the files of
// the project's testdata.
func setup(env *testscript.Env, root, records, sockets string) error {
	env.Setenv("HOME", env.WorkDir)
	for _, name := range []string{"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"} {
		env.Setenv(name, filepath.Join(env.WorkDir, strings.ToLower(name)))
	}
	env.Setenv("SOCKETS", sockets) // one for all: a socket has its name from its vault's path
	env.Setenv(recordFolder, records)
	env.Setenv(workVariable, "2")
	env.Setenv("OTPANE_IDENTITY", filepath.Join(env.WorkDir, "key.txt"))
	env.Setenv("OTPANE_VAULT", filepath.Join(env.WorkDir, "vault.age"))
	env.Setenv("FIXTURES", filepath.Join(root, "testdata"))
	quantum, err := age.GenerateHybridIdentity() // what it writes is too long for a transcript
	if err != nil {
		return err
	}
	return errors.Join(
		os.Chmod(env.WorkDir, 0o700), // whatever the umask
		os.WriteFile(filepath.Join(env.WorkDir, "key.txt"), []byte(testIdentity+"\n"), 0o600),
		os.WriteFile(filepath.Join(env.WorkDir, "quantum.txt"), []byte(quantum.String()+"\n"), 0o600),
		os.WriteFile(filepath.Join(env.WorkDir, "quantum.pub"), []byte(quantum.Recipient().String()+"\n"), 0o600),
	)
}

// condition is [root]: root may read and write whatever a mode forbids.
func condition(name string) (bool, error) {
	if name == "root" {
		return os.Getuid() == 0, nil
	}
	return false, fmt.Errorf("no condition %q", name)
}

// modeCommand is `mode 0600 FILE`.
func modeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode 0600 FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%#o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

// statusCommand is `status N command…`: the exit status is part of the contract.
func statusCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command…")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("status %s, want %s", got, args[0])
	}
}

// damageCommand is `damage FILE header` or `damage FILE payload`: one bit turns.
func damageCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 || args[1] != "header" && args[1] != "payload" {
		ts.Fatalf("usage: damage FILE header|payload")
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	at := len(data) - 1
	if args[1] == "header" {
		at = bytes.Index(data, []byte("\n--- ")) - 2
	}
	data[at] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// rekeyCommand is `rekey FILE QUERY KEY`: what the pane does when an account gets
// another key.
func rekeyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: rekey FILE QUERY KEY")
	}
	id, err := vault.ParseIdentity(testIdentity)
	ts.Check(err)
	v, err := vault.Open(ts.MkAbs(args[0]), id, time.Now)
	ts.Check(err)
	key, err := otpcore.ParseSecret(args[2])
	ts.Check(err)
	ts.Check(v.Update(func(d *vault.Draft) error {
		a := otpcore.Find(d.Accounts(), args[1])[0]
		a.Secret = key
		return d.Set(a)
	}))
}

// codesOfTwoKeys is how `otpane code` mentions them.
var codesOfTwoKeys = regexp.MustCompile(`which give \d{6} and (\d{6})`)

// keepOtherCommand is `keep-other QUERY`: it settles for the second of two keys by
// the code that otpane shows of it.
func keepOtherCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: keep-other QUERY")
	}
	ts.Check(ts.Exec("otpane", "code", args[0]))
	codes := codesOfTwoKeys.FindStringSubmatch(ts.ReadFile("stderr"))
	if codes == nil {
		ts.Fatalf("%s has one key", args[0])
	}
	ts.Check(ts.Exec("otpane", "merge", "--keep", codes[1]))
}

// keyShape is what a key looks like in the transcripts and their fixtures.
var keyShape = regexp.MustCompile(`\b[A-Z2-7]{16,}\b|AGE-SECRET-KEY-1[A-Z0-9]+|correct horse battery staple`)

// canaries are all keys and passphrases that the transcripts bring along.
func canaries(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	lists, err := filepath.Glob("../../testdata/uris/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	found := []string{testIdentity, "canry-b00k"} // the recovery codes of recovery.txtar begin so
	for _, file := range slices.Concat(files, lists) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, keyShape.FindAllString(string(text), -1)...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// askedFor are the commands that exist to show a key.
var askedFor = []string{"export", "qr", "scan", "recovery"}

// refusedKey is the key that the transcripts give where none is taken: on the
// command line.
const refusedKey = "MRSWC3DJNZTSA53JORUA6IDB"

// servedCommand is `served`: it waits until an agent serves the vault.
func servedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: served")
	}
	for end := time.Now().Add(patience); ts.Exec("otpane", "agent", "status") != nil; {
		if time.Now().After(end) {
			ts.Fatalf("nobody serves")
		}
	}
}

func checkRecords(t *testing.T, folder string) {
	keys := canaries(t)
	if len(keys) < 10 {
		t.Fatalf("only %d keys to look for", len(keys))
	}
	commands, shown := map[string]bool{}, 0
	for _, r := range readRecords(t, folder) {
		command := firstWord(r.Args)
		commands[command] = true
		if leak := find(keys, r.Stdout); leak != "" && !slices.Contains(askedFor, command) {
			t.Errorf("otpane %q shows a key on standard output", r.Args)
		} else if leak != "" {
			shown++
		}
		if find(keys, r.Stderr) != "" {
			t.Errorf("otpane %q shows a key on standard error", r.Args)
		}
		others := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return key == refusedKey })
		if find(others, strings.Join(slices.Concat(r.Args, r.Environment), "\n")) != "" {
			t.Errorf("otpane %q was given a key in its arguments or environment", r.Args)
		}
	}
	for _, name := range []string{"init", "agent", "add", "import", "list", "code", "qr", "edit", "show", "rename", "tag", "pin", "once", "rm", "restore", "export", "passphrase", "recipients", "backup", "merge", "scan", "verify", "clock", "recovery", "completion", "doctor", "version"} {
		if !commands[name] {
			t.Errorf("no transcript runs otpane %s", name)
		}
	}
	if shown == 0 {
		t.Error("even export shows no key: the search finds nothing")
	}
}

func readRecords(t *testing.T, folder string) []record {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var records []record
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var r record
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
	return records
}

// firstWord is the command among flags and their values.
func firstWord(args []string) string {
	for i, arg := range args {
		valueOf := i > 0 && slices.Contains([]string{"--vault", "--identity", "--passphrase-file"}, args[i-1])
		if !strings.HasPrefix(arg, "-") && !valueOf {
			return arg
		}
	}
	return ""
}

func find(keys []string, text string) string {
	for _, key := range keys {
		if strings.Contains(text, key) {
			return key
		}
	}
	return ""
}

package vault

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"otpane/otpcore"
)

func TestFolderHoldsNothingElse(t *testing.T) {
	v := newVault(t)
	for range 3 {
		add(t, v, github())
	}
	var names []string
	entries, err := os.ReadDir(filepath.Dir(v.Path()))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := strings.Join(names, " "), ".vault.age.lock backups vault.age"; got != want {
		t.Errorf("the folder holds %s, want %s", got, want)
	}
}

func TestPreviousGenerationsAreKept(t *testing.T) {
	v := newVault(t)
	var generations [][]byte
	for range keptBackups + 3 {
		generations = append(generations, mustRead(t, v.Path()))
		add(t, v, github())
	}
	names := v.at.backupNames()
	if len(names) != keptBackups {
		t.Fatalf("%d backups, want %d", len(names), keptBackups)
	}
	for i, name := range names {
		got := mustRead(t, filepath.Join(v.at.backups(), name))
		if !bytes.Equal(got, generations[i+3]) {
			t.Errorf("backup %s is not generation %d", name, i+4)
		}
	}
}

func TestStrayTempFilesAreRemoved(t *testing.T) {
	v := newVault(t)
	dir := filepath.Dir(v.Path())
	stray := filepath.Join(dir, ".vault.age.0123456789abcdef.tmp")
	foreign := filepath.Join(dir, ".other.age.0123456789abcdef.tmp")
	for _, path := range []string{stray, foreign} {
		if err := os.WriteFile(path, []byte("half a vault"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	add(t, v, github())
	if _, err := os.Stat(stray); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the stray file is still there: %v", err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("another vault's file was removed: %v", err)
	}
}

func TestSymlinkedVaultStaysALink(t *testing.T) {
	v := newVault(t)
	link := filepath.Join(t.TempDir(), "link.age")
	if err := os.Symlink(v.Path(), link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	linked, err := Open(link, v.Identity(), v.now)
	if err != nil {
		t.Fatal(err)
	}
	add(t, linked, github())
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
	if n := len(reopen(t, v).Accounts()); n != 1 {
		t.Errorf("the vault behind the link has %d accounts, want 1", n)
	}
}

func TestPlantedLockLinkIsNotFollowed(t *testing.T) {
	v := newVault(t)
	target := filepath.Join(t.TempDir(), "target")
	lock := v.at.beside(".lock")
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, lock); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if noFollow == 0 {
		t.Skip("this platform has no O_NOFOLLOW")
	}
	if err := v.Update(func(d *Draft) error { _, err := d.Add(github()); return err }); err == nil {
		t.Error("a save followed the planted link")
	}
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the lock file was made behind the planted link")
	}
}

// TestOneEditAtATime: two panes and several goroutines on one vault, no edit
// lost, no HOTP counter drawn twice.
func TestOneEditAtATime(t *testing.T) {
	const vaults, rounds = 4, 25
	first := newVault(t)
	id := add(t, first, counterAccount())
	var codes sync.Map
	var running sync.WaitGroup
	for range vaults {
		v := reopen(t, first)
		running.Go(func() {
			for range rounds {
				editOnce(t, v, id, &codes)
			}
		})
	}
	running.Wait()
	a := countedAccount(t, reopen(t, first), id, vaults*rounds)
	if want := uint64(7 + vaults*rounds); a.Counter != want {
		t.Errorf("counter %d, want %d", a.Counter, want)
	}
}

func editOnce(t *testing.T, v *Vault, id string, codes *sync.Map) {
	var code string
	err := v.Update(func(d *Draft) (err error) {
		if _, err := d.Add(github()); err != nil {
			return err
		}
		code, err = d.Advance(id)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if _, twice := codes.LoadOrStore(code, true); twice {
		t.Errorf("the code %s was drawn twice", code)
	}
}

func countedAccount(t *testing.T, v *Vault, id string, others int) otpcore.Account {
	t.Helper()
	all := v.Accounts()
	if len(all) != others+1 {
		t.Errorf("%d accounts, want %d", len(all), others+1)
	}
	for _, a := range all {
		if a.ID == id {
			return a
		}
	}
	t.Fatal("the counter account is gone")
	return otpcore.Account{}
}

const (
	childVault    = "OTPANE_TEST_VAULT"
	childAccount  = "OTPANE_TEST_ACCOUNT"
	childEdits    = "OTPANE_TEST_EDITS"
	childTask     = "OTPANE_TEST_TASK" // one of childTasks
	childIdentity = 3                  // the pipe's number in the child
)

var edits = flag.Int("edits", 200, "how often each writer of TestTwoProcesses edits")

// TestMain lets the test binary be the second process of TestTwoProcesses, the
// plugin of the tests of recipients, and the plugin that we are ourselves.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "age-plugin-" + testPlugin:
		os.Exit(runTestPlugin())
	case "age-plugin-otpane":
		os.Exit(RunAgePlugin(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	if path := os.Getenv(childVault); path != "" {
		os.Exit(child(path, os.Getenv(childTask)))
	}
	// Enough to find what was planted; -rapid.checks=1000 looks longer.
	_ = flag.Set("rapid.checks", "40")
	os.Exit(m.Run())
}

// childTasks are what a second process can do with a vault.
var childTasks = map[string]func(*Vault) error{"draw codes": drawCodes}

func child(path, task string) int {
	v, err := childOpen(path)
	if err == nil {
		err = childTasks[task](v)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func childOpen(path string) (*Vault, error) {
	text, err := io.ReadAll(os.NewFile(childIdentity, "identity"))
	if err != nil {
		return nil, err
	}
	id, err := ParseIdentity(string(text))
	if err != nil {
		return nil, err
	}
	return Open(path, id, time.Now)
}

func drawCodes(v *Vault) error {
	account := os.Getenv(childAccount)
	count, err := strconv.Atoi(os.Getenv(childEdits))
	if err != nil {
		return err
	}
	for range count {
		var code string
		err := v.Update(func(d *Draft) (err error) {
			code, err = d.Advance(account)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Println(code)
	}
	return nil
}

func TestTwoProcesses(t *testing.T) {
	v := newVault(t)
	id := add(t, v, counterAccount())
	var outputs [2]bytes.Buffer
	var children [2]*exec.Cmd
	for i := range children {
		children[i] = startWriter(t, v, id, &outputs[i])
	}
	seen := map[string]bool{}
	for i, c := range children {
		if err := c.Wait(); err != nil {
			t.Fatal(err)
		}
		for _, code := range strings.Fields(outputs[i].String()) {
			if seen[code] {
				t.Errorf("the code %s was drawn twice", code)
			}
			seen[code] = true
		}
	}
	want := 2 * *edits
	a := reopen(t, v).Accounts()[0]
	if len(seen) != want || a.Counter != uint64(7+want) {
		t.Errorf("%d codes, counter %d; want %d and %d", len(seen), a.Counter, want, 7+want)
	}
}

func startWriter(t *testing.T, v *Vault, account string, out io.Writer) *exec.Cmd {
	t.Helper()
	return startChild(t, v, "draw codes", []string{childAccount + "=" + account, childEdits + "=" + strconv.Itoa(*edits)}, out)
}

// startChild runs a task in a second process. The identity goes through a pipe.
func startChild(t *testing.T, v *Vault, task string, env []string, out io.Writer) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := exec.Command(self)
	c.Env = append(append(os.Environ(), childVault+"="+v.Path(), childTask+"="+task), env...)
	c.ExtraFiles = []*os.File{r}
	c.Stdout, c.Stderr = out, os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString(v.Identity().Reveal()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return c
}

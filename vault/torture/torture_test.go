//go:build linux

// Package torture proves over the real program, from outside, what the vault's
// own tests prove inside one process: whatever happens to a save, the vault is
// the old one or the new one. It holds tests only, asks for a minute or two and
// for Linux, and runs only where OTPANE_TORTURE is set: `make torture`.
package torture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"otpane/otpcore"
	"otpane/vault"
)

// TestMain ends with one table of what was done.
func TestMain(m *testing.M) {
	status := m.Run()
	closing.print()
	if workshop.dir != "" {
		_ = os.RemoveAll(workshop.dir)
	}
	os.Exit(status)
}

// patience is how long anything here may take that takes milliseconds.
const patience = 30 * time.Second

// begin skips unless torture was asked for, and builds the program once.
func begin(t *testing.T) (program string) {
	t.Helper()
	if os.Getenv("OTPANE_TORTURE") == "" {
		t.Skip("skipped: `make torture` runs it")
	}
	program, err := workshop.program()
	if err != nil {
		t.Fatal(err)
	}
	t.Parallel()
	return program
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		skip(t, "only root may do this")
	}
}

func needTool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		skip(t, "there is no "+name)
	}
}

// skip shows in the table, too: what was not tried was not proven.
func skip(t *testing.T, why string) {
	t.Helper()
	closing.add(t, t.Name(), "0", "skipped: %s", why)
	t.Skip("skipped: " + why)
}

// workshop is where programs are built.
var workshop builder

type builder struct {
	once sync.Once
	dir  string
	err  error
}

func (b *builder) program() (string, error) {
	b.once.Do(func() {
		if b.dir, b.err = os.MkdirTemp("", "torture-"); b.err == nil {
			b.err = b.build("otpane")
		}
	})
	return filepath.Join(b.dir, "otpane"), b.err
}

func (b *builder) build(name string, flags ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	args := append([]string{"build", "-trimpath", "-o", filepath.Join(b.dir, name)}, flags...)
	c := exec.CommandContext(ctx, "go", append(args, "otpane")...)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", name, err, out)
	}
	return nil
}

// closing is the table.
var closing table

type table struct {
	sync.Mutex
	lines []string
}

// add tells what was done many times, and how it ended: what went well only if
// the test found nothing.
func (rows *table) add(t *testing.T, what, many, result string, args ...any) {
	rows.Lock()
	defer rows.Unlock()
	if t.Failed() {
		result = "FAILED, else: " + result
	}
	rows.lines = append(rows.lines, what+"\t"+many+"\t"+fmt.Sprintf(result, args...))
}

func (rows *table) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	slices.Sort(rows.lines)
	for _, line := range rows.lines {
		_, _ = fmt.Fprintln(w, line)
	}
	_ = w.Flush()
}

const (
	identity = "AGE-SECRET-KEY-1ZRR6LA0KDJLRCYA554MQ40HYP2E5AW9WNJ2874YCHQHFDAGW2Q2Q0JEPVG"
	newKey   = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	mill     = "Mill · alice"
	bank     = "Bank · 8830"
	fresh    = "New"
)

// home is a folder with a vault that an identity file opens, and the program
// that works on it.
type home struct{ dir, program string }

// newHome makes a vault of two accounts, one timed, one counted.
func newHome(under, program string) (home, error) {
	dir, err := os.MkdirTemp(under, "home")
	if err != nil {
		return home{}, err
	}
	h := home{dir, program}
	if err := os.WriteFile(h.file("key.txt"), []byte(identity+"\n"), 0o600); err != nil {
		return h, err
	}
	id, err := vault.ParseIdentity(identity)
	if err != nil {
		return h, err
	}
	v, err := vault.Create(h.vault(), vault.Access{Identity: id}, time.Now)
	if err != nil {
		return h, err
	}
	return h, v.Update(func(d *vault.Draft) error {
		timed := otpcore.Account{Kind: otpcore.TOTP, Issuer: "Mill", Name: "alice", Algorithm: otpcore.SHA1, Digits: 6, Period: 30, Secret: otpcore.NewSecret([]byte("twelve bytes or more"))}
		counted := otpcore.Account{Kind: otpcore.HOTP, Issuer: "Bank", Name: "8830", Algorithm: otpcore.SHA1, Digits: 8, Secret: otpcore.NewSecret([]byte("another twenty bytes"))}
		_, err := d.Add(timed)
		_, err2 := d.Add(counted)
		return errors.Join(err, err2)
	})
}

func mustHome(t *testing.T, program string) home {
	t.Helper()
	h, err := newHome(t.TempDir(), program)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h home) file(name string) string { return filepath.Join(h.dir, name) }
func (h home) vault() string           { return h.file("vault.age") }

func (h home) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, h.program, args...)
	c.Dir = "/"
	c.WaitDelay = time.Second
	c.Env = []string{
		"HOME=/nonexistent", "PATH=/usr/bin:/bin", "TERM=xterm-256color", "LANG=C.UTF-8",
		"XDG_DATA_HOME=" + h.dir, "XDG_CONFIG_HOME=" + h.dir, "XDG_STATE_HOME=" + h.file("state"),
		"OTPANE_VAULT=" + h.vault(), "OTPANE_IDENTITY=" + h.file("key.txt"),
	}
	return c
}

// outcome is how a run ended; the status of one that a signal ended is -1.
type outcome struct {
	status    int
	out, talk string
}

// run waits for one command.
func (h home) run(ctx context.Context, args ...string) outcome {
	return h.start(ctx, args...).end()
}

// running is a command that has begun.
type running struct {
	*exec.Cmd
	out, talk bytes.Buffer
	cancel    context.CancelFunc
	err       error
}

func (h home) start(ctx context.Context, args ...string) *running {
	return h.prepare(ctx, args...).begin()
}

func (h home) prepare(ctx context.Context, args ...string) *running {
	ctx, cancel := context.WithTimeout(ctx, patience)
	r := &running{Cmd: h.command(ctx, args...), cancel: cancel}
	r.Stdout, r.Stderr = &r.out, &r.talk
	return r
}

func (r *running) begin() *running {
	r.err = r.Start()
	return r
}

func (r *running) end() outcome {
	defer r.cancel()
	if r.err != nil {
		return outcome{status: -1, talk: r.err.Error()}
	}
	_ = r.Wait()
	return outcome{r.ProcessState.ExitCode(), r.out.String(), r.talk.String()}
}

// open reads the vault with the package that the program is made of.
func (h home) open() (*vault.Vault, error) {
	id, err := vault.ParseIdentity(identity)
	if err != nil {
		return nil, err
	}
	return vault.Open(h.vault(), id, time.Now)
}

// account is the one of that label.
func (h home) account(label string) (otpcore.Account, error) {
	v, err := h.open()
	if err != nil {
		return otpcore.Account{}, err
	}
	for _, a := range v.Accounts() {
		if a.Label() == label {
			return a, nil
		}
	}
	return otpcore.Account{}, fmt.Errorf("%s is gone", label)
}

// holds names what the vault holds, in stored order, after asking that every
// backup opens.
func (h home) holds() (labels string, err error) {
	v, err := h.open()
	if err != nil {
		return "", err
	}
	var all []string
	for _, a := range v.Accounts() {
		all = append(all, a.Label())
	}
	if v.Damaged() > 0 {
		return "", fmt.Errorf("%d accounts are damaged", v.Damaged())
	}
	backups, err := vault.Backups(h.vault(), v.Identity())
	for _, b := range backups {
		if b.Err != nil {
			return "", fmt.Errorf("backup %s: %w", filepath.Base(b.Path), b.Err)
		}
	}
	return strings.Join(all, ", "), err
}

// strays are half-written files.
func (h home) strays() []string {
	left, _ := filepath.Glob(h.file(".*.tmp")) // the pattern is well-formed
	return left
}

// savesAgain: whatever happened, the next save succeeds and clears up.
func (h home) savesAgain(ctx context.Context) error {
	if o := h.run(ctx, "edit", mill, "--note", "saved again", "--yes"); o.status != 0 {
		return fmt.Errorf("the next save: status %d, %s", o.status, o.talk)
	}
	if left := h.strays(); len(left) > 0 {
		return fmt.Errorf("the next save left %v", left)
	}
	if a, err := h.account(mill); err != nil || a.Note != "saved again" {
		return fmt.Errorf("the next save: note %q, %w", a.Note, err)
	}
	return nil
}

//go:build linux

package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// pane is otpane in a terminal of ours, with its list drawn.
type pane struct {
	*exec.Cmd
	screen, tty *os.File // the terminal's side and the program's
	was         *unix.Termios
	ended       chan struct{}
	cancel      context.CancelFunc

	mu   sync.Mutex
	text strings.Builder
}

func (h home) openPane(ctx context.Context) (*pane, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	p := &pane{Cmd: h.command(ctx), ended: make(chan struct{}), cancel: cancel}
	var err error
	if p.screen, p.tty, err = pty.Open(); err != nil {
		return nil, err
	}
	if err := pty.Setsize(p.screen, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		return nil, err
	}
	if p.was, err = p.modes(); err != nil {
		return nil, err
	}
	p.Stdin, p.Stdout, p.Stderr = p.tty, p.tty, p.tty
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.Start(); err != nil {
		return nil, err
	}
	if p.screen, err = nonblocking(p.screen); err != nil {
		return nil, err
	}
	go p.read()
	go func() {
		_ = p.Wait()
		close(p.ended)
	}()
	if err := p.expect("Mill"); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// nonblocking: only such a file is closed at once, whoever reads from it.
func nonblocking(f *os.File) (*os.File, error) {
	defer f.Close()
	twin, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(twin, true); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(twin), f.Name()), nil
}

func (p *pane) modes() (*unix.Termios, error) {
	return unix.IoctlGetTermios(int(p.tty.Fd()), unix.TCGETS)
}

func (p *pane) read() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := p.screen.Read(buffer)
		p.mu.Lock()
		p.text.Write(buffer[:n])
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (p *pane) seen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// expect waits until the terminal got that text.
func (p *pane) expect(text string) error {
	return within(func() bool { return strings.Contains(p.seen(), text) }, "no "+text)
}

// within waits for something that nobody announces.
func within(holds func() bool, otherwise string) error {
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return errors.New(otherwise)
		}
	}
	return nil
}

// gone waits for the end of the process.
func (p *pane) gone() error {
	defer p.cancel()
	select {
	case <-p.ended:
		return nil
	case <-time.After(patience / 2):
		return errors.New("the process stays")
	}
}

func (p *pane) close() {
	p.cancel()
	_ = p.screen.Close()
	_ = p.tty.Close()
}

// restored: the terminal is as it was, in what the system keeps and in what was
// written to it.
func (p *pane) restored() error {
	is, err := p.modes()
	if err != nil {
		return err
	}
	if *is != *p.was {
		return fmt.Errorf("terminal modes: %+v, were %+v", *is, *p.was)
	}
	for _, mode := range []string{"1049", "2004", "1000", "1002", "1003", "1006"} {
		on, off := strings.LastIndex(p.seen(), "\x1b[?"+mode+"h"), strings.LastIndex(p.seen(), "\x1b[?"+mode+"l")
		if on > off {
			return fmt.Errorf("the terminal is left in mode %s", mode)
		}
	}
	if strings.LastIndex(p.seen(), "\x1b[?25l") > strings.LastIndex(p.seen(), "\x1b[?25h") {
		return errors.New("the cursor is left hidden")
	}
	return nil
}

// ways to end a pane in the middle of its saves.
var ways = []struct {
	name   string
	end    func(p *pane) error
	closed bool // there is no terminal left to look at
}{
	{"closed pane", func(p *pane) error { return p.screen.Close() }, true},
	{"SIGTERM", func(p *pane) error { return p.Process.Signal(syscall.SIGTERM) }, false},
	{"SIGHUP", func(p *pane) error { return p.Process.Signal(syscall.SIGHUP) }, false},
	{"ctrl-c", func(p *pane) error { _, err := p.screen.WriteString("\x03"); return err }, false},
}

const endings = 100

// TestPaneEndsWhileSaving: the save is done or never happened, the process is
// gone, the terminal is as it was.
func TestPaneEndsWhileSaving(t *testing.T) {
	program := begin(t)
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			h := mustHome(t, program)
			random := rand.New(rand.NewPCG(17, 17))
			saves, strays := uint64(0), 0
			for round := range endings {
				before, err := h.account(bank)
				if err == nil {
					err = h.endPane(t.Context(), way.end, way.closed, random)
				}
				if err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				strays += len(h.strays())
				after, err := h.account(bank)
				if labels, err2 := h.holds(); err != nil || err2 != nil || labels != mill+", "+bank {
					t.Fatalf("round %d: %s, %v, %v", round, labels, err, err2)
				}
				saves += after.Counter - before.Counter
			}
			if err := h.savesAgain(t.Context()); err != nil {
				t.Error(err)
			}
			if saves == 0 {
				t.Error("the scene is not set: nothing was saved")
			}
			if way.name == "ctrl-c" && saves != endings*draws { // a key behind the others: the pane leaves when they are done
				t.Errorf("%d of %d saves that came before the key that quits", saves, endings*draws)
			}
			look := "terminal restored"
			if way.closed {
				look = "process gone"
			}
			closing.add(t, "pane while saving: "+way.name, strconv.Itoa(endings), "%d of %d saves done, 0 lost, %s; %d half-written files, cleared by the next save", saves, endings*draws, look, strays)
		})
	}
}

// draws is how many saves a pane is asked for before it ends.
const draws = 4

// endPane draws codes of the counter, and ends the pane at some moment.
func (h home) endPane(ctx context.Context, end func(*pane) error, closed bool, random *rand.Rand) error {
	p, err := h.openPane(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	if _, err := p.screen.WriteString("g" + strings.Repeat("+", draws)); err != nil {
		return err
	}
	time.Sleep(time.Duration(random.IntN(30_000)) * time.Microsecond) // the moment is what is tried
	if err := end(p); err != nil {
		return err
	}
	if err := p.gone(); err != nil || closed {
		return err
	}
	return within(func() bool { return p.restored() == nil }, fmt.Sprint(p.restored()))
}

// TestResizeStorm: a thousand sizes in a second, then one that stays.
func TestResizeStorm(t *testing.T) {
	program := begin(t)
	h := mustHome(t, program)
	p, err := h.openPane(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	random, begun := rand.New(rand.NewPCG(18, 18)), time.Now()
	for n := range 1000 {
		size := &pty.Winsize{Rows: uint16(1 + random.IntN(60)), Cols: uint16(1 + random.IntN(200))}
		if err := pty.Setsize(p.screen, size); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(begun.Add(time.Duration(n) * time.Millisecond)))
	}
	took := time.Since(begun)
	before := len(p.seen())
	if err := pty.Setsize(p.screen, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	if err := within(func() bool { return strings.Contains(p.seen()[before:], "Bank") }, "no frame after the storm"); err != nil {
		t.Fatal(err)
	}
	frame := "compared with that of a pane of that size"
	if same, err := p.sameAsFresh(t, h, before); err != nil {
		frame = err.Error()
	} else if !same {
		t.Error("the last frame is another than that of a pane of that size")
	}
	if err := errors.Join(p.quits(), within(func() bool { return p.restored() == nil }, "the terminal is not restored")); err != nil {
		t.Error(err)
	}
	if status := p.ProcessState.ExitCode(); status != 0 {
		t.Errorf("status %d", status)
	}
	closing.add(t, "resize storm", "1000", "in %.1f s; last frame %s", took.Seconds(), frame)
}

func (p *pane) quits() error {
	if _, err := p.screen.WriteString("q"); err != nil {
		return err
	}
	return p.gone()
}

// sameAsFresh lets tmux draw what both terminals got, and compares the screens.
func (p *pane) sameAsFresh(t *testing.T, h home, from int) (bool, error) {
	if _, err := exec.LookPath("tmux"); err != nil {
		return false, errors.New("not compared: there is no tmux")
	}
	other, err := h.openPane(t.Context())
	if err != nil {
		return false, err
	}
	defer other.close()
	settled := func() bool {
		return drawn(t, p.seen()[from:]) == drawn(t, other.seen())
	}
	return within(settled, "") == nil, nil
}

var moving = regexp.MustCompile(`[0-9─-╿]+|\s+$`) // digits and bars

// drawn is what a terminal of 80 × 24 shows, without what the clock moves.
func drawn(t *testing.T, output string) string {
	t.Helper()
	dir := t.TempDir()
	file, socket := filepath.Join(dir, "output"), filepath.Join(dir, "tmux")
	if err := os.WriteFile(file, []byte(output), 0o600); err != nil {
		t.Fatal(err)
	}
	tmux := func(args ...string) string {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		c := exec.CommandContext(ctx, "tmux", append([]string{"-S", socket, "-f", "/dev/null"}, args...)...)
		c.Env = []string{"PATH=/usr/bin:/bin", "SHELL=/bin/sh", "TERM=xterm-256color", "LANG=C.UTF-8"}
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("tmux: %v\n%s", err, out)
		}
		return string(out)
	}
	tmux("new-session", "-d", "-x", "80", "-y", "24", "stty raw -echo; cat "+file+"; exec sleep 30", ";", "set", "status", "off")
	defer tmux("kill-server")
	screen := ""
	_ = within(func() bool { screen = tmux("capture-pane", "-p"); return strings.Contains(screen, "Bank") }, "")
	var lines []string
	for line := range strings.Lines(screen) {
		lines = append(lines, moving.ReplaceAllString(line, ""))
	}
	return strings.Join(lines, "\n")
}

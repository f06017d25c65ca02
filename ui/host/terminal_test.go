//go:build unix

package host

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

const passphrase = "correct horse battery"

func TestHiddenInputIsNotShown(t *testing.T) {
	p := openPane(t, "hidden")
	p.await("Passphrase: ")
	if p.echoes() {
		t.Error("the prompt shows while the terminal still echoes")
	}
	p.write(passphrase + "\r")
	p.wantAnswer(answer{Text: passphrase})
	p.wantRestored()
	if shown := p.end(); strings.Contains(shown, "horse") || !strings.HasSuffix(shown, "Passphrase: \r\n") {
		t.Errorf("the terminal shows %q", shown)
	}
}

// The line mode of terminals drops what exceeds 4,096 bytes; a pasted transfer
// code is longer.
func TestALongPastedLineIsWhole(t *testing.T) {
	uri := "otpauth-migration://offline?data=" + strings.Repeat("CjEKCkhlbGxvId6tvu8S", 2000)
	p := openPane(t, "hidden")
	p.await("Passphrase: ")
	p.write(uri + "\r")
	p.wantAnswer(answer{Text: uri})
	p.wantRestored()
}

func TestATooLongLineIsRefused(t *testing.T) {
	p := openPane(t, "hidden")
	p.await("Passphrase: ")
	p.write(strings.Repeat("x", maxLine+1))
	p.wantAnswer(answer{Err: ErrLineTooLong.Error()})
	p.wantRestored()
}

func TestLeavingAHiddenQuestion(t *testing.T) {
	for _, c := range []struct {
		name, typed string
		signal      unix.Signal
		want        string
	}{
		{name: "ctrl-c", typed: "corr\x03", want: "cancelled"},
		{name: "ctrl-d", typed: "\x04", want: "cancelled"},
		{name: "ctrl-backslash", typed: "corr\x1c", want: "cancelled"},
		{name: "interrupt", signal: unix.SIGINT, want: "cancelled by interrupt"},
		{name: "terminate", signal: unix.SIGTERM, want: "cancelled by terminated"},
		{name: "hang up", signal: unix.SIGHUP, want: "cancelled by hangup"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := openPane(t, "hidden")
			p.await("Passphrase: ")
			p.write(c.typed)
			if c.signal != 0 {
				p.signal(c.signal)
			}
			p.wantAnswer(answer{Err: c.want})
			p.wantRestored()
		})
	}
}

func TestTheContextEndsAQuestion(t *testing.T) {
	p := openPane(t, "context")
	p.await("Passphrase: ")
	if p.echoes() {
		t.Fatal("the scene is not set")
	}
	p.signal(unix.SIGUSR1) // the role ends its context
	p.wantAnswer(answer{Err: context.Canceled.Error()})
	p.wantRestored()
}

// While the job is stopped the shell has its terminal; then the question is asked
// again, hidden again, with what was typed before.
func TestCtrlZStopsAndComesBack(t *testing.T) {
	p := openPane(t, "shell")
	p.await("Passphrase: ")
	p.write("correct \x1a")
	p.wantAnswer(answer{Text: "stopped"})
	p.wantRestored()
	p.goesOn()
}

// A stop from outside leaves the terminal to the shell; going on hides it again.
func TestAStopFromOutside(t *testing.T) {
	p := openPane(t, "shell")
	p.await("Passphrase: ")
	p.write("correct ")
	p.signal(unix.SIGTSTP)
	p.wantAnswer(answer{Text: "stopped"})
	if err := unix.IoctlSetTermios(int(p.tty.Fd()), setTermios, &p.before); err != nil { // as a shell does
		t.Fatal(err)
	}
	p.goesOn()
}

func (p *pane) goesOn() {
	p.Helper()
	p.signal(unix.SIGCONT)
	p.await("Passphrase: Passphrase: ")
	if p.echoes() {
		p.Error("the second prompt shows while the terminal echoes")
	}
	p.write("horse\r")
	p.wantAnswer(answer{Text: "correct horse"})
	p.wantRestored()
}

// Without a shell that could continue it, ctrl-z must not hang the question.
func TestCtrlZWithoutAShell(t *testing.T) {
	p := openPane(t, "hidden")
	p.await("Passphrase: ")
	p.write("correct \x1a")
	p.await("Passphrase: Passphrase: ")
	if p.echoes() {
		t.Error("the second prompt shows while the terminal echoes")
	}
	p.write("horse\r")
	p.wantAnswer(answer{Text: "correct horse"})
}

// A pasted second line answers the next question; what comes after is dropped, for
// the shell would run it and remember it.
func TestLinesPastedTooMany(t *testing.T) {
	p := openPane(t, "twice")
	p.await("Passphrase: ")
	p.write("one\rtwo\rthree\r")
	p.wantAnswer(answer{Text: "one"})
	p.wantAnswer(answer{Text: "two"})
	p.write("four\r")
	p.await("four") // on its way to the shell
	p.signal(unix.SIGUSR1)
	shown := p.end()
	if strings.Contains(shown, "two") || strings.Contains(shown, "three") {
		t.Errorf("the terminal shows %q", shown)
	}
	if p.hasInput() {
		t.Error("a line is left for the shell")
	}
	p.write("ls\r")
	await(t, "a line of the shell", p.hasInput)
}

// hasInput reports whether a line waits for whoever reads the terminal next.
func (p *pane) hasInput() bool {
	p.Helper()
	var set unix.FdSet
	tty := int(p.tty.Fd())
	set.Set(tty)
	n, err := unix.Select(tty+1, &set, nil, nil, &unix.Timeval{})
	if err != nil {
		p.Fatal(err)
	}
	return n == 1
}

func TestAShownLine(t *testing.T) {
	p := openPane(t, "line")
	p.await("Issuer: ")
	p.write("Git Hubb\x7f\r")
	p.wantAnswer(answer{Text: "Git Hub"})
	p.wantRestored()
	if shown := p.end(); !strings.Contains(shown, "Issuer: Git Hubb") {
		t.Errorf("the terminal shows %q", shown)
	}

	p = openPane(t, "line")
	p.await("Issuer: ")
	p.write("\x04")
	p.wantAnswer(answer{Err: "cancelled"})

	p = openPane(t, "line")
	p.await("Issuer: ")
	p.write("Git\x03")
	p.wantAnswer(answer{Err: "cancelled by interrupt"})
	p.wantRestored()
}

func TestOnlyYesIsYes(t *testing.T) {
	for typed, want := range map[string]string{"y\r": "true", "YES\r": "true", " y \r": "true", "\r": "false", "n\r": "false", "yesterday\r": "false"} {
		p := openPane(t, "ask")
		p.await("Remove GitHub? [y/N] ")
		p.write(typed)
		p.wantAnswer(answer{Text: want})
	}
}

func TestNobodyCanBeAskedWithoutATerminal(t *testing.T) {
	self := exec.Command(os.Args[0])
	self.Env = append(os.Environ(), "HOST_TEST_ROLE=hidden")
	self.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	answers, stop := answersOf(t, self)
	defer stop()
	if got := answers(); !strings.HasPrefix(got.Err, "no terminal: open /dev/tty: ") {
		t.Errorf("%+v", got)
	}
}

func TestWhatATerminalIs(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	defer master.Close()
	defer tty.Close()
	if err := pty.Setsize(master, &pty.Winsize{Cols: 101, Rows: 7}); err != nil {
		t.Fatal(err)
	}
	if width, height, err := Size(tty); width != 101 || height != 7 || err != nil {
		t.Errorf("size %d×%d, %v", width, height, err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if !IsTerminal(tty) || IsTerminal(null) || IsTerminal((*os.File)(nil)) || IsTerminal(strings.NewReader("")) || IsTerminal(nil) {
		t.Error("a terminal is a file that is a terminal")
	}
	if _, _, err := Size(null); err == nil {
		t.Error("/dev/null has a size")
	}
}

// The roles of the process in the pane.
func init() {
	roles["hidden"] = asking(func(ctx context.Context, t *Terminal) {
		line, err := t.ReadHidden(ctx, "Passphrase: ")
		report(string(line), err)
	})
	roles["twice"] = asking(func(ctx context.Context, t *Terminal) {
		leave := make(chan os.Signal, 1)
		signal.Notify(leave, unix.SIGUSR1)
		for range 2 {
			line, err := t.ReadHidden(ctx, "Passphrase: ")
			report(string(line), err)
		}
		<-leave
	})
	roles["context"] = asking(func(ctx context.Context, t *Terminal) {
		ctx, cancel := context.WithCancel(ctx)
		ended := make(chan os.Signal, 1)
		signal.Notify(ended, unix.SIGUSR1)
		go func() {
			<-ended
			cancel()
		}()
		line, err := t.ReadHidden(ctx, "Passphrase: ")
		report(string(line), err)
	})
	roles["line"] = asking(func(ctx context.Context, t *Terminal) { report(t.ReadLine(ctx, "Issuer: ")) })
	roles["ask"] = asking(func(ctx context.Context, t *Terminal) {
		yes, err := t.Ask(ctx, "Remove GitHub?")
		report(map[bool]string{true: "true", false: "false"}[yes], err)
	})
	roles["shell"] = shell
}

func asking(ask func(context.Context, *Terminal)) func() int {
	return func() int {
		terminal, err := OpenTerminal()
		if err != nil {
			report("", err)
			return 0
		}
		defer terminal.Close()
		ask(context.Background(), terminal)
		return 0
	}
}

// shell runs the role "hidden" as the foreground job of its terminal and says when
// it stops, as a shell would.
func shell() int {
	job := exec.Command(os.Args[0])
	job.Env = append(os.Environ(), "HOST_TEST_ROLE=hidden")
	job.Stdin, job.Stdout, job.Stderr = os.Stdin, os.Stdout, os.Stderr
	job.ExtraFiles = []*os.File{answers()}
	job.SysProcAttr = &syscall.SysProcAttr{Foreground: true, Ctty: 0}
	if err := job.Start(); err != nil {
		report("", err)
		return 1
	}
	for {
		var status unix.WaitStatus
		if _, err := unix.Wait4(job.Process.Pid, &status, unix.WUNTRACED, nil); err != nil || !status.Stopped() {
			return 0
		}
		report("stopped", nil)
	}
}

// An answer is what a role reports, beside the terminal.
type answer struct{ Text, Err string }

// answers is the pipe to the test; a second file for it would close it when collected.
var answers = sync.OnceValue(func() *os.File { return os.NewFile(3, "answers") })

func report(text string, err error) {
	a := answer{Text: text}
	if err != nil {
		a.Err = err.Error()
	}
	_ = json.NewEncoder(answers()).Encode(a)
}

// answersOf starts command with a pipe for its answers.
func answersOf(t *testing.T, command *exec.Cmd) (next func() answer, stop func()) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command.ExtraFiles = []*os.File{write}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	if err := read.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	answers := json.NewDecoder(bufio.NewReader(read))
	next = func() answer {
		t.Helper()
		var a answer
		if err := answers.Decode(&a); err != nil {
			t.Fatalf("no answer: %v", err)
		}
		return a
	}
	return next, func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		read.Close()
	}
}

// A pane is a pseudo terminal with a process of its own session in it.
type pane struct {
	*testing.T
	master, tty *os.File
	process     *exec.Cmd
	answers     func() answer
	before      unix.Termios

	mu     sync.Mutex
	more   *sync.Cond
	screen strings.Builder
	closed bool
}

// openPane starts this program in a role.
func openPane(t *testing.T, role string) *pane {
	t.Helper()
	return openPaneWith(t, exec.Command(os.Args[0]), "HOST_TEST_ROLE="+role)
}

func openPaneWith(t *testing.T, process *exec.Cmd, env ...string) *pane {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	p := &pane{T: t, master: master, tty: tty, process: process}
	p.more = sync.NewCond(&p.mu)
	p.before = p.termios()
	p.process.Env = append(os.Environ(), env...)
	p.process.Stdin, p.process.Stdout, p.process.Stderr = tty, tty, tty
	p.process.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	var stop func()
	p.answers, stop = answersOf(t, p.process)
	t.Cleanup(func() {
		stop()
		tty.Close()
		master.Close()
	})
	go p.watch()
	return p
}

// watch collects what the terminal shows.
func (p *pane) watch() {
	buffer := make([]byte, 4096)
	for {
		n, err := p.master.Read(buffer)
		p.mu.Lock()
		p.screen.Write(buffer[:n])
		p.closed = err != nil
		p.more.Broadcast()
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// await waits until the terminal shows text.
func (p *pane) await(text string) {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	late := time.AfterFunc(patience, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.closed = true
		p.more.Broadcast()
	})
	defer late.Stop()
	for !strings.Contains(p.screen.String(), text) {
		if p.closed {
			p.Fatalf("the terminal shows %q, never %q", p.screen.String(), text)
		}
		p.more.Wait()
	}
}

func (p *pane) shows(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Contains(p.screen.String(), text)
}

func (p *pane) write(typed string) {
	p.Helper()
	if _, err := p.master.WriteString(typed); err != nil {
		p.Fatal(err)
	}
}

// signal sends s to the foreground job.
func (p *pane) signal(s unix.Signal) {
	p.Helper()
	group, err := unix.IoctlGetInt(int(p.master.Fd()), unix.TIOCGPGRP)
	if err == nil {
		err = unix.Kill(-group, s)
	}
	if err != nil {
		p.Fatal(err)
	}
}

func (p *pane) wantAnswer(want answer) {
	p.Helper()
	if got := p.answers(); got != want {
		p.Errorf("answer %.80q, want %.80q", got, want)
	}
}

func (p *pane) wantRestored() {
	p.Helper()
	if p.termios() != p.before {
		p.Error("the terminal is not as it was")
	}
}

func (p *pane) echoes() bool { return p.termios().Lflag&unix.ECHO != 0 }

func (p *pane) termios() unix.Termios {
	p.Helper()
	state, err := unix.IoctlGetTermios(int(p.tty.Fd()), getTermios)
	if err != nil {
		p.Fatal(err)
	}
	return *state
}

// end waits for the process and returns all that the terminal showed.
func (p *pane) end() string {
	p.Helper()
	if err := p.process.Wait(); err != nil {
		p.Errorf("the process: %v", err)
	}
	const mark = "\x00end\x00"
	if _, err := p.tty.WriteString(mark); err != nil {
		p.Fatal(err)
	}
	p.await(mark)
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.TrimSuffix(p.screen.String(), mark)
}

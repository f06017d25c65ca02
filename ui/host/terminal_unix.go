//go:build unix

package host

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// console needs no state of its own: select tells when a read will not block.
type console struct{} //nolint:unused // see Terminal

var endingSignals = []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT}

// openTerminal opens the controlling terminal, in blocking mode: os.OpenFile
// would hand it to Go's poller, which macOS refuses for /dev/tty.
func openTerminal() (in, out *os.File, err error) {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, &os.PathError{Op: "open", Path: "/dev/tty", Err: err}
	}
	tty := os.NewFile(uintptr(fd), "/dev/tty")
	return tty, tty, nil
}

// terminalState is what a terminal does with its input and output.
type terminalState = unix.Termios

func (t *Terminal) state() (terminalState, error) {
	state, err := unix.IoctlGetTermios(t.fd(), getTermios)
	if err != nil {
		return terminalState{}, err
	}
	return *state, nil
}

func (t *Terminal) setState(state terminalState) error {
	return unix.IoctlSetTermios(t.fd(), setTermios, &state)
}

// adjust changes what the mode asks for and nothing else: output processing stays
// as it is, because other programs of the pipeline draw on the same terminal.
func (m mode) adjust(state *terminalState) {
	switch m {
	case hidden:
		state.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
		state.Iflag &^= unix.ISTRIP | unix.INLCR | unix.IGNCR
		state.Cc[unix.VMIN], state.Cc[unix.VTIME] = 1, 0
	case held:
		state.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON
	case shown:
		state.Lflag |= unix.ECHO | unix.ICANON | unix.ISIG
		state.Iflag |= unix.ICRNL
	}
}

// read reads what there is, once there is something. It waits in select, which,
// unlike poll, works for terminals on macOS, and which a pipe can wake.
func (t *Terminal) read(ctx context.Context, job job, buffer []byte) (int, error) {
	wake, waker, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer wake.Close()
	done, reason := make(chan struct{}), make(chan error, 1)
	go func() {
		defer waker.Close() // readable for select: the end of the pipe
		select {
		case <-ctx.Done():
			reason <- context.Cause(ctx)
		case <-job.resumed:
			reason <- errResumed
		case <-done:
			reason <- nil
		}
	}()
	err = selectReadable(t.fd(), int(wake.Fd()))
	close(done)
	if woken := <-reason; woken != nil {
		return 0, woken // also when there is input: it stays for the next read
	}
	if err != nil {
		return 0, os.NewSyscallError("select", err)
	}
	return readTerminal(t.fd(), buffer)
}

// selectReadable waits until tty or wake is readable.
func selectReadable(tty, wake int) error {
	for {
		var set unix.FdSet
		set.Zero()
		set.Set(tty)
		set.Set(wake)
		_, err := unix.Select(max(tty, wake)+1, &set, nil, nil, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// readTerminal reads once. EIO is a terminal that is gone: the end of the input.
func readTerminal(fd int, buffer []byte) (int, error) {
	for {
		n, err := unix.Read(fd, buffer)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EIO):
			return 0, nil
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		}
		return n, nil
	}
}

// suspend does what ctrl-z does in the terminal's own mode: it stops the whole
// job, with the terminal as the shell left it, and asks again afterwards.
func (t *Terminal) suspend(q *question) error {
	if err := q.restore(); err != nil {
		return err
	}
	if _, err := q.job.suspend(); err != nil {
		return err
	}
	return t.again(q)
}

// Suspend gives the terminal back, stops the job as ctrl-z does, and takes the
// terminal again when the shell continues it. It reports whether there was a stop:
// a program that a terminal multiplexer started by itself has no shell to go to.
func (t *Terminal) Suspend() (stopped bool, err error) {
	job := watchJob()
	defer job.stop()
	if err := t.Release(); err != nil {
		return false, err
	}
	stopped, err = job.suspend()
	return stopped, errors.Join(err, t.Hold())
}

// suspend stops the job. The stop takes effect at once or, in a job without a
// shell to continue it, never; then no SIGCONT comes, and nobody may wait for one.
func (j job) suspend() (stopped bool, err error) {
	if err := unix.Kill(0, unix.SIGTSTP); err != nil {
		return false, os.NewSyscallError("kill", err)
	}
	select {
	case <-j.resumed:
		return true, nil
	case <-time.After(200 * time.Millisecond):
		return false, nil
	}
}

// A job hears when the process goes on after a stop.
//
// It does not listen for SIGTSTP, which somebody may send from outside: Go never
// gives that signal's default back, and the process could not stop any more. The
// shell then takes the terminal as it is and sets it to its own liking.
type job struct{ resumed chan os.Signal }

func watchJob() job {
	j := job{make(chan os.Signal, 1)}
	signal.Notify(j.resumed, unix.SIGCONT)
	return j
}

func (j job) stop() { signal.Stop(j.resumed) }

// discard throws away what has been typed and not been read.
func (t *Terminal) discard() { _ = flushInput(t.fd()) }

func (t *Terminal) fd() int { return int(t.in.Fd()) }

// Foreground reports whether this process may read from the terminal. Its shell stops
// one that reads in the background.
func (t *Terminal) Foreground() bool {
	group, err := unix.IoctlGetInt(t.fd(), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

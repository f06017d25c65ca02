package host

import (
	"context"
	"os"

	"golang.org/x/sys/windows"
)

// A console's read cannot be interrupted. It happens in a goroutine, and if the
// question is cancelled meanwhile, its result is kept for the next one.
type console struct{ reading chan chunk }

type chunk struct {
	data []byte
	err  error
}

var endingSignals = []os.Signal{os.Interrupt, windows.SIGTERM}

func openTerminal() (in, out *os.File, err error) {
	in, err = os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	out, err = os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		in.Close()
		return nil, nil, err
	}
	return in, out, nil
}

// terminalState is what a console does with its input.
type terminalState = uint32

func (t *Terminal) state() (terminalState, error) {
	var state terminalState
	err := windows.GetConsoleMode(t.handle(), &state)
	return state, err
}

func (t *Terminal) setState(state terminalState) error {
	return windows.SetConsoleMode(t.handle(), state)
}

func (m mode) adjust(state *terminalState) {
	const lines = windows.ENABLE_ECHO_INPUT | windows.ENABLE_LINE_INPUT
	switch m {
	case hidden:
		*state &^= lines | windows.ENABLE_PROCESSED_INPUT
	case held:
		*state &^= lines
	case shown:
		*state |= lines | windows.ENABLE_PROCESSED_INPUT
	}
}

func (t *Terminal) read(ctx context.Context, _ job, buffer []byte) (int, error) {
	if t.console.reading == nil {
		t.console.reading = make(chan chunk, 1)
		go readChunk(t.in, len(buffer), t.console.reading)
	}
	select {
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	case got := <-t.console.reading:
		t.console.reading = nil
		n := copy(buffer, got.data)
		clear(got.data)
		return n, got.err
	}
}

func readChunk(in *os.File, size int, result chan<- chunk) {
	data := make([]byte, size)
	n, err := in.Read(data)
	if n == 0 && err != nil {
		err = nil // the end of the input, told by nothing read
	}
	result <- chunk{data[:n], err}
}

// suspend does nothing: Windows has no jobs to stop.
func (t *Terminal) suspend(*question) error { return nil }

type job struct{}

func watchJob() job { return job{} }

func (job) stop() {}

// discard throws away what has been typed and not been read.
func (t *Terminal) discard() { _ = windows.FlushConsoleInputBuffer(t.handle()) }

func (t *Terminal) handle() windows.Handle { return windows.Handle(t.in.Fd()) }

// Foreground reports that this process may read: Windows stops none that does.
func (t *Terminal) Foreground() bool { return true }

// Suspend does nothing: Windows has no jobs to stop.
func (t *Terminal) Suspend() (stopped bool, err error) { return false, nil }

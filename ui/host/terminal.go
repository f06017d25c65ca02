package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// Terminal is the person's terminal itself, whatever the standard streams are
// connected to: a passphrase is asked for while accounts come in through a pipe.
// One goroutine at a time may use it.
type Terminal struct {
	in, out *os.File // the same file on Unix
	buffer  [4096]byte
	pending []byte  // the part of buffer not yet asked for: lines pasted after the one that was
	asked   bool    // something was hidden, so that what is left unread may be secret too
	console console //nolint:unused // Windows keeps what it changed there
}

var (
	// ErrNoTerminal says that nobody can be asked.
	ErrNoTerminal = errors.New("no terminal")
	// ErrCancelled says that the person left a question without an answer, by
	// ctrl-c, ctrl-d on an empty line, or a signal that ends programs.
	ErrCancelled = errors.New("cancelled")
	// ErrLineTooLong says that a line has more than 64 KiB.
	ErrLineTooLong = errors.New("line longer than 64 KiB")
)

// maxLine bounds an answer, in bytes. A transfer code of Google Authenticator for
// a hundred accounts has about 8,000.
const maxLine = 64 << 10

// OpenTerminal opens the terminal that the process belongs to. The error wraps
// ErrNoTerminal if there is none, as in a cron job.
func OpenTerminal() (*Terminal, error) {
	in, out, err := openTerminal()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	return &Terminal{in: in, out: out}, nil
}

// Close gives the terminal back. If something hidden was read, what was typed or
// pasted after it is thrown away: the shell would run it and keep it in its history.
func (t *Terminal) Close() error {
	clear(t.buffer[:])
	if t.asked {
		t.discard()
	}
	if t.out != t.in {
		t.out.Close()
	}
	return t.in.Close()
}

// Discard throws away what was typed and not read yet: it was meant for what was on
// the screen then, and would act on what is there next.
func (t *Terminal) Discard() { t.discard() }

// Write shows text on the terminal.
func (t *Terminal) Write(text []byte) (int, error) { return t.out.Write(text) }

// ReadHidden shows prompt and returns the line that is typed or pasted, without
// showing it and without its line ending; the caller wipes it. Backspace, ctrl-w
// and ctrl-u edit. Echo is restored whatever happens, also while the process is
// suspended. The error is ErrCancelled, the context's, or the terminal's.
//
// The line is read in the terminal's raw mode and edited here, because the line
// mode of terminals drops what exceeds 4,096 bytes (Linux) or 1,024 (macOS).
func (t *Terminal) ReadHidden(ctx context.Context, prompt string) ([]byte, error) {
	t.asked = true
	line, err := t.ask(ctx, prompt, hidden)
	fmt.Fprintln(t.out) // the person's enter did not show
	return line, err
}

// ReadLine shows prompt and returns the line that is typed, without its ending.
func (t *Terminal) ReadLine(ctx context.Context, prompt string) (string, error) {
	line, err := t.ask(ctx, prompt, shown)
	if err != nil {
		fmt.Fprintln(t.out)
	}
	return string(line), err
}

// Ask shows question and reports whether the answer was yes. Enter alone is no.
func (t *Terminal) Ask(ctx context.Context, question string) (bool, error) {
	answer, err := t.ReadLine(ctx, question+" [y/N] ")
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, err
	}
	return false, err
}

// A mode is what the terminal does with what is typed.
type mode int

const (
	shown  mode = iota // lines, echoed and edited by the terminal
	hidden             // bytes, as they come, not echoed, ctrl-c among them
	held               // bytes, not echoed, between two programs that draw
)

// set puts the terminal into a mode and returns what undoes it.
func (t *Terminal) set(m mode) (restore func() error, err error) {
	before, err := t.state()
	if err != nil {
		return nil, err
	}
	now := before
	m.adjust(&now)
	if err := t.setState(now); err != nil {
		return nil, err
	}
	return func() error { return t.setState(before) }, nil
}

// ask listens for signals, then sets the mode, then shows the prompt: whoever sees
// the prompt can rely on the mode, and whatever ends the process finds somebody
// who restores the terminal. Then it reads one line.
func (t *Terminal) ask(ctx context.Context, prompt string, m mode) (line []byte, err error) {
	ctx, stop := endedBySignals(ctx)
	defer stop()
	job := watchJob()
	defer job.stop()
	restore, err := t.set(m)
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	defer func() { err = errors.Join(err, restore()) }()
	if _, err := io.WriteString(t.out, prompt); err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	return t.readLine(ctx, &question{prompt, m, restore, job})
}

// A question is what must be done again after the process was suspended.
type question struct {
	prompt  string
	mode    mode
	restore func() error
	job     job
}

// readLine collects bytes until a line ends. It works in one buffer that never
// grows, so that no outgrown copy of a passphrase stays behind.
func (t *Terminal) readLine(ctx context.Context, q *question) ([]byte, error) {
	line := make([]byte, 0, maxLine)
	var editor editor
	for {
		b, err := t.next(ctx, q)
		if err == nil {
			line, err = editor.apply(line, b)
		}
		switch {
		case errors.Is(err, errSuspend):
			err = t.suspend(q)
		case errors.Is(err, errResumed):
			err = t.again(q)
		case errors.Is(err, errEnd):
			return line, nil
		}
		if err != nil {
			clear(line[:cap(line)])
			return nil, err
		}
	}
}

// next returns the next byte, waiting for one as long as ctx allows.
func (t *Terminal) next(ctx context.Context, q *question) (byte, error) {
	if len(t.pending) == 0 {
		n, err := t.read(ctx, q.job, t.buffer[:])
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return ctrlD, nil // the terminal is gone or, in line mode, ctrl-d
		}
		t.pending = t.buffer[:n]
	}
	b := t.pending[0]
	t.pending[0] = 0
	t.pending = t.pending[1:]
	return b, nil
}

// again asks q anew after the shell had the terminal.
func (t *Terminal) again(q *question) error {
	if _, err := t.set(q.mode); err != nil {
		return err
	}
	_, err := io.WriteString(t.out, q.prompt)
	return err
}

// endedBySignals lets the signals that end programs end ctx instead, so that the
// terminal is restored before the process goes.
func endedBySignals(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	ending := make(chan os.Signal, 1)
	signal.Notify(ending, endingSignals...)
	go func() {
		select {
		case s := <-ending:
			cancel(fmt.Errorf("%w by %v", ErrCancelled, s))
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(ending)
		cancel(nil)
	}
}

const (
	ctrlC     = 0x03
	ctrlD     = 0x04
	backspace = 0x08
	ctrlU     = 0x15
	ctrlW     = 0x17
	ctrlZ     = 0x1a
	escape    = 0x1b
	ctrlSlash = 0x1c
	del       = 0x7f
)

var (
	errEnd     = errors.New("end of line")
	errSuspend = errors.New("suspend")
	errResumed = errors.New("resumed")
)

// An editor does what the terminal's own line mode would. It leaves out the
// sequences of arrow and function keys, which would else be part of a passphrase
// that nobody can see.
type editor struct{ sequence sequence }

func (e *editor) apply(line []byte, b byte) ([]byte, error) {
	if e.sequence.takes(b) {
		return line, nil
	}
	switch b {
	case '\r', '\n':
		return line, errEnd
	case ctrlC, ctrlSlash:
		return line, ErrCancelled
	case ctrlZ:
		return line, errSuspend
	case ctrlD:
		if len(line) == 0 {
			return line, ErrCancelled
		}
		return line, errEnd
	case backspace, del:
		_, size := utf8.DecodeLastRune(line)
		return shorten(line, len(line)-size), nil
	case ctrlW:
		return shorten(line, bytes.LastIndexByte(bytes.TrimRight(line, " "), ' ')+1), nil
	case ctrlU:
		return shorten(line, 0), nil
	}
	return insert(line, b)
}

// insert appends b unless it is a control character; a tab may be part of a line.
func insert(line []byte, b byte) ([]byte, error) {
	switch {
	case b < ' ' && b != '\t':
		return line, nil
	case len(line) == cap(line):
		return line, ErrLineTooLong
	}
	return append(line, b), nil
}

// shorten cuts line to n bytes and wipes what it cuts.
func shorten(line []byte, n int) []byte {
	clear(line[n:])
	return line[:n]
}

// A sequence follows one escape sequence of a key: ESC [ … final, or ESC O final.
// A lone ESC is dropped and what follows it kept.
type sequence int

const (
	outside sequence = iota
	introduced
	single
	parameters
)

func (s *sequence) takes(b byte) bool {
	switch {
	case b == escape:
		*s = introduced
		return true
	case *s == introduced && b == '[':
		*s = parameters
		return true
	case *s == introduced && b == 'O':
		*s = single
		return true
	case *s == parameters && b >= ' ' && b < '@':
		return true
	case *s == parameters && b >= '@' && b <= '~', *s == single && b >= ' ':
		*s = outside
		return true
	}
	*s = outside
	return false
}

// IsTerminal reports whether stream is a file that is a terminal.
func IsTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && file != nil && term.IsTerminal(int(file.Fd()))
}

// Size returns the size of the terminal behind file, in cells.
func Size(file *os.File) (width, height int, err error) {
	return term.GetSize(int(file.Fd()))
}

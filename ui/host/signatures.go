package host

import (
	"context"
	"errors"
	"os"
)

// ErrNoClipboard says that no way to the clipboard was found.
var ErrNoClipboard = errors.New("no clipboard")

// ErrNoPicture says that the clipboard holds no picture.
var ErrNoPicture = errors.New("no picture on the clipboard")

// ErrNoTerminal says that nobody can be asked.
var ErrNoTerminal = errors.New("no terminal")

// ErrCancelled says that the person left a question without an answer.
var ErrCancelled = errors.New("cancelled")

// ErrNoExec says that this platform cannot replace the running image.
var ErrNoExec = errors.New("no exec on this platform")

// Harden protects the process from its own user's other programs.
func Harden() {}

// Clipboard copies text and reads pictures.
type Clipboard struct{}

// Receipt says what became of a copy.
type Receipt struct {
	By        string // for the screen: "xclip", "tmux", "OSC 52"
	Confirmed bool   // the way answered that it took the text; OSC 52 never does
	Emit      string // what the owner of the terminal must write to it; usually empty
}

// NewClipboard chooses a way to the clipboard.
func NewClipboard(getenv func(string) string, command []string) *Clipboard { return &Clipboard{} }

// Copy puts text on the clipboard.
func (c *Clipboard) Copy(ctx context.Context, text string) (Receipt, error) {
	return Receipt{}, ErrNoClipboard
}

// Clear empties the clipboard if it still holds text.
func (c *Clipboard) Clear(ctx context.Context, text string) error { return ErrNoClipboard }

// Picture returns the picture on the clipboard.
func (c *Clipboard) Picture(ctx context.Context) ([]byte, error) { return nil, ErrNoClipboard }

// Terminal is the person's terminal, whatever the standard streams are.
type Terminal struct{}

// OpenTerminal opens the controlling terminal.
func OpenTerminal() (*Terminal, error) { return nil, ErrNoTerminal }

// Close gives the terminal back.
func (t *Terminal) Close() error { return nil }

// ReadHidden asks for a line without showing it.
func (t *Terminal) ReadHidden(ctx context.Context, prompt string) ([]byte, error) {
	return nil, ErrNoTerminal
}

// ReadLine asks for a line.
func (t *Terminal) ReadLine(ctx context.Context, prompt string) (string, error) {
	return "", ErrNoTerminal
}

// Ask asks a question that is answered with y or, by default, n.
func (t *Terminal) Ask(ctx context.Context, question string) (bool, error) {
	return false, ErrNoTerminal
}

// IsTerminal reports whether stream is a file that is a terminal.
func IsTerminal(stream any) bool { return false }

// Size returns the size of a terminal in cells.
func Size(f *os.File) (width, height int, err error) { return 0, 0, ErrNoTerminal }

// ClockSynchronised reports whether the system says its clock is kept right.
func ClockSynchronised() (synchronised, known bool) { return false, false }

// Exec replaces the running image by a fresh one of the same program.
func Exec(identity []byte, args ...string) error { return ErrNoExec }

// Inherited returns what Exec handed on to this image, once; nil if nothing.
func Inherited() ([]byte, error) { return nil, nil }

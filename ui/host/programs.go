package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// programs runs the small programs of other people that reach what Go cannot.
// None of them learns more than its task needs: the text on standard input, a
// scrubbed environment, its own session instead of our terminal, and limited time.
type programs struct {
	getenv   func(string) string
	patience time.Duration // how long one program may take before it is ended
}

// toolPatience is how long a clipboard or a multiplexer may keep somebody waiting. The
// tests have more of it, for machines that are busy with other things.
var toolPatience = 2 * time.Second

// errTooMuch says that a program printed more than was asked for.
var errTooMuch = errors.New("more output than expected")

// feed runs argv with text on its standard input and waits for it to exit, not
// for its children: xclip, xsel and wl-copy leave one in the background that owns
// the selection, and it holds whatever streams it inherited open for ever.
func (p programs) feed(ctx context.Context, argv []string, text string) error {
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	command, err := p.command(ctx, argv)
	if err != nil {
		return err
	}
	command.Stdin = strings.NewReader(text)
	return p.explain(ctx, argv, text, command)
}

// explain runs command; where it fails, its first words on standard error say
// why, unless they repeat the text. The pipe is ours, not a buffer of os/exec,
// because os/exec would wait for the background child to close it.
func (p programs) explain(ctx context.Context, argv []string, text string, command *exec.Cmd) error {
	words, stderr, err := os.Pipe()
	if err != nil {
		return err
	}
	defer words.Close()
	command.Stderr = stderr
	err = command.Run()
	stderr.Close()
	if err == nil {
		return nil
	}
	return failure(ctx, argv, err, firstWords(words, text))
}

// firstWords returns what a failed program had to say. A pipe that is held open
// is waited for only briefly, and not at all where pipes know no deadline.
func firstWords(pipe *os.File, secret string) string {
	if pipe.SetReadDeadline(time.Now().Add(500*time.Millisecond)) != nil {
		return ""
	}
	said := make([]byte, 256)
	n, _ := pipe.Read(said)
	if secret != "" && bytes.Contains(said[:n], []byte(secret)) {
		return ""
	}
	return oneLine(string(said[:n]))
}

// read runs argv and returns what it prints, at most limit bytes; more is
// errTooMuch, and the program is ended.
func (p programs) read(ctx context.Context, argv []string, limit int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	command, err := p.command(ctx, argv)
	if err != nil {
		return nil, err
	}
	output, words := &bounded{limit: limit, full: cancel}, &bounded{limit: 256, full: func() {}}
	command.Stdout, command.Stderr = output, words
	err = command.Run()
	if output.overflown {
		return nil, fmt.Errorf("%s: %w", programName(argv), errTooMuch)
	}
	if err != nil {
		return nil, failure(ctx, argv, err, oneLine(words.kept.String()))
	}
	return output.kept.Bytes(), nil
}

// knows reports whether the program's own help lists an option.
func (p programs) knows(ctx context.Context, name, option string) bool {
	help, err := p.read(ctx, []string{name, "--help"}, 1<<16)
	return err == nil && bytes.Contains(help, []byte(option))
}

// command prepares argv. Its first word is looked up in the PATH of getenv.
func (p programs) command(ctx context.Context, argv []string) (*exec.Cmd, error) {
	path, err := p.find(argv[0])
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, path, argv[1:]...)
	command.Env = p.environment()
	command.WaitDelay = 100 * time.Millisecond
	detach(command)
	return command, nil
}

// environment is what a child may see of ours: what it needs to find its display,
// its server, its home and its language. A list of what to drop would have to
// know every variable that people keep keys in.
func (p programs) environment() []string {
	var kept []string
	for _, name := range needed {
		if value := p.getenv(name); value != "" {
			kept = append(kept, name+"="+value)
		}
	}
	return kept
}

var needed = []string{
	"HOME", "PATH", "USER", "LOGNAME", "TMPDIR", "TERM", "LANG", "LC_ALL", "LC_CTYPE",
	"DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "XDG_SESSION_TYPE", "DBUS_SESSION_BUS_ADDRESS",
	"TMUX", "TMUX_PANE", "TMUX_TMPDIR", "KITTY_LISTEN_ON", "KITTY_WINDOW_ID", "WEZTERM_PANE", "WEZTERM_UNIX_SOCKET",
	"WSL_DISTRO_NAME", "WSL_INTEROP",
	"SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
}

func (p programs) have(name string) bool {
	_, err := p.find(name)
	return err == nil
}

// find looks for a program in the PATH of getenv. Relative entries of PATH are
// passed over: a program lying in the current directory is nobody's choice.
func (p programs) find(name string) (string, error) {
	if filepath.IsAbs(name) {
		return exec.LookPath(name)
	}
	if name == filepath.Base(name) {
		for _, dir := range filepath.SplitList(p.getenv("PATH")) {
			if !filepath.IsAbs(dir) {
				continue
			}
			if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("%s: %w", name, exec.ErrNotFound)
}

// failure names the program and why it failed: in time, or in its own words.
func failure(ctx context.Context, argv []string, err error, words string) error {
	if cause := ctx.Err(); cause != nil {
		err = cause
	}
	if words != "" {
		return fmt.Errorf("%s: %w: %s", programName(argv), err, words)
	}
	return fmt.Errorf("%s: %w", programName(argv), err)
}

func programName(argv []string) string { return filepath.Base(argv[0]) }

// oneLine keeps the printable part of a program's first line.
func oneLine(words string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(words), "\n")
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(line, ""))
}

// bounded keeps the first limit bytes written to it and calls full at the next.
// The buffer is not embedded: io.Copy would find its ReadFrom and pass the limit by.
type bounded struct {
	kept      bytes.Buffer
	limit     int
	overflown bool
	full      func()
}

func (b *bounded) Write(data []byte) (int, error) {
	room := b.limit - b.kept.Len()
	if len(data) <= room {
		return b.kept.Write(data)
	}
	b.kept.Write(data[:room])
	b.overflown = true
	b.full()
	return len(data), nil
}

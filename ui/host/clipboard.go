package host

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
)

// Clipboard copies text, takes it back, and reads pictures, by the best way the
// session has: the desktop's own tool, tmux, or an escape sequence.
// It is safe for concurrent use.
type Clipboard struct {
	programs programs
	goos     string
	command  func() []string

	mu   sync.Mutex
	used way // the way of the last copy, which Clear must take
}

// Receipt says what became of a copy.
type Receipt struct {
	By        string // what took it, for the screen: "xclip", "tmux", "OSC 52"
	Confirmed bool   // the person's clipboard has it; false means only "sent"
	Clears    bool   // Clear can take it back; false where nobody can read it again
	Emit      string // what the owner of the terminal must write to it; usually empty
}

// ErrNoClipboard says that no way to the clipboard was found.
var ErrNoClipboard = errors.New("no clipboard")

// NewClipboard returns the clipboard of the session that getenv describes. A
// command, program and arguments, is the person's own way: it gets the text on
// standard input and nothing else is tried. It is asked for at every copy, since
// settings change; nil and an empty one stand for none.
func NewClipboard(getenv func(string) string, command func() []string) *Clipboard {
	return &Clipboard{
		programs: programs{getenv: getenv, patience: toolPatience},
		goos:     runtime.GOOS,
		command:  command,
	}
}

// Copy puts text on the clipboard. A way that fails (a display that is gone, a
// tmux too old) gives place to the next; the error is the last one's. The text
// never enters an argument list, an environment or a file of ours.
func (c *Clipboard) Copy(ctx context.Context, text string) (Receipt, error) {
	err := ErrNoClipboard
	for _, way := range c.ways() {
		var receipt Receipt
		if receipt, err = way.put(ctx, text); err == nil {
			c.remember(way)
			return receipt, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return Receipt{}, err
}

// Clear empties the clipboard if it still holds text; what somebody else copied
// since survives. Nothing is done, and nil returned, where the clipboard cannot
// be read: see Receipt.Clears.
//
// Between the look and the clearing another program may copy. No clipboard
// offers both in one step; the gap is a few milliseconds.
func (c *Clipboard) Clear(ctx context.Context, text string) error {
	way := c.lastUsed()
	if way == nil || text == "" {
		return nil
	}
	return way.clear(ctx, text)
}

// A way is one path to the clipboard.
type way interface {
	name() string
	put(ctx context.Context, text string) (Receipt, error)
	clear(ctx context.Context, text string) error
}

// ways lists the ways of this session, best first. The desktop's own tool is the
// only one that confirms and clears. It is passed over in an SSH session: there
// it reaches a desktop that the person is not sitting at. tmux comes before the
// bare sequence because tmux 3.3 and later drop OSC 52 from programs by default.
func (c *Clipboard) ways() []way {
	if c.command != nil {
		if own := c.command(); len(own) > 0 {
			return []way{ownCommand{c.programs, own}}
		}
	}
	var ways []way
	if !c.remote() {
		ways = c.selections()
	}
	if c.getenv("TMUX") != "" && c.programs.have("tmux") {
		ways = append(ways, tmux{c.programs})
	}
	if wrap, ok := c.sequence(); ok {
		ways = append(ways, osc52{wrap})
	}
	return ways
}

// Ways names the ways that a copy would try, best first, such as "xclip", "tmux" and
// "OSC 52". Nothing is started.
func (c *Clipboard) Ways() (names []string) {
	for _, way := range c.ways() {
		names = append(names, way.name())
	}
	return names
}

// Advice is which program to install where the desktop of this session could be
// reached by one and is not; "" where there is nothing to gain.
func (c *Clipboard) Advice() string {
	if c.command != nil && len(c.command()) > 0 || c.remote() || len(c.selections()) > 0 {
		return ""
	}
	switch {
	case c.getenv("WAYLAND_DISPLAY") != "":
		return "wl-clipboard"
	case c.getenv("DISPLAY") != "":
		return "xclip or xsel"
	}
	return ""
}

// remote reports whether the person sits at another machine.
func (c *Clipboard) remote() bool { return remoteSession(c.getenv) }

func remoteSession(getenv func(string) string) bool {
	return getenv("SSH_CONNECTION") != "" || getenv("SSH_TTY") != "" || getenv("SSH_CLIENT") != ""
}

// sequence says how OSC 52 must be wrapped to reach the terminal itself, and
// false for terminals that would print it or cannot have a clipboard.
func (c *Clipboard) sequence() (wrap func(string) string, ok bool) {
	term := c.getenv("TERM")
	switch {
	case term == "" || term == "dumb" || term == "linux":
		return nil, false
	case c.getenv("TMUX") != "":
		return throughTmux, true
	case c.getenv("STY") != "" || strings.HasPrefix(term, "screen"):
		return throughScreen, true
	}
	return plain, true
}

func (c *Clipboard) getenv(name string) string { return c.programs.getenv(name) }

func (c *Clipboard) remember(w way) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used = w
}

// lastUsed is the way of the last copy or, in a process that copied nothing (a
// fresh image after a lock), the one a copy would try first.
func (c *Clipboard) lastUsed() way {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used == nil {
		if ways := c.ways(); len(ways) > 0 {
			c.used = ways[0]
		}
	}
	return c.used
}

// ownCommand is the program named in the person's settings. What it copies to is
// unknown, so it cannot be read back and is never cleared.
type ownCommand struct {
	programs programs
	argv     []string
}

func (o ownCommand) name() string { return programName(o.argv) }

func (o ownCommand) put(ctx context.Context, text string) (Receipt, error) {
	if err := o.programs.feed(ctx, o.argv, text); err != nil {
		return Receipt{}, err
	}
	return Receipt{By: o.name(), Confirmed: true}, nil
}

func (o ownCommand) clear(context.Context, string) error { return nil }

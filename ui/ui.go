// Package ui is the pane: one Bubble Tea model for the list of accounts and one
// for the door in front of it, with their screens, keys, styles and words.
//
// It opens no file, starts no process and knows no network. What it wants from
// the world it asks through the functions of Config, Door and Setup.
package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"otpane/otpcore"
	"otpane/ui/agent"
	"otpane/vault"
)

// Terminal is where a program of this package draws and how.
type Terminal struct {
	Input       io.Reader
	Output      io.Writer
	Environment []string // TERM, COLORTERM, NO_COLOR …; read once, nothing is started
	Theme       string   // one of Themes; empty takes DefaultTheme
	// Keys are what the user binds to actions; CheckKeys tells what cannot be.
	Keys map[string][]string
	// Colours are the user's own, #rrggbb by token, over those of the theme.
	Colours map[string]string
	// Suspend stops the process for ctrl-z until its shell continues it; nil where
	// nothing can. It returns at once where there is no shell to stop to.
	Suspend func() error
	ASCII   bool // no box, block or arrow characters
	Plain   bool // lines for a screen reader, printed once and never redrawn
	Title   bool // the window's title says how many accounts, or that it is locked
}

// Outcome says why the pane was left.
type Outcome int

const (
	Quit      Outcome = iota
	Locked            // by a key; the caller shows the door again
	Idle              // locked, because nobody was there for Config.LockAfter
	Elsewhere         // to the vault that Config.GoTo was told
)

// Receipt is what the clipboard says of a copy.
type Receipt struct {
	By        string // the way it went, for the screen: "xclip", "tmux", "OSC 52"
	Confirmed bool   // false where nothing answers (OSC 52)
	Clears    bool   // Config.Clear can take it back
	Emit      string // a sequence the pane itself must write, as the terminal is its own
}

// Config is the list's world. Every function may be slow or fail; all but Now
// and After run off the loop.
type Config struct {
	Vault *vault.Vault

	// Name is what the vault is called where there are several; empty if it is the
	// only one.
	Name string
	// Vaults are those to choose from, the open one among them.
	Vaults []Room
	// GoTo is told which of them comes next; then the pane ends Elsewhere.
	GoTo func(name string)
	// Demo says that all of this is made up: nothing is kept and nothing locks.
	Demo bool

	// Now is the one clock. A frame's codes, bars and seconds come from one call.
	Now func() time.Time
	// After rings once with msg after d; nil takes Bubble Tea's timer.
	After func(d time.Duration, msg tea.Msg) tea.Cmd

	// Copy puts a code on the clipboard; nil means that there is none.
	Copy func(ctx context.Context, text string) (Receipt, error)
	// Clear empties the clipboard if it still holds text.
	Clear func(ctx context.Context, text string) error
	// Aim finds the pane of the terminal that the user came from, where a code can be
	// typed; nil where nothing can type.
	Aim func(ctx context.Context) (Place, error)
	// Picture reads a picture off the clipboard; nil where that is not possible.
	Picture func(ctx context.Context) ([]byte, error)
	// Screen takes pictures of what the desktop shows.
	Screen Screen
	// List names what lies in a folder, which may start with "~"; nil where files
	// are not looked at. Places are the folders where a picture is likely to lie,
	// the likeliest first.
	List   func(ctx context.Context, folder string) ([]File, error)
	Places func() []string
	// Inbox is the folder whose new pictures are offered; empty for none. Watch
	// begins to watch it, and what it returns waits for the next picture; both end
	// with ctx. AskInbox asks for the folder after the first import from one.
	Inbox    string
	AskInbox bool
	Watch    func(ctx context.Context, folder string) (next func() (path string, err error), err error)
	// Read returns a file's bytes, bounded; the path may start with "~".
	Read func(ctx context.Context, path string) ([]byte, error)
	// Expand makes a typed path one that a file system knows: "~" is the home.
	Expand func(path string) string
	// Remove deletes a file; nil where that is not offered.
	Remove func(ctx context.Context, path string) error
	// Seal puts bytes under a passphrase; nil where that is not offered.
	Seal func(ctx context.Context, plain, passphrase []byte) ([]byte, error)
	// Readable are the files that hold keys in plain text.
	Readable Readable
	// OpenAge opens an age file under a passphrase, as exchange.Options asks.
	OpenAge func(ctx context.Context, file, passphrase []byte) ([]byte, error)
	// Write makes a new file of mode 0600 and refuses to overwrite one.
	Write func(ctx context.Context, path string, data []byte) error

	// Settings are the file of settings; nil where there is none.
	Settings *Settings
	// Habits are what an earlier run left, and Keep adds to them: its uses are those
	// since the last call. Nil keeps nothing.
	Habits Habits
	Keep   func(Habits) error

	// Agent is whether other programs get codes from this pane: what holds where no
	// rule of an account or a tag does, and "" while nothing serves. Serve waits for
	// its turn, listens and serves until ctx ends, telling how far it is; nil where
	// nothing can.
	Agent otpcore.Answer
	Serve func(ctx context.Context, desk agent.Desk, state func(agent.State)) error

	// Clock says what the system thinks of its clock; nil where nobody can know.
	Clock func() Clock
	// AskTime asks a time server. It is called only for a server that a person has
	// named or confirmed; TimeServer is the one to begin with.
	AskTime    func(ctx context.Context, server string) (TimeAnswer, error)
	TimeServer string

	// Alarm is a sentence about the vault as a whole that the caller found out:
	// that it is older than one seen here before. Empty if there is none.
	Alarm string

	ClearAfter time.Duration // how long a copied code stays on the clipboard; 0 for ever
	LockAfter  time.Duration // idle time until the pane locks; 0 never
	Guard      time.Duration // how close to its end a code is no longer handed out
	Masked     bool          // codes start hidden
	HideOnBlur bool          // and hide while the terminal says that the keyboard is elsewhere
	AllSeconds bool          // on every row, not on the selected one alone
	Mouse      bool          // clicks copy, the wheel scrolls
	Progress   bool          // the selected account's bar for the terminal's tab, by OSC 9;4
	Grouping   Grouping      // of a code's digits
}

// Run shows the list until the user quits or it locks. It returns ctx's error
// when ctx ends, with the terminal restored.
func Run(ctx context.Context, terminal Terminal, config Config) (Outcome, error) {
	p := newPane(ctx, config, newLook(terminal))
	var model tea.Model = p
	if terminal.Plain {
		model, terminal = newSpeaker(p, terminal.Output), terminal.silent()
	}
	err := terminal.run(ctx, model)
	p.leave()
	if err != nil && !p.ended(err) {
		return Quit, fmt.Errorf("the pane: %w", err)
	}
	if err := p.lost(); err != nil {
		return Quit, err
	}
	return p.outcome, nil
}

// options are the same for every program of this package.
//
// WithFPS(30): where quiet cannot reach the renderer, 30 ticks a second is where
// a key still feels immediate. WithColorProfile: the library's
// own detection starts `tmux info` inside tmux.
func (t Terminal) options(ctx context.Context) []tea.ProgramOption {
	return []tea.ProgramOption{
		tea.WithContext(ctx),
		tea.WithInput(t.Input),
		tea.WithOutput(t.Output),
		tea.WithEnvironment(t.Environment),
		tea.WithFPS(30),
		tea.WithColorProfile(t.profile()),
	}
}

// filter sees each message before the program does.
//
// Leaving, however it came about, draws an empty frame first: a multiplexer whose
// pane grew meanwhile may keep lines of the alternate screen when it is left.
//
// Ctrl-z is carried out here in the library's place, which waits for ever to be
// continued where no shell controls the job: in a pane that a multiplexer started,
// where this program lives. Either way the program hears that it is back.
func (t Terminal) filter(model tea.Model, msg tea.Msg) tea.Msg {
	switch msg.(type) {
	case tea.QuitMsg:
		if model, ok := model.(interface{ blank() }); ok {
			model.blank()
		}
	case tea.SuspendMsg:
		back := func(error) tea.Msg { return tea.ResumeMsg{} }
		if t.Suspend == nil {
			return back(nil)
		}
		return tea.Exec(stopping{t}, back)()
	}
	return msg
}

// profile decides the colours. NO_COLOR counts with any non-empty value, as
// no-color.org asks; the library wants a boolean.
func (t Terminal) profile() colorprofile.Profile {
	if t.getenv("NO_COLOR") != "" {
		return colorprofile.ASCII
	}
	return max(colorprofile.Env(t.Environment), colorprofile.ASCII)
}

func (t Terminal) getenv(name string) string {
	value := ""
	for _, entry := range t.Environment {
		if rest, found := strings.CutPrefix(entry, name+"="); found {
			value = rest
		}
	}
	return value
}

// ErrLeft means that the user left the door without opening it.
var ErrLeft = errors.New("left without opening the vault")

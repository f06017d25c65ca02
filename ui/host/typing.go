package host

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// Typing types text into the pane of the terminal that the person came from, by
// the own command of tmux, kitty or WezTerm. The clipboard has no part in it, and
// the text goes to that command on standard input: an argument list can be read by
// every user of the machine while the command runs.
//
// That leaves zellij out. All its actions that write to a pane (write-chars, write,
// paste, send-keys) take the text as an argument and none reads standard input; a
// pipe reaches only plugins, and its socket speaks another language in each version.
type Typing struct {
	programs programs
	way      typist
}

// A Pane is where the text would go, found when the person asks, so that it goes
// there also if they look elsewhere while a code is waited for.
type Pane struct {
	Name string // for the screen: "pane 2"
	id   string
}

// typist is one program that can type.
type typist interface {
	aim(ctx context.Context) (Pane, error)
	put(ctx context.Context, pane Pane, text string) error
}

// ErrNoPane says that there is no other pane, or several and nothing that tells
// which one was left last.
var ErrNoPane = errors.New("no other pane")

// NewTyping returns what can type in the session that getenv describes, and false
// where nothing can. tmux comes first: its own variables are the innermost.
func NewTyping(getenv func(string) string) (*Typing, bool) {
	p := programs{getenv: getenv, patience: toolPatience}
	for _, one := range []struct {
		inside  bool
		program string
		way     typist
	}{
		{getenv("TMUX") != "", "tmux", tmuxTypist{p}},
		{getenv("ZELLIJ") != "", "", nil},
		// Without its socket kitty is controlled through the terminal, which is the renderer's.
		{getenv("KITTY_LISTEN_ON") != "" && getenv("KITTY_WINDOW_ID") != "", "kitten", kittyTypist{p}},
		{getenv("WEZTERM_PANE") != "", "wezterm", weztermTypist{p}},
	} {
		if one.inside {
			return &Typing{p, one.way}, one.way != nil && p.have(one.program)
		}
	}
	return nil, false
}

// Aim finds the pane that the person came from.
func (t *Typing) Aim(ctx context.Context) (Pane, error) { return t.way.aim(ctx) }

// Type types text there, without a return at its end.
func (t *Typing) Type(ctx context.Context, pane Pane, text string) error {
	return t.way.put(ctx, pane, text)
}

// tmuxTypist types through a buffer of its own, which is gone again at once.
type tmuxTypist struct{ programs programs }

// aim takes the pane that was active before ours: in this window, else in the
// window before it. In a popup, which is no pane, it is the one that lies below.
func (t tmuxTypist) aim(ctx context.Context) (Pane, error) {
	own := t.programs.getenv("TMUX_PANE")
	if own == "" {
		return t.pane(ctx, "pane #{pane_index}", t.session()+":", own)
	}
	if pane, err := t.pane(ctx, "pane #{pane_index}", ".{last}", own); err == nil {
		return pane, nil
	}
	return t.pane(ctx, "window #{window_index}", ":{last}", own)
}

// session is the one that this process runs in: the third part of TMUX. A popup
// has no pane that would tell.
func (t tmuxTypist) session() string {
	parts := strings.Split(t.programs.getenv("TMUX"), ",")
	return "$" + parts[len(parts)-1]
}

func (t tmuxTypist) pane(ctx context.Context, name, target, own string) (Pane, error) {
	said, err := t.programs.read(ctx, []string{"tmux", "display-message", "-p", "-t", target, "#{pane_id} " + name}, 256)
	if err != nil {
		return Pane{}, ErrNoPane
	}
	id, name, _ := strings.Cut(strings.TrimSpace(string(said)), " ")
	if !strings.HasPrefix(id, "%") || id == own {
		return Pane{}, ErrNoPane
	}
	return Pane{Name: name, id: id}, nil
}

// put pastes without -p: in brackets some programs would not take it as typed. A
// code has no line ending in it, so nothing is sent off.
func (t tmuxTypist) put(ctx context.Context, pane Pane, text string) error {
	buffer := "otpane-" + rand.Text()
	if err := t.programs.feed(ctx, []string{"tmux", "load-buffer", "-b", buffer, "-"}, text); err != nil {
		return err
	}
	_, err := t.programs.read(ctx, []string{"tmux", "paste-buffer", "-d", "-b", buffer, "-t", pane.id}, 1)
	if err != nil { // the pane is gone: the buffer must not stay
		_, _ = t.programs.read(context.WithoutCancel(ctx), []string{"tmux", "delete-buffer", "-b", buffer}, 1)
	}
	return err
}

// kittyTypist speaks to kitty's socket. kitty tells nobody whether a text arrived
// anywhere, so its window is looked up first.
type kittyTypist struct{ programs programs }

func (k kittyTypist) aim(ctx context.Context) (Pane, error) {
	said, err := k.programs.read(ctx, []string{"kitten", "@", "ls", "--match", "recent:1"}, 1<<20)
	if err != nil {
		return Pane{}, err
	}
	var systems []struct {
		Tabs []struct {
			Windows []struct {
				ID int `json:"id"`
			} `json:"windows"`
		} `json:"tabs"`
	}
	if err := json.Unmarshal(said, &systems); err != nil {
		return Pane{}, err
	}
	for _, system := range systems {
		for _, tab := range system.Tabs {
			for _, window := range tab.Windows {
				if id := strconv.Itoa(window.ID); id != k.programs.getenv("KITTY_WINDOW_ID") {
					return Pane{Name: "the window before", id: id}, nil
				}
			}
		}
	}
	return Pane{}, ErrNoPane
}

func (k kittyTypist) put(ctx context.Context, pane Pane, text string) error {
	return k.programs.feed(ctx, []string{"kitten", "@", "send-text", "--stdin", "--match", "id:" + pane.id}, text)
}

// weztermTypist takes the other pane of the tab. WezTerm does not say which pane
// was active before; where there are several, a guess could type a code into a chat.
type weztermTypist struct{ programs programs }

func (w weztermTypist) aim(ctx context.Context) (Pane, error) {
	said, err := w.programs.read(ctx, []string{"wezterm", "cli", "list", "--format", "json"}, 1<<20)
	if err != nil {
		return Pane{}, err
	}
	var panes []struct {
		Tab  int `json:"tab_id"`
		Pane int `json:"pane_id"`
	}
	if err := json.Unmarshal(said, &panes); err != nil {
		return Pane{}, err
	}
	own, tab, others := w.programs.getenv("WEZTERM_PANE"), -1, []string(nil)
	for _, pane := range panes {
		if strconv.Itoa(pane.Pane) == own {
			tab = pane.Tab
		}
	}
	for _, pane := range panes {
		if id := strconv.Itoa(pane.Pane); pane.Tab == tab && id != own {
			others = append(others, id)
		}
	}
	if len(others) != 1 {
		return Pane{}, ErrNoPane
	}
	return Pane{Name: "the other pane", id: others[0]}, nil
}

func (w weztermTypist) put(ctx context.Context, pane Pane, text string) error {
	return w.programs.feed(ctx, []string{"wezterm", "cli", "send-text", "--no-paste", "--pane-id", pane.id}, text)
}

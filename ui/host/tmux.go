package host

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// tmux puts text into a tmux buffer and has tmux offer it to its terminal
// (load-buffer -w, tmux 3.2 and later). Whether that terminal took it nobody
// says; the buffer itself is certain.
type tmux struct{ programs programs }

func (tmux) name() string { return "tmux" }

// put leaves the buffer's name to tmux: a buffer named by us would not be the
// one that the paste key pastes.
func (t tmux) put(ctx context.Context, text string) (Receipt, error) {
	if err := t.programs.feed(ctx, []string{"tmux", "load-buffer", "-w", "-"}, text); err != nil {
		return Receipt{}, err
	}
	return Receipt{By: t.name()}, nil
}

// clear deletes every buffer that holds exactly text, wherever it has moved in
// the stack: later copies push it down, and it would stay there for fifty more.
// The terminal's own clipboard stays: it cannot be asked whether it is still ours.
func (t tmux) clear(ctx context.Context, text string) error {
	list, err := t.programs.read(ctx, []string{"tmux", "list-buffers", "-F", "#{buffer_size} #{buffer_name}"}, 1<<20)
	if holdsNothing(err) {
		return nil // the server is gone, and its buffers with it
	}
	if err != nil {
		return err
	}
	for _, name := range buffersOfSize(string(list), len(text)) {
		if err := t.delete(ctx, name, text); err != nil {
			return err
		}
	}
	return nil
}

// delete removes the named buffer if it holds text.
func (t tmux) delete(ctx context.Context, name, text string) error {
	held, err := t.programs.read(ctx, []string{"tmux", "show-buffer", "-b", name}, len(text)+1)
	if holdsNothing(err) || err == nil && string(held) != text {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = t.programs.read(ctx, []string{"tmux", "delete-buffer", "-b", name}, 1)
	return err
}

// buffersOfSize returns the names of the listed buffers of that many bytes.
func buffersOfSize(list string, size int) []string {
	var names []string
	for line := range strings.Lines(list) {
		bytes, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if bytes == strconv.Itoa(size) {
			names = append(names, name)
		}
	}
	return names
}

// Tmux is what the tmux around a terminal says of itself.
type Tmux struct {
	Clipboard bool // its terminal takes a clipboard: load-buffer -w reaches it
	Focus     bool // programs are told when the keyboard goes elsewhere
	Terminal  string
}

// AskTmux asks the tmux of the session that getenv describes; there is false
// outside of tmux. An old tmux that does not answer is an error.
func AskTmux(ctx context.Context, getenv func(string) string) (state Tmux, there bool, err error) {
	if getenv("TMUX") == "" {
		return Tmux{}, false, nil
	}
	p := programs{getenv: getenv, patience: toolPatience}
	said, err := p.read(ctx, []string{"tmux", "display-message", "-p", "#{client_termname} #{client_termfeatures}"}, 4096)
	if err != nil {
		return Tmux{}, true, err
	}
	focus, err := p.read(ctx, []string{"tmux", "show-options", "-sv", "focus-events"}, 64)
	if err != nil {
		return Tmux{}, true, err
	}
	name, features, _ := strings.Cut(strings.TrimSpace(string(said)), " ")
	return Tmux{
		Clipboard: slices.Contains(strings.Split(features, ","), "clipboard"),
		Focus:     strings.TrimSpace(string(focus)) == "on", Terminal: name,
	}, true, nil
}

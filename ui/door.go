package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/vault"
)

// Door is what the unlock screen needs to know and can ask for. Unlocking is a
// program of its own that ends in an identity, so that its caller can put a
// fresh process image between the passphrase and the list.
type Door struct {
	Path   string // shown, its base name where there is no room
	Name   string // what the vault is called where there are several
	Reason string // "locked, 10 min idle"; empty at the first opening

	// Unlock runs the key derivation, off the loop. An error that wraps
	// vault.ErrPassphrase lets the user try again; any other is shown and ends
	// with the user leaving.
	Unlock func(ctx context.Context, passphrase []byte) (vault.Identity, error)

	// Recover checks a recovery key against the vault; nil hides "forgot".
	Recover func(ctx context.Context, key string) error
	// Reset opens the vault with the recovery key and gives it a new passphrase.
	Reset func(ctx context.Context, key string, passphrase []byte) (vault.Identity, error)

	Strength func(passphrase string) float64 // bits
}

// Unlock asks for the passphrase until it opens the vault. ErrLeft means that
// the user left.
func Unlock(ctx context.Context, terminal Terminal, door Door) (vault.Identity, error) {
	return enter(ctx, terminal, newDoorway(ctx, door, newLook(terminal)))
}

// entrance is a program that ends in an identity, if it is not left.
type entrance interface {
	tea.Model
	entered() (identity vault.Identity, open bool)
}

func enter(ctx context.Context, terminal Terminal, m entrance) (vault.Identity, error) {
	if err := runDoor(ctx, terminal, m); err != nil {
		return vault.Identity{}, err
	}
	identity, open := m.entered()
	if !open {
		return vault.Identity{}, ErrLeft
	}
	return identity, nil
}

// runDoor runs a program that may also end by a signal or with ctx, which is
// leaving, not failing.
func runDoor(ctx context.Context, terminal Terminal, m tea.Model) error {
	err := terminal.run(ctx, m)
	if err != nil && !errors.Is(err, tea.ErrInterrupted) && ctx.Err() == nil {
		return fmt.Errorf("the unlock screen: %w", err)
	}
	return nil
}

// doorway is the unlock screen.
type doorway struct {
	ctx    context.Context
	door   Door
	look   *look
	size   tea.WindowSizeMsg
	typed  field
	notice string
	forgot *forgot // the way in without the passphrase; nil while it is asked for

	work     work
	open     bool
	gone     bool // the program is ending: its last frame is empty
	identity vault.Identity
}

func (m *doorway) entered() (vault.Identity, bool) { return m.identity, m.open }

// blank empties the last frame, which may show what was typed.
func (m *doorway) blank() { m.gone = true }

// work is a derivation under way: one cell walks, five steps a second.
type work struct {
	running bool
	number  int // of the attempt; a cancelled one reports to nobody
	step    int
	cancel  context.CancelFunc
}

type (
	unlocked struct {
		number   int
		identity vault.Identity
		err      error
	}
	step struct{ number int }
)

const wrongPassphrase = "That passphrase does not open it."

const stepsEvery = time.Second / 5

func newDoorway(ctx context.Context, door Door, look *look) *doorway {
	m := &doorway{ctx: ctx, door: door, look: look, typed: newField("passphrase")}
	m.typed.veil, m.typed.exact = look.hidden, true
	return m
}

func (m *doorway) Init() tea.Cmd { return tea.RequestBackgroundColor }

func (m *doorway) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.size = msg
	case tea.BackgroundColorMsg:
		m.look.daylight(!msg.IsDark())
	case tea.PasteMsg:
		if !m.work.running {
			m.field().paste(msg.Content)
		}
	case tea.KeyPressMsg:
		return m, m.press(msg)
	case step:
		return m, m.work.advance(msg)
	case unlocked:
		return m, m.unlocked(msg)
	case checked:
		m.checked(msg)
	}
	return m, nil
}

// field is the one that is being typed into.
func (m *doorway) field() *field {
	switch {
	case m.forgot == nil:
		return &m.typed
	case m.forgot.passphrase != nil:
		return &m.forgot.passphrase.typed
	}
	return &m.forgot.key
}

func (m *doorway) press(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case msg.String() == "ctrl+c":
		return tea.Quit
	case msg.String() == "ctrl+z":
		return tea.Suspend
	case m.work.running:
		if msg.String() == "esc" {
			m.work.stop()
		}
		return nil
	case m.forgot != nil:
		return m.pressForgot(msg)
	case msg.String() == "ctrl+r" && m.door.Recover != nil:
		m.forgot, m.notice = newForgot(m.look), ""
		return nil
	case msg.String() == "enter":
		return m.try()
	case msg.String() == "tab":
		m.typed.unveil(m.look)
		return nil
	case msg.String() == "esc":
		// Not q: a passphrase may begin with it, and what the user went on
		// typing would land in the shell.
		return tea.Quit
	}
	m.notice = ""
	m.typed.press(msg)
	return nil
}

// try derives the key off the loop.
func (m *doorway) try() tea.Cmd {
	passphrase := []byte(m.typed.value())
	if len(passphrase) == 0 {
		m.notice = "Type the passphrase, then enter."
		return nil
	}
	m.notice = ""
	ctx := m.work.start(m.ctx)
	number, unlock := m.work.number, m.door.Unlock
	return tea.Batch(m.work.advance(step{number}), func() tea.Msg {
		identity, err := unlock(ctx, passphrase)
		clear(passphrase)
		return unlocked{number, identity, err}
	})
}

func (m *doorway) unlocked(msg unlocked) tea.Cmd {
	if msg.number != m.work.number || !m.work.running {
		return nil
	}
	m.work.stop()
	switch {
	case msg.err == nil:
		m.open, m.identity = true, msg.identity
		return tea.Quit
	case errors.Is(msg.err, vault.ErrPassphrase):
		m.notice = wrongPassphrase
	default:
		m.notice = cause(msg.err)
	}
	if m.forgot == nil {
		m.typed.set("")
	}
	return nil
}

func (w *work) start(ctx context.Context) context.Context {
	ctx, w.cancel = context.WithCancel(ctx)
	w.running, w.step = true, 0
	w.number++
	return ctx
}

func (w *work) stop() {
	w.running = false
	w.cancel()
}

func (w *work) advance(msg step) tea.Cmd {
	if !w.running || msg.number != w.number {
		return nil
	}
	w.step++
	return tea.Tick(stepsEvery, func(time.Time) tea.Msg { return msg })
}

func (w *work) draw(l *look) string { return walk(l, w.step) }

// walk is a track of ten cells with one that goes to and fro.
func walk(l *look, step int) string {
	const track = 10
	at := step % (2*track - 2)
	if at >= track {
		at = 2*track - 2 - at
	}
	return l.barEmpty.paint(strings.Repeat(l.empty, at)) + l.accent.paint(l.full) +
		l.barEmpty.paint(strings.Repeat(l.empty, track-1-at))
}

func (m *doorway) View() tea.View {
	f := frame{width: m.size.Width, height: m.size.Height, look: m.look}
	drawn := m.draw(f)
	v := tea.NewView("")
	v.AltScreen, v.BackgroundColor = true, m.look.background()
	switch {
	case m.gone:
		v.Content = f.fill(nil)
	case f.width > 0 && f.height > 0:
		v.Content, v.Cursor = f.fill(drawn.lines), drawn.cursor
		v.WindowTitle = m.look.windowTitle("locked")
	}
	return v
}

// draw fits the unlock screen into any size: title, field, notice, hints; then
// without hints; at last the field alone.
func (m *doorway) draw(f frame) view {
	if m.forgot != nil {
		return m.drawForgot(f)
	}
	l := f.look
	label := " passphrase  "
	switch {
	case f.height < 3 || f.width < 24:
		label = cut("pass ", f.width-4, "")
	case f.width < 36:
		label = " "
	}
	fieldText, at := m.typed.draw(max(f.width-width(label)-1, 1))
	line := l.muted.paint(label) + l.text.paint(fieldText)
	cursor := tea.NewCursor(min(width(label)+at, max(f.width-1, 0)), 0)
	if m.work.running {
		cursor = nil
	}
	if f.height < 3 || f.width < 24 {
		return m.drawSmall(f, line, cursor)
	}
	lines := []string{m.title(f)}
	if f.height >= 6 {
		lines = append(lines, "")
	}
	if label == " " && f.height >= 5 {
		lines = append(lines, l.muted.paint(" passphrase"))
	}
	if cursor != nil {
		cursor.Y = len(lines)
	}
	lines = append(lines, line)
	middle := m.middle(f)
	if len(middle) == 0 && len(lines) < f.height-1 {
		middle = []string{""} // the hints do not jump when there is something to say
	}
	lines, cursor = lowered(append(lines, middle...), cursor, f.height-1)
	return view{lines: append(lines, m.hints(f)), cursor: cursor}
}

func (m *doorway) drawSmall(f frame, line string, cursor *tea.Cursor) view {
	switch {
	case m.work.running:
		return view{lines: []string{f.look.text.paint(cut("opening", f.width, ""))}}
	case m.notice != "" && m.typed.value() == "":
		word := "wrong"
		if m.notice != wrongPassphrase {
			word = "not opened"
		}
		return view{lines: []string{f.look.warn.paint(cut(word, f.width, "")), line}, cursor: nil}
	}
	return view{lines: []string{line}, cursor: cursor}
}

func (m *doorway) title(f frame) string {
	l := f.look
	if m.door.Reason != "" {
		title := l.whose(m.door.Name, f.width-width(m.door.Reason)-5)
		return " " + l.title.paint(title) + l.muted.paint(cut(" "+l.dot+" "+m.door.Reason, f.width-2-width(title), l.cut))
	}
	end := baseName(m.door.Path)
	return titleLine(f, l.whose(m.door.Name, f.width-width(end)-4), end)
}

// middle says what is going on, or wrong, in as many lines as that takes.
func (m *doorway) middle(f frame) []string {
	l := f.look
	switch {
	case m.work.running:
		return []string{" " + l.muted.paint("opening  ") + m.work.draw(l)}
	case m.notice != "":
		return l.warned(m.notice, f.width)
	}
	return nil
}

func (m *doorway) hints(f frame) string {
	if m.work.running {
		return f.look.drawHints([]hint{{"esc", "cancel"}}, hint{}, f.width)
	}
	show := "show"
	if m.typed.veil == "" {
		show = "hide"
	}
	hints := []hint{{"enter", "open"}, {"tab", show}, {"esc", "quit"}}
	if m.door.Recover != nil {
		hints = append(hints, hint{"ctrl-r", "forgot"})
	}
	return f.look.drawHints(hints, hint{}, f.width)
}

package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"otpane/vault"
)

// Setup is what the first run needs: there is no vault yet.
type Setup struct {
	Path string // where the vault will be
	Name string // what it is called where there are several

	Generate func() string                   // six words
	Strength func(passphrase string) float64 // bits
	// Create makes the vault and returns what opens it.
	Create func(ctx context.Context, access vault.Access) (vault.Identity, error)
	// Identity reads an age identity file.
	Identity func(ctx context.Context, path string) (vault.Identity, error)
}

// FirstRun leads through making a vault. ErrLeft means that the user left.
func FirstRun(ctx context.Context, terminal Terminal, setup Setup) (vault.Identity, error) {
	return enter(ctx, terminal, newFirstRun(ctx, setup, newLook(terminal)))
}

// firstRun chooses what opens the new vault: six generated words, a passphrase
// of one's own, or an age identity. A passphrase is asked for twice, because
// nobody can reset it.
type firstRun struct {
	ctx   context.Context
	setup Setup
	look  *look
	size  tea.WindowSizeMsg

	stage  stage
	choice int
	words  string
	hidden bool // the words are veiled
	chosen *newPassphrase
	path   field // of an age identity
	notice string

	work     work
	open     bool
	gone     bool // the program is ending: its last frame is empty
	identity vault.Identity
}

func (m *firstRun) entered() (vault.Identity, bool) { return m.identity, m.open }

// blank empties the last frame, which may show what was typed.
func (m *firstRun) blank() { m.gone = true }

type stage int

const (
	choosing stage = iota
	typing         // a passphrase: one's own, or the words from the paper
	naming         // the path of an age identity
)

const (
	takeWords = iota
	otherWords
	ownWords
	ageIdentity
	choices
)

func newFirstRun(ctx context.Context, setup Setup, look *look) *firstRun {
	return &firstRun{ctx: ctx, setup: setup, look: look, words: setup.Generate()}
}

func (m *firstRun) Init() tea.Cmd { return tea.RequestBackgroundColor }

func (m *firstRun) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.size = msg
	case tea.BackgroundColorMsg:
		m.look.daylight(!msg.IsDark())
	case tea.PasteMsg:
		if field := m.field(); field != nil && !m.work.running {
			field.paste(msg.Content)
		}
	case tea.KeyPressMsg:
		return m, m.press(msg)
	case step:
		return m, m.work.advance(msg)
	case unlocked:
		return m, m.created(msg)
	}
	return m, nil
}

func (m *firstRun) press(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case msg.String() == "ctrl+c":
		return tea.Quit
	case msg.String() == "ctrl+z":
		return tea.Suspend
	case m.work.running:
		return nil
	case m.stage == choosing:
		return m.choose(msg)
	}
	switch {
	case msg.String() == "esc":
		m.stage, m.notice = choosing, ""
	case m.stage == typing:
		if passphrase, done := m.chosen.press(msg); done {
			return m.create(func(context.Context) (vault.Access, error) {
				return vault.Access{Passphrase: []byte(passphrase)}, nil
			})
		}
	case msg.String() == "enter":
		path := m.path.value()
		return m.create(func(ctx context.Context) (vault.Access, error) {
			identity, err := m.setup.Identity(ctx, path)
			return vault.Access{Identity: identity}, err
		})
	default:
		m.notice = ""
		m.path.press(msg)
	}
	return nil
}

// field is the one that is being typed into, if any.
func (m *firstRun) field() *field {
	switch m.stage {
	case typing:
		return &m.chosen.typed
	case naming:
		return &m.path
	}
	return nil
}

func (m *firstRun) choose(msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "q", "esc":
		return tea.Quit
	case "up", "k":
		m.choice = (m.choice + choices - 1) % choices
	case "down", "j":
		m.choice = (m.choice + 1) % choices
	case "tab":
		m.hidden = !m.hidden
	case "enter":
		m.take()
	}
	return nil
}

func (m *firstRun) take() {
	switch m.choice {
	case takeWords:
		m.stage, m.chosen = typing, repeatPassphrase(m.look, m.words)
	case otherWords:
		m.words, m.hidden = m.setup.Generate(), false
	case ownWords:
		m.stage, m.chosen = typing, choosePassphrase(m.look, m.setup.Strength)
	case ageIdentity:
		m.stage, m.path = naming, newField("identity")
	}
}

// create makes the vault off the loop; its key derivation takes a second.
func (m *firstRun) create(access func(context.Context) (vault.Access, error)) tea.Cmd {
	m.notice = ""
	ctx := m.work.start(m.ctx)
	number, make := m.work.number, m.setup.Create
	return tea.Batch(m.work.advance(step{number}), func() tea.Msg {
		wanted, err := access(ctx)
		if err != nil {
			return unlocked{number: number, err: err}
		}
		identity, err := make(ctx, wanted)
		return unlocked{number, identity, err}
	})
}

func (m *firstRun) created(msg unlocked) tea.Cmd {
	if msg.number != m.work.number {
		return nil
	}
	m.work.stop()
	if msg.err != nil {
		m.notice = cause(msg.err)
		return nil
	}
	m.open, m.identity = true, msg.identity
	return tea.Quit
}

func (m *firstRun) View() tea.View {
	f := frame{width: m.size.Width, height: m.size.Height, look: m.look}
	v := tea.NewView("")
	v.AltScreen, v.BackgroundColor = true, m.look.background()
	if m.gone {
		v.Content = f.fill(nil)
	} else if f.width > 0 && f.height > 0 {
		drawn := m.draw(f)
		v.Content, v.Cursor = f.fill(drawn.lines), drawn.cursor
		v.WindowTitle = m.look.windowTitle("new vault")
	}
	return v
}

func (m *firstRun) draw(f frame) view {
	switch {
	case f.width < 24 || f.height < 6:
		return view{lines: []string{f.look.text.paint(cut("needs 24x6", f.width, ""))}}
	case m.stage == choosing:
		return m.drawChoice(f)
	}
	return m.drawField(f)
}

// stakes says what the passphrase is for; of several vaults, for which.
func (m *firstRun) stakes() string {
	if m.setup.Name == "" {
		return "This passphrase opens everything. Nobody can reset it."
	}
	return "There is no vault " + m.look.name(m.setup.Name) + " yet. This passphrase will open it. Nobody can reset it."
}

func (m *firstRun) title(f frame, step int) string {
	end := m.stepText(f, step)
	return titleLine(f, f.look.whose(m.setup.Name, f.width-width(end)-4), end)
}

func (m *firstRun) drawChoice(f frame) view {
	l := f.look
	lines := []string{m.title(f, 1)}
	airy := f.height >= 12
	if airy {
		lines = append(lines, "")
	}
	if f.height >= 9 {
		lines = append(lines, m.wrapped(f, m.stakes())...)
	}
	if airy {
		lines = append(lines, "")
	}
	lines = append(lines, m.wordLines(f)...)
	if airy {
		lines = append(lines, " "+l.muted.paint(cut(" "+" 77 bits, strong. Write it on paper now.", f.width-1, l.cut)), "")
	}
	lines = append(lines, m.choiceLines(f, f.height-1-len(lines))...)
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	hide := hint{"tab", "hide the words"}
	if m.hidden {
		hide.does = "show the words"
	}
	hints := l.drawHints([]hint{{"enter", "take"}, {"↑↓", "choose"}, hide, {"q", "quit"}}, hint{}, f.width)
	return view{lines: append(lines[:f.height-1], hints)}
}

// choiceLines are the ways on, those around the chosen one where there is room
// for few.
func (m *firstRun) choiceLines(f frame, room int) (lines []string) {
	l := f.look
	for i, text := range []string{"use these six words", "show six others", "type my own", "use an age identity file"} {
		mark := " "
		if i == m.choice {
			mark = l.accent.paint(l.chosen)
		}
		lines = append(lines, mark+l.text.on(i == m.choice, cut(text, f.width-1, l.cut)))
	}
	room = max(min(room, choices), 1)
	from := max(min(m.choice, choices-room), 0)
	return lines[from : from+room]
}

// stepText counts the steps, and where there is room says what they make.
func (m *firstRun) stepText(f frame, n int) string {
	text := itoa(n) + " of 2"
	if f.width >= 40 {
		text = "new vault, " + text
	}
	return text
}

func (m *firstRun) wordLines(f frame) []string {
	words := m.words
	if m.hidden {
		words = "the words are hidden"
	}
	var lines []string
	for _, line := range wrap(words, f.width-4) {
		lines = append(lines, "   "+f.look.code.paint(line))
	}
	return lines
}

func (m *firstRun) wrapped(f frame, text string) []string {
	var lines []string
	for _, line := range wrap(text, f.width-2) {
		lines = append(lines, " "+f.look.text.paint(line))
	}
	return lines
}

func (m *firstRun) drawField(f frame) view {
	l := f.look
	label, ask := "identity", "The path of an age identity file, or of an SSH ed25519 key."
	if m.stage == typing {
		label, ask = "passphrase", m.chosen.question()
	}
	lines := append([]string{m.title(f, 2), ""}, m.wrapped(f, ask)...)
	row, cursor := fieldRow(f, m.field(), label, len(lines))
	lines = append(lines, row)
	switch {
	case m.work.running:
		cursor = nil
		lines = append(lines, " "+l.muted.paint("making   ")+m.work.draw(l))
	case m.notice != "":
		lines = append(lines, l.warned(m.notice, f.width)...)
	case m.stage == typing:
		lines = append(lines, m.chosen.remark(f)...)
	}
	lines, cursor = lowered(lines, cursor, f.height-1)
	if f.height >= 9 {
		lines = append(lines, "", " "+l.muted.paint(cut("The vault: "+outside(m.setup.Path), f.width-2, l.cut)))
	}
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints(m.fieldHints(), hint{}, f.width)), cursor: cursor}
}

// lowered drops lines from the top until rows remain: in a low pane the field and
// what is wrong with it matter more than what explains them.
func lowered(lines []string, cursor *tea.Cursor, rows int) ([]string, *tea.Cursor) {
	over := max(len(lines)-rows, 0)
	if cursor != nil {
		cursor.Y -= over
	}
	return lines[over:], cursor
}

func (m *firstRun) fieldHints() []hint {
	switch {
	case m.stage == naming:
		return []hint{{"enter", "make the vault"}, {"esc", "back"}}
	case m.chosen.typed.veil == "":
		return []hint{{"enter", "go on"}, {"tab", "hide"}, {"esc", "back"}}
	}
	return []hint{{"enter", "go on"}, {"tab", "show"}, {"esc", "back"}}
}

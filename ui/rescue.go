package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/vault"
)

// Rescue is what the screen for a damaged vault needs.
type Rescue struct {
	Path    string
	Gone    bool           // there is no file; else it is damaged
	Backups []vault.Backup // newest first; those with an Err are not whole
	Restore func(ctx context.Context, backup vault.Backup) error
	Now     func() time.Time
}

// RunRescue says that the vault is damaged, names the newest backup that is
// whole, and restores it in two keys. ErrLeft means that nothing was restored.
func RunRescue(ctx context.Context, terminal Terminal, rescue Rescue) error {
	m := &rescuer{ctx: ctx, rescue: rescue, look: newLook(terminal)}
	if err := runDoor(ctx, terminal, m); err != nil {
		return err
	}
	if !m.restored {
		return ErrLeft
	}
	return nil
}

// rescuer is the screen.
type rescuer struct {
	ctx      context.Context
	rescue   Rescue
	look     *look
	size     tea.WindowSizeMsg
	asked    bool // r was pressed: y restores
	notice   string
	restored bool
}

type restoredMsg struct{ err error }

func (m *rescuer) Init() tea.Cmd { return tea.RequestBackgroundColor }

func (m *rescuer) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.size = msg
	case tea.BackgroundColorMsg:
		m.look.daylight(!msg.IsDark())
	case tea.KeyPressMsg:
		return m, m.press(msg)
	case restoredMsg:
		if msg.err != nil {
			m.notice = "Not restored: " + cause(msg.err)
			return m, nil
		}
		m.restored = true
		return m, tea.Quit
	}
	return m, nil
}

// newest is the newest backup that is whole.
func (m *rescuer) newest() (vault.Backup, bool) {
	for _, b := range m.rescue.Backups {
		if b.Err == nil {
			return b, true
		}
	}
	return vault.Backup{}, false
}

func (m *rescuer) press(msg tea.KeyPressMsg) tea.Cmd {
	backup, whole := m.newest()
	switch name := msg.String(); {
	case name == "r" && whole:
		m.asked = true
	case name == "y" && m.asked && whole:
		ctx, restore := m.ctx, m.rescue.Restore
		return func() tea.Msg { return restoredMsg{restore(ctx, backup)} }
	case m.asked && (name == "n" || name == "esc"):
		m.asked = false
	case name == "q" || name == "esc" || name == "ctrl+c":
		return tea.Quit
	case name == "ctrl+z":
		return tea.Suspend
	}
	return nil
}

func (m *rescuer) View() tea.View {
	f := frame{width: m.size.Width, height: m.size.Height, look: m.look}
	v := tea.NewView("")
	v.AltScreen, v.BackgroundColor = true, m.look.background()
	if f.width > 0 && f.height > 0 {
		v.Content = f.fill(m.lines(f))
	}
	return v
}

func (m *rescuer) lines(f frame) []string {
	l := f.look
	backup, whole := m.newest()
	state, kept := "damaged", " The damaged file is kept among the backups."
	if m.rescue.Gone {
		state, kept = "gone", ""
	}
	sentence, hints := "The vault is "+state+", and no backup beside it is whole.", []hint{{"q", "quit"}}
	if whole {
		sentence = "The vault is " + state + ". Backup of " + m.when(backup.Time) + " is whole: " + plural(backup.Accounts, "account") + "."
		hints = []hint{{"r", "restore"}, {"q", "quit"}}
	}
	if m.asked {
		sentence = "Restore the backup of " + m.when(backup.Time) + "?" + kept
		hints = []hint{{"y", "restore"}, {"n", "leave it"}}
	}
	lines := []string{titleLine(f, "otpane", baseName(m.rescue.Path))}
	if f.height >= 6 {
		lines = append(lines, "")
	}
	lines = append(lines, l.warned(sentence, f.width)...)
	if m.notice != "" {
		lines = append(lines, l.warned(m.notice, f.width)...)
	}
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return append(lines[:max(f.height-1, 0)], l.drawHints(hints, hint{}, f.width))
}

// when is a time of today, or a day.
func (m *rescuer) when(t time.Time) string {
	now := m.rescue.Now()
	t = t.In(now.Location())
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02")
}

package ui

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"otpane/otpcore"
	"otpane/vault"
)

// watched records every frame that the program draws, with its instant.
type watched struct {
	*pane
	frames *[]shot
}

type shot struct {
	now     time.Time
	content string
}

func (w watched) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := w.pane.Update(msg)
	return w, cmd
}

func (w watched) View() tea.View {
	v := w.pane.View()
	*w.frames = append(*w.frames, shot{w.pane.now, ansi.Strip(v.Content)})
	return v
}

// A real program, through ten minutes of roll-overs of mixed periods: every code
// that is drawn is the account's code at the instant of its frame, and after
// each whole second a frame is drawn.
func TestTenMinutesOfRollOvers(t *testing.T) {
	var accounts []otpcore.Account
	for _, period := range []int{10, 15, 30, 45, 60, 90} {
		a := drawn()[1]
		a.Issuer, a.Name, a.Period = "Every", itoa(period)+" s", period
		a.Secret = otpcore.NewSecret([]byte("period " + itoa(period)))
		accounts = append(accounts, a)
	}
	v := newStory(t, accounts...).p.config.Vault
	synctest.Test(t, func(t *testing.T) {
		var frames []shot
		config := Config{Vault: v, Now: time.Now, Guard: 3 * time.Second}
		p := newPane(t.Context(), config, newLook(unicodeLook))
		input, keyboard := io.Pipe()
		program := newProgram(watched{p, &frames}, nil, tea.WithInput(input), tea.WithOutput(&lockedBuffer{}),
			tea.WithWindowSize(80, 24), tea.WithoutSignalHandler(), tea.WithColorProfile(colorprofile.TrueColor), tea.WithContext(t.Context()))
		done := make(chan error, 1)
		go func() { _, err := program.Run(); done <- err }()
		time.Sleep(10 * time.Minute)
		if _, err := keyboard.Write([]byte("q")); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		_ = keyboard.Close()
		time.Sleep(2 * time.Second) // the last timer rings and finds nobody
		checkFrames(t, frames, p.list.accounts)
	})
}

func checkFrames(t *testing.T, frames []shot, accounts []otpcore.Account) {
	t.Helper()
	if len(frames) < 600 {
		t.Fatalf("%d frames in ten minutes", len(frames))
	}
	for i, f := range frames {
		if f.content == "" {
			continue
		}
		for _, a := range accounts {
			if want := group(a.At(f.now).Code); !strings.Contains(f.content, want) {
				t.Fatalf("at %s the code of %s is %s:\n%s", f.now, a.Label(), want, f.content)
			}
		}
		if i > 0 && f.now.Sub(frames[i-1].now) > 1100*time.Millisecond {
			t.Fatalf("no frame between %s and %s", frames[i-1].now, f.now)
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// A key is answered at its very instant, and nothing is written while nothing
// changes: the renderer is moved by quiet. Where an upgrade takes that away, the
// ticker of the engine answers some milliseconds later.
func TestQuietBeatsForTheRenderer(t *testing.T) {
	writes := writesOf(t, newProgram)
	if len(writes) == 0 {
		t.Fatal("no key was answered")
	}
	for _, late := range writes {
		if late != 0 {
			t.Errorf("a key was answered after %s", late)
		}
	}
}

// Where the ticker cannot be exchanged, the engine's own still draws.
func TestWithoutQuietTheEngineDraws(t *testing.T) {
	writes := writesOf(t, func(m tea.Model, _ func(tea.Model, tea.Msg) tea.Msg, options ...tea.ProgramOption) *tea.Program {
		return tea.NewProgram(quietly{Model: m, quiet: &quiet{}}, append(options, tea.WithFPS(30))...)
	})
	for _, late := range writes {
		if late == 0 || late > time.Second/30 {
			t.Errorf("a key was answered after %s", late)
		}
	}
}

// writesOf runs the list, presses ten keys at odd instants and returns how long
// after its key each write came. A key that was not answered fails, and so does a
// write that nobody asked for.
func writesOf(t *testing.T, program func(tea.Model, func(tea.Model, tea.Msg) tea.Msg, ...tea.ProgramOption) *tea.Program) (late []time.Duration) {
	t.Helper()
	v := newStory(t, drawn()...).p.config.Vault
	synctest.Test(t, func(t *testing.T) {
		never := func(time.Duration, tea.Msg) tea.Cmd { return nil }
		p := newPane(t.Context(), Config{Vault: v, Now: time.Now, After: never}, newLook(unicodeLook))
		input, keyboard := io.Pipe()
		var output timedWrites
		running := program(p, nil, tea.WithInput(input), tea.WithOutput(&output), tea.WithWindowSize(80, 24),
			tea.WithoutSignalHandler(), tea.WithColorProfile(colorprofile.TrueColor), tea.WithContext(t.Context()))
		done := make(chan error, 1)
		go func() { _, err := running.Run(); done <- err }()
		time.Sleep(time.Second)
		if len(output.take()) == 0 {
			t.Fatal("no first frame")
		}
		for i := range 10 {
			time.Sleep(time.Second + time.Duration(7*i+1)*time.Millisecond)
			if unasked := output.take(); len(unasked) > 0 {
				t.Errorf("%d writes without a change", len(unasked))
			}
			pressed := time.Now()
			if _, err := io.WriteString(keyboard, "j"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
			answers := output.take()
			if len(answers) != 1 {
				t.Fatalf("key %d was answered by %d writes", i, len(answers))
			}
			late = append(late, answers[0].Sub(pressed))
		}
		running.Quit()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		_ = keyboard.Close()
		synctest.Wait()
	})
	return late
}

// timedWrites are the instants at which something was written.
type timedWrites struct {
	mu sync.Mutex
	at []time.Time
}

func (w *timedWrites) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = append(w.at, time.Now())
	return len(p), nil
}

func (w *timedWrites) take() []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := w.at
	w.at = nil
	return at
}

// Clock jumps heal at the next tick: nothing is counted down.
func TestClockJumpsHeal(t *testing.T) {
	s := newStory(t, drawn()...)
	for _, jump := range []time.Duration{time.Hour, -2 * time.Hour, 365 * 24 * time.Hour, -300 * 24 * time.Hour, time.Second, -time.Second} {
		s.now = s.now.Add(jump)
		s.send(tick{s.p.ring})
		s.sees(group(s.code("GitHub")))
	}
	for _, year := range []int{1970, 2038, 2106} {
		s.now = time.Date(year, 1, 20, 0, 0, 0, 0, time.UTC)
		s.send(tick{s.p.ring})
		s.sees(group(s.code("GitHub")))
	}
}

func TestOldTimersAreDeaf(t *testing.T) {
	s := newStory(t, drawn()...)
	old := tick{s.p.ring - 1}
	ring := s.p.ring
	if s.send(old); s.p.ring != ring {
		t.Error("a timer that was replaced started another")
	}
}

func many(n int) []otpcore.Account {
	accounts := make([]otpcore.Account, n)
	for i := range accounts {
		accounts[i] = drawn()[1]
		accounts[i].ID = itoa(i)
		accounts[i].Issuer, accounts[i].Name = "Site "+itoa(i%997), "user"+itoa(i)+"@example.com"
	}
	return accounts
}

func benchPane(b *testing.B, n int) *pane {
	b.Helper()
	v := makeVault(b, b.TempDir()+"/vault.age", time.Now)
	err := v.Update(func(d *vault.Draft) error {
		for _, a := range many(n) {
			if _, err := d.Add(a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	p := newPane(context.Background(), Config{Vault: v, Now: func() time.Time { return noon }}, newLook(unicodeLook))
	p.width, p.height = 80, 24
	return p
}

// A frame of 10,000 accounts costs what one of 22 does.
func BenchmarkFrame(b *testing.B) {
	for _, n := range []int{22, 10_000} {
		b.Run(itoa(n), func(b *testing.B) {
			p := benchPane(b, n)
			for b.Loop() {
				if p.View().Content == "" {
					b.Fatal("nothing drawn")
				}
			}
		})
	}
}

// A key in the filter, over 10,000 accounts, with the frame that answers it.
func BenchmarkFilterKey(b *testing.B) {
	p := benchPane(b, 10_000)
	p.list.filtering = true
	keys := []tea.KeyPressMsg{keyPress("u"), keyPress("s"), keyPress("e"), keyPress("r"), keyPress("7"), keyPress("ctrl+u")}
	for i := 0; b.Loop(); i++ {
		p.Update(keys[i%len(keys)])
		_ = p.View()
	}
}

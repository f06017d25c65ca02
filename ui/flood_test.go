package ui

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"otpane/otpcore"
	"otpane/ui/agent"
	"otpane/vault"
)

// running is a real program over a pane that serves, inside a bubble of its own time.
type running struct {
	*pane
	seen     *seen
	keyboard *io.PipeWriter
	done     chan error
}

// seen is what the program did so far.
type seen struct {
	sync.Mutex
	updates, frames int
	last            string
}

func started(t *testing.T, v *vault.Vault, change func(*Config)) *running {
	t.Helper()
	return startedOn(t, unicodeLook, v, change)
}

func startedOn(t *testing.T, terminal Terminal, v *vault.Vault, change func(*Config)) *running {
	t.Helper()
	config := Config{Vault: v, Now: time.Now, LockAfter: 10 * time.Minute, Agent: otpcore.Allow}
	change(&config)
	r := &running{pane: newPane(t.Context(), config, newLook(terminal)), seen: &seen{}, done: make(chan error, 1)}
	input, keyboard := io.Pipe()
	r.keyboard = keyboard
	filter := func(_ tea.Model, msg tea.Msg) tea.Msg { return terminal.filter(r.pane, msg) }
	program := newProgram(counted{r.pane, r.seen}, filter, tea.WithInput(input), tea.WithOutput(&lockedBuffer{}),
		tea.WithWindowSize(80, 24), tea.WithoutSignalHandler(), tea.WithColorProfile(colorprofile.TrueColor), tea.WithContext(t.Context()))
	go func() { _, err := program.Run(); r.done <- err }()
	synctest.Wait()
	return r
}

type counted struct {
	*pane
	seen *seen
}

func (c counted) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	c.seen.Lock()
	c.seen.updates++
	c.seen.Unlock()
	_, cmd := c.pane.Update(msg)
	return c, cmd
}

func (c counted) View() tea.View {
	v := c.pane.View()
	c.seen.Lock()
	defer c.seen.Unlock()
	c.seen.frames++
	c.seen.last = ansi.Strip(v.Content)
	return v
}

// sofar is how often the program was awake, and what it shows.
func (r *running) sofar() (updates, frames int, screen string) {
	synctest.Wait()
	r.seen.Lock()
	defer r.seen.Unlock()
	return r.seen.updates, r.seen.frames, r.seen.last
}

func (r *running) screenNow() string {
	_, _, screen := r.sofar()
	return screen
}

func (r *running) types(t *testing.T, text string) {
	t.Helper()
	if _, err := r.keyboard.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// quits leaves the pane, and says how long that took.
func (r *running) quits(t *testing.T) time.Duration {
	t.Helper()
	begun := time.Now()
	r.types(t, "q")
	if err := <-r.done; err != nil {
		t.Fatal(err)
	}
	r.leave()
	took := time.Since(begun)
	_ = r.keyboard.Close()
	time.Sleep(2 * time.Second) // the last timer rings and finds nobody
	return took
}

// A thousand requests a second for ten seconds, while keys are pressed: each key is
// answered in the next frame, and the pane draws no frame for each request.
func TestAFloodOfRequestsDelaysNoKey(t *testing.T) {
	v := newStory(t, drawn()[:3]...).p.config.Vault
	synctest.Test(t, func(t *testing.T) {
		const flood = 10 * time.Second
		var sent atomic.Int32
		r := started(t, v, func(c *Config) {
			c.Serve = func(ctx context.Context, desk agent.Desk, state func(agent.State)) error {
				state(agent.State{Phase: agent.Serving})
				bare := desk.Accounts()[0]
				bare.Secret = otpcore.Secret{}
				for begun := time.Now(); time.Since(begun) < flood; time.Sleep(time.Millisecond) {
					desk.Told(agent.Event{At: time.Now(), Peer: agent.Peer{Program: itoa(int(sent.Add(1)))}, Do: agent.DoCode, Accounts: []otpcore.Account{bare}, Verdict: agent.Given})
				}
				<-ctx.Done()
				return nil
			}
		})
		if !strings.Contains(r.screenNow(), "▌1   GitHub") && !strings.Contains(r.screenNow(), "▌1 ★ GitHub") {
			t.Fatalf("the scene is not set:\n%s", r.screenNow())
		}
		before, _, _ := r.sofar()
		for i := range 45 {
			time.Sleep(213 * time.Millisecond)
			r.types(t, []string{"j", "k"}[i%2])
			row := []string{"▌2", "▌1"}[i%2]
			if !strings.Contains(r.screenNow(), row) {
				t.Fatalf("key %d is not answered:\n%s", i, r.screenNow())
			}
		}
		if after, _, _ := r.sofar(); sent.Load() < 5_000 || after-before > 400 {
			t.Errorf("%d requests made %d updates", sent.Load(), after-before)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if took := r.quits(t); took > 100*time.Millisecond {
			t.Errorf("leaving took %s", took)
		}
		if n := len(r.serving.log); n != logRows {
			t.Errorf("the log has %d rows", n)
		}
	})
}

// A pane that serves and is asked nothing wakes as often as one that does not.
func TestAnIdleAgentCostsNothing(t *testing.T) {
	v := newStory(t, drawn()[:3]...).p.config.Vault
	updates := map[bool]int{}
	for _, serves := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := started(t, v, func(c *Config) {
				if serves {
					c.Serve = func(ctx context.Context, _ agent.Desk, state func(agent.State)) error {
						state(agent.State{Phase: agent.Serving})
						<-ctx.Done()
						return nil
					}
				}
			})
			time.Sleep(10*time.Second + 300*time.Millisecond) // between two ticks
			before, framesBefore, _ := r.sofar()
			time.Sleep(time.Minute)
			after, frames, _ := r.sofar()
			updates[serves] = after - before + frames - framesBefore
			if got := strings.Contains(r.screenNow(), "agent on"); got != serves {
				t.Fatalf("the header says that it serves: %v", got)
			}
			r.quits(t)
		})
	}
	if updates[true] != updates[false] || updates[true] < 60 {
		t.Errorf("updates and frames in a minute: %d, serving %d", updates[false], updates[true])
	}
}

// Leaving waits for the end of the serving, with its socket, and not for ever.
func TestLeavingWaitsForTheAgent(t *testing.T) {
	v := newStory(t, drawn()[:3]...).p.config.Vault
	for _, slow := range []time.Duration{0, 300 * time.Millisecond, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			ended := make(chan struct{})
			r := started(t, v, func(c *Config) {
				c.Serve = func(ctx context.Context, _ agent.Desk, _ func(agent.State)) error {
					<-ctx.Done()
					time.Sleep(slow)
					close(ended)
					return nil
				}
			})
			took := r.quits(t)
			select {
			case <-ended:
				if took < slow {
					t.Errorf("left after %s, before the end of what takes %s", took, slow)
				}
			default:
				if slow <= leaveWait || took < leaveWait || took > leaveWait+time.Second {
					t.Errorf("left after %s with what takes %s", took, slow)
				}
				<-ended
			}
		})
	}
}

// Ctrl-z stops the process when the socket is closed, and not before: a stopped one
// would let its clients hang.
func TestCtrlZStopsAfterTheAgentsEnd(t *testing.T) {
	v := newStory(t, drawn()[:3]...).p.config.Vault
	synctest.Test(t, func(t *testing.T) {
		var ended, stopped atomic.Bool
		terminal := unicodeLook
		terminal.Suspend = func() error {
			if stopped.Store(true); !ended.Load() {
				t.Error("stopped while it serves")
			}
			return nil
		}
		r := startedOn(t, terminal, v, func(c *Config) {
			c.Serve = func(ctx context.Context, _ agent.Desk, _ func(agent.State)) error {
				<-ctx.Done()
				time.Sleep(2 * time.Second) // longer than the library takes to let go of the terminal
				ended.Store(true)
				return nil
			}
		})
		r.types(t, "\x1a")
		time.Sleep(4 * time.Second)
		if err := <-r.done; err != nil || !stopped.Load() || r.outcome != Locked {
			t.Errorf("left with %v, stopped %v, outcome %v", err, stopped.Load(), r.outcome)
		}
		r.leave()
		_ = r.keyboard.Close()
		time.Sleep(2 * time.Second)
	})
}

// The next run begins when the one before has given the socket back, however fast the
// setting is switched to and fro; one that fails is not tried again by itself.
func TestRunsOfTheAgentFollowEachOther(t *testing.T) {
	v := newStory(t, drawn()[:3]...).p.config.Vault
	synctest.Test(t, func(t *testing.T) {
		var stored otpcore.Answer
		var at, most, runs atomic.Int32
		var fails atomic.Bool
		r := started(t, v, func(c *Config) {
			c.Settings = &Settings{
				Agent: func(answer otpcore.Answer) error { stored = answer; return nil },
				Apply: func(c *Config, _ *Terminal) { c.Agent = stored },
			}
			c.Serve = func(ctx context.Context, _ agent.Desk, state func(agent.State)) error {
				most.Store(max(most.Load(), at.Add(1)))
				runs.Add(1)
				defer at.Add(-1)
				if fails.Load() {
					return errors.New("no")
				}
				state(agent.State{Phase: agent.Serving})
				<-ctx.Done()
				time.Sleep(200 * time.Millisecond) // a code that is being drawn
				return nil
			}
		})
		r.types(t, "A")
		for range 5 {
			r.types(t, "n")
			r.types(t, "y")
			r.types(t, "a")
		}
		time.Sleep(5 * time.Second)
		if most.Load() != 1 || runs.Load() < 2 || !strings.Contains(r.screenNow(), "asks for each code") {
			t.Errorf("%d runs, %d at once:\n%s", runs.Load(), most.Load(), r.screenNow())
		}
		fails.Store(true)
		r.types(t, "n")
		r.types(t, "y")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		before := runs.Load()
		time.Sleep(time.Minute)
		if synctest.Wait(); runs.Load() != before || !strings.Contains(r.screenNow(), "failed") {
			t.Errorf("%d more runs after a failure:\n%s", runs.Load()-before, r.screenNow())
		}
		r.types(t, "q")
		r.quits(t)
	})
}

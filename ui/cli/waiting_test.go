package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"otpane/otpcore"
	"otpane/ui/agent"
	"otpane/vault"
)

// desk is a program with one account, at a machine whose clock can be set.
type desk struct {
	*program
	t       *testing.T
	v       *vault.Vault
	account otpcore.Account
	asked   int
	stdout  *page
	stderr  bytes.Buffer
	ahead   atomic.Int64 // nanoseconds by which the wall clock is before time's own
}

// page keeps what was printed.
type page struct {
	sync.Mutex
	text []byte
}

func (p *page) Write(text []byte) (int, error) {
	p.Lock()
	defer p.Unlock()
	p.text = append(p.text, text...)
	return len(text), nil
}

func (p *page) lines() []string {
	p.Lock()
	defer p.Unlock()
	return strings.Fields(string(p.text))
}

// sit begins past seconds into a period of the account, which has 30.
func sit(t *testing.T, past time.Duration) *desk {
	t.Helper()
	d := &desk{t: t, stdout: &page{}}
	d.program = &program{Env: Env{Stdin: strings.NewReader(""), Stdout: d.stdout, Stderr: &d.stderr,
		Getenv: func(string) string { return "" }, Now: d.now}}
	v, err := vault.InMemory(d.now)
	if err != nil {
		t.Fatal(err)
	}
	d.v = v
	if err := v.Update(func(draft *vault.Draft) error {
		_, err := draft.Add(otpcore.Account{Issuer: "GitHub", Name: "alice", Kind: otpcore.TOTP, Algorithm: otpcore.SHA1,
			Digits: 6, Period: 30, Secret: otpcore.NewSecret([]byte("a key for tests alone"))})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	d.account = v.Accounts()[0]
	if left := d.account.At(d.now()).Left; left != 30*time.Second {
		t.Fatalf("a bubble's clock begins %s before the end of a period", left)
	}
	time.Sleep(past)
	return d
}

// now has no monotonic reading: that one cannot be set.
func (d *desk) now() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())).Round(0) }

// set puts the clock on the wall forward, or back.
func (d *desk) set(by time.Duration) { d.ahead.Add(int64(by)) }

func (d *desk) source() *opened { return &opened{d.v, instant{}, d.now} }

// code is the account's code so many periods from now.
func (d *desk) code(periods int) string {
	return d.account.At(d.now().Add(time.Duration(30*periods) * time.Second)).Code
}

func (d *desk) ask(ctx context.Context, timed bool) (given, error) {
	d.asked++
	return d.source().code(ctx, "git", timed)
}

func TestMinLeft(t *testing.T) {
	for name, c := range map[string]struct {
		past, least, waits time.Duration
		periods            int
	}{
		"enough":         {5 * time.Second, 10 * time.Second, 0, 0},
		"just enough":    {20 * time.Second, 10 * time.Second, 0, 0},
		"too little":     {21 * time.Second, 10 * time.Second, 9 * time.Second, 1},
		"the last blink": {30*time.Second - time.Millisecond, time.Second, time.Millisecond, 1},
		"nearly all":     {time.Second, 29*time.Second + time.Millisecond, 29 * time.Second, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := sit(t, c.past)
				want, before := d.code(c.periods), d.now()
				if d.code(0) == d.code(1) {
					t.Fatal("two codes in a row are equal")
				}
				e, err := d.wanted(t.Context(), codeRequest{minLeft: lifetime(c.least)}, d.ask)
				if err != nil || e.Code != want {
					t.Fatalf("got %q, %v, want %s", e.Code, err, want)
				}
				if waited := d.now().Sub(before); waited != c.waits {
					t.Errorf("waited %s, want %s", waited, c.waits)
				}
				if d.asked != 1 {
					t.Errorf("asked %d times", d.asked)
				}
				if left := e.until.Sub(d.now()); e.SecondsLeft != seconds(left) || left < c.least {
					t.Errorf("%d s are said to be left, and %s are", e.SecondsLeft, left)
				}
			})
		})
	}
}

// TestMinLeftAsksAgain: whoever slept through the next code as well gets a newer one.
func TestMinLeftAsksAgain(t *testing.T) {
	for name, set := range map[string]time.Duration{"slept": 55 * time.Second, "set back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := sit(t, 25*time.Second)
				go func() {
					time.Sleep(1500 * time.Millisecond)
					d.set(set)
				}()
				e, err := d.wanted(t.Context(), codeRequest{minLeft: lifetime(10 * time.Second)}, d.ask)
				if err != nil || e.Code != d.code(0) || d.asked != 2 {
					t.Errorf("got %q, %v after %d questions, want %s", e.Code, err, d.asked, d.code(0))
				}
				if left := d.account.At(d.now()).Left; left < 10*time.Second {
					t.Errorf("it has %s to live", left)
				}
			})
		})
	}
}

func TestMinLeftRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, 0)
		for _, least := range []time.Duration{30 * time.Second, time.Hour} {
			_, err := d.wanted(t.Context(), codeRequest{minLeft: lifetime(least)}, d.ask)
			if f := new(fault); !errors.As(err, &f) || f.status != misused || !strings.Contains(f.what, "these live for 30 s") {
				t.Errorf("%s: %v", least, err)
			}
		}
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, leave)
		time.Sleep(time.Second)
		before := d.now()
		_, err := d.wanted(ctx, codeRequest{minLeft: lifetime(29500 * time.Millisecond)}, d.ask)
		if !errors.Is(err, context.Canceled) || d.now().Sub(before) != 2*time.Second {
			t.Errorf("ctrl-c: %v after %s", err, d.now().Sub(before))
		}
	})
}

// TestCodesEndByTheWallClock: with a monotonic reading in it, the end of a code would
// not move when the clock is set.
func TestCodesEndByTheWallClock(t *testing.T) {
	a := otpcore.Account{Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30, Secret: otpcore.NewSecret([]byte("a key for tests alone"))}
	now := time.Now()
	if now == now.Round(0) {
		t.Skip("this system's clock has no monotonic reading")
	}
	if until := entryOf(a, now).until; until != until.Round(0) || until.Before(now) {
		t.Errorf("it ends at %v", until)
	}
}

func TestLifetimes(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"10s": 10 * time.Second, "10": 10 * time.Second, "2.5": 2500 * time.Millisecond, "1m": time.Minute,
		"0": 0, "-3s": 0, "soon": 0, "": 0, "1e300": 0, "NaN": 0, "9999999h": 0,
	} {
		var l lifetime
		if err := l.Set(text); (err == nil) != (want > 0) || err == nil && time.Duration(l) != want {
			t.Errorf("%q: %s, %v", text, time.Duration(l), err)
		}
	}
}

// follow runs in the background until the returned function is called.
func (d *desk) follow(asJSON bool) (end func() error) {
	ctx, stop := context.WithCancel(d.t.Context())
	result := make(chan error, 1)
	go func() { result <- d.program.follow(ctx, d.source(), "git", asJSON) }()
	synctest.Wait()
	return func() error { stop(); return <-result }
}

func (d *desk) expect(codes ...string) {
	d.t.Helper()
	if got := strings.Join(d.stdout.lines(), " "); got != strings.Join(codes, " ") {
		d.t.Fatalf("printed %s, want %s", got, strings.Join(codes, " "))
	}
}

// wait lets time pass, and what it brings be done.
func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, 25*time.Second)
		one, two, three := d.code(0), d.code(1), d.code(2)
		end := d.follow(false)
		d.expect(one)
		wait(5*time.Second - time.Nanosecond)
		d.expect(one)
		wait(time.Nanosecond)
		d.expect(one, two)
		wait(30 * time.Second)
		d.expect(one, two, three)

		// an account that the query means as well does not stop it
		if err := d.v.Update(func(draft *vault.Draft) error {
			other := d.account
			other.Name, other.Digits = "git", 8
			_, err := draft.Add(other)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		wait(30 * time.Second)
		d.expect(one, two, three, d.code(0))
		if err := end(); err != nil || d.stderr.Len() > 0 {
			t.Errorf("ctrl-c: %v, %q", err, d.stderr.String())
		}
	})
}

// TestFollowHeals: after sleep, and when the clock is set, the right code comes
// within a second, and none twice.
func TestFollowHeals(t *testing.T) {
	for name, by := range map[string]time.Duration{"forward": 10 * time.Minute, "back": -10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := sit(t, 7*time.Second)
				first := d.code(0)
				end := d.follow(false)
				wait(1100 * time.Millisecond)
				d.set(by)
				d.expect(first)
				wait(time.Second)
				d.expect(first, d.code(0))
				d.set(2 * time.Second) // a nudge within the period changes nothing
				wait(3 * time.Second)
				d.expect(first, d.code(0))
				if err := end(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestFollowEndsWithItsReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, 0)
		one := d.code(0)
		d.Stdout = brokenAfter{d.stdout, 1}
		if err := d.program.follow(t.Context(), d.source(), "git", false); err != nil {
			t.Error(err)
		}
		d.expect(one)
		if left := d.account.At(d.now()).Left; left != 30*time.Second {
			t.Errorf("it ended %s before the code did", left)
		}
	})
}

// brokenAfter is a pipe whose reader takes so many lines.
type brokenAfter struct {
	*page
	lines int
}

func (b brokenAfter) Write(text []byte) (int, error) {
	if len(b.page.lines()) >= b.lines {
		return 0, syscall.EPIPE
	}
	return b.page.Write(text)
}

func TestFollowFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, 0)
		end := d.follow(false)
		if err := d.v.Update(func(draft *vault.Draft) error { return draft.Delete(d.account.ID) }); err != nil {
			t.Fatal(err)
		}
		wait(30 * time.Second)
		if f := new(fault); !errors.As(end(), &f) || f.status != nothingFound {
			t.Errorf("a deleted account: %v", f)
		}
	})
}

func TestFollowJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, 20*time.Second)
		end := d.follow(true)
		wait(10 * time.Second)
		lines := d.stdout.lines() // the test's names have no blanks
		if len(lines) != 2 {
			t.Fatalf("%d lines: %s", len(lines), lines)
		}
		for i, want := range []struct{ code, next string }{{d.code(-1), d.code(0)}, {d.code(0), d.code(1)}} {
			var e entry
			if err := json.Unmarshal([]byte(lines[i]), &e); err != nil || e.Code != want.code || e.Next != want.next {
				t.Errorf("line %d: %v, %s", i, err, lines[i])
			}
		}
		if err := end(); err != nil {
			t.Error(err)
		}
	})
}

// TestAnAgentsCodeEndsWithASecond: its milliseconds are cut, and by a code that ended
// too early the same one would be printed again.
func TestAnAgentsCodeEndsWithASecond(t *testing.T) {
	end := time.Unix(1795359870, 0)
	fact := agent.Fact{ID: "k", Type: "totp", Algorithm: "SHA1", Digits: 6, Period: 30, Code: "123456", Next: "654321"}
	for _, left := range []time.Duration{29*time.Second + 999*time.Millisecond + 900*time.Microsecond, 12345 * time.Millisecond, 700 * time.Microsecond} {
		fact.Left = left.Milliseconds()
		if e := entryOfFact(fact, end.Add(-left)); !e.until.Equal(end) {
			t.Errorf("with %s to live it ends at %v", left, e.until.UTC())
		}
	}
}

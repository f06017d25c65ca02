//go:build linux

package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const kills = 500

// TestRandomKills ends a loop of saves at random moments.
func TestRandomKills(t *testing.T) {
	k := &killer{home: mustHome(t, begin(t)), random: rand.New(rand.NewPCG(3, 7))}
	if err := k.learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	for round := range kills {
		signal := []syscall.Signal{syscall.SIGKILL, syscall.SIGHUP, syscall.SIGTERM}[round%3]
		try := k.edit
		if round%2 == 1 {
			try = k.draw
		}
		if err := try(t.Context(), round, signal); err != nil {
			t.Fatalf("round %d, %s: %v", round, signal, err)
		}
	}
	if err := k.savesAgain(t.Context()); err != nil {
		t.Error(err)
	}
	if k.saved == 0 || k.saved == kills {
		t.Errorf("the scene is not set: %d of %d saved", k.saved, kills)
	}
	closing.add(t, "random KILL, HUP, TERM", strconv.Itoa(kills), "%d before the save, %d after it, %d codes shown, 0 lost, none shown unsaved", kills-k.saved, k.saved, k.shown)
}

// killer ends programs at some moment of their life.
type killer struct {
	home
	random *rand.Rand
	life   time.Duration
	saved  int
	shown  int
}

// learn measures how long a save lives.
func (k *killer) learn(ctx context.Context) error {
	begin := time.Now()
	for range 10 {
		if err := k.savesAgain(ctx); err != nil {
			return err
		}
	}
	k.life = time.Since(begin) / 10
	return nil
}

func (k *killer) end(r *running, signal syscall.Signal) outcome {
	time.Sleep(time.Duration(k.random.Int64N(int64(k.life * 5 / 4)))) // the moment is what is tried
	if r.err == nil {
		_ = r.Process.Signal(signal) // it may have ended already
	}
	return r.end()
}

// edit sets a note: it is the old or the new, and new if that was said.
func (k *killer) edit(ctx context.Context, round int, signal syscall.Signal) error {
	was, err := k.account(mill)
	if err != nil {
		return err
	}
	note := "round " + strconv.Itoa(round)
	o := k.end(k.start(ctx, "edit", mill, "--note", note, "--yes"), signal)
	is, err := k.account(mill)
	switch {
	case err != nil:
		return err
	case is.Note == note:
		k.saved++
	case is.Note != was.Note:
		return fmt.Errorf("the note is %q, neither %q nor %q", is.Note, was.Note, note)
	case o.status == 0:
		return errors.New("said to be saved, and is not")
	}
	return k.whole()
}

// draw takes a code: if it was shown, its counter is spent for ever.
func (k *killer) draw(ctx context.Context, _ int, signal syscall.Signal) error {
	was, err := k.account(bank)
	if err != nil {
		return err
	}
	o := k.end(k.start(ctx, "code", bank), signal)
	is, err := k.account(bank)
	if err != nil {
		return err
	}
	code := strings.TrimSpace(o.out)
	switch steps := is.Counter - was.Counter; {
	case steps > 1:
		return fmt.Errorf("the counter went from %d to %d", was.Counter, is.Counter)
	case code != "" && steps == 0:
		return fmt.Errorf("code %d was shown and is not spent", was.Counter)
	case code != "" && code != was.CodeAt(was.Counter):
		return fmt.Errorf("%s is not code %d", code, was.Counter)
	case steps == 1:
		k.saved++
	}
	if code != "" {
		k.shown++
	}
	return k.whole()
}

func (k *killer) whole() error {
	labels, err := k.holds()
	if err == nil && labels != mill+", "+bank {
		err = fmt.Errorf("it holds %s", labels)
	}
	return err
}

//go:build linux

package torture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEveryCallOfASave stops or refuses each system call of a save on a file.
func TestEveryCallOfASave(t *testing.T) {
	program := begin(t)
	needTool(t, "strace")
	needRoot(t)
	for _, fault := range []string{"signal=KILL", "error=EIO", "error=ENOSPC", "error=EACCES", "error=EROFS", "error=EINTR"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := newSweep(home{t.TempDir(), program}, fault)
			if err := s.everyCall(t.Context()); err != nil {
				t.Error(err)
			}
			if len(s.aims) < 40 || s.old == 0 || s.new == 0 {
				t.Errorf("the scene is not set: %s", s)
			}
			closing.add(t, "injection "+fault, strconv.Itoa(s.shots), "%s", s)
		})
	}
}

// TestLastingFaults refuses a call as often as it is made.
func TestLastingFaults(t *testing.T) {
	program := begin(t)
	needTool(t, "strace")
	needRoot(t)
	s := newSweep(home{t.TempDir(), program}, "lasting")
	for _, name := range []string{"fsync", "linkat", "renameat", "unlinkat", "flock", "getdents64"} {
		for _, cause := range []string{"EIO", "ENOSPC", "EACCES", "EROFS"} {
			if _, err := s.shoot(t.Context(), name+":error="+cause); err != nil {
				t.Errorf("%s %s: %v", name, cause, err)
			}
		}
	}
	if s.old == 0 || s.new == 0 {
		t.Errorf("the scene is not set: %s", s)
	}
	closing.add(t, "injection, lasting", strconv.Itoa(s.shots), "%d old, %d new, 0 lost", s.old, s.new)
}

// TestLyingWrites: the system says that all or some of a vault was written, and
// wrote nothing of it.
func TestLyingWrites(t *testing.T) {
	program := begin(t)
	needTool(t, "strace")
	needRoot(t)
	lies, err := lyingWrites(t.Context(), home{t.TempDir(), program})
	if err != nil {
		t.Error(err)
	}
	closing.add(t, "lying writes", strconv.Itoa(lies), "all noticed, old vault kept")
}

// TestOrderOfASave reads what must last before what, off the calls themselves.
func TestOrderOfASave(t *testing.T) {
	program := begin(t)
	needTool(t, "strace")
	needRoot(t)
	if err := order(t.Context(), home{t.TempDir(), program}); err != nil {
		t.Error(err)
	}
	closing.add(t, "order of a save", strconv.Itoa(len(inOrder)), "write, sync, read back, keep, sync, rename, sync")
	if err := drawOrder(t.Context(), home{t.TempDir(), program}); err != nil {
		t.Error(err)
	}
	closing.add(t, "order of a draw", strconv.Itoa(len(inOrder)+1), "a save in its order, then the code")
}

// sweep holds a fault against every call of a save. The dir of its home is
// where it makes its homes.
type sweep struct {
	home
	fault    string
	aims     []call
	shots    int // saves that were disturbed
	hits     map[string]bool
	old, new int // what they left
	strays   int // half-written files, which the next save cleared
}

// lie is the fault of a system that claims to have written.
const lie = "lie"

func newSweep(under home, fault string) *sweep {
	return &sweep{home: under, fault: fault, hits: map[string]bool{}}
}

func (s *sweep) String() string {
	return fmt.Sprintf("%d calls: %d old, %d new, 0 lost; %d half-written files cleared by the next save", len(s.aims), s.old, s.new, s.strays)
}

// tries bounds the aiming: the Go scheduler may move a save to another thread,
// where strace counts anew, and the shot hits another call.
const tries = 40

func (s *sweep) everyCall(ctx context.Context) error {
	if err := s.aim(ctx); err != nil {
		return err
	}
	var missed []error
	for _, c := range slices.Clone(s.aims) {
		if err := s.strike(ctx, c.step, s.fault); errors.Is(err, errMissed) {
			missed = append(missed, err)
		} else if err != nil {
			return err
		}
	}
	return errors.Join(missed...)
}

var errMissed = errors.New("never hit")

// strike shoots until that step has been hit; what the stray shots hit is judged
// as well. Now and then it aims anew, for it may have seen a rare save.
func (s *sweep) strike(ctx context.Context, step, how string) error {
	for try := 1; !s.hits[step]; try++ {
		if try > tries {
			return fmt.Errorf("%s: %w", step, errMissed)
		}
		if try%5 == 0 {
			if err := s.aim(ctx); err != nil {
				return err
			}
		}
		at := slices.IndexFunc(s.aims, func(c call) bool { return c.step == step })
		if at < 0 {
			continue
		}
		hit, err := s.shoot(ctx, fmt.Sprintf("%s:%s:when=%d", s.aims[at].name, how, s.aims[at].nth))
		if err != nil {
			return fmt.Errorf("%s at %s: %w", how, hit, err)
		}
	}
	return nil
}

// aim looks at an undisturbed save: at one that stayed in one thread, as most do.
func (s *sweep) aim(ctx context.Context) error {
	for range tries {
		h, err := newHome(s.dir, s.program)
		if err != nil {
			return err
		}
		o, calls, err := h.addWatched(ctx)
		if err != nil || o.status != 0 {
			return fmt.Errorf("an undisturbed save: status %d, %s, %w", o.status, o.talk, err)
		}
		s.aims = slices.DeleteFunc(calls, func(c call) bool { return c.step == "" })
		if !slices.ContainsFunc(s.aims, func(c call) bool { return c.thread != s.aims[0].thread }) {
			return nil
		}
	}
	return errors.New("a save never stays in one thread")
}

// shoot disturbs one save in a new home and judges what it left.
func (s *sweep) shoot(ctx context.Context, injection string) (hit string, err error) {
	h, err := newHome(s.dir, s.program)
	if err != nil {
		return "", err
	}
	before, err := os.ReadFile(h.vault())
	if err != nil {
		return "", err
	}
	o, calls, err := h.addWatched(ctx, "-e", "inject="+injection)
	if err != nil {
		return "", err
	}
	s.shots++
	hit = struck(calls, injection)
	s.hits[hit] = true
	if err := s.judge(h, o, before, hit != ""); err != nil {
		return hit, err
	}
	if err := h.savesAgain(ctx); err != nil {
		return hit, err
	}
	return hit, os.RemoveAll(h.dir)
}

// struck is the step that an injection hit. A call in which the program was
// killed is one that never returned.
func struck(calls []call, injection string) (step string) {
	name := regexp.MustCompile(`^[a-z0-9]+`).FindString(injection)
	for _, c := range calls {
		if c.step != "" && (c.injected() || c.name == name && c.result == "") {
			step = c.step
		}
	}
	return step
}

// judge: old or new; "saved" means new; a failure means old, byte for byte. If a
// call of the save was hit, the failure names the place; the others, such as
// those of Go's scheduler, may fail as they like.
func (s *sweep) judge(h home, o outcome, before []byte, hit bool) error {
	labels, err := h.holds()
	if err != nil {
		return err
	}
	s.strays += len(h.strays())
	after, err := os.ReadFile(h.vault())
	if err != nil {
		return err
	}
	is := labels == mill+", "+bank+", "+fresh
	switch {
	case is:
		s.new++
	case labels == mill+", "+bank:
		s.old++
	default:
		return fmt.Errorf("neither old nor new, but %s", labels)
	}
	if s.fault == lie && !hit {
		return nil // another write, shorter than the lie: no system does that
	}
	switch {
	case o.status == 0 && !is:
		return errors.New("said to be saved, and is not")
	case hit && s.fault == lie && is:
		return errors.New("the lie was believed")
	case o.status > 0 && !bytes.Equal(before, after):
		return fmt.Errorf("said to have failed, and the file is another: %s", o.talk)
	case hit && o.status > 0 && !strings.Contains(o.talk, h.dir):
		return fmt.Errorf("the place is not named: %s", o.talk)
	case hit && o.status < 0 && s.fault != "signal=KILL":
		return fmt.Errorf("ended by a signal: %s", o.talk)
	}
	return nil
}

// temp is the half-written vault in a step.
const temp = "./.vault.age.~.tmp"

// lyingWrites returns how many lies were told.
func lyingWrites(ctx context.Context, under home) (lies int, err error) {
	s := newSweep(under, lie)
	if err := s.aim(ctx); err != nil {
		return 0, err
	}
	const lied = "write " + temp + " #1"
	at := slices.IndexFunc(s.aims, func(c call) bool { return c.step == lied })
	if at < 0 {
		return 0, errors.New("there is no write to lie about")
	}
	for _, said := range []string{s.aims[at].result, "4096", "100", "1"} {
		delete(s.hits, lied)
		if err := s.strike(ctx, lied, "retval="+said); err != nil {
			return lies, err
		}
		lies++
	}
	return lies, nil
}

// inOrder is a save as it must be: what a rename promises has to be on the disk
// before it, and the rename before anybody hears of it.
var inOrder = []string{
	"flock ./.vault.age.lock",
	"write " + temp,
	"fsync " + temp,
	"read " + temp,
	"linkat ./vault.age → ./backups/~",
	"fsync ./backups",
	"renameat " + temp + " → ./vault.age",
	"fsync ./",
}

func order(ctx context.Context, under home) error {
	s := newSweep(under, "")
	if err := s.aim(ctx); err != nil {
		return err
	}
	return follows(s.aims, inOrder)
}

// drawOrder: a code is shown when its counter lasts, and not before.
func drawOrder(ctx context.Context, under home) error {
	h, err := newHome(under.dir, under.program)
	if err != nil {
		return err
	}
	calls, err := h.drawWatched(ctx)
	if err != nil {
		return err
	}
	first := slices.IndexFunc(calls, func(c call) bool { return c.step == "write ./shown #1" })
	if first < 0 {
		return errors.New("no code was shown")
	}
	return follows(calls[:first], inOrder)
}

// follows looks for steps among the calls, one after the other.
func follows(calls []call, steps []string) error {
	next := 0
	for _, c := range calls {
		step, _, _ := strings.Cut(c.step, " #")
		if next < len(steps) && step == steps[next] {
			next++
		}
	}
	if next < len(steps) {
		return fmt.Errorf("a save lacks, in its place: %s", steps[next])
	}
	return nil
}

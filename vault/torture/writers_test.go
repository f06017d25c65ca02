//go:build linux

package torture

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const edits = 1000

// TestTwoWriters lets two loops of commands work on one vault.
func TestTwoWriters(t *testing.T) {
	program := begin(t)
	if err := twoWriters(t.Context(), home{t.TempDir(), program}, edits); err != nil {
		t.Error(err)
	}
	closing.add(t, "two writers", fmt.Sprintf("2 × %d", edits), "no edit lost, no counter shown twice")
}

// twoWriters: of each writer's edits, every tenth adds an account, the others
// draw codes of one counter. A lost edit is an account that is missing or a code
// that comes twice.
func twoWriters(ctx context.Context, under home, edits int) error {
	h, err := newHome(under.dir, under.program)
	if err != nil {
		return err
	}
	var codes [2][]string
	var failed [2]error
	var both sync.WaitGroup
	for writer := range 2 {
		both.Go(func() { codes[writer], failed[writer] = h.write(ctx, writer, edits) })
	}
	both.Wait()
	if err := errors.Join(failed[:]...); err != nil {
		return err
	}
	if err := h.distinct(append(codes[0], codes[1]...)); err != nil {
		return err
	}
	labels, err := h.holds()
	if got, want := strings.Count(labels, "Writer"), 2*(edits/10); err == nil && got != want {
		err = fmt.Errorf("%d accounts were added, %d are there", want, got)
	}
	return err
}

func (h home) write(ctx context.Context, writer, edits int) (codes []string, err error) {
	for n := range edits {
		var o outcome
		if n%10 == 0 {
			o = h.add(ctx, fmt.Sprintf("Writer %d", writer), strconv.Itoa(n))
		} else {
			o = h.run(ctx, "code", bank)
			codes = append(codes, strings.TrimSpace(o.out))
		}
		if o.status != 0 {
			return codes, fmt.Errorf("writer %d, edit %d: status %d, %s", writer, n, o.status, o.talk)
		}
	}
	return codes, nil
}

func (h home) add(ctx context.Context, issuer, name string) outcome {
	r := h.prepare(ctx, "add", "--issuer", issuer, "--account", name)
	r.Stdin = strings.NewReader(newKey)
	return r.begin().end()
}

// distinct: the codes are those of the first counters, each once.
func (h home) distinct(codes []string) error {
	a, err := h.account(bank)
	if err != nil {
		return err
	}
	if a.Counter != uint64(len(codes)) {
		return fmt.Errorf("%d codes were shown, and the counter is %d", len(codes), a.Counter)
	}
	shown := map[string]int{}
	for _, code := range codes {
		shown[code]++
	}
	for n := range a.Counter {
		shown[a.CodeAt(n)]--
	}
	for code, n := range shown {
		if n != 0 {
			return fmt.Errorf("code %s was shown once too often or too seldom: %d", code, n)
		}
	}
	return nil
}

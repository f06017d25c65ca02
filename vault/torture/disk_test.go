//go:build linux

package torture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestDiskFull leaves a small file system 0, 1, 2 … free blocks or files: the
// old vault stays, and saves again when there is room.
func TestDiskFull(t *testing.T) {
	program := begin(t)
	needRoot(t)
	refused, rounds := 0, 0
	for _, limit := range []string{"size=256k", "size=1m,nr_inodes=32"} {
		h := mustHome(t, program)
		mount(t, h, limit)
		for free := range 8 {
			rounds++
			fill(t, h, free)
			said, err := h.refusedOrSaved(t.Context(), "no space left")
			if err != nil {
				t.Errorf("%s, %d free: %v", limit, free, err)
			}
			refused += said
			if err := errors.Join(os.RemoveAll(h.file("filler")), h.savesAgain(t.Context())); err != nil {
				t.Errorf("%s, with room again: %v", limit, err)
			}
		}
	}
	if refused == 0 || refused == rounds {
		t.Errorf("the scene is not set: %d of %d saves refused", refused, rounds)
	}
	closing.add(t, "disk full", strconv.Itoa(rounds), "%d refused, old vault kept; %d saved; saves again with room", refused, rounds-refused)
}

// mount puts a small file system where the home is, and the home into it.
func mount(t *testing.T, h home, options string) {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(filepath.Join(copied, "home"), os.DirFS(h.dir)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", h.dir, "tmpfs", 0, options); err != nil {
		skip(t, "cannot mount a small file system: "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(h.dir, syscall.MNT_DETACH) })
	if err := os.CopyFS(h.dir, os.DirFS(filepath.Join(copied, "home"))); err != nil {
		t.Fatal(err)
	}
}

// fill takes all room but some pages, or all files but some.
func fill(t *testing.T, h home, free int) {
	t.Helper()
	if err := os.Mkdir(h.file("filler"), 0o700); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		err := os.WriteFile(h.file(fmt.Sprintf("filler/%d", n)), make([]byte, os.Getpagesize()), 0o600)
		if err == nil {
			continue
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		for back := range free + 1 {
			_ = os.Remove(h.file(fmt.Sprintf("filler/%d", n-back))) // the last may not have been made
		}
		return
	}
}

// refusedOrSaved: a refusal says why and leaves every byte and no other file; a
// save that was said is there.
func (h home) refusedOrSaved(ctx context.Context, why string) (refused int, err error) {
	before, err := os.ReadFile(h.vault())
	if err != nil {
		return 0, err
	}
	o := h.run(ctx, "edit", mill, "--note", "not yet", "--yes")
	after, err := os.ReadFile(h.vault())
	if err != nil {
		return 0, err
	}
	if o.status == 0 {
		if a, err := h.account(mill); err != nil || a.Note != "not yet" {
			return 0, fmt.Errorf("said to be saved: note %q, %w", a.Note, err)
		}
		return 0, nil
	}
	_, err = h.holds()
	switch {
	case err != nil:
		return 1, err
	case !strings.Contains(o.talk, why):
		return 1, fmt.Errorf("status %d without saying %q: %s", o.status, why, o.talk)
	case !bytes.Equal(before, after):
		return 1, errors.New("the vault is another")
	case len(h.strays()) > 0:
		return 1, fmt.Errorf("left %v", h.strays())
	}
	return 1, nil
}

// TestFileSizeLimit: a quota of the process stops the save half-way.
func TestFileSizeLimit(t *testing.T) {
	h := mustHome(t, begin(t))
	needTool(t, "prlimit")
	before, err := os.ReadFile(h.vault())
	if err != nil {
		t.Fatal(err)
	}
	limits := []int{0, 1, 100, len(before) / 2, len(before) - 1}
	for _, limit := range limits {
		r := h.prepare(t.Context(), "edit", mill, "--note", "too large", "--yes")
		r.Path, r.Args = "/usr/bin/prlimit", append([]string{"prlimit", "--fsize=" + strconv.Itoa(limit), h.program}, r.Args[1:]...)
		o := r.begin().end()
		after, err := os.ReadFile(h.vault())
		if o.status == 0 || err != nil || !bytes.Equal(before, after) {
			t.Errorf("limit %d: status %d, %v, vault the same: %v", limit, o.status, err, bytes.Equal(before, after))
		}
		if strings.Contains(o.talk, "goroutine") || strings.Contains(o.talk, identity) {
			t.Errorf("limit %d: it crashed: %.200s", limit, o.talk)
		}
	}
	if err := h.savesAgain(t.Context()); err != nil {
		t.Error(err)
	}
	closing.add(t, "file size limit", strconv.Itoa(len(limits)), "old vault kept, saves again without the limit")
}

// TestReadOnlyMount: everything can be read, nothing is changed.
func TestReadOnlyMount(t *testing.T) {
	program := begin(t)
	needRoot(t)
	h := mustHome(t, program)
	mount(t, h, "size=1m")
	if err := syscall.Mount("", h.dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if refused, err := h.refusedOrSaved(t.Context(), "read-only file system"); refused != 1 || err != nil {
		t.Errorf("refused %d, %v", refused, err)
	}
	if o := h.run(t.Context(), "list"); o.status != 0 || !strings.Contains(o.out, "Mill") {
		t.Errorf("list: status %d, %s%s", o.status, o.out, o.talk)
	}
	if o := h.run(t.Context(), "code", bank); o.status == 0 || o.out != "" {
		t.Errorf("a counter that cannot be saved gave code %q", o.out)
	}
	p, err := h.openPane(t.Context())
	if err != nil {
		t.Fatalf("the pane does not show it: %v", err)
	}
	defer p.close()
	if err := p.quits(); err != nil {
		t.Error(err)
	}
	if err := syscall.Mount("", h.dir, "", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	if err := h.savesAgain(t.Context()); err != nil {
		t.Error(err)
	}
	closing.add(t, "read-only mount", "4", "read: yes; changed: no; no code of an unsaved counter; saves again when writable")
}

// vanishings take the vault away, and bring it back.
var vanishings = []struct {
	name       string
	take, back func(h home) error
}{
	{"folder renamed", func(h home) error { return os.Rename(h.dir, h.dir+".away") }, func(h home) error { return os.Rename(h.dir+".away", h.dir) }},
	{"link to nowhere", func(h home) error {
		return errors.Join(os.Rename(h.dir, h.dir+".away"), os.Symlink("/nonexistent/otpane", h.dir))
	}, func(h home) error { return errors.Join(os.RemoveAll(h.dir), os.Rename(h.dir+".away", h.dir)) }},
	{"other disk in its place", func(h home) error {
		return errors.Join(os.Rename(h.dir, h.dir+".away"), os.Mkdir(h.dir, 0o700))
	}, func(h home) error { return errors.Join(os.RemoveAll(h.dir), os.Rename(h.dir+".away", h.dir)) }},
}

// TestVanishedVault: where the vault was, no command and no pane that runs makes
// a new one; when it is back, work goes on.
func TestVanishedVault(t *testing.T) {
	program := begin(t)
	tried := 0
	for _, how := range vanishings {
		h := mustHome(t, program)
		p, err := h.openPane(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer p.close()
		if err := how.take(h); err != nil {
			t.Fatal(err)
		}
		tried += h.noCommandWorks(t, how.name) + 1
		if err := p.draws("Not drawn: "); err != nil {
			t.Errorf("%s: %v", how.name, err)
		}
		if made := h.made(t); len(made) > 0 {
			t.Errorf("%s: made %v", how.name, made)
		}
		if err := errors.Join(how.back(h), p.quits(), h.savesAgain(t.Context())); err != nil {
			t.Errorf("%s: back again: %v", how.name, err)
		}
		if labels, err := h.holds(); err != nil || labels != mill+", "+bank {
			t.Errorf("%s: back again: %s, %v", how.name, labels, err)
		}
	}
	closing.add(t, "vanished vault", strconv.Itoa(tried), "no new vault, the old one is back whole")
}

func (h home) noCommandWorks(t *testing.T, how string) (tried int) {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key.txt")
	if err := os.WriteFile(key, []byte(identity), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"list"}, {"code", bank}, {"add"}, {"edit", mill, "--note", "x", "--yes"}, {"rm", mill, "--yes"}, {"export", "--plaintext"}} {
		tried++
		r := h.prepare(t.Context(), append(args, "--identity", key)...)
		r.Stdin = strings.NewReader(newKey)
		if o := r.begin().end(); o.status != 1 || !strings.Contains(o.talk, "no vault at "+h.vault()) {
			t.Errorf("%s: %s: status %d, %s", how, args[0], o.status, o.talk)
		}
	}
	return tried
}

// draws asks for a code and waits for what the pane says.
func (p *pane) draws(answer string) error {
	if _, err := p.screen.WriteString("g+"); err != nil {
		return err
	}
	return p.expect(answer)
}

// made lists what lies where the vault was, but for the lock: that is taken
// before anybody looks.
func (h home) made(t *testing.T) (files []string) {
	t.Helper()
	entries, err := os.ReadDir(h.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != ".vault.age.lock" {
			files = append(files, e.Name())
		}
	}
	return files
}

//go:build linux

package torture

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// planted are mistakes of other programs, each a small change of one file of
// the vault, with the proof that has to find it.
var planted = []struct {
	name, file, was, is string
	proof               func(ctx context.Context, under home) error
}{
	{"remove, then rename", "disk.go", "return os.Rename(from, to)",
		"if err := os.Remove(to); err != nil { return err }; return os.Rename(from, to)", killEveryCall},
	{"truncate in place", "disk.go", "return os.Rename(from, to)",
		"data, err := os.ReadFile(from); if err == nil { err = os.WriteFile(to, data, 0o600) }; return errors.Join(err, os.Remove(from))", killEveryCall},
	{"no fsync of the file", "save.go", "err = f.Sync()", "err = nil", order},
	{"no fsync of the folder", "disk.go", "err = dir.Sync()", "err = nil", order},
	{"no reading back", "save.go", "if !bytes.Equal(back.bytes, data) {", "if false && !bytes.Equal(back.bytes, data) {",
		func(ctx context.Context, under home) error { _, err := lyingWrites(ctx, under); return err }},
	{"no lock", "disk.go", "func (osDisk) Lock(path string) (func(), error) {",
		"func (osDisk) Lock(path string) (func(), error) { if path != \"\" { return func() {}, nil }",
		func(ctx context.Context, under home) error { return twoWriters(ctx, under, 300) }},
}

func killEveryCall(ctx context.Context, under home) error {
	return newSweep(under, "signal=KILL").everyCall(ctx)
}

// TestPlantedBugs holds the proofs of this folder against programs that are
// wrong. A proof that finds nothing may be blind.
func TestPlantedBugs(t *testing.T) {
	begin(t)
	needTool(t, "strace")
	needRoot(t)
	for _, bug := range planted {
		t.Run(bug.name, func(t *testing.T) {
			t.Parallel()
			name := strings.ReplaceAll(bug.name, " ", "-")
			if err := workshop.build(name, "-overlay", overlay(t, bug.file, bug.was, bug.is)); err != nil {
				t.Fatal(err)
			}
			under := t.TempDir()
			found := bug.proof(t.Context(), home{under, filepath.Join(workshop.dir, name)})
			if found == nil || errors.Is(found, errMissed) {
				t.Fatalf("not caught: %v", found)
			}
			what, _, _ := strings.Cut(strings.ReplaceAll(found.Error(), under, "…"), "\n")
			closing.add(t, "planted bug: "+bug.name, "1", "caught: %s", what)
		})
	}
}

// overlay is what makes `go build` see one file of the vault changed.
func overlay(t *testing.T, file, was, is string) string {
	t.Helper()
	dir := t.TempDir()
	original, err := filepath.Abs(filepath.Join("..", file))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), was); n != 1 {
		t.Fatalf("%s holds %q %d times: the bug cannot be planted", file, was, n)
	}
	changed, list := filepath.Join(dir, file), filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{changed: []byte(strings.Replace(string(source), was, is, 1)), list: text} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(fmt.Errorf("overlay: %w", err))
		}
	}
	return list
}

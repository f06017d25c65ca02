package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What a child can learn is the text on its standard input, and of the
// environment only what it needs.
func TestChildrenSeeTheTextOnStandardInputOnly(t *testing.T) {
	const canary = "CANARY-492039"
	path := recorders(t, "xclip")
	given := []string{
		"PATH=" + path, "DISPLAY=:9", "XAUTHORITY=/x", "HOME=/home/a", "LANG=C.UTF-8", "TERM=xterm",
		"OTPANE_VAULT=/home/a/vault.age", "OTPANE_PASSPHRASE_FILE=/dev/fd/3", "AWS_SECRET_ACCESS_KEY=k", "TEA_TRACE=/tmp/t",
	}
	clipboard := NewClipboard(environment(given...), nil)
	if _, err := clipboard.Copy(t.Context(), canary); err != nil {
		t.Fatal(err)
	}
	got := recorded(t, path, "xclip")
	if got.Stdin != canary {
		t.Fatalf("the scene is not set: standard input %q", got.Stdin)
	}
	if strings.Contains(fmt.Sprint(got.Args, got.Environ), canary) {
		t.Errorf("the text is in %q or %q", got.Args, got.Environ)
	}
	slices.Sort(got.Environ)
	want := slices.Sorted(slices.Values(given[:6]))
	if !slices.Equal(got.Environ, want) {
		t.Errorf("environment %q\nwant %q", got.Environ, want)
	}
}

func TestAHungProgramIsEndedInTime(t *testing.T) {
	path := scripts(t, map[string]string{"xclip": `exec sleep 60`})
	p := programs{environment("PATH=" + path), 100 * time.Millisecond}
	if err := p.feed(t.Context(), []string{"xclip"}, "492039"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("feed: %v", err)
	}
	if _, err := p.read(t.Context(), []string{"xclip"}, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("read: %v", err)
	}
}

// Leaving ends a program with all that it started.
func TestACancelledProgramTakesItsChildrenAlong(t *testing.T) {
	path := scripts(t, map[string]string{"xclip": `sleep 60 & echo $! > "$(dirname "$0")/new"; mv "$(dirname "$0")/new" "$(dirname "$0")/pid"; wait`})
	p := programs{environment("PATH=" + path), time.Minute}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.feed(ctx, []string{"xclip"}, "492039") }()
	await(t, "the child", func() bool { return fileExists(filepath.Join(path, "pid")) })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	pid := childPID(t, filepath.Join(path, "pid"))
	await(t, "its end", func() bool { return !running(pid) })
}

// xclip stays behind as the owner of the selection and keeps its streams.
func TestABackgroundChildIsNotWaitedFor(t *testing.T) {
	path := scripts(t, map[string]string{"xclip": `cat >/dev/null; sleep 60 & echo $! > "$(dirname "$0")/pid"`})
	p := programs{environment("PATH=" + path), patience}
	start := time.Now()
	if err := p.feed(t.Context(), []string{"xclip"}, "492039"); err != nil {
		t.Fatal(err)
	}
	if time.Since(start) > patience/4 {
		t.Error("feed waited for the background child")
	}
	if pid := childPID(t, filepath.Join(path, "pid")); !running(pid) {
		t.Error("the background child was ended")
	} else {
		end(pid)
	}
}

func TestOutputIsBounded(t *testing.T) {
	path := scripts(t, map[string]string{
		"flood": `exec cat /dev/zero`,
		"exact": `printf 12345`,
	})
	p := programs{environment("PATH=" + path), patience}
	if _, err := p.read(t.Context(), []string{"flood"}, 100_000); !errors.Is(err, errTooMuch) {
		t.Errorf("flood: %v", err)
	}
	if got, err := p.read(t.Context(), []string{"exact"}, 5); err != nil || string(got) != "12345" {
		t.Errorf("exact: %q, %v", got, err)
	}
	if _, err := p.read(t.Context(), []string{"exact"}, 4); !errors.Is(err, errTooMuch) {
		t.Errorf("one too many: %v", err)
	}
}

func TestProgramsOfTheCurrentDirectoryAreNotRun(t *testing.T) {
	dir := scripts(t, map[string]string{"xclip": "exit 0"})
	t.Chdir(dir)
	for _, path := range []string{"", ".", ":", "./"} {
		if (programs{environment("PATH=" + path), time.Second}).have("xclip") {
			t.Errorf("PATH=%q finds ./xclip", path)
		}
	}
	p := programs{environment("PATH=" + dir), time.Second}
	if !p.have("xclip") {
		t.Fatal("the scene is not set")
	}
	for _, name := range []string{"./xclip", "../" + filepath.Base(dir) + "/xclip", ""} {
		if p.have(name) {
			t.Errorf("finds %q", name)
		}
	}
}

func TestComplaintsAreShownWithoutControls(t *testing.T) {
	if got := oneLine("\x1b[31mno\x07 display\x1b[m\r\nmore"); got != "[31mno display[m" {
		t.Errorf("%q", got)
	}
}

func childPID(t *testing.T, file string) int {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// await looks until done, for things that tell nobody when they happen.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: waited for in vain", what)
		}
	}
}

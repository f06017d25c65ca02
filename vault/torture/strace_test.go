//go:build linux

package torture

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// fileCalls are those by which a save touches files.
const fileCalls = "openat,read,pread64,fstat,newfstatat,write,pwrite64,ftruncate,fsync,fdatasync,close,linkat,renameat,renameat2,unlinkat,flock,getdents64,mkdirat"

// watching makes strace follow every thread, name the file of each descriptor,
// and print no data.
var watching = []string{"-f", "-y", "-s", "0", "-e", "trace=" + fileCalls}

// call is one system call in strace's log.
type call struct {
	thread string
	name   string
	nth    int    // of this name in its thread: what strace counts by when=
	step   string // name, files, and which of the same; "" if it is about no file of the vault or its key
	result string // "" if it never returned
}

func (c call) injected() bool { return strings.Contains(c.result, "(INJECTED)") }

// addWatched runs `otpane add` and lets strace in when the program has come as
// far as reading the key: strace counts calls by thread, and would else count
// those of the start, too.
func (h home) addWatched(ctx context.Context, options ...string) (outcome, []call, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	stdin, key, err := os.Pipe()
	if err != nil {
		return outcome{}, nil, err
	}
	defer key.Close()
	r := h.prepare(ctx, "add", "--issuer", fresh)
	r.Stdin = stdin
	// Without collections, the threads are nearly the same in every run.
	r.Env = append(r.Env, "GOGC=off", "GOMAXPROCS=4")
	r.begin()
	_ = stdin.Close()
	if r.err != nil {
		return outcome{}, nil, r.err
	}
	log := h.dir + ".strace"
	wait, err := letIn(ctx, r.Process.Pid, key, append(options, "-o", log))
	_ = key.Close()
	o := r.end()
	if err == nil {
		err = wait()
	}
	if err != nil {
		return o, nil, err
	}
	calls, err := readCalls(log, h.dir)
	return o, calls, err
}

// letIn types the key, and lets strace in after its first character.
func letIn(ctx context.Context, process int, key *os.File, options []string) (wait func() error, err error) {
	if err := typeFirst(ctx, key); err != nil {
		return nil, err
	}
	wait, err = attach(ctx, process, options)
	if err != nil {
		return nil, err
	}
	_, err = key.WriteString(newKey[1:])
	return wait, err
}

// underStrace prepares a command that strace watches from its start.
func (h home) underStrace(ctx context.Context, options []string, args ...string) *running {
	r := h.prepare(ctx, args...)
	options = slices.Concat([]string{"strace", "-o", h.dir + ".strace"}, watching, options)
	r.Args = append(append(options, h.program), r.Args[1:]...)
	r.Path, r.Err = exec.LookPath("strace")
	return r
}

// drawWatched runs `otpane code`, its output going to a file of the home, so that
// the log has it among the steps.
func (h home) drawWatched(ctx context.Context) ([]call, error) {
	shown, err := os.Create(h.file("shown"))
	if err != nil {
		return nil, err
	}
	defer shown.Close()
	r := h.underStrace(ctx, nil, "code", bank)
	r.Stdout = shown
	if o := r.begin().end(); o.status != 0 {
		return nil, fmt.Errorf("an undisturbed draw: status %d, %s", o.status, o.talk)
	}
	return readCalls(h.dir+".strace", h.dir)
}

// typeFirst sends one character of the key and waits until it has been read.
func typeFirst(ctx context.Context, key *os.File) error {
	if _, err := key.WriteString(newKey[:1]); err != nil {
		return err
	}
	for ctx.Err() == nil {
		left, err := unix.IoctlGetInt(int(key.Fd()), unix.TIOCINQ)
		if err != nil || left == 0 {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("nobody reads the key: %w", ctx.Err())
}

// attach returns when strace sits on every thread.
func attach(ctx context.Context, process int, options []string) (wait func() error, err error) {
	args := slices.Concat(watching, []string{"-p", strconv.Itoa(process)}, options)
	c := exec.CommandContext(ctx, "strace", args...)
	c.WaitDelay = time.Second
	talk, err := c.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(talk)
	for said := ""; !strings.Contains(said, "attached"); said = lines.Text() {
		if !lines.Scan() {
			return nil, errors.Join(fmt.Errorf("strace did not attach: %s", said), c.Wait())
		}
	}
	return func() error {
		_, err := io.Copy(io.Discard, talk)
		_ = c.Wait() // ends as the program does
		return err
	}, nil
}

var (
	begun    = regexp.MustCompile(`^(\d+) +([a-z0-9]+)\((.*)$`)
	resumed  = regexp.MustCompile(`^(\d+) +<\.\.\. [a-z0-9]+ resumed>(.*)$`)
	returned = regexp.MustCompile(`\) += ([^?].*)$`)
	random   = regexp.MustCompile(`[0-9a-f]{16}\.tmp`)
	dated    = regexp.MustCompile(`backups/vault\.age\.[^ ]+`)
)

func readCalls(log, dir string) ([]call, error) {
	text, err := os.ReadFile(log)
	if err != nil {
		return nil, err
	}
	var calls []call
	counts, steps, last := map[string]int{}, map[string]int{}, map[string]int{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if m := resumed.FindStringSubmatch(line); m != nil {
			if at, there := last[m[1]]; there {
				calls[at].result = resultOf(m[2])
			}
			continue
		}
		m := begun.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		counts[m[1]+m[2]]++
		c := call{thread: m[1], name: m[2], nth: counts[m[1]+m[2]], result: resultOf(m[3])}
		if files := filesIn(m[3], dir); files != "" {
			c.step = m[2] + " " + files
			steps[c.step]++
			c.step += " #" + strconv.Itoa(steps[c.step])
		}
		last[m[1]] = len(calls)
		calls = append(calls, c)
	}
	return calls, nil
}

func resultOf(text string) string {
	if m := returned.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// filesIn names the files of the home in a call, without what differs from run
// to run. What the program remembers in its state is not the vault.
func filesIn(text, dir string) string {
	var files []string
	for _, f := range regexp.MustCompile(regexp.QuoteMeta(dir)+`[^">]*`).FindAllString(text, -1) {
		f = strings.Trim(strings.TrimPrefix(f, dir), "/")
		if f == "state" || strings.HasPrefix(f, "state/") {
			continue
		}
		f = dated.ReplaceAllString(random.ReplaceAllString(f, "~.tmp"), "backups/~")
		files = append(files, "./"+f)
	}
	return strings.Join(slices.Compact(files), " → ")
}

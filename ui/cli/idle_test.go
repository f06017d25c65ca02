//go:build linux

package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"otpane/vault"
)

// contender is one program of the table. They idle beside each other, in
// terminals of their own, through the same half minute.
type contender struct {
	name        string
	binary      string
	home        string
	environment []string
	ready       string // ends its first frame
	*session

	first         time.Duration // from the start of the process to a whole frame, median
	key           time.Duration // from a key to the first byte of its answer, median
	cpu           float64       // seconds a minute
	wakeups       float64       // a second: how often its threads went to sleep
	bytes, writes float64       // a second
	size          float64       // MiB resident
}

// BenchmarkIdlePane is what a pane costs that stays open all day, beside the same
// list drawn without any library and by Bubble Tea as it comes. The numbers are
// of one machine at one time; the ratios are what an upgrade may not make worse.
func BenchmarkIdlePane(b *testing.B) {
	binary, unparked, bare := build(b, "."), build(b, ".", "-overlay", asTheEngineComes(b)), build(b, "./ui/cli/testdata/bare")
	eight, full, crowd, counting := holding(b, 8), holding(b, 22), holding(b, 10_000), holding(b, 8)
	configure(b, counting, `seconds = "all"`)
	pane := &contender{name: "otpane, 8 accounts", binary: binary, home: eight}
	contenders := []*contender{
		pane,
		{name: "seconds on every row", binary: binary, home: counting},
		{name: "full screen, 22 accounts", binary: binary, home: full},
		{name: "10,000 accounts", binary: binary, home: crowd},
		{name: "locked", binary: binary, home: doorOnly(b), environment: []string{"OTPANE_IDENTITY="}, ready: "quit"},
		{name: "8 accounts, the engine as it comes", binary: unparked, home: eight},
		{name: "8 accounts, no library", binary: bare, home: eight},
	}
	for b.Loop() {
		for _, c := range contenders {
			c.begin(b)
		}
		idle(b, contenders)
		for _, c := range contenders {
			c.key = c.answer(b, "jk")
		}
		crowded := contenders[3]
		crowded.send("/")
		fmt.Printf("\n%sA key in the filter over 10,000 accounts: %.1f ms.\n\n", table(contenders), milliseconds(crowded.answer(b, "user7\x15")))
		for _, c := range contenders {
			c.end()
		}
	}
	b.ReportMetric(pane.cpu, "cpu-s/min")
	b.ReportMetric(pane.wakeups, "wakeups/s")
	b.ReportMetric(pane.bytes, "bytes/s")
	b.ReportMetric(pane.size, "MiB")
	b.ReportMetric(milliseconds(pane.key), "ms/key")
	b.ReportMetric(milliseconds(pane.first), "ms/first-frame")
}

// doorOnly is a home whose vault waits for its passphrase.
func doorOnly(b *testing.B) string {
	b.Helper()
	home := newHome(b)
	if _, err := vault.Create(filepath.Join(home, "vault.age"), vault.Access{Passphrase: []byte("orbit ladle ember quorum"), WorkFactor: 2}, time.Now); err != nil {
		b.Fatal(err)
	}
	return home
}

// build makes a program of this module, stripped as one that is handed out.
func build(b *testing.B, pkg string, flags ...string) string {
	b.Helper()
	file := filepath.Join(b.TempDir(), "program")
	run := exec.Command("go", slices.Concat([]string{"build", "-trimpath", "-ldflags=-s -w"}, flags, []string{"-o", file, pkg})...)
	run.Dir, run.Env = filepath.Join("..", ".."), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := run.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", pkg, err, out)
	}
	return file
}

// asTheEngineComes is an overlay of otpane's own source that leaves Bubble Tea's
// renderer alone: its ticker and its 60 frames a second.
func asTheEngineComes(b *testing.B) string {
	b.Helper()
	replace, dir := map[string]string{}, b.TempDir()
	for _, change := range []struct{ file, was, is string }{
		{"quiet.go", "q.attach(program)", ""}, {"ui.go", "tea.WithFPS(30),", ""},
	} {
		original, err := filepath.Abs(filepath.Join("..", change.file))
		if err != nil {
			b.Fatal(err)
		}
		source, err := os.ReadFile(original)
		if err != nil {
			b.Fatal(err)
		}
		if strings.Count(string(source), "\t"+change.was+"\n") != 1 {
			b.Fatalf("%s holds no line %q", change.file, change.was)
		}
		replace[original] = filepath.Join(dir, change.file)
		text := strings.Replace(string(source), "\t"+change.was+"\n", change.is, 1)
		if err := os.WriteFile(replace[original], []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		b.Fatal(err)
	}
	return file
}

// starts is how often a program is started for its first frame, the last time
// to stay; presses is how often a key is.
const starts, presses = 7, 40

// begin starts the program; its last start stays open.
func (c *contender) begin(b *testing.B) {
	b.Helper()
	if c.ready == "" {
		c.ready = "keys"
	}
	var took []time.Duration
	for i := range starts {
		if i > 0 {
			c.end()
		}
		began := time.Now()
		c.session = prepare(b, c.home, c.environment)
		c.run.Path, c.run.Err = c.binary, nil
		master, slave := rawTerminal(b)
		c.run.Stdin, c.run.Stdout, c.run.Stderr, c.tty = slave, slave, slave, master
		c.run.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		if err := c.run.Start(); err != nil {
			b.Fatal(err)
		}
		c.attend()
		c.expect(c.ready)
		took = append(took, time.Since(began))
		_ = slave.Close()
	}
	c.first = median(took)
}

// rawTerminal is one that echoes nothing: the program without a library relies on
// it, and the others set it themselves.
func rawTerminal(b *testing.B) (master, slave *os.File) {
	b.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		b.Skipf("no pseudo terminals here: %v", err)
	}
	if _, err := term.MakeRaw(int(slave.Fd())); err != nil {
		b.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		b.Fatal(err)
	}
	return master, slave
}

// idle lets all of them be, and counts. A benchmark measures time, so it may wait
// for it.
func idle(b *testing.B, contenders []*contender) {
	const settle, watch = 3 * time.Second, 30 * time.Second
	collect(contenders, settle)
	for _, c := range contenders {
		c.cpu, c.wakeups, c.bytes, c.writes = -running(b, c.run.Process.Pid), -wakeups(b, c.run.Process.Pid), 0, 0
	}
	collect(contenders, watch)
	for _, c := range contenders {
		c.cpu = (c.cpu + running(b, c.run.Process.Pid)) / watch.Minutes()
		c.wakeups = (c.wakeups + wakeups(b, c.run.Process.Pid)) / watch.Seconds()
		c.bytes, c.writes = c.bytes/watch.Seconds(), c.writes/watch.Seconds()
		c.size = resident(b, c.run.Process.Pid)
	}
}

// collect counts what the terminals get for a while.
func collect(contenders []*contender, d time.Duration) {
	end := time.Now().Add(d)
	for time.Now().Before(end) {
		for _, c := range contenders {
			for _, text := range c.drain() {
				c.bytes += float64(len(text))
				c.writes++
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// drain is what has come so far.
func (c *contender) drain() (texts []string) {
	for {
		select {
		case text, open := <-c.from:
			if !open {
				c.t.Fatalf("%s ended", c.name)
			}
			texts = append(texts, text)
		default:
			return texts
		}
	}
}

// answer presses keys, one by one and over again, and waits for the first byte
// after each.
func (c *contender) answer(b *testing.B, keys string) time.Duration {
	var took []time.Duration
	for i := range presses {
		time.Sleep(time.Duration(40+7*i) * time.Millisecond) // at any place between two ticks
		c.drain()
		began := time.Now()
		c.send(keys[i%len(keys) : i%len(keys)+1])
		if _, open := <-c.from; !open {
			b.Fatalf("%s ended", c.name)
		}
		took = append(took, time.Since(began))
	}
	return median(took)
}

func (c *contender) end() {
	c.send("\x03")
	c.session.end()
	_ = c.tty.Close()
}

func median(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)/2]
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// table compares with the first of the contenders.
func table(contenders []*contender) string {
	var text strings.Builder
	out := tabwriter.NewWriter(&text, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "80×24, idle\tCPU s/min\twakeups/s\tbytes/s\twrites/s\tkey → bytes\tfirst frame\tMiB\t")
	first := contenders[0]
	for _, c := range contenders {
		fmt.Fprintf(out, "%s\t%.3f\t%.1f\t%.0f\t%.1f\t%.1f ms\t%.1f ms\t%.1f\t\n",
			c.name, c.cpu, c.wakeups, c.bytes, c.writes, milliseconds(c.key), milliseconds(c.first), c.size)
		if c != first {
			fmt.Fprintf(out, "of the first\t%.1f×\t%.1f×\t%.1f×\t%.1f×\t%.1f×\t%.1f×\t%.1f×\t\n", c.cpu/first.cpu, c.wakeups/first.wakeups,
				c.bytes/first.bytes, c.writes/first.writes, c.key.Seconds()/first.key.Seconds(), c.first.Seconds()/first.first.Seconds(), c.size/first.size)
		}
	}
	_ = out.Flush()
	return text.String()
}

// running is how long a process has been on a processor, in seconds. The kernel
// counts it in nanoseconds, thread by thread (Documentation/scheduler/sched-stats.rst).
func running(t testing.TB, pid int) (seconds float64) {
	t.Helper()
	for _, file := range ofThreads(t, pid, "schedstat") {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // the thread is gone
		}
		n, err := strconv.ParseInt(strings.Fields(string(data))[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seconds += time.Duration(n).Seconds()
	}
	return seconds
}

// wakeups counts how often the threads of a process went to sleep.
func wakeups(t testing.TB, pid int) (count float64) {
	t.Helper()
	for _, file := range ofThreads(t, pid, "status") {
		count += numberAfter(t, file, "voluntary_ctxt_switches:")
	}
	return count
}

func ofThreads(t testing.TB, pid int, name string) []string {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/%s", pid, name))
	if err != nil || len(files) == 0 {
		t.Fatalf("no threads of %d: %v", pid, err)
	}
	return files
}

func resident(t testing.TB, pid int) float64 {
	t.Helper()
	return numberAfter(t, fmt.Sprintf("/proc/%d/status", pid), "VmRSS:") / 1024
}

func numberAfter(t testing.TB, file, name string) float64 {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		return 0 // the thread is gone
	}
	for _, line := range strings.Split(string(data), "\n") {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	return 0
}

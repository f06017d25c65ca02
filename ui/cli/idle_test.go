//go:build linux

package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"otpane/otpcore"
	"otpane/vault"
)

// An idle pane of eight accounts at 80×24: what it costs while nobody looks, and
// how long its first frame takes from the start of the process. The numbers are
// of one machine; beside each other they show what a change costs.
func BenchmarkIdlePane(b *testing.B) {
	home := eight(b)
	const watch = 12 * time.Second
	for b.Loop() {
		began := time.Now()
		s := start(b, home, nil)
		s.expect(`keys`)
		first := time.Since(began)
		settle(s)
		cpu, switches, size := usage(b, s.run.Process.Pid), wakeups(b, s.run.Process.Pid), len(s.seen)
		watchFor(s, watch)
		minutes := watch.Minutes()
		b.ReportMetric(first.Seconds()*1000, "ms/first-frame")
		b.ReportMetric((usage(b, s.run.Process.Pid)-cpu)/minutes, "cpu-s/min")
		b.ReportMetric(float64(wakeups(b, s.run.Process.Pid)-switches)/watch.Seconds(), "wakeups/s")
		b.ReportMetric(float64(len(s.seen)-size)/watch.Seconds(), "bytes/s")
		b.ReportMetric(resident(b, s.run.Process.Pid), "MiB")
		s.send("q")
		s.wantStatus(0)
	}
}

// eight is a home whose vault holds eight accounts of 30 s.
func eight(t testing.TB) string {
	t.Helper()
	home := newHome(t)
	id, err := vault.ParseIdentity(testIdentity)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Create(filepath.Join(home, "vault.age"), vault.Access{Identity: id}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	err = v.Update(func(d *vault.Draft) error {
		for i := range 8 {
			name := "user" + strconv.Itoa(i)
			_, err := d.Add(otpcore.Account{
				Issuer: "Site", Name: name, Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
				Secret: otpcore.NewSecret([]byte("the key of " + name)),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return home
}

// settle lets the start be over before anything is counted.
func settle(s *session) { watchFor(s, 2*time.Second) }

// watchFor collects what the terminal gets for a while. A benchmark measures
// time, so it may wait for it.
func watchFor(s *session, d time.Duration) {
	end := time.After(d)
	for {
		select {
		case text, open := <-s.from:
			s.seen += text
			if !open {
				s.t.Fatal("the pane ended")
			}
		case <-end:
			return
		}
	}
}

// usage is the CPU time of a process in seconds (proc(5): utime and stime).
func usage(t testing.TB, pid int) float64 {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	ticks := 0
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return float64(ticks) / 100
}

// wakeups counts how often the threads of a process went to sleep.
func wakeups(t testing.TB, pid int) (count int) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(files) == 0 {
		t.Fatalf("no threads of %d: %v", pid, err)
	}
	for _, file := range files {
		count += numberAfter(t, file, "voluntary_ctxt_switches:")
	}
	return count
}

func resident(t testing.TB, pid int) float64 {
	t.Helper()
	return float64(numberAfter(t, fmt.Sprintf("/proc/%d/status", pid), "VmRSS:")) / 1024
}

func numberAfter(t testing.TB, file, name string) int {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		return 0 // the thread is gone
	}
	for _, line := range strings.Split(string(data), "\n") {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	return 0
}

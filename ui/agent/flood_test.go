package agent_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"otpane/otpcore"
	"otpane/ui/agent"
	"otpane/ui/host"
)

// desk serves accounts that allow everything, at the machine's time.
func desk(accounts []otpcore.Account, told func(agent.Event)) *agent.Desk {
	return &agent.Desk{
		Accounts: func() []otpcore.Account { return accounts },
		Answer:   func(otpcore.Account) otpcore.Answer { return otpcore.Allow },
		Told:     told,
		Now:      time.Now,
	}
}

func many(n int) []otpcore.Account {
	accounts := make([]otpcore.Account, n)
	for i := range accounts {
		accounts[i] = otpcore.Account{
			ID: fmt.Sprintf("id%06d", i), Issuer: fmt.Sprintf("Site %06d", i), Name: fmt.Sprintf("user%06d@example.com", i),
			Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30, Secret: otpcore.NewSecret(fmt.Appendf(nil, "%020d", i)),
		}
	}
	return accounts
}

// serve is an agent at a real socket, and the path to it.
func serve(t testing.TB, d *agent.Desk) (path string) {
	t.Helper()
	under := os.TempDir()
	if len(under) > 50 { // a socket's path has 107 bytes at most, and 103 on some systems
		under = "/tmp"
	}
	dir, err := os.MkdirTemp(under, "otp")
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "otpane", "agent.sock")
	listener, err := host.ListenAgent(path)
	if errors.Is(err, host.ErrNoAgent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		done <- d.Serve(ctx, func() (agent.Conn, agent.Peer, error) {
			conn, err := listener.Accept()
			if err != nil {
				return nil, agent.Peer{}, err
			}
			peer := conn.Peer()
			return conn, agent.Peer{PID: peer.PID, Program: peer.Program, Dir: peer.Dir}, nil
		})
	}()
	t.Cleanup(func() {
		end()
		listener.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir)
	})
	return path
}

func call(path string, r agent.Request) (agent.Reply, error) {
	conn, err := host.DialAgent(path)
	if err != nil {
		return agent.Reply{}, err
	}
	return agent.Call(context.Background(), conn, r)
}

// TestFlood asks a thousand times a second, whether or not the answers have come, and
// wants every answer, and the right one. `make flood` does it for ten seconds.
func TestFlood(t *testing.T) {
	lasts, err := time.ParseDuration(cmp.Or(os.Getenv("OTPANE_FLOOD"), "1s"))
	if err != nil {
		t.Fatal(err)
	}
	var told atomic.Int64
	accounts := many(100)
	path := serve(t, desk(accounts, func(agent.Event) { told.Add(1) }))
	flood := &flood{path: path, accounts: accounts}
	before := allocated()

	const rate, burst = 1000, 10
	tick := time.NewTicker(time.Second * burst / rate)
	defer tick.Stop()
	start := time.Now()
	var clients sync.WaitGroup
	wanted := int(lasts.Seconds() * rate)
	for range wanted / burst {
		<-tick.C
		for range burst {
			clients.Go(flood.ask)
		}
		flood.look()
	}
	clients.Wait()
	took := time.Since(start)

	if len(flood.faults) > 0 {
		t.Errorf("%d of %d answers are lost or wrong; the first: %v", len(flood.faults), wanted, flood.faults[0])
	}
	if len(flood.took) != wanted || told.Load() != int64(wanted) {
		t.Errorf("%d answers, %d told, of %d", len(flood.took), told.Load(), wanted)
	}
	after := allocated()
	if after > before+8<<20 {
		t.Errorf("%d MiB are kept", (after-before)>>20)
	}
	if most := uint64(128 << 20); flood.heap > most {
		t.Errorf("the heap had %d MiB", flood.heap>>20)
	}
	slices.Sort(flood.took)
	t.Logf("%d answers in %.1f s; median %s, 99%% within %s, the slowest %s; heap at most %.1f MiB with the clients', %.1f before and %.1f after; at most %d goroutines",
		len(flood.took), took.Seconds(), flood.took[wanted/2], flood.took[wanted*99/100], flood.took[wanted-1],
		mebibytes(flood.heap), mebibytes(before), mebibytes(after), flood.goroutines)
}

func mebibytes(n uint64) float64 { return float64(n) / (1 << 20) }

type flood struct {
	path     string
	accounts []otpcore.Account

	sync.Mutex
	took       []time.Duration
	faults     []error
	heap       uint64
	goroutines int
}

// ask is one client, who knows the code that must come.
func (f *flood) ask() {
	a := f.accounts[rand.IntN(len(f.accounts))]
	start := time.Now()
	reply, err := call(f.path, agent.Request{Do: agent.DoCode, Query: a.Name})
	end := time.Now()
	if err == nil {
		if got := reply.Accounts[0]; got.ID != a.ID || got.Code != a.At(start).Code && got.Code != a.At(end).Code {
			err = fmt.Errorf("%s got %+v", a.ID, got)
		}
	}
	f.Lock()
	defer f.Unlock()
	if f.took = append(f.took, end.Sub(start)); err != nil {
		f.faults = append(f.faults, err)
	}
}

func (f *flood) look() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f.heap = max(f.heap, m.HeapAlloc)
	f.goroutines = max(f.goroutines, runtime.NumGoroutine())
}

func allocated() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkAgent is what a request costs, beside a byte there and back over a socket
// that does nothing: "round-trips" is how many of those take as long.
func BenchmarkAgent(b *testing.B) {
	bare := roundTrip(b)
	for _, story := range []struct {
		name     string
		accounts int
		request  agent.Request
	}{
		{"status", 10, agent.Request{Do: agent.DoStatus}},
		{"code/10", 10, agent.Request{Do: agent.DoCode, Query: "user000007"}},
		{"code/1000", 1000, agent.Request{Do: agent.DoCode, Query: "user000007"}},
		{"code/10000", 10_000, agent.Request{Do: agent.DoCode, Query: "user000007"}},
		{"names/10000", 10_000, agent.Request{Do: agent.DoNames}},
		{"list/10000", 10_000, agent.Request{Do: agent.DoList}},
	} {
		b.Run(story.name, func(b *testing.B) {
			path := serve(b, desk(many(story.accounts), func(agent.Event) {}))
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				if reply, err := call(path, story.request); err != nil || reply.Verdict != agent.Given {
					b.Fatal(reply, err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			median := took[len(took)/2]
			b.ReportMetric(float64(median.Microseconds())/1000, "ms/median")
			b.ReportMetric(float64(median)/float64(bare), "round-trips")
		})
	}
}

// roundTrip is the median of connecting, a byte there, and one back.
func roundTrip(b *testing.B) time.Duration {
	b.Helper()
	listener, err := net.Listen("unix", filepath.Join(b.TempDir(), "s"))
	if err != nil {
		b.Skip(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.CopyN(conn, conn, 1)
				conn.Close()
			}()
		}
	}()
	var took []time.Duration
	for range 2000 {
		start := time.Now()
		conn, err := net.Dial("unix", listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		_, _ = conn.Write([]byte{1})
		_, _ = io.ReadAll(conn)
		conn.Close()
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took[len(took)/2]
}

package host

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestJumpsOfTheWallClock(t *testing.T) {
	var wall, steady time.Duration
	pass := func(d time.Duration) { wall, steady = wall+d, steady+d }
	w := newClockWatch(func() (time.Duration, time.Duration, bool) { return wall, steady, true })
	for _, c := range []struct {
		name string
		then func()
		want time.Duration
	}{
		{"a second", func() { pass(time.Second) }, 0},
		{"a night of sleep", func() { pass(9 * time.Hour) }, 0},
		{"set forward", func() { pass(time.Second); wall += 94 * time.Second }, 94 * time.Second},
		{"said once", func() { pass(time.Second) }, 0},
		{"set back", func() { wall -= time.Hour }, -time.Hour},
		{"a leap second", func() { wall -= time.Second }, 0},
		{"from 1970 to today", func() { wall += 56 * 365 * 24 * time.Hour }, 56 * 365 * 24 * time.Hour},
	} {
		if c.then(); w.Jumped() != c.want {
			t.Errorf("%s: not %s", c.name, c.want)
		}
	}
	blind := newClockWatch(func() (time.Duration, time.Duration, bool) { return 0, 0, false })
	if jump := blind.Jumped(); jump != 0 {
		t.Errorf("without clocks: %s", jump)
	}
}

// timeServer answers NTP as a test wants it to.
type timeServer struct {
	now     func() time.Time
	mend    func(reply []byte, n int) // changes the nth answer, from 1
	other   bool                      // answers from another port
	silent  func(n int) bool
	asked   atomic.Int32
	address string
}

// Places in an NTP packet (RFC 5905 §7.3).
const (
	ntpStratum    = 1
	ntpRootDelay  = 4
	ntpDispersion = 8
	ntpReference  = 12
	ntpRefTime    = 16
	ntpOrigin     = 24
	ntpReceive    = 32
	ntpTransmit   = 40
)

func (s *timeServer) start(t *testing.T) *timeServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); stranger.Close() })
	s.address = conn.LocalAddr().String()
	go func() {
		question := make([]byte, 1024)
		for {
			n, from, err := conn.ReadFrom(question)
			if err != nil {
				return
			}
			asked := int(s.asked.Add(1))
			if n < 48 || s.silent != nil && s.silent(asked) {
				continue
			}
			through := conn
			if s.other {
				through = stranger
			}
			_, _ = through.WriteTo(s.reply(question, asked), from)
		}
	}()
	return s
}

func (s *timeServer) reply(question []byte, n int) []byte {
	reply := make([]byte, 48)
	reply[0] = 4<<3 | 4 // version 4, server
	reply[ntpStratum] = 2
	reply[3] = 0xec // 2⁻²⁰ s
	now := s.now()
	copy(reply[ntpOrigin:], question[ntpTransmit:ntpTransmit+8])
	stampNTP(reply[ntpRefTime:], now.Add(-time.Minute))
	stampNTP(reply[ntpReceive:], now)
	stampNTP(reply[ntpTransmit:], now)
	if s.mend != nil {
		s.mend(reply, n)
	}
	return reply
}

// stampNTP counts seconds since 1900, modulo 2³².
func stampNTP(into []byte, at time.Time) {
	binary.BigEndian.PutUint32(into, uint32(at.Unix()+2208988800))
	binary.BigEndian.PutUint32(into[4:], uint32((uint64(at.Nanosecond())<<32)/1e9))
}

func ahead(d time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(d) } }

func stopped(at time.Time) func() time.Time { return func() time.Time { return at } }

// eager waits for an answer as long as a loaded machine may need, and hasty only
// for one that will not come.
var (
	eager = inquiry{pause: time.Millisecond, patience: patience}
	hasty = inquiry{pause: time.Millisecond, patience: 150 * time.Millisecond}
)

func TestAskTime(t *testing.T) {
	for _, off := range []time.Duration{0, 94 * time.Second, -94 * time.Second, -7 * time.Hour, 3 * 365 * 24 * time.Hour} {
		server := (&timeServer{now: ahead(off)}).start(t)
		got, err := eager.ask(t.Context(), server.address)
		if err != nil {
			t.Fatal(err)
		}
		if (got.Offset - off).Abs() > 100*time.Millisecond+got.Error {
			t.Errorf("offset %s ± %s, want %s", got.Offset, got.Error, off)
		}
		if got.Samples != questions || got.Asked != questions || !got.Steady || got.Stratum != 2 || got.Address != server.address || got.Server != server.address || got.Error <= 0 {
			t.Errorf("%+v", got)
		}
	}
}

// TestTheShortestWayCounts: an answer that was held up tells less.
func TestTheShortestWayCounts(t *testing.T) {
	var onTheWay atomic.Int64 // what the answers were held up, which no machine's load adds to
	began := time.Now()
	now := func() time.Time { return began.Add(time.Duration(onTheWay.Load())) }
	server := &timeServer{now: now}
	server.mend = func(_ []byte, n int) {
		if n != 3 {
			onTheWay.Add(int64(300 * time.Millisecond)) // the way back, which the offset mistakes for a wrong clock
		}
	}
	how := eager
	how.now = now
	got, err := how.ask(t.Context(), server.start(t).address)
	if err != nil || got.Samples != questions || got.Delay >= 300*time.Millisecond || got.Offset.Abs() >= 150*time.Millisecond {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestClocksOfEveryCentury(t *testing.T) {
	here := func(year int) func() time.Time {
		return stopped(time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC))
	}
	server := (&timeServer{now: here(2030)}).start(t)
	for _, year := range []int{1970, 2026, 2038, 2106} {
		how := eager
		how.now = here(year)
		got, err := how.ask(t.Context(), server.address)
		if want := server.now().Sub(how.now()); err != nil || got.Offset != want {
			t.Errorf("this clock at %d: %s, %v, want %s", year, got.Offset, err, want)
		}
	}
	beyond := (&timeServer{now: here(2040)}).start(t) // past the end of NTP's first era
	how := eager
	how.now = here(2040)
	if got, err := how.ask(t.Context(), beyond.address); err != nil || got.Offset != 0 {
		t.Errorf("2040: %s, %v", got.Offset, err)
	}
}

// TestLiarsAreRefused, each by its reason.
func TestLiarsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		server *timeServer
		want   error
		says   string
	}{
		"silent":           {&timeServer{now: time.Now, silent: func(int) bool { return true }}, ErrSilent, ""},
		"another port":     {&timeServer{now: time.Now, other: true}, ErrSilent, ""},
		"kiss of death":    {liar(func(r []byte) { r[ntpStratum] = 0; copy(r[ntpReference:], "RATE") }), ErrRefused, "(RATE)"},
		"a hostile kiss":   {liar(func(r []byte) { r[ntpStratum] = 0; copy(r[ntpReference:], "\x1b[2J") }), ErrRefused, "(no reason given)"},
		"no stratum":       {liar(func(r []byte) { r[ntpStratum] = 16 }), ErrUnsynchronised, ""},
		"alarm":            {liar(func(r []byte) { r[0] |= 3 << 6 }), ErrUnsynchronised, ""},
		"far from a clock": {liar(func(r []byte) { r[ntpDispersion+1] = 12 }), ErrUnsynchronised, "12s off"},
		"farther":          {liar(func(r []byte) { r[ntpRootDelay+1] = 200 }), ErrUnsynchronised, ""},
		"stale":            {liar(func(r []byte) { stampNTP(r[ntpRefTime:], time.Now().Add(-72*time.Hour)) }), ErrUnsynchronised, ""},
		"no time":          {liar(func(r []byte) { clear(r[ntpTransmit:]) }), ErrImplausible, ""},
		"another question": {liar(func(r []byte) { r[ntpOrigin]++ }), ErrImplausible, ""},
		"a client":         {liar(func(r []byte) { r[0] = 4<<3 | 3 }), ErrImplausible, ""},
		"backwards":        {liar(func(r []byte) { stampNTP(r[ntpTransmit:], time.Now().Add(-time.Hour)) }), ErrImplausible, ""},
		"1970":             {&timeServer{now: stopped(time.Unix(3600, 0))}, ErrImplausible, "1970"},
		"2106":             {&timeServer{now: stopped(time.Date(2106, 6, 1, 0, 0, 0, 0, time.UTC))}, ErrImplausible, "1970"},
		"later a liar":     {&timeServer{now: time.Now, mend: func(r []byte, n int) { r[ntpStratum] = map[bool]byte{true: 16, false: 2}[n == 3] }}, ErrUnsynchronised, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.server.start(t)
			how := eager
			if c.want == ErrSilent {
				how = hasty
			}
			got, err := how.ask(t.Context(), c.server.address)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%+v, %v, want %v %s", got, err, c.want, c.says)
			}
			if got != (TimeAnswer{}) {
				t.Errorf("an answer beside the error: %+v", got)
			}
			await(t, "the question", func() bool { return c.server.asked.Load() > 0 })
		})
	}
}

func liar(mend func([]byte)) *timeServer {
	return &timeServer{now: time.Now, mend: func(reply []byte, _ int) { mend(reply) }}
}

// TestTruncatedAnswers: a packet may have any length.
func TestTruncatedAnswers(t *testing.T) {
	for _, length := range []int{0, 1, 47} {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() {
			question := make([]byte, 64)
			for {
				_, from, err := conn.ReadFrom(question)
				if err != nil {
					return
				}
				_, _ = conn.WriteTo(make([]byte, length), from)
			}
		}()
		if got, err := eager.ask(t.Context(), conn.LocalAddr().String()); !errors.Is(err, ErrImplausible) {
			t.Errorf("%d bytes: %+v, %v", length, got, err)
		}
	}
}

// TestAnswersThatDisagreeAreReported: one answer is late and another of a clock
// that jumped.
func TestAnswersThatDisagreeAreReported(t *testing.T) {
	t.Parallel()
	server := &timeServer{now: time.Now, silent: func(n int) bool { return n == 2 }}
	server.mend = func(reply []byte, n int) {
		if n == 3 {
			stampNTP(reply[ntpReceive:], time.Now().Add(12*time.Second))
			stampNTP(reply[ntpTransmit:], time.Now().Add(12*time.Second))
		}
	}
	how := inquiry{pause: time.Millisecond, patience: 3 * time.Second} // spent on the answer that never comes
	got, err := how.ask(t.Context(), server.start(t).address)
	if err != nil || got.Samples != 3 || got.Asked != 4 || got.Steady || (got.Spread-12*time.Second).Abs() > time.Second {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestServersThatAreNotThere(t *testing.T) {
	gone := (&timeServer{now: time.Now}).start(t)
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	for _, server := range []string{"", "no such name.invalid", "https://example.invalid/", "[::1", free.LocalAddr().String(), gone.address + "9999"} {
		if got, err := eager.ask(t.Context(), server); !errors.Is(err, ErrNoTimeServer) {
			t.Errorf("%q: %+v, %v", server, got, err)
		}
	}
}

// TestAskingCanBeCalledOff while the server keeps silent.
func TestAskingCanBeCalledOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := &timeServer{now: time.Now, silent: func(int) bool { cancel(); return true }}
	patient := inquiry{pause: time.Hour, patience: time.Hour}
	if _, err := patient.ask(ctx, server.start(t).address); !errors.Is(err, context.Canceled) {
		t.Errorf("while waiting: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	server = &timeServer{now: func() time.Time { defer cancel(); return time.Now() }}
	if _, err := patient.ask(ctx, server.start(t).address); !errors.Is(err, context.Canceled) {
		t.Errorf("between two questions: %v", err)
	}
}

// TestARealServer asks chrony on loopback. It runs with -x, so that it never
// touches the clock, and serves the machine's own time as if that were right.
func TestARealServer(t *testing.T) {
	chronyd := lookChrony(t)
	port := freePort(t)
	dir := t.TempDir()
	config := filepath.Join(dir, "chrony.conf")
	text := fmt.Sprintf("port %d\nbindaddress 127.0.0.1\nallow 127.0.0.1\nlocal stratum 8\ncmdport 0\npidfile %s/pid\n", port, dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var output strings.Builder
	server := exec.Command(chronyd, "-d", "-x", "-U", "-f", config)
	server.Stdout, server.Stderr = &output, &output
	if err := server.Start(); err != nil {
		t.Skipf("chronyd does not start: %v", err)
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()

	address := fmt.Sprintf("127.0.0.1:%d", port)
	var got TimeAnswer
	var err error
	await(t, "chronyd's answer", func() bool {
		got, err = inquiry{pause: time.Millisecond, patience: time.Second}.ask(t.Context(), address)
		return err == nil
	})
	if got.Stratum != 8 || got.Samples != questions || !got.Steady || got.Offset.Abs() > 100*time.Millisecond {
		t.Errorf("%+v", got)
	}
	t.Logf("offset %s ± %s, delay %s", got.Offset, got.Error, got.Delay)
}

func lookChrony(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chronyd", "/usr/sbin/chronyd"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("chronyd is not installed")
	return ""
}

func freePort(t *testing.T) int {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).Port
}

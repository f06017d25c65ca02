package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/beevik/ntp"
)

// AskTime asks an NTP server (RFC 5905) how far this machine's clock is off. It
// is the one way to the network, and goes only where its caller names: nothing
// calls it unless a person asked for it.
//
// A server is a name or an address, with or without a port. Four questions go to
// one of its addresses, a quarter of a second apart; the answer that was under way
// for the shortest time counts, because its error is the smallest. Answers that
// cannot be trusted are errors: see the Err… below. Five seconds are about the
// most it takes beside the name's lookup, which ends with ctx, as all of it does.
func AskTime(ctx context.Context, server string) (TimeAnswer, error) {
	return inquiry{pause: 250 * time.Millisecond, patience: 2 * time.Second}.ask(ctx, server)
}

// TimeAnswer is what a time server said.
type TimeAnswer struct {
	Server  string        // as it was named
	Address string        // who answered
	Offset  time.Duration // to add to this machine's clock; below 0 it is ahead
	Error   time.Duration // how far Offset may be wrong to either side, if the server is right
	Delay   time.Duration // there and back
	Stratum int           // how many servers from a clock that needs none; 1 is next to it
	Samples int           // answers that counted, of Asked
	Asked   int
	// Spread is how far the offsets of the answers lie apart. Beyond their errors
	// something is wrong: the path, the server, or a clock that is being set.
	Spread time.Duration
	Steady bool
}

// DefaultTimeServer is what a person is offered who names none: a pool of
// volunteers' servers all over the world.
const DefaultTimeServer = "pool.ntp.org"

// Why no answer is taken.
var (
	// ErrNoTimeServer means that there is no such server, or no network.
	ErrNoTimeServer = errors.New("the time server cannot be reached")
	// ErrSilent means that nothing came back. What comes from another address or
	// port is not looked at: the socket is connected.
	ErrSilent = errors.New("the time server does not answer")
	// ErrRefused is a kiss of death: the server wants no more questions.
	ErrRefused = errors.New("the time server wants no questions now")
	// ErrUnsynchronised means that the server itself does not know the time, or
	// not well enough.
	ErrUnsynchronised = errors.New("the time server does not know the time itself")
	// ErrImplausible means that the answer contradicts itself, or says a time at
	// which this program did not exist. NTP's 32-bit seconds wrap in 2036: beyond
	// 2106 its times look like those after 1970.
	ErrImplausible = errors.New("the time server's answer cannot be right")
)

const (
	questions = 4
	// silences: who did not answer twice will not answer the third time.
	silences = 2
	// maxDistance is how far a server's own clock may be from the reference
	// (MAXDIST of RFC 5905 is 1 s; ten are still a third of a code's period).
	maxDistance = 10 * time.Second
)

// programMade is about when. A server that says an earlier time is not set.
var programMade = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// inquiry is how to ask; tests are less patient, and have clocks of their own.
type inquiry struct {
	pause, patience time.Duration
	now             func() time.Time // nil: the system's, with the kernel's time of arrival
}

func (how inquiry) ask(ctx context.Context, server string) (TimeAnswer, error) {
	best := TimeAnswer{Server: server}
	var offsets []time.Duration
	var failures []error
	for best.Asked < questions && len(failures) < silences {
		if best.Asked > 0 && !sleep(ctx, how.pause) {
			return TimeAnswer{}, ctx.Err()
		}
		best.Asked++
		answer, err := how.once(ctx, cmp.Or(best.Address, server)) // a pool's name leads elsewhere each time
		switch {
		case ctx.Err() != nil:
			return TimeAnswer{}, ctx.Err()
		case err != nil && !errors.Is(err, ErrSilent):
			return TimeAnswer{}, err // one lie is enough
		case err != nil:
			failures = append(failures, err)
			continue
		}
		offsets = append(offsets, answer.Offset)
		if len(offsets) == 1 || answer.Delay < best.Delay {
			answer.Server, answer.Asked = best.Server, best.Asked
			best = answer
		}
	}
	if len(offsets) == 0 {
		return TimeAnswer{}, failures[0]
	}
	best.Samples = len(offsets)
	best.Spread = slices.Max(offsets) - slices.Min(offsets)
	best.Steady = best.Spread <= max(2*best.Error, time.Second)
	return best, nil
}

// once asks one question over a socket of its own: a port that an attacker
// guessed is good for one answer.
func (how inquiry) once(ctx context.Context, server string) (TimeAnswer, error) {
	address, stop := "", func() bool { return true }
	defer func() { stop() }()
	response, err := ntp.QueryWithOptions(server, ntp.QueryOptions{
		Timeout:       how.patience,
		GetSystemTime: how.now,
		Dialer: func(_, remote string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, "udp", remote)
			if err != nil {
				return nil, err
			}
			address = conn.RemoteAddr().String()
			// The library waits for an answer without a context.
			stop = context.AfterFunc(ctx, func() { conn.Close() })
			return conn, nil
		},
	})
	switch {
	case err != nil && address == "":
		return TimeAnswer{}, fmt.Errorf("%w: %w", ErrNoTimeServer, err)
	case err != nil:
		return TimeAnswer{}, timeFault(err)
	}
	if err := judge(response); err != nil {
		return TimeAnswer{}, err
	}
	return TimeAnswer{
		Address: address,
		Offset:  response.ClockOffset,
		Error:   response.RootDistance + response.Precision,
		Delay:   response.RTT,
		Stratum: int(response.Stratum),
	}, nil
}

// judge refuses what would be worse than no answer.
func judge(r *ntp.Response) error {
	if r.IsKissOfDeath() {
		return fmt.Errorf("%w (%s)", ErrRefused, kissCode(r.KissCode))
	}
	if err := r.Validate(); err != nil {
		return untrusted(err)
	}
	switch {
	case r.RootDistance > maxDistance:
		return fmt.Errorf("%w: it may be %s off", ErrUnsynchronised, r.RootDistance.Round(time.Second))
	case r.Time.Before(programMade):
		return fmt.Errorf("%w: it says that it is %d", ErrImplausible, r.Time.Year())
	}
	return nil
}

// kissCode keeps to the four capital letters that it should have.
func kissCode(code string) string {
	if len(code) != 4 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "no reason given"
	}
	return code
}

// timeFault tells silence from lies, and both from a server that is not there.
func timeFault(err error) error {
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return ErrSilent
	case errors.As(err, new(*net.OpError)):
		return fmt.Errorf("%w: %w", ErrNoTimeServer, err) // an ICMP message: nobody listens there
	}
	return untrusted(err)
}

// untrusted is what one of the library's refusals comes to.
func untrusted(err error) error {
	for _, ignorant := range []error{ntp.ErrInvalidStratum, ntp.ErrInvalidLeapSecond, ntp.ErrServerClockFreshness, ntp.ErrInvalidDispersion} {
		if errors.Is(err, ignorant) {
			return fmt.Errorf("%w: %w", ErrUnsynchronised, err)
		}
	}
	return fmt.Errorf("%w: %w", ErrImplausible, err)
}

// sleep reports false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

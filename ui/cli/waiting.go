package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"otpane/otpcore"
	"otpane/ui/host"
)

// lasting gives a code that has at least this long to live: the present one, or the
// next as soon as it begins. That one came with the first answer, so nobody who is
// asked for a code is asked twice.
func (p *program) lasting(ctx context.Context, least time.Duration, ask asking) (entry, error) {
	for {
		g, err := ask(ctx, false)
		if err != nil {
			return entry{}, err
		}
		e := g.entry
		if !e.timed() { // lives until it is used; a script need not know which accounts count
			p.mention(g)
			return e, nil
		}
		if least >= e.period() {
			return entry{}, misuse(fmt.Sprintf("no code has %s to live: these live for %d s", length(least), e.Period), "--min-left takes less than that")
		}
		p.mention(g)
		if e.until.Sub(p.Now()) >= least {
			return e, nil
		}
		p.mentionWait(e)
		if err := p.outlive(ctx, e, nil); err != nil {
			return entry{}, err
		}
		// A machine that slept meanwhile, or whose clock was set, asks again.
		if e = e.following(p.Now()); e.begun(p.Now()) && e.until.Sub(p.Now()) >= least {
			return e, nil
		}
	}
}

// mentionWait is for a person; a script sees that it waits.
func (p *program) mentionWait(e entry) {
	if host.IsTerminal(p.Stderr) {
		p.say("Waiting %d s for the next code.", seconds(e.until.Sub(p.Now())))
	}
}

// follow prints every code as it begins, until the context ends or nobody reads any
// more: both are how it is meant to end.
func (p *program) follow(ctx context.Context, from source, query string, asJSON bool) error {
	signal.Ignore(syscall.SIGPIPE) // it would end the process by a signal; a write says the same
	gone := func() bool { return host.ReaderGone(p.Stdout) }
	for said := ""; ; {
		g, err := from.code(ctx, query, true)
		if err == nil {
			if talk := fmt.Sprint(g.notes, g.Correction); talk != said {
				p.mention(g)
				said = talk
			}
			err = p.printLine(g.entry, asJSON)
		}
		if err == nil {
			query = g.ID // what it meant at first it means to the end, whatever is added meanwhile
			err = p.outlive(ctx, g.entry, gone)
		}
		switch {
		case ctx.Err() != nil:
			if host.IsTerminal(p.Stderr) {
				p.say("") // the prompt does not stand behind ^C
			}
			return nil
		case errors.Is(err, errNobodyReads), host.BrokenPipe(err):
			return nil
		case err != nil:
			return err
		}
	}
}

func (p *program) printLine(e entry, asJSON bool) error {
	if !asJSON {
		return p.print(e.Code + "\n")
	}
	encoder := json.NewEncoder(unsteered{p.Stdout})
	encoder.SetEscapeHTML(false)
	return encoder.Encode(e)
}

// errNobodyReads ends a wait.
var errNobodyReads = errors.New("nobody reads any more")

// outlive waits until a code is not the present one any more. It looks at the clock
// every second at least, for a timer stands still while the machine sleeps and does
// not know that the clock was set, and then whether anybody still reads.
func (p *program) outlive(ctx context.Context, e entry, gone func() bool) error {
	for {
		now := p.Now()
		if !e.begun(now) || !now.Before(e.until) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(e.until.Sub(now), time.Second)):
		}
		if gone != nil && gone() {
			return errNobodyReads
		}
	}
}

func (e entry) period() time.Duration { return time.Duration(e.Period) * time.Second }

// begun reports whether the code is good already.
func (e entry) begun(now time.Time) bool { return !now.Before(e.until.Add(-e.period())) }

// following is the entry one period on. It does not know the code after its own.
func (e entry) following(now time.Time) entry {
	e.Code, e.Next, e.until = e.Next, "", e.until.Add(e.period())
	e.SecondsLeft = seconds(e.until.Sub(now))
	return e
}

// lifetime is the value of --min-left: "10s", or seconds alone.
type lifetime time.Duration

func (l *lifetime) Set(text string) error {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err == nil && (d <= 0 || d > otpcore.MaxPeriod*time.Second) {
		err = errors.New("not a time to live")
	}
	*l = lifetime(d)
	return err
}

func (l *lifetime) String() string { return "" }
func (l *lifetime) Type() string   { return "a time such as 10s" }

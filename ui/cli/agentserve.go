package cli

import (
	"context"
	"errors"
	"time"

	"otpane/otpcore"
	"otpane/ui/agent"
	"otpane/ui/host"
)

// serveAgent waits for its turn at the socket of the vault at path, and then serves
// it from a desk until ctx ends. It tells how far it is, and returns when the socket
// is gone and nobody is connected any more.
func (p *program) serveAgent(ctx context.Context, path string, who server, desk agent.Desk, tell func(agent.State)) error {
	listener, err := inTurn(ctx, host.AgentSocket(p.Getenv, path), tell)
	if listener == nil {
		return failing(err, tell)
	}
	// The end takes the socket away first: whoever comes then opens the vault itself.
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { _ = listener.Close(); close(closed) })
	since := p.Now()
	desk.Standing = func() agent.Standing { return agent.Standing{By: who.by, Since: since, Rule: who.rule()} }
	tell(agent.State{Phase: agent.Serving})
	err = desk.Serve(ctx, func() (agent.Conn, agent.Peer, error) {
		conn, err := listener.Accept()
		if err != nil {
			return nil, agent.Peer{}, err
		}
		peer := conn.Peer()
		return conn, agent.Peer{PID: peer.PID, Program: peer.Program, Dir: peer.Dir}, nil
	})
	if stop() {
		_ = listener.Close()
	} else {
		<-closed
	}
	return failing(err, tell)
}

// serve is the pane's way to serve.
func (r *room) serve(ctx context.Context, desk agent.Desk, tell func(agent.State)) error {
	desk.TwoKeys = twoKeys(r.opened)
	rule := func() otpcore.Answer { return r.preferences.current().Agent.otherwise() }
	return r.serveAgent(ctx, r.path, server{byPane, rule}, desk, tell)
}

func failing(err error, tell func(agent.State)) error {
	if err != nil {
		tell(agent.State{Phase: agent.Failed, Err: err})
	}
	return err
}

// inTurn listens as soon as no other process does; nil when ctx ends first. A lock
// that is asked for now and then is one that a wait can be called off for.
func inTurn(ctx context.Context, socket string, tell func(agent.State)) (*host.AgentListener, error) {
	tick := time.NewTicker(turnEvery)
	defer tick.Stop()
	for waiting := false; ; waiting = true {
		listener, err := host.ListenAgent(socket)
		if !errors.Is(err, host.ErrServed) {
			return listener, err
		}
		if !waiting {
			tell(agent.State{Phase: agent.Waiting})
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, nil
		}
	}
}

// server is who serves, and what holds there where an account and its tags have no
// rule.
type server struct {
	by   string
	rule func() otpcore.Answer
}

// What clients hear of who serves.
const byPane, byAgent = "pane", "agent"

// turnEvery is how long after the end of one process the next may take over.
const turnEvery = 800 * time.Millisecond

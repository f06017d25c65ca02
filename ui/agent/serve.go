package agent

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"otpane/otpcore"
)

// Serve attends to clients until ctx ends, which is nil, or accept fails. It returns
// when every connection is closed and nothing of it runs any more; so accept must fail
// once ctx has ended, and Draw and Ask must come back.
func (d *Desk) Serve(ctx context.Context, accept func() (Conn, Peer, error)) error {
	serving, end := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer end()
	s := &service{Desk: d}
	places := make(chan struct{}, AtWork)
	for {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		conn, peer, err := accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case err != nil:
			return err
		}
		work.Go(func() {
			defer func() { <-places }()
			s.attend(serving, conn, peer)
		})
	}
}

// service is a desk at work.
type service struct {
	*Desk
	asked questions
}

// attend answers one request. The end of ctx closes the connection at once, whatever
// it is being used for.
func (s *service) attend(ctx context.Context, conn Conn, peer Peer) {
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		conn.Close()
		close(closed)
	})
	defer func() {
		if stop() {
			conn.Close()
		} else {
			<-closed
		}
	}()
	peer.Program, peer.Dir = otpcore.Clean(peer.Program), otpcore.Clean(peer.Dir)
	_ = conn.SetDeadline(time.Now().Add(SayFor))
	request, err := readRequest(conn)
	v := visit{service: s, ctx: ctx, conn: conn, peer: peer, request: request}
	switch {
	case err == nil:
		v.serve()
	case errors.Is(err, io.EOF): // it wanted nothing
	default:
		v.reply(head{Verdict: Garbage}, nil)
	}
}

package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Why a call has no reply.
var (
	// ErrGone means that the agent closed the connection: it locked, or ended.
	ErrGone = errors.New("the agent has gone")
	// ErrReply means that what came back is no reply of this version.
	ErrReply = errors.New("the agent does not speak this version's protocol")
)

// Call asks for one thing, and closes the connection. It waits as long as a person
// has to answer, if one is asked, and else no longer than an agent that lives needs.
func Call(ctx context.Context, conn Conn, r Request) (Reply, error) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	reply, err := call(conn, r)
	if ctx.Err() != nil {
		return Reply{}, ctx.Err()
	}
	return reply, err
}

func call(conn Conn, r Request) (Reply, error) {
	r.V = version
	line, err := json.Marshal(r)
	if err != nil {
		return Reply{}, err
	}
	if err := conn.SetDeadline(time.Now().Add(2 * SayFor)); err != nil {
		return Reply{}, err
	}
	if _, err := conn.Write(append(line, '\n')); err != nil {
		return Reply{}, fmt.Errorf("%w: %w", ErrGone, err)
	}
	reader := bufio.NewReader(conn)
	first, err := readHead(reader)
	if err == nil && first.Verdict == asking {
		if r.Asked != nil {
			r.Asked()
		}
		_ = conn.SetDeadline(time.Now().Add(AskFor + 2*SayFor))
		first, err = readHead(reader)
	}
	if err != nil {
		return Reply{}, err
	}
	return readAccounts(reader, first)
}

func readHead(r *bufio.Reader) (first head, err error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return head{}, fmt.Errorf("%w: %w", ErrGone, err)
	}
	if err := json.Unmarshal(line, &first); err != nil || first.V != version {
		return head{}, ErrReply
	}
	return first, nil
}

func readAccounts(r *bufio.Reader, first head) (Reply, error) {
	reply := Reply{Verdict: first.Verdict, Near: first.Near, Count: first.Count, Standing: first.Standing}
	for range first.Accounts {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return Reply{}, fmt.Errorf("%w: %w", ErrGone, err)
		}
		var fact Fact
		if err := json.Unmarshal(line, &fact); err != nil {
			return Reply{}, ErrReply
		}
		reply.Accounts = append(reply.Accounts, fact)
	}
	return reply, nil
}

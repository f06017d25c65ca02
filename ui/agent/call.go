package agent

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"otpane/otpcore"
)

// Why a call has no reply.
var (
	// ErrGone means that the agent closed the connection, or says nothing: it has
	// locked, ended, or hangs.
	ErrGone = errors.New("the agent has gone or does not answer")
	// ErrReply means that what came back is no reply of this version.
	ErrReply = errors.New("the agent speaks another version's protocol")
)

// Call asks for one thing, and closes the connection. It waits as long as a person
// has to answer, if one is asked, and else no longer than an agent that lives needs.
//
// What comes back is a stranger's until it is checked: it is bounded, its texts are
// cleaned, and a code is letters and digits. A code that was asked for and Given is
// there, with its account.
func Call(ctx context.Context, conn Conn, r Request) (Reply, error) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	reply, err := exchange(conn, r)
	if ctx.Err() != nil {
		return Reply{}, ctx.Err()
	}
	if err != nil && !errors.Is(err, ErrReply) {
		err = fmt.Errorf("%w: %w", ErrGone, err)
	}
	return reply, err
}

// alive is how long an agent that lives may take, to answer and to have it read.
const alive = 2 * SayFor

func exchange(conn Conn, r Request) (Reply, error) {
	r.V = version
	request, err := json.Marshal(r)
	if err != nil {
		return Reply{}, err
	}
	if err := conn.SetDeadline(time.Now().Add(alive)); err != nil {
		return Reply{}, err
	}
	if _, err := conn.Write(append(request, '\n')); err != nil {
		return Reply{}, err
	}
	return readReply(conn, r.Do, func() {
		_ = conn.SetDeadline(time.Now().Add(AskFor + alive))
		if r.Asked != nil {
			r.Asked()
		}
	})
}

// What a reply may have. Ten thousand accounts are three megabytes.
const (
	maxReply    = 32 << 20 // bytes
	maxLine     = 64 << 10 // bytes
	maxAccounts = 100_000
	// maxCorrection is the vault's and the account's own, in seconds.
	maxCorrection = int64(2 * otpcore.MaxCorrection / time.Second)
)

// readReply reads the reply to do. asked is called if a person is asked first.
func readReply(r io.Reader, do string, asked func()) (Reply, error) {
	lines := bufio.NewReaderSize(io.LimitReader(r, maxReply), maxLine)
	var h head
	err := readLine(lines, &h)
	if err == nil && h.Verdict == asking {
		asked()
		h = head{}
		err = readLine(lines, &h)
	}
	if err != nil {
		return Reply{}, err
	}
	if h.V != version || !slices.Contains(verdicts, h.Verdict) || h.Accounts < 0 || h.Accounts > maxAccounts || h.Count < 0 {
		return Reply{}, ErrReply
	}
	reply := Reply{Verdict: h.Verdict, Near: otpcore.Clean(h.Near), Count: h.Count, Standing: h.Standing.clean()}
	for range h.Accounts {
		var fact Fact
		if err := readLine(lines, &fact); err != nil {
			return Reply{}, err
		}
		if !fact.clean() {
			return Reply{}, ErrReply
		}
		reply.Accounts = append(reply.Accounts, fact)
	}
	if do == DoCode && reply.Verdict == Given && (len(reply.Accounts) != 1 || reply.Accounts[0].Code == "") {
		return Reply{}, ErrReply
	}
	return reply, nil
}

// readLine reads one object of JSON that has a line to itself. Fields that it does not
// know may say more to a newer client.
func readLine(r *bufio.Reader, into any) error {
	line, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return ErrReply
	case err != nil:
		return err
	case json.Unmarshal(line, into) != nil || !bytes.HasPrefix(line, []byte("{")):
		return ErrReply
	}
	return nil
}

// clean makes a fact fit to be printed, or reports that there is no honest reading
// of it.
func (f *Fact) clean() bool {
	for _, text := range []*string{&f.ID, &f.Issuer, &f.Name, &f.Type, &f.Algorithm} {
		*text = otpcore.Clean(*text)
	}
	f.Tags = otpcore.CleanTags(f.Tags)
	return isCode(f.Code) && isCode(f.Next) &&
		f.Left >= 0 && f.Left <= otpcore.MaxPeriod*1000 &&
		int64(f.Correction) >= -maxCorrection && int64(f.Correction) <= maxCorrection &&
		(f.RecoveryLeft == nil || *f.RecoveryLeft >= 0) &&
		(f.Verdict == "" || slices.Contains(verdicts, f.Verdict))
}

func (s *Standing) clean() *Standing {
	if s == nil {
		return nil
	}
	return &Standing{By: otpcore.Clean(s.By), Since: s.Since, Rule: otpcore.Answer(otpcore.Clean(string(s.Rule)))}
}

func isCode(text string) bool {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return len(text) <= otpcore.MaxDigits && strings.Trim(text, alphabet) == ""
}

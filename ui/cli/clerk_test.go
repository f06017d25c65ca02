package cli

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"otpane/otpcore"
	"otpane/ui/agent"
	"otpane/vault"
)

// TestAgentEndsWhenTheMachineSlept: a gap between two looks, also one that a request
// is the first to notice, ends it before anything is given.
func TestAgentEndsWhenTheMachineSlept(t *testing.T) {
	now := time.Now()
	p := &program{Env: Env{Now: func() time.Time { return now }, Stderr: io.Discard}}
	path := filepath.Join(t.TempDir(), "vault.age")
	v, err := vault.Create(path, vault.Access{Passphrase: []byte("orbit ladle ember"), WorkFactor: 2}, p.Now)
	if err == nil {
		err = v.Update(func(d *vault.Draft) error {
			_, err := d.Add(otpcore.Account{
				Issuer: "GitHub", Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
				Secret: otpcore.NewSecret([]byte("the key of alice")),
			})
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	c := newClerk(p, v, otpcore.Allow)
	ctx, end := context.WithCancelCause(t.Context())
	c.end = end
	desk := c.desk()
	for _, pause := range []time.Duration{lookEvery, sleepGap - time.Second} {
		now = now.Add(pause)
		if n := len(desk.Accounts()); n != 1 || ctx.Err() != nil {
			t.Fatalf("after %v: %d accounts, %v", pause, n, context.Cause(ctx))
		}
	}
	now = now.Add(sleepGap)
	if n := len(desk.Accounts()); n != 0 || !errors.Is(context.Cause(ctx), errSlept) {
		t.Errorf("after a sleep: %d accounts, %v", n, context.Cause(ctx))
	}
	now = now.Add(time.Second)
	if n := len(desk.Accounts()); n != 0 {
		t.Errorf("and then %d accounts again", n)
	}
}

// TestWhyThereIsNoCode: each of an agent's noes in words, where the person was asked.
func TestWhyThereIsNoCode(t *testing.T) {
	s := &served{program: &program{}}
	for _, story := range []struct {
		by         string
		verdict    agent.Verdict
		what, hint string
	}{
		{byPane, agent.Denied, "the agent does not give codes of GitHub · alice", "--no-agent opens the vault itself"},
		{byPane, agent.Refused, "refused in the pane", ""},
		{byPane, agent.Silence, "nobody answered in the pane within 30 s", ""},
		{byAgent, agent.Refused, "refused at the agent", ""},
		{byAgent, agent.Silence, "nobody answered at the agent within 30 s", ""},
		{byPane, agent.Busy, "too many questions wait in the pane", "answer them, then try again"},
		{byPane, agent.Broken, "GitHub · alice cannot show a code", ""},
	} {
		reply := agent.Reply{Verdict: story.verdict, Standing: &agent.Standing{By: story.by}}
		f := asFault(s.notGiven(reply, story.verdict, "GitHub · alice"))
		if f.what != story.what || f.hint != story.hint || f.status != failed {
			t.Errorf("%s, %s: %q, %q, status %d", story.by, story.verdict, f.what, f.hint, f.status)
		}
	}
}

package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"otpane/otpcore"
)

// FuzzRequest: whatever comes, it is a request that says the same again, or none.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		line(DoCode, "git"), line(DoList, ""), line(DoStatus, "") + line(DoStatus, ""), `{"v":1,"do":"code","query":"é\u001b","timed":true}` + " \r\n",
		"{}\n", "\n", "null\n", strings.Repeat("[", 100), `{"v":1,"do":"status"`, `{"v":1,"do":"status","at":1}` + "\n", "\xff\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, err := readRequest(bytes.NewReader(data))
		bytewise, err2 := readRequest(iotest.OneByteReader(bytes.NewReader(data)))
		if err == nil && (err2 != nil || bytewise.Do != whole.Do || bytewise.Query != whole.Query) {
			t.Fatalf("in one piece %+v, in many %+v, %v", whole, bytewise, err2)
		}
		if err != nil {
			return
		}
		if len(data) > maxRequest && bytes.IndexByte(data[:maxRequest], '\n') < 0 {
			t.Fatalf("%d bytes are a request", len(data))
		}
		text, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseRequest(append(text, '\n'))
		if err != nil || again.Do != whole.Do || again.Query != whole.Query || again.Timed != whole.Timed {
			t.Fatalf("%+v says %s, which is %+v, %v", whole, text, again, err)
		}
	})
}

// FuzzReply: a hostile agent cannot hand a client anything that is not fit to be
// printed.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"verdict":"given","accounts":1}` + "\n" + `{"id":"a1","issuer":"GitHub","code":"123456","next":"ABCDE","left_ms":1000,"tags":["x"],"correction":3,"recovery_left":2}` + "\n",
		waitLine + `{"v":1,"verdict":"nothing","near":"\u001b[2J","count":7,"standing":{"by":"\u202e","since":"2026-01-01T00:00:00Z","rule":"x"}}` + "\n",
		hostileTexts, `{"v":1,"verdict":"given","accounts":100000}` + "\n", `{"v":2}` + "\n", "null\n", "\n", waitLine + waitLine,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, do := range []string{DoCode, DoList} {
			reply, err := readReply(bytes.NewReader(data), do, func() {})
			if err != nil {
				if reply.Verdict != "" || len(reply.Accounts) > 0 {
					t.Fatalf("%v with %+v", err, reply)
				}
				continue
			}
			for _, text := range textsOf(reply) {
				if otpcore.Clean(text) != text {
					t.Fatalf("%q is not clean", text)
				}
			}
			for _, fact := range reply.Accounts {
				if a := fact.Account(); !isCode(fact.Code) || !isCode(fact.Next) || fact.Left < 0 || time.Duration(fact.Left)*time.Millisecond < 0 || int(a.Correction/time.Second) != fact.Correction {
					t.Fatalf("%+v", fact)
				}
			}
			if do == DoCode && reply.Verdict == Given && reply.Accounts[0].Code == "" {
				t.Fatalf("no code in %+v", reply)
			}
		}
	})
}

func textsOf(r Reply) []string {
	texts := []string{r.Near, string(r.Verdict)}
	if r.Standing != nil {
		texts = append(texts, r.Standing.By, string(r.Standing.Rule))
	}
	for _, f := range r.Accounts {
		texts = append(texts, f.ID, f.Issuer, f.Name, f.Type, f.Algorithm, f.Code, f.Next, string(f.Verdict))
		texts = append(texts, f.Tags...)
	}
	return texts
}

// TestHostileReplies are those that no client may take.
func TestHostileReplies(t *testing.T) {
	fact := func(more string) string {
		return `{"v":1,"verdict":"given","accounts":1}` + "\n" + `{"id":"a1","code":"123456"` + more + "}\n"
	}
	for name, story := range map[string]struct {
		text string
		want error
	}{
		"good":                     {fact(""), nil},
		"a newer field":            {fact(`,"colour":"red"`), nil},
		"no code":                  {`{"v":1,"verdict":"given"}` + "\n", ErrReply},
		"two codes":                {`{"v":1,"verdict":"given","accounts":2}` + "\n" + strings.Repeat(`{"code":"1"}`+"\n", 2), ErrReply},
		"an empty code":            {fact(`,"code":""`), ErrReply},
		"a code that is a command": {fact(`,"code":"\u001b[2J"`), ErrReply},
		"a code of two lines":      {fact(`,"code":"123456\n"`), ErrReply},
		"a code with an option":    {fact(`,"code":"-n 1"`), ErrReply},
		"another script's digits":  {fact(`,"code":"١٢٣"`), ErrReply},
		"a long code":              {fact(`,"code":"12345678901"`), ErrReply},
		"a next code":              {fact(`,"next":"$(rm)"`), ErrReply},
		"time that has gone":       {fact(`,"left_ms":-1`), ErrReply},
		"time without end":         {fact(`,"left_ms":9223372036854775807`), ErrReply},
		"a clock beyond all":       {fact(`,"correction":9223372036`), ErrReply},
		"fewer than none":          {fact(`,"recovery_left":-1`), ErrReply},
		"an unknown reason":        {fact(`,"verdict":"because"`), ErrReply},
		"an unknown verdict":       {`{"v":1,"verdict":"sure"}` + "\n", ErrReply},
		"another version":          {`{"v":2,"verdict":"given"}` + "\n", ErrReply},
		"asking for ever":          {waitLine + waitLine, ErrReply},
		"a minus of accounts":      {`{"v":1,"verdict":"nothing","accounts":-1}` + "\n", ErrReply},
		"a million accounts":       {`{"v":1,"verdict":"nothing","accounts":1000000}` + "\n", ErrReply},
		"null":                     {"null\n", ErrReply},
		"no JSON":                  {"HTTP/1.1 400 Bad Request\n", ErrReply},
		"a long line":              {strings.Repeat("x", maxLine) + "\n", ErrReply},
		"nothing":                  {"", ErrGone},
		"half a line":              {`{"v":1`, ErrGone},
		"an account too few":       {`{"v":1,"verdict":"given","accounts":1}` + "\n", ErrGone},
	} {
		t.Run(name, func(t *testing.T) {
			reply, err := call(t, story.text)
			if !errors.Is(err, story.want) || story.want == nil && err != nil {
				t.Errorf("got %+v, %v, want %v", reply, err, story.want)
			}
		})
	}
}

// hostileTexts has something in every text that must not reach a terminal.
const hostileTexts = `{"v":1,"verdict":"given","accounts":1,"near":"\u001b[2J","standing":{"by":"pa\u202ene","rule":"al\u0007low"}}` + "\n" +
	`{"id":"a\u001b1","issuer":"Git\u202eHub","name":"ali\u200bce\nroot","type":"to\u0000tp","algorithm":"SHA\u009b1","tags":["wo\u001brk","\u001b",""],"code":"123456"}` + "\n"

func TestTextsAreCleaned(t *testing.T) {
	reply, err := call(t, hostileTexts)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(textsOf(reply), "|")
	if want := "[2J|given|pane|allow|a1|GitHub|alice root|totp|SHA1|123456|||work"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// call asks an agent for a code that answers with a text and hangs up.
func call(t *testing.T, text string) (Reply, error) {
	client, server := net.Pipe()
	go func() {
		_, _ = server.Read(make([]byte, maxRequest))
		_, _ = io.WriteString(server, text)
		server.Close()
	}()
	return Call(t.Context(), client, Request{Do: DoCode, Query: "git"})
}

// TestAnEndlessReply ends, and is not kept.
func TestAnEndlessReply(t *testing.T) {
	fact := `{"id":"a1","newer":"` + strings.Repeat("x", 60<<10) + `"}` + "\n"
	endless := io.MultiReader(strings.NewReader(`{"v":1,"verdict":"given","accounts":100000}`+"\n"), &repeat{text: fact})
	counted := &counter{r: endless}
	reply, err := readReply(counted, DoList, func() {})
	if err == nil || len(reply.Accounts) > 0 {
		t.Errorf("got %d accounts, %v", len(reply.Accounts), err)
	}
	if counted.n > maxReply {
		t.Errorf("%d bytes were read", counted.n)
	}
}

type repeat struct{ text, rest string }

func (r *repeat) Read(p []byte) (int, error) {
	if r.rest == "" {
		r.rest = r.text
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// TestACallEnds: an agent that hangs costs a client seconds, and half a minute only
// where a person is being asked.
func TestACallEnds(t *testing.T) {
	for name, story := range map[string]struct {
		text string
		want time.Duration
	}{"silent": {"", alive}, "asking": {waitLine, AskFor + alive}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := net.Pipe()
				defer server.Close()
				go func() {
					_, _ = server.Read(make([]byte, maxRequest))
					_, _ = io.WriteString(server, story.text)
				}()
				start := time.Now()
				_, err := Call(t.Context(), client, Request{Do: DoCode, Query: "git"})
				if waited := time.Since(start); !errors.Is(err, ErrGone) || !errors.Is(err, os.ErrDeadlineExceeded) || waited != story.want {
					t.Errorf("after %s: %v", waited, err)
				}
			})
		})
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer server.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := Call(ctx, client, Request{Do: DoCode, Query: "git"})
		if waited := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || waited != time.Second {
			t.Errorf("after %s: %v", waited, err)
		}
	})
}

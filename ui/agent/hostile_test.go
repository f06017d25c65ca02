package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"otpane/otpcore"
)

// What clients hear.
const (
	waitLine = `{"v":1,"verdict":"asking"}` + "\n"
	garbage  = `{"v":1,"verdict":"garbage"}` + "\n"
)

func TestGarbage(t *testing.T) {
	for name, text := range map[string]string{
		"an empty line":     "\n",
		"no JSON":           "GET / HTTP/1.1\r\n\r\n",
		"binary":            "\x00\xff\x16\x03\x01\n",
		"nothing wanted":    "{}\n",
		"another version":   `{"v":2,"do":"code","query":"git"}` + "\n",
		"no version":        `{"do":"code","query":"git"}` + "\n",
		"an unknown thing":  `{"v":1,"do":"keys"}` + "\n",
		"another instant":   `{"v":1,"do":"code","query":"git","at":"2030-01-01T00:00:00Z"}` + "\n",
		"a list":            `[{"v":1,"do":"status"}]` + "\n",
		"a text":            `"status"` + "\n",
		"nothing at all":    "null\n",
		"two requests":      line(DoStatus, "") + line(DoStatus, ""),
		"two on a line":     `{"v":1,"do":"status"}{"v":1,"do":"status"}` + "\n",
		"something after":   `{"v":1,"do":"status"}` + "\nx",
		"too long":          `{"v":1,"do":"code","query":"` + strings.Repeat("x", maxRequest) + "\"}\n",
		"endless":           strings.Repeat("x", 1<<20),
		"deep":              strings.Repeat("[", maxRequest-1) + "\n",
		"half a line, ends": "", // the client's text is in the story below
	} {
		t.Run(name, func(t *testing.T) {
			inScene(t, []otpcore.Account{account("a1", "GitHub", "alice", otpcore.Allow)}, func(s *scene) {
				start := time.Now()
				if name == "half a line, ends" {
					conn := s.connect()
					_, _ = io.WriteString(conn, `{"v":1,"do":"co`)
					conn.Close()
				} else if heard := say(s.connect(), text); heard != garbage {
					s.Errorf("heard %q", heard)
				}
				s.want("told", s.told(), "garbage")
				if waited := time.Since(start); waited != 0 {
					s.Errorf("it took %s", waited)
				}
			})
		})
	}
}

// TestALineOfTheMostBytes is no garbage, however it is cut into pieces.
func TestALineOfTheMostBytes(t *testing.T) {
	inScene(t, nil, func(s *scene) {
		text := line(DoCode, "")
		text = line(DoCode, strings.Repeat("x", maxRequest-len(text)-len(`,"query":""`)))
		if len(text) != maxRequest {
			s.Fatalf("%d bytes", len(text))
		}
		conn := s.connect()
		go func() {
			for i := range text {
				_, _ = io.WriteString(conn, text[i:i+1])
			}
		}()
		heard, _ := io.ReadAll(conn)
		s.want("heard", string(heard), `{"v":1,"verdict":"nothing"}`+"\n")
	})
}

func TestConnectingIsNoRequest(t *testing.T) {
	inScene(t, nil, func(s *scene) {
		s.connect().Close()
		s.want("told", s.told(), "")
	})
}

// TestSayingTakesTwoSecondsInAll: silence, or a byte a second.
func TestSayingTakesTwoSecondsInAll(t *testing.T) {
	for name, pause := range map[string]time.Duration{"silent": time.Hour, "slow": time.Second} {
		t.Run(name, func(t *testing.T) {
			inScene(t, nil, func(s *scene) {
				conn, start := s.connect(), time.Now()
				gave := make(chan bool)
				go func() {
					defer close(gave)
					for _, char := range line(DoStatus, "") {
						time.Sleep(pause)
						if _, err := conn.Write([]byte{byte(char)}); err != nil {
							return
						}
					}
				}()
				heard, _ := io.ReadAll(conn)
				if waited := time.Since(start); waited != SayFor || string(heard) != garbage {
					s.Errorf("closed after %s with %q", waited, heard)
				}
				s.want("told", s.told(), "garbage")
				conn.Close()
				<-gave
			})
		})
	}
}

// TestWhoDoesNotReadGetsNothing, not even time.
func TestWhoDoesNotReadGetsNothing(t *testing.T) {
	for _, do := range []string{DoStatus, DoList, DoCode} {
		t.Run(do, func(t *testing.T) {
			inScene(t, crowd(1000, otpcore.Allow), func(s *scene) {
				conn := s.connect()
				if _, err := io.WriteString(conn, line(do, "a1")); err != nil {
					s.Fatal(err)
				}
				time.Sleep(SayFor)
				synctest.Wait()
				if n, err := io.Copy(io.Discard, conn); n > 0 || err != nil {
					s.Errorf("afterwards there were %d bytes, %v", n, err)
				}
				conn.Close()
			})
		})
	}
}

// crowd are many accounts. None has a name that another one's begins with.
func crowd(n int, rule otpcore.Answer) []otpcore.Account {
	accounts := make([]otpcore.Account, n)
	for i := range accounts {
		accounts[i] = account(fmt.Sprintf("a%d", i), fmt.Sprintf("Site %06d", i), fmt.Sprintf("user%06d", i), rule)
	}
	return accounts
}

// TestAFloodOfSilence: more clients than there are places, none of which says anything.
// Who has something to say waits for a place, and no longer than the silent may keep
// theirs.
func TestAFloodOfSilence(t *testing.T) {
	inScene(t, []otpcore.Account{account("a1", "GitHub", "alice", otpcore.Allow)}, func(s *scene) {
		const flood = 3 * AtWork
		goroutines := runtime.NumGoroutine()
		start := time.Now()
		var silent []net.Conn
		for range AtWork {
			silent = append(silent, s.connect())
		}
		if time.Since(start) != 0 {
			s.Error("there are fewer places")
		}
		synctest.Wait()
		if most := goroutines + 3*AtWork; runtime.NumGoroutine() > most {
			s.Errorf("%d goroutines for %d clients", runtime.NumGoroutine()-goroutines, AtWork)
		}
		waits := make(chan bool)
		go func() {
			client, server := net.Pipe()
			select {
			case s.clients <- server:
				s.Error("one more than there are places was accepted")
			case <-waits:
			}
			client.Close()
		}()
		synctest.Wait()
		close(waits)
		for range flood - AtWork {
			silent = append(silent, s.connect())
		}
		s.want("code", codes(s.call(DoCode, "alice")), "given a1="+code)
		// Garbage is said to them for as long again: they do not read.
		if waited := time.Since(start); waited > flood/AtWork*2*SayFor {
			s.Errorf("it took %s", waited)
		}
		for _, conn := range silent {
			conn.Close()
		}
	})
}

// TestBigAnswersStayOutOfMemory: all places are taken by clients that want ten thousand
// accounts and read none.
func TestBigAnswersStayOutOfMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, crowd(10_000, otpcore.Allow)...)
		s.desk.Told = func(Event) {}
		defer s.serve()()
		before := heap()
		for range AtWork {
			conn := s.connect()
			defer conn.Close()
			go func() {
				_, _ = io.WriteString(conn, line(DoList, ""))
				hear(conn, 1) // so that it has begun to answer
			}()
		}
		synctest.Wait()
		if grown := int64(heap()) - int64(before); grown > 16<<20 {
			t.Errorf("%d MiB more", grown>>20)
		}
	})
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestLeavingEndsTheQuestion: nobody is asked for somebody who has gone. Who says
// anything more has not understood what it asked for.
func TestLeavingEndsTheQuestion(t *testing.T) {
	for name, leave := range map[string]func(net.Conn){
		"closes": func(conn net.Conn) { conn.Close() },
		"writes": func(conn net.Conn) { go say(conn, "y") },
	} {
		t.Run(name, func(t *testing.T) {
			inScene(t, []otpcore.Account{account("a1", "AWS", "prod", otpcore.Ask)}, func(s *scene) {
				conn := s.connect()
				if _, err := io.WriteString(conn, line(DoCode, "aws")); err != nil {
					s.Fatal(err)
				}
				s.want("heard", hear(conn, len(waitLine)), waitLine)
				<-s.asked
				leave(conn)
				s.want("told", s.told(), "gone a1")
				if len(s.ended) != 1 || !errors.Is(s.ended[0], errLeft) {
					s.Errorf("the question ended with %v", s.ended)
				}

				s.want("at once", codes(s.call(DoCode, "aws")), "refused a1=")
				time.Sleep(gonePause)
				reply := s.calling(DoCode, "aws")
				<-s.asked
				s.answer <- true
				s.want("later", codes(<-reply), "given a1="+code)
			})
		})
	}
}

// TestWhoDoesNotHearThatItWaitsIsNotAskedFor.
func TestWhoDoesNotHearThatItWaitsIsNotAskedFor(t *testing.T) {
	inScene(t, []otpcore.Account{account("a1", "AWS", "prod", otpcore.Ask)}, func(s *scene) {
		conn := s.connect()
		defer conn.Close()
		if _, err := io.WriteString(conn, line(DoCode, "aws")); err != nil {
			s.Fatal(err)
		}
		time.Sleep(SayFor)
		s.want("told", s.told(), "gone a1")
	})
}

// TestANoHoldsForAWhile: for that program and that account, and not for others.
func TestANoHoldsForAWhile(t *testing.T) {
	for name, say := range map[string]func(*scene){
		"refusal": func(s *scene) { s.answer <- false },
		"silence": func(s *scene) { time.Sleep(AskFor) },
	} {
		t.Run(name, func(t *testing.T) {
			inScene(t, []otpcore.Account{account("a1", "AWS", "prod", otpcore.Ask), account("a2", "AWS", "test", otpcore.Ask)}, func(s *scene) {
				reply := s.calling(DoCode, "prod")
				<-s.asked
				say(s)
				<-reply
				s.want("at once", codes(s.call(DoCode, "prod")), "refused a1=")
				time.Sleep(SnubFor - time.Second)
				s.want("still", codes(s.call(DoCode, "prod")), "refused a1=")
				s.answered("another account", DoCode, "test", "given a2="+code)
				s.answered("in a list", DoList, "", "given a1=refused a2="+code)
				s.peer.Program = "terraform"
				s.answered("another program", DoCode, "prod", "given a1="+code)
				s.peer.Program = "aws-vault"
				time.Sleep(time.Second)
				s.answered("later", DoCode, "prod", "given a1="+code)
			})
		})
	}
}

// answered is a call that a person is asked about, who says yes.
func (s *scene) answered(what, do, query, want string) {
	s.Helper()
	reply := s.calling(do, query)
	<-s.asked
	s.answer <- true
	s.want(what, codes(<-reply), want)
}

// TestFourQuestionsWait, and no more; a yes to one is none to its twins, and a no is
// one to all of them.
func TestFourQuestionsWait(t *testing.T) {
	inScene(t, []otpcore.Account{account("a1", "AWS", "prod", otpcore.Ask), account("a2", "Zulip", "", otpcore.Ask)}, func(s *scene) {
		var twins []<-chan Reply
		for range Waiters - 1 {
			twins = append(twins, s.calling(DoCode, "aws"))
			<-s.asked
		}
		other := s.calling(DoCode, "zulip")
		<-s.asked
		s.want("one more", codes(s.call(DoCode, "zulip")), "busy a2=")
		s.want("a list", codes(s.call(DoList, "zulip")), "given a2=busy")

		s.answer <- true
		synctest.Wait()
		if got := s.told(); got != "busy a2, busy a2, given a1" && got != "busy a2, busy a2, given a2" {
			s.Fatalf("one yes: %s", got)
		}
		s.answer <- false
		synctest.Wait()
		s.answer <- false // to the one that is left: the twins of one kind have gone together
		for _, twin := range twins {
			<-twin
		}
		<-other
		refused := strings.Count(s.told(), "refused a1") + strings.Count(s.told(), "refused a2")
		if refused != Waiters-1 {
			s.Errorf("told %s", s.told())
		}
		if len(s.ended) == 0 || !errors.Is(s.ended[0], errSnubbed) {
			s.Errorf("no twin ended: %v", s.ended)
		}
	})
}

// TestAProgramOfManyNames cannot fill the memory, nor ask for ever.
func TestAProgramOfManyNames(t *testing.T) {
	inScene(t, []otpcore.Account{account("a1", "AWS", "prod", otpcore.Ask)}, func(s *scene) {
		for i := range maxSnubs {
			s.peer.Program = fmt.Sprint("program ", i)
			reply := s.calling(DoCode, "aws")
			<-s.asked
			s.answer <- false
			s.want("no", codes(<-reply), "refused a1=")
		}
		s.peer.Program = "another"
		s.want("enough", codes(s.call(DoCode, "aws")), "busy a1=")
		time.Sleep(SnubFor)
		s.answered("later", DoCode, "aws", "given a1="+code)
	})
}

// TestTheEndClosesEverythingAtOnce, whatever a client is being kept by.
func TestTheEndClosesEverythingAtOnce(t *testing.T) {
	for name, story := range map[string]func(s *scene, conn net.Conn){
		"silent": func(s *scene, conn net.Conn) {},
		"midway": func(s *scene, conn net.Conn) { _, _ = io.WriteString(conn, `{"v":1`) },
		"asked": func(s *scene, conn net.Conn) {
			_, _ = io.WriteString(conn, line(DoCode, "aws"))
			hear(conn, len(waitLine))
			<-s.asked
		},
		"listing": func(s *scene, conn net.Conn) { _, _ = io.WriteString(conn, line(DoList, "site")); hear(conn, 1) },
		"drawing": func(s *scene, conn net.Conn) {
			begun := make(chan bool)
			s.desk.Draw = func(ctx context.Context, _ string) (otpcore.Account, string, error) {
				close(begun)
				<-ctx.Done()
				return account("a2", "Token", "", ""), "123456", nil
			}
			_, _ = io.WriteString(conn, line(DoCode, "token"))
			<-begun
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				accounts := append(crowd(1000, otpcore.Allow), account("b1", "AWS", "prod", otpcore.Ask), counting("b2", "Token", "", otpcore.Allow))
				s := newScene(t, accounts...)
				end := s.serve()
				conn := s.connect()
				story(s, conn)
				synctest.Wait()
				before, start := len(s.events), time.Now()
				end()
				if waited := time.Since(start); waited != 0 {
					t.Errorf("it took %s", waited)
				}
				_ = conn.SetDeadline(time.Now().Add(time.Minute))
				if rest, err := io.ReadAll(conn); err != nil || bytes.Contains(rest, []byte("123456")) {
					t.Errorf("afterwards %q, %v", rest, err)
				}
				if len(s.events) != before {
					t.Errorf("told of it: %+v", s.events)
				}
				conn.Close()
			})
		})
	}
}

// hear waits for the first bytes of a reply.
func hear(conn net.Conn, n int) string {
	heard := make([]byte, n)
	n, _ = io.ReadFull(conn, heard)
	return string(heard[:n])
}

// TestAYesAfterTheEndIsNone: the person locked.
func TestAYesAfterTheEndIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, account("a1", "AWS", "prod", otpcore.Ask))
		s.desk.Ask = func(ctx context.Context, _ Question) bool {
			<-ctx.Done()
			return true
		}
		end := s.serve()
		reply := s.calling(DoCode, "aws")
		synctest.Wait()
		end()
		if r := <-reply; r.Verdict == Given || len(r.Accounts) > 0 || len(s.events) > 0 {
			t.Errorf("got %+v, told %+v", r, s.events)
		}
	})
}

// TestServingEndsWithItsSocket.
func TestServingEndsWithItsSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		broken := errors.New("broken")
		client, server := net.Pipe()
		first := true
		err := s.desk.Serve(t.Context(), func() (Conn, Peer, error) {
			if first {
				first = false
				return server, Peer{}, nil
			}
			return nil, Peer{}, broken
		})
		if err != broken {
			t.Errorf("got %v", err)
		}
		if _, err := client.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the connection: %v", err)
		}
	})
}

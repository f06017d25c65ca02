package agent

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"otpane/otpcore"
)

// TestNeverReveal: what is not said cannot be done. The words are those that hand out
// a key, or a code of another instant, which is nearly one.
func TestNeverReveal(t *testing.T) {
	never := map[string]bool{"Reveal": true, "URI": true, "EncodeBase32": true, "CodeAt": true, "Advance": true, "Uncorrected": true}
	files, said := 0, 0
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		files++
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok {
				said++
				if never[selector.Sel.Name] {
					t.Errorf("%s says %s", name, selector.Sel.Name)
				}
			}
			return true
		})
	}
	if files < 5 || said < 100 {
		t.Fatalf("only %d files with %d words were seen", files, said)
	}
}

// TestNothingCarriesAKey looks at everything that leaves an agent: on the wire, in
// questions, in events, and in what a client gets, printed with every verb and as JSON.
func TestNothingCarriesAKey(t *testing.T) {
	const key, note, recovery = "Canary-Key-0123456789", "Canary-Note-0123456789", "Canary-Recovery-0123456789"
	secret := func(a otpcore.Account) otpcore.Account {
		a.Secret, a.Note, a.Tags = otpcore.NewSecret([]byte(key)), note, []string{"work"}
		a.Recovery = []otpcore.RecoveryCode{{Text: otpcore.NewSecret([]byte(recovery))}}
		return a
	}
	accounts := []otpcore.Account{
		secret(account("a1", "GitHub", "alice", otpcore.Allow)), secret(account("a2", "AWS", "prod", otpcore.Ask)),
		secret(account("a3", "AWS", "test", otpcore.Deny)), secret(counting("a4", "Bank", "", otpcore.Allow)),
	}
	var seen strings.Builder
	look := func(what any, accounts []otpcore.Account) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&seen, verb, what)
		}
		for _, a := range accounts {
			if a.Secret.Len() != 0 || a.Note != "" || a.Recovery != nil {
				t.Errorf("%T carries %d bytes of a key, %q, %+v", what, a.Secret.Len(), a.Note, a.Recovery)
			}
			text, err := json.Marshal(struct{ otpcore.Account }{a})
			if err == nil {
				t.Error("an account was encoded outside the vault")
			}
			seen.Write(text)
		}
	}
	questions, events := 0, 0
	inScene(t, accounts, func(s *scene) {
		s.desk.Ask = func(_ context.Context, q Question) bool {
			s.Lock()
			defer s.Unlock()
			questions++
			look(q, q.Accounts)
			return true
		}
		s.desk.Draw = func(_ context.Context, id string) (otpcore.Account, string, error) {
			code, next, err := accounts[3].Advance()
			return next, code, err
		}
		given := 0
		for do, queries := range map[string][]string{DoCode: {"alice", "prod", "test", "bank", "aws", "nobody", "canary-note"}, DoList: {"", "aws"}, DoNames: {""}, DoStatus: {""}} {
			for _, query := range queries {
				wire := &tap{Conn: s.connect()}
				reply, err := Call(s.Context(), wire, Request{Do: do, Query: query})
				if err != nil {
					t.Fatal(err)
				}
				seen.WriteString(wire.read.String())
				for _, f := range reply.Accounts {
					given += len(f.Code)
					look(f, []otpcore.Account{f.Account()})
				}
				text, err := json.Marshal(reply)
				if err != nil {
					t.Error(err)
				}
				seen.Write(text)
				look(reply, nil)
				time.Sleep(SnubFor)
			}
		}
		synctest.Wait()
		for _, e := range s.events {
			events++
			look(e, e.Accounts)
		}
		if given != 6*(3+2+1) { // alice, prod, bank; alice and prod of all; prod of aws
			t.Errorf("the scene: %d digits were given", given)
		}
	})
	if questions != 3 || events < 10 || !strings.Contains(seen.String(), "GitHub") {
		t.Fatalf("the scene: %d questions, %d events", questions, events)
	}
	for _, canary := range []string{key, note, recovery} {
		for _, form := range []string{canary, otpcore.EncodeBase32([]byte(canary)), base64.StdEncoding.EncodeToString([]byte(canary)), hex.EncodeToString([]byte(canary)), fmt.Sprint([]byte(canary))} {
			if strings.Contains(strings.ToLower(seen.String()), strings.ToLower(form)) {
				t.Errorf("%s is seen", form)
			}
		}
	}
}

// tap keeps what comes over a connection.
type tap struct {
	net.Conn
	sync.Mutex
	read strings.Builder
}

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.Lock()
	defer t.Unlock()
	t.read.Write(p[:n])
	return n, err
}

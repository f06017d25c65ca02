package cli_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"otpane/otpcore"
	"otpane/vault"
)

// TestMemoryOfThePane looks through the memory of a running pane: unlocked, it
// never held the passphrase; locked, it has nothing left. Root may look; others
// are refused, which TestMemoryIsRefused in ui/host is about.
func TestMemoryOfThePane(t *testing.T) {
	for _, way := range []struct{ name, before, after string }{
		{"typed", "", ""},
		{"pasted", "\x1b[200~", "\x1b[201~"},
	} {
		t.Run(way.name, func(t *testing.T) {
			keep := newKeepsake(t)
			s := start(t, keep.home, []string{"OTPANE_IDENTITY="})
			s.expect("passphrase")
			keep.lookable(t, s)
			s.send(way.before + keep.passphrase + way.after + "\t") // tab shows it
			s.expect(regexp.QuoteMeta(keep.passphrase))
			if n := keep.count(t, s, keep.passphrase); n == 0 {
				t.Fatal("the search is blind: no passphrase at the door")
			}

			s.send("\r")
			s.expect("alice")
			keep.want(t, s, "unlocked, passphrase", 0, keep.passphrase)
			for _, held := range []string{keep.identity, keep.keys[0]} {
				if keep.count(t, s, held) == 0 {
					t.Fatal("the search is blind: an unlocked pane without its secrets")
				}
			}

			s.send("L")
			s.expect("locked")
			keep.want(t, s, "locked, passphrase", 0, keep.passphrase)
			keep.want(t, s, "locked, identity", 0, keep.identity, keep.scalar)
			keep.want(t, s, "locked, keys", 0, keep.keys...)

			s.send(keep.passphrase + "\r")
			s.expect("alice")
			keep.want(t, s, "unlocked again, passphrase", 0, keep.passphrase)
			s.send("q")
			s.wantStatus(0)
		})
	}
}

// TestMemoryOfTheAgent: it lives as long as a pane, and holds as little.
func TestMemoryOfTheAgent(t *testing.T) {
	keep := newKeepsake(t)
	s := start(t, keep.home, []string{"OTPANE_IDENTITY=", "XDG_RUNTIME_DIR=" + newDesk(t).runtime}, "agent")
	s.expect("passphrase  ")
	keep.lookable(t, s)
	s.send(keep.passphrase)
	for end := time.Now().Add(patience); keep.count(t, s, keep.passphrase) == 0; {
		if time.Now().After(end) {
			t.Fatal("the search is blind: no passphrase where one is typed")
		}
	}
	s.send("\r")
	s.expect("Serving 3 accounts")
	keep.want(t, s, "serving, passphrase", 0, keep.passphrase)
	for _, held := range []string{keep.identity, keep.keys[0]} {
		if keep.count(t, s, held) == 0 {
			t.Fatal("the search is blind: an agent without its secrets")
		}
	}
}

// TestMemoryAfterANewVault: the first run ends like the door.
func TestMemoryAfterANewVault(t *testing.T) {
	home := newHome(t)
	s := start(t, home, []string{"OTPANE_IDENTITY=", workVariable + "="}) // scrypt leaves what it leaves
	s.expect("new vault")
	keep := keepsake{home: home}
	keep.lookable(t, s)
	words := s.expect("m[a-z-]+( [a-z-]+){5}\x1b")
	words = words[len("m") : len(words)-len("\x1b")]
	if keep.count(t, s, words) == 0 {
		t.Fatal("the search is blind: no words on the first screen")
	}
	s.send("\r")
	s.expect("from your paper")
	s.send(words + "\r")
	s.expect("import")
	keep.want(t, s, "new vault, passphrase", 0, words)
	s.send("\x03")
	s.end()
}

// keepsake is all that a pane must forget.
type keepsake struct {
	home, passphrase string
	identity, scalar string   // as text, and the bytes that it stands for
	keys             []string // as bytes and in base32
}

func newKeepsake(t *testing.T) keepsake {
	t.Helper()
	keep := keepsake{home: newHome(t), passphrase: "Canary-" + hex.EncodeToString(random(12))}
	path := filepath.Join(keep.home, "vault.age")
	v, err := vault.Create(path, vault.Access{Passphrase: []byte(keep.passphrase), WorkFactor: 12}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	keep.identity = strings.TrimSpace(v.Identity().Reveal())
	keep.scalar = bech32Bytes(t, keep.identity)
	err = v.Update(func(d *vault.Draft) error {
		for _, name := range []string{"alice", "bob", "carol"} {
			key := random(20)
			keep.keys = append(keep.keys, string(key), otpcore.EncodeBase32(key))
			_, err := d.Add(otpcore.Account{
				Issuer: "GitHub", Name: name, Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30, Secret: otpcore.NewSecret(key),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keep
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// bech32Bytes is what an age key stands for (BIP 173).
func bech32Bytes(t *testing.T, key string) string {
	t.Helper()
	const alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	data := key[strings.LastIndexByte(key, '1')+1:]
	var out []byte
	var bits, n uint
	for _, c := range data[:len(data)-6] {
		bits, n = bits<<5|uint(strings.IndexRune(alphabet, c)), n+5
		if n >= 8 {
			n -= 8
			out = append(out, byte(bits>>n))
		}
	}
	if len(out) != 32 {
		t.Fatalf("%d bytes in an age key", len(out))
	}
	return string(out)
}

// lookable skips where the system lets nobody look.
func (k keepsake) lookable(t *testing.T, s *session) {
	t.Helper()
	_, err := k.search(s, "x")
	if errors.Is(err, fs.ErrPermission) {
		t.Skipf("the memory of another process cannot be read here (it takes root): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (k keepsake) want(t *testing.T, s *session, what string, want int, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if got := k.count(t, s, secret); got != want {
			t.Errorf("%s: %d copies, want %d", what, got, want)
		}
	}
}

func (k keepsake) count(t *testing.T, s *session, secret string) int {
	t.Helper()
	found, err := k.search(s, secret)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// search counts the copies of a secret in all memory of the pane that can be
// read.
func (k keepsake) search(s *session, secret string) (found int, err error) {
	pid := s.run.Process.Pid
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, err
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return 0, err
	}
	defer memory.Close()
	chunk := make([]byte, 1<<20)
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var modes string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &modes); err != nil || modes[0] != 'r' {
			continue
		}
		for at := from; at < to; at += int64(len(chunk) - len(secret)) { // overlapping
			n, _ := memory.ReadAt(chunk[:min(int64(len(chunk)), to-at)], at) // [vvar] cannot be read
			found += bytes.Count(chunk[:n], []byte(secret))
		}
	}
	return found, nil
}

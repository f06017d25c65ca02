package host

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A passphrase typed into the first image is nowhere in the memory of the second,
// which has the identity and a terminal that never echoed in between.
func TestExecLeavesThePassphraseBehind(t *testing.T) {
	typed := strings.ToUpper(hex.EncodeToString(random(t, 12)))
	identity := strings.ToUpper(hex.EncodeToString(random(t, 37)))
	t.Setenv("HOST_TEST_TYPED", masked(typed))
	t.Setenv("HOST_TEST_IDENTITY", masked(identity))
	p := openPane(t, "unlocking")
	p.await("Passphrase: ")
	p.write(typed + "\r")
	if got := p.answers(); got.Text == "0" || got.Err != "" {
		t.Fatalf("the scanner is blind: %+v", got)
	}
	p.await("unlocked")
	if p.echoes() {
		t.Error("the second image began with a terminal that echoes")
	}
	p.signal(unix.SIGUSR1)
	p.wantAnswer(answer{Text: "0"}) // copies of the passphrase
	if got := p.answers(); got.Text == "0" || got.Err != "" {
		t.Errorf("the identity did not arrive: %+v", got)
	}
	p.wantAnswer(answer{Text: "clean"}) // arguments and environment
	p.wantRestored()

	if shown := p.end(); strings.Contains(shown, typed) || strings.Contains(shown, identity) {
		t.Errorf("the terminal shows %q", shown)
	}
}

// Locking hands on the terminal and nothing else.
func TestExecWithoutAnIdentity(t *testing.T) {
	t.Setenv("HOST_TEST_TYPED", masked("never typed"))
	t.Setenv("HOST_TEST_IDENTITY", masked("none"))
	p := openPane(t, "locking")
	p.await("locked")
	if p.echoes() {
		t.Error("the second image began with a terminal that echoes")
	}
	p.signal(unix.SIGUSR1)
	p.wantAnswer(answer{Text: "nothing inherited"})
	p.wantRestored()
}

// An upgrade that replaces the file meanwhile must not take over: the old image
// hands on to its like.
func TestExecOfAReplacedFile(t *testing.T) {
	t.Setenv("HOST_TEST_TYPED", masked("never typed"))
	t.Setenv("HOST_TEST_IDENTITY", masked("none"))
	self := publicCopy(t)
	p := openPaneWith(t, exec.Command(self), "HOST_TEST_ROLE=upgraded", "HOST_TEST_FILE="+self)
	p.await("locked")
	p.signal(unix.SIGUSR1)
	p.wantAnswer(answer{Text: "nothing inherited"})
}

func TestAForgedHandoverIsRefused(t *testing.T) {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, value := range []string{"", "x", "-1", "0", "2", "99999", strconv.Itoa(int(file.Fd()))} {
		t.Setenv(handover, value)
		if got, err := Inherited(); err == nil || got != nil {
			t.Errorf("%s=%s: %q, %v", handover, value, got, err)
		}
		if _, set := os.LookupEnv(handover); set {
			t.Errorf("%s=%s is still there", handover, value)
		}
	}
	if got, err := Inherited(); got != nil || err != nil {
		t.Errorf("without a handover: %q, %v", got, err)
	}
	if _, err := file.Stat(); err != nil {
		t.Errorf("a descriptor of ours was closed: %v", err)
	}
}

func TestTooLargeAnIdentityStaysHere(t *testing.T) {
	if err := Exec(make([]byte, maxIdentity+1)); err == nil || !strings.Contains(err.Error(), "identity") {
		t.Errorf("%v", err)
	}
}

func init() {
	roles["unlocking"] = asking(func(ctx context.Context, t *Terminal) {
		if err := t.Hold(); err != nil {
			report("", err)
			return
		}
		line, err := t.ReadHidden(ctx, "Passphrase: ")
		if err != nil {
			report("", err)
			return
		}
		copies := spread(line)
		report(strconv.Itoa(scan("HOST_TEST_TYPED")), nil)
		hand(unmasked("HOST_TEST_IDENTITY"), "unlocked")
		fmt.Fprint(os.Stderr, len(copies))
	})
	roles["unlocked"] = asking(func(_ context.Context, t *Terminal) {
		identity, err := Inherited()
		showAndWait(t, "unlocked")
		report(strconv.Itoa(scan("HOST_TEST_TYPED")), err)
		report(strconv.Itoa(bytes.Count(identity, unmasked("HOST_TEST_IDENTITY"))*scan("HOST_TEST_IDENTITY")), t.Release())
		report(publicTraces(unmasked("HOST_TEST_IDENTITY")), nil)
	})
	roles["locking"] = asking(func(_ context.Context, t *Terminal) {
		if err := t.Hold(); err != nil {
			report("", err)
			return
		}
		hand(nil, "locked")
	})
	roles["upgraded"] = func() int {
		file := os.Getenv("HOST_TEST_FILE")
		err := os.Remove(file)
		if err == nil {
			err = os.WriteFile(file, []byte("#!/bin/sh\necho another program\n"), 0o700)
		}
		if err != nil {
			report("", err)
			return 1
		}
		return roles["locking"]()
	}
	roles["locked"] = asking(func(_ context.Context, t *Terminal) {
		identity, err := Inherited()
		showAndWait(t, "locked")
		if err == nil {
			err = t.Release()
		}
		report(map[bool]string{true: "nothing inherited"}[len(identity) == 0], err)
	})
}

func showAndWait(t *Terminal, text string) {
	seen := make(chan os.Signal, 1)
	signal.Notify(seen, unix.SIGUSR1)
	fmt.Fprint(t, text)
	<-seen
}

// hand lets the next image play a role.
func hand(identity []byte, role string) {
	err := os.Setenv("HOST_TEST_ROLE", role)
	if err == nil {
		_, err = unix.FcntlInt(3, unix.F_SETFD, 0) // the answers go on
	}
	if err == nil {
		err = Exec(identity, "an argument")
	}
	report("", err)
}

// spread makes copies of a text all over the heap.
func spread(text []byte) [][]byte {
	copies := make([][]byte, 1000)
	for i := range copies {
		copies[i] = append(make([]byte, i), text...)
	}
	return copies
}

// publicTraces looks where other processes of the user may look.
func publicTraces(secret []byte) string {
	for _, file := range []string{"/proc/self/cmdline", "/proc/self/environ"} {
		data, err := os.ReadFile(file)
		if err != nil || len(data) == 0 || bytes.Contains(data, secret) {
			return fmt.Sprintf("%s: %d bytes, %v", file, len(data), err)
		}
	}
	return "clean"
}

// mask is how the tests hold what they look for, so as not to find themselves.
const mask = 0x5a

func masked(secret string) string {
	flipped := []byte(secret)
	for i := range flipped {
		flipped[i] ^= mask
	}
	return hex.EncodeToString(flipped)
}

func unmasked(variable string) []byte {
	secret, err := hex.DecodeString(os.Getenv(variable))
	if err != nil {
		panic(err)
	}
	for i := range secret {
		secret[i] ^= mask
	}
	return secret
}

// scan counts how often the secret of a variable lies in this process's memory;
// -1 if it cannot look.
func scan(variable string) int {
	secret, err := hex.DecodeString(os.Getenv(variable)) // stays masked
	if err != nil || len(secret) == 0 {
		return -1
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return -1
	}
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		return -1
	}
	defer memory.Close()
	found := 0
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var modes string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &modes); err == nil && modes[0] == 'r' {
			found += scanRange(memory, from, to, secret)
		}
	}
	return found
}

func scanRange(memory io.ReaderAt, from, to int64, secret []byte) int {
	found := 0
	chunk := make([]byte, 1<<20)
	for at := from; at < to; at += int64(len(chunk) - len(secret)) { // overlapping
		n, _ := memory.ReadAt(chunk[:min(int64(len(chunk)), to-at)], at) // [vvar] cannot be read
		found += count(chunk[:n], secret)
	}
	return found
}

func count(memory, secret []byte) int {
	found := 0
	for {
		at := bytes.IndexByte(memory, secret[0]^mask)
		if at < 0 || len(memory)-at < len(secret) {
			return found
		}
		if memory = memory[at:]; matches(memory, secret) {
			found++
		}
		memory = memory[1:]
	}
}

func matches(memory, secret []byte) bool {
	for i, b := range secret {
		if memory[i] != b^mask {
			return false
		}
	}
	return true
}

func random(t *testing.T, n int) []byte {
	t.Helper()
	data := make([]byte, n)
	if _, err := rand.Read(data); err != nil {
		t.Fatal(err)
	}
	return data
}

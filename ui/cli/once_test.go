//go:build unix

package cli

import (
	"bytes"
	"context"
	"encoding/base32"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// once is what `otpane once` prints for a key on standard input.
func once(t rapid.TB, key string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{Env: Env{Stdin: strings.NewReader(key), Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }, Now: time.Now}}
	if err := p.run(context.Background(), append([]string{"once"}, args...)); err != nil {
		t.Fatalf("otpane once %q: %v", args, err)
	}
	return strings.TrimSuffix(stdout.String(), "\n")
}

// TestOnceAndOathtool: another program's codes of the same keys.
func TestOnceAndOathtool(t *testing.T) {
	if _, err := exec.LookPath("oathtool"); err != nil {
		t.Skip("oathtool is not installed")
	}
	oathtool := func(t rapid.TB, key string, args ...string) string {
		t.Helper()
		run := exec.Command("oathtool", append(args, "-b", "-")...)
		run.Stdin = strings.NewReader(key + "\n")
		out, err := run.CombinedOutput()
		if err != nil {
			t.Fatalf("oathtool %q: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	seen := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		key := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(rapid.SliceOfN(rapid.Byte(), 10, 64).Draw(t, "key"))
		digits := strconv.Itoa(rapid.IntRange(6, 8).Draw(t, "digits"))
		if rapid.Bool().Draw(t, "counts") {
			counter := strconv.Itoa(rapid.IntRange(0, 1<<40).Draw(t, "counter"))
			got := once(t, key, "--type", "hotp", "--digits", digits, "--counter", counter)
			if want := oathtool(t, key, "--hotp", "-d", digits, "-c", counter); got != want {
				t.Fatalf("counter %s: %s, and oathtool has %s", counter, got, want)
			}
			seen["hotp"] = true
			return
		}
		hash := rapid.SampledFrom([]string{"SHA1", "SHA256", "SHA512"}).Draw(t, "hash")
		period := strconv.Itoa(rapid.SampledFrom([]int{15, 30, 60, 3600}).Draw(t, "period"))
		at := rapid.Int64Range(0, 4102444800).Draw(t, "at")
		got := once(t, key, "--algorithm", hash, "--digits", digits, "--period", period, "--at", fmt.Sprint(at))
		want := oathtool(t, key, "--totp="+strings.ToLower(hash), "-d", digits, "-s", period+"s", "-N", time.Unix(at, 0).UTC().Format("2006-01-02 15:04:05 UTC"))
		if got != want {
			t.Fatalf("%s, %s digits, %s s, at %d: %s, and oathtool has %s", hash, digits, period, at, got, want)
		}
		seen[hash] = true
	})
	if len(seen) != 4 {
		t.Errorf("only %v were compared", seen)
	}
}

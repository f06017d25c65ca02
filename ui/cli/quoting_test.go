//go:build unix

package cli

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestEveryShellReadsCommandsBack: a line that otpane names is copied into whatever
// shell there is, and every word of it comes out as it was.
func TestEveryShellReadsCommandsBack(t *testing.T) {
	words := []string{
		"", "plain", "two words", "o'clock", "''", `x\`, `; echo PWNED #`, `\`, `\\`, `\'`, `'\`, `a\'b`, `\n`, "line\nbreak",
		"=ls", "=nothing-of-that-name", "@a", "--pinned=true", "~", "~root", "$HOME", "$(id)", "`id`", "!!", "*", "{a,b}", "^a", "#one", "‘curly’", "%self",
	}
	for _, shell := range [][]string{{"sh"}, {"bash", "--norc"}, {"zsh", "-f"}, {"fish", "--no-config"}} {
		t.Run(shell[0], func(t *testing.T) {
			if _, err := exec.LookPath(shell[0]); err != nil {
				t.Skipf("%s is not installed", shell[0])
			}
			line := commandLine(append([]string{"printf", `%s\0`}, words...))
			out, err := exec.Command(shell[0], append(shell[1:], "-c", line)...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, words) {
				t.Errorf("%s\nreads as %q\nmeant is %q", line, got, words)
			}
		})
	}
}

// PowerShell takes typographic quotes for its own.
func TestPowerShellsQuotes(t *testing.T) {
	if got, want := forPowerShell.Replace(`a'; b’; c‘; d‚; e‛; f\`), `a''; b’’; c‘‘; d‚‚; e‛‛; f\`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// The test binary is otpane, too, for the shells that ask it.
func init() { completionWait = time.Minute }

// TestEveryWordIsCompleted: what a usage line or a flag takes is known, so that no
// new command is left without.
func TestEveryWordIsCompleted(t *testing.T) {
	root := (&program{}).root()
	root.InitDefaultHelpCmd()
	seen := 0
	for _, cmd := range append(all(root), root) {
		for _, word := range strings.Fields(cmd.Use)[1:] {
			for _, part := range alternatives(bare(word)) {
				if seen++; offers[part] == nil && part != strings.ToLower(part) {
					t.Errorf("`%s`: nothing says how %q is completed", cmd.UseLine(), part)
				}
			}
		}
		cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
			word, _ := pflag.UnquoteUsage(flag)
			if word == "" || word == "int" || word == "uint" || word == "time" {
				return // a switch or a number
			}
			if seen++; offers[word] == nil {
				t.Errorf("`%s --%s`: nothing says how %q is completed", cmd.CommandPath(), flag.Name, word)
			}
		})
	}
	if seen < 50 {
		t.Fatalf("only %d words were looked at", seen)
	}
}

package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"testing"
)

// TestAgentUnderNohup: whoever ignores a signal when it starts the agent means it.
func TestAgentUnderNohup(t *testing.T) {
	d := newDesk(t)
	for _, story := range []struct {
		trap    string
		ignored bool
	}{{"", false}, {"trap '' HUP; ", true}} {
		s := prepare(t, d.home, d.environment())
		shell := exec.Command("sh", "-c", story.trap+"exec otpane agent --passphrase-file "+d.words(t))
		shell.Env, shell.Dir = s.run.Env, s.run.Dir
		s.run = shell
		begin(s, 80, 24)
		s.expect("Serving 4 accounts")
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.run.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		mask, err := strconv.ParseUint(string(regexp.MustCompile(`SigIgn:\t([0-9a-f]+)`).FindSubmatch(status)[1]), 16, 64)
		if ignored := mask>>(syscall.SIGHUP-1)&1 == 1; err != nil || ignored != story.ignored {
			t.Errorf("%q: a hang-up is ignored: %v, %v", story.trap, ignored, err)
		}
		s.send("\x03")
		s.wantStatus(0)
	}
}

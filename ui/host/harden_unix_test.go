//go:build unix

package host

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// The limit goes on to children, which are not hardened, and cannot be raised.
func TestTheCoreLimitIsNothing(t *testing.T) {
	self := exec.Command(os.Args[0])
	self.Env = append(os.Environ(), "HOST_TEST_ROLE=core limit")
	if got, err := self.Output(); err != nil || string(got) != "0 0" {
		t.Errorf("limit %q, %v", got, err)
	}
}

func init() {
	roles["core limit"] = func() int {
		Harden()
		var limit unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
			return 1
		}
		fmt.Print(limit.Cur, limit.Max)
		return 0
	}
}

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

// TestHardeningCanBeSeen from inside of the process.
func TestHardeningCanBeSeen(t *testing.T) {
	for role, want := range map[string]string{"softened": "false", "seen": "true"} {
		self := exec.Command(os.Args[0])
		self.Env = append(os.Environ(), "HOST_TEST_ROLE="+role)
		got, err := self.Output()
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", role, got, err)
		}
	}
}

func init() {
	roles["softened"] = func() int {
		var limit unix.Rlimit
		_ = unix.Getrlimit(unix.RLIMIT_CORE, &limit)
		if limit.Max == 0 { // nobody may raise it again: nothing to tell apart
			fmt.Print(false)
			return 0
		}
		limit.Cur = limit.Max
		_ = unix.Setrlimit(unix.RLIMIT_CORE, &limit)
		yes, _ := Hardened()
		fmt.Print(yes)
		return 0
	}
	roles["seen"] = func() int {
		Harden()
		yes, known := Hardened()
		fmt.Print(yes && known)
		return 0
	}
}

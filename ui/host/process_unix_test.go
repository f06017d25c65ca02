//go:build unix

package host

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// running reports whether pid is a process that is more than a zombie, which a
// container without an init keeps for ever.
func running(pid int) bool {
	if unix.Kill(pid, 0) != nil {
		return false
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(status), ") Z ")
}

func end(pid int) { _ = unix.Kill(pid, unix.SIGKILL) }

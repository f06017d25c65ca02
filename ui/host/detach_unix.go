//go:build unix

package host

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// detach gives a child its own session. It cannot read or draw on our terminal,
// a closed pane does not end the owner of the selection, and ending the child
// in time ends what it started too. From "/" it keeps no file system busy.
func detach(command *exec.Cmd) {
	command.Dir = "/"
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	command.Cancel = func() error { return unix.Kill(-command.Process.Pid, unix.SIGKILL) }
}

package host

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// detach keeps a child from opening a console window of its own.
func detach(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}

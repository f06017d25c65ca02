package host

import (
	"os"

	"golang.org/x/sys/unix"
)

const maxSocketPath = 107 // bytes, of sun_path's 108

// credentials are those of the process that connected, or that listens, at that time.
func credentials(fd int) (pid, uid int, err error) {
	creds, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, 0, os.NewSyscallError("getsockopt", err)
	}
	return int(creds.Pid), int(creds.Uid), nil
}

package host

import (
	"os"

	"golang.org/x/sys/unix"
)

const maxSocketPath = 103 // bytes, of sun_path's 104

func credentials(fd int) (pid, uid int, err error) {
	creds, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, 0, os.NewSyscallError("getsockopt", err)
	}
	pid, err = unix.GetsockoptInt(fd, unix.SOL_LOCAL, unix.LOCAL_PEERPID)
	return pid, int(creds.Uid), os.NewSyscallError("getsockopt", err)
}

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

type sysctl struct{}

var system sysctl

// process looks at one, as far as that goes without a C library: folders and
// arguments are not told, so a shell that runs one command is not told from others.
func (sysctl) process(pid int) (process, bool) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return process{}, false
	}
	return process{pid: pid, parent: int(info.Eproc.Ppid), name: unix.ByteSliceToString(info.Proc.P_comm[:])}, true
}

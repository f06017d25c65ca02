package host

import "golang.org/x/sys/unix"

// refuseDebugger makes the process undumpable: ptrace, /proc/PID/mem and
// /proc/PID/environ then answer EACCES to everyone but root. It also covers
// core dumps that a crash handler takes through a pipe, which ignore the limit.
func refuseDebugger() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }

func hardened() (yes, known bool) {
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	return err == nil && dumpable == 0 && noCore(), err == nil
}

//go:build unix

package host

import "golang.org/x/sys/unix"

// forbidInspection sets the core limit to nothing, the hard limit too so that
// no child raises it again, and keeps debuggers of the same user away.
func forbidInspection() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	refuseDebugger()
}

// noCore reports whether a crash leaves no core file.
func noCore() bool {
	var limit unix.Rlimit
	return unix.Getrlimit(unix.RLIMIT_CORE, &limit) == nil && limit.Cur == 0
}

//go:build unix

package host

import "golang.org/x/sys/unix"

// forbidInspection sets the core limit to nothing, the hard limit too so that
// no child raises it again, and keeps debuggers of the same user away.
func forbidInspection() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	refuseDebugger()
}

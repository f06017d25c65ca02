package host

import "golang.org/x/sys/unix"

// refuseDebugger asks the kernel to refuse every later attempt to attach.
func refuseDebugger() { _ = unix.PtraceDenyAttach() }

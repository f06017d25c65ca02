package host

import "golang.org/x/sys/unix"

// refuseDebugger asks the kernel to refuse every later attempt to attach.
func refuseDebugger() { _ = unix.PtraceDenyAttach() }

// hardened sees the core limit alone: nobody says who may attach.
func hardened() (yes, known bool) { return noCore(), true }

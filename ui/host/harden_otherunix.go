//go:build unix && !linux && !darwin

package host

// refuseDebugger does nothing: these systems offer no call for it in
// golang.org/x/sys. SECURITY.md says where it is missing.
func refuseDebugger() {}

// hardened sees the core limit alone: nobody says who may attach.
func hardened() (yes, known bool) { return noCore(), true }

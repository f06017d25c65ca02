package host

import "golang.org/x/sys/unix"

// ClockSynchronised reports whether the kernel believes that something (chrony,
// ntpd, systemd-timesyncd, a hypervisor) keeps its clock right. It asks the
// kernel, never the network. known is false where the system cannot say.
func ClockSynchronised() (synchronised, known bool) {
	var state unix.Timex // Modes 0: read, change nothing
	if _, err := unix.Adjtimex(&state); err != nil {
		return false, false
	}
	return state.Status&unix.STA_UNSYNC == 0, true
}

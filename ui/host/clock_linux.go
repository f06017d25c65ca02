package host

import (
	"time"

	"golang.org/x/sys/unix"
)

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

// readClocks takes CLOCK_BOOTTIME for the steady one: CLOCK_MONOTONIC, which Go
// uses, stands still during suspend, and every morning would be a jump.
func readClocks() (wall, steady time.Duration, ok bool) {
	var now, boot unix.Timespec
	if unix.ClockGettime(unix.CLOCK_REALTIME, &now) != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot) != nil {
		return 0, 0, false
	}
	return time.Duration(now.Nano()), time.Duration(boot.Nano()), true
}

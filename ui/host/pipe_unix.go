//go:build unix

package host

import "golang.org/x/sys/unix"

var brokenPipe = []error{unix.EPIPE}

// readerGone asks for no event: those of a lost reader are told unasked, as an error
// or as a hangup, by system.
func readerGone(fd uintptr) bool {
	state := []unix.PollFd{{Fd: int32(fd)}}
	n, err := unix.Poll(state, 0)
	return err == nil && n > 0 && state[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}

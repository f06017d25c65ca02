//go:build unix && !linux

package host

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA // at once: after ctrl-s, waiting for the output would be for ever

	readQueue = 1 // FREAD of sys/fcntl.h
)

func flushInput(fd int) error { return unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, readQueue) }

//go:build unix

package host

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// handover names the variable that holds the number of the pipe's descriptor.
// Only the number: what is in the pipe no other process can list.
const handover = "OTPANE_HANDOVER"

// maxIdentity bounds what Exec hands on, in bytes: what every pipe takes before
// anybody reads it.
const maxIdentity = 8 << 10

// Exec replaces the running image by a fresh one of the same program, with args
// as its arguments, and hands identity on to it, which may be nil. It returns
// only if it fails; then nothing has changed.
//
// All memory goes with the old image: what was typed, what scrypt worked on, what
// the vault held. That is how a process unlocks without ever having held the
// passphrase, and how it locks without keeping anything. Nothing of identity is
// in the arguments, the environment or a file: it waits in a pipe that only this
// process has. Until the new image has called Harden, a program of the same user
// could reach into that pipe; Harden must be its first act, Inherited its second.
func Exec(identity []byte, args ...string) error {
	message, err := packed(identity)
	if err != nil {
		return err
	}
	defer clear(message)
	read, err := filledPipe(message)
	if err != nil {
		return fmt.Errorf("handing over: %w", err)
	}
	defer read.Close()
	return replaceImage(read, args)
}

// filledPipe returns the end to read of a pipe that holds message and has been
// closed for writing. The deadline is for a system that gives a user with many
// pipes smaller ones.
func filledPipe(message []byte) (*os.File, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer write.Close()
	if err = write.SetWriteDeadline(time.Now().Add(time.Second)); err == nil {
		_, err = write.Write(message)
	}
	if err != nil {
		read.Close()
		return nil, err
	}
	return read, nil
}

// replaceImage lets the next image inherit read. The lock keeps a child that
// another goroutine starts in this moment from inheriting it too.
func replaceImage(read *os.File, args []string) error {
	path, err := ownImage()
	if err != nil {
		return fmt.Errorf("own program: %w", err)
	}
	fd := int(read.Fd())
	syscall.ForkLock.Lock()
	defer syscall.ForkLock.Unlock()
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	environ := append(withoutHandover(os.Environ()), handover+"="+strconv.Itoa(fd))
	err = syscall.Exec(path, append([]string{os.Args[0]}, args...), environ)
	unix.CloseOnExec(fd)
	return &os.PathError{Op: "exec", Path: path, Err: err}
}

// ownImage returns the path of this program, or the kernel's own link to it when
// an upgrade has put another file in that place: the new image must understand
// what the old one hands on.
func ownImage() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	const link = "/proc/self/exe"
	running, err := os.Stat(link)
	if err != nil {
		return path, nil // not Linux: the path is all there is
	}
	if named, err := os.Stat(path); err == nil && os.SameFile(running, named) {
		return path, nil
	}
	return link, nil
}

// Inherited returns what Exec handed on to this image, at its first call, and
// takes over the terminal that is held; nil if this image is the first. The
// caller wipes it.
func Inherited() ([]byte, error) {
	value, given := os.LookupEnv(handover)
	if !given {
		return nil, nil
	}
	if err := os.Unsetenv(handover); err != nil {
		return nil, err
	}
	message, err := drain(value)
	if err != nil {
		return nil, fmt.Errorf("taking over: %w", err)
	}
	return unpack(message)
}

// drain reads the pipe with that descriptor. It insists on a pipe: whoever sets
// the variable by hand must not make us read, and close, a descriptor of ours.
func drain(number string) ([]byte, error) {
	fd, err := strconv.Atoi(number)
	if err != nil || fd <= 2 {
		return nil, fmt.Errorf("descriptor %q", number)
	}
	var status unix.Stat_t
	if err := unix.Fstat(fd, &status); err != nil {
		return nil, os.NewSyscallError("fstat", err)
	}
	if status.Mode&unix.S_IFMT != unix.S_IFIFO {
		return nil, fmt.Errorf("descriptor %d is no pipe", fd)
	}
	unix.CloseOnExec(fd)
	pipe := os.NewFile(uintptr(fd), "handover")
	defer pipe.Close()
	message := make([]byte, 2*maxIdentity) // one piece, so that no outgrown copy stays
	n, err := io.ReadFull(pipe, message)
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("too much in the pipe (%v)", err)
	}
	return message[:n], nil
}

func withoutHandover(environ []string) []string {
	return slices.DeleteFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, handover+"=") })
}

// packed is what goes through the pipe: whether a terminal is held, its original
// state if so, and the identity. Both ends are the same program.
func packed(identity []byte) ([]byte, error) {
	if len(identity) > maxIdentity {
		return nil, fmt.Errorf("identity: more than %d bytes", maxIdentity)
	}
	original.Lock()
	defer original.Unlock()
	var message bytes.Buffer
	message.Grow(2 * maxIdentity) // it never grows again: no outgrown copy if exec fails
	if original.state == nil {
		message.WriteByte(0)
	} else {
		message.WriteByte(1)
		if err := binary.Write(&message, binary.NativeEndian, original.state); err != nil {
			return nil, err
		}
	}
	message.Write(identity)
	return message.Bytes(), nil
}

// unpack takes the terminal's state to heart and returns the identity.
func unpack(message []byte) (identity []byte, err error) {
	if len(message) == 0 {
		return nil, errors.New("nothing was handed on")
	}
	terminal, rest := message[0] == 1, message[1:]
	if !terminal {
		return rest, nil
	}
	var state terminalState
	n, err := binary.Decode(rest, binary.NativeEndian, &state)
	if err != nil {
		return nil, err
	}
	original.Lock()
	defer original.Unlock()
	original.state = &state
	return rest[n:], nil
}

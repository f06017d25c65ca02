package host

import "errors"

// ErrNoExec says that this platform cannot replace the running image.
var ErrNoExec = errors.New("no exec on this platform")

// Exec replaces the running image by a fresh one of the same program.
func Exec(identity []byte, args ...string) error { return ErrNoExec }

// Inherited returns what Exec handed on to this image, once; nil if nothing.
func Inherited() ([]byte, error) { return nil, nil }

package host

import (
	"errors"
	"fmt"
	"sync"
)

// ErrNoExec says that this platform cannot replace the running image.
var ErrNoExec = errors.New("no exec on this platform")

// original is what the terminal was like before the first Hold of this process,
// in whichever of its images that was.
var original struct {
	sync.Mutex
	state *terminalState
}

// Hold turns echo off until Release, in this image and in those that Exec puts in
// its place: keys pressed while neither of two programs draws would show on the
// person's screen, a passphrase perhaps.
func (t *Terminal) Hold() error {
	original.Lock()
	defer original.Unlock()
	before, err := t.state()
	if err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	if _, err := t.set(held); err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	if original.state == nil {
		original.state = &before
	}
	return nil
}

// Release puts the terminal back to what it was before the first Hold, the last
// thing a process does with it. Without a Hold it does nothing.
func (t *Terminal) Release() error {
	original.Lock()
	defer original.Unlock()
	if original.state == nil {
		return nil
	}
	if err := t.setState(*original.state); err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	original.state = nil
	return nil
}

package host

import "errors"

// Peer is who wants something of an agent. Program and Dir are outside text, cleaned
// and cut: a program can call itself anything.
type Peer struct {
	// PID is that of the program, which may have started the process that asks; 0
	// where the system does not say.
	PID     int
	UID     int
	Program string
	Dir     string // its working folder; "" where the system does not say
}

var (
	// ErrNoAgent means that this system cannot say who is at the other end of a socket.
	ErrNoAgent = errors.New("the agent is not available on this system")
	// ErrServed means that another process serves the vault.
	ErrServed = errors.New("another process is the agent already")
	// ErrNobody means that no process serves the vault.
	ErrNobody = errors.New("no agent is there")
)

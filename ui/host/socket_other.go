//go:build !linux && !darwin && !freebsd

package host

import "net"

// AgentListener and AgentConn are never made here: named pipes and the sockets of
// Windows have other rules about who may connect, and nobody has tried them.
type (
	AgentListener struct{}
	AgentConn     struct {
		net.Conn
		peer Peer
	}
)

func AgentSocket(func(string) string, string) string { return "" }

func ListenAgent(string) (*AgentListener, error) { return nil, ErrNoAgent }

func (*AgentListener) Accept() (*AgentConn, error) { return nil, ErrNoAgent }

func (*AgentListener) Close() error { return nil }

func DialAgent(string) (*AgentConn, error) { return nil, ErrNoAgent }

func (c *AgentConn) Peer() Peer { return c.peer }

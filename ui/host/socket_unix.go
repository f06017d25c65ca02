//go:build linux || darwin || freebsd

package host

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"
)

// AgentSocket is where the agent of a vault listens: in a folder of the user's own,
// under a name that says nothing about the vault. All processes of a user come to the
// same path, whatever way they name the vault.
func AgentSocket(getenv func(string) string, vaultPath string) string {
	sum := sha256.Sum256([]byte(resolved(vaultPath)))
	return filepath.Join(runtimeFolder(getenv), hex.EncodeToString(sum[:8])+".sock")
}

// runtimeFolder is the agent's. A program that was started without the session's
// variables, by cron or ssh, finds the same one.
func runtimeFolder(getenv func(string) string) string {
	uid := strconv.Itoa(os.Geteuid())
	for _, dir := range []string{getenv("XDG_RUNTIME_DIR"), "/run/user/" + uid} {
		if info, err := os.Stat(dir); err == nil && filepath.IsAbs(dir) && info.IsDir() && owned(info) {
			return filepath.Join(dir, "otpane")
		}
	}
	temp := getenv("TMPDIR")
	if !filepath.IsAbs(temp) { // it would be another folder wherever a program runs
		temp = "/tmp"
	}
	return filepath.Join(temp, "otpane-"+uid)
}

// resolved is the path of a vault without links, of as much of it as there is.
func resolved(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path))
	}
	return path
}

// AgentListener is the socket of an agent. One process of a user has it at a time.
type AgentListener struct {
	listener *net.UnixListener
	path     string
	bound    fs.FileInfo
	lock     *flock.Flock
	witness  *witness
	close    func() error // once: what lies there later is another process's
}

// ListenAgent begins to listen at a path of AgentSocket, or says ErrServed while
// another process does. What a process that was killed has left there goes.
//
// The folder keeps others out, before the socket has its own mode; who connects is
// looked at all the same.
func ListenAgent(path string) (*AgentListener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("the agent's path has %d bytes and may have %d: XDG_RUNTIME_DIR names a shorter one (%s)", len(path), maxSocketPath, path)
	}
	if err := makePrivate(filepath.Dir(path)); err != nil {
		return nil, err
	}
	const mode = os.O_CREATE | os.O_RDONLY | syscall.O_NOFOLLOW | syscall.O_NONBLOCK // no link, and no waiting for a pipe's other end
	lock := flock.New(path+".lock", flock.SetFlag(mode), flock.SetPermissions(0o600))
	switch locked, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("the agent's lock: %w", err)
	case !locked:
		return nil, ErrServed
	}
	l, err := bind(path)
	if err != nil {
		_ = lock.Unlock()
		return nil, err
	}
	l.lock, l.witness = lock, newWitness(system)
	l.close = sync.OnceValue(l.end)
	return l, nil
}

// bind is for the one who has the lock.
func bind(path string) (*AgentListener, error) {
	if err := removeStale(path); err != nil {
		return nil, err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("the agent's socket: %w", err)
	}
	listener.SetUnlinkOnClose(false)
	l := &AgentListener{listener: listener, path: path}
	if err = os.Chmod(path, 0o600); err == nil {
		l.bound, err = os.Lstat(path)
	}
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("the agent's socket: %w", err)
	}
	return l, nil
}

// removeStale takes away a socket of ours that nobody has any more, and nothing else.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("the agent's socket: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is no socket: remove it, and the agent can listen there", path)
	case !owned(info):
		return fmt.Errorf("%s belongs to another user", path)
	}
	return os.Remove(path)
}

// Accept waits for the next process of the same user. Those of others are shown the
// door.
func (l *AgentListener) Accept() (*AgentConn, error) {
	for {
		conn, err := l.listener.AcceptUnix()
		if passing(err) {
			time.Sleep(acceptPause)
			continue
		}
		if err != nil {
			return nil, err
		}
		pid, err := ownPeer(conn)
		if err != nil {
			conn.Close()
			continue
		}
		return &AgentConn{conn, l.witness.describe(pid)}, nil
	}
}

// passing faults of Accept are about a client that left, or about this process having
// too much open for now.
func passing(err error) bool {
	for _, code := range []error{unix.ECONNABORTED, unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

const acceptPause = 50 * time.Millisecond

// Close ends listening, takes the socket away and makes room for the next process.
func (l *AgentListener) Close() error { return l.close() }

// end leaves a socket alone that somebody else has put in the place of ours.
func (l *AgentListener) end() error {
	if info, err := os.Lstat(l.path); err == nil && os.SameFile(info, l.bound) {
		_ = os.Remove(l.path)
	}
	return errors.Join(l.listener.Close(), l.lock.Unlock())
}

// AgentConn is a connection between two processes of one user.
type AgentConn struct {
	net.Conn
	peer Peer
}

// Peer is the program at the other end, or that has started it; of an agent, only
// its numbers.
func (c *AgentConn) Peer() Peer { return c.peer }

// DialAgent connects to the agent that listens at path. It is ErrNobody if there is
// none, and another error where something lies there that is not our own.
func DialAgent(path string) (*AgentConn, error) {
	if err := trusted(path); err != nil {
		return nil, err
	}
	conn, err := dialPatiently(path, func() { time.Sleep(dialPause) })
	if err != nil {
		return nil, err
	}
	pid, err := ownPeer(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &AgentConn{conn, Peer{PID: pid, UID: os.Geteuid()}}, nil
}

func trusted(path string) error {
	if err := isPrivate(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return ErrNobody
	} else if err != nil {
		return err
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrNobody
	case err != nil:
		return fmt.Errorf("the agent's socket: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is no socket", path)
	case !owned(info):
		return fmt.Errorf("%s belongs to another user", path)
	}
	return nil
}

// dialPatiently waits while the agent's queue is full, which Linux does not do.
func dialPatiently(path string, wait func()) (*net.UnixConn, error) {
	for end := time.Now().Add(dialPatience); ; wait() {
		conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
		switch {
		case err == nil:
			return conn, nil
		case errors.Is(err, unix.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
			return nil, ErrNobody
		case !errors.Is(err, unix.EAGAIN) || time.Now().After(end):
			return nil, fmt.Errorf("the agent: %w", err)
		}
	}
}

const (
	dialPatience = 2 * time.Second
	dialPause    = 5 * time.Millisecond
)

// errStranger is somebody at the other end of a socket that only we should reach.
var errStranger = errors.New("another user is at the other end of the agent's socket")

// ownPeer is the process at the other end, which must be of the same user.
func ownPeer(conn *net.UnixConn) (pid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	uid, fault := 0, error(nil)
	if err := raw.Control(func(fd uintptr) { pid, uid, fault = credentials(int(fd)) }); err != nil {
		return 0, err
	}
	switch {
	case fault != nil:
		return 0, fault
	case uid != os.Geteuid():
		return 0, errStranger
	}
	return pid, nil
}

// makePrivate makes a folder for us alone, or makes sure that it is one.
func makePrivate(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the agent's folder: %w", err)
	}
	return isPrivate(dir)
}

// isPrivate insists on a folder, and no link to one, that is ours and closed to all
// others: who can write there can put another socket in our place.
func isPrivate(dir string) error {
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return fmt.Errorf("the agent's folder: %w", err)
	case !info.IsDir():
		return fmt.Errorf("%s is no folder: remove it, and the agent makes one", dir)
	case !owned(info):
		return fmt.Errorf("%s belongs to another user: XDG_RUNTIME_DIR names a folder of yours", dir)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("others may enter %s: `chmod 700` closes it, once you know why", dir)
	}
	return nil
}

func owned(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

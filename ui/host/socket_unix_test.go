//go:build linux || darwin || freebsd

package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const someoneElse = 65534 // nobody

// agentFolder is where a session's runtime folder would be. Its path is short: that of
// a test's own folder may not fit a socket.
func agentFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "otp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func agentPath(t *testing.T) string {
	t.Helper()
	return AgentSocket(environment("XDG_RUNTIME_DIR="+agentFolder(t)), "/home/ada/vault.age")
}

func listen(t *testing.T, path string) *AgentListener {
	t.Helper()
	l, err := ListenAgent(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func dial(t *testing.T, path string) *AgentConn {
	t.Helper()
	conn, err := DialAgent(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestAgentSocketIsOneForAVault(t *testing.T) {
	run, home := agentFolder(t), t.TempDir()
	writeFile(t, filepath.Join(home, "vault.age"), "", 0o600)
	if err := os.Symlink(home, filepath.Join(home, "link")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(home)
	env := environment("XDG_RUNTIME_DIR=" + run)
	want := AgentSocket(env, filepath.Join(home, "vault.age"))
	for _, path := range []string{"vault.age", "./link/vault.age", filepath.Join(home, "link/../vault.age")} {
		if got := AgentSocket(env, path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := AgentSocket(env, filepath.Join(home, "other.age")); got == want {
		t.Error("two vaults have one socket")
	}
	if dir, name := filepath.Split(want); dir != run+"/otpane/" || len(name) != len("0123456789abcdef.sock") || strings.Contains(name, "vault") {
		t.Errorf("the socket is %s", want)
	}
}

// TestRuntimeFolderIsOurs: a variable that came along from another user, or that is no
// path, leads nowhere.
func TestRuntimeFolderIsOurs(t *testing.T) {
	temp := agentFolder(t)
	foreign, missing := agentFolder(t), filepath.Join(temp, "missing")
	if os.Geteuid() == 0 {
		if err := os.Chown(foreign, someoneElse, someoneElse); err != nil {
			t.Fatal(err)
		}
	} else {
		foreign = "/"
	}
	for _, dir := range []string{"", "relative", missing, foreign} {
		got := runtimeFolder(environment("XDG_RUNTIME_DIR="+dir, "TMPDIR="+temp))
		session := fmt.Sprintf("/run/user/%d/otpane", os.Geteuid())
		if got != session && got != filepath.Join(temp, fmt.Sprintf("otpane-%d", os.Geteuid())) {
			t.Errorf("%q leads to %s", dir, got)
		}
	}
}

func TestTheSocketIsTheSameFromEveryFolder(t *testing.T) {
	if got := runtimeFolder(environment("TMPDIR=tmp")); !filepath.IsAbs(got) || strings.Contains(got, "tmp/tmp") {
		t.Errorf("a TMPDIR that is no path leads to %s", got)
	}
}

func TestAgentConnects(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := agentPath(t)
	l := listen(t, path)
	for file, want := range map[string]fs.FileMode{filepath.Dir(path): 0o700, path: 0o600, path + ".lock": 0o600} {
		if info, err := os.Lstat(file); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", file, info, err, want)
		}
	}
	client := dial(t, path)
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if _, err := client.Write([]byte("?")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(server, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if got := client.Peer(); got.UID != os.Geteuid() || got.PID != os.Getpid() && got.PID != 0 {
		t.Errorf("the agent is %+v", got)
	}
}

// TestNothingElseIsAnAgent: what lies there and is not ours is neither used, nor
// followed, nor touched.
func TestNothingElseIsAnAgent(t *testing.T) {
	inside := func(make func(path string) error) func(string) error {
		return func(path string) error {
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				return err
			}
			return make(path)
		}
	}
	folder := func(mode fs.FileMode) func(string) error {
		return func(path string) error {
			return errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.Chmod(filepath.Dir(path), mode))
		}
	}
	give := func(path string) error { return os.Lchown(path, someoneElse, someoneElse) }
	socket := func(path string) error {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err == nil {
			t.Cleanup(func() { l.Close() })
		}
		return err
	}
	for name, story := range map[string]struct {
		make func(path string) error
		says string
		root bool
		dial bool // what matters only to who listens lets others connect
	}{
		"folder: group may enter":   {make: folder(0o710), dial: true},
		"folder: all may write":     {make: folder(0o777), dial: true},
		"folder: all may look":      {make: folder(0o704), dial: true},
		"folder: of somebody else":  {make: func(path string) error { return errors.Join(folder(0o700)(path), give(filepath.Dir(path))) }, root: true, dial: true},
		"folder: a file":            {make: func(path string) error { return os.WriteFile(filepath.Dir(path), nil, 0o600) }, says: "no folder", dial: true},
		"folder: a link":            {make: func(path string) error { return os.Symlink(t.TempDir(), filepath.Dir(path)) }, says: "no folder", dial: true},
		"folder: a link to nothing": {make: func(path string) error { return os.Symlink("nothing", filepath.Dir(path)) }, says: "no folder", dial: true},
		"socket: a file":            {make: inside(func(path string) error { return os.WriteFile(path, nil, 0o600) }), dial: true},
		"socket: a folder":          {make: inside(func(path string) error { return os.Mkdir(path, 0o700) }), dial: true},
		"socket: a pipe":            {make: inside(func(path string) error { return unix.Mkfifo(path, 0o600) }), dial: true},
		"socket: a link to nothing": {make: inside(func(path string) error { return os.Symlink("nothing", path) }), dial: true},
		"socket: a link to another": {make: inside(func(path string) error { return errors.Join(socket(path+".real"), os.Symlink(path+".real", path)) }), dial: true},
		"socket: of somebody else":  {make: inside(func(path string) error { return errors.Join(socket(path), give(path)) }), root: true, dial: true},
		"lock: a link":              {make: inside(func(path string) error { return os.Symlink("elsewhere", path+".lock") })},
		"lock: a folder":            {make: inside(func(path string) error { return os.Mkdir(path+".lock", 0o700) })},
	} {
		t.Run(name, func(t *testing.T) {
			if story.root && os.Geteuid() != 0 {
				t.Skip("giving a file to another user takes root")
			}
			path := agentPath(t)
			if err := story.make(path); err != nil {
				t.Fatal(err)
			}
			before := everything(t, filepath.Dir(filepath.Dir(path)))
			if l, err := ListenAgent(path); err == nil || errors.Is(err, ErrServed) || !strings.Contains(err.Error(), story.says) {
				t.Errorf("it listens: %v", err)
				if err == nil {
					l.Close()
				}
			}
			if _, err := DialAgent(path); story.dial && (err == nil || errors.Is(err, ErrNobody)) {
				t.Errorf("it connects: %v", err)
			}
			after := everything(t, filepath.Dir(filepath.Dir(path)))
			after = strings.ReplaceAll(after, "-rw------- "+filepath.Base(path)+".lock\n", "") // of the one who looks
			if before != after {
				t.Errorf("before:\n%safter:\n%s", before, after)
			}
		})
	}
}

// everything lists a folder: modes and names.
func everything(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if path != dir {
			fmt.Fprintln(&list, info.Mode(), entry.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}

func TestNobodyIsThere(t *testing.T) {
	path := agentPath(t)
	if _, err := DialAgent(path); !errors.Is(err, ErrNobody) {
		t.Errorf("without a folder: %v", err)
	}
	listen(t, path).Close()
	if _, err := DialAgent(path); !errors.Is(err, ErrNobody) {
		t.Errorf("after the end: %v", err)
	}
}

func TestAPathThatDoesNotFitASocket(t *testing.T) {
	dir := agentFolder(t)
	for extra := range 4 {
		name := strings.Repeat("x", maxSocketPath-len(dir)-len("/otpane/")+extra-1)
		l, err := ListenAgent(filepath.Join(dir, "otpane", name))
		if (err == nil) != (extra < 2) || err != nil && !strings.Contains(err.Error(), "XDG_RUNTIME_DIR") {
			t.Errorf("%d bytes: %v", maxSocketPath+extra-1, err)
		}
		if err == nil {
			l.Close()
		}
	}
}

func TestOneServesAndTheNextTakesOver(t *testing.T) {
	path := agentPath(t)
	first := listen(t, path)
	if _, err := ListenAgent(path); !errors.Is(err, ErrServed) {
		t.Fatalf("the second: %v", err)
	}
	dial(t, path) // nothing happened to the first one's socket
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	listen(t, path)
	_ = first.Close() // again, as a context that ends and a defer do
	dial(t, path)
}

func TestClosingLeavesWhatSomebodyElsePutThere(t *testing.T) {
	path := agentPath(t)
	l := listen(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, "mine", 0o600)
	_ = l.Close()
	if !fileExists(path) {
		t.Error("a file went with the socket")
	}
}

// TestAfterAKilledAgent: kill -9 leaves its socket, and nobody behind it.
func TestAfterAKilledAgent(t *testing.T) {
	path := agentPath(t)
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), "HOST_TEST_ROLE=agent", "HOST_TEST_SOCKET="+path)
	said, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	hold, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(said, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := ListenAgent(path); !errors.Is(err, ErrServed) {
		t.Fatalf("beside it: %v", err)
	}
	_ = holder.Process.Kill()
	_ = holder.Wait()
	if _, err := os.Lstat(path); err != nil {
		t.Fatalf("it has taken its socket along: %v", err)
	}
	if _, err := DialAgent(path); !errors.Is(err, ErrNobody) {
		t.Errorf("a call: %v", err)
	}
	listen(t, path)
	dial(t, path)
}

// TestAFullQueueIsWaitedFor: Linux refuses who connects to a full one, at once.
func TestAFullQueueIsWaitedFor(t *testing.T) {
	path := agentPath(t)
	if err := makePrivate(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrUnix{Name: path}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	full := false
	for range 8 {
		conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
		if full = errors.Is(err, unix.EAGAIN); full {
			break
		}
		if err != nil {
			t.Skipf("a full queue is something else here: %v", err)
		}
		defer conn.Close()
	}
	if !full {
		t.Skip("the queue does not fill here")
	}
	waited := 0
	conn, err := dialPatiently(path, func() {
		waited++
		accepted, _, err := unix.Accept(fd)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(accepted)
	})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if waited != 1 {
		t.Errorf("waited %d times", waited)
	}
}

func init() {
	roles["agent"] = func() int {
		l, err := ListenAgent(os.Getenv("HOST_TEST_SOCKET"))
		if err != nil {
			return 1
		}
		status := waitForEnd()
		l.Close()
		return status
	}
}

package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Another process of the same user cannot look into a hardened one.
func TestTheSameUserIsRefused(t *testing.T) {
	self := publicCopy(t)
	for _, file := range []string{"environ", "mem"} {
		if got := peep(t, self, "open", file); got != "readable" {
			t.Skipf("this system refuses /proc/PID/%s anyway: %s", file, got)
		}
		if got := peep(t, self, "hardened", file); got != "refused" {
			t.Errorf("/proc/PID/%s of a hardened process is %s", file, got)
		}
	}
}

// peep asks a second process whether it can read a file of a first one's, both of
// one user who is not root: root may read everything.
func peep(t *testing.T, self, role, file string) string {
	t.Helper()
	target := asNobody(self, role)
	ready, err := target.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	hold, err := target.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		hold.Close()
		_ = target.Wait()
	}()
	if _, err := io.ReadFull(ready, make([]byte, 1)); err != nil {
		t.Fatalf("%s: %v", role, err)
	}
	other := asNobody(self, "peep")
	other.Env = append(other.Env, fmt.Sprintf("HOST_TEST_FILE=/proc/%d/%s", target.Process.Pid, file))
	said, err := other.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(said)
}

// A crash leaves no memory behind, even where the limit was generous.
func TestACrashLeavesNoCore(t *testing.T) {
	crash := func(role string) bool {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), "HOST_TEST_ROLE="+role)
		process.Dir = t.TempDir()
		err := process.Run()
		var status *exec.ExitError
		if !errors.As(err, &status) || status.Sys().(syscall.WaitStatus).Signal() != unix.SIGABRT {
			t.Fatalf("%s: %v", role, err)
		}
		return status.Sys().(syscall.WaitStatus).CoreDump()
	}
	if !crash("crash") {
		t.Skip("this system makes no core anyway")
	}
	if crash("hardened crash") {
		t.Error("a hardened process left a core")
	}
}

func init() {
	roles["open"] = func() int { return waitForEnd() }
	roles["hardened"] = func() int {
		Harden()
		return waitForEnd()
	}
	roles["peep"] = func() int {
		file, err := os.Open(os.Getenv("HOST_TEST_FILE"))
		if err == nil {
			_, err = file.ReadAt(make([]byte, 1), 0)
		}
		switch {
		case errors.Is(err, fs.ErrPermission):
			fmt.Print("refused")
		default: // address 0 of mem is an I/O error, after the permission was given
			fmt.Print("readable")
		}
		return 0
	}
	roles["crash"] = func() int { return crash(func() {}) }
	roles["hardened crash"] = func() int { return crash(Harden) }
}

func crash(prepare func()) int {
	var limit unix.Rlimit
	_ = unix.Getrlimit(unix.RLIMIT_CORE, &limit)
	limit.Cur = limit.Max
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &limit)
	prepare()
	debug.SetTraceback("crash")
	panic("as planned")
}

func asNobody(self, role string) *exec.Cmd {
	process := exec.Command(self)
	process.Env = []string{"HOST_TEST_ROLE=" + role}
	if os.Getuid() == 0 {
		process.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	return process
}

// publicCopy is the test binary where every user can run it.
func publicCopy(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "host")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	binary, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "host.test")
	writeFile(t, path, string(binary), 0o755)
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(path, 0o755)); err != nil {
		t.Fatal(err)
	}
	return path
}

package host

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const maxSocketPath = 107 // bytes, of sun_path's 108

// credentials are those of the process that connected, or that listens, at that time.
func credentials(fd int) (pid, uid int, err error) {
	creds, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, 0, os.NewSyscallError("getsockopt", err)
	}
	return int(creds.Pid), int(creds.Uid), nil
}

// proc is where the kernel describes processes.
type proc string

const system proc = "/proc"

func (p proc) file(pid int, name string) string {
	return filepath.Join(string(p), strconv.Itoa(pid), name)
}

// process looks at one. A hardened process keeps its folder to itself.
func (p proc) process(pid int) (process, bool) {
	comm, err := os.ReadFile(p.file(pid, "comm"))
	if err != nil {
		return process{}, false
	}
	name := p.whole(pid, strings.TrimSuffix(string(comm), "\n"))
	dir, _ := os.Readlink(p.file(pid, "cwd"))
	return process{pid: pid, parent: p.parent(pid), name: name, dir: dir, errand: shells[name] && p.runsCommand(pid)}, true
}

// whole is the name that a process gives itself, which for a script is the script's,
// with what the kernel has cut off.
func (p proc) whole(pid int, name string) string {
	if len(name) < maxComm {
		return name
	}
	image, _ := os.Readlink(p.file(pid, "exe"))
	if image = strings.TrimSuffix(filepath.Base(image), " (deleted)"); strings.HasPrefix(image, name) {
		return image
	}
	return name
}

const maxComm = 15 // bytes, of TASK_COMM_LEN's 16

// parent is the fourth field of stat. The second is the name, which may have anything
// in it, so fields count from its end.
func (p proc) parent(pid int) int {
	stat, err := os.ReadFile(p.file(pid, "stat"))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}

// runsCommand reports whether a shell's options have -c among them.
func (p proc) runsCommand(pid int) bool {
	file, err := os.Open(p.file(pid, "cmdline"))
	if err != nil {
		return false
	}
	defer file.Close()
	line := make([]byte, 512) // options come first
	n, _ := file.Read(line)
	for i, arg := range strings.Split(string(line[:n]), "\x00") {
		switch {
		case i == 0:
		case !strings.HasPrefix(arg, "-"):
			return false
		case !strings.HasPrefix(arg, "--") && strings.Contains(arg, "c"):
			return true
		}
	}
	return false
}

package host

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/sys/unix"
)

// TestStrangersAreRefused opens the folder wide, so that nothing but the look at the
// peer is left.
func TestStrangersAreRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a process of another user takes root")
	}
	path := agentPath(t)
	l := listen(t, path)
	for _, open := range []string{filepath.Dir(filepath.Dir(path)), filepath.Dir(path), path} {
		if err := os.Chmod(open, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	stranger := asNobody(publicCopy(t), "stranger")
	stranger.Env = append(stranger.Env, "HOST_TEST_SOCKET="+path)
	said, err := stranger.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(said, make([]byte, len("connected"))); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("unix", path) // ours, after it
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("o")); err != nil {
		t.Fatal(err)
	}
	served, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer served.Close()
	who := make([]byte, 1)
	if _, err := io.ReadFull(served, who); err != nil || who[0] != 'o' {
		t.Errorf("who was let in wrote %q, %v", who, err)
	}
	served.Close()
	got, err := io.ReadAll(said)
	if err != nil || string(got) != " closed" {
		t.Errorf("the stranger was%s, %v", got, err)
	}
	_ = stranger.Wait()
}

// TestAStrangersAgentIsRefused: everything about the path is ours, only the process
// behind it is not.
func TestAStrangersAgentIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a process of another user takes root")
	}
	path := agentPath(t)
	dir := filepath.Dir(path)
	if err := errors.Join(os.Mkdir(dir, 0o777), os.Chmod(dir, 0o777), os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
		t.Fatal(err)
	}
	stranger := asNobody(publicCopy(t), "strange agent")
	stranger.Env = append(stranger.Env, "HOST_TEST_SOCKET="+path)
	said, err := stranger.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	hold, err := stranger.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		hold.Close()
		_ = stranger.Wait()
	}()
	if _, err := io.ReadFull(said, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chown(path, 0, 0), os.Chmod(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := trusted(path); err != nil {
		t.Fatalf("the scene: %v", err)
	}
	if _, err := DialAgent(path); !errors.Is(err, errStranger) {
		t.Errorf("got %v", err)
	}
}

func init() {
	roles["stranger"] = func() int {
		conn, err := net.Dial("unix", os.Getenv("HOST_TEST_SOCKET"))
		if err != nil {
			fmt.Print(err)
			return 1
		}
		_, _ = conn.Write([]byte("x"))
		fmt.Print("connected")
		if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil {
			fmt.Print(" served")
			return 1
		}
		fmt.Print(" closed")
		return 0
	}
	roles["strange agent"] = func() int {
		if _, err := net.Listen("unix", os.Getenv("HOST_TEST_SOCKET")); err != nil {
			return 1
		}
		return waitForEnd()
	}
	roles["client"] = func() int {
		conn, err := DialAgent(os.Getenv("HOST_TEST_SOCKET"))
		if err != nil {
			fmt.Print(err)
			return 1
		}
		_, _ = io.ReadAll(conn)
		return 0
	}
}

// TestForWhom runs a script that runs a shell that runs a client, as hooks and makefiles
// do.
func TestForWhom(t *testing.T) {
	path := agentPath(t)
	l := listen(t, path)
	l.witness.patience = patience
	dir := t.TempDir()
	script := filepath.Join(dir, "deploy-to-production.sh")
	writeFile(t, script, "#!/bin/sh\nsh -c '\"$SELF\"; true'\ntrue\n", 0o700)
	command := exec.Command(script)
	command.Dir = dir
	command.Env = append(os.Environ(), "SELF="+os.Args[0], "HOST_TEST_ROLE=client", "HOST_TEST_SOCKET="+path)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := conn.Peer(), (Peer{command.Process.Pid, os.Geteuid(), "deploy-to-produ", dir}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	conn.Close()
	if err := command.Wait(); err != nil {
		t.Error(err)
	}
}

// fakeProcess is a process in a fake /proc.
type fakeProcess struct {
	parent           int
	comm, exe, cwd   string
	args             []string
	withoutStat, mum bool // mum: reading its arguments blocks
}

func fakeProc(t *testing.T, all map[int]fakeProcess) proc {
	t.Helper()
	root := proc(t.TempDir())
	for pid, p := range all {
		if err := os.Mkdir(root.file(pid, ""), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, root.file(pid, "comm"), p.comm+"\n", 0o600)
		if !p.withoutStat {
			writeFile(t, root.file(pid, "stat"), fmt.Sprintf("%d (%s) S %d 1 1 0", pid, p.comm, p.parent), 0o600)
		}
		for link, target := range map[string]string{"exe": p.exe, "cwd": p.cwd} {
			if target == "" {
				continue
			}
			if err := os.Symlink(target, root.file(pid, link)); err != nil {
				t.Fatal(err)
			}
		}
		if p.mum {
			if err := unix.Mkfifo(root.file(pid, "cmdline"), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		writeFile(t, root.file(pid, "cmdline"), strings.Join(p.args, "\x00")+"\x00", 0o600)
	}
	return root
}

func TestWanting(t *testing.T) {
	shell := func(parent int, args ...string) fakeProcess {
		return fakeProcess{parent: parent, comm: args[0], args: args, cwd: "/shell"}
	}
	client := func(parent int) fakeProcess { return fakeProcess{parent: parent, comm: "otpane"} }
	for name, story := range map[string]struct {
		all  map[int]fakeProcess
		want Peer
	}{
		"of its own":         {map[int]fakeProcess{9: {parent: 5, comm: "curl", cwd: "/x"}}, Peer{9, 0, "curl", "/x"}},
		"for a program":      {map[int]fakeProcess{9: client(5), 5: {parent: 2, comm: "aws-vault", cwd: "/infra"}}, Peer{5, 0, "aws-vault", "/infra"}},
		"typed":              {map[int]fakeProcess{9: client(5), 5: shell(2, "zsh", "-l"), 2: {comm: "tmux"}}, Peer{5, 0, "zsh", "/shell"}},
		"run by a shell":     {map[int]fakeProcess{9: client(5), 5: shell(2, "sh", "-c", "otpane code x"), 2: {parent: 1, comm: "make", cwd: "/src"}}, Peer{2, 0, "make", "/src"}},
		"joined options":     {map[int]fakeProcess{9: client(5), 5: shell(2, "bash", "-l", "-ec", "otpane"), 2: {parent: 1, comm: "make"}}, Peer{2, 0, "make", "/shell"}},
		"a long option":      {map[int]fakeProcess{9: client(5), 5: shell(2, "bash", "--rcfile", "x"), 2: {parent: 1, comm: "make"}}, Peer{5, 0, "bash", "/shell"}},
		"a script":           {map[int]fakeProcess{9: client(5), 5: {parent: 2, comm: "sh", args: []string{"sh", "x.sh", "-c"}}, 2: {parent: 1, comm: "make"}}, Peer{5, 0, "sh", ""}},
		"an orphan":          {map[int]fakeProcess{9: client(1), 1: {comm: "systemd", cwd: "/"}}, Peer{9, 0, "otpane", ""}},
		"an orphaned shell":  {map[int]fakeProcess{9: client(5), 5: shell(1, "sh", "-c", "otpane"), 1: {comm: "systemd"}}, Peer{5, 0, "sh", "/shell"}},
		"a parent that went": {map[int]fakeProcess{9: {parent: 5, comm: "otpane", cwd: "/there"}}, Peer{9, 0, "otpane", "/there"}},
		"gone":               {nil, Peer{9, 0, unnamed, ""}},
		"half gone":          {map[int]fakeProcess{9: {comm: "otpane", withoutStat: true}}, Peer{9, 0, "otpane", ""}},
		"a circle":           {map[int]fakeProcess{9: client(5), 5: client(9)}, Peer{5, 0, "otpane", ""}},
		"a cut name":         {map[int]fakeProcess{9: {parent: 5, comm: "terraform-provi", exe: "/bin/terraform-provider-aws"}}, Peer{9, 0, "terraform-provider-aws", ""}},
		"a cut script":       {map[int]fakeProcess{9: {parent: 5, comm: "deploy-to-produ", exe: "/bin/sh"}}, Peer{9, 0, "deploy-to-produ", ""}},
		"replaced":           {map[int]fakeProcess{9: {parent: 5, comm: "terraform-provi", exe: "/bin/terraform-provider-aws (deleted)"}}, Peer{9, 0, "terraform-provider-aws", ""}},
		"no name":            {map[int]fakeProcess{9: {parent: 5, comm: ""}}, Peer{9, 0, unnamed, ""}},
		"escape sequences":   {map[int]fakeProcess{9: {parent: 5, comm: "\x1b]0;x\x07\x9b2J", cwd: "/a\n\x1b[2J\u202eb"}}, Peer{9, 0, "�]0;x��2J", "/a��[2J�b"}},
		"a deep folder":      {map[int]fakeProcess{9: {parent: 5, comm: "x", cwd: "/" + strings.Repeat("é", 100) + "/" + strings.Repeat("d", maxDir-2)}}, Peer{9, 0, "x", "…/" + strings.Repeat("d", maxDir-2)}},
	} {
		t.Run(name, func(t *testing.T) {
			story.want.UID = os.Geteuid()
			got := wanting(fakeProc(t, story.all), "otpane", 9)
			if got != story.want {
				t.Errorf("got %+v, want %+v", got, story.want)
			}
			for _, r := range got.Program + got.Dir {
				if !unicode.IsPrint(r) {
					t.Errorf("%+v has %U", got, r)
				}
			}
		})
	}
}

// TestAnEndlessLook: a process whose memory comes from a file system of its own lets
// nobody read it to the end. That must cost Accept a moment, once.
func TestAnEndlessLook(t *testing.T) {
	root := fakeProc(t, map[int]fakeProcess{
		9: {parent: 5, comm: "sh", mum: true},
		8: {parent: 5, comm: "curl"},
	})
	w := newWitness(root)
	w.patience = patience
	for range 1000 { // one after the other, as Accept does: none of them is in another's way
		if got := w.describe(8); got.Program != "curl" {
			t.Fatalf("the scene: %+v", got)
		}
	}
	w.patience = 10 * time.Millisecond
	before := time.Now()
	if got := w.describe(9); got.Program != unnamed || got.PID != 9 {
		t.Errorf("got %+v", got)
	}
	if time.Since(before) < w.patience {
		t.Fatal("nobody was made to wait")
	}
	if got := w.describe(8); got.Program != unnamed {
		t.Errorf("beside an endless look: %+v", got)
	}
	pipe, err := os.OpenFile(root.file(9, "cmdline"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	pipe.Close() // it lets go
	w.turn <- struct{}{}
	<-w.turn
	w.patience = patience
	if got := w.describe(8); got.Program != "curl" {
		t.Errorf("afterwards: %+v", got)
	}
}

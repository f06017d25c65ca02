package host

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Editor is the command line of the user's editor: $VISUAL, $EDITOR, or one that is
// there; nil if none is. Words are parted at blanks, without a shell.
func Editor(getenv func(string) string) []string {
	p := programs{getenv: getenv}
	for _, line := range []string{getenv("VISUAL"), getenv("EDITOR"), "nano", "vi", "notepad.exe"} {
		if argv := strings.Fields(line); len(argv) > 0 && p.have(argv[0]) {
			return argv
		}
	}
	return nil
}

// Edit runs an editor on a file and waits for it. It has the terminal, and the
// whole environment: unlike the programs that get a code, it is given nothing but a
// path. When ctx ends it is asked to end too, so that it leaves the terminal in order.
func Edit(ctx context.Context, getenv func(string) string, argv []string, path string) error {
	p := programs{getenv: getenv}
	program, err := p.find(argv[0])
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, program, append(argv[1:len(argv):len(argv)], path)...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 2 * time.Second
	if err := command.Run(); err != nil {
		return failure(ctx, argv, err, "")
	}
	return nil
}

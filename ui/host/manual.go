package host

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// ErrNoManual says that no program here shows a man page.
var ErrNoManual = errors.New("nothing here shows man pages")

// readers show a page from standard input in a pager: man-db and mandoc's own man,
// and mandoc alone where man takes only names (macOS, the BSDs).
var readers = [][]string{{"man", "-l", "-"}, {"mandoc", "-a"}}

// ShowManual opens a man page in the system's reader and waits for it. It has the
// terminal and the whole environment, where the user's pager is named.
func ShowManual(ctx context.Context, getenv func(string) string, page []byte) error {
	p := programs{getenv: getenv}
	for _, argv := range readers {
		program, err := p.find(argv[0])
		if err != nil {
			continue
		}
		var said strings.Builder
		command := exec.CommandContext(ctx, program, argv[1:]...)
		command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(page), os.Stdout, &said
		command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
		command.WaitDelay = 2 * time.Second
		err = command.Run()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// A man that does not know -l says so; a pager that was left by ctrl-c does not.
		if err == nil || said.Len() == 0 {
			return nil
		}
	}
	return ErrNoManual
}

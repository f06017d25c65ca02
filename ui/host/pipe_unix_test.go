//go:build unix

package host

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

func TestReaderGone(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	if ReaderGone(write) {
		t.Fatal("the reader is still there")
	}
	if _, err := write.WriteString("not read yet"); err != nil || ReaderGone(write) {
		t.Fatal("the reader is only slow", err)
	}
	read.Close()
	if !ReaderGone(write) {
		t.Error("a reader that is gone is taken for one that reads")
	}
	signal.Ignore(syscall.SIGPIPE)
	defer signal.Reset(syscall.SIGPIPE)
	if _, err := write.WriteString("x"); !BrokenPipe(err) {
		t.Errorf("a write into it: %v", err)
	}

	file, err := os.Create(filepath.Join(t.TempDir(), "codes"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, out := range []*os.File{file, null, nil} {
		if ReaderGone(out) {
			t.Errorf("%v has no reader to lose", out)
		}
	}
	if BrokenPipe(nil) || BrokenPipe(errors.New("disk full")) {
		t.Error("other errors are told apart")
	}
}

package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// What is read at most. A bound stands before any work on an untrusted file,
// and /dev/zero must end somewhere.
const (
	maxExport     = 64 << 20
	maxPicture    = 32 << 20
	maxPassphrase = 64 << 10
	maxKey        = 64 << 10 // an enrolment URI with an icon inside
)

// read returns a file's bytes; - is standard input.
func (p *program) read(path string, limit int64) ([]byte, error) {
	if path == "-" {
		return readBounded(p.Stdin, "standard input", limit)
	}
	return readFile(path, limit)
}

func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, readFault(path, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, readFault(path, syscall.EISDIR)
	}
	return readBounded(f, path, limit)
}

func readBounded(r io.Reader, path string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, readFault(path, err)
	}
	if int64(len(data)) > limit {
		return nil, &fault{status: failed, what: fmt.Sprintf("%s is too large: at most %s are read", path, size(limit))}
	}
	return data, nil
}

func size(bytes int64) string {
	if bytes >= 1<<20 {
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d KiB", bytes>>10)
}

// readFault keeps a path out of the message that is no path but a key.
func readFault(path string, err error) error {
	if keyLike.MatchString(path) {
		return &fault{status: failed, what: "no such file", hint: "a key is not taken as an argument: give it to `otpane add` on standard input"}
	}
	what, hint := fileSentence(path, err)
	return &fault{status: failed, what: what, hint: hint, err: err}
}

// writeNew makes a file that only its owner can read, and never replaces one.
// O_EXCL also refuses a link that somebody put there.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return writeFault(path, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(path) // half a file would pass for a whole one
		return writeFault(path, err)
	}
	return nil
}

func writeFault(path string, err error) error {
	if errors.Is(err, fs.ErrExist) {
		return &fault{status: failed, what: "there is a file already: " + path, hint: "it was left as it is; choose another name", err: err}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &fault{status: failed, what: "there is no folder " + filepath.Dir(path), err: err}
	}
	what, hint := fileSentence(path, err)
	return &fault{status: failed, what: what, hint: hint, err: err}
}

// replace writes over a file that the user has agreed to lose, in one rename so
// that the old one is not lost for half a new one.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".otpane-*")
	if err != nil {
		return writeFault(path, err)
	}
	defer os.Remove(f.Name()) // after the rename there is nothing left to remove
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return writeFault(path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return writeFault(path, err)
	}
	return nil
}

// absolute is a typed path in full, as it is named afterwards.
func absolute(path string) string {
	full, err := filepath.Abs(expandHome(path))
	if err != nil {
		return path
	}
	return full
}

// expandHome resolves the ~ of a path that was typed where no shell reads it.
func expandHome(path string) string {
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	if path == "~" {
		return home
	}
	if rest, found := strings.CutPrefix(path, "~/"); found {
		return filepath.Join(home, rest)
	}
	return path
}

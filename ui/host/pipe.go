package host

import (
	"errors"
	"io"
	"os"
)

// BrokenPipe reports whether a write failed because nobody reads any more, as
// behind `| head -1`.
func BrokenPipe(err error) bool {
	for _, broken := range brokenPipe {
		if errors.Is(err, broken) {
			return true
		}
	}
	return false
}

// ReaderGone reports whether out is a pipe that nobody reads any more, without
// writing to it. Where the system does not tell, the next write will.
func ReaderGone(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && file != nil && readerGone(file.Fd())
}

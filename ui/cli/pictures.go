package cli

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// pictures are the files that the pane has read, as they were then. A screenshot
// program may write its next picture under the same name while an account is being
// registered: that one is not what its owner agreed to remove.
type pictures struct {
	sync.Mutex
	read map[string]os.FileInfo
}

// note remembers a file that is about to be read.
func (p *pictures) note(path string) {
	info, err := os.Stat(path)
	p.Lock()
	defer p.Unlock()
	if p.read == nil {
		p.read = map[string]os.FileInfo{}
	}
	if delete(p.read, path); err == nil {
		p.read[path] = info
	}
}

var errNotRead = errors.New("it was not read here")

// remove deletes a file that is still what was read.
func (p *pictures) remove(path string) error {
	p.Lock()
	was := p.read[path]
	p.Unlock()
	if was == nil {
		return fmt.Errorf("%s: %w", path, errNotRead)
	}
	is, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(was, is) || is.Size() != was.Size() || !is.ModTime().Equal(was.ModTime()) {
		return fmt.Errorf("%s is another file by now", path)
	}
	return os.Remove(path)
}

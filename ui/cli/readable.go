package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Files that hold keys readable are remembered until they are gone: the pane
// reminds of them. What is remembered are paths, and no names.

const maxReadable = 1 << 20 // bytes of the list

// readableExports are the files that were written readable from the vault at
// path and are still there. Where nobody can look, a file counts as there.
func (p *program) readableExports(path string) (there []string) {
	for _, file := range p.writtenReadable(path) {
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			there = append(there, file)
		}
	}
	return there
}

func (p *program) writtenReadable(path string) (files []string) {
	text, err := readFile(p.stateFile("readable", path), maxReadable)
	if err != nil || json.Unmarshal(text, &files) != nil {
		return nil
	}
	return files
}

// noteReadable remembers a file; those that are gone are forgotten by the way.
func (p *program) noteReadable(path, file string) error {
	file = absolute(file)
	files := p.readableExports(path)
	if slices.Contains(files, file) {
		return nil
	}
	return p.keepReadable(path, append(files, file))
}

// removeReadable deletes a file that was written here, and no other.
func (p *program) removeReadable(path, file string) error {
	if !slices.Contains(p.readableExports(path), file) {
		return fmt.Errorf("%s: it was not written here", file)
	}
	if err := os.Remove(file); err != nil {
		return err
	}
	return p.forgetReadable(path, file)
}

// forgetReadable ends the reminder of a file that may stay.
func (p *program) forgetReadable(path, file string) error {
	return p.keepReadable(path, slices.DeleteFunc(p.readableExports(path), func(one string) bool { return one == file }))
}

func (p *program) keepReadable(path string, files []string) error {
	list := p.stateFile("readable", path)
	if len(files) == 0 {
		err := os.Remove(list)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	text, err := json.Marshal(files)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(list), 0o700); err != nil {
		return err
	}
	return replace(list, append(text, '\n'))
}

// writeReadable is write for a file that holds keys. That it cannot be remembered
// is no reason not to write it, and is said.
func (p *program) writeReadable(ctx context.Context, file string, data []byte) error {
	if err := p.write(ctx, file, data); err != nil {
		return err
	}
	if err := p.noteReadable(p.at.path, file); err != nil {
		p.say("The pane will not remind you of %s: %v.", file, err)
	}
	return nil
}

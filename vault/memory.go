package vault

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// InMemory makes a vault that no disk ever sees, for trying things out: it saves,
// keeps backups and has a trash like any other, and is gone with the process. Its
// Path is empty. Nothing differs from a vault on a disk but the disk, so what
// works on the one works on the other.
func InMemory(now func() time.Time) (*Vault, error) {
	id, err := newIdentity(false)
	if err != nil {
		return nil, err
	}
	v := &Vault{now: now, node: newNode(), at: location{disk: newMemory(), path: memoryPath}}
	if err := v.begin(Access{Identity: id}); err != nil {
		return nil, err
	}
	v.state, err = v.at.first(v.doc, v.sealed)
	return v, err
}

var memoryPath = filepath.FromSlash("/vault.age")

// memory is a disk of one process. A file is written once and then only linked,
// renamed and removed, as the vault does with all its files.
type memory struct {
	mu    sync.Mutex
	files map[string]*memoryFile
}

func newMemory() *memory { return &memory{files: map[string]*memoryFile{}} }

// memoryFile is a file with all its names; it tells about itself as fs.FileInfo.
type memoryFile struct {
	data []byte
	made time.Time
}

func (f *memoryFile) Name() string       { return filepath.Base(memoryPath) }
func (f *memoryFile) Size() int64        { return int64(len(f.data)) }
func (f *memoryFile) Mode() fs.FileMode  { return 0o600 }
func (f *memoryFile) ModTime() time.Time { return f.made }
func (f *memoryFile) IsDir() bool        { return false }
func (f *memoryFile) Sys() any           { return nil }

// reading is a file from its beginning, writing one at its end.
type reading struct {
	*bytes.Reader
	file *memoryFile
}

func (r reading) Stat() (fs.FileInfo, error) { return r.file, nil }
func (r reading) Close() error               { return nil }

type writing struct{ file *memoryFile }

func (w writing) Write(b []byte) (int, error) {
	w.file.data = append(w.file.data, b...)
	return len(b), nil
}

func (w writing) Stat() (fs.FileInfo, error) { return w.file, nil }
func (w writing) Sync() error                { return nil }
func (w writing) Close() error               { return nil }

func (m *memory) Resolve(name string) (string, error) {
	_, err := m.Stat(name)
	return name, err
}

func (m *memory) Stat(name string) (fs.FileInfo, error)  { return m.find("stat", name) }
func (m *memory) Lstat(name string) (fs.FileInfo, error) { return m.find("stat", name) }

func (m *memory) Open(name string) (readFile, error) {
	f, err := m.find("open", name)
	if err != nil {
		return nil, err
	}
	return reading{bytes.NewReader(f.data), f}, nil
}

func (m *memory) Create(name string) (writeFile, error) {
	f := &memoryFile{made: time.Now()}
	return writing{f}, m.put("open", name, f)
}

// MakeDir has nothing to make: a folder is what comes before a name.
func (m *memory) MakeDir(string) error { return nil }
func (m *memory) SyncDir(string) error { return nil }

// Lock keeps nobody out: no other process can see these files.
func (m *memory) Lock(string) (func(), error) { return func() {}, nil }

func (m *memory) List(dir string) (names []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.files {
		if filepath.Dir(name) == filepath.Clean(dir) {
			names = append(names, filepath.Base(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

func (m *memory) Link(from, to string) error {
	f, err := m.find("link", from)
	if err != nil {
		return err
	}
	return m.put("link", to, f)
}

func (m *memory) Rename(from, to string) error {
	f, err := m.find("rename", from)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, from)
	m.files[to] = f
	return nil
}

func (m *memory) Remove(name string) error {
	if _, err := m.find("remove", name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, name)
	return nil
}

func (m *memory) find(operation, name string) (*memoryFile, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.files[name]
	if !ok {
		return nil, &fs.PathError{Op: operation, Path: name, Err: fs.ErrNotExist}
	}
	return f, nil
}

// put gives a file a name that no other has.
func (m *memory) put(operation, name string, f *memoryFile) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.files[name]; taken {
		return &fs.PathError{Op: operation, Path: name, Err: fs.ErrExist}
	}
	m.files[name] = f
	return nil
}

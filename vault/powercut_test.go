package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// journal is a disk that notes what a power cut could undo.
type journal struct {
	disk
	log []event
}

type event struct {
	op   string // create, write, truncate, sync, link, rename, remove, syncdir
	path string
	from string
	data []byte
}

func (j *journal) note(e event, err error) error {
	if err == nil {
		j.log = append(j.log, e)
	}
	return err
}

func (j *journal) Create(path string) (writeFile, error) {
	f, err := j.disk.Create(path)
	return &journaled{f, j, path}, j.note(event{op: "create", path: path}, err)
}

func (j *journal) Link(from, to string) error {
	return j.note(event{op: "link", path: to, from: from}, j.disk.Link(from, to))
}

func (j *journal) Rename(from, to string) error {
	return j.note(event{op: "rename", path: to, from: from}, j.disk.Rename(from, to))
}

func (j *journal) Remove(path string) error {
	return j.note(event{op: "remove", path: path}, j.disk.Remove(path))
}

func (j *journal) SyncDir(path string) error {
	return j.note(event{op: "syncdir", path: path}, j.disk.SyncDir(path))
}

// overwrite is what no honest save does: the file's own bytes are replaced.
func (j *journal) overwrite(path string, data []byte) error {
	return j.note(event{op: "truncate", path: path, data: data}, os.WriteFile(path, data, 0o600))
}

type journaled struct {
	writeFile
	journal *journal
	path    string
}

func (f *journaled) Write(p []byte) (int, error) {
	n, err := f.writeFile.Write(p)
	return n, f.journal.note(event{op: "write", path: f.path, data: bytes.Clone(p)}, err)
}

func (f *journaled) Sync() error {
	return f.journal.note(event{op: "sync", path: f.path}, f.writeFile.Sync())
}

// platter is what POSIX promises about a disk after a power cut, and no more:
// bytes last when their file was synced, names when their folder was. Of all
// else any part may be there.
type platter struct {
	files   []*content
	names   map[string]int // what every program sees
	lasting map[string]int // what surely outlives a power cut
	pending []naming       // the difference, in order
}

type content struct{ now, lasting []byte }

// naming is one change of names; a rename is two in one.
type naming struct {
	gone string
	name string
	file int
}

func newPlatter(names map[string][]byte) *platter {
	p := &platter{names: map[string]int{}, lasting: map[string]int{}}
	for name, data := range names {
		p.names[name], p.lasting[name] = len(p.files), len(p.files)
		p.files = append(p.files, &content{data, data})
	}
	return p
}

func (p *platter) apply(e event, fsyncLies bool) {
	file, known := p.names[e.path]
	switch e.op {
	case "create":
		p.files = append(p.files, &content{})
		p.name(naming{name: e.path, file: len(p.files) - 1})
	case "link":
		p.name(naming{name: e.path, file: p.names[e.from]})
	case "rename":
		p.name(naming{gone: e.from, name: e.path, file: p.names[e.from]})
	case "remove":
		p.name(naming{gone: e.path})
	case "write":
		p.files[file].now = append(bytes.Clone(p.files[file].now), e.data...)
	case "truncate":
		p.files[file].now = e.data
		p.files[file].lasting = nil // the old bytes are given free at once
	case "sync":
		if known && !fsyncLies {
			p.files[file].lasting = p.files[file].now
		}
	case "syncdir":
		p.settle(e.path)
	}
}

func (p *platter) name(n naming) {
	n.apply(p.names)
	p.pending = append(p.pending, n)
}

func (n naming) apply(names map[string]int) {
	if n.gone != "" {
		delete(names, n.gone)
	}
	if n.name != "" {
		names[n.name] = n.file
	}
}

func (n naming) in(dir string) bool {
	if n.name == "" {
		return filepath.Dir(n.gone) == dir
	}
	return filepath.Dir(n.name) == dir
}

func (p *platter) settle(dir string) {
	var left []naming
	for _, n := range p.pending {
		if n.in(dir) {
			n.apply(p.lasting)
		} else {
			left = append(left, n)
		}
	}
	p.pending = left
}

// cut visits every state in which the disk may be found: any subset of the
// pending changes of names, and of a file's unsynced bytes all, half, or none.
func (p *platter) cut(visit func(names map[string][]byte)) {
	for subset := range 1 << len(p.pending) {
		names := maps.Clone(p.lasting)
		for i, n := range p.pending {
			if subset&(1<<i) != 0 {
				n.apply(names)
			}
		}
		for _, written := range []func(*content) []byte{
			func(c *content) []byte { return c.lasting },
			func(c *content) []byte { return c.now },
			func(c *content) []byte {
				if bytes.Equal(c.now, c.lasting) {
					return c.now
				}
				return c.now[:len(c.now)/2]
			},
		} {
			found := map[string][]byte{}
			for name, file := range names {
				found[name] = written(p.files[file])
			}
			visit(found)
		}
	}
}

// powerCuts saves once through a disk that may have a bug, and visits all states
// after a cut behind each of its calls. saved says that Update had returned.
func powerCuts(t *testing.T, wrap func(*journal) disk, fsyncLies bool, visit func(s scene, found map[string][]byte, saved bool)) (states int) {
	t.Helper()
	j := &journal{disk: osDisk{}}
	s := newScene(t, wrap(j))
	before := folder(t, s.dir)
	if err := s.addBank(); err != nil {
		t.Fatal(err)
	}
	for n := range len(j.log) + 1 {
		p := newPlatter(before)
		for _, e := range j.log[:n] {
			p.apply(e, fsyncLies)
		}
		p.cut(func(found map[string][]byte) {
			states++
			visit(s, found, n == len(j.log))
		})
	}
	return states
}

func folder(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			all[path] = mustRead(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func honest(j *journal) disk { return j }

// oldOrNew is the promise: old or new at every moment, new once it was said.
func oldOrNew(s scene, found map[string][]byte, saved bool) error {
	vault, there := found[s.at.path]
	switch {
	case !there:
		return errors.New("no vault")
	case saved && !bytes.Equal(vault, s.state.bytes):
		return errors.New("not the new vault, which was reported as saved")
	case !bytes.Equal(vault, s.old) && !bytes.Equal(vault, s.state.bytes):
		return fmt.Errorf("neither old nor new, but %d bytes", len(vault))
	}
	return nil
}

func TestPowerCut(t *testing.T) {
	states := powerCuts(t, honest, false, func(s scene, found map[string][]byte, saved bool) {
		if err := oldOrNew(s, found, saved); err != nil {
			t.Error(err)
		}
	})
	if states < 50 {
		t.Errorf("only %d states", states)
	}
	t.Logf("%d states", states)
}

// TestPowerCutOnALyingDisk: where fsync does nothing, the new vault may be lost,
// but then the old one lies in backups/.
func TestPowerCutOnALyingDisk(t *testing.T) {
	lost := 0
	powerCuts(t, honest, true, func(s scene, found map[string][]byte, saved bool) {
		if oldOrNew(s, found, false) == nil {
			return
		}
		lost++
		for name, data := range found {
			if strings.HasPrefix(name, s.at.backups()) && bytes.Equal(data, s.old) {
				return
			}
		}
		t.Error("neither the vault nor a backup is whole")
	})
	if lost == 0 {
		t.Error("the disk did not lie")
	}
}

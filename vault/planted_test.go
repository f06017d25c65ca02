package vault

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
)

// A harness that finds nothing may be blind. These are the five mistakes of
// other programs, planted as a layer between the vault and the disk; each must
// be caught by the check that is there for it.

// noSync believes that close is enough.
type noSync struct{ disk }

func (d noSync) Create(path string) (writeFile, error) {
	f, err := d.disk.Create(path)
	return unsynced{f}, err
}

type unsynced struct{ writeFile }

func (unsynced) Sync() error { return nil }

// noDirSync believes that a rename lasts.
type noDirSync struct{ disk }

func (noDirSync) SyncDir(string) error { return nil }

// removeThenRename makes room first.
type removeThenRename struct{ disk }

func (d removeThenRename) Rename(from, to string) error {
	if err := d.Remove(to); err != nil {
		return err
	}
	return d.disk.Rename(from, to)
}

// truncateInPlace writes over the only copy.
type truncateInPlace struct{ *journal }

func (d truncateInPlace) Rename(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := d.overwrite(to, data); err != nil {
		return err
	}
	return d.Remove(from)
}

// noReadBack believes what it wrote.
type noReadBack struct {
	disk
	written map[string]*bytes.Buffer
}

func (d noReadBack) Create(path string) (writeFile, error) {
	f, err := d.disk.Create(path)
	d.written[path] = &bytes.Buffer{}
	return remembered{f, d.written[path]}, err
}

func (d noReadBack) Open(path string) (readFile, error) {
	f, err := d.disk.Open(path)
	if err != nil || !strings.HasSuffix(path, tempSuffix) {
		return f, err
	}
	return fromMemory{f, bytes.NewReader(d.written[path].Bytes())}, nil
}

type remembered struct {
	writeFile
	memory *bytes.Buffer
}

func (f remembered) Write(p []byte) (int, error) {
	f.memory.Write(p)
	return f.writeFile.Write(p)
}

type fromMemory struct {
	readFile
	memory io.Reader
}

func (f fromMemory) Read(p []byte) (int, error) { return f.memory.Read(p) }

func TestPlantedBugsArePowerCutVictims(t *testing.T) {
	for name, plant := range map[string]func(*journal) disk{
		"no fsync":           func(j *journal) disk { return noSync{j} },
		"no directory fsync": func(j *journal) disk { return noDirSync{j} },
		"remove then rename": func(j *journal) disk { return removeThenRename{j} },
		"truncate in place":  func(j *journal) disk { return truncateInPlace{j} },
	} {
		caught := 0
		var first error
		states := powerCuts(t, plant, false, func(s scene, found map[string][]byte, saved bool) {
			if err := oldOrNew(s, found, saved); err != nil {
				caught++
				first = err
			}
		})
		if caught == 0 {
			t.Errorf("%s: not caught in %d states", name, states)
		}
		t.Logf("%s: %d of %d states, such as: %v", name, caught, states, first)
	}
}

func TestPlantedMissingReadBackIsCaught(t *testing.T) {
	for _, blind := range []bool{false, true} {
		lying := &tap{disk: osDisk{}, write: func(f io.Writer, p []byte) (int, error) { return f.Write(flipped(p)) }}
		var d disk = lying
		if blind {
			d = noReadBack{lying, map[string]*bytes.Buffer{}}
		}
		s := newScene(t, d)
		err := s.addBank()
		_, lost := Open(s.Path(), s.Identity(), s.now)
		if blind != (err == nil) || blind != (lost != nil) {
			t.Errorf("blind %v: save says %v, reading says %v", blind, err, lost)
		}
	}
}

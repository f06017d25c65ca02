package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// tap is a disk that asks before every call: a test counts, refuses or records.
// Its zero functions let everything pass.
type tap struct {
	disk
	before func(op string, path string) error
	// write replaces the writing of data to the end of the file.
	write func(f io.Writer, data []byte) (int, error)
}

func (d *tap) ask(op, path string) error {
	if d.before == nil {
		return nil
	}
	if err := d.before(op, path); err != nil {
		return &fs.PathError{Op: op, Path: path, Err: err}
	}
	return nil
}

func (d *tap) Resolve(path string) (string, error) {
	if err := d.ask("resolve", path); err != nil {
		return "", err
	}
	return d.disk.Resolve(path)
}

func (d *tap) Stat(path string) (fs.FileInfo, error) {
	if err := d.ask("stat", path); err != nil {
		return nil, err
	}
	return d.disk.Stat(path)
}

func (d *tap) Lstat(path string) (fs.FileInfo, error) {
	if err := d.ask("lstat", path); err != nil {
		return nil, err
	}
	return d.disk.Lstat(path)
}

func (d *tap) Open(path string) (readFile, error) {
	if err := d.ask("open", path); err != nil {
		return nil, err
	}
	f, err := d.disk.Open(path)
	if err != nil {
		return nil, err
	}
	return &tappedReader{f, d, path}, nil
}

func (d *tap) Create(path string) (writeFile, error) {
	if err := d.ask("create", path); err != nil {
		return nil, err
	}
	f, err := d.disk.Create(path)
	if err != nil {
		return nil, err
	}
	return &tappedWriter{f, d, path}, nil
}

func (d *tap) MakeDir(path string) error {
	if err := d.ask("mkdir", path); err != nil {
		return err
	}
	return d.disk.MakeDir(path)
}

func (d *tap) List(path string) ([]string, error) {
	if err := d.ask("list", path); err != nil {
		return nil, err
	}
	return d.disk.List(path)
}

func (d *tap) Link(from, to string) error {
	if err := d.ask("link", to); err != nil {
		return err
	}
	return d.disk.Link(from, to)
}

func (d *tap) Rename(from, to string) error {
	if err := d.ask("rename", to); err != nil {
		return err
	}
	return d.disk.Rename(from, to)
}

func (d *tap) Remove(path string) error {
	if err := d.ask("remove", path); err != nil {
		return err
	}
	return d.disk.Remove(path)
}

func (d *tap) SyncDir(path string) error {
	if err := d.ask("syncdir", path); err != nil {
		return err
	}
	return d.disk.SyncDir(path)
}

func (d *tap) Lock(path string) (func(), error) {
	if err := d.ask("lock", path); err != nil {
		return nil, err
	}
	return d.disk.Lock(path)
}

type tappedReader struct {
	readFile
	tap  *tap
	path string
}

func (f *tappedReader) Read(p []byte) (int, error) {
	if err := f.tap.ask("read", f.path); err != nil {
		return 0, err
	}
	return f.readFile.Read(p)
}

func (f *tappedReader) Stat() (fs.FileInfo, error) {
	if err := f.tap.ask("fstat", f.path); err != nil {
		return nil, err
	}
	return f.readFile.Stat()
}

type tappedWriter struct {
	writeFile
	tap  *tap
	path string
}

func (f *tappedWriter) Write(p []byte) (int, error) {
	if err := f.tap.ask("write", f.path); err != nil {
		return 0, err
	}
	if f.tap.write != nil {
		return f.tap.write(f.writeFile, p)
	}
	return f.writeFile.Write(p)
}

func (f *tappedWriter) Sync() error {
	if err := f.tap.ask("sync", f.path); err != nil {
		return err
	}
	return f.writeFile.Sync()
}

func (f *tappedWriter) Stat() (fs.FileInfo, error) {
	if err := f.tap.ask("fstat", f.path); err != nil {
		return nil, err
	}
	return f.writeFile.Stat()
}

func (f *tappedWriter) Close() error {
	if err := f.tap.ask("close", f.path); err != nil {
		_ = f.writeFile.Close()
		return err
	}
	return f.writeFile.Close()
}

// hasty does not wait for the platter, where that is not the subject.
var hasty = noDirSync{noSync{osDisk{}}}

// scene is a vault with one account on a disk of the test's choosing.
type scene struct {
	*Vault
	dir string
	old []byte
}

func newScene(t *testing.T, d disk) scene {
	t.Helper()
	made := newVault(t)
	add(t, made, github())
	v, err := openOn(d, made.Path(), made.Identity(), made.now)
	if err != nil {
		t.Fatal(err)
	}
	return scene{v, filepath.Dir(made.Path()), mustRead(t, made.Path())}
}

func (s scene) addBank() error {
	return s.Update(func(d *Draft) error { _, err := d.Add(counterAccount()); return err })
}

// onDisk counts the accounts in the file, read by the machine's own disk.
func (s scene) onDisk(t *testing.T) int {
	t.Helper()
	v, err := Open(s.Path(), s.Identity(), s.now)
	if err != nil {
		t.Fatalf("the vault is lost: %v", err)
	}
	return len(v.Accounts())
}

var diskErrors = []syscall.Errno{syscall.EIO, syscall.ENOSPC, syscall.EACCES, syscall.EROFS, syscall.EINTR}

// TestEveryFaultOfASave refuses each call of a save in turn, once and from then
// on, with each error.
func TestEveryFaultOfASave(t *testing.T) {
	t.Parallel()
	calls := callsOfASave(t)
	if len(calls) < 20 {
		t.Fatalf("a save makes only %d calls: %v", len(calls), calls)
	}
	cases := 0
	for n := range calls {
		for _, cause := range diskErrors {
			for _, lasting := range []bool{false, true} {
				cases++
				what := fmt.Sprintf("%s %d: %v, lasting %v", calls[n], n, cause, lasting)
				faultAt(t, what, n, cause, lasting)
			}
		}
	}
	t.Logf("%d calls, %d injections", len(calls), cases)
}

func callsOfASave(t *testing.T) (calls []string) {
	d := &tap{disk: osDisk{}}
	s := newScene(t, d)
	d.before = func(op, _ string) error {
		calls = append(calls, op)
		return nil
	}
	if err := s.addBank(); err != nil {
		t.Fatal(err)
	}
	return calls
}

func faultAt(t *testing.T, what string, at int, cause syscall.Errno, lasting bool) {
	t.Helper()
	d := &tap{disk: hasty}
	s := newScene(t, d)
	n := -1
	d.before = func(string, string) error {
		n++
		if n == at || (lasting && n > at) {
			return cause
		}
		return nil
	}
	err := s.addBank()
	d.before = nil
	switch {
	case err == nil && s.onDisk(t) != 2:
		t.Errorf("%s: saved, but not on disk", what)
	case err == nil:
		return
	case !errors.Is(err, cause) || !strings.Contains(err.Error(), s.dir):
		t.Errorf("%s: the error names neither cause nor path: %v", what, err)
	case len(s.Accounts()) != 1:
		t.Errorf("%s: memory shows what is not saved", what)
	case lasting && s.onDisk(t) == 0:
		t.Errorf("%s: neither old nor new", what)
	case !lasting && !bytes.Equal(mustRead(t, s.Path()), s.old):
		t.Errorf("%s: the file is not byte for byte what it was", what)
	}
	if !lasting {
		noStrays(t, what, s)
	}
	saveAgain(t, what, s)
}

func noStrays(t *testing.T, what string, s scene) {
	t.Helper()
	strays, err := filepath.Glob(filepath.Join(s.dir, ".vault.age.*"+tempSuffix))
	if err != nil || len(strays) != 0 {
		t.Errorf("%s: left %v, %v", what, strays, err)
	}
}

// saveAgain: when the disk is well again, the kept edit can be saved.
func saveAgain(t *testing.T, what string, s scene) {
	t.Helper()
	before := s.onDisk(t)
	if err := s.addBank(); err != nil {
		t.Errorf("%s: saving again: %v", what, err)
		return
	}
	if got := s.onDisk(t); got != before+1 || len(s.Accounts()) != got {
		t.Errorf("%s: %d accounts on disk, %d in memory, want %d", what, got, len(s.Accounts()), before+1)
	}
	noStrays(t, what, s)
}

// TestEveryFaultOfACreation: there is a whole vault or none, and after an error
// none, so that it can be tried again.
func TestEveryFaultOfACreation(t *testing.T) {
	access := Access{Passphrase: []byte(testPassphrase), WorkFactor: lowWork}
	for at := 0; ; at++ {
		d := &tap{disk: hasty}
		n := -1
		d.before = func(string, string) error {
			n++
			if n == at {
				return syscall.ENOSPC
			}
			return nil
		}
		path := filepath.Join(t.TempDir(), "vault.age")
		_, err := create(d, path, access, (&clock{noon}).now)
		if n < at {
			if at < 12 {
				t.Errorf("only %d calls", at)
			}
			return
		}
		if err != nil {
			_, err = create(hasty, path, access, (&clock{noon}).now)
		}
		if err != nil {
			t.Errorf("call %d: creating again: %v", at, err)
		}
		if _, err := Unlock(path, []byte(testPassphrase)); err != nil {
			t.Errorf("call %d: %v", at, err)
		}
	}
}

// TestShortAndLyingWrites: a disk that stores less than it says, or other bytes,
// is found out before the vault is replaced.
func TestShortAndLyingWrites(t *testing.T) {
	for name, write := range map[string]func(io.Writer, []byte) (int, error){
		"short, and says so": func(f io.Writer, p []byte) (int, error) { return f.Write(p[:len(p)/2]) },
		"short, and lies": func(f io.Writer, p []byte) (int, error) {
			_, err := f.Write(p[:len(p)-1])
			return len(p), err
		},
		"nothing, and lies": func(_ io.Writer, p []byte) (int, error) { return len(p), nil },
		"other bytes": func(f io.Writer, p []byte) (int, error) {
			return f.Write(flipped(p))
		},
		"full half-way": func(f io.Writer, p []byte) (int, error) {
			n, _ := f.Write(p[:len(p)/2])
			return n, syscall.ENOSPC
		},
	} {
		d := &tap{disk: osDisk{}, write: write}
		s := newScene(t, d)
		if err := s.addBank(); err == nil {
			t.Errorf("%s: saved", name)
		}
		if !bytes.Equal(mustRead(t, s.Path()), s.old) {
			t.Errorf("%s: the file is not byte for byte what it was", name)
		}
		d.write = nil
		saveAgain(t, name, s)
	}
}

func flipped(p []byte) []byte {
	other := bytes.Clone(p)
	other[len(other)/2] ^= 4
	return other
}

// TestDisksWithLess: file systems without links, without syncing of folders or
// without locks hold a vault, too.
func TestDisksWithLess(t *testing.T) {
	for _, c := range []struct {
		op    string
		error syscall.Errno
	}{
		{"link", syscall.EPERM}, // FAT
		{"link", syscall.ENOTSUP},
	} {
		d := &tap{disk: osDisk{}, before: func(op, _ string) error {
			if op == c.op {
				return c.error
			}
			return nil
		}}
		path := filepath.Join(t.TempDir(), "vault.age")
		v, err := create(d, path, Access{Passphrase: []byte(testPassphrase), WorkFactor: lowWork}, (&clock{noon}).now)
		if err != nil {
			t.Errorf("%s %v: %v", c.op, c.error, err)
			continue
		}
		old := mustRead(t, path)
		add(t, v, github())
		if n := len(reopen(t, v).Accounts()); n != 1 {
			t.Errorf("%s %v: %d accounts, want 1", c.op, c.error, n)
		}
		names := v.at.backupNames()
		if len(names) != 1 || !bytes.Equal(mustRead(t, filepath.Join(v.at.backups(), names[0])), old) {
			t.Errorf("%s %v: the previous vault is not among %v", c.op, c.error, names)
		}
		if _, err := create(d, path, Access{Passphrase: []byte(testPassphrase), WorkFactor: lowWork}, v.now); !errors.Is(err, ErrExists) {
			t.Errorf("%s %v: a second vault over the first: %v", c.op, c.error, err)
		}
	}
	for _, unsupported := range []error{syscall.EINVAL, syscall.ENOTSUP, syscall.ENOSYS} {
		if err := ignoreUnsupported(&os.PathError{Op: "sync", Path: "/", Err: unsupported}); err != nil {
			t.Errorf("a folder that cannot be synced stops a save: %v", err)
		}
	}
	if err := ignoreUnsupported(syscall.EIO); err == nil {
		t.Error("a folder that failed to sync counts as synced")
	}
}

// TestSaveCopy: the disk of the vault is full, another has room; later the copy
// comes home.
func TestSaveCopy(t *testing.T) {
	d := &tap{disk: osDisk{}}
	s := newScene(t, d)
	d.before = func(op, path string) error {
		if op == "write" && strings.HasPrefix(path, s.dir) {
			return syscall.ENOSPC
		}
		return nil
	}
	operation := func(d *Draft) error { _, err := d.Add(counterAccount()); return err }
	if err := s.Update(operation); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the scene is not set: %v", err)
	}
	elsewhere := filepath.Join(t.TempDir(), "stick", "copy.age")
	if err := s.SaveCopy(elsewhere, operation); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Accounts()); n != 1 {
		t.Errorf("%d accounts in the vault, want 1: it was not saved there", n)
	}
	id, err := Unlock(elsewhere, []byte(testPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Open(elsewhere, id, s.now); err != nil || len(again.Accounts()) != 2 {
		t.Errorf("the copy: %v", err)
	}
	if err := s.SaveCopy(elsewhere, operation); !errors.Is(err, ErrExists) {
		t.Errorf("a second copy over the first: %v, want ErrExists", err)
	}
	d.before = nil
	if got, err := s.Merge(elsewhere, Identity{}); err != nil || got.Added != 1 || s.onDisk(t) != 2 {
		t.Errorf("coming home: %+v, %v", got, err)
	}
}

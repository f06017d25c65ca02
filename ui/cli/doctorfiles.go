package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"otpane/ui"
	"otpane/ui/host"
)

// What the doctor finds around the vault: who may read and replace what, what was
// left behind, and who else gets a copy.

// guarded is a file or folder that others have no business with.
type guarded struct {
	path, what string
	shared     bool // a folder that others may look into: it was not made by otpane
}

// files insists on what every save makes: files that their owner alone reads, in
// folders where nobody else can put another in their place.
func (d *patient) files() (found []finding) {
	if runtime.GOOS == "windows" || d.path == "" {
		return nil // its modes say nothing
	}
	looked := 0
	for _, g := range d.guarded() {
		info, err := os.Stat(g.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		looked++
		if err != nil {
			found = append(found, wrong("", "%s cannot be looked at: %v", g.what, err)...)
			continue
		}
		found = append(found, g.faults(info)...)
	}
	if len(found) == 0 && looked > 0 {
		return fine("%s for you alone", count(looked, "file or folder is", "files and folders are"))
	}
	return found
}

func (d *patient) guarded() []guarded {
	all := []guarded{
		{path: d.parts.File, what: "the vault"},
		{path: d.parts.Folder, what: "the vault's folder", shared: d.parts.Folder != filepath.Dir(d.usual().path)},
		{path: d.parts.Backups, what: "the folder of backups"},
		{path: filepath.Dir(filepath.Dir(d.markFile(d.path))), what: "the folder of what otpane remembers"},
	}
	for _, file := range d.parts.Copies {
		all = append(all, guarded{path: file, what: "a backup"})
	}
	for _, file := range d.keyFiles() {
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			all = append(all, guarded{path: file, what: "what opens the vault"})
		}
	}
	return all
}

// keyFiles are the files that this run was told to open the vault with.
func (d *patient) keyFiles() (files []string) {
	k, err := d.keys()
	if err != nil {
		return nil
	}
	for _, file := range []string{k.passphraseFile, k.identityFile, d.choose(d.keyFlag, "OTPANE_DETACHED_KEY")} {
		if file != "" {
			files = append(files, absolute(file))
		}
	}
	return files
}

func (g guarded) faults(info fs.FileInfo) []finding {
	mode, right := info.Mode(), "600"
	if info.IsDir() {
		right = "700"
	}
	mend := shellCommand("chmod "+right, g.path)
	sticky := mode&fs.ModeSticky != 0
	switch {
	case !host.Owned(info) && !(info.IsDir() && sticky):
		return wrong("", "%s belongs to another user, who can replace it: %s", g.what, g.path)
	case info.IsDir() && mode.Perm()&0o022 != 0 && !sticky:
		return wrong(mend, "others may put files into %s, and so another in the place of yours", g.what)
	case !info.IsDir() && mode.Perm()&0o077 != 0:
		return wrong(mend, "others may read %s (mode %04o)", g.what, mode.Perm())
	case info.IsDir() && mode.Perm()&0o077 != 0 && !g.shared:
		return worthDoing(mend, "others may look into %s (mode %04o)", g.what, mode.Perm())
	}
	return nil
}

// links are where a path leads elsewhere. A vault behind a link is somebody's choice;
// the others, otpane never makes.
func (d *patient) links() (found []finding) {
	if d.path == "" {
		return nil
	}
	if isLink(d.parts.Lock) {
		found = append(found, wrong(shellCommand("rm", d.parts.Lock), "the lock file is a link: no save follows it")...)
	}
	for _, path := range slices.Concat([]string{d.parts.Backups}, d.parts.Copies) {
		if isLink(path) {
			found = append(found, worthDoing("", "%s is a link, which otpane did not make", path)...)
		}
	}
	switch {
	case len(found) > 0:
		return found
	case !samePath(d.path, d.parts.File):
		return fine("%s leads to %s", filepath.Base(d.path), d.parts.File)
	}
	return fine("none")
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// abandoned is how old a temporary file has to be before nobody is at it any more.
const abandoned = 10 * time.Minute

// leftovers are temporary files of runs that were killed.
func (d *patient) leftovers() []finding {
	left := slices.Clone(d.parts.Strays)
	for _, pattern := range []string{
		filepath.Join(filepath.Dir(d.settingsPath()), ".otpane-*"),
		filepath.Join(filepath.Dir(filepath.Dir(d.markFile(d.path))), "*", ".otpane-*"),
		filepath.Join(cmp.Or(d.Getenv("XDG_RUNTIME_DIR"), os.TempDir()), "otpane-[0-9]*"),
		filepath.Join(os.TempDir(), "otpane-[0-9]*"),
	} {
		matches, _ := filepath.Glob(pattern) // fails only for a malformed pattern
		left = append(left, matches...)
	}
	slices.Sort(left)
	left = slices.DeleteFunc(slices.Compact(left), func(path string) bool {
		info, err := os.Lstat(path)
		agents := filepath.Base(path) == fmt.Sprintf("otpane-%d", os.Geteuid()) // its folder where there is no XDG_RUNTIME_DIR
		return err != nil || agents || !host.Owned(info) || d.now.Sub(info.ModTime()) < abandoned
	})
	if len(left) > 0 {
		return worthDoing(shellCommand("rm -r", left...), "%s of a run that was killed", count(len(left), "temporary file", "temporary files"))
	}
	return fine("none")
}

// exports hold keys readable until they are gone.
func (d *patient) exports() []finding {
	if d.path == "" {
		return nil
	}
	files := d.readableExports(d.path)
	if len(files) == 0 {
		return fine("none in plain text that was written here")
	}
	var names, services []string
	for _, file := range files {
		names = append(names, filepath.Base(file))
		if service := ui.SyncedBy(file); service != "" && !slices.Contains(services, service) {
			services = append(services, service)
		}
	}
	synced := ""
	if len(services) > 0 {
		synced = "; " + strings.Join(services, ", ") + " may have copies"
	}
	return wrong(shellCommand("rm", files...), "%s in plain text: %s%s", count(len(files), "file holds your keys", "files hold your keys"), several(names), synced)
}

// synced says which services get the vault, and whether they get what opens it, too.
func (d *patient) synced() (found []finding) {
	if d.path == "" {
		return nil
	}
	service := ui.SyncedBy(d.parts.File)
	for _, file := range d.keyFiles() {
		switch by := ui.SyncedBy(file); {
		case by != "" && by == service:
			found = append(found, wrong("", "%s has the vault and what opens it: move %s away, and let other keys open the vault", by, filepath.Base(file))...)
		case by != "":
			found = append(found, worthDoing("", "%s has what opens the vault: %s", by, filepath.Base(file))...)
		case file == absolute(d.choose(d.keyFlag, "OTPANE_DETACHED_KEY")) && filepath.Dir(file) == d.parts.Folder:
			found = append(found, worthDoing("", "the key file lies beside the vault: who takes the folder has both")...)
		}
	}
	switch {
	case len(found) > 0:
		return found
	case service != "":
		return fine("%s has the vault, encrypted; copies that part are merged by `otpane merge`", service)
	}
	return fine("no service that is known by its folder's name")
}

// roomForSaves: a save writes the vault anew beside the old one; some room is for
// whatever else comes.
const (
	roomForSaves = 64 << 10
	littleRoom   = 16 << 20
)

func (d *patient) disk() []finding {
	if d.path == "" {
		return nil
	}
	free, known := d.machine.free(existing(d.parts.Folder))
	need := uint64(roomForSaves)
	if info, err := os.Stat(d.parts.File); err == nil {
		need += 2 * uint64(info.Size())
	}
	switch {
	case !known:
		return nil
	case free < need:
		return wrong("", "%s free beside the vault: nothing can be saved", bytesFree(free))
	case free < littleRoom:
		return worthDoing("", "%s free beside the vault", bytesFree(free))
	}
	return fine("%s free beside the vault", bytesFree(free))
}

// existing is the folder, or what there is of the way to it.
func existing(folder string) string {
	for {
		_, err := os.Stat(folder)
		above := filepath.Dir(folder)
		if err == nil || above == folder {
			return folder
		}
		folder = above
	}
}

func bytesFree(n uint64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/adrg/xdg"

	"otpane/ui"
)

// maxListed bounds how much of a folder is looked at.
const maxListed = 20_000

// list names the files and folders in a folder. Devices, pipes and links that lead
// nowhere are left out: nothing can be imported from them, and a pipe would hang.
func list(ctx context.Context, folder string) ([]ui.File, error) {
	folder = expandHome(folder)
	dir, err := os.Open(folder)
	if err != nil {
		return nil, readFault(folder, err)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(maxListed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, readFault(folder, err)
	}
	var files []ui.File
	for _, entry := range entries {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		info, err := entry.Info()
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			info, err = os.Stat(filepath.Join(folder, entry.Name()))
		}
		if err == nil && (info.IsDir() || info.Mode().IsRegular()) {
			files = append(files, ui.File{Name: entry.Name(), Dir: info.IsDir(), Size: info.Size(), Time: info.ModTime()})
		}
	}
	return files, nil
}

// places are the folders where pictures land, those for screenshots first, and the
// one that otpane was started in. What is not there is left out.
func (p *program) places() (places []string) {
	home, _ := os.UserHomeDir()
	for _, folder := range p.likely() {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() || folder == "" {
			continue
		}
		if folder = tilde(home, folder); !slices.Contains(places, folder) {
			places = append(places, folder)
		}
	}
	return places
}

func (p *program) likely() []string {
	pictures, desktop := xdg.UserDirs.Pictures, xdg.UserDirs.Desktop
	likely := []string{
		p.Getenv("XDG_SCREENSHOTS_DIR"),
		filepath.Join(pictures, "Screenshots"),
		pictures, xdg.UserDirs.Download, desktop,
	}
	switch runtime.GOOS {
	case "darwin":
		likely = append([]string{desktop}, likely...)
	case "windows":
		likely = append([]string{filepath.Join(p.Getenv("OneDrive"), "Pictures", "Screenshots")}, likely...)
	}
	here, err := os.Getwd()
	if err != nil {
		return likely
	}
	return append(likely, here)
}

// tilde writes a folder below the home as people do.
func tilde(home, folder string) string {
	if rest, below := strings.CutPrefix(folder, home+"/"); below && home != "" {
		return "~/" + rest
	}
	return folder // on Windows, too: a tilde means nothing there
}

package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Screen takes pictures of what the screen of this session shows, by the
// desktop's own small programs. The picture comes through a pipe. A program that
// insists on a file, or makes one on its way, does so in a folder of the owner
// alone, on a file system in memory, and the folder is gone before Take returns.
//
// The portal of the desktops (org.freedesktop.portal.Screenshot) is not asked: it
// leaves its picture among the user's own, where a synchroniser may be waiting.
type Screen struct {
	programs programs
	goos     string
}

var (
	// ErrNoScreen says that no program here can take the picture.
	ErrNoScreen = errors.New("no way to the screen")
	// ErrNothingSelected says that the user gave up selecting a part.
	ErrNothingSelected = errors.New("no part of the screen was selected")
)

const (
	screenPatience = 15 * time.Second // for a program that needs nobody
	selectPatience = 2 * time.Minute  // for one that waits until a part is selected
)

// NewScreen returns the screen of the session that getenv describes.
func NewScreen(getenv func(string) string) *Screen {
	return &Screen{programs{getenv: getenv, patience: screenPatience}, runtime.GOOS}
}

// A camera is one program that takes the screen.
type camera struct {
	whole []string // prints the picture, or writes it where ownFile stands
	part  []string // the same after the user has selected a part; nil if it cannot
	frame []string // prints the part for itsFrame, where another program selects it
}

// Words of a camera's command that are filled in when it runs.
const (
	ownDir   = "{dir}"
	ownFile  = ownDir + "/screen.png"
	itsFrame = "{frame}"
)

var (
	grim = camera{
		whole: []string{"grim", "-l", "1", "-"},
		frame: []string{"slurp"}, part: []string{"grim", "-l", "1", "-g", itsFrame, "-"},
	}
	gnome = camera{
		whole: []string{"gnome-screenshot", "--file", ownFile},
		part:  []string{"gnome-screenshot", "--area", "--file", ownFile},
	}
	spectacle = camera{
		whole: []string{"spectacle", "--background", "--nonotify", "--fullscreen", "--output", ownFile},
		part:  []string{"spectacle", "--background", "--nonotify", "--region", "--output", ownFile},
	}
	maim  = camera{whole: []string{"maim", "-u"}, part: []string{"maim", "-u", "-s"}}
	scrot = camera{whole: []string{"scrot", "-"}, part: []string{"scrot", "-s", "-"}}
	// ImageMagick keeps a copy on the disk while it writes to a pipe.
	imageMagick = camera{
		whole: []string{"import", "-define", "registry:temporary-path=" + ownDir, "-silent", "-window", "root", "png:-"},
		part:  []string{"import", "-define", "registry:temporary-path=" + ownDir, "-silent", "png:-"},
	}
	// screencapture writes to no pipe; -x keeps its shutter quiet.
	screencapture = camera{
		whole: []string{"screencapture", "-x", "-t", "png", ownFile},
		part:  []string{"screencapture", "-x", "-i", "-t", "png", ownFile},
	}
	powerShellScreen = camera{whole: powerShell(
		"Add-Type -AssemblyName System.Windows.Forms, System.Drawing;" +
			"$s = [Windows.Forms.SystemInformation]::VirtualScreen;" +
			"$p = New-Object Drawing.Bitmap $s.Width, $s.Height;" +
			"[Drawing.Graphics]::FromImage($p).CopyFromScreen($s.Location, [Drawing.Point]::Empty, $s.Size);" +
			"$m = New-Object IO.MemoryStream; $p.Save($m, [Drawing.Imaging.ImageFormat]::Png);" +
			"$m.WriteTo([Console]::OpenStandardOutput())")}
)

// Take returns a picture of the whole screen, or of the part that the user
// selects, as the bytes of a PNG file. A program that fails gives place to the
// next; giving up ends all.
func (s *Screen) Take(ctx context.Context, whole bool) ([]byte, error) {
	err := s.missing()
	for _, c := range s.cameras() {
		if !whole && !s.selects(c) {
			continue
		}
		var picture []byte
		if picture, err = s.run(ctx, c, whole); err == nil {
			return picture, nil
		}
		if errors.Is(err, ErrNothingSelected) || ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

// Ready reports whether a picture can be taken, and whether of a selected part. The
// error names what to install.
func (s *Screen) Ready() (parts bool, err error) {
	cameras := s.cameras()
	if len(cameras) == 0 {
		return false, s.missing()
	}
	for _, c := range cameras {
		parts = parts || s.selects(c)
	}
	return parts, nil
}

// cameras lists the programs that are here, best first: of this session's own
// desktop, printing before writing.
func (s *Screen) cameras() (here []camera) {
	for _, c := range s.known() {
		if s.programs.have(c.whole[0]) && (!needsFolder(c.whole) || s.memory() != "") {
			here = append(here, c)
		}
	}
	return here
}

// known are the programs that could take this session's screen; none over SSH,
// where the person looks at another one.
func (s *Screen) known() (known []camera) {
	switch getenv := s.programs.getenv; {
	case remoteSession(getenv):
		return nil
	case s.goos == "windows":
		return []camera{powerShellScreen}
	case s.goos == "darwin":
		return []camera{screencapture}
	default:
		if getenv("WAYLAND_DISPLAY") != "" {
			known = append(known, grim, gnome, spectacle)
		}
		if getenv("DISPLAY") != "" && getenv("WAYLAND_DISPLAY") == "" { // XWayland shows a black screen
			known = append(known, maim, scrot, imageMagick, gnome, spectacle)
		}
		if getenv("WSL_DISTRO_NAME") != "" {
			known = append(known, powerShellScreen)
		}
		return known
	}
}

// missing says why there is no camera, and which one would do.
func (s *Screen) missing() error {
	getenv := s.programs.getenv
	switch {
	case remoteSession(getenv):
		return fmt.Errorf("%w: over SSH the screen is another machine's", ErrNoScreen)
	case getenv("WAYLAND_DISPLAY") != "":
		return fmt.Errorf("%w: install %s", ErrNoScreen, waylandCamera(getenv("XDG_CURRENT_DESKTOP")))
	case getenv("DISPLAY") != "":
		return fmt.Errorf("%w: install maim, scrot or ImageMagick", ErrNoScreen)
	}
	return fmt.Errorf("%w: there is no desktop in this session", ErrNoScreen)
}

// waylandCamera is what a desktop lets take its screen; most keep others out.
func waylandCamera(desktop string) string {
	switch {
	case strings.Contains(desktop, "GNOME"):
		return "gnome-screenshot"
	case strings.Contains(desktop, "KDE"):
		return "spectacle"
	}
	return "grim and slurp"
}

func (s *Screen) selects(c camera) bool {
	return c.part != nil && (c.frame == nil || s.programs.have(c.frame[0]))
}

// run takes one picture with one program.
func (s *Screen) run(ctx context.Context, c camera, whole bool) ([]byte, error) {
	argv, p := c.whole, s.programs
	if !whole {
		argv, p.patience = c.part, max(selectPatience, p.patience)
	}
	if !whole && c.frame != nil {
		frame, err := selectFrame(ctx, p, c.frame)
		if err != nil {
			return nil, err
		}
		argv = filled(argv, itsFrame, frame)
	}
	picture, err := s.picture(ctx, p, argv)
	if err == nil && !bytes.HasPrefix(picture, []byte("\x89PNG\r\n\x1a\n")) {
		err = fmt.Errorf("%s: gave no picture", programName(argv))
	}
	if !whole && gaveUp(err) {
		return nil, ErrNothingSelected
	}
	return picture, err
}

// frames is what slurp prints: "x,y WIDTHxHEIGHT". Nothing else becomes an argument.
var frames = regexp.MustCompile(`^-?[0-9]{1,6},-?[0-9]{1,6} [0-9]{1,6}x[0-9]{1,6}$`)

func selectFrame(ctx context.Context, p programs, argv []string) (string, error) {
	printed, err := p.read(ctx, argv, 64)
	frame := strings.TrimSpace(string(printed))
	switch {
	case gaveUp(err):
		return "", ErrNothingSelected
	case err != nil:
		return "", err
	case !frames.MatchString(frame):
		return "", fmt.Errorf("%s: printed no part of the screen", programName(argv))
	}
	return frame, nil
}

// gaveUp recognises a selection that the user ended: by the words of slurp, maim
// and scrot, or by the file that gnome-screenshot, spectacle and screencapture do
// not write then. Every exit status is used for other troubles too.
func gaveUp(err error) bool {
	return errors.Is(err, errNoFile) || err != nil && strings.Contains(strings.ToLower(err.Error()), "cancel")
}

var errNoFile = errors.New("wrote no picture")

// picture runs argv and returns what it prints, or what it wrote.
func (s *Screen) picture(ctx context.Context, p programs, argv []string) ([]byte, error) {
	if !needsFolder(argv) {
		return p.read(ctx, argv, maxPicture)
	}
	dir, err := os.MkdirTemp(s.memory(), "otpane-") // 0700
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	printed, err := p.read(ctx, filled(argv, ownDir, dir), maxPicture)
	if err != nil || !slices.Contains(argv, ownFile) {
		return printed, err
	}
	picture, err := readBounded(filled([]string{ownFile}, ownDir, dir)[0], maxPicture)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", programName(argv), errNoFile)
	}
	return picture, err
}

// memory is a folder on a file system in memory that is the user's own; on macOS,
// which has none, the user's own folder for temporary files. Empty if there is none.
func (s *Screen) memory() string {
	dir := s.programs.getenv("XDG_RUNTIME_DIR")
	if s.goos == "darwin" {
		dir = s.programs.getenv("TMPDIR")
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() || !filepath.IsAbs(dir) {
		return ""
	}
	return dir
}

func readBounded(file string, limit int) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && len(data) > limit {
		return nil, fmt.Errorf("picture of the screen: %w", errTooMuch)
	}
	return data, err
}

func needsFolder(argv []string) bool {
	return slices.ContainsFunc(argv, func(arg string) bool { return strings.Contains(arg, ownDir) })
}

// filled puts value where word stands. Each argument stays one: no shell reads it.
func filled(argv []string, word, value string) []string {
	full := slices.Clone(argv)
	for i := range full {
		full[i] = strings.ReplaceAll(full[i], word, value)
	}
	return full
}

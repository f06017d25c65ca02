//go:build unix

package host

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Each program on a real X server, with a picture shown on it: what is taken is
// what is shown, and nothing is left on any file system.
func TestTheScreenOfX11(t *testing.T) {
	need(t, "feh")
	shown := filepath.Join(t.TempDir(), "shown.png")
	writeFile(t, shown, stripes(t), 0o600)
	for _, tool := range []string{"maim", "scrot", "import"} {
		t.Run(tool, func(t *testing.T) {
			path := only(t, tool)
			display := xScreen(t, "320x240x24")
			start(t, showing(display, shown))
			memory := t.TempDir()
			s := NewScreen(environment("PATH="+path, "DISPLAY="+display, "HOME="+t.TempDir(), "XDG_RUNTIME_DIR="+memory, "TMPDIR="+filepath.Join(memory, "none")))
			if parts, err := s.Ready(); err != nil || !parts {
				t.Fatalf("parts %v, %v", parts, err)
			}
			await(t, "the picture on the screen", func() bool {
				taken, err := s.Take(t.Context(), true)
				if err != nil {
					t.Fatal(err)
				}
				return striped(t, taken)
			})
			if left, err := os.ReadDir(memory); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func showing(display, picture string) *exec.Cmd {
	command := exec.Command("feh", "--fullscreen", "--no-fehbg", picture)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "DISPLAY=" + display, "HOME=" + filepath.Dir(picture)}
	return command
}

// stripes are red and blue, 40 pixels each: as wide as the server's screen.
func stripes(t *testing.T) string {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for i := range 320 * 240 {
		picture.Set(i%320, i/320, stripe(i%320))
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

func stripe(x int) color.RGBA {
	if x/40%2 == 0 {
		return color.RGBA{R: 255, A: 255}
	}
	return color.RGBA{B: 255, A: 255}
}

func striped(t *testing.T, data []byte) bool {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for x := 20; x < 320; x += 40 {
		r, _, b, _ := picture.At(x, 120).RGBA()
		if want := stripe(x); r>>8 != uint32(want.R) || b>>8 != uint32(want.B) {
			return false
		}
	}
	return picture.Bounds().Dx() == 320
}

// The same on a real Wayland compositor; its screen is empty, but it is one.
func TestTheScreenOfWayland(t *testing.T) {
	need(t, "grim")
	runtimeDir, display := compositor(t)
	s := NewScreen(environment("PATH="+only(t, "grim"), "WAYLAND_DISPLAY="+display, "XDG_RUNTIME_DIR="+runtimeDir))
	if parts, err := s.Ready(); err != nil || parts {
		t.Errorf("without slurp: parts %v, %v", parts, err)
	}
	taken, err := s.Take(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(taken)); err != nil {
		t.Error(err)
	}
}

// picturePrinter is a shell command that prints the beginning of a PNG.
const picturePrinter = `printf '\211PNG\r\n\032\n'; printf`

func TestASelectedPart(t *testing.T) {
	for name, c := range map[string]struct {
		env     string
		scripts map[string]string
		want    string // after the PNG's beginning
	}{
		"wayland": {"WAYLAND_DISPLAY=w", map[string]string{"slurp": `echo "10,-20 30x40"`, "grim": picturePrinter + ` "%s|" "$@"`}, "-l|1|-g|10,-20 30x40|-|"},
		"x11":     {"DISPLAY=:9", map[string]string{"maim": picturePrinter + ` "%s|" "$@"`}, "-u|-s|"},
		"gnome": {"WAYLAND_DISPLAY=w", map[string]string{
			"grim":             `echo "compositor doesn't support the screencopy protocol" >&2; exit 1`,
			"slurp":            `echo "compositor doesn't support the layer shell" >&2; exit 1`,
			"gnome-screenshot": `for file; do :; done; { ` + picturePrinter + ` "%s|" "$1"; stat -c %a "$(dirname "$file")" | tr -d '\n'; } > "$file"`}, "--area|700"},
	} {
		t.Run(name, func(t *testing.T) {
			memory := t.TempDir()
			s := NewScreen(environment("PATH="+scripts(t, c.scripts), c.env, "XDG_RUNTIME_DIR="+memory))
			s.goos = "linux"
			taken, err := s.Take(t.Context(), false)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimPrefix(string(taken), "\x89PNG\r\n\x1a\n"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if left, err := os.ReadDir(memory); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// Who gives up selecting is not asked again by the next program.
func TestGivingUpASelection(t *testing.T) {
	next := picturePrinter + ` x`
	for name, c := range map[string][2]string{
		"slurp":            {"WAYLAND_DISPLAY=w", `echo "selection cancelled" >&2; exit 1`},
		"maim":             {"DISPLAY=:9", `echo "Selection was cancelled by keystroke or right-click." >&2; exit 1`},
		"gnome-screenshot": {"WAYLAND_DISPLAY=w", `exit 0`},
	} {
		programs := map[string]string{"spectacle": next, "scrot": next, name: c[1]}
		if name == "slurp" {
			programs["grim"] = next
		}
		s := NewScreen(environment("PATH="+scripts(t, programs), c[0], "XDG_RUNTIME_DIR="+t.TempDir()))
		s.goos = "linux"
		if taken, err := s.Take(t.Context(), false); !errors.Is(err, ErrNothingSelected) {
			t.Errorf("%s: %q, %v", name, taken, err)
		}
	}
}

// What slurp prints becomes an argument, so only a place and a size may.
func TestOnlyAFrameBecomesAnArgument(t *testing.T) {
	path := scripts(t, map[string]string{"slurp": `echo "-o /tmp/x"`, "grim": picturePrinter + ` x`})
	s := NewScreen(environment("PATH="+path, "WAYLAND_DISPLAY=w"))
	s.goos = "linux"
	if taken, err := s.Take(t.Context(), false); err == nil {
		t.Errorf("taken: %q", taken)
	}
}

// Leaving ends the program and removes what it had begun to write.
func TestACancelledPictureLeavesNothing(t *testing.T) {
	memory := t.TempDir()
	path := scripts(t, map[string]string{"spectacle": `for file; do :; done; echo half > "$file"; exec sleep 60`})
	s := NewScreen(environment("PATH="+path, "WAYLAND_DISPLAY=w", "XDG_RUNTIME_DIR="+memory))
	s.goos = "linux"
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { _, err := s.Take(ctx, true); ended <- err }()
	half := func() bool {
		found, err := filepath.Glob(filepath.Join(memory, "*", "screen.png"))
		return err == nil && len(found) == 1
	}
	await(t, "half a picture", half)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(memory); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// ImageMagick copies what it prints to a file first: in memory, and in a folder of
// the owner alone.
func TestImageMagickKeepsItsCopyInMemory(t *testing.T) {
	path := scripts(t, map[string]string{"import": picturePrinter + ` "$(case "$2" in registry:temporary-path="$XDG_RUNTIME_DIR"/otpane-*) stat -c %a "${2#*=}" ;; esac)"`})
	for _, whole := range []bool{true, false} {
		s := NewScreen(environment("PATH="+path, "DISPLAY=:9", "XDG_RUNTIME_DIR="+t.TempDir()))
		s.goos = "linux"
		taken, err := s.Take(t.Context(), whole)
		if err != nil || !strings.HasSuffix(string(taken), "\n700") {
			t.Errorf("whole %v: %q, %v", whole, taken, err)
		}
	}
}

// The display of an SSH session is forwarded, or nobody's who is here.
func TestNoScreenOverSSH(t *testing.T) {
	path := scripts(t, map[string]string{"maim": picturePrinter + ` x`})
	s := NewScreen(environment("PATH="+path, "DISPLAY=:9", "SSH_CONNECTION=10.0.0.1 1 10.0.0.2 22"))
	s.goos = "linux"
	if taken, err := s.Take(t.Context(), true); !errors.Is(err, ErrNoScreen) {
		t.Errorf("%q, %v", taken, err)
	}
}

func TestAFloodIsNoScreen(t *testing.T) {
	path := scripts(t, map[string]string{"maim": `exec cat /dev/zero`})
	s := NewScreen(environment("PATH="+path, "DISPLAY=:9"))
	s.goos, s.programs.patience = "linux", patience
	if _, err := s.Take(t.Context(), true); !errors.Is(err, errTooMuch) {
		t.Errorf("error %v", err)
	}
}

func TestWithoutACameraItSaysWhatToInstall(t *testing.T) {
	path := scripts(t, map[string]string{"spectacle": picturePrinter + ` x`})
	for env, want := range map[string]string{
		"WAYLAND_DISPLAY=w": "install grim and slurp",
		"WAYLAND_DISPLAY=w XDG_CURRENT_DESKTOP=ubuntu:GNOME": "install gnome-screenshot",
		"WAYLAND_DISPLAY=w XDG_CURRENT_DESKTOP=KDE":          "install spectacle",
		"DISPLAY=:9":                 "install maim",
		"DISPLAY=:9 SSH_TTY=/dev/p0": "over SSH",
		"TERM=xterm":                 "no desktop",
	} {
		s := NewScreen(environment(append(strings.Fields(env), "PATH="+path)...)) // spectacle needs a file, and there is no place for one
		s.goos = "linux"
		_, ready := s.Ready()
		_, taken := s.Take(t.Context(), true)
		for _, err := range []error{ready, taken} {
			if !errors.Is(err, ErrNoScreen) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", env, err)
			}
		}
	}
}

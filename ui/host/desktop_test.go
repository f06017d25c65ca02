//go:build unix

package host

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The desktop's clipboard, on a real X server: copied text arrives, ours is
// cleared, somebody else's survives.
func TestX11(t *testing.T) {
	display := xServer(t)
	for _, tool := range []string{"xclip", "xsel"} {
		t.Run(tool, func(t *testing.T) {
			testDesktop(t, tool, "PATH="+only(t, tool), "DISPLAY="+display, "HOME="+t.TempDir())
		})
	}
	t.Run("picture", func(t *testing.T) {
		testPicture(t, []string{"xclip", "-selection", "clipboard", "-t", "image/png"},
			"PATH="+only(t, "xclip"), "DISPLAY="+display)
	})
}

// The same on a real Wayland compositor without a screen.
func TestWayland(t *testing.T) {
	runtimeDir, display := compositor(t)
	env := []string{"PATH=" + os.Getenv("PATH"), "WAYLAND_DISPLAY=" + display, "XDG_RUNTIME_DIR=" + runtimeDir}
	testDesktop(t, "wl-copy", env...)
	t.Run("picture", func(t *testing.T) { testPicture(t, []string{"wl-copy", "--type", "image/png"}, env...) })
}

func testDesktop(t *testing.T, tool string, env ...string) {
	clipboard := NewClipboard(environment(env...), nil)
	other := NewClipboard(environment(env...), nil)

	receipt, err := clipboard.Copy(t.Context(), "492039")
	if err != nil || receipt != (Receipt{By: tool, Confirmed: true, Clears: true}) {
		t.Fatalf("%+v, %v", receipt, err)
	}
	if got := contents(t, clipboard); got != "492039" {
		t.Fatalf("a confirmed copy, and the clipboard holds %q", got)
	}

	if _, err := other.Copy(t.Context(), "written by hand"); err != nil {
		t.Fatal(err)
	}
	mustClear(t, clipboard, "492039")
	mustHold(t, clipboard, "written by hand")

	if _, err := clipboard.Copy(t.Context(), "550317"); err != nil {
		t.Fatal(err)
	}
	mustHold(t, clipboard, "550317")
	mustClear(t, clipboard, "492039") // an older copy's turn to be cleared
	mustHold(t, clipboard, "550317")
	mustClear(t, clipboard, "550317")
	mustHold(t, clipboard, "")
	mustClear(t, clipboard, "550317") // nothing is left to clear
}

func mustClear(t *testing.T, c *Clipboard, text string) {
	t.Helper()
	if err := c.Clear(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// mustHold waits for what a program of the desktop would paste.
func mustHold(t *testing.T, c *Clipboard, want string) {
	t.Helper()
	await(t, fmt.Sprintf("%q on the clipboard", want), func() bool { return contents(t, c) == want })
}

func contents(t *testing.T, c *Clipboard) string {
	t.Helper()
	s := c.ways()[0].(selection)
	got, _ := s.programs.read(t.Context(), s.paste, 1000) // fails for an empty clipboard
	return string(got)
}

func testPicture(t *testing.T, copyPicture []string, env ...string) {
	clipboard := NewClipboard(environment(env...), nil)
	if _, err := clipboard.Copy(t.Context(), "no picture"); err != nil {
		t.Fatal(err)
	}
	if got, err := clipboard.Picture(t.Context()); !errors.Is(err, ErrNoPicture) {
		t.Fatalf("text on the clipboard: %d bytes, %v", len(got), err)
	}
	want := screenshot(t)
	if err := clipboard.programs.feed(t.Context(), copyPicture, want); err != nil {
		t.Fatal(err)
	}
	await(t, "the picture", func() bool {
		got, err := clipboard.Picture(t.Context())
		return err == nil && string(got) == want
	})
}

func TestAPictureNeedsADesktop(t *testing.T) {
	for _, env := range []string{"TERM=xterm", "DISPLAY=:9 SSH_TTY=/dev/pts/0", "DISPLAY=:9"} {
		pairs := strings.Fields(env)
		if strings.Contains(env, "SSH") {
			pairs = append(pairs, "PATH="+scripts(t, map[string]string{"xclip": "echo picture"}))
		}
		if _, err := NewClipboard(environment(pairs...), nil).Picture(t.Context()); !errors.Is(err, ErrNoClipboard) {
			t.Errorf("%s: %v", env, err)
		}
	}
}

// The buffer is the one that the paste key pastes, and only ours is deleted.
func TestTmux(t *testing.T) {
	server := tmuxServer(t)
	clipboard := NewClipboard(environment("PATH="+only(t, "tmux"), "TMUX="+server.socket+",1,0", "TERM=tmux-256color"), nil)

	receipt, err := clipboard.Copy(t.Context(), "492039")
	if err != nil || receipt != (Receipt{By: "tmux"}) {
		t.Fatalf("%+v, %v", receipt, err)
	}
	if got := server.run(t, "show-buffer"); got != "492039" {
		t.Fatalf("the newest buffer holds %q", got)
	}
	server.run(t, "set-buffer", "650321") // as long as ours, and newer
	server.run(t, "set-buffer", "-b", "odd name", "words")

	if err := clipboard.Clear(t.Context(), "492039"); err != nil {
		t.Fatal(err)
	}
	if got := server.run(t, "list-buffers", "-F", "#{buffer_sample}"); got != "words\n650321\n" && got != "650321\nwords\n" {
		t.Errorf("buffers left: %q", got)
	}
	if err := clipboard.Clear(t.Context(), "492039"); err != nil {
		t.Errorf("cleared before: %v", err)
	}
	server.run(t, "kill-server")
	if err := clipboard.Clear(t.Context(), "492039"); err != nil {
		t.Errorf("server gone: %v", err)
	}
}

// What tmux and screen hand to the terminal they run in is the plain sequence.
func TestTheTerminalGetsTheSequence(t *testing.T) {
	text := strings.Repeat("492039 ", 50)
	want := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(text))
	emitted := func(t *testing.T, env ...string) (file string) {
		receipt, err := NewClipboard(environment(env...), nil).Copy(t.Context(), text)
		if err != nil || receipt.Emit == "" {
			t.Fatalf("%+v, %v", receipt, err)
		}
		file = filepath.Join(t.TempDir(), "emitted")
		writeFile(t, file, receipt.Emit, 0o600)
		return file
	}
	t.Run("through tmux", func(t *testing.T) {
		need(t, "tmux")
		dir := t.TempDir()
		config, socket := filepath.Join(dir, "conf"), shortDir(t)+"/s"
		writeFile(t, config, "set -g allow-passthrough on\n", 0o600)
		p := openPaneWith(t, exec.Command("tmux", "-S", socket, "-f", config, "new-session",
			"echo ready; while read go; do cat "+emitted(t, "TMUX=s", "TERM=tmux")+"; done"), "TERM=xterm-256color", "TMUX=")
		t.Cleanup(func() { _ = exec.Command("tmux", "-S", socket, "kill-server").Run() })
		p.await("ready")
		looks := 0
		await(t, "the sequence", func() bool { // tmux drops it while it has yet to redraw
			if looks%200 == 0 {
				p.write("\r")
			}
			looks++
			return p.shows(want)
		})
	})
	t.Run("by tmux itself", func(t *testing.T) {
		need(t, "tmux")
		socket := shortDir(t) + "/s"
		p := openPaneWith(t, exec.Command("tmux", "-S", socket, "-f", os.DevNull, "new-session", "echo ready; exec cat"),
			"TERM=xterm-256color", "TMUX=")
		t.Cleanup(func() { _ = exec.Command("tmux", "-S", socket, "kill-server").Run() })
		p.await("ready")
		clipboard := NewClipboard(environment("PATH="+only(t, "tmux"), "TMUX="+socket+",1,0", "TMUX_PANE=%0"), nil)
		if receipt, err := clipboard.Copy(t.Context(), text); err != nil || receipt.By != "tmux" {
			t.Fatalf("%+v, %v", receipt, err)
		}
		p.await(strings.Replace(want, ";c;", ";;", 1)) // tmux names no selection, which means the same
	})
	t.Run("through screen", func(t *testing.T) {
		need(t, "screen")
		p := openPaneWith(t, exec.Command("screen", "-c", os.DevNull, "sh", "-c",
			"echo ready; read go; cat "+emitted(t, "STY=s", "TERM=screen")+"; exec cat"), "TERM=xterm", "SCREENDIR="+shortDir(t))
		p.await("ready")
		p.write("\r")
		p.await(want)
		p.write("\x04") // else screen would stay, detached
		p.await("[screen is terminating]")
	})
}

// shortDir is a folder with room for a socket in its path, as t.TempDir's has not.
func shortDir(t *testing.T) string {
	t.Helper()
	under := os.TempDir()
	if len(under) > 50 {
		under = "/tmp"
	}
	dir, err := os.MkdirTemp(under, "host")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

type tmuxPeer struct{ socket string }

func tmuxServer(t *testing.T) tmuxPeer {
	t.Helper()
	need(t, "tmux")
	server := tmuxPeer{filepath.Join(shortDir(t), "s")}
	server.run(t, "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "cat")
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", server.socket, "kill-server").Run() })
	return server
}

func (s tmuxPeer) run(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.Command("tmux", append([]string{"-S", s.socket}, args...)...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm", "LANG=C.UTF-8"}
	out, err := command.Output()
	if err != nil {
		t.Fatalf("tmux %q: %v", args, err)
	}
	return string(out)
}

// xServer starts an X server without a monitor on a free display.
func xServer(t *testing.T) (display string) { return xScreen(t, "64x64x24") }

func xScreen(t *testing.T, size string) (display string) {
	t.Helper()
	need(t, "Xvfb")
	numbers, announce, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer numbers.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", size, "-nolisten", "tcp", "-noreset")
	server.ExtraFiles = []*os.File{announce}
	start(t, server)
	announce.Close()
	number, err := bufio.NewReader(numbers).ReadString('\n') // in two writes: closing between them ends Xvfb
	if err != nil {
		t.Fatalf("Xvfb told no display: %v", err)
	}
	return ":" + strings.TrimSpace(number)
}

// compositor starts a Wayland compositor without a screen or a seat.
func compositor(t *testing.T) (runtimeDir, display string) {
	t.Helper()
	need(t, "sway")
	need(t, "wl-copy")
	dir := shortDir(t)
	server := exec.Command("sway", "--config", os.DevNull)
	server.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_RUNTIME_DIR=" + dir,
		"WLR_BACKENDS=headless", "WLR_LIBINPUT_NO_DEVICES=1", "WLR_RENDERER=pixman"}
	if os.Getuid() == 0 { // sway refuses to be root
		const nobody = 65534
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		server.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	start(t, server)
	await(t, "the compositor's socket", func() bool { return fileExists(filepath.Join(dir, "wayland-1")) })
	return dir, "wayland-1"
}

func start(t *testing.T, server *exec.Cmd) {
	t.Helper()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
}

func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed", program)
	}
}

// only makes a PATH that holds nothing but these programs.
func only(t *testing.T, names ...string) (path string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		need(t, name)
		real, _ := exec.LookPath(name)
		if err := os.Symlink(real, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// screenshot is a picture of more bytes than a pipe holds.
func screenshot(t *testing.T) string {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 200, 200))
	for i := range picture.Pix {
		picture.Pix[i] = byte(i * i >> 3)
	}
	var file bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	if file.Len() < 100_000 {
		t.Fatalf("only %d bytes", file.Len())
	}
	return file.String()
}

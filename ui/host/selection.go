package host

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"
)

// A selection is the desktop's clipboard, reached through a small program or
// two. Text travels on their standard streams only.
type selection struct {
	programs programs
	copy     []string // copies what it reads
	wide     []string // copies what copy would garble, text beyond ASCII; nil if there is no such text
	paste    []string // prints the text exactly; fails if the clipboard holds none
	empty    []string // empties the clipboard
	late     bool     // copy ends before the display has heard of it
	secrecy  string   // marks the text as a password for clipboard managers, if the program knows the option
}

var (
	// wl-clipboard 2.3 knows --sensitive, which offers x-kde-passwordManagerHint.
	// The type is named because wl-copy would else run xdg-mime to guess it.
	wayland = selection{
		copy:    []string{"wl-copy", "--type", "text/plain"},
		paste:   []string{"wl-paste", "--no-newline", "--type", "text/plain"},
		empty:   []string{"wl-copy", "--clear"},
		secrecy: "--sensitive",
	}
	xclip = selection{
		copy:  []string{"xclip", "-selection", "clipboard", "-in"},
		paste: []string{"xclip", "-selection", "clipboard", "-out"},
		empty: []string{"xclip", "-selection", "clipboard", "-in"}, // it reads an empty text
		late:  true,
	}
	xsel = selection{
		copy:  []string{"xsel", "--clipboard", "--input"},
		paste: []string{"xsel", "--clipboard", "--output"},
		empty: []string{"xsel", "--clipboard", "--clear"},
		late:  true,
	}
	macOS = selection{
		copy:  []string{"pbcopy"},
		paste: []string{"pbpaste"},
		empty: []string{"pbcopy"}, // it reads an empty text
	}
	// clip.exe starts in milliseconds but reads the console's code page;
	// PowerShell takes half a second and reads what it is told to.
	windowsDesktop = selection{
		copy:  []string{"clip.exe"},
		wide:  powerShell("Set-Clipboard -Value ([Console]::In.ReadToEnd())"),
		paste: powerShell("$t = Get-Clipboard -Raw; if ($t -eq $null) { exit 1 }; [Console]::Out.Write($t)"),
		empty: powerShell("Add-Type -AssemblyName System.Windows.Forms; [Windows.Forms.Clipboard]::Clear()"),
	}
)

// selections lists the desktop tools of this session. A Wayland session usually
// has an X11 display too, and either may be dead: tmux and su keep the variables
// of a session that has ended.
func (c *Clipboard) selections() []way {
	var ways []way
	for _, alternatives := range c.desktops() {
		for _, s := range alternatives {
			if c.programs.have(s.copy[0]) {
				s.programs = c.programs
				ways = append(ways, s)
				break
			}
		}
	}
	return ways
}

// desktops lists, for each display of this session, the tools that reach it.
func (c *Clipboard) desktops() [][]selection {
	var desktops [][]selection
	switch c.goos {
	case "windows":
		return [][]selection{{windowsDesktop}}
	case "darwin":
		return [][]selection{{macOS}}
	}
	if c.getenv("WAYLAND_DISPLAY") != "" {
		desktops = append(desktops, []selection{wayland})
	}
	if c.getenv("DISPLAY") != "" {
		desktops = append(desktops, []selection{xclip, xsel})
	}
	if c.getenv("WSL_DISTRO_NAME") != "" {
		desktops = append(desktops, []selection{windowsDesktop})
	}
	return desktops
}

func (s selection) name() string { return programName(s.copy) }

func (s selection) put(ctx context.Context, text string) (Receipt, error) {
	argv := s.copy
	if s.wide != nil && !ascii(text) {
		argv = s.wide
	}
	if s.secrecy != "" && s.programs.knows(ctx, argv[0], s.secrecy) {
		argv = append(argv[:len(argv):len(argv)], s.secrecy)
	}
	if err := s.programs.feed(ctx, argv, text); err != nil {
		return Receipt{}, err
	}
	return Receipt{By: s.name(), Confirmed: !s.late || s.arrived(ctx, text), Clears: true}, nil
}

// arrived waits until the display hands out text, for a moment. xclip and xsel
// exit before their background child claims the selection; a Clear in between
// would find somebody else's text and leave ours to appear after it.
func (s selection) arrived(ctx context.Context, text string) bool {
	for range 20 {
		held, err := s.programs.read(ctx, s.paste, len(text)+1)
		if err == nil && string(held) == text {
			return true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

func (s selection) clear(ctx context.Context, text string) error {
	held, err := s.programs.read(ctx, s.paste, len(text)+1)
	if holdsNothing(err) || err == nil && string(held) != text {
		return nil
	}
	if err != nil {
		return err
	}
	return s.programs.feed(ctx, s.empty, "")
}

// holdsNothing tells "the clipboard has nothing of that type", which every tool
// says by its exit status, and "more than was asked for" from a tool that could
// not be run: in the first two cases the text is not there any more.
func holdsNothing(err error) bool {
	var status *exec.ExitError
	return errors.Is(err, errTooMuch) || errors.As(err, &status) && status.Exited()
}

// powerShell is a command that runs script with UTF-8 on both streams. The
// script is ours and constant; no text of a person is ever pasted into it.
func powerShell(script string) []string {
	return []string{
		"powershell.exe", "-NoProfile", "-NonInteractive", "-Sta", "-Command",
		"$ErrorActionPreference = 'Stop';" +
			"[Console]::InputEncoding = [Console]::OutputEncoding = [Text.UTF8Encoding]::new($false);" + script,
	}
}

func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e })
}

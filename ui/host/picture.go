package host

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
)

// ErrNoPicture says that the clipboard holds no picture.
var ErrNoPicture = errors.New("no picture on the clipboard")

// maxPicture bounds what is read from the clipboard, in bytes. It is the limit
// for picture files too: a screenshot of three 4K screens stays below.
const maxPicture = 32 << 20

// Picture returns the picture on the clipboard as the bytes of a PNG file. Only
// the first few are examined: whoever filled the clipboard chose the rest. The error is ErrNoClipboard if no tool here
// can read pictures, ErrNoPicture if none of them found one.
func (c *Clipboard) Picture(ctx context.Context) ([]byte, error) {
	err := ErrNoClipboard
	for _, from := range c.pictures() {
		if !c.programs.have(from.argv[0]) {
			continue
		}
		var picture []byte
		if picture, err = from.read(ctx, c.programs); err == nil {
			return picture, nil
		}
	}
	return nil, err
}

// A pictureSource is a program that prints the clipboard's picture.
type pictureSource struct {
	argv   []string
	decode func([]byte) ([]byte, error) // nil: it prints the bytes themselves
}

// pictures lists the sources of this session, best first; none over SSH, where
// the clipboard of this machine is not the one the person filled.
func (c *Clipboard) pictures() []pictureSource {
	var sources []pictureSource
	switch {
	case c.remote():
		return nil
	case c.goos == "windows":
		return []pictureSource{powerShellPicture}
	case c.goos == "darwin":
		return []pictureSource{{argv: []string{"pngpaste", "-"}}, appleScriptPicture}
	}
	if c.getenv("WAYLAND_DISPLAY") != "" {
		sources = append(sources, pictureSource{argv: []string{"wl-paste", "--type", "image/png"}})
	}
	if c.getenv("DISPLAY") != "" {
		sources = append(sources, pictureSource{argv: []string{"xclip", "-selection", "clipboard", "-t", "image/png", "-out"}})
	}
	if c.getenv("WSL_DISTRO_NAME") != "" {
		sources = append(sources, powerShellPicture)
	}
	return sources
}

var (
	powerShellPicture = pictureSource{argv: powerShell(
		"Add-Type -AssemblyName System.Windows.Forms, System.Drawing;" +
			"$p = [Windows.Forms.Clipboard]::GetImage(); if ($p -eq $null) { exit 1 };" +
			"$m = New-Object IO.MemoryStream; $p.Save($m, [Drawing.Imaging.ImageFormat]::Png);" +
			"$m.WriteTo([Console]::OpenStandardOutput())")}

	// Every Mac has osascript; pngpaste must be installed.
	appleScriptPicture = pictureSource{
		argv:   []string{"osascript", "-e", "get the clipboard as «class PNGf»"},
		decode: appleScriptData,
	}
)

// read returns the picture that the source prints. A tool's exit status says
// "none" and "cannot" alike, so its own words stay in the error.
func (s pictureSource) read(ctx context.Context, p programs) ([]byte, error) {
	limit := maxPicture
	if s.decode != nil {
		limit = 2*maxPicture + 64
	}
	data, err := p.read(ctx, s.argv, limit)
	switch {
	case errors.Is(err, errTooMuch):
		return nil, fmt.Errorf("picture on the clipboard: larger than %d MiB", maxPicture>>20)
	case holdsNothing(err):
		return nil, fmt.Errorf("%w (%v)", ErrNoPicture, err)
	case err != nil:
		return nil, err
	}
	if s.decode != nil {
		data, err = s.decode(data)
	}
	if err == nil && !bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")) {
		err = ErrNoPicture // xclip, as the owner of a text, hands it out as whatever is asked for
	}
	return data, err
}

// appleScriptData reads how AppleScript prints raw data: «data PNGf89504E47…».
func appleScriptData(printed []byte) ([]byte, error) {
	digits, found := bytes.CutPrefix(bytes.TrimSpace(printed), []byte("«data PNGf"))
	if !found {
		return nil, ErrNoPicture
	}
	digits = bytes.TrimSuffix(digits, []byte("»"))
	data := make([]byte, hex.DecodedLen(len(digits)))
	n, err := hex.Decode(data, digits)
	if err != nil {
		return nil, fmt.Errorf("picture on the clipboard: %w", err)
	}
	return data[:n], nil
}

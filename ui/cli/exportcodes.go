package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"otpane/otpcore"
	"otpane/otpcore/qr"
	"otpane/ui/host"
)

// isPicture says that a file is named as a picture of QR codes.
func isPicture(file string) bool {
	return file != "" && pictureName(file) == nil
}

// pictureIn names the pictures in a folder.
func pictureIn(file string) string {
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return filepath.Join(file, "part.png")
	}
	return file
}

// exportCodes writes a row of QR codes as pictures, or shows them.
func (p *program) exportCodes(ctx context.Context, f format, accounts []otpcore.Account, want exportRequest) error {
	texts, left := f.codes(accounts)
	p.sayLeft(left)
	grids := make([]qr.Grid, len(texts))
	for i, text := range texts {
		var err error
		if grids[i], err = qr.Encode(text); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	switch {
	case len(grids) == 0:
		return &fault{status: failed, what: "no account fits this format"}
	case want.file == "":
		return p.showCodes(ctx, grids)
	}
	for i, grid := range grids {
		file := partName(want.file, i+1)
		picture, err := drawn(grid, file)
		if err == nil {
			err = p.writeReadable(ctx, file, picture)
		}
		if err != nil {
			return err
		}
	}
	where := partName(want.file, 1)
	if len(grids) > 1 {
		where += " to " + partName(want.file, len(grids))
	}
	p.say("%s, keys and all. Remove them when they have served.", areIn(len(accounts)-len(left), where))
	return nil
}

// partName is "transfer-2.png" for "transfer.png", also where there is one part.
func partName(file string, part int) string {
	ending := filepath.Ext(file)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(file, ending), part, ending)
}

// What a terminal does: its other screen has no history, and is emptied before
// the first one comes back. A terminal without one keeps nothing either.
const (
	otherScreen  = "\x1b[?1049h\x1b[2J\x1b[H"
	emptyScreen  = "\x1b[2J\x1b[3J\x1b[H"
	mainScreen   = "\x1b[2J\x1b[H\x1b[?1049l"
	rowsOfPrompt = 3
)

// showCodes shows one code after another where a phone can see them, and leaves
// nothing of them on the terminal.
func (p *program) showCodes(ctx context.Context, grids []qr.Grid) error {
	stdout, _ := p.Stdout.(*os.File)
	columns, rows := 0, 0
	for _, grid := range grids {
		columns, rows = max(columns, grid.Size()+2*qr.QuietZone), max(rows, len(grid.HalfBlocks())+rowsOfPrompt)
	}
	if width, height, err := host.Size(stdout); err == nil && (width < columns || height < rows) {
		return &fault{status: failed, what: fmt.Sprintf("these QR codes need %dx%d; the terminal has %dx%d", columns, rows, width, height),
			hint: "enlarge the terminal, or write pictures: -o transfer.png"}
	}
	terminal, err := p.openTerminal()
	if err != nil {
		return noTerminal(err)
	}
	defer terminal.Close()
	if err := p.print(otherScreen); err != nil {
		return err
	}
	defer func() { _ = p.print(mainScreen) }()
	for i, grid := range grids {
		next := "enter shows the next, ctrl-c leaves"
		if i == len(grids)-1 {
			next = "enter ends"
		}
		text := fmt.Sprintf("Part %d of %d. Scan it, then: %s.\n%s\n", i+1, len(grids), next, strings.Join(p.painted(grid.HalfBlocks()), "\n"))
		if err := p.print(emptyScreen + text); err != nil {
			return err
		}
		if _, err := terminal.ReadHidden(ctx, ""); err != nil {
			return noTerminal(err)
		}
	}
	return nil
}

package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/otpcore/qr"
	"otpane/ui/host"
)

func (p *program) qrCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "qr QUERY",
		Short: "Show an account as a QR code, for a second device",
		Long: `Draws it in the terminal, or writes a picture. Whoever sees it has the key.
A file gets mode 0600 and is never overwritten unasked.`,
		Example: "  otpane qr github\n  otpane qr github -o github.png",
		Args:    oneQuery,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := pictureName(file); err != nil {
				return err
			}
			v, err := p.open(cmd.Context())
			if err != nil {
				return err
			}
			a, err := find(v.Accounts(), args[0])
			if err != nil {
				return err
			}
			return p.qr(cmd.Context(), a, file)
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "write a picture: `FILE`.png or .svg")
	return cmd
}

func (p *program) qr(ctx context.Context, a otpcore.Account, file string) error {
	grid, err := qr.Encode(a.URI())
	if err != nil {
		return &fault{status: failed, what: a.Label() + " does not fit a QR code", err: err}
	}
	if file == "" {
		return p.drawQR(a, grid)
	}
	picture, err := drawn(grid, file)
	if err != nil {
		return err
	}
	if err := p.writeReadable(ctx, file, picture); err != nil {
		return err
	}
	p.say("%s is in %s, and so is its key.", a.Label(), file)
	return nil
}

// pictureName refuses other kinds of picture before a passphrase is asked for.
func pictureName(file string) error {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".png", ".svg":
		return nil
	}
	if file == "" {
		return nil
	}
	return misuse("a QR code is written as FILE.png or FILE.svg", "`otpane qr NAME` without -o draws it in the terminal")
}

// pixelsPerModule makes a picture that a phone reads from a screen.
const pixelsPerModule = 8

func drawn(grid qr.Grid, file string) ([]byte, error) {
	if strings.EqualFold(filepath.Ext(file), ".svg") {
		return grid.SVG(), nil
	}
	return grid.PNG(pixelsPerModule)
}

// drawQR sets both colours where the terminal has them: a code in a dark
// theme's own colours is a negative, which many phones do not read.
func (p *program) drawQR(a otpcore.Account, grid qr.Grid) error {
	lines := grid.HalfBlocks()
	terminal, isFile := p.Stdout.(*os.File)
	if !isFile || !host.IsTerminal(terminal) {
		return p.print(strings.Join(lines, "\n") + "\n")
	}
	columns := grid.Size() + 2*qr.QuietZone
	if width, _, err := host.Size(terminal); err == nil && width < columns {
		return &fault{status: failed, what: fmt.Sprintf("this QR needs %d columns; the terminal has %d", columns, width),
			hint: "enlarge the terminal, or write a picture: -o FILE.png"}
	}
	p.say("%s", a.Label())
	return p.print(strings.Join(p.painted(lines), "\n") + "\n")
}

// painted lines are black on white.
func (p *program) painted(lines []string) []string {
	if !p.coloured() {
		return lines
	}
	var all []string
	for _, line := range lines {
		all = append(all, "\x1b[38;5;16;48;5;231m"+line+"\x1b[0m")
	}
	return all
}

// coloured follows no-color.org: any value but none means no.
func (p *program) coloured() bool {
	return p.Getenv("NO_COLOR") == "" && p.Getenv("TERM") != "dumb"
}

// write makes a file, and replaces one only if somebody says so.
func (p *program) write(ctx context.Context, file string, data []byte) error {
	_, err := os.Lstat(file)
	if err != nil || !p.interactive() {
		return writeNew(file, data)
	}
	yes, err := p.ask(ctx, fmt.Sprintf("Replace %s?", file))
	switch {
	case err != nil:
		return err
	case !yes:
		return &fault{status: failed, what: "left " + file + " as it is"}
	}
	return replace(file, data)
}

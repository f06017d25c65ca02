package cli

import (
	"context"
	"image"

	"github.com/spf13/cobra"

	"otpane/otpcore/qr"
	"otpane/ui/host"
)

func (p *program) scanCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "scan FILE…",
		Short: "Print what the QR codes in pictures say",
		Long: `One text a line, with backslash, newline, carriage return and tab written
\\ \n \r \t. Needs no vault. What is printed may hold a key.`,
		Example:     "  otpane scan screenshot.png\n  otpane scan --json *.png",
		Args:        someFiles,
		Annotations: withoutVault,
		RunE:        func(cmd *cobra.Command, files []string) error { return p.scan(cmd.Context(), files, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "an array with each text's file and corners")
	return cmd
}

// sighting is one code as programs read it. The corners are in pixels: top left,
// top right, bottom right, bottom left as the code itself stands.
type sighting struct {
	File    string   `json:"file"`
	Text    string   `json:"text"`
	Corners [4]pixel `json:"corners"`
}

type pixel struct {
	X int `json:"x"`
	Y int `json:"y"`
}

// scan goes through all files, whatever one of them says. A file that could not
// be read is a failure; pictures without a code are only when none has one.
func (p *program) scan(ctx context.Context, files []string, asJSON bool) error {
	seen := []sighting{}
	var worst *fault
	for _, file := range files {
		found, err := p.sightings(ctx, file)
		if err != nil {
			worst = p.scanFault(worst, err, len(files) == 1)
		}
		seen = append(seen, found...)
		if !asJSON {
			if err := p.printTexts(found); err != nil {
				return err
			}
		}
	}
	if asJSON {
		if err := p.printJSON(seen); err != nil {
			return err
		}
	}
	if worst == nil || worst.status == nothingFound && len(seen) > 0 {
		return nil
	}
	return worst
}

// scanFault keeps the fault that decides the exit status. With several files
// each one's is said at once, and the last word is only the status.
func (p *program) scanFault(worst *fault, err error, alone bool) *fault {
	f := asFault(err)
	if alone {
		return f
	}
	p.report(f)
	if worst == nil || worst.status == nothingFound {
		worst = &fault{status: f.status, err: f.err}
	}
	return worst
}

func (p *program) sightings(ctx context.Context, file string) ([]sighting, error) {
	data, err := p.read(file, maxPicture)
	if err != nil {
		return nil, err
	}
	codes, err := codesIn(ctx, file, data)
	if err != nil {
		return nil, err
	}
	var found []sighting
	for _, code := range codes {
		found = append(found, sighting{File: file, Text: code.Text, Corners: pixels(code)})
	}
	return found, nil
}

func pixels(code qr.Code) [4]pixel {
	var corners [4]pixel
	for i, at := range code.Corners {
		corners[i] = pixelOf(at)
	}
	return corners
}

func pixelOf(at image.Point) pixel { return pixel{at.X, at.Y} }

// printTexts writes one text a line. A pipe gets every other character as it
// is; a terminal could be steered by some of them.
func (p *program) printTexts(found []sighting) error {
	for _, s := range found {
		line := oneLine(s.Text)
		if host.IsTerminal(p.Stdout) {
			line = visible(line)
		}
		if err := p.print(line + "\n"); err != nil {
			return err
		}
	}
	return nil
}

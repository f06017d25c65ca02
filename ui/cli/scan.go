package cli

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore/qr"
)

func (p *program) scanCommand() *cobra.Command {
	var s scan
	cmd := &cobra.Command{
		Use:   "scan FILE…",
		Short: "Print what the QR codes in pictures say",
		Long: `One text a line, with backslash, newline, carriage return and tab written
\\ \n \r \t. Needs no vault. What is printed may hold a key, and so do the
pictures of --debug-dir: every look that the search took, for a report.`,
		Example:     "  otpane scan --json *.png\n  otpane scan --screen",
		Args:        s.screen.someInputs,
		Annotations: withoutVault,
		RunE:        func(cmd *cobra.Command, files []string) error { return p.scan(cmd.Context(), files, s) },
	}
	cmd.Flags().BoolVar(&s.asJSON, "json", false, "an array with each text, its place and how it was read")
	s.screen.bind(cmd)
	cmd.Flags().BoolVar(&s.screen.part, "select", false, "the same as --screen=part")
	cmd.Flags().StringVar(&s.looks, "debug-dir", "", "write what the search looked at into this new `DIR`")
	return cmd
}

// scan is what the flags ask for.
type scan struct {
	asJSON bool
	screen screenFlags
	looks  string // a folder for every look of the search; "" for none
}

// sighting is one code as programs read it. The corners are in pixels: top left,
// top right, bottom right, bottom left as the code itself stands.
type sighting struct {
	File      string   `json:"file"`
	Text      string   `json:"text"`
	Corners   [4]pixel `json:"corners"`
	Version   int      `json:"version"`   // 1 to 40
	Level     string   `json:"level"`     // of error correction: L, M, Q, H
	Corrected int      `json:"corrected"` // codewords that were read wrong and put right
	Mirrored  bool     `json:"mirrored"`
	Rung      string   `json:"rung"` // the look that found it
}

type pixel struct {
	X int `json:"x"`
	Y int `json:"y"`
}

// scan goes through all files, whatever one of them says. A file that could not
// be read is a failure; pictures without a code are only when none has one.
func (p *program) scan(ctx context.Context, files []string, s scan) error {
	if err := makeLooks(s.looks); err != nil {
		return err
	}
	seen := []sighting{}
	var worst *fault
	inputs := p.inputs(files, s.screen)
	for n, in := range inputs {
		found, err := p.sightings(ctx, in, watchInto(s.looks, n+1))
		if err != nil {
			worst = p.scanFault(worst, err, len(inputs) == 1)
		}
		seen = append(seen, found...)
		if !s.asJSON {
			if err := p.printTexts(found); err != nil {
				return err
			}
		}
	}
	if s.asJSON {
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

func (p *program) sightings(ctx context.Context, in input, watch func(string, image.Image)) ([]sighting, error) {
	data, err := in.read(ctx, maxPicture)
	if err != nil {
		return nil, err
	}
	codes, err := codesIn(ctx, in.name, data, watch)
	if err != nil {
		return nil, err
	}
	var found []sighting
	for _, code := range codes {
		found = append(found, sighting{
			File: in.name, Text: code.Text, Corners: pixels(code), Version: code.Version, Level: code.Level,
			Corrected: code.Corrected, Mirrored: code.Mirrored, Rung: code.Rung,
		})
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
		if err := p.print(p.harmless(oneLine(s.Text)) + "\n"); err != nil {
			return err
		}
	}
	return nil
}

// makeLooks makes a folder that nobody else can look into: every picture in it
// shows the code, and with it the key.
func makeLooks(folder string) error {
	if folder == "" {
		return nil
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		what, hint := fileSentence(folder, err)
		return &fault{status: failed, what: what, hint: hint, err: err}
	}
	return nil
}

// watchInto writes each look of the search for one file as a picture named by
// the file's place on the command line, the look's own, and its rung. A look that
// cannot be written is left out: the search matters more.
func watchInto(folder string, file int) func(rung string, seen image.Image) {
	if folder == "" {
		return nil
	}
	look := 0
	return func(rung string, seen image.Image) {
		look++
		name := fmt.Sprintf("%d-%02d-%s.png", file, look, strings.Map(plainLetter, rung))
		var out bytes.Buffer
		if png.Encode(&out, seen) == nil {
			_ = writeNew(filepath.Join(folder, name), out.Bytes())
		}
	}
}

func plainLetter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"otpane/ui"
	"otpane/ui/host"
)

// input is something to read accounts or pictures from: a file, standard input,
// or the screen.
type input struct {
	name   string
	folder string // whose file it is, if a folder was named: anything may lie there
	read   func(ctx context.Context, limit int64) ([]byte, error)
}

// screenFlags ask for the screen beside the files, or in their place.
type screenFlags struct {
	which string // "" for none
	part  bool   // scan says the same in a word of its own
}

const (
	wholeScreen  = "whole"
	partOfScreen = "part"
)

func (s *screenFlags) bind(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.which, "screen", "", "look at the screen: =`part` at what you select; no picture is kept")
	cmd.Flags().Lookup("screen").NoOptDefVal = wholeScreen
}

// someInputs is someFiles where the screen is enough.
func (s *screenFlags) someInputs(cmd *cobra.Command, args []string) error {
	if s.part {
		s.which = partOfScreen
	}
	switch s.which {
	case "":
		return someFiles(cmd, args)
	case wholeScreen, partOfScreen:
		return nil
	}
	return misuse("--screen takes no such word", "--screen alone looks at all of it, --screen=part at what you select")
}

// inputs are the files, in their order, after the screen.
func (p *program) inputs(files []string, screen screenFlags) (inputs []input) {
	switch screen.which {
	case wholeScreen:
		inputs = append(inputs, p.screen("the screen", true))
	case partOfScreen:
		inputs = append(inputs, p.screen("the selected part", false))
	}
	for _, file := range files {
		inputs = append(inputs, p.file(file))
	}
	return inputs
}

func (p *program) file(path string) input {
	return input{name: path, read: func(_ context.Context, limit int64) ([]byte, error) { return p.read(path, limit) }}
}

func (p *program) screen(name string, whole bool) input {
	return input{name: name, read: func(ctx context.Context, _ int64) ([]byte, error) {
		picture, err := host.NewScreen(p.Getenv).Take(ctx, whole)
		if err != nil {
			return nil, screenFault(err)
		}
		return picture, nil
	}}
}

func screenFault(err error) error {
	f := &fault{status: failed, what: err.Error(), err: err, hint: "take a screenshot by hand, and import the picture"}
	if errors.Is(err, host.ErrNothingSelected) {
		f.hint = "--screen looks at all of it"
	}
	return f
}

// screenOf is the screen as the pane takes it.
func screenOf(getenv func(string) string) ui.Screen {
	screen := host.NewScreen(getenv)
	parts, err := screen.Ready()
	if err != nil {
		return ui.Screen{Why: err}
	}
	return ui.Screen{Take: screen.Take, Parts: parts}
}

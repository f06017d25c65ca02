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
	name string
	read func(ctx context.Context, limit int64) ([]byte, error)
}

// screenFlags ask for the screen beside the files, or in their place.
type screenFlags struct{ whole, part bool }

func (s *screenFlags) bind(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&s.whole, "screen", false, "look at the whole screen; no picture is kept")
	cmd.Flags().BoolVar(&s.part, "select", false, "look at the part of the screen that you select")
}

// someInputs is someFiles where the screen is enough.
func (s *screenFlags) someInputs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 && (s.whole || s.part) {
		return nil
	}
	return someFiles(cmd, args)
}

// inputs are the files, in their order, after the screen.
func (p *program) inputs(files []string, screen screenFlags) (inputs []input) {
	if screen.whole {
		inputs = append(inputs, p.screen("the screen", true))
	}
	if screen.part {
		inputs = append(inputs, p.screen("the selected part", false))
	}
	for _, file := range files {
		inputs = append(inputs, input{file, func(_ context.Context, limit int64) ([]byte, error) { return p.read(file, limit) }})
	}
	return inputs
}

func (p *program) screen(name string, whole bool) input {
	return input{name, func(ctx context.Context, _ int64) ([]byte, error) {
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

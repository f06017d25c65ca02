package cli

import (
	"fmt"
	"slices"
	"strings"

	"otpane/ui"
)

// coloursTable is [colours]: own colours over those of the theme, whatever the
// background. One that is hard to read is the user's to choose.
var coloursTable = section{
	takes: `a colour like "#6FCFB4"`,
	entries: func() (rows []setting) {
		for _, token := range ui.Tokens() {
			rows = append(rows, setting{name: token.Name, standard: `"` + token.Dark + `"`, comment: token.Does})
		}
		return rows
	},
	put: func(s *settings, name string, decode func(any) error) error {
		var colour string
		if err := decode(&colour); err != nil {
			return err
		}
		if !ui.IsColour(colour) {
			return fmt.Errorf("%q is no colour", colour)
		}
		if s.Colours == nil {
			s.Colours = map[string]string{}
		}
		s.Colours[name] = colour
		return nil
	},
	check: func(s settings) (problems []problem) {
		var names []string
		for _, token := range ui.Tokens() {
			names = append(names, token.Name)
		}
		for name := range s.Colours {
			if slices.Contains(names, name) {
				continue
			}
			hint := "the colours are " + strings.Join(names, ", ")
			if near := nearest(name, names); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			problems = append(problems, problem{entry: name, what: fmt.Sprintf("there is no colour of the name %q", name), hint: hint})
		}
		return problems
	},
}

// remarks are what config check says of settings that are as they may be.
func (s settings) remarks(text string) (said []problem) {
	lines := statements(text)
	for _, remark := range ui.FaintColours(string(s.Theme), s.Colours) {
		said = append(said, problem{line: lineOf(lines, "colours", remark.Token), what: remark.What})
	}
	inOrder(said)
	return said
}

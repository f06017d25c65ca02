package cli

import (
	"fmt"
	"strconv"
	"strings"

	"otpane/ui"
)

// keysTable is [keys]: an action and its keys, one or a list.
var keysTable = section{
	takes: `a key or a list of keys: ["enter", "c"]`,
	entries: func() (rows []setting) {
		for _, a := range ui.Actions() {
			rows = append(rows, setting{name: a.Name, standard: wordsTOML(a.Keys), comment: a.Does})
		}
		return rows
	},
	put: func(s *settings, name string, decode func(any) error) error {
		var keys []string
		if decode(&keys) != nil {
			var one string
			if err := decode(&one); err != nil {
				return err
			}
			keys = []string{one}
		}
		if s.Keys == nil {
			s.Keys = map[string][]string{}
		}
		s.Keys[name] = keys
		return nil
	},
	check: func(s settings) (problems []problem) {
		for _, fault := range ui.CheckKeys(s.Keys) {
			problems = append(problems, problem{entry: fault.Action, what: fault.What, hint: keyHint(fault.Action)})
		}
		return problems
	},
}

// keyHint tells the action that was meant, or the keys that it would have anyhow.
func keyHint(action string) string {
	var names []string
	for _, a := range ui.Actions() {
		if a.Name == action {
			return fmt.Sprintf("without this line %s has %s", action, strings.Join(a.Keys, ", "))
		}
		names = append(names, a.Name)
	}
	if near := nearest(action, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "the actions are " + strings.Join(names, ", ")
}

// wordsTOML writes a list of words. What Go quotes is what TOML reads, as long as
// the words can be printed.
func wordsTOML(words []string) string {
	written := make([]string, len(words))
	for i, word := range words {
		written[i] = strconv.Quote(word)
	}
	return "[" + strings.Join(written, ", ") + "]"
}

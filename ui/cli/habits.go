package cli

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"

	"otpane/ui"
	"otpane/vault"
)

// habits are what the pane remembered of the vault at path: how often the codes of
// which id were handed out, and the order. Where nothing can be read, nothing was.
func (p *program) habits(path string) ui.Habits {
	var all ui.Habits
	text, err := readFile(p.stateFile("habits", path), maxHabits)
	if err != nil || json.Unmarshal(text, &all) != nil {
		return ui.Habits{}
	}
	return all
}

const maxHabits = 4 << 20 // bytes; ten thousand accounts have less than one

// keep adds what is new to what was remembered. Two panes that write in one
// moment lose a few counts, which is no reason for a lock. What the vault does not
// have any more is forgotten, but for what may come back from its trash.
func (p *program) keep(v *vault.Vault, fresh ui.Habits) error {
	all := p.habits(v.Path())
	if all.Uses == nil {
		all.Uses = map[string]ui.Use{}
	}
	all.Order, all.Dismissed = fresh.Order, all.Dismissed || fresh.Dismissed
	for id, use := range fresh.Uses {
		all.Uses[id] = all.Uses[id].And(use)
	}
	there := map[string]bool{}
	for _, a := range v.Accounts() {
		there[a.ID] = true
	}
	for _, a := range v.Trash() {
		there[a.ID] = true
	}
	maps.DeleteFunc(all.Uses, func(id string, _ ui.Use) bool { return !there[id] })
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	file := p.stateFile("habits", v.Path())
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return replace(file, append(text, '\n'))
}

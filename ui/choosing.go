package ui

import (
	"maps"

	"otpane/otpcore"
)

// choose marks the selected account for what is done to several, or takes the mark
// back; on a folded group's row, all of its accounts.
func (s *list) choose() {
	at := []otpcore.Account{s.account()}
	if g, ok := s.here(); ok {
		at = s.members(g.key)
	}
	all := true
	for _, a := range at {
		all = all && s.chosen[a.ID]
	}
	for _, a := range at {
		switch {
		case all:
			delete(s.chosen, a.ID)
		case a.ID != "":
			s.chosen[a.ID] = true
		}
	}
}

// targets are what an action is for: the chosen accounts in the list's order, or
// without any the selected one.
func (s *list) targets() (all []otpcore.Account) {
	if len(s.chosen) == 0 && s.account().ID != "" {
		return []otpcore.Account{s.account()}
	}
	for _, a := range s.sorted {
		if s.chosen[a.ID] {
			all = append(all, a)
		}
	}
	return all
}

// dropVanished forgets the choice of accounts that the vault does not have any more.
func (s *list) dropVanished() {
	if len(s.chosen) == 0 {
		return
	}
	have := ids(s.accounts)
	maps.DeleteFunc(s.chosen, func(id string, _ bool) bool { return !have[id] })
}

// chosenHints are the keys for several accounts.
func chosenHints(keys keymap) []hint {
	return []hint{
		on(keys.tags, "tags"), on(keys.remove, "delete"), on(keys.export, "export"), on(keys.back, "none"),
		on(keys.choose, "choose"), on(keys.copy, "copy"),
	}
}

// names are accounts in one line.
func names(accounts []otpcore.Account) string {
	text := ""
	for i, a := range accounts {
		if i > 0 {
			text += ", "
		}
		text += a.Label()
	}
	return text
}

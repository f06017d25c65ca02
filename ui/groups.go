package ui

import (
	"cmp"
	"slices"
	"strings"

	"otpane/otpcore"
)

// tagGroup is a row of the list in the order by tag: it names the tag of the accounts
// below it, and is all that is left of them when it is folded. The cursor passes
// over an open group's row and rests on a folded one.
//
// An account stands in one group, that of its first tag: the one its owner thought
// of first. In several places its code would be read, chosen and numbered twice.
// Which groups are folded is kept in memory alone: a hash of a tag, written down,
// tells the tag to whoever tries the usual words.
type tagGroup struct {
	row   int    // in list.shown
	key   string // the tag in lower case; empty for accounts without one
	label string
	size  int
}

func groupKey(a otpcore.Account) string {
	if len(a.Tags) == 0 {
		return ""
	}
	return strings.ToLower(a.Tags[0])
}

func groupLabel(a otpcore.Account) string {
	if len(a.Tags) == 0 {
		return "no tag"
	}
	return a.Tags[0]
}

// compareGroups puts the accounts without a tag last.
func compareGroups(a, b string) int {
	if (a == "") != (b == "") {
		return boolOrder(b == "", a == "")
	}
	return strings.Compare(a, b)
}

// group puts the groups' rows among the sorted accounts. Pinned ones keep their
// own place on top.
func (s *list) group() {
	s.shown = make([]otpcore.Hit, 0, len(s.sorted))
	for i, a := range s.sorted {
		key := groupKey(a)
		if !a.Pinned {
			if last := len(s.groups) - 1; last < 0 || s.groups[last].key != key {
				s.groups = append(s.groups, tagGroup{row: len(s.shown), key: key, label: groupLabel(a)})
				s.shown = append(s.shown, otpcore.Hit{Index: -1})
			}
			s.groups[len(s.groups)-1].size++
			if _, folded := s.folded[key]; folded {
				continue
			}
		}
		s.shown = append(s.shown, otpcore.Hit{Account: a, Index: i})
	}
}

// groupAt is the group whose row this is.
func (s *list) groupAt(row int) (tagGroup, bool) {
	i, found := s.groupBefore(row)
	if !found {
		return tagGroup{}, false
	}
	return s.groups[i], true
}

// groupBefore counts the groups' rows above a row, and says if it is one itself.
func (s *list) groupBefore(row int) (int, bool) {
	return slices.BinarySearchFunc(s.groups, row, func(g tagGroup, row int) int { return cmp.Compare(g.row, row) })
}

// here is the group whose row is selected.
func (s *list) here() (tagGroup, bool) { return s.groupAt(s.selected) }

// open reports whether a row is that of an open group, where no cursor rests.
func (s *list) open(row int) bool {
	g, ok := s.groupAt(row)
	_, folded := s.folded[g.key]
	return ok && !folded
}

// stepOff leaves an open group's row, onwards in the direction of a move. Below it
// there is always an account, so that no two such rows meet.
func (s *list) stepOff(by int) {
	switch {
	case !s.open(s.selected):
	case by < 0 && s.selected > 0:
		s.selected--
	default:
		s.selected++
	}
}

// turn folds the group of the selected account, or opens the folded one that the
// cursor is on, and goes back to where it was.
func (s *list) turn(keys keymap) want {
	a := s.account()
	switch {
	case s.order != byTag:
		return wantSay{text: on(keys.fold, "folds groups of tags; ").String() + on(keys.order, "goes on to the order by tag.").String(), short: on(keys.order, "orders by tag").String()}
	case a.Pinned:
		return wantSay{text: "Pinned accounts stand on top, outside the groups.", short: "pinned: in no group"}
	case len(s.shown) == 0:
		return nil
	}
	if g, ok := s.here(); ok {
		return s.turnGroup(g.key)
	}
	return s.turnGroup(groupKey(a))
}

func (s *list) turnGroup(key string) want {
	if back, folded := s.folded[key]; folded {
		delete(s.folded, key)
		s.arrange()
		s.selectGroup(key)
		s.returnTo(back, key)
		return wantSettle{}
	}
	s.folded[key] = s.account().ID
	s.arrange()
	s.selectGroup(key)
	return wantSettle{}
}

// returnTo goes back to the account on which a group was folded, if it still
// belongs there.
func (s *list) returnTo(id, key string) {
	if a := s.byID(id); a.ID != "" && groupKey(a) == key {
		s.selectID(id)
	}
}

// selectGroup goes to a group's row, or to its first account if it is open.
func (s *list) selectGroup(key string) {
	for _, g := range s.groups {
		if g.key == key {
			s.selected = g.row
			s.stepOff(1)
		}
	}
}

// uncover opens the group that hides an account, and reports whether there was one.
func (s *list) uncover(id string) bool {
	if s.order != byTag || s.query() != "" {
		return false
	}
	a := s.byID(id)
	_, folded := s.folded[groupKey(a)]
	if a.ID == "" || a.Pinned || !folded {
		return false
	}
	delete(s.folded, groupKey(a))
	s.arrange()
	return true
}

// members are the accounts of a group, folded or not.
func (s *list) members(key string) (all []otpcore.Account) {
	for _, a := range s.sorted {
		if !a.Pinned && groupKey(a) == key {
			all = append(all, a)
		}
	}
	return all
}

// draw is a group's row: `▾ work 4`, its tag below the accounts' names.
func (g tagGroup) draw(l *look, p plan, folded, selected bool) []string {
	sign, indent := l.opened, 1
	if folded {
		sign = l.folded
	}
	if p.shape == table {
		indent = 3
	}
	text := cut(sign+" "+g.label+" "+itoa(g.size), p.columns-indent, l.cut)
	row := line{selected: selected}.edge(l) + blanks(indent-1) + l.muted.on(selected, text)
	if p.shape == cards {
		return []string{"", row}
	}
	return []string{row}
}

// says is the status row while the cursor rests on the group.
func (g tagGroup) says() string { return g.label + ": " + plural(g.size, "account") + ", folded" }

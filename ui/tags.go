package ui

import (
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/vault"
)

// tagsPage edits the tags of an account, or those that several have in common:
// what is taken out of the field is taken from all of them, what is new in it all
// of them get, and the tags that only some have stay.
type tagsPage struct {
	accounts []otpcore.Account // as they were when the page was opened
	shared   []string          // by all of them
	some     []string          // by some of them
	known    []string          // in the whole vault
	field    field
	stem     string // what tab completes
	turn     int    // how often it was pressed for that
}

func newTagsPage(accounts, all []otpcore.Account) *tagsPage {
	t := &tagsPage{accounts: accounts, field: newField("tags"), known: knownTags(all)}
	for _, tag := range knownTags(accounts) {
		if slices.ContainsFunc(accounts, func(a otpcore.Account) bool { return !slices.Contains(a.Tags, tag) }) {
			t.some = append(t.some, tag)
		}
	}
	for _, tag := range accounts[0].Tags { // in the order of the first: the first tag names the group
		if !slices.Contains(t.some, tag) {
			t.shared = append(t.shared, tag)
		}
	}
	text := tagText(t.shared)
	if text != "" {
		text += " "
	}
	t.field.set(text)
	return t
}

// knownTags are all tags of accounts, by name.
func knownTags(accounts []otpcore.Account) []string {
	set := map[string]bool{}
	for _, a := range accounts {
		for _, tag := range a.Tags {
			set[tag] = true
		}
	}
	return slices.SortedFunc(maps.Keys(set), func(a, b string) int {
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	})
}

func (t *tagsPage) press(msg tea.KeyPressMsg, _ frame) want {
	switch msg.String() {
	case "esc":
		return wantBack{}
	case "enter":
		is := tagsOf(t.field.value())
		if slices.Equal(is, t.shared) {
			return wantBack{}
		}
		return wantTags{t.accounts, t.shared, is}
	case "tab":
		t.complete()
	default:
		t.stem, t.turn = "", 0
		t.field.press(msg)
	}
	return nil
}

func (t *tagsPage) paste(text string, _ frame) want {
	t.stem, t.turn = "", 0
	t.field.paste(text)
	return nil
}

// complete puts the next tag that begins as the last word does in its place.
func (t *tagsPage) complete() {
	head, word := t.lastWord()
	if t.turn == 0 {
		t.stem = word
	}
	fitting := t.fitting(head)
	if len(fitting) == 0 {
		return
	}
	t.field.set(head + tagText(fitting[t.turn%len(fitting):][:1]))
	t.turn++
}

// lastWord parts what is typed in front of the word at its end.
func (t *tagsPage) lastWord() (head, word string) {
	text := t.field.value()
	at := 0
	for i, quoted := 0, false; i < len(text); i++ {
		if text[i] == '"' {
			quoted = !quoted
		}
		if text[i] == ' ' && !quoted {
			at = i + 1
		}
	}
	return text[:at], text[at:]
}

// fitting are the known tags that begin like the stem and are not there already.
func (t *tagsPage) fitting(head string) (tags []string) {
	have, stem := tagsOf(head), strings.ToLower(strings.Trim(t.stem, `#"`))
	for _, tag := range t.known {
		if strings.HasPrefix(strings.ToLower(tag), stem) && !slices.Contains(have, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

func (t *tagsPage) view(f frame) view {
	l := f.look
	title := "Tags of " + plural(len(t.accounts), "account")
	if len(t.accounts) == 1 {
		title = "Tags of " + l.name(t.accounts[0].Label())
	}
	lines := []string{titleLine(f, title, "")}
	if f.height >= 10 {
		lines = append(lines, "")
	}
	row, cursor := fieldRow(f, &t.field, "tags", len(lines))
	lines = append(lines, row)
	lines = append(lines, t.offers(f)...)
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	hints := []hint{{"enter", "save"}, {"tab", "complete"}, {"esc", "back"}}
	return view{lines: append(lines[:f.height-1], l.drawHints(hints, hint{}, f.width)), cursor: cursor}
}

// offers are the tags that only some have, and those that tab would bring.
func (t *tagsPage) offers(f frame) (lines []string) {
	say := func(label string, tags []string) {
		if len(tags) == 0 {
			return
		}
		text := tagLine(otpcore.Account{Tags: tags})
		lines = append(lines, " "+f.look.muted.paint(cut(left(label, 10, "")+text, f.width-2, f.look.cut)))
	}
	head, word := t.lastWord()
	offered := *t
	if t.turn == 0 {
		offered.stem = word
	}
	say("on some", t.some)
	say("tab", offered.fitting(head))
	return lines
}

// tagText writes tags for a field: by blanks, and one that has blanks itself, as
// other programs' groups do, in quotes.
func tagText(tags []string) string {
	words := make([]string, len(tags))
	for i, tag := range tags {
		words[i] = tag
		if strings.Contains(tag, " ") {
			words[i] = `"` + tag + `"`
		}
	}
	return strings.Join(words, " ")
}

// tagsOf reads what tagText wrote, or a person; a # in front is welcome.
func tagsOf(text string) (tags []string) {
	for i, part := range strings.Split(text, `"`) {
		words := []string{part}
		if i%2 == 0 {
			words = strings.Fields(part)
		}
		for _, word := range words {
			if tag := otpcore.Clean(strings.TrimPrefix(word, "#")); tag != "" && !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
		}
	}
	return tags
}

// wantTags changes the tags that accounts have in common. What another process has
// done to their other tags meanwhile stays.
type wantTags struct {
	accounts []otpcore.Account
	was, is  []string
}

func (w wantTags) fulfil(p *pane) tea.Cmd {
	if slices.ContainsFunc(w.accounts, p.unsavedAccount) {
		return nil
	}
	said := toast{name: plural(len(w.accounts), "account"), text: " tagged.", short: "tagged", tone: toneDone}
	result := saved{closes: true, id: p.list.account().ID}
	if len(w.accounts) == 1 {
		said.name, said.text = w.accounts[0].Label(), ": "+tagLine(otpcore.Account{Tags: w.is})+"."
		if len(w.is) == 0 {
			said.text = " has no tags now."
		}
	}
	result.toast = said
	return p.save(result, func(d *vault.Draft) error {
		return each(d, w.accounts, func(a otpcore.Account) error {
			a.Tags = w.applied(a.Tags)
			return d.Set(a)
		})
	}, func(have []otpcore.Account) []otpcore.Account {
		for i := range have {
			if slices.ContainsFunc(w.accounts, func(a otpcore.Account) bool { return a.ID == have[i].ID }) {
				have[i].Tags = w.applied(have[i].Tags)
			}
		}
		return have
	})
}

// applied keeps the order of the field where the account has just its tags, and
// else its own.
func (w wantTags) applied(tags []string) []string {
	if slices.Equal(tags, w.was) {
		return slices.Clone(w.is)
	}
	tags = slices.DeleteFunc(slices.Clone(tags), func(tag string) bool {
		return slices.Contains(w.was, tag) && !slices.Contains(w.is, tag)
	})
	for _, tag := range w.is {
		if !slices.Contains(w.was, tag) && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// each runs a step for the accounts that are still there, and fails if none is.
func each(d *vault.Draft, accounts []otpcore.Account, step func(otpcore.Account) error) error {
	found := false
	for _, was := range accounts {
		a, ok := d.Account(was.ID)
		if !ok {
			continue // another process deleted it
		}
		found = true
		if err := step(a); err != nil {
			return err
		}
	}
	if !found {
		return vault.ErrNoAccount
	}
	return nil
}

package ui

import tea "charm.land/bubbletea/v2"

// What pages say in plain mode where their drawn lines would say too much.

// spoken asks for one field at a time. What stands in the key's field is a key, and
// no line of it is printed.
func (m *form) spoken(f frame) view {
	title := "Add account"
	if m.editing != nil {
		title = "Edit " + f.look.name(m.editing.Label())
	}
	field := &m.fields[m.at]
	ask := field.label + ": " + outside(field.value())
	switch {
	case m.at == moreField:
		ask = "more: " + m.summary() + "; space opens it if the site says so"
	case m.at == keyField:
		ask = "key: " + m.keyHint()
	case m.at == periodField && m.counts():
		ask = "counter: " + outside(field.value())
	case field.value() == "":
		ask = field.label + ": empty"
	}
	goes := hint{"enter", "saves"}
	if m.goesOn() {
		goes.does = "goes on"
	}
	hints := []hint{goes, {"tab", "is the next of " + plural(len(m.open()), "field")}, {"esc", "leaves"}}
	if m.leaving {
		hints = []hint{{"s", "saves"}, {"esc", "leaves"}}
	}
	lines := []string{title, ask, m.keyText(), m.notice, joinHints(hints)}
	return view{lines: lines, cursor: tea.NewCursor(0, 1)}
}

// spoken leaves the code to the key that tells it, and the bar to eyes.
func (d *details) spoken(f frame) view {
	a := d.list.byID(d.id)
	lines := append([]string{f.look.name(a.Label())}, detailLines(f, d.list, a, f.width-2)...)
	return view{lines: append(lines, joinHints(d.hints(f, a)))}
}

// goesOn reports that enter asks for what a new account still lacks: issuer and
// account name come after a key that is right.
func (m *form) goesOn() bool {
	if m.editing != nil || m.at >= nameField {
		return false
	}
	a := m.base
	return m.at != keyField || moreThanKey(m.fields[keyField].value()) || m.readKey(&a) == nil
}

// spoken tells the step, and the code only when it is asked for.
func (e *enrolPage) spoken(f frame) view {
	keys := e.keys(f)
	a := e.list.byID(e.id)
	task := "Saved. " + on(keys.hide, "tells the code to type on the site.").String()
	if drawn := e.list.drawn[a.ID]; !a.Timed() && !f.now.Before(drawn.until) {
		task = "Saved. " + on(keys.advance, "draws the code that the site asks for.").String()
	}
	hints := []hint{{"y", "it took it"}, {"r", "refused"}, on(keys.copy, "copy"), on(keys.back, "later")}
	return view{lines: []string{f.look.name(a.Label()), task, "Not registered until the site takes it.", joinHints(hints)}}
}

// spoken tells how many codes were found, and none of them.
func (m *recoveryForm) spoken(f frame) view {
	lines := []string{"Recovery codes of " + f.look.name(m.list.byID(m.id).Label()), "Type one and enter, or the path of a text file."}
	if len(m.found) > 0 {
		lines = append(lines, plural(len(m.found), "code")+" so far")
	}
	lines = append(lines, m.notice, joinHints(m.hints()))
	return view{lines: lines, cursor: tea.NewCursor(0, 1)}
}

// spoken lists one key a line.
func (h *helpPage) spoken(f frame) view {
	lines := []string{"Keys", "In plain mode " + on(f.look.keys.hide, "tells the code of the selected account.").String()}
	for _, b := range append(helpBindings(f.look.keys), moveBindings(f.look.keys)...) {
		if b.Enabled() {
			lines = append(lines, b.Help().Key+": "+b.Help().Desc)
		}
	}
	return view{lines: lines}
}

package ui

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/ui/agent"
	"otpane/vault"
)

// agentPage shows whether programs get codes from this pane, what they get of the
// selected account and why, and what they asked for so far. A rule is set by the key
// that names it and not step by step: on the way from "no rule" to "deny" nothing is
// to be allowed.
type agentPage struct {
	list    *list
	serving *serving
	id      string // of the account; empty if none was selected
	at, top int
}

// wantAgentPage opens the page.
type wantAgentPage struct{}

func (wantAgentPage) fulfil(p *pane) tea.Cmd {
	if p.config.Serve == nil {
		p.say(toast{text: "Nothing here can serve other programs.", short: "no agent here"})
		return nil
	}
	return wantPage{&agentPage{list: &p.list, serving: &p.serving, id: p.list.account().ID}}.fulfil(p)
}

// agentRow is a row of the page: something that has a rule, or a request.
type agentRow struct {
	title, value, note string
	set                func(otpcore.Answer) want // nil for a request
	off                string                    // what denying is called
	bare               string                    // what no rule is called; empty where there has to be one
	request            request
}

func (g *agentPage) press(msg tea.KeyPressMsg, f frame) want {
	rows, keys := g.rows(f), f.look.keys.beside("y", "a", "n", "0")
	g.at = max(min(g.at, len(rows)-1), 0)
	row := rows[g.at]
	if answer, ok := answerKeys[msg.String()]; ok && row.set != nil && (answer != "" || row.bare != "") {
		if len(g.serving.waiting) > 0 { // who reads that somebody asks says y to that, and not to a rule for good
			return wantQuestionFirst{}
		}
		return row.set(answer)
	}
	switch {
	case key.Matches(msg, keys.back, keys.agent, keys.quit):
		return wantBack{}
	case key.Matches(msg, keys.up):
		g.at--
	case key.Matches(msg, keys.down):
		g.at++
	default:
		g.at = moved(msg, g.at, len(rows))
	}
	g.at = max(min(g.at, len(rows)-1), 0)
	return nil
}

// answerKeys are those of a question where there is one: y gives, n refuses.
var answerKeys = map[string]otpcore.Answer{"y": otpcore.Allow, "a": otpcore.Ask, "n": otpcore.Deny, "0": ""}

func (g *agentPage) paste(string, frame) want { return nil }

func (g *agentPage) scroll(by int) { g.at = max(g.at+sign(by), 0) }

// rows are the rules that bear on the account, then the requests, the newest first.
func (g *agentPage) rows(f frame) []agentRow {
	k := g.serving.known.Load()
	rows := []agentRow{{
		title: "this pane", value: offered(k.rule), note: g.serving.says(), off: "off",
		set: func(answer otpcore.Answer) want { return wantAgent{answer} },
	}}
	if a := g.list.byID(g.id); a.ID != "" {
		rows = append(rows, accountRow(f, a, k))
		for _, tag := range a.Tags {
			rows = append(rows, g.tagRow(tag, k))
		}
	}
	for _, r := range slices.Backward(g.serving.log) {
		rows = append(rows, agentRow{request: r, note: r.says(f.look)})
	}
	return rows
}

func accountRow(f frame, a otpcore.Account, k *known) agentRow {
	row := agentRow{
		title: f.look.name(a.Label()), value: string(a.Agent), off: "deny", bare: "no rule",
		note: "Its own rule goes before those of its tags.",
		set:  func(answer otpcore.Answer) want { return wantRule{a, answer} },
	}
	if a.Agent == "" {
		row.value = "no rule"
		if holds, why := string(k.answer(a)), k.because(a); why != "" {
			row.value = first(f.width-14, "no rule: "+holds+", "+why, holds+", "+why, holds)
		}
		row.note = "Without a rule of its own, the strictest of its tags holds."
	}
	return row
}

// because says where the rule of an account without its own comes from; empty if
// there is none.
func (k *known) because(a otpcore.Account) string {
	holds := k.answer(a)
	for _, tag := range a.Tags {
		if rule, ok := k.tags[tag]; ok && rule == holds {
			return "by #" + tag
		}
	}
	if k.rule == "" {
		return ""
	}
	return "as this pane"
}

func (g *agentPage) tagRow(tag string, k *known) agentRow {
	n := 0
	for _, a := range g.list.accounts {
		if slices.Contains(a.Tags, tag) {
			n++
		}
	}
	row := agentRow{
		title: "#" + tag, value: string(k.tags[tag]), off: "deny", bare: "no rule",
		note: plural(n, "account") + " with this tag.",
		set:  func(answer otpcore.Answer) want { return wantTagRule{tag, answer} },
	}
	if row.value == "" {
		row.value = "no rule"
	}
	return row
}

// offered is what the setting gives, in words.
func offered(rule otpcore.Answer) string {
	switch rule {
	case otpcore.Allow:
		return "gives codes"
	case otpcore.Ask:
		return "asks for each code"
	}
	return "off"
}

// word is how far the agent is, for the title.
func (s *serving) word() string {
	switch {
	case s.run == nil:
		return "off"
	case s.state.Phase == agent.Serving:
		return "on"
	case s.state.Phase == agent.Waiting:
		return "waiting"
	case s.state.Phase == agent.Failed:
		return "failed"
	}
	return "starting"
}

// says is the same in a sentence.
func (s *serving) says() string {
	switch {
	case s.run == nil:
		return "While on, commands get codes here without the passphrase."
	case s.state.Phase == agent.Waiting:
		return "Another otpane serves this vault; this one takes over when it ends."
	case s.state.Phase == agent.Failed:
		return "It does not listen: " + cause(s.state.Err) + "."
	}
	return "Commands of yours get codes here, never keys, until it locks."
}

func (g *agentPage) view(f frame) view {
	l, rows := f.look, g.rows(f)
	g.at = max(min(g.at, len(rows)-1), 0)
	head, foot := []string{titleLine(f, "Agent", g.serving.word())}, []string{l.drawHints(g.hints(rows[g.at]), hint{}, f.width)}
	if f.height >= 8 {
		head = append(head, "")
	}
	if f.height >= 10 {
		foot = append([]string{"", " " + l.muted.paint(cut(rows[g.at].note, f.width-2, l.cut))}, foot...)
	}
	lines, chosen := g.lines(f, rows)
	room := max(f.height-len(head)-len(foot), 1)
	g.top = max(min(g.top, chosen, len(lines)-room), chosen-room+1, 0)
	body := lines[g.top:min(g.top+room, len(lines))]
	for len(body) < room {
		body = append(body, "")
	}
	return view{lines: slices.Concat(head, body, foot)}
}

// lines are the rows with what parts rules from requests, and the line of the chosen
// row.
func (g *agentPage) lines(f frame, rows []agentRow) (lines []string, chosen int) {
	parted, column := false, titleColumn
	for _, row := range rows {
		column = max(column, min(width(row.title)+2, f.width*3/5))
	}
	for i, row := range rows {
		if row.set == nil && !parted && f.height >= 10 {
			parted = true
			lines = append(lines, "")
		}
		if i == g.at {
			chosen = len(lines)
		}
		lines = append(lines, row.draw(f, column, i == g.at))
	}
	if len(g.serving.log) == 0 && f.height >= 10 {
		lines = append(lines, "", " "+f.look.muted.paint(cut("No requests since this pane was opened.", f.width-2, f.look.cut)))
	}
	return lines, chosen
}

func (g *agentPage) hints(row agentRow) []hint {
	back := hint{"esc", "back"}
	if row.set == nil {
		return []hint{{"↑↓", "choose"}, back}
	}
	hints := []hint{{"y", "allow"}, {"a", "ask"}, {"n", row.off}, back}
	if row.bare != "" {
		hints = slices.Insert(hints, 3, hint{"0", row.bare})
	}
	return hints
}

func (r agentRow) draw(f frame, column int, chosen bool) string {
	if r.set != nil {
		return settingRow(f, column, r.title, r.value, chosen)
	}
	return r.request.draw(f, chosen)
}

// draw is a line of the log. Where there is little room, what happened is worth more
// than when.
func (r request) draw(f frame, chosen bool) string {
	l, mark := f.look, " "
	if chosen {
		mark = l.accent.on(true, l.chosen)
	}
	clock, program := "15:04:05 ", 16
	switch {
	case f.width < 40:
		clock, program = "", 9
	case f.width < 60:
		clock, program = "15:04 ", 10
	}
	when := r.at.In(f.now.Location()).Format(clock)
	room := f.width - 1 - width(when) - 8 - program - 2
	return mark + l.muted.on(chosen, when) + l.text.on(chosen, left(r.word(), 8, "")+left(r.from.Program, program, l.cut)+" ") +
		l.muted.on(chosen, cut(l.name(r.about)+r.often("  "), room, l.cut))
}

// often is how many times a line stands for, if it is more than one.
func (r request) often(after string) string {
	if r.times == 1 {
		return ""
	}
	return after + itoa(r.times) + " times"
}

// says is a request in a sentence.
func (r request) says(l *look) string {
	q := question{from: r.from}
	text := q.who()
	if r.about != "" {
		return text + " wanted " + l.name(r.about) + r.often(", ") + "."
	}
	return text + ": " + r.word() + r.often(", ") + "."
}

// wantAgent switches the agent on or off. One that failed tries again.
type wantAgent struct{ answer otpcore.Answer }

func (w wantAgent) fulfil(p *pane) tea.Cmd {
	answer := w.answer
	if answer == otpcore.Deny {
		answer = ""
	}
	if p.config.Settings == nil || p.config.Settings.Agent == nil {
		p.say(toast{text: "There is no settings file here.", short: "no settings"})
		return nil
	}
	if p.serving.state.Phase == agent.Failed {
		p.endServing()
	}
	set := p.config.Settings.Agent
	return wantSetting{func() error { return set(answer) }}.fulfil(p)
}

// wantRule sets what programs get of an account.
type wantRule struct {
	account otpcore.Account
	answer  otpcore.Answer
}

func (w wantRule) fulfil(p *pane) tea.Cmd {
	if p.unsavedAccount(w.account) {
		return nil
	}
	is := w.account
	is.Agent = w.answer
	said := ruleToast(is.Label(), w.answer)
	return p.save(saved{id: is.ID, toast: said}, func(d *vault.Draft) error { return d.Change(w.account, is) }, replaced(is))
}

// wantTagRule sets what programs get of the accounts with a tag.
type wantTagRule struct {
	tag    string
	answer otpcore.Answer
}

func (w wantTagRule) fulfil(p *pane) tea.Cmd {
	// A rule that the disk refuses holds here for as long as it is kept here.
	effect := func(have []otpcore.Account) []otpcore.Account {
		p.tagAnswers[w.tag] = w.answer
		return have
	}
	result := saved{id: p.list.account().ID, toast: ruleToast("#"+w.tag, w.answer)}
	return p.save(result, func(d *vault.Draft) error { return d.SetTagAnswer(w.tag, w.answer) }, effect)
}

func ruleToast(name string, answer otpcore.Answer) toast {
	text := map[otpcore.Answer]string{
		otpcore.Allow: ": codes are given.", otpcore.Ask: ": asks first.", otpcore.Deny: ": no codes are given.", "": ": no rule.",
	}[answer]
	return toast{name: name, text: text, short: "saved", tone: toneDone}
}

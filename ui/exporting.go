package ui

import (
	"context"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
	"otpane/vault"
)

// exportPage writes accounts into a new file: first its form, then its path, then
// the passphrase it gets, or a yes where it gets none.
type exportPage struct {
	accounts []otpcore.Account
	forms    []exportForm
	at       int
	step     exportStep
	path     field
	sealing  *newPassphrase
}

type exportStep int

const (
	choosingForm exportStep = iota
	namingFile
	choosingPassphrase
	agreeing
)

// exportForm is a kind of file. The one that nobody else reads comes first.
type exportForm struct {
	name, what, ending string
	sealed             bool
	write              func([]otpcore.Account) ([]byte, error)
}

var exportForms = []exportForm{
	{"age file", "under a passphrase; age -d opens it", ".json.age", true, exchange.WriteJSON},
	{"JSON", "readable, with tags and notes", ".json", false, exchange.WriteJSON},
	{"otpauth list", "readable, for other programs", ".txt", false, func(accounts []otpcore.Account) ([]byte, error) {
		return exchange.WriteURIs(accounts), nil
	}},
}

// wantExport opens the page.
type wantExport struct{ accounts []otpcore.Account }

func (w wantExport) fulfil(p *pane) tea.Cmd {
	if len(w.accounts) == 0 || p.config.Write == nil {
		return nil
	}
	page := &exportPage{accounts: w.accounts, forms: exportForms, path: newField("write to")}
	if p.config.Seal == nil {
		page.forms = exportForms[1:]
	}
	return wantPage{page}.fulfil(p)
}

// rows: a question, its field and a remark of two lines stand between the title and
// the hints.
func (e *exportPage) rows() int { return 6 }

func (e *exportPage) form() exportForm { return e.forms[e.at] }

func (e *exportPage) press(msg tea.KeyPressMsg, f frame) want {
	switch e.step {
	case namingFile:
		e.name(msg, f)
	case choosingPassphrase:
		if msg.String() == "esc" {
			e.step = namingFile
			return nil
		}
		if passphrase, done := e.sealing.press(msg); done {
			return wantWriteExport{e, []byte(passphrase)}
		}
	case agreeing:
		if msg.String() == "y" {
			return wantWriteExport{e, nil}
		}
		if msg.String() == "esc" || msg.String() == "n" {
			e.step = namingFile
		}
	default:
		return e.choose(msg, f)
	}
	return nil
}

func (e *exportPage) choose(msg tea.KeyPressMsg, f frame) want {
	keys := f.look.keys
	switch {
	case key.Matches(msg, keys.back, keys.quit):
		return wantBack{}
	case key.Matches(msg, keys.up):
		e.at = max(e.at-1, 0)
	case key.Matches(msg, keys.down):
		e.at = min(e.at+1, len(e.forms)-1)
	case msg.String() == "enter":
		e.step = namingFile
		e.path.set("otpane-" + f.now.Format(time.DateOnly) + e.form().ending)
	}
	return nil
}

func (e *exportPage) name(msg tea.KeyPressMsg, f frame) {
	switch {
	case msg.String() == "esc":
		e.step = choosingForm
	case msg.String() != "enter":
		e.path.press(msg)
	case strings.TrimSpace(e.path.value()) == "":
	case e.form().sealed:
		e.step, e.sealing = choosingPassphrase, choosePassphrase(f.look, vault.Strength)
	default:
		e.step = agreeing
	}
}

func (e *exportPage) paste(text string, _ frame) want {
	switch e.step {
	case namingFile:
		e.path.paste(text)
	case choosingPassphrase:
		e.sealing.typed.paste(text)
	}
	return nil
}

func (e *exportPage) view(f frame) view {
	l := f.look
	lines := []string{titleLine(f, "Export "+plural(len(e.accounts), "account"), "")}
	if f.height >= 10 {
		lines = append(lines, "", " "+l.muted.paint(cut(l.name(names(e.accounts)), f.width-2, l.cut)), "")
	}
	var more []string
	var cursor *tea.Cursor
	var hints []hint
	switch e.step {
	case choosingForm:
		more, hints = e.choices(f), []hint{{"enter", "take"}, {"↑↓", "choose"}, {"esc", "back"}}
	case namingFile:
		var row string
		row, cursor = fieldRow(f, &e.path, "write to", len(lines))
		more, hints = []string{row}, []hint{{"enter", "go on"}, {"esc", "back"}}
	case choosingPassphrase:
		question := e.sealing.question()
		if e.sealing.first == "" {
			question = "A passphrase for this file alone."
		}
		more = []string{" " + l.text.paint(cut(question, f.width-2, l.cut))}
		var row string
		row, cursor = fieldRow(f, &e.sealing.typed, "passphrase", len(lines)+1)
		more = append(append(more, row), e.sealing.remark(f)...)
		hints = []hint{{"enter", "go on"}, {"tab", "show"}, {"esc", "back"}}
	case agreeing:
		more = l.warned("Whoever reads this file has the keys. Remove it when it has served.", f.width)
		hints = []hint{{"y", "write"}, {"n", "not like this"}}
	}
	lines = append(lines, more...)
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints(hints, hint{}, f.width)), cursor: cursor}
}

func (e *exportPage) choices(f frame) (lines []string) {
	l := f.look
	for i, form := range e.forms {
		on := i == e.at
		row := line{selected: on}.edge(l) + l.text.on(on, left(form.name, 14, ""))
		lines = append(lines, row+l.muted.on(on, left(form.what, f.width-16, l.cut)))
	}
	return lines
}

// wantWriteExport writes the file, never over an old one.
type wantWriteExport struct {
	page       *exportPage
	passphrase []byte // nil for a readable file
}

func (w wantWriteExport) fulfil(p *pane) tea.Cmd {
	ctx, config, form, path := p.ctx, p.config, w.page.form(), w.page.path.value()
	if config.Expand != nil {
		path = config.Expand(path)
	}
	accounts := w.page.accounts
	p.busy = w.page
	if form.sealed {
		p.say(toast{text: "Sealing takes a second."})
	}
	return p.writing(func() tea.Msg {
		return exported{w.page, path, writeExport(ctx, config, form, accounts, w.passphrase, path)}
	})
}

func writeExport(ctx context.Context, config Config, form exportForm, accounts []otpcore.Account, passphrase []byte, path string) error {
	data, err := form.write(accounts)
	if err != nil {
		return err
	}
	defer clear(data)
	if form.sealed {
		defer clear(passphrase)
		sealed, err := config.Seal(ctx, data, passphrase)
		if err != nil {
			return err
		}
		return config.Write(ctx, path, sealed)
	}
	return config.Write(ctx, path, data)
}

type exported struct {
	page *exportPage
	path string
	err  error
}

func (p *pane) exported(msg exported) {
	p.busy = nil
	if msg.err != nil {
		msg.page.step = namingFile
		p.say(toast{lead: "Not written: ", name: cause(msg.err), text: ".", short: "not written", tone: toneWarn, lasts: undoFor})
		return
	}
	said := toast{
		name: msg.path, text: " written: " + plural(len(msg.page.accounts), "account") + ".",
		more: "Whoever reads it has the keys.", short: "written", tone: toneWarn, lasts: undoFor,
	}
	if msg.page.form().sealed {
		said.more, said.tone = "age -d opens it.", toneDone
	}
	if p.page == screen(msg.page) {
		p.page = nil
	}
	p.say(said)
}

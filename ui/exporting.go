package ui

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
	"otpane/otpcore/qr"
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

// exportForm is a kind of file, by one of its functions. The one that nobody else
// reads comes first.
type exportForm struct {
	name, what, ending string
	opens              string // who opens a sealed one
	seal               func(ctx context.Context, config Config, accounts []otpcore.Account, passphrase []byte) ([]byte, error)
	write              func([]otpcore.Account) ([]byte, error)
	// parts are several files; what they cannot hold is left out and counted.
	parts func([]otpcore.Account) (files [][]byte, left int, err error)
}

var exportForms = []exportForm{
	{name: "age file", what: "under a passphrase; age -d opens it", ending: ".json.age", opens: "age -d opens it.", seal: sealAge},
	{name: "JSON", what: "readable, with tags and notes", ending: ".json", write: exchange.WriteJSON},
	{name: "otpauth list", what: "readable, for other programs", ending: ".txt", write: plainly(exchange.WriteURIs)},
	{name: "Aegis", what: "readable, for most phones", ending: ".aegis.json", write: exchange.WriteAegis},
	{name: "Aegis, sealed", what: "under a passphrase; Aegis opens it", ending: ".aegis.json", opens: "Aegis opens it.",
		seal: func(_ context.Context, _ Config, accounts []otpcore.Account, passphrase []byte) ([]byte, error) {
			return exchange.WriteAegisEncrypted(accounts, passphrase)
		}},
	{name: "Google codes", what: "pictures, to scan on a phone", ending: ".png", parts: transferPictures},
	{name: "page to print", what: "HTML with a QR code of each", ending: ".html", write: plainly(exchange.WritePage)},
}

func plainly(write func([]otpcore.Account) []byte) func([]otpcore.Account) ([]byte, error) {
	return func(accounts []otpcore.Account) ([]byte, error) { return write(accounts), nil }
}

func sealAge(ctx context.Context, config Config, accounts []otpcore.Account, passphrase []byte) ([]byte, error) {
	data, err := exchange.WriteJSON(accounts)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	return config.Seal(ctx, data, passphrase)
}

func transferPictures(accounts []otpcore.Account) (files [][]byte, left int, err error) {
	uris, skipped := exchange.WriteMigration(accounts)
	for _, uri := range uris {
		grid, err := qr.Encode(uri)
		if err != nil {
			return nil, 0, err
		}
		picture, err := grid.PNG(8)
		if err != nil {
			return nil, 0, err
		}
		files = append(files, picture)
	}
	if len(files) == 0 {
		return nil, 0, errors.New("no account fits this form")
	}
	return files, len(skipped), nil
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
	case e.form().seal != nil:
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
		more, hints = e.choices(f, f.height-1-len(lines)), []hint{{"enter", "take"}, {"↑↓", "choose"}, {"esc", "back"}}
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

// choices are the forms around the selected one, as many as there are rows.
func (e *exportPage) choices(f frame, rows int) (lines []string) {
	l := f.look
	top := max(min(e.at-rows/2, len(e.forms)-rows), 0)
	for i := top; i < min(top+rows, len(e.forms)); i++ {
		form := e.forms[i]
		on := i == e.at
		row := line{selected: on}.edge(l) + l.text.on(on, left(form.name, 15, ""))
		lines = append(lines, row+l.muted.on(on, left(form.what, f.width-17, l.cut)))
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
	if form.seal != nil {
		p.say(toast{text: "Sealing takes a second."})
	}
	return p.writing(func() tea.Msg {
		defer clear(w.passphrase)
		files, left, err := form.files(ctx, config, accounts, w.passphrase)
		if err != nil {
			return exported{page: w.page, path: path, err: err}
		}
		written, err := writeExport(ctx, config, form, path, files)
		return exported{w.page, written, left, err}
	})
}

// files is what is to be written, one after another.
func (form exportForm) files(ctx context.Context, config Config, accounts []otpcore.Account, passphrase []byte) (files [][]byte, left int, err error) {
	var data []byte
	switch {
	case form.parts != nil:
		return form.parts(accounts)
	case form.seal != nil:
		data, err = form.seal(ctx, config, accounts, passphrase)
	default:
		data, err = form.write(accounts)
	}
	return [][]byte{data}, 0, err
}

// writeExport names the files of a set by numbers, and remembers the readable ones:
// the pane reminds of them until they are gone.
func writeExport(ctx context.Context, config Config, form exportForm, path string, files [][]byte) (first string, err error) {
	ending := filepath.Ext(path)
	for i, data := range files {
		name := path
		if form.parts != nil {
			name = strings.TrimSuffix(path, ending) + "-" + itoa(i+1) + ending
		}
		if i == 0 {
			first = name
		}
		err := config.Write(ctx, name, data)
		clear(data)
		if err != nil {
			return first, err
		}
		if form.seal == nil && config.Readable.Note != nil {
			_ = config.Readable.Note(name) // a reminder less is no reason to fail
		}
	}
	return first, nil
}

type exported struct {
	page *exportPage
	path string // of the first file
	left int    // accounts that do not fit the form
	err  error
}

func (p *pane) exported(msg exported) tea.Cmd {
	p.busy = nil
	if msg.err != nil {
		msg.page.step = namingFile
		p.say(toast{lead: "Not written: ", name: cause(msg.err), text: ".", short: "not written", tone: toneWarn, lasts: undoFor})
		return p.lookReadable()
	}
	said := toast{
		name: msg.path, text: " written: " + plural(len(msg.page.accounts)-msg.left, "account") + ".",
		more: "Whoever reads it has the keys.", short: "written", tone: toneWarn, lasts: undoFor,
	}
	switch {
	case msg.page.form().seal != nil:
		said.more, said.tone = msg.page.form().opens, toneDone
	case msg.left > 0:
		said.more = itoa(msg.left) + " left out: " + msg.page.form().name + " cannot hold them."
	}
	if p.page == screen(msg.page) {
		p.page = nil
	}
	p.say(said)
	return p.lookReadable()
}

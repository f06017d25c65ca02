package ui

import (
	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
)

// seal asks for the passphrases of encrypted exports, one file after another, in
// front of the preview that they go into.
type seal struct {
	files   []sealedFile // the first is the one that is asked for
	typed   field
	shown   bool // as it is typed
	notice  string
	working bool
	work    string // what takes long: "Argon2id, 1024 MiB"
}

func (s *seal) open() bool { return len(s.files) > 0 }

// await puts files behind those that wait.
func (s *seal) await(files []sealedFile) {
	before := len(s.files)
	s.files = append(s.files, files...)
	if before == 0 {
		s.ask("")
	}
}

func (s *seal) ask(notice string) {
	s.typed, s.notice, s.shown, s.working, s.work = newField("passphrase"), notice, false, false, ""
	s.typed.exact = true
}

// next goes to the next file.
func (s *seal) next() {
	s.files = s.files[1:]
	s.ask("")
}

// tried is what an attempt gave: a wrong passphrase asks again, whatever else is
// wrong is a line of the preview.
func (s *seal) tried(m *intake, msg found) {
	switch {
	case len(msg.sealed) > 0:
		s.ask("Wrong passphrase, or a damaged file.")
	case msg.err != nil:
		s.drop(m, msg.sentence())
	default:
		s.next()
	}
}

// drop leaves a file out and says why.
func (s *seal) drop(m *intake, why string) {
	m.notice = why
	m.batch.Skipped = append(m.batch.Skipped, otpcore.Skip{Where: baseName(s.files[0].from), Reason: why})
	s.next()
}

func (s *seal) press(m *intake, msg tea.KeyPressMsg) want {
	name := msg.String()
	switch {
	case s.working && name == "esc":
		s.ask("")
		return wantStop{}
	case s.working:
	case name == "esc":
		s.drop(m, "Encrypted; its passphrase was not typed.")
		if !s.open() && !m.loaded {
			return wantBack{}
		}
	case name == "tab":
		s.shown = !s.shown
	case name == "enter" && s.typed.value() == "":
		s.notice = "Type its passphrase, then enter."
	case name == "enter":
		s.working, s.notice = true, ""
		return wantUnlock{m, s.files[0], []byte(s.typed.value())}
	default:
		s.notice = ""
		s.typed.press(msg)
	}
	return nil
}

func (s *seal) paste(text string) {
	if !s.working {
		s.typed.paste(text)
	}
}

func (s *seal) view(f frame) view {
	l := f.look
	end := "encrypted"
	if more := len(s.files) - 1; more > 0 {
		end += ", " + itoa(more) + " more"
	}
	lines := []string{titleLine(f, "Import "+outside(baseName(s.files[0].from)), end)}
	if f.height >= 6 {
		lines = append(lines, "")
	}
	typed, show := s.typed, "show"
	if s.shown {
		show = "hide"
	} else {
		typed.veil = l.hidden
	}
	row, cursor := fieldRow(f, &typed, "passphrase", len(lines))
	lines = append(lines, row)
	hints := []hint{{"enter", "open"}, {"tab", show}, {"esc", "leave it out"}}
	switch {
	case s.working:
		lines = append(lines, " "+l.muted.paint("opening  ")+walk(l, f.now.Second()), " "+l.muted.paint(cut(s.work, f.width-2, l.cut)))
		hints, cursor = []hint{{"esc", "cancel"}}, nil
	case s.notice != "":
		lines = append(lines, l.warned(s.notice, f.width)...)
	case f.height >= 6:
		lines = append(lines, " "+l.muted.paint(cut("Of the program that wrote it, not of this vault.", f.width-2, l.cut)))
	}
	for len(lines) < f.height-1 {
		lines = append(lines, "")
	}
	return view{lines: append(lines[:f.height-1], l.drawHints(hints, hint{}, f.width)), cursor: cursor}
}

// wantUnlock opens an encrypted export off the loop, and tells what takes long.
type wantUnlock struct {
	page       *intake
	file       sealedFile
	passphrase []byte
}

func (w wantUnlock) fulfil(p *pane) tea.Cmd {
	ctx, work := p.reading(), make(chan string, 1)
	opts := exchange.Options{Passphrase: w.passphrase, OpenAge: p.config.OpenAge, Progress: func(what string) {
		select {
		case work <- what:
		default: // the first is what takes long
		}
	}}
	open := func() tea.Msg {
		defer close(work)
		defer clear(w.passphrase)
		msg := recognise(ctx, w.file.from, w.file.data, opts)
		msg.page, msg.attempt = w.page, true
		return msg
	}
	tell := func() tea.Msg {
		what, told := <-work
		if !told {
			return nil
		}
		return deriving{w.page, what}
	}
	return tea.Batch(open, tell)
}

// deriving says what an attempt is busy with.
type deriving struct {
	page *intake
	what string
}

func (p *pane) deriving(msg deriving) {
	if p.page == screen(msg.page) && msg.page.seal.working {
		msg.page.seal.work = msg.what
	}
}

// wantStop ends what is being read.
type wantStop struct{}

func (wantStop) fulfil(p *pane) tea.Cmd {
	p.stopReading()
	return nil
}

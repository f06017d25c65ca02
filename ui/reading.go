package ui

import (
	"context"
	"errors"
	"sync"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
	"otpane/otpcore/qr"
)

// found is what reading something gave.
type found struct {
	page  screen // that asked
	from  string
	batch otpcore.Batch
	texts []string // of QR codes
	// pictures are the files whose codes these are
	pictures []string
	attempt  bool         // with a passphrase
	sealed   []sealedFile // that could not be opened without a passphrase, or with this one
	err      error
}

// sealedFile is an export that waits for its passphrase.
type sealedFile struct {
	from string
	data []byte
}

// recognise turns bytes into accounts: a picture through its QR codes, anything
// else by its content.
func recognise(ctx context.Context, from string, data []byte, opts exchange.Options) found {
	opened, err := exchange.Open(ctx, data, opts)
	msg := found{from: from, batch: opened.Batch, texts: opened.Texts, err: err}
	if errors.Is(err, exchange.ErrPassphraseNeeded) || errors.Is(err, exchange.ErrPassphrase) {
		msg.sealed = []sealedFile{{from, data}}
	}
	return msg
}

// sentence says why nothing came in.
func (msg found) sentence() string {
	var format *qr.FormatError
	var nothing *qr.NoCodeError
	var refused *exchange.RefusedError
	switch {
	case errors.As(msg.err, &refused):
		return upperFirst(outside(refused.Error())) + ". " + refused.Advice
	case errors.Is(msg.err, exchange.ErrPassphraseNeeded):
		return "It is encrypted: import it to type its passphrase."
	case errors.Is(msg.err, exchange.ErrPassphrase):
		return wrongPassphrase
	case errors.Is(msg.err, exchange.ErrDamaged):
		return upperFirst(outside(msg.err.Error())) + ". Export it again."
	case errors.Is(msg.err, exchange.ErrUnknown) && len(msg.texts) > 0:
		return exchange.Explain(msg.texts[0])
	case errors.Is(msg.err, exchange.ErrUnknown):
		return "No account in this file: it is neither a picture nor an export."
	case errors.Is(msg.err, exchange.ErrNothing) && len(msg.batch.Skipped) > 0:
		skip := msg.batch.Skipped[0]
		return "Not an account: " + outside(skip.Reason) + "."
	case errors.As(msg.err, &nothing):
		return upperFirst(nothing.Error()) + ". " + nothing.Advice()
	case errors.As(msg.err, &format):
		return outside(format.Error() + "; " + format.Advice)
	}
	return cause(msg.err)
}

// wantPicture reads the picture on the clipboard.
type wantPicture struct{}

func (wantPicture) fulfil(p *pane) tea.Cmd {
	if p.config.Picture == nil {
		p.say(toast{text: "No clipboard with pictures here. " + on(p.look.keys.intake, "takes a file.").String(), short: "no pictures here", tone: toneWarn})
		return nil
	}
	return p.intakeFrom("picture on the clipboard", wantRead{from: "clipboard", read: p.config.Picture})
}

// intakeFrom opens the preview on what is read now.
func (p *pane) intakeFrom(awaited string, read want) tea.Cmd {
	page := newIntake(awaited)
	if cmd := (wantPage{page}).fulfil(p); p.page != screen(page) {
		return cmd
	}
	return read.fulfil(p)
}

// wantRead reads something to import and gives it to the page that is open now,
// if it still is when the reading is done.
type wantRead struct {
	from string
	read func(context.Context) ([]byte, error)
}

func (w wantRead) fulfil(p *pane) tea.Cmd {
	ctx, page, opts := p.reading(), p.page, p.opening()
	return func() tea.Msg {
		data, err := w.read(ctx)
		if err != nil {
			return found{page: page, from: w.from, err: err}
		}
		msg := recognise(ctx, w.from, data, opts)
		msg.page = page
		return msg
	}
}

// wantFiles is wantRead for paths that somebody typed, pasted or dropped.
type wantFiles struct{ paths []string }

func (w wantFiles) fulfil(p *pane) tea.Cmd {
	read, page := p.config.Read, p.page
	if read == nil {
		return nil
	}
	ctx, opts := p.reading(), p.opening()
	return func() tea.Msg { return readAll(ctx, page, w.paths, read, opts) }
}

// opening is how exports are read before a passphrase is known.
func (p *pane) opening() exchange.Options { return exchange.Options{OpenAge: p.config.OpenAge} }

// reading begins a reading and ends the one before: nobody waits for it any more.
func (p *pane) reading() context.Context {
	p.stopReading()
	ctx, cancel := context.WithCancel(p.ctx)
	p.endReading = cancel
	return ctx
}

func (p *pane) stopReading() {
	if p.endReading != nil {
		p.endReading()
		p.endReading = nil
	}
}

// readAll reads several files, two at a time: a picture without a code keeps a
// processor busy for seconds. One that cannot be read does not keep the others
// out; of several it becomes a line of the preview.
func readAll(ctx context.Context, page screen, paths []string, read func(context.Context, string) ([]byte, error), opts exchange.Options) found {
	each := make([]found, len(paths))
	var wait sync.WaitGroup
	turn := make(chan struct{}, 2)
	for i, path := range paths {
		wait.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			each[i] = readOne(ctx, path, read, opts)
		})
	}
	wait.Wait()
	if len(each) == 1 {
		each[0].page = page
		return each[0]
	}
	return together(page, each)
}

func readOne(ctx context.Context, path string, read func(context.Context, string) ([]byte, error), opts exchange.Options) found {
	data, err := read(ctx, path)
	if err != nil {
		return found{from: path, err: err}
	}
	one := recognise(ctx, path, data, opts)
	if len(one.texts) > 0 {
		one.pictures = []string{path}
	}
	return one
}

func together(page screen, each []found) found {
	all := found{page: page}
	for _, one := range each {
		if len(one.sealed) > 0 {
			all.sealed = append(all.sealed, one.sealed...)
			continue
		}
		if one.err != nil {
			all.batch.Skipped = append(all.batch.Skipped, otpcore.Skip{Where: baseName(one.from), Reason: one.sentence()})
			continue
		}
		all.from, all.batch = one.from, all.batch.Join(one.batch)
		all.pictures = append(all.pictures, one.pictures...)
	}
	if len(all.batch.Accounts) == 0 && len(all.sealed) == 0 {
		all.err = exchange.ErrNothing
	}
	return all
}

// wantBytes is wantRead for bytes that are here already: pasted text, a data URL.
type wantBytes struct {
	from string
	data []byte
}

func (w wantBytes) fulfil(p *pane) tea.Cmd {
	return wantRead{w.from, func(context.Context) ([]byte, error) { return w.data, nil }}.fulfil(p)
}

// wantPictureFor reads the clipboard's picture for the page that is open.
type wantPictureFor struct{}

func (wantPictureFor) fulfil(p *pane) tea.Cmd {
	if p.config.Picture == nil {
		p.say(toast{text: "No clipboard with pictures here. Type its path.", short: "no pictures here", tone: toneWarn})
		return nil
	}
	return wantRead{"clipboard", p.config.Picture}.fulfil(p)
}

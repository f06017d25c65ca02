package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/otpcore/qr"
	"otpane/vault"
)

// A want is what a screen asks for. The pane fulfils it: by a change of its own
// state, and by a command for whatever reaches outside. Those that open something and
// those that change the vault are here; copying.go hands out codes, reading.go imports,
// matter.go mends, leaving.go ends.
type want interface{ fulfil(p *pane) tea.Cmd }

// Commands hold plain values, return one message with result and error, and
// change nothing.
type (
	saved struct {
		page   screen // that asked, if one did
		err    error
		toast  toast
		id     string               // the account to select
		closes bool                 // the page that asked is done
		final  bool                 // not to be kept and tried again
		then   func(id string) want // once it is on disk; nil for nothing
		undo   undo
		edit   edit // what to keep if it could not be saved
	}
	advanced struct {
		account otpcore.Account
		code    string
		err     error
	}
	refreshed struct {
		changed bool
		err     error
	}
	written struct {
		path string
		err  error
	}
)

// undo is the last deletion.
type undo struct{ accounts []otpcore.Account }

// wantPage opens a page over the list.
type wantPage struct{ page screen }

func (w wantPage) fulfil(p *pane) tea.Cmd {
	if p.frame().small() {
		p.say(toast{text: "needs 24x3", short: "needs 24x3", tone: toneWarn})
		return nil
	}
	if !p.fits(w.page) {
		p.say(toast{text: "needs 24x" + itoa(rowsOf(w.page)), short: "24x" + itoa(rowsOf(w.page)), tone: toneWarn})
		return nil
	}
	p.page, p.toast = w.page, toast{}
	return nil
}

// rowsOf is the least height of a page that has one.
func rowsOf(page screen) int {
	if page, ok := page.(interface{ rows() int }); ok {
		return page.rows()
	}
	return 3
}

// fits reports whether a page can be drawn in this pane. One that cannot is
// hidden, and takes no keys, until the pane grows.
func (p *pane) fits(page screen) bool {
	return !p.frame().small() && p.height >= rowsOf(page)
}

// wantSheet raises a question from the bottom.
type wantSheet struct{ sheet *sheet }

func (w wantSheet) fulfil(p *pane) tea.Cmd {
	if p.frame().small() {
		return wantPage{}.fulfil(p)
	}
	p.sheet = w.sheet
	return nil
}

// wantBack returns to the list.
type wantBack struct{}

func (wantBack) fulfil(p *pane) tea.Cmd {
	p.stopReading()
	p.page, p.sheet = nil, nil
	return nil
}

// wantSay shows a line for a while.
type wantSay struct {
	text  string
	tone  tone
	short string // for panes that cannot hold the text
}

func (w wantSay) fulfil(p *pane) tea.Cmd {
	p.say(toast{text: w.text, short: w.short, tone: w.tone})
	return nil
}

// wantSettle drops what was pending: a waiting copy, a question in the status.
type wantSettle struct{}

func (wantSettle) fulfil(p *pane) tea.Cmd {
	p.waiting, p.question = nil, spentQuestion{}
	p.toast = toast{}
	if a := p.list.account(); p.frame().nameless() && a.ID != "" {
		p.say(toast{text: a.Label(), lasts: time.Second})
	}
	return nil
}

// wantAdvance draws the next counter code: saved first, then shown.
type wantAdvance struct{ account otpcore.Account }

func (w wantAdvance) fulfil(p *pane) tea.Cmd {
	a := w.account
	switch {
	case a.ID == "":
		return nil
	case p.unsavedAccount(a):
		return nil
	case a.Timed():
		p.say(toast{name: a.Label(), text: " is time-based: its codes come by themselves.", short: "time-based"})
		return nil
	}
	v := p.config.Vault
	return p.writing(func() tea.Msg {
		_, code, err := v.Advance(a.ID)
		return advanced{account: a, code: code, err: err}
	})
}

// wantPin turns an account's pin over.
type wantPin struct{ account otpcore.Account }

func (w wantPin) fulfil(p *pane) tea.Cmd {
	a := w.account
	if a.ID == "" || p.unsavedAccount(a) {
		return nil
	}
	a.Pinned = !a.Pinned
	said := toast{name: a.Label(), text: " unpinned.", short: "unpinned"}
	if a.Pinned {
		said.text, said.short = " pinned: it stays on top.", "pinned"
	}
	return p.save(saved{toast: said, id: a.ID}, func(d *vault.Draft) error {
		current, ok := d.Account(a.ID)
		if !ok {
			return vault.ErrNoAccount
		}
		current.Pinned = a.Pinned
		return d.Set(current)
	}, replaced(a))
}

// wantAdd stores a new account under a name of its own. It is on disk before its
// code is typed anywhere, and unfinished until the site has taken one.
type wantAdd struct {
	account  otpcore.Account
	pictures []string // that its key came from
}

func (w wantAdd) fulfil(p *pane) tea.Cmd {
	a := w.account
	a.Unfinished = true
	free := a
	free.Name = otpcore.FreeName(p.list.accounts, a.Issuer, a.Name)
	result := saved{closes: true, then: enrol(w.pictures), toast: toast{name: a.Label(), text: " saved.", short: "saved", tone: toneDone}}
	if free.Name != a.Name {
		result.toast.text = fmt.Sprintf(" exists. This one is saved as %s.", free.Name)
	}
	return p.save(result, func(d *vault.Draft) error {
		stored := a
		stored.Name = otpcore.FreeName(d.Accounts(), a.Issuer, a.Name)
		_, err := d.Add(stored)
		return err
	}, p.added(free))
}

// wantChange stores what was edited of an account, and only that: what another
// process changed meanwhile, a counter above all, stays.
type wantChange struct {
	was, is otpcore.Account
	back    want // where the form was opened from; nil is the list
}

func (w wantChange) fulfil(p *pane) tea.Cmd {
	if p.unsavedAccount(w.was) {
		return nil
	}
	result := saved{id: w.is.ID, closes: true,
		toast: toast{name: w.is.Label(), text: " changed.", short: "changed", tone: toneDone}}
	if w.back != nil {
		result.then = func(string) want { return w.back }
	}
	return p.save(result, func(d *vault.Draft) error { return d.Change(w.was, w.is) }, replaced(w.is))
}

// wantDelete moves accounts to the trash, in one save.
type wantDelete struct{ accounts []otpcore.Account }

func (w wantDelete) fulfil(p *pane) tea.Cmd {
	if slices.ContainsFunc(w.accounts, p.unsavedAccount) {
		return nil
	}
	result := saved{
		undo:  undo(w),
		toast: toast{name: joint(w.accounts), text: " deleted, kept for 30 days.  " + on(p.look.keys.undo, "undo").String(), short: "deleted, " + on(p.look.keys.undo, "").key, tone: toneDone, lasts: undoFor},
	}
	return p.save(result, func(d *vault.Draft) error {
		return each(d, w.accounts, func(a otpcore.Account) error { return d.Delete(a.ID) })
	}, removed(w.accounts))
}

// joint is one account by its label, and several by their number.
func joint(accounts []otpcore.Account) string {
	if len(accounts) == 1 {
		return accounts[0].Label()
	}
	return plural(len(accounts), "account")
}

// wantUndo brings the last deleted accounts back.
type wantUndo struct{}

func (wantUndo) fulfil(p *pane) tea.Cmd {
	last := p.undo
	if len(last.accounts) == 0 {
		p.say(toast{text: "Nothing to undo."})
		return nil
	}
	p.undo = undo{}
	result := saved{id: last.accounts[0].ID, toast: toast{name: joint(last.accounts), text: " is back.", short: "back", tone: toneDone}}
	if len(last.accounts) > 1 {
		result.toast.text = " are back."
	}
	nothing := func(have []otpcore.Account) []otpcore.Account { return have }
	return p.save(result, func(d *vault.Draft) error { return restore(d, last.accounts) }, nothing)
}

// restore brings back what is still in the trash of these, and fails if nothing is.
func restore(d *vault.Draft, accounts []otpcore.Account) error {
	some := false
	for _, a := range accounts {
		some = d.Restore(a.ID) == nil || some
	}
	if !some {
		return vault.ErrNoAccount
	}
	return nil
}

// wantImport adds the chosen entries of a preview in one save.
type wantImport struct {
	plan     otpcore.Plan
	chosen   []int
	pictures []string // whose codes they are
}

func (w wantImport) fulfil(p *pane) tea.Cmd {
	accounts := w.plan.Chosen(p.list.accounts, w.chosen)
	result := saved{closes: true, then: func(string) want { return wantDone{w.pictures} },
		toast: toast{text: plural(len(accounts), "account") + " imported.", short: "imported", tone: toneDone}}
	if len(accounts) == 1 {
		result.toast.name, result.toast.text = accounts[0].Label(), " imported."
		if accounts[0].Unfinished {
			result.then = enrol(w.pictures)
		}
	}
	return p.save(result, func(d *vault.Draft) error {
		// The preview may be older than the vault: what has come in since stays out.
		for _, a := range w.plan.Chosen(d.Accounts(), w.chosen) {
			if _, err := d.Add(a); err != nil {
				return err
			}
		}
		return nil
	}, p.added(accounts...))
}

// save runs an operation on the newest copy of the vault, off the loop. If the
// disk refuses, it is kept with its effect on what is shown.
func (p *pane) save(result saved, operation func(*vault.Draft) error, effect func([]otpcore.Account) []otpcore.Account) tea.Cmd {
	v := p.config.Vault
	result.edit = edit{operation: operation, effect: effect}
	result.page, p.busy = p.page, p.page
	if len(p.pending) > 0 {
		return p.queue(result)
	}
	return p.writing(func() tea.Msg {
		before := ids(v.Accounts())
		result.err = v.Update(operation)
		if result.id == "" {
			result.id = firstNew(v.Accounts(), before)
		}
		return result
	})
}

// queue keeps the order of edits: behind one that waits, the next one waits too,
// and all are tried again at once.
func (p *pane) queue(result saved) tea.Cmd {
	result.err = p.pending[len(p.pending)-1].err
	p.saved(result)
	return wantRetry{}.fulfil(p)
}

// writing is a command that changes the vault or the clipboard. Leaving waits for
// it: what the user has confirmed is on disk before the pane is gone.
func (p *pane) writing(cmd tea.Cmd) tea.Cmd {
	p.writes.Add(1)
	return func() tea.Msg {
		defer p.writes.Done()
		msg := cmd()
		if save, ok := msg.(saved); ok && save.err != nil {
			p.unheard.Add(1)
		}
		return msg
	}
}

func ids(accounts []otpcore.Account) map[string]bool {
	set := make(map[string]bool, len(accounts))
	for _, a := range accounts {
		set[a.ID] = true
	}
	return set
}

// firstNew is the account to select after something was added.
func firstNew(accounts []otpcore.Account, before map[string]bool) string {
	for _, a := range accounts {
		if !before[a.ID] {
			return a.ID
		}
	}
	return ""
}

// wantQR shows an account as a QR code.
type wantQR struct{ account otpcore.Account }

func (w wantQR) fulfil(p *pane) tea.Cmd {
	grid, err := qr.Encode(w.account.URI())
	if err != nil {
		p.say(toast{text: "This account does not fit into a QR code.", short: "too long for a QR", tone: toneWarn})
		return nil
	}
	return wantPage{&qrPage{account: w.account, grid: grid}}.fulfil(p)
}

// wantWrite makes a new file, never over an old one.
type wantWrite struct {
	path string
	data []byte
	keys bool // are in it, for everybody to read
}

func (w wantWrite) fulfil(p *pane) tea.Cmd {
	if p.config.Write == nil {
		return nil
	}
	write, note, ctx := p.config.Write, p.config.Readable.Note, p.ctx
	return func() tea.Msg {
		err := write(ctx, w.path, w.data)
		if err == nil && w.keys && note != nil {
			_ = note(w.path) // a reminder less is no reason to fail
		}
		return written{w.path, err}
	}
}

// wantRemove deletes pictures that hold keys.
type wantRemove struct{ paths []string }

func (w wantRemove) fulfil(p *pane) tea.Cmd {
	remove, ctx := p.config.Remove, p.ctx
	return func() tea.Msg {
		for _, path := range w.paths {
			if err := remove(ctx, path); err != nil {
				return removedMsg{path, err}
			}
		}
		return removedMsg{w.paths[0], nil}
	}
}

type removedMsg struct {
	path string
	err  error
}

func (p *pane) removed(msg removedMsg) {
	if msg.err != nil {
		p.say(toast{lead: "Not removed: ", name: cause(msg.err), text: ".", short: "not removed", tone: toneWarn})
		return
	}
	p.say(toast{name: baseName(msg.path), text: " removed.", short: "removed", tone: toneDone})
}

// cause is an error in one line, fit for the status row.
func cause(err error) string {
	switch {
	case errors.Is(err, vault.ErrNoAccount):
		return "another process deleted the account"
	case errors.Is(err, vault.ErrBusy):
		return "another process holds the vault"
	case errors.Is(err, vault.ErrNewer):
		return "the vault was written by a newer otpane"
	case errors.Is(err, vault.ErrNotFound):
		return "the vault's file is gone"
	case errors.Is(err, vault.ErrDamaged):
		return "the vault's file is damaged"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full"
	case errors.Is(err, syscall.EROFS):
		return "the disk is read-only"
	case errors.Is(err, fs.ErrPermission):
		return "the folder may not be written"
	}
	return outside(err.Error())
}

package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/vault"
)

// matter is something that waits to be mended: an edit that could not be saved,
// two keys after a merge, a copy beside the vault. It speaks in the status row
// until it is mended or put aside with esc; `!` opens it with its remedies.
type matter struct {
	kind matterKind
	text toast
	mark string // said in the header instead of the status row: it can wait for long
	open func(p *pane) want
}

// matterKind orders matters, the most pressing first.
type matterKind int

const (
	unsavedMatter matterKind = iota
	unreadableMatter
	olderMatter
	readOnlyMatter
	damagedMatter
	rivalsMatter
	copiesMatter
	readableMatter
	backupMatter
	unsynchronisedMatter
	correctedMatter
	agentMatter
)

// matters are all that wait now, without those that were put aside.
func (p *pane) matters() (waiting []matter) {
	for _, one := range []func() (matter, bool){
		p.unsaved, p.unreadable, p.older, p.readOnly, p.damaged, p.rivals, p.copies, p.exportsLeft, p.unguarded, p.unsynchronised, p.corrected, p.agentFailed,
	} {
		if m, ok := one(); ok && !p.aside[m.kind] {
			waiting = append(waiting, m)
		}
	}
	return waiting
}

// unsaved: an edit that the disk refused is kept here and tried again.
func (p *pane) unsaved() (matter, bool) {
	if len(p.pending) == 0 {
		return matter{}, false
	}
	last := p.pending[len(p.pending)-1]
	return matter{
		kind: unsavedMatter,
		text: toast{lead: "Not saved: ", name: cause(last.err), text: ". The edit is kept here.", more: on(p.look.keys.matter, "more").String(), short: "not saved", tone: toneWarn},
		open: func(*pane) want { return wantSheet{unsavedSheet(len(p.pending), last.err)} },
	}, true
}

// unreadable: what is shown is the last good copy of a vault that is gone or
// damaged on the disk.
func (p *pane) unreadable() (matter, bool) {
	if p.readError == nil {
		return matter{}, false
	}
	return matter{
		kind: unreadableMatter,
		text: toast{lead: "The vault cannot be read: ", name: cause(p.readError), text: ".", more: "This is the last good copy.", short: "vault unreadable", tone: toneWarn},
		open: func(*pane) want {
			return wantSay{text: on(p.look.keys.lock, "locks;").String() + " unlocking a damaged vault offers its newest whole backup.", short: on(p.look.keys.lock, "offers a backup").String(), tone: toneWarn}
		},
	}, true
}

// older: a copy was put in the vault's place that is older than one seen before.
func (p *pane) older() (matter, bool) {
	if p.config.Alarm == "" {
		return matter{}, false
	}
	return matter{
		kind: olderMatter,
		text: toast{text: p.config.Alarm, more: "esc hide", short: "older vault", tone: toneWarn},
		open: func(*pane) want { return wantSay{text: p.config.Alarm, short: "older vault", tone: toneWarn} },
	}, true
}

func (p *pane) readOnly() (matter, bool) {
	why := p.config.Vault.ReadOnly()
	if why == nil {
		return matter{}, false
	}
	return matter{
		kind: readOnlyMatter,
		text: toast{lead: "Read-only: ", name: cause(why), text: ".", more: "Copying works.", short: "read-only", tone: toneWarn},
		open: func(*pane) want {
			return wantSay{text: "Read-only: nothing here can change the vault.", short: "read-only", tone: toneWarn}
		},
	}, true
}

// damaged: accounts that cannot be read are kept as they are; the others work.
func (p *pane) damaged() (matter, bool) {
	n := p.broken
	if n == 0 {
		return matter{}, false
	}
	return matter{
		kind: damagedMatter,
		text: toast{text: plural(n, "account") + " cannot be read. The others work, and a backup may have it.", short: "damaged", tone: toneWarn},
		open: func(*pane) want {
			return wantSay{text: "otpane backup list shows the backups; otpane merge FILE takes what is missing.", short: "otpane backup list", tone: toneWarn}
		},
	}, true
}

// rivals: copies of the vault had different keys for one account.
func (p *pane) rivals() (matter, bool) {
	if len(p.conflicts) == 0 {
		return matter{}, false
	}
	first := p.conflicts[0]
	return matter{
		kind: rivalsMatter,
		text: toast{name: first.Label(), text: fmt.Sprintf(" has %d keys since a merge.", 1+len(first.Rivals)), more: on(p.look.keys.matter, "choose").String(), short: "two keys", tone: toneWarn},
		open: func(*pane) want { return wantPage{&rivalsPage{conflict: first}} },
	}, true
}

// copies: a synchroniser left a second copy beside the vault.
func (p *pane) copies() (matter, bool) {
	if len(p.beside) == 0 {
		return matter{}, false
	}
	path := p.beside[0]
	return matter{
		kind: copiesMatter,
		text: toast{text: "A conflict copy lies beside the vault.", more: on(p.look.keys.matter, "merge").String(), short: "conflict copy", tone: toneWarn},
		open: func(*pane) want { return wantSheet{mergeSheet(path)} },
	}, true
}

// unguarded: the first accounts are here, and nothing but the passphrase opens
// the vault.
func (p *pane) unguarded() (matter, bool) {
	if len(p.list.accounts) == 0 || p.recipients > 0 || p.config.Vault.ReadOnly() != nil {
		return matter{}, false
	}
	if len(p.list.accounts) > newVault {
		return matter{}, false
	}
	return matter{
		kind: backupMatter,
		text: toast{text: "No recovery key yet: a forgotten passphrase loses all.", more: on(p.look.keys.matter, "make one").String(), short: "no recovery key", tone: toneWarn},
		open: func(p *pane) want { return wantSheet{guardSheet()} },
	}, true
}

// guardSheet offers both ways out of having one file and one passphrase.
func guardSheet() *sheet {
	return &sheet{
		question: "Only this file and your passphrase hold the keys.",
		yes:      hint{"k", "make a recovery key"}, no: hint{"esc", "later"}, act: wantRecoveryKey{},
		also: hint{"w", "write a copy elsewhere"}, other: wantPage{newCopyPage()},
	}
}

// newVault is how many accounts a vault has while its owner is still setting it
// up. Later the reminder would only be noise.
const newVault = 3

// wantMatter opens the most pressing matter.
type wantMatter struct{}

func (wantMatter) fulfil(p *pane) tea.Cmd {
	waiting := p.matters()
	if len(waiting) == 0 {
		p.say(toast{text: "Nothing waits to be mended.", short: "nothing to mend"})
		return nil
	}
	return p.fulfil(waiting[0].open(p))
}

// wantAside hides the most pressing matter until the next start. An unsaved edit
// cannot be put aside.
type wantAside struct{}

func (wantAside) fulfil(p *pane) tea.Cmd {
	if waiting := p.matters(); len(waiting) > 0 && waiting[0].kind != unsavedMatter && waiting[0].mark == "" {
		p.aside[waiting[0].kind] = true
	}
	return nil
}

// edit is an operation that could not be saved, with the effect it has on what
// is shown.
type edit struct {
	operation func(*vault.Draft) error
	effect    func([]otpcore.Account) []otpcore.Account
	err       error
}

// retryEvery is how often an unsaved edit is tried again by itself.
const retryEvery = 10 * time.Second

func unsavedSheet(n int, err error) *sheet {
	return &sheet{
		verb: plural(n, "edit") + " kept here only: ", name: cause(err), question: ".",
		yes: hint{"r", "try again"}, no: hint{"esc", "later"}, act: wantRetry{},
		also: hint{"w", "write a copy elsewhere"}, other: wantPage{newCopyPage()},
	}
}

// wantRetry tries all unsaved edits again, oldest first, in one save.
type wantRetry struct{}

func (wantRetry) fulfil(p *pane) tea.Cmd {
	if len(p.pending) == 0 || p.retrying {
		return nil
	}
	p.retrying, p.retried = true, p.now
	v, pending := p.config.Vault, p.pending
	return p.writing(func() tea.Msg { return retriedMsg{len(pending), v.Update(all(pending))} })
}

type retriedMsg struct {
	edits int
	err   error
}

// all applies edits one after another to one draft.
func all(edits []edit) func(*vault.Draft) error {
	return func(d *vault.Draft) error {
		for _, e := range edits {
			if err := e.operation(d); err != nil && !errors.Is(err, vault.ErrNoAccount) {
				return err // an account that another process deleted needs no edit any more
			}
		}
		return nil
	}
}

// The effects of edits on what is shown, for as long as they are not saved.
func (p *pane) added(accounts ...otpcore.Account) func([]otpcore.Account) []otpcore.Account {
	named := slices.Clone(accounts)
	for i := range named {
		p.unsavedIDs++
		named[i].ID = unsavedPrefix + itoa(p.unsavedIDs)
	}
	return func(have []otpcore.Account) []otpcore.Account { return append(have, named...) }
}

// unsavedPrefix begins the id of an account that the vault does not have yet; no
// id of a vault holds a blank.
const unsavedPrefix = "unsaved "

// unsavedAccount says that such an account can be copied and nothing else.
func (p *pane) unsavedAccount(a otpcore.Account) bool {
	if !strings.HasPrefix(a.ID, unsavedPrefix) {
		return false
	}
	p.say(toast{name: a.Label(), text: " is not saved yet. " + on(p.look.keys.matter, "says why.").String(), short: "not saved", tone: toneWarn})
	return true
}

func replaced(a otpcore.Account) func([]otpcore.Account) []otpcore.Account {
	return func(have []otpcore.Account) []otpcore.Account {
		for i := range have {
			if have[i].ID == a.ID {
				have[i] = a
			}
		}
		return have
	}
}

func removed(accounts []otpcore.Account) func([]otpcore.Account) []otpcore.Account {
	return func(have []otpcore.Account) []otpcore.Account {
		return slices.DeleteFunc(have, func(a otpcore.Account) bool {
			return slices.ContainsFunc(accounts, func(gone otpcore.Account) bool { return gone.ID == a.ID })
		})
	}
}

// reload shows what the vault holds and what waits to be saved. What a frame asks
// of the vault is asked here: looking for conflicts or damage takes a walk over all
// accounts.
func (p *pane) reload() {
	accounts := p.config.Vault.Accounts()
	p.broken = p.config.Vault.Damaged()
	p.conflicts, p.recipients = p.config.Vault.Conflicts(), len(p.config.Vault.Recipients())
	p.tagAnswers = p.config.Vault.TagAnswers()
	for _, e := range p.pending {
		accounts = e.effect(accounts)
	}
	if p.moving.id != "" {
		accounts = stepped(p.moving.id, p.moving.steps)(accounts)
	}
	p.list.load(accounts)
	p.inform()
	if page, ok := p.page.(interface{ shows() string }); ok && p.list.byID(page.shows()).ID == "" {
		p.page = nil // another process deleted its account
	}
}

// keepable tells a disk that refuses from an edit that can never be saved.
func keepable(err error) bool {
	return !errors.Is(err, vault.ErrNoAccount) && !errors.Is(err, vault.ErrNewer)
}

func (p *pane) retriedEdits(msg retriedMsg) {
	p.retrying = false
	if msg.err != nil {
		for i := range p.pending {
			p.pending[i].err = msg.err
		}
		return
	}
	p.pending = p.pending[msg.edits:]
	p.reload()
	p.say(toast{text: "Saved: " + plural(msg.edits, "edit") + " that waited.", short: "saved", tone: toneDone})
}

// retryUnsaved tries by itself now and then: the disk may have room again.
func (p *pane) retryUnsaved() tea.Cmd {
	if p.now.Sub(p.retried) < retryEvery {
		return nil
	}
	return wantRetry{}.fulfil(p)
}

// wantCopyVault writes the vault with the unsaved edits to another place.
type wantCopyVault struct{ path string }

func (w wantCopyVault) fulfil(p *pane) tea.Cmd {
	v, pending, path := p.config.Vault, p.pending, w.path
	if p.config.Expand != nil {
		path = p.config.Expand(path)
	}
	return p.writing(func() tea.Msg { return vaultCopied{path, v.SaveCopy(path, all(pending))} })
}

type vaultCopied struct {
	path string
	err  error
}

func (p *pane) vaultCopied(msg vaultCopied) {
	if msg.err != nil {
		p.say(toast{lead: "Not written: ", name: cause(msg.err), text: ".", short: "not written", tone: toneWarn})
		return
	}
	p.page = nil
	p.say(toast{name: msg.path, text: " holds the vault with the edit.", more: "otpane merge brings it home.", short: "copy written", tone: toneDone, lasts: undoFor})
}

func mergeSheet(path string) *sheet {
	return &sheet{
		verb: "Merge ", name: baseName(path), question: "? Nothing is lost: two keys are both kept.",
		yes: hint{"y", "merge"}, no: hint{"n", "leave it"}, act: wantMerge{path},
	}
}

// wantMerge brings a copy's edits home and moves it to the backups.
type wantMerge struct{ path string }

func (w wantMerge) fulfil(p *pane) tea.Cmd {
	v := p.config.Vault
	return p.writing(func() tea.Msg {
		result, err := v.Merge(w.path, v.Identity())
		if err == nil {
			err = v.Archive(w.path)
		}
		return merged{w.path, result, err}
	})
}

type merged struct {
	path   string
	result vault.Merged
	err    error
}

func (p *pane) merged(msg merged) {
	if msg.err != nil {
		p.say(toast{lead: "Not merged: ", name: cause(msg.err), text: ".", short: "not merged", tone: toneWarn, lasts: undoFor})
		return
	}
	p.beside = p.beside[1:]
	p.reload()
	p.say(toast{
		text:  fmt.Sprintf("Merged: %d new, %d changed, %d deleted.", msg.result.Added, msg.result.Changed, msg.result.Removed),
		short: "merged", tone: toneDone, lasts: undoFor,
	})
}

// wantSettleKey makes one of two keys the account's own.
type wantSettleKey struct {
	account otpcore.Account
	key     otpcore.Secret
}

func (w wantSettleKey) fulfil(p *pane) tea.Cmd {
	result := saved{id: w.account.ID, closes: true,
		toast: toast{name: w.account.Label(), text: " has one key again; the other is kept with it.", short: "chosen", tone: toneDone}}
	chosen := w.account
	chosen.Secret = w.key
	return p.save(result, func(d *vault.Draft) error { return d.Settle(w.account.ID, w.key) }, replaced(chosen))
}

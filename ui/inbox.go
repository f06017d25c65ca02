package ui

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
)

// inbox watches the folder where screenshots land, and offers a picture that shows
// an account which the vault does not have. It waits with its question until
// nothing else is open and nobody types.
type inbox struct {
	folder string // that is watched; "" is none
	end    context.CancelFunc
	offers []offer
	ask    string // a folder to ask about
	asked  bool   // once is enough
}

// offer is a new picture with something to import.
type offer struct {
	path string
	came time.Time
	read found
}

// arrived is a new picture and what is in it, or the end of watching.
type arrived struct {
	folder string
	path   string
	read   found
	next   func() tea.Msg // waits for the one after it
	err    error
}

// watchInbox follows the setting: it begins, moves or ends the watching.
func (p *pane) watchInbox() tea.Cmd {
	folder, watch, read := p.config.Inbox, p.config.Watch, p.config.Read
	if folder == p.inbox.folder || watch == nil || read == nil {
		return nil
	}
	p.endInbox()
	if p.inbox.folder = folder; folder == "" {
		return nil
	}
	ctx, cancel := context.WithCancel(p.ctx)
	p.inbox.end = cancel
	return func() tea.Msg {
		next, err := watch(ctx, folder)
		if err != nil {
			return arrived{folder: folder, err: err}
		}
		return await(ctx, folder, next, read)
	}
}

// endInbox forgets the folder and what came from it.
func (p *pane) endInbox() {
	if p.inbox.end != nil {
		p.inbox.end()
	}
	p.inbox = inbox{asked: p.inbox.asked, ask: p.inbox.ask}
}

// await is a command that ends with the next picture. One that cannot be read yet
// is still being written, and comes again.
func await(ctx context.Context, folder string, next func() (string, error), read func(context.Context, string) ([]byte, error)) tea.Msg {
	path, err := next()
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return arrived{folder: folder, err: err}
	}
	return arrived{folder: folder, path: path, read: readOne(ctx, path, read, exchange.Options{}), next: func() tea.Msg { return await(ctx, folder, next, read) }}
}

// arrived keeps a picture with something new in it, and waits for the next one.
func (p *pane) arrived(msg arrived) tea.Cmd {
	if msg.folder != p.inbox.folder {
		return nil
	}
	if msg.err != nil {
		p.say(toast{lead: "New pictures are not noticed: ", name: cause(msg.err), text: ".", short: "inbox ended", tone: toneWarn, lasts: undoFor})
		p.inbox.folder = "" // the setting may be set again, to this folder too
		return nil
	}
	if len(p.missing(msg.read)) > 0 {
		p.inbox.offers = slices.DeleteFunc(p.inbox.offers, func(o offer) bool { return o.path == msg.path })
		p.inbox.offers = append(p.inbox.offers, offer{msg.path, p.now, msg.read})
	}
	return tea.Batch(p.rise(), msg.next)
}

// missing are the accounts of a picture that the vault does not have.
func (p *pane) missing(read found) (accounts []otpcore.Entry) {
	if read.err != nil || len(read.pictures) == 0 {
		return nil
	}
	for _, entry := range otpcore.Merge(p.list.accounts, read.batch.Accounts).Entries {
		if entry.State != otpcore.Same {
			accounts = append(accounts, entry)
		}
	}
	return accounts
}

// rise opens the sheet that waits, if there is a moment for it: never over a page
// or another question, and never while somebody types.
func (p *pane) rise() tea.Cmd {
	if len(p.serving.waiting) > 0 { // a person waits for the answer
		return p.attend()
	}
	if p.page != nil || p.sheet != nil || p.list.filtering || p.frame().small() || p.gone {
		return nil
	}
	for len(p.inbox.offers) > 0 {
		first := p.inbox.offers[0]
		p.inbox.offers = p.inbox.offers[1:]
		if entries := p.missing(first.read); len(entries) > 0 { // it may have been imported by hand
			return p.raise(inboxSheet(first, entries))
		}
	}
	if folder := p.inbox.ask; folder != "" {
		p.inbox.ask = ""
		return p.raise(watchSheet(folder))
	}
	return nil
}

// raise opens a sheet that nobody asked for. A key that is on its way was meant for
// what was there before, so hands must have rested.
func (p *pane) raise(s *sheet) tea.Cmd {
	s.rests = p.now.Add(handsRest)
	p.sheet = s
	return p.arm()
}

const handsRest = 700 * time.Millisecond

func inboxSheet(o offer, entries []otpcore.Entry) *sheet {
	s := &sheet{
		verb: "New picture: ", name: entries[0].Account.Label(), question: ". Import it?",
		yes: hint{"y", "import"}, no: hint{"n", "leave it"}, act: wantOffered{o.read},
		also: hint{"N", "stop watching"}, other: wantInbox{""}, apart: true,
	}
	if len(entries) > 1 {
		s.name, s.question = plural(len(entries), "account"), ". Import them?"
	}
	name := outside(baseName(o.path))
	s.more = func(now time.Time, columns int) string {
		file := name + ", " + ago(now.Sub(o.came), o.came, boxColumns) + "."
		return first(columns, file+" Not in the vault yet.", file, "Not in the vault yet.")
	}
	return s
}

// watchSheet asks once, after the first picture from such a folder.
func watchSheet(folder string) *sheet {
	return &sheet{
		verb: "Watch ", name: folder, question: " for QR codes?",
		yes: hint{"y", "watch"}, no: hint{"n", "no"}, act: wantInbox{folder}, refuse: wantInbox{""},
	}
}

// wantOffered imports what was offered. A single new account was shown in full by
// the question; anything else is looked at first.
type wantOffered struct{ read found }

func (w wantOffered) fulfil(p *pane) tea.Cmd {
	entries, batch := p.missing(w.read), w.read.batch
	if len(entries) == 1 && entries[0].State == otpcore.New && len(batch.Missing)+len(batch.Skipped)+len(batch.Notes) == 0 {
		return wantImport{otpcore.Plan{Entries: entries}, []int{0}, w.read.pictures}.fulfil(p)
	}
	page := newIntake(w.read.from)
	cmd := wantPage{page}.fulfil(p)
	if p.page != screen(page) {
		return cmd
	}
	return p.fulfil(page.receive(w.read, p.list.accounts))
}

// wantInbox sets the folder that is watched; "" none, and no question again.
type wantInbox struct{ folder string }

func (w wantInbox) fulfil(p *pane) tea.Cmd {
	if p.config.Settings == nil {
		return nil
	}
	said := toast{text: "New pictures are not looked at any more.", short: "not watched"}
	if w.folder != "" {
		said = toast{name: w.folder, text: " is watched for QR codes.", short: "watched", tone: toneDone}
	}
	p.say(said)
	set := p.config.Settings.Inbox
	return wantSetting{func() error { return set(w.folder) }}.fulfil(p)
}

// askInbox remembers to ask about the folder that a screenshot came from.
func (p *pane) askInbox(pictures []string) {
	if !p.config.AskInbox || p.inbox.asked || p.config.Watch == nil || p.config.Settings == nil {
		return
	}
	for _, path := range pictures {
		if isScreenshot(path) {
			p.inbox.asked = true
			p.inbox.ask = filepath.Dir(p.full(path))
			return
		}
	}
}

// full is a path that names its file from anywhere.
func (p *pane) full(path string) string {
	if strings.HasPrefix(path, "~/") || filepath.IsAbs(path) || p.config.Expand == nil {
		return path
	}
	return p.config.Expand(path)
}

// isScreenshot recognises the folders and names that systems give screenshots. It
// decides only whether a question is asked.
func isScreenshot(path string) bool {
	path = strings.ToLower(path)
	name := baseName(path)
	folder := baseName(strings.TrimRight(strings.TrimSuffix(path, name), `/\`))
	return slices.ContainsFunc(screenshotWords, func(word string) bool {
		return strings.Contains(name, word) || strings.Contains(folder, word)
	})
}

var screenshotWords = []string{"screenshot", "screen shot", "bildschirmfoto", "capture", "captura", "schermata", "schermafbeelding", "скриншот", "スクリーンショット", "截图", "截屏"}

package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"otpane/otpcore"
	"otpane/vault"
)

// pane is the model of the list: the accounts, one page or sheet over them, one
// line that speaks, and one timer.
type pane struct {
	ctx    context.Context
	config Config
	look   *look

	width, height int
	now           time.Time // the instant of this message; every row computes from it

	list  list
	page  screen // over the list; nil shows it
	sheet *sheet
	toast toast

	writes     sync.WaitGroup     // what changes the vault or the clipboard
	unheard    atomic.Int32       // saves that failed and that Update has not been told of yet
	busy       screen             // the page whose edit is being saved: it takes no second one
	unsavedIDs int                // accounts that the vault does not have yet, so far
	endReading context.CancelFunc // of what is being read for a page

	pending    []edit // that the disk refused, oldest first
	retrying   bool
	retried    time.Time
	readError  error    // why the file could not be read again
	beside     []string // copies that a synchroniser left
	readable   []string // files with keys in plain text
	inbox      inbox
	conflicts  []vault.Conflict // two keys for one account
	recipients int              // who open the vault beside the passphrase
	broken     int              // accounts that cannot be read
	aside      map[matterKind]bool

	waiting  *waitingCopy
	question spentQuestion
	clips    []clip // codes that we put on the clipboard, until they are taken back
	undo     undo
	habits   habits
	moving   moving

	serving    serving
	tagAnswers map[string]otpcore.Answer

	plain   bool      // nothing is drawn: codes are told when asked for
	blurred bool      // the terminal says that the keyboard is elsewhere
	pressed time.Time // the last key, for locking when idle
	ring    int       // the number of the timer that counts
	ticked  time.Time // the last tick
	stopped bool      // by ctrl-z

	leaveAsked time.Time // when leaving with an unsaved edit was asked about in a pane too small for a question
	gone       bool      // the program is ending
	checked    time.Time // when the file was last looked at

	lookedReadable time.Time

	clockNow  clockState
	clockSeen time.Time
	outcome   Outcome
}

// tick is the timer's message. Only the newest number counts.
type tick struct{ ring int }

func newPane(ctx context.Context, config Config, look *look) *pane {
	p := &pane{ctx: ctx, config: config, look: look, list: newList(config.Masked)}
	p.now = p.clock()
	p.pressed, p.checked, p.aside = p.now, p.now, map[matterKind]bool{}
	p.ticks()
	p.recall()
	p.lookAtClock()
	p.reload()
	p.groupBy(config.Grouping)
	if config.Demo {
		p.say(toast{text: "A demo: the accounts are made up, nothing is kept.", more: "q leaves.", short: "a demo: nothing is kept", lasts: undoFor})
	}
	return p
}

func (p *pane) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, p.arm(), p.lookBeside(), p.lookReadable(), p.watchInbox(), p.serve())
}

// Update takes one message at one instant.
func (p *pane) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	p.now = p.clock()
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		p.width, p.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		p.look.daylight(!msg.IsDark())
	case tea.KeyPressMsg:
		return p, p.press(msg)
	case tea.PasteMsg:
		return p, p.paste(msg.Content)
	case tea.MouseClickMsg, tea.MouseWheelMsg:
		return p, p.mouse(msg.(tea.MouseMsg).Mouse(), msg)
	case tea.FocusMsg, tea.BlurMsg:
		_, focused := msg.(tea.FocusMsg)
		p.focus(focused)
	case tea.ResumeMsg:
		return p, p.resumed()
	case tick:
		return p, p.tick(msg)
	case copied:
		return p, p.copied(msg)
	case aimed:
		return p, p.aimed(msg)
	case typed:
		p.typed(msg)
	case advanced:
		p.advanced(msg)
	case saved:
		return p, p.heard(msg)
	case refreshed:
		p.refreshed(msg)
	case found:
		return p, p.found(msg)
	case listed:
		return p, p.listed(msg)
	case deriving:
		p.deriving(msg)
	case written:
		p.written(msg)
		return p, p.lookReadable()
	case moveSaved:
		p.moveSaved(msg)
	case exported:
		return p, p.exported(msg)
	case readableFiles:
		p.readable = msg.paths
	case readableGone:
		p.readableGone(msg)
	case removedMsg:
		p.removed(msg)
	case retriedMsg:
		p.retriedEdits(msg)
	case vaultCopied:
		p.vaultCopied(msg)
	case merged:
		p.merged(msg)
	case settingsChanged:
		return p, tea.Batch(p.settingsChanged(msg), p.watchInbox(), p.serve())
	case agentNews:
		return p, p.heardAgent(msg)
	case arrived:
		return p, p.arrived(msg)
	case recoveryCopied:
		return p, p.recoveryCopied(msg)
	case recoveryRead:
		p.recoveryRead(msg)
	case timeAnswered:
		p.timeAnswered(msg)
	case conflictCopies:
		p.beside = msg.paths
	}
	return p, nil
}

// blank empties the last frame.
func (p *pane) blank() { p.gone = true }

// clock is the wall's time. Go's monotonic reading stands still while the machine
// sleeps, and an idle time that leaves the night out would lock nothing.
func (p *pane) clock() time.Time { return p.config.Now().Round(0) }

// View draws the page, or the list with what lies over it.
func (p *pane) View() tea.View {
	v := tea.NewView("")
	v.AltScreen, v.BackgroundColor = true, p.look.background()
	v.ReportFocus = true
	if p.config.Mouse {
		v.MouseMode = tea.MouseModeCellMotion // clicks and the wheel; nothing while the mouse only moves
	}
	if p.width <= 0 || p.height <= 0 {
		return v
	}
	f := p.frame()
	if p.stopped || p.gone { // what comes back first, or stays behind, must not be the codes
		v.Content = f.fill(nil)
		return v
	}
	drawn := p.draw(f)
	v.Content, v.Cursor = f.fill(drawn.lines), drawn.cursor
	v.WindowTitle, v.ProgressBar = p.look.windowTitle(plural(len(p.list.accounts), "account")), p.progress()
	return v
}

func (p *pane) draw(f frame) view {
	if p.page != nil && p.fits(p.page) {
		drawn := p.page.view(f)
		if _, secret := p.page.(forEyes); secret && f.away {
			drawn = covered(f)
		}
		if p.sheet != nil {
			return p.sheet.over(f, drawn)
		}
		return p.overlay(f, drawn)
	}
	drawn := p.list.view(f, p.status(f))
	if p.sheet != nil && !f.small() {
		drawn = p.sheet.over(f, drawn)
	}
	return drawn
}

// overlay puts a message on a page's last row but its hints.
func (p *pane) overlay(f frame, drawn view) view {
	if p.toast.text == "" || f.height < 2 {
		return drawn
	}
	for len(drawn.lines) < f.height {
		drawn.lines = append(drawn.lines, "")
	}
	drawn.lines[f.height-2] = p.toast.draw(f)
	return drawn
}

func (p *pane) frame() frame {
	f := frame{width: p.width, height: p.height, now: p.now, look: p.look, guard: p.config.Guard}
	plan := planFor(p.width, p.height, p.list.measures)
	f.shape, f.headings = plan.shape, plan.headings
	f.seconds, f.away, f.masked = p.config.AllSeconds, p.list.away, p.list.masked
	if p.blurred {
		f.look = p.look.untinted()
	}
	f.filtering = p.list.filtering || p.list.query() != ""
	return f
}

// press offers a key to the sheet, the page, or the list.
func (p *pane) press(msg tea.KeyPressMsg) tea.Cmd {
	p.pressed = p.now
	p.focus(true) // whatever the terminal said, or failed to say
	f := p.frame()
	var w want
	switch {
	case msg.String() == "ctrl+c":
		w = wantLeave{outcome: Quit}
	case p.slipped(msg):
	case p.sheet != nil && !f.small() && p.sheet.resting(p.now):
		p.sheet.rests = p.now.Add(handsRest)
		return p.arm()
	case p.sheet != nil && !f.small():
		w = p.sheet.press(msg)
	case p.page != nil && p.fits(p.page):
		p.toast = toast{} // the page's own words come first
		if p.busy != p.page {
			w = p.page.press(msg, f)
		}
	default:
		w = p.list.press(msg, f)
	}
	return p.fulfil(w)
}

func (p *pane) fulfil(w want) tea.Cmd {
	if w == nil {
		return nil
	}
	return w.fulfil(p)
}

// paste gives text to the field that is open. On the list it is something to
// import: an otpauth URI, or the path that a terminal pastes for a dropped file.
func (p *pane) paste(text string) tea.Cmd {
	p.pressed = p.now
	switch {
	case p.page != nil && p.fits(p.page):
		p.toast = toast{}
		return p.fulfil(p.page.paste(text, p.frame()))
	case p.list.filtering:
		selected := p.list.account().ID
		p.list.filter.paste(text)
		p.list.refilter(selected)
		return nil
	case p.sheet != nil || strings.TrimSpace(text) == "":
		return nil
	}
	page := newIntake("")
	wantPage{page}.fulfil(p)
	if p.page != screen(page) {
		return nil
	}
	return p.fulfil(page.take(text))
}

// arm starts the one timer: it rings on the next whole second, where every
// code, bar and number of seconds changes. Go's timers stand still while the
// machine sleeps, so it never sleeps longer than a second.
func (p *pane) arm() tea.Cmd {
	p.ring++
	ring := tick{p.ring}
	now := p.config.Now()
	d := now.Truncate(time.Second).Add(time.Second).Sub(now)
	if p.sheet != nil && p.sheet.resting(now) {
		d = min(d, p.sheet.rests.Sub(now)) // its keys wake in between
	}
	if p.config.After != nil {
		return p.config.After(d, ring)
	}
	return tea.Tick(d, func(time.Time) tea.Msg { return ring })
}

// refreshEvery is how often the file is looked at for another process's change.
const refreshEvery = 2 * time.Second

func (p *pane) tick(msg tick) tea.Cmd {
	if msg.ring != p.ring {
		return nil
	}
	slept := p.now.Sub(p.ticked) >= sleepGap
	p.ticks()
	if p.idle() || slept && p.config.LockAfter > 0 {
		if len(p.pending) == 0 {
			return p.fulfil(wantLeave{outcome: Idle})
		}
		p.list.masked, p.list.revealed = true, reveal{} // locking would lose the edit
	}
	if slept {
		p.waiting = nil // whoever asked for the next code does not wait any more
		p.endServing()
	}
	p.toast.expire(p.now)
	p.lookAtClock()
	return tea.Batch(p.arm(), p.rise(), p.handOver(), p.clearClipboard(), p.refresh(), p.retryUnsaved(), p.keep(), p.saveMoves(), p.lookReadableAgain(), p.serve())
}

// ticks notes that the timer rings, for whoever has to know that it does.
func (p *pane) ticks() {
	p.ticked = p.now
	p.serving.ticked.Store(p.now.UnixNano())
}

// lookBeside finds copies that a synchroniser left when the vault was changed in
// two places.
func (p *pane) lookBeside() tea.Cmd {
	path := p.config.Vault.Path()
	if path == "" { // in memory
		return nil
	}
	return func() tea.Msg {
		paths, _ := vault.ConflictFiles(path) // a folder that cannot be read shows none
		return conflictCopies{paths}
	}
}

type conflictCopies struct{ paths []string }

// refresh looks whether another process changed the vault.
func (p *pane) refresh() tea.Cmd {
	if p.now.Sub(p.checked) < refreshEvery && !p.now.Before(p.checked) {
		return nil
	}
	p.checked = p.now
	v := p.config.Vault
	return func() tea.Msg {
		changed, err := v.Refresh()
		return refreshed{changed, err}
	}
}

func (p *pane) refreshed(msg refreshed) {
	p.readError = msg.err
	if msg.err != nil || !msg.changed {
		return
	}
	before := len(p.list.accounts)
	p.reload()
	text := "Another process changed the vault."
	switch more := len(p.list.accounts) - before; {
	case more > 0:
		text = "Another process changed the vault: " + plural(more, "new account") + "."
	case more < 0:
		text = "Another process changed the vault: " + plural(-more, "account") + " deleted."
	}
	p.say(toast{text: text, short: "reloaded"})
}

// heard is saved for a save that has run.
func (p *pane) heard(msg saved) tea.Cmd {
	if msg.err != nil {
		p.unheard.Add(-1)
	}
	return p.saved(msg)
}

func (p *pane) saved(msg saved) tea.Cmd {
	p.busy = nil
	switch {
	case msg.err != nil && !msg.final && keepable(msg.err):
		msg.edit.err = msg.err
		p.pending, p.retried = append(p.pending, msg.edit), p.now
		p.toast = toast{} // the banner says it, for as long as it is true
		if m, waits := p.unsaved(); waits && p.page != nil && !msg.closes {
			p.say(m.text) // a page hides the banner
		}
	case msg.err != nil:
		p.say(toast{lead: "Not saved: ", name: cause(msg.err), text: ".", short: "not saved", tone: toneWarn, lasts: undoFor})
		return nil
	default:
		p.say(msg.toast)
	}
	p.reload()
	if msg.id != "" {
		p.list.selectID(msg.id)
	}
	if len(msg.undo.accounts) > 0 {
		p.undo = msg.undo
	}
	if !msg.closes || p.page != msg.page {
		return nil
	}
	p.page = nil
	if msg.err == nil && msg.then != nil {
		return p.fulfil(msg.then(msg.id))
	}
	return nil
}

func (p *pane) advanced(msg advanced) {
	if msg.err != nil {
		p.say(toast{lead: "Not drawn: ", name: cause(msg.err), text: ".", more: "The counter is as it was.", short: "not drawn", tone: toneWarn})
		return
	}
	p.reload()
	p.list.drawn[msg.account.ID] = drawnCode{msg.code, p.now.Add(drawnFor)}
	p.list.selectID(msg.account.ID)
	p.say(toast{name: msg.account.Label(), text: fmt.Sprintf(": code %d is drawn.", p.list.byID(msg.account.ID).Counter-1), more: on(p.look.keys.copy, "copies it.").String(), short: "drawn", tone: toneDone})
}

// found gives what was read to the page that waits for it.
func (p *pane) found(msg found) tea.Cmd {
	if page, ok := p.page.(receiver); ok && p.page == msg.page {
		return p.fulfil(page.receive(msg, p.list.accounts))
	}
	return nil
}

func (p *pane) written(msg written) {
	if msg.err != nil {
		p.say(toast{lead: "Not written: ", name: cause(msg.err), text: ".", short: "not written", tone: toneWarn})
		return
	}
	p.say(toast{name: baseName(msg.path), text: " written.", more: "It holds the key.", short: "written", tone: toneWarn, lasts: undoFor})
}

// ended recognises the ways of leaving that are no failure: a signal, a closed
// terminal, the end of ctx.
func (p *pane) ended(err error) bool {
	return errors.Is(err, tea.ErrInterrupted) || p.ctx.Err() != nil
}

// seconds rounds up, as the rows do.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

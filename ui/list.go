package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"charm.land/bubbles/v2/key"

	"otpane/otpcore"
)

// list is the state of the one screen that is always there: which accounts are
// shown, in which order, which is selected. It follows the selected account by
// its ID through reloads, filters and resizes.
type list struct {
	accounts []otpcore.Account // as the vault has them
	sorted   []otpcore.Account // in this list's order
	measures measures
	grouping Grouping
	shared   map[string]int // accounts per issuer

	unfinished int

	order    order
	shown    []otpcore.Hit     // the rows; a group's own has no account
	groups   []tagGroup        // those rows, in the order by tag
	folded   map[string]string // keys of folded groups, and the account to go back to
	chosen   map[string]bool   // ids of what several are done to at once
	selected int               // index into shown
	top      int               // first visible row

	filter    field
	filtering bool // the field has the keyboard

	masked   bool
	away     bool // all is hidden: the terminal lost the keyboard
	revealed reveal

	held  held
	spent map[string][]spentCode // by the account's id
	drawn map[string]drawnCode   // HOTP codes on the screen

	uses    map[string]Use // how often and when codes were handed out
	settled map[string]Use // the same when the order was last entered
}

// reveal is the one account that is shown for a while although codes are hidden.
type reveal struct {
	id    string
	until time.Time
}

// drawnCode is an HOTP code that may be shown: its counter is saved.
type drawnCode struct {
	code  string
	until time.Time
}

// held is a reading that stands still while its code is typed by hand. Copying
// never takes it: what is copied is good.
type held struct {
	id      string
	reading otpcore.Reading
	until   time.Time
}

const (
	// A held code is let go when the site would no longer take it.
	heldFor   = time.Minute
	revealFor = 10 * time.Second
	// A drawn counter code is good until it is used; it leaves the screen when
	// nobody can still be typing it.
	drawnFor = 5 * time.Minute
)

func newList(masked bool) list {
	return list{
		masked: masked, filter: newField("/"),
		spent: map[string][]spentCode{}, drawn: map[string]drawnCode{},
		uses: map[string]Use{}, folded: map[string]string{}, chosen: map[string]bool{},
	}
}

// load takes the vault's accounts and keeps cursor and filter.
func (s *list) load(accounts []otpcore.Account) {
	selected := s.account().ID
	group, onGroup := s.here()
	for i := range accounts {
		accounts[i] = drawable(accounts[i])
	}
	s.accounts = accounts
	s.measures = measure(accounts, s.grouping)
	s.shared, s.unfinished = map[string]int{}, 0
	for _, a := range accounts {
		s.shared[a.Issuer]++
		if a.Unfinished {
			s.unfinished++
		}
	}
	s.dropVanished()
	if s.settled == nil {
		s.settle()
	}
	s.sort()
	s.arrange()
	if onGroup {
		s.selectGroup(group.key)
	}
	s.selectID(selected)
}

// drawable cleans what came from outside. It was cleaned when it was stored; a
// vault that something else wrote was not, and Bubble Tea passes control
// sequences from a label on to the terminal. Done here, it costs no frame.
func drawable(a otpcore.Account) otpcore.Account {
	a.Issuer, a.Name, a.Note = outside(a.Issuer), outside(a.Name), otpcore.CleanNote(a.Note)
	tags := make([]string, len(a.Tags))
	for i, tag := range a.Tags {
		tags[i] = outside(tag)
	}
	a.Tags = tags
	return a
}

// arrange filters what is sorted, or puts it into groups. A filter ranks by itself.
func (s *list) arrange() {
	s.groups = nil
	switch query := s.query(); {
	case query != "":
		s.shown = otpcore.Filter(s.sorted, query)
	case s.order == byTag:
		s.group()
	default:
		s.shown = make([]otpcore.Hit, len(s.sorted))
		for i, a := range s.sorted {
			s.shown[i] = otpcore.Hit{Account: a}
		}
	}
	s.move(0)
}

func (s *list) query() string { return strings.TrimSpace(s.filter.value()) }

// account is the selected one; the zero account where none is shown.
func (s *list) account() otpcore.Account {
	if s.selected < len(s.shown) {
		return s.shown[s.selected].Account
	}
	return otpcore.Account{}
}

// byID is an account as the vault has it now; the zero account if it is gone.
func (s *list) byID(id string) otpcore.Account {
	for _, a := range s.accounts {
		if a.ID == id {
			return a
		}
	}
	return otpcore.Account{}
}

// unregistered are the accounts whose first code no site has confirmed.
func (s *list) unregistered() (waiting []otpcore.Account) {
	for _, a := range s.accounts {
		if a.Unfinished {
			waiting = append(waiting, a)
		}
	}
	return waiting
}

// selectID goes to an account, and opens the group that hides it.
func (s *list) selectID(id string) {
	if id == "" {
		return
	}
	for i, hit := range s.shown {
		if hit.Account.ID == id {
			s.selected = i
			return
		}
	}
	if s.uncover(id) {
		s.selectID(id)
	}
}

func (s *list) move(by int) {
	s.selected = max(min(s.selected+by, len(s.shown)-1), 0)
	s.stepOff(by)
}

// window scrolls so that the selected row is among the visible ones, with the row
// of its group if it stands right below it, and says which they are.
func (s *list) window(rows int) (from, to int) {
	first := s.selected
	if rows > 1 && s.open(first-1) {
		first--
	}
	s.top = min(s.top, first)
	if s.selected >= s.top+rows {
		s.top = s.selected - rows + 1
	}
	s.top = max(min(s.top, len(s.shown)-rows), 0)
	return s.top, min(s.top+rows, len(s.shown))
}

// hidden reports whether a's code is masked at now.
func (s *list) hidden(a otpcore.Account, now time.Time) bool {
	return s.away || s.masked && (s.revealed.id != a.ID || !now.Before(s.revealed.until))
}

// veiled reports a hidden code that the space bar shows.
func (s *list) veiled(a otpcore.Account, now time.Time) bool { return !s.away && s.hidden(a, now) }

// toggle answers the space bar: hide all; then show the selected one for a
// while; then show all again.
func (s *list) toggle(now time.Time) {
	switch {
	case s.away: // there is nothing to show them to
	case !s.masked:
		s.masked, s.revealed = true, reveal{}
	case s.hidden(s.account(), now):
		s.revealed = reveal{s.account().ID, now.Add(revealFor)}
	default:
		s.masked = false
	}
}

// line is a row ready to be drawn, but for its number.
func (s *list) line(i int, now time.Time, guard time.Duration) line {
	r := s.lineOf(s.shown[i].Account, now, guard)
	r.hit = s.shown[i]
	r.selected, r.chosen = i == s.selected, s.chosen[r.account.ID]
	return r
}

// lineOf is an account as this list shows it: hidden, held, drawn, spent.
func (s *list) lineOf(a otpcore.Account, now time.Time, guard time.Duration) line {
	r := lineFor(a, now, guard)
	r.hidden = s.hidden(a, now)
	r.spent = s.isSpent(a, now)
	r.shared = s.shared[a.Issuer] > 1
	if drawn := s.drawn[a.ID]; now.Before(drawn.until) {
		r.drawn = drawn.code
	}
	if s.held.id == a.ID && a.ID != "" && now.Before(s.held.until) {
		r.held, r.reading = true, s.held.reading
	}
	return r
}

// hold stops a code on the screen, or lets it go.
func (s *list) hold(a otpcore.Account, now time.Time) {
	if !a.Timed() || s.held.id == a.ID && now.Before(s.held.until) {
		s.held = held{}
		return
	}
	s.held = held{a.ID, a.At(now), now.Add(heldFor)}
}

// press turns a key into a want. The filter field takes letters first.
func (s *list) press(msg tea.KeyPressMsg, f frame) want {
	keys := f.look.keys
	if s.filtering {
		if w, taken := s.pressFilter(msg); taken {
			return w
		}
	}
	if s.navigate(msg, f) {
		return wantSettle{}
	}
	if w, taken := s.pressGroup(msg, keys); taken {
		return w
	}
	switch {
	case key.Matches(msg, keys.copy):
		return wantCopy{account: s.account()}
	case key.Matches(msg, keys.row):
		return s.pressDigit(msg, f)
	case key.Matches(msg, keys.next):
		return wantCopy{account: s.account(), next: true}
	case key.Matches(msg, keys.typing):
		return wantType{s.account()}
	case key.Matches(msg, keys.advance):
		return wantAdvance{account: s.account()}
	case key.Matches(msg, keys.filter):
		s.filtering = true
	case key.Matches(msg, keys.hide):
		s.toggle(f.now)
	case key.Matches(msg, keys.hold):
		s.hold(s.account(), f.now)
	case key.Matches(msg, keys.order):
		s.reorder((s.order + 1) % orders)
		return wantSay{text: "Sorted " + s.order.String() + "."}
	case key.Matches(msg, keys.pin):
		return wantPin{account: s.account()}
	case key.Matches(msg, keys.choose):
		s.choose()
	case key.Matches(msg, keys.fold):
		return s.turn(keys)
	case key.Matches(msg, keys.back):
		return s.stepBack()
	}
	return s.pressPage(msg, f)
}

// pressPage is for the keys that open something.
func (s *list) pressPage(msg tea.KeyPressMsg, f frame) want {
	keys := f.look.keys
	some := s.account().ID != ""
	several := some || len(s.chosen) > 0
	switch {
	case key.Matches(msg, keys.add):
		return wantPage{newAddForm()}
	case key.Matches(msg, keys.intake):
		return openIntake()
	case key.Matches(msg, keys.paste):
		return wantPicture{}
	case key.Matches(msg, keys.screen):
		return wantScreen{}
	case key.Matches(msg, keys.edit) && some:
		return wantPage{newEditForm(s.account())}
	case key.Matches(msg, keys.remove) && several:
		return wantSheet{deleteSheet(s.targets()...)}
	case key.Matches(msg, keys.tags) && several:
		return wantPage{newTagsPage(s.targets(), s.accounts)}
	case key.Matches(msg, keys.export) && several:
		return wantExport{s.targets()}
	case key.Matches(msg, keys.moveUp):
		return wantMove{-1}
	case key.Matches(msg, keys.moveDown):
		return wantMove{1}
	case key.Matches(msg, keys.qr) && some:
		return wantQR{account: s.account()}
	case key.Matches(msg, keys.big) && some && s.account().Unfinished:
		return wantEnrol{id: s.account().ID}
	case key.Matches(msg, keys.big) && some:
		return wantPage{&bigPage{list: s, id: s.account().ID}}
	case key.Matches(msg, keys.recovery) && some:
		return wantRecovery{s.account()}
	case key.Matches(msg, keys.verify) && some:
		return wantRefused{s.account().ID, wantBack{}, false}
	case key.Matches(msg, keys.clock):
		return wantClock{back: wantBack{}}
	case key.Matches(msg, keys.agent):
		return wantAgentPage{}
	case key.Matches(msg, keys.details) && some:
		return wantPage{&details{list: s, id: s.account().ID}}
	case key.Matches(msg, keys.undo):
		return wantUndo{}
	case key.Matches(msg, keys.wait) && some:
		return wantCopy{account: s.account(), wait: true}
	case key.Matches(msg, keys.matter):
		return wantMatter{}
	case key.Matches(msg, keys.settings):
		return wantSettings{}
	case key.Matches(msg, keys.vaults):
		return wantVaults{}
	case key.Matches(msg, keys.help):
		return wantHelp{}
	case key.Matches(msg, keys.lock):
		return wantLeave{outcome: Locked}
	case key.Matches(msg, keys.quit):
		return wantLeave{outcome: Quit}
	case key.Matches(msg, keys.suspend):
		return wantSuspend{}
	}
	return nil
}

// pressFilter gives the field every key but those that move, copy or leave.
func (s *list) pressFilter(msg tea.KeyPressMsg) (w want, taken bool) {
	switch msg.String() {
	case "enter":
		if len(s.shown) == 0 {
			return nil, true
		}
		return wantCopy{account: s.account()}, true
	case "esc":
		return s.stepBack(), true
	case "up", "down", "pgup", "pgdown", "ctrl+c", "ctrl+z":
		return nil, false
	}
	selected := s.account().ID
	s.filter.press(msg)
	s.refilter(selected)
	return nil, true
}

// refilter keeps the selection while the best hits are unchanged, and moves it
// to the best one as soon as letters change what is best.
func (s *list) refilter(selected string) {
	s.arrange()
	s.selected, s.top = 0, 0
	if s.query() == "" {
		s.selectID(selected)
	}
	s.stepOff(1)
}

func (s *list) rearrange() {
	selected := s.account().ID
	s.sort()
	s.arrange()
	s.selectID(selected)
}

// pressGroup is for a folded group's row, where enter opens.
func (s *list) pressGroup(msg tea.KeyPressMsg, keys keymap) (w want, taken bool) {
	if _, ok := s.here(); !ok || !key.Matches(msg, keys.copy) {
		return nil, false
	}
	return s.turn(keys), true
}

// stepBack leaves the filter, keeping the account that was selected in it.
func (s *list) stepBack() want {
	if !s.filtering && s.query() == "" && len(s.chosen) > 0 {
		clear(s.chosen)
		return wantSettle{}
	}
	if !s.filtering && s.query() == "" {
		return wants{wantSettle{}, wantAside{}}
	}
	selected := s.account().ID
	s.filtering = false
	s.filter.set("")
	s.arrange()
	s.selectID(selected)
	return wantSettle{}
}

func (s *list) navigate(msg tea.KeyPressMsg, f frame) bool {
	keys := f.look.keys
	rows := max(f.listRows(), 1)
	switch {
	case key.Matches(msg, keys.up):
		s.move(-1)
	case key.Matches(msg, keys.down):
		s.move(1)
	case key.Matches(msg, keys.pageUp):
		s.move(-rows)
	case key.Matches(msg, keys.pageDown):
		s.move(rows)
	case key.Matches(msg, keys.top):
		s.move(-len(s.shown))
	case key.Matches(msg, keys.bottom):
		s.move(len(s.shown))
	default:
		return false
	}
	return true
}

// pressDigit copies the visible row that carries the digit, and selects it.
func (s *list) pressDigit(msg tea.KeyPressMsg, f frame) want {
	n := int(msg.String()[0] - '0')
	from, to := s.window(max(f.listRows(), 1))
	for i := from; i < to; i++ {
		if s.number(from, i) == n {
			s.selected = i
			return wantCopy{account: s.account()}
		}
	}
	return nil
}

// number is the digit of a visible row: accounts count, groups do not.
func (s *list) number(from, row int) int {
	before, isGroup := s.groupBefore(row)
	above, _ := s.groupBefore(from)
	n := row - from - (before - above) + 1
	if isGroup || n > 9 {
		return 0
	}
	return n
}

// click copies the row under the pointer, also when scrolled; a group's folds.
func (s *list) click(y int, f frame) want {
	if i, ok := f.rowAt(s, y); ok {
		if g, isGroup := s.groupAt(i); isGroup {
			return s.turnGroup(g.key)
		}
		s.selected = i
		return wantCopy{account: s.account()}
	}
	return nil
}

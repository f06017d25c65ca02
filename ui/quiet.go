package ui

import (
	"reflect"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// quiet lets the renderer sleep while nothing changes, and write at once when
// something does.
//
// Bubble Tea's renderer looks 60 times a second whether there is a new view,
// which keeps a laptop's core from its deep sleep all day and a key waiting for
// half a frame (upstream knows: its pull requests 1776 and 1796). It looks when
// its ticker ticks, so it is given a ticker that ticks when a view is ready: the
// program's private field gets one of ours before the program runs, and the
// channel of ours, an exported field, is one that we fill. The clock behind it
// runs and costs nothing: Go keeps no timer for a channel that nobody reads.
//
// This is the one place that looks inside a library. Where the field is missing
// or of another type nothing is touched; where a program comes to make its
// ticker anew, ours is forgotten. Either way the renderer ticks as terminal.options
// say. TestQuietBeatsForTheRenderer fails when an upgrade does either. It goes when
// upstream parks its ticker itself.
type quiet struct {
	beat chan time.Time // what the renderer waits for; nil leaves it its own ticker
	send func(tea.Msg)
	due  bool      // a beat is on its way
	last time.Time // when there was one
	view tea.View  // the last one
}

// beatGap parts two beats. Keys that come faster share a frame.
const beatGap = 4 * time.Millisecond

// attach exchanges the ticker of a program that does not run yet.
func (q *quiet) attach(program *tea.Program) {
	q.send = program.Send
	field := reflect.ValueOf(program).Elem().FieldByName("ticker")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*time.Ticker]() {
		return
	}
	q.beat = make(chan time.Time, 1)
	ticker := time.NewTicker(time.Hour) // the program sets its own pace at the start
	ticker.C = q.beat
	*(**time.Ticker)(unsafe.Pointer(field.UnsafeAddr())) = ticker
}

// viewed comes back to the loop as a message, because a view is handed to the
// renderer only after it was made: what has come round finds it there.
type viewed struct{}

// drawn is called when a view is made, on the program's loop.
func (q *quiet) drawn() {
	if q.beat == nil || q.due {
		return
	}
	q.due = true
	if wait := beatGap - time.Since(q.last); wait > 0 {
		time.AfterFunc(wait, func() { q.send(viewed{}) })
		return
	}
	go q.send(viewed{})
}

// handed is called when the view is with the renderer, on the program's loop.
func (q *quiet) handed() {
	q.due, q.last = false, time.Now()
	select {
	case q.beat <- q.last:
	default: // the renderer has yet to take the last one, and will see this view too
	}
}

// before is the view that a message of ours may leave as it is, so that nothing is
// to be written. A message of the engine's may have made it write by itself.
func (q *quiet) before(msg tea.Msg) tea.View {
	if reflect.TypeOf(msg).PkgPath() != reflect.TypeFor[quiet]().PkgPath() {
		return tea.View{}
	}
	return q.view
}

// quietly is a model that tells quiet of each new view.
type quietly struct {
	tea.Model
	quiet *quiet
	old   tea.View // as it was drawn last, if the message after it was our own
}

func (m quietly) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	model, cmd := m.Model.Update(msg)
	return quietly{model, m.quiet, m.quiet.before(msg)}, cmd
}

func (m quietly) View() tea.View {
	v := m.Model.View()
	if v.Content != "" && !reflect.DeepEqual(v, m.old) { // without a content the terminal's size is not known yet
		m.quiet.drawn()
	}
	m.quiet.view = v
	return v
}

// newProgram is how every program of this package is made. The filter, which may
// be nil, sees each message before m does.
func newProgram(m tea.Model, filter func(tea.Model, tea.Msg) tea.Msg, options ...tea.ProgramOption) *tea.Program {
	q := &quiet{}
	program := tea.NewProgram(quietly{Model: m, quiet: q}, append(options, tea.WithFilter(func(model tea.Model, msg tea.Msg) tea.Msg {
		if _, ok := msg.(viewed); ok {
			q.handed()
			return nil
		}
		if filter == nil {
			return msg
		}
		return filter(model.(quietly).Model, msg)
	}))...)
	q.attach(program)
	return program
}

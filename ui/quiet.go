package ui

import (
	"reflect"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// quiet lets the renderer sleep while nothing changes.
//
// Bubble Tea's renderer wakes at every frame of its frame rate, changed or not:
// 30 times a second at the rate we ask for, which keeps a laptop's core from its
// deep sleep all day (upstream knows: its pull requests 1776 and 1796). So this
// file reaches for the program's private ticker: after a view is drawn it ticks
// fast for a moment, then once a second until the next view.
//
// This is the one place that looks inside a library. Where the field is missing
// or another type, nothing is touched and the frame rate is what it was;
// TestQuietFindsTheTicker fails when an upgrade moves it. It goes when upstream
// parks its ticker itself.
type quiet struct {
	ticker **time.Ticker // the program's field; nil where there is none
	park   *time.Timer
}

const (
	drawEvery  = 2 * time.Millisecond  // while a view waits to be written
	drawFor    = 10 * time.Millisecond // how long that is
	parkedTick = time.Second           // the rest of the time
)

// attach finds the field. The ticker itself is made when the program runs.
func (q *quiet) attach(program *tea.Program) {
	field := reflect.ValueOf(program).Elem().FieldByName("ticker")
	if field.IsValid() && field.Type() == reflect.TypeFor[*time.Ticker]() {
		q.ticker = (**time.Ticker)(unsafe.Pointer(field.UnsafeAddr()))
	}
}

// drawn is called when a view is ready, on the program's own goroutine, which
// is also the one that writes the field.
func (q *quiet) drawn() {
	if q.ticker == nil || *q.ticker == nil {
		return
	}
	ticker := *q.ticker
	ticker.Reset(drawEvery)
	if q.park != nil {
		q.park.Stop()
	}
	q.park = time.AfterFunc(drawFor, func() { ticker.Reset(parkedTick) })
}

// quietly is a model that tells quiet of each view.
type quietly struct {
	tea.Model
	quiet *quiet
}

func (m quietly) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	model, cmd := m.Model.Update(msg)
	return quietly{model, m.quiet}, cmd
}

func (m quietly) View() tea.View {
	v := m.Model.View()
	m.quiet.drawn()
	return v
}

// newProgram is how every program of this package is made.
func newProgram(m tea.Model, options ...tea.ProgramOption) *tea.Program {
	q := &quiet{}
	program := tea.NewProgram(quietly{m, q}, options...)
	q.attach(program)
	return program
}

package host

import "time"

// ClockWatch notices when somebody moves the wall clock. It asks nobody: the wall
// clock is compared with one that only ever runs on, through sleep too.
type ClockWatch struct {
	wall, steady time.Duration
	read         func() (wall, steady time.Duration, ok bool)
}

// NewClockWatch begins to watch.
func NewClockWatch() *ClockWatch { return newClockWatch(readClocks) }

func newClockWatch(read func() (wall, steady time.Duration, ok bool)) *ClockWatch {
	w := &ClockWatch{read: read}
	w.wall, w.steady, _ = read()
	return w
}

// slew is what a clock that is being set right gently may gain or lose between
// two looks; a leap second is none of our business either.
const slew = 1500 * time.Millisecond

// Jumped is how far the wall clock was moved since the last call: above 0 forward,
// below 0 back, and 0 for less than a second and a half, and where the system has
// no clock that also runs while it sleeps.
func (w *ClockWatch) Jumped() time.Duration {
	wall, steady, ok := w.read()
	if !ok {
		return 0
	}
	jump := (wall - w.wall) - (steady - w.steady)
	w.wall, w.steady = wall, steady
	if jump.Abs() < slew {
		return 0
	}
	return jump
}

//go:build linux || darwin || freebsd

package host

import (
	"cmp"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// process is what a system says about one.
type process struct {
	pid, parent int
	name, dir   string
	errand      bool // a shell that runs one command for somebody
}

// processes is a system that can be asked about processes.
type processes interface {
	process(pid int) (process, bool)
}

// unnamed is the program of a process that has gone, or that the system says nothing
// about.
const unnamed = "unknown program"

// ancestors bounds the way up; numbers of processes are used again, so it could be a
// circle.
const ancestors = 8

// ours is what clients are called, whatever an upgrade made of this process's own name.
const ours = "otpane"

// wanting finds the program that wants something: who connects is otpane most of the
// time, or a shell that was started for it, and a person wants to know for whom. The
// first process of the system stands for nobody.
func wanting(system processes, self string, pid int) Peer {
	peer, dir := nobody(pid), ""
	for range ancestors {
		p, ok := system.process(pid)
		if !ok {
			break
		}
		dir = cmp.Or(p.dir, dir)
		peer.PID, peer.Program, peer.Dir = pid, cmp.Or(drawable(p.name, maxProgram), unnamed), drawable(dir, maxDir)
		if p.parent <= 1 || !p.errand && p.name != self && p.name != ours {
			break
		}
		pid = p.parent
	}
	return peer
}

func nobody(pid int) Peer { return Peer{PID: pid, UID: os.Geteuid(), Program: unnamed} }

var shells = map[string]bool{"sh": true, "bash": true, "dash": true, "zsh": true, "fish": true, "ksh": true, "mksh": true, "ash": true}

// What fits a question, in runes.
const (
	maxProgram = 40
	maxDir     = 200
)

// drawable is a text of somebody else's that can be drawn: what cannot be printed shows
// as a mark, and of what is too long the end is there, where folders differ.
func drawable(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, strings.ToValidUTF8(text, string(utf8.RuneError)))
	if runes := []rune(text); len(runes) > most {
		return "…" + string(runes[len(runes)-most+1:])
	}
	return text
}

// witness looks at processes, one at a time and for no longer than a moment: a process
// can make whoever looks at its memory wait for as long as it likes, and Accept must
// not. While one does, all others are unnamed.
type witness struct {
	system   processes
	self     string
	turn     chan struct{} // holds one
	patience time.Duration
}

// moment is beyond what a look takes on a busy machine.
const moment = time.Second

func newWitness(system processes) *witness {
	w := &witness{system: system, self: ours, turn: make(chan struct{}, 1), patience: moment}
	if p, ok := system.process(os.Getpid()); ok {
		w.self = p.name
	}
	return w
}

func (w *witness) describe(pid int) Peer {
	described := make(chan Peer, 1)
	select {
	case w.turn <- struct{}{}:
		go func() {
			peer := wanting(w.system, w.self, pid)
			<-w.turn // before the next one can come
			described <- peer
		}()
	default:
		return nobody(pid)
	}
	select {
	case peer := <-described:
		return peer
	case <-time.After(w.patience):
		return nobody(pid)
	}
}

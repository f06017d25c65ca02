package cli

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"

	"otpane/ui/host"
	"otpane/vault"
)

// stage is how far the pane has come: before the door at first, then with an
// identity, then locked.
//
// Each stage runs in an image of the program of its own where the platform can
// replace a running image. What was typed at the door, the memory that scrypt
// worked on, and all that the list held when it was locked go with the image that
// ends; the next has got a stage from it and nothing else.
type stage struct {
	path     string // of the vault; empty before anything has been opened
	identity vault.Identity
	asked    bool   // somebody typed for the identity, and may have typed on
	locked   string // why, for the door
}

// goOn carries on in a fresh image. It returns only where that is not possible;
// then the stages follow each other in this image, as well as its memory allows.
func (r *room) goOn(ctx context.Context, next stage) {
	r.remember()
	if ctx.Err() != nil {
		return // a signal wants the end: the next image would not know of it
	}
	if r.echo != nil {
		_ = r.echo.Hold() // again: a suspended pane came back with the shell's settings
	}
	text := next.text()
	defer clear(text)
	_ = host.Exec(text, r.args...)
}

// Of several vaults one identity alone is handed on, that of the vault to be
// shown: going to another vault locks the one that is left. To keep its identity
// would spare a passphrase on the way back, and leave what opens it in the memory
// of a process that shows something else, longer than any time until the lock.
const insideMark, askedMark, lockedMark, enterMark = "inside", "asked", "locked", "enter"

// text is what the next image reads.
func (s stage) text() []byte {
	mark, rest := enterMark, ""
	switch {
	case s.asked:
		mark, rest = askedMark, s.identity.Reveal()
	case !s.identity.IsZero():
		mark, rest = insideMark, s.identity.Reveal()
	case s.locked != "":
		mark, rest = lockedMark, s.locked
	}
	return []byte(mark + " " + strconv.Quote(s.path) + "\n" + rest)
}

// readStage reads what the image before left and wipes it; nothing is left to the
// first image.
func readStage(text []byte, prompts vault.Prompts) (stage, error) {
	defer clear(text)
	if len(text) == 0 {
		return stage{}, nil
	}
	unknown := errors.New("the image before this one left something unknown")
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	mark, quoted, _ := strings.Cut(string(first), " ")
	path, err := strconv.Unquote(quoted)
	if err != nil {
		return stage{}, unknown
	}
	now := stage{path: path}
	switch mark {
	case insideMark, askedMark:
		now.asked = mark == askedMark
		now.identity, err = vault.ParseIdentity(string(rest), prompts)
	case lockedMark:
		now.locked = string(rest)
	case enterMark:
	default:
		err = unknown
	}
	return now, err
}

// hold keeps echo off from here to the end of the last image: what is typed while
// neither of two programs draws would show. Without a controlling terminal each
// program sees to itself.
func (r *room) hold() (release func()) {
	terminal, err := host.OpenTerminal()
	if err != nil {
		return func() {}
	}
	r.echo = terminal
	_ = terminal.Hold()
	return func() {
		_ = terminal.Release()
		_ = terminal.Close()
	}
}

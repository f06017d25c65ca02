package cli

import (
	"bytes"
	"context"
	"errors"

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
	identity vault.Identity
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

const insideMark, lockedMark = "inside\n", "locked\n"

// text is what the next image reads.
func (s stage) text() []byte {
	if s.identity.IsZero() {
		return []byte(lockedMark + s.locked)
	}
	return []byte(insideMark + s.identity.Reveal())
}

// readStage reads what the image before left and wipes it; nothing is left to the
// first image.
func readStage(text []byte, prompts vault.Prompts) (stage, error) {
	defer clear(text)
	if len(text) == 0 {
		return stage{}, nil
	}
	if reason, found := bytes.CutPrefix(text, []byte(lockedMark)); found {
		return stage{locked: string(reason)}, nil
	}
	key, found := bytes.CutPrefix(text, []byte(insideMark))
	if !found {
		return stage{}, errors.New("the image before this one left something unknown")
	}
	id, err := vault.ParseIdentity(string(key), prompts)
	return stage{identity: id}, err
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

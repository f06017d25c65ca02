package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"otpane/ui"
	"otpane/ui/host"
	"otpane/vault"
)

// Plain mode outside the list: what the pane asks with a screen it asks here with a
// line, and what it needs a screen for is left to the commands that do the same.

// plain reports whether lines are wanted: by the flag, the setting, or a terminal
// that can do nothing else. TERM=dumb alone does not say so, as people set it to
// quiet other programs; Emacs' shell, which shows every control sequence, does.
func (p *program) plain(s settings) bool {
	emacs := p.Getenv("TERM") == "dumb" && strings.Contains(p.Getenv("INSIDE_EMACS"), "comint")
	return p.plainFlag || s.Plain || emacs
}

// answer opens the vault behind a door by a hidden line.
func (r *room) answer(ctx context.Context, door ui.Door) (vault.Identity, error) {
	if door.Reason != "" {
		fmt.Fprintf(r.Stdout, "otpane, %s.\n", door.Reason)
	}
	for {
		passphrase, err := r.hidden(ctx, "passphrase  ")
		if errors.Is(err, host.ErrCancelled) {
			return vault.Identity{}, ui.ErrLeft
		}
		if err != nil {
			return vault.Identity{}, err
		}
		fmt.Fprintln(r.Stdout, "Opening.")
		id, err := door.Unlock(ctx, passphrase)
		clear(passphrase)
		if ctx.Err() != nil {
			return vault.Identity{}, ctx.Err()
		}
		if !errors.Is(err, vault.ErrPassphrase) {
			return id, err
		}
		fmt.Fprintln(r.Stdout, "That passphrase does not open it.")
	}
}

// withoutSequences refuses a way to the clipboard that is a control sequence.
func withoutSequences(receipt ui.Receipt, err error) (ui.Receipt, error) {
	if err == nil && receipt.Emit != "" {
		return ui.Receipt{}, host.ErrNoClipboard
	}
	return receipt, err
}

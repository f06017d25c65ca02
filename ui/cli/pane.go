package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"otpane/ui"
	"otpane/ui/host"
	"otpane/vault"
)

// pane is otpane alone: the door, then the list, and the door again when the
// list locks. The two are programs of their own; between them lies nothing but
// an identity.
func (p *program) pane(ctx context.Context) error {
	if !host.IsTerminal(p.Stdin) || !host.IsTerminal(p.Stdout) {
		return misuse("the pane needs a terminal", "`otpane list` and `otpane code NAME` work without one; `otpane help` lists all")
	}
	s, err := p.settings()
	if err != nil {
		return err
	}
	room := &room{program: p, settings: s, path: p.vaultPath()}
	room.terminal = ui.Terminal{Input: p.Stdin, Output: p.Stdout, Environment: os.Environ(), ASCII: s.ASCII}
	err = room.stay(ctx)
	if errors.Is(err, ui.ErrLeft) {
		return nil
	}
	return rescueFault(room.path, vault.Identity{}, err)
}

// room is where the pane runs.
type room struct {
	*program
	settings settings
	path     string
	terminal ui.Terminal
}

func (r *room) stay(ctx context.Context) error {
	id, err := r.enter(ctx)
	for err == nil {
		var outcome ui.Outcome
		if outcome, err = r.show(ctx, id); err != nil || outcome == ui.Quit {
			return err
		}
		id, err = r.unlockAgain(ctx, r.reason(outcome))
	}
	return err
}

// enter gets what opens the vault, and makes the vault if there is none. Only
// "not there" is a first run: a mount that went away must not look like one.
func (r *room) enter(ctx context.Context) (vault.Identity, error) {
	k, err := r.keys()
	if err != nil {
		return vault.Identity{}, err
	}
	there, err := vaultExists(r.path)
	switch {
	case err != nil:
		return vault.Identity{}, err
	case k != keys{}:
		return r.identity(ctx, r.path)
	case !there:
		return ui.FirstRun(ctx, r.terminal, r.setup())
	}
	return r.unlock(ctx, "")
}

// unlockAgain asks for the passphrase, also where a file had opened the vault: a
// lock that opens by itself would be none. A vault without a passphrase is left.
func (r *room) unlockAgain(ctx context.Context, reason string) (vault.Identity, error) {
	id, err := r.unlock(ctx, reason)
	if errors.Is(err, vault.ErrNoPassphrase) {
		r.say("Locked. `otpane` opens it again.")
		return vault.Identity{}, ui.ErrLeft
	}
	return id, err
}

func (r *room) reason(outcome ui.Outcome) string {
	if outcome == ui.Idle {
		return fmt.Sprintf("locked, %s idle", span(r.settings.LockAfter.Duration))
	}
	return "locked"
}

func (r *room) unlock(ctx context.Context, reason string) (vault.Identity, error) {
	info, err := vault.Inspect(r.path)
	if err != nil {
		return vault.Identity{}, err
	}
	if !info.Passphrase {
		return vault.Identity{}, vault.ErrNoPassphrase
	}
	return ui.Unlock(ctx, r.terminal, ui.Door{
		Path: r.path, Reason: reason,
		Unlock: func(_ context.Context, passphrase []byte) (vault.Identity, error) {
			return vault.Unlock(r.path, passphrase)
		},
	})
}

// span is a time in the largest unit that leaves nothing over.
func span(d time.Duration) string {
	if d%time.Minute == 0 {
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

func (r *room) setup() ui.Setup {
	return ui.Setup{
		Path: r.path, Generate: vault.Generate, Strength: vault.Strength,
		Create: func(_ context.Context, access vault.Access) (vault.Identity, error) {
			v, err := vault.Create(r.path, access, r.Now)
			if err != nil {
				return vault.Identity{}, err
			}
			return v.Identity(), nil
		},
		Identity: func(_ context.Context, path string) (vault.Identity, error) {
			return readIdentity(expandHome(path))
		},
	}
}

// show opens the vault and runs the list over it.
func (r *room) show(ctx context.Context, id vault.Identity) (ui.Outcome, error) {
	v, err := vault.Open(r.path, id, r.Now)
	if err != nil {
		return ui.Quit, err
	}
	clipboard := host.NewClipboard(r.Getenv, r.settings.CopyCommand)
	return ui.Run(ctx, r.terminal, ui.Config{
		Vault: v, Now: r.Now,
		Copy: func(ctx context.Context, text string) (ui.Receipt, error) {
			receipt, err := clipboard.Copy(ctx, text)
			return ui.Receipt{By: receipt.By, Confirmed: receipt.Confirmed, Clears: receipt.Clears, Emit: receipt.Emit}, err
		},
		Clear: clipboard.Clear, Picture: clipboard.Picture,
		Read: func(_ context.Context, path string) ([]byte, error) {
			return readFile(expandHome(path), maxExport)
		},
		Write: func(_ context.Context, path string, data []byte) error {
			return writeNew(expandHome(path), data)
		},
		ClearAfter: r.settings.ClearAfter.Duration, LockAfter: r.settings.LockAfter.Duration,
		Guard: r.settings.Guard.Duration, Masked: r.settings.Masked,
	})
}

package cli

import (
	"context"

	"otpane/otpcore"
	"otpane/vault"
)

// change applies an operation to the account of that exact name or id, says what
// became another and how to take it back. It does not ask: what goes through here
// changes no code, and one line undoes it.
func (p *program) change(ctx context.Context, query string, apply func(otpcore.Account) (otpcore.Account, error)) error {
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	var was, is otpcore.Account
	err = update(v, func(d *vault.Draft) (err error) {
		if was, err = findExactly(d.Accounts(), query); err != nil {
			return err
		}
		if is, err = apply(was); err != nil {
			return err
		}
		if err := nameTaken(d.Accounts(), was, is); err != nil {
			return err
		}
		return d.Set(is)
	})
	if err != nil {
		return err
	}
	if p.mentionChanges(was, is) {
		p.mentionUndo(was, is)
	}
	return nil
}

// mentionChanges names what will be, or was, changed, and reports whether anything
// is.
func (p *program) mentionChanges(was, is otpcore.Account) bool {
	changes := differences(was, is)
	if len(changes) == 0 {
		p.say("%s is so already; nothing was changed.", was.Label())
		return false
	}
	p.say("%s", was.Label())
	for _, line := range changes {
		p.say("  %s", line)
	}
	return true
}

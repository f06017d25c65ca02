package cli

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"otpane/otpcore"
	"otpane/vault"
)

// source is where the codes of a run come from: the vault that it opens, or an
// agent that has it open. Both give the same of the same accounts, and both fail in
// the same words (fitsNothing, fitsSeveral).
type source interface {
	// code is the code of the one account that a query means. An account that counts
	// gives its next one, and the counter is on disk when it is here; timed refuses
	// such an account (itCounts) before anything is drawn.
	code(ctx context.Context, query string, timed bool) (given, error)
	// list are the accounts that fit a query, best first, with their codes; all of
	// them in their order if it is empty. Nothing that fits is no error here. Beside an
	// error they lack the codes that were wanted and not given; nil is no list at all.
	list(ctx context.Context, query string) ([]entry, error)
	// names are all accounts, without keys and codes.
	names(ctx context.Context) ([]otpcore.Account, error)
}

// given is what a source gives of one account.
type given struct {
	entry
	notes []string // what a person should know of this code, one sentence each
}

// source opens what the codes of this run come from, as they are at an instant or,
// if that is zero, whenever they are asked for.
func (p *program) source(ctx context.Context, at instant) (source, error) {
	// A code of another instant an agent does not give.
	if at.IsZero() && p.agentServes() {
		return &served{program: p}, nil
	}
	return p.openSource(ctx, at)
}

func (p *program) openSource(ctx context.Context, at instant) (source, error) {
	// Nearly all that such a run reads it keeps to its end, which is near. To collect
	// what it drops costs a fifth of its time and gives nobody the memory back.
	debug.SetGCPercent(400)
	v, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return &opened{v, at, p.Now}, nil
}

// opened is a vault as a source of codes.
type opened struct {
	*vault.Vault
	at  instant
	now func() time.Time
}

func (o *opened) code(_ context.Context, query string, timed bool) (given, error) {
	// Whoever follows a code asks for hours. While the file cannot be read, what was
	// read before still gives codes.
	_, _ = o.Refresh()
	a, err := find(o.Accounts(), query)
	if err != nil {
		return given{}, err
	}
	if !a.Timed() && timed {
		return given{}, itCounts(a.Label())
	}
	a = o.at.meant(a)
	now := o.at.or(o.now)
	g := given{entry: entryOf(a, now), notes: rivals(o.Vault, a, now)}
	if !a.Timed() {
		if g.entry, err = o.draw(a.ID); err != nil {
			return given{}, err
		}
	}
	if g.Code == "" {
		return given{}, &fault{status: failed, what: fmt.Sprintf("%s cannot show a code: %v", a.Label(), a.Validate()), err: a.Validate()}
	}
	return g, nil
}

// draw takes the next code of a counter. Advance returns when the new counter is
// on disk; a code of a counter that a crash could give out twice is not shown.
func (o *opened) draw(id string) (entry, error) {
	a, code, err := o.Advance(id)
	if err != nil {
		return entry{}, vaultFault(o.Path(), err)
	}
	e := entryOf(a, time.Time{})
	e.Code = code
	return e, nil
}

func (o *opened) list(_ context.Context, query string) ([]entry, error) {
	now := o.at.or(o.now)
	rows := []entry{} // [] and never null
	for _, hit := range otpcore.Filter(o.Accounts(), query) {
		rows = append(rows, entryOf(o.at.meant(hit.Account), now))
	}
	return rows, nil
}

func (o *opened) names(context.Context) ([]otpcore.Account, error) {
	accounts := o.Accounts()
	for i := range accounts {
		accounts[i].Secret = otpcore.Secret{}
	}
	return accounts, nil
}

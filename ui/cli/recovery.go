package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/ui/host"
	"otpane/vault"
)

func (p *program) recoveryCommand() *cobra.Command {
	return p.group(&cobra.Command{
		Use:   "recovery",
		Short: "Keep a site's recovery codes, and use one",
		Long: `Recovery codes let you in on the day without a one-time code. Each works once,
and otpane knows which are left. They are kept with their account, and open
with the vault unless they are sealed to a second key.`,
		Example: "  otpane recovery add github < github-recovery-codes.txt\n  otpane recovery use github --copy",
	}, p.recoveryAddCommand(), p.recoveryListCommand(), p.recoveryUseCommand(), p.recoveryUndoCommand(), p.recoveryPrintCommand(), p.recoveryRmCommand(), p.recoverySealCommand(), p.recoveryUnsealCommand())
}

// oneQueryNoCode is oneQuery for commands whose next word might be a code.
func oneQueryNoCode(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return misuse("one account at a time, and no recovery code as an argument: other programs can read it there",
			fmt.Sprintf("`%s NAME`; a name with blanks needs quotes", cmd.CommandPath()))
	}
	return oneQuery(cmd, args)
}

// aboutRecovery is a command about the codes of the one account that a query means.
func (p *program) aboutRecovery(cmd *cobra.Command, act func(context.Context, *vault.Vault, otpcore.Account) error) *cobra.Command {
	cmd.Args = oneQueryNoCode
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := p.open(cmd.Context())
		if err != nil {
			return err
		}
		a, err := find(v.Accounts(), args[0])
		if err != nil {
			return err
		}
		return act(cmd.Context(), v, a)
	}
	return cmd
}

func (p *program) recoveryAddCommand() *cobra.Command {
	return p.aboutRecovery(&cobra.Command{
		Use:   "add QUERY",
		Short: "Store the codes that a site shows",
		Long: `Reads standard input as the site prints it: numbered, in columns, with words
around. On a terminal it reads without showing, to an empty line or ctrl-d,
tells what it found by length and first characters, and asks.`,
		Example: "  otpane recovery add github < github-recovery-codes.txt\n  wl-paste | otpane recovery add github",
	}, p.addRecovery)
}

func (p *program) addRecovery(ctx context.Context, v *vault.Vault, a otpcore.Account) error {
	text, err := p.readRecovery(ctx)
	if err != nil {
		return err
	}
	defer clear(text)
	codes := otpcore.ParseRecoveryCodes(string(text))
	if len(codes) == 0 {
		return &fault{status: nothingFound, what: "no recovery codes in it; nothing was changed",
			hint: "one code a line is understood best; the pane takes them one by one, too"}
	}
	if p.interactive() {
		for i, c := range codes {
			p.say("  %2d  %s", i+1, outlined(c))
		}
		if err := p.confirm(ctx, fmt.Sprintf("Add %s to %s?", count(len(codes), "code", "codes"), a.Label()), false); err != nil {
			return err
		}
	}
	var added int
	err = update(v, func(d *vault.Draft) (err error) {
		added, err = d.AddRecoveryCodes(a.ID, codes)
		a, _ = d.Account(a.ID)
		return err
	})
	if err != nil {
		return err
	}
	there := ""
	if n := len(codes) - added; n > 0 {
		there = fmt.Sprintf(" %d there already.", n)
	}
	sealed := ""
	if added > 0 && sealedOf(a.Recovery) > 0 {
		sealed = " Sealed like the others."
	}
	p.say("Added %s to %s.%s %s.%s", count(added, "recovery code", "recovery codes"), a.Label(), there, leftOf(a), sealed)
	return nil
}

// readRecovery takes standard input, or asks where somebody can answer. Pages have
// empty lines above their codes: only one below ends it.
func (p *program) readRecovery(ctx context.Context) ([]byte, error) {
	if !p.interactive() {
		return p.read("-", maxKey)
	}
	terminal, err := p.openTerminal()
	if err != nil {
		return nil, noTerminal(err)
	}
	defer terminal.Close()
	text, prompt := make([]byte, 0, maxKey), "recovery codes, then an empty line  "
	for len(text) < maxKey {
		line, err := terminal.ReadHidden(ctx, prompt)
		if errors.Is(err, host.ErrCancelled) && ctx.Err() == nil && len(text) > 0 {
			return text, nil
		}
		if err != nil {
			return nil, noTerminal(err)
		}
		if len(line) == 0 && len(otpcore.ParseRecoveryCodes(string(text))) > 0 {
			return text, nil
		}
		text, prompt = append(append(text, line...), '\n'), ""
		clear(line)
	}
	return text, nil
}

// outlined is enough of a code to compare it with the page, and not enough to use it.
func outlined(c otpcore.RecoveryCode) string {
	shown := 0
	return strings.Map(func(r rune) rune {
		if shown++; shown <= 2 || r == '-' || r == ' ' {
			return r
		}
		return '•'
	}, string(c.Text.Reveal()))
}

// leftOf is "7 of 10 left".
func leftOf(a otpcore.Account) string {
	return fmt.Sprintf("%d of %d left", otpcore.Left(a.Recovery), len(a.Recovery))
}

// few is when it is time to get new codes.
const few = 2

func (p *program) mentionLeft(a otpcore.Account) {
	switch left := otpcore.Left(a.Recovery); {
	case left > few:
		p.say("%s: %s.", a.Label(), leftOf(a))
	default:
		p.say("%s: %s. The site makes new ones.", a.Label(), leftOf(a))
	}
}

func noRecovery(a otpcore.Account) error {
	return &fault{status: nothingFound, what: a.Label() + " has no recovery codes", hint: "`otpane recovery add` reads them from standard input"}
}

func (p *program) recoveryListCommand() *cobra.Command {
	var reveal, asJSON bool
	var key string
	cmd := p.aboutRecovery(&cobra.Command{
		Use:     "list QUERY",
		Short:   "Show which are left, and when the others were used",
		Long:    "The codes themselves are shown with --reveal alone.",
		Example: "  otpane recovery list github\n  otpane recovery list github --json | jq -r '.[].used'",
	}, func(ctx context.Context, v *vault.Vault, a otpcore.Account) error {
		a, err := p.openSealed(ctx, v, a, key)
		if err != nil {
			return err
		}
		return p.listRecovery(a, reveal, asJSON)
	})
	recoveryIdentityFlag(cmd, &key)
	cmd.Flags().BoolVar(&reveal, "reveal", false, "show the codes themselves")
	cmd.Flags().BoolVar(&asJSON, "json", false, "an array for programs")
	return cmd
}

// recoveryRow is a recovery code as programs read it.
type recoveryRow struct {
	Code   string     `json:"code,omitempty"` // with --reveal
	Used   *time.Time `json:"used"`           // null: unused
	Sealed bool       `json:"sealed,omitempty"`
}

func (p *program) listRecovery(a otpcore.Account, reveal, asJSON bool) error {
	entries, rows := []recoveryRow{}, [][]string{}
	for i, c := range a.Recovery {
		e, text, state := recoveryRow{Sealed: c.Sealed}, outlined(c), "unused"
		if reveal {
			e.Code, text = string(c.Text.Reveal()), string(c.Text.Reveal())
		}
		if c.Sealed {
			text = "sealed"
		}
		if !c.Used.IsZero() {
			used := c.Used.UTC()
			e.Used, state = &used, "used "+minute(c.Used)
		}
		entries = append(entries, e)
		rows = append(rows, []string{fmt.Sprintf("%2d", i+1), inOneLine(text), state})
	}
	switch {
	case asJSON:
		return p.printJSON(entries)
	case len(rows) == 0:
		return noRecovery(a)
	}
	p.mentionLeft(a)
	p.mentionSealed(a)
	return p.print(table(rows))
}

func (p *program) recoveryUseCommand() *cobra.Command {
	var clip bool
	var key string
	cmd := p.aboutRecovery(&cobra.Command{
		Use:   "use QUERY",
		Short: "Print the next unused code, and mark it used",
		Long: `It is saved as used before it is printed. ` + "`otpane recovery undo`" + ` takes the
last use back, if the site did not ask for it after all.`,
		Example: "  otpane recovery use github\n  otpane recovery use github --copy",
	}, func(ctx context.Context, v *vault.Vault, a otpcore.Account) error {
		return p.useRecovery(ctx, v, a, key, clip)
	})
	recoveryIdentityFlag(cmd, &key)
	cmd.Flags().BoolVar(&clip, "copy", false, "put it on the clipboard instead of printing it")
	return cmd
}

func (p *program) useRecovery(ctx context.Context, v *vault.Vault, a otpcore.Account, key string, clip bool) error {
	opened, err := p.openSealed(ctx, v, a, key) // a touch of hardware would hold up others in the update
	if err != nil {
		return err
	}
	var code otpcore.RecoveryCode
	err = update(v, func(d *vault.Draft) (err error) {
		a, _ = d.Account(a.ID) // another pane may have used one meanwhile
		at := slices.IndexFunc(a.Recovery, func(c otpcore.RecoveryCode) bool { return c.Used.IsZero() && textOf(c, opened).Len() > 0 })
		switch {
		case len(a.Recovery) == 0:
			return noRecovery(a)
		case at < 0 && otpcore.Left(a.Recovery) > 0:
			return needsIdentity(a)
		case at < 0:
			return &fault{status: nothingFound, what: "all recovery codes of " + a.Label() + " are used", hint: "the site makes new ones"}
		}
		code, err = d.UseRecoveryCode(a.ID, a.Recovery[at].ID)
		a, _ = d.Account(a.ID)
		return err
	})
	if err != nil {
		return err
	}
	text := string(textOf(code, opened).Reveal())
	if !clip {
		p.mentionLeft(a)
		return p.print(p.harmless(text) + "\n")
	}
	how, err := p.clip(ctx, text, "`otpane recovery use` without --copy prints the code")
	if err != nil {
		// Nobody has seen the code: it is as good as before.
		return errors.Join(err, update(v, func(d *vault.Draft) error { return d.UnuseRecoveryCode(a.ID, code.ID) }))
	}
	p.say("A recovery code %s, and marked used.", how)
	p.mentionLeft(a)
	return nil
}

// textOf is the text of a code, or the one that a second key has opened.
func textOf(c otpcore.RecoveryCode, opened otpcore.Account) otpcore.Secret {
	for _, o := range opened.Recovery {
		if c.Sealed && o.ID == c.ID {
			return o.Text
		}
	}
	return c.Text
}

func (p *program) recoveryUndoCommand() *cobra.Command {
	return p.aboutRecovery(&cobra.Command{
		Use:     "undo QUERY",
		Short:   "Take the last use back",
		Long:    "For a code that was printed or copied and that the site did not take.",
		Example: "  otpane recovery undo github\n  otpane recovery undo \"Example Site:bob\"",
	}, p.undoRecovery)
}

func (p *program) undoRecovery(_ context.Context, v *vault.Vault, a otpcore.Account) error {
	var last otpcore.RecoveryCode
	err := update(v, func(d *vault.Draft) error {
		a, _ = d.Account(a.ID)
		for _, c := range a.Recovery {
			if c.Used.After(last.Used) {
				last = c
			}
		}
		if last.Used.IsZero() {
			return &fault{status: nothingFound, what: "no recovery code of " + a.Label() + " is used"}
		}
		return d.UnuseRecoveryCode(a.ID, last.ID)
	})
	if err != nil {
		return err
	}
	p.say("The code that was used %s counts as unused again.", minute(last.Used))
	return nil
}

func (p *program) recoveryPrintCommand() *cobra.Command {
	var file, key string
	var plaintext bool
	cmd := p.aboutRecovery(&cobra.Command{
		Use:   "print QUERY",
		Short: "Write a page with the codes that are left, for a drawer",
		Long: `Plain text, for a printer or a file with mode 0600. Whoever reads it has the
codes: on a terminal it asks, elsewhere it needs --plaintext.`,
		Example: "  otpane recovery print github | lp\n  otpane recovery print github --plaintext -o codes.txt",
	}, func(ctx context.Context, v *vault.Vault, a otpcore.Account) error {
		a, err := p.openSealed(ctx, v, a, key)
		if err != nil {
			return err
		}
		return p.printRecovery(ctx, a, file, plaintext)
	})
	recoveryIdentityFlag(cmd, &key)
	cmd.Flags().StringVarP(&file, "output", "o", "", "write to this `FILE` instead of standard output")
	cmd.Flags().BoolVar(&plaintext, "plaintext", false, "yes, write the codes readable")
	return cmd
}

func (p *program) printRecovery(ctx context.Context, a otpcore.Account, file string, plaintext bool) error {
	left := otpcore.Left(a.Recovery) - otpcore.Left(sealedAmong(a.Recovery))
	switch {
	case len(a.Recovery) == 0:
		return noRecovery(a)
	case left == 0 && otpcore.Left(a.Recovery) > 0:
		return needsIdentity(a)
	case !plaintext && !p.interactive():
		return misuse("the page shows every code, and nobody can be asked here", "--plaintext says that this is meant")
	case !plaintext:
		yes, err := p.ask(ctx, fmt.Sprintf("Write %s in plain text?", count(left, "code", "codes")))
		if err != nil {
			return err
		}
		if !yes {
			return &fault{status: failed, what: "nothing was written"}
		}
	}
	p.mentionSealed(a)
	page := otpcore.RecoveryPage(a)
	if file == "" {
		for line := range strings.Lines(page) {
			if err := p.print(p.harmless(strings.TrimSuffix(line, "\n")) + "\n"); err != nil {
				return err
			}
		}
		return nil
	}
	if err := p.write(ctx, file, []byte(page)); err != nil {
		return err
	}
	p.say("%s in %s. Remove it when it is printed.", count(left, "code is", "codes are"), file)
	return nil
}

func (p *program) recoveryRmCommand() *cobra.Command {
	var sure, used bool
	cmd := p.aboutRecovery(&cobra.Command{
		Use:   "rm QUERY",
		Short: "Remove the codes",
		Long: `When a site has made new codes, the old ones work no more. Asks first; --yes
where nobody can answer. Backups still have them.`,
		Example: "  otpane recovery rm github\n  otpane recovery rm github --used --yes",
	}, func(ctx context.Context, v *vault.Vault, a otpcore.Account) error {
		return p.removeRecovery(ctx, v, a, used, sure)
	})
	cmd.Flags().BoolVar(&used, "used", false, "only those that are used")
	cmd.Flags().BoolVar(&sure, "yes", false, "do not ask")
	return cmd
}

func (p *program) removeRecovery(ctx context.Context, v *vault.Vault, a otpcore.Account, used, sure bool) error {
	var ids []string
	for _, c := range a.Recovery {
		if !used || !c.Used.IsZero() {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 && used && len(a.Recovery) > 0 {
		return &fault{status: nothingFound, what: "no recovery code of " + a.Label() + " is used"}
	}
	if len(ids) == 0 {
		return noRecovery(a)
	}
	what := count(len(ids), "recovery code", "recovery codes")
	if err := p.confirm(ctx, fmt.Sprintf("Remove %s of %s?", what, a.Label()), sure); err != nil {
		return err
	}
	if err := update(v, func(d *vault.Draft) error { return d.RemoveRecoveryCodes(a.ID, ids...) }); err != nil {
		return err
	}
	p.say("Removed %s of %s.", what, a.Label())
	return nil
}

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/otpcore/qr"
	"otpane/vault"
)

func (p *program) addCommand() *cobra.Command {
	var f fields
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Add one account from a key or an otpauth URI",
		Long: `Reads standard input, or asks without showing what is typed. Flags fill in
what the key does not say, and win over what a URI says.`,
		Example: "  otpane add --issuer GitHub --account alice\n  wl-paste | otpane add",
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.add(cmd, &f) },
		Args:    noKeyArgument("add"),
	}
	f.declare(cmd)
	return cmd
}

func (p *program) add(cmd *cobra.Command, f *fields) error {
	a, err := p.readAccount(cmd, f, "add")
	if err != nil {
		return err
	}
	v, err := p.open(cmd.Context())
	if err != nil {
		return err
	}
	return p.addTo(v, a)
}

// readAccount reads a key or URI, and has the flags win over what it says. command
// is whose messages these are.
func (p *program) readAccount(cmd *cobra.Command, f *fields, command string) (otpcore.Account, error) {
	text, err := p.readKey(cmd.Context())
	if err != nil {
		return otpcore.Account{}, err
	}
	defer clear(text)
	a, err := parseKey(text, command)
	if err != nil {
		return otpcore.Account{}, err
	}
	return f.apply(cmd, a)
}

// readKey takes standard input, or asks where somebody can answer.
func (p *program) readKey(ctx context.Context) ([]byte, error) {
	if p.interactive() {
		return p.hidden(ctx, "key or otpauth URI  ")
	}
	return p.read("-", maxKey)
}

// parseKey reads what a site hands out: a key, or a URI around one. No error
// holds what was read.
func parseKey(text []byte, command string) (otpcore.Account, error) {
	line := string(bytes.TrimSpace(text))
	switch {
	case line == "":
		return otpcore.Account{}, &fault{status: failed, what: "no key on standard input", hint: fmt.Sprintf("`otpane %[1]s < FILE`, or run `otpane %[1]s` and paste it", command)}
	case qr.IsPicture(text) && command == "once":
		return otpcore.Account{}, &fault{status: failed, what: "this is a picture, not a key", hint: "`otpane scan FILE | otpane once` reads it first"}
	case qr.IsPicture(text):
		return otpcore.Account{}, &fault{status: failed, what: "this is a picture, not a key", hint: "`otpane import FILE` reads pictures"}
	case strings.Contains(line, "://"):
		a, err := otpcore.ParseURI(line)
		return a, uriFault(err)
	case strings.ContainsAny(line, "\r\n"):
		return otpcore.Account{}, &fault{status: failed, what: "more than one line: one key at a time", hint: "`otpane import -` reads a list"}
	}
	secret, err := otpcore.ParseSecret(line)
	if err != nil {
		return otpcore.Account{}, &fault{status: failed, what: err.Error(), err: err}
	}
	return otpcore.Account{
		Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: otpcore.DefaultDigits, Period: otpcore.DefaultPeriod, Secret: secret,
	}, nil
}

func uriFault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, otpcore.ErrTransfer):
		return &fault{status: failed, what: "this is a Google transfer, which holds several accounts", hint: "`otpane import -` reads it", err: err}
	case errors.Is(err, otpcore.ErrNotURI):
		return &fault{status: failed, what: "neither a key nor an otpauth URI", hint: "the site shows it behind \"enter the key by hand\"", err: err}
	}
	return &fault{status: failed, what: "this otpauth URI is not usable: " + err.Error(), err: err}
}

// shortKey is what no site hands out: RFC 4226 wants 128 bits, and 80 are common.
const shortKey = 10

// addTo stores a new account. A name in use is told apart, never replaced.
func (p *program) addTo(v *vault.Vault, a otpcore.Account) error {
	if a.Secret.Len() < 2 {
		return &fault{status: failed, what: "a key of 8 bits is none: the site shows a longer one"}
	}
	if twin, there := twin(v.Accounts(), a); there {
		p.say("%s is already there with this key; nothing was changed.", twin.Label())
		return nil
	}
	a.Unfinished = true // the site has not taken a code of it yet
	wanted := a.Label()
	err := update(v, func(d *vault.Draft) (err error) {
		a.Name = otpcore.FreeName(d.Accounts(), a.Issuer, a.Name)
		a.ID, err = d.Add(a)
		return err
	})
	if err != nil {
		return err
	}
	if a.Label() != wanted {
		p.say("%s exists. This one is saved as %s.", wanted, a.Name)
	}
	p.say("Added %s.", a.Label())
	p.remark(a)
	p.finishLater(a)
	return nil
}

// twin is the account that is there already under the same name and key.
func twin(have []otpcore.Account, a otpcore.Account) (otpcore.Account, bool) {
	entry := otpcore.Merge(have, []otpcore.Account{a}).Entries[0]
	return entry.With, entry.State == otpcore.Same
}

// finishLater says what sites' help pages print in bold.
func (p *program) finishLater(a otpcore.Account) {
	p.say("Not registered until the site has taken a code: `%s`, then `%s`.",
		p.command("code", a.ID), p.command("edit", a.ID, "--finished", "--yes"))
}

func (p *program) remark(a otpcore.Account) {
	if bits := 8 * a.Secret.Len(); a.Secret.Len() < shortKey {
		p.say("%d bits: shorter than sites use. Saved as it is.", bits)
	}
	if a.Issuer == "" && a.Name == "" {
		p.say("It has no name yet: `%s` gives it one.", p.command("rename", a.ID, "SITE:NAME"))
	}
}

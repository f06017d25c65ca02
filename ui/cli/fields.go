package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"otpane/otpcore"
)

// fields are the flags that set what an account is. Only those that were given
// count: a flag's zero value is a value too.
type fields struct {
	issuer, name, kind, algorithm string
	digits, period                int
	counter                       uint64
}

func (f *fields) declare(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.issuer, "issuer", "", "the `SITE`")
	flags.StringVar(&f.name, "account", "", "the `NAME` you have there")
	flags.StringVar(&f.kind, "type", "", "`KIND`: totp, hotp or steam")
	flags.StringVar(&f.algorithm, "algorithm", "", "`HASH`: SHA1, SHA256 or SHA512")
	flags.IntVar(&f.digits, "digits", 0, "a code has this `NUMBER` of digits, mostly 6")
	flags.IntVar(&f.period, "period", 0, "a code lasts so many `SECONDS`, mostly 30")
	flags.Uint64Var(&f.counter, "counter", 0, "the next count is this `NUMBER` (hotp)")
}

// apply returns the account with the given flags in place. What they make of it
// must be possible; otherwise the call is at fault, not the account.
func (f *fields) apply(cmd *cobra.Command, a otpcore.Account) (otpcore.Account, error) {
	given := cmd.Flags().Changed
	if given("issuer") {
		a.Issuer = otpcore.Clean(f.issuer)
	}
	if given("account") {
		a.Name = otpcore.Clean(f.name)
	}
	if given("type") {
		kind, err := otpcore.ParseKind(f.kind)
		if err != nil {
			return a, misuse(err.Error(), helpOf(cmd))
		}
		a = ofKind(a, kind)
	}
	if given("algorithm") {
		algorithm, err := otpcore.ParseAlgorithm(f.algorithm)
		if err != nil {
			return a, misuse(err.Error(), helpOf(cmd))
		}
		a.Algorithm = algorithm
	}
	return f.applyNumbers(cmd, a)
}

func (f *fields) applyNumbers(cmd *cobra.Command, a otpcore.Account) (otpcore.Account, error) {
	given := cmd.Flags().Changed
	if given("digits") {
		a.Digits = f.digits
	}
	if given("period") {
		if !a.Timed() {
			return a, misuse("an account that counts has no --period", helpOf(cmd))
		}
		a.Period = f.period
	}
	if given("counter") {
		if a.Timed() {
			return a, misuse("a time-based account has no --counter", "--type hotp makes it count")
		}
		a.Counter = f.counter
	}
	if err := a.Validate(); err != nil && !errors.Is(err, otpcore.ErrSecret) {
		return a, misuse(err.Error(), helpOf(cmd))
	}
	return a, nil
}

// ofKind gives an account another type, with what belongs to the type.
func ofKind(a otpcore.Account, kind otpcore.Kind) otpcore.Account {
	if a.Kind == kind {
		return a
	}
	switch {
	case kind == otpcore.Steam:
		a.Algorithm, a.Digits = otpcore.SHA1, otpcore.SteamDigits
	case a.Kind == otpcore.Steam:
		a.Digits = otpcore.DefaultDigits
	}
	a.Kind = kind
	if a.Timed() {
		a.Counter = 0
		if a.Period == 0 || kind == otpcore.Steam {
			a.Period = otpcore.DefaultPeriod
		}
	} else {
		a.Period = 0
	}
	return a
}

// differences lists what will be another, in the words of the flags.
func differences(was, is otpcore.Account) []string {
	var lines []string
	compare := func(name string, before, after any) {
		if b, a := fmt.Sprint(before), fmt.Sprint(after); a != b {
			lines = append(lines, fmt.Sprintf("%s: %s → %s", name, orNone(b), orNone(a)))
		}
	}
	compare("issuer", was.Issuer, is.Issuer)
	compare("account", was.Name, is.Name)
	compare("type", was.Kind, is.Kind)
	compare("algorithm", was.Algorithm, is.Algorithm)
	compare("digits", was.Digits, is.Digits)
	compare("period", was.Period, is.Period)
	compare("counter", was.Counter, is.Counter)
	compare("tags", tagList(was.Tags), tagList(is.Tags))
	compare("note", oneLine(was.Note), oneLine(is.Note))
	compare("agent", was.Agent, is.Agent)
	compare("pinned", yesNo(was.Pinned), yesNo(is.Pinned))
	compare("finished", yesNo(!was.Unfinished), yesNo(!is.Unfinished))
	return lines
}

func tagList(tags []string) string {
	text := ""
	for _, tag := range tags {
		text += " #" + tag
	}
	if text == "" {
		return ""
	}
	return text[1:]
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

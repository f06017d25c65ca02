package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"otpane/otpcore"
)

func (p *program) onceCommand() *cobra.Command {
	var f fields
	var want codeRequest
	cmd := &cobra.Command{
		Use:   "once",
		Short: "Print the code of a key, without a vault: nothing is saved",
		Long: `Reads a key or otpauth URI from standard input, or asks without showing what is
typed. Flags win over what a URI says. The clock is taken as it is.`,
		Example:     "  otpane scan shot.png | otpane once --copy\n  otpane once --algorithm SHA256 --digits 8 < key.txt",
		Args:        noKeyArgument("once"),
		Annotations: withoutVault,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := excluded(cmd); err != nil {
				return err
			}
			a, err := p.readAccount(cmd, &f, "once")
			if err != nil {
				return err
			}
			return p.handOut(cmd.Context(), want, func(_ context.Context, timed bool) (given, error) {
				return codeOf(a, want.at.or(p.Now), timed)
			})
		},
	}
	f.declare(cmd)
	want.declare(cmd)
	return cmd
}

// codeOf is the code of an account that nobody keeps. One that counts has the code
// of the counter that was given with it.
func codeOf(a otpcore.Account, now time.Time, timed bool) (given, error) {
	if a.Timed() {
		return given{entry: entryOf(a, now)}, nil
	}
	if timed {
		return given{}, misuse("this key counts: its codes do not depend on the time", "--counter says which code")
	}
	code, next, err := a.Advance()
	e := entryOf(next, now)
	e.Code = code
	return given{entry: e}, err
}

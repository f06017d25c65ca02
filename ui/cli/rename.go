package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore"
)

// renaming is a new issuer, a new account name, or both.
type renaming struct {
	issuer, name       string
	hasIssuer, hasName bool
}

func (p *program) renameCommand() *cobra.Command {
	var to renaming
	cmd := &cobra.Command{
		Use:   "rename QUERY ISSUER:ACCOUNT",
		Short: "Give an account another name",
		Long: `QUERY is the exact name or id. The issuer ends at the first colon; --issuer and
--account say one or both of them exactly. It prints the line that undoes it.`,
		Example: "  otpane rename github GitHub:alice@example.com\n  otpane rename github:alice --account bob",
		Args:    renamingArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			to.hasIssuer, to.hasName = cmd.Flags().Changed("issuer"), cmd.Flags().Changed("account")
			if err := to.read(args[1:]); err != nil {
				return err
			}
			return p.change(cmd.Context(), args[0], to.apply)
		},
	}
	cmd.Flags().StringVar(&to.issuer, "issuer", "", "the `SITE` (\"\" for none)")
	cmd.Flags().StringVar(&to.name, "account", "", "the `NAME` you have there (\"\" for none)")
	return cmd
}

func renamingArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 2 {
		return misuse("one account, and one new name", "a name with blanks needs quotes: `otpane rename github \"GitHub:work account\"`")
	}
	return oneQuery(cmd, args[:min(len(args), 1)])
}

// read takes the new name of the arguments, if it is there. Whether a name without a
// colon is an issuer's or an account's nobody can know.
func (to *renaming) read(args []string) error {
	byFlags := to.hasIssuer || to.hasName
	switch {
	case byFlags && len(args) > 0:
		return misuse("ISSUER:ACCOUNT says both already", "it, or --issuer and --account")
	case byFlags:
		return nil
	case len(args) == 0:
		return misuse("what is the new name?", "`otpane rename NAME ISSUER:ACCOUNT`, or --issuer, --account for one of both")
	}
	var both bool
	if to.issuer, to.name, both = strings.Cut(args[0], ":"); !both {
		return misuse("is that the issuer or the account?", "ISSUER:ACCOUNT says both, --issuer and --account one of them")
	}
	to.hasIssuer, to.hasName = true, true
	return nil
}

func (to *renaming) apply(a otpcore.Account) (otpcore.Account, error) {
	if to.hasIssuer {
		a.Issuer = otpcore.Clean(to.issuer)
	}
	if to.hasName {
		a.Name = otpcore.Clean(to.name)
	}
	return a, nil
}

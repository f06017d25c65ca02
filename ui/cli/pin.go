package cli

import (
	"github.com/spf13/cobra"

	"otpane/otpcore"
)

func (p *program) pinCommand() *cobra.Command {
	var off bool
	cmd := &cobra.Command{
		Use:     "pin QUERY",
		Short:   "Keep an account on top of the list",
		Long:    `QUERY is the exact name or id. A pinned account has a ★ in front.`,
		Example: "  otpane pin github:alice\n  otpane pin --off github:alice",
		Args:    oneQuery,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), args[0], func(a otpcore.Account) (otpcore.Account, error) {
				a.Pinned = !off
				return a, nil
			})
		},
	}
	cmd.Flags().BoolVar(&off, "off", false, "no longer")
	return cmd
}

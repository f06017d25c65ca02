package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func (p *program) passphraseCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "passphrase",
		Short: "Change the vault's passphrase",
		Long: `Opens the vault as always, then asks for the new passphrase twice. Backups
made before still open with the old one.`,
		Example: "  otpane passphrase\n  otpane passphrase --identity key.txt --new-passphrase-file new.txt",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.changePassphrase(cmd.Context(), file) },
	}
	cmd.Flags().StringVar(&file, "new-passphrase-file", "", "read the new one from this `FILE`")
	return cmd
}

func (p *program) changePassphrase(ctx context.Context, file string) error {
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	if err := v.ReadOnly(); err != nil {
		return vaultFault(v.Path(), err)
	}
	passphrase, err := p.newPassphrase(ctx, file)
	if err != nil {
		return err
	}
	defer clear(passphrase)
	if err := v.ChangePassphrase(passphrase); err != nil {
		return vaultFault(v.Path(), err)
	}
	p.say("The passphrase is changed. Older backups still open with the old one.")
	return nil
}

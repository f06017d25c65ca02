package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"otpane/vault"
)

// passphraseRequest is what the flags of `otpane passphrase` ask for.
type passphraseRequest struct {
	file                     string
	recoveryKey, postQuantum bool
}

func (p *program) passphraseCommand() *cobra.Command {
	var want passphraseRequest
	cmd := &cobra.Command{
		Use:   "passphrase",
		Short: "Change the vault's passphrase",
		Long: `Opens the vault as always, then asks for the new passphrase twice. Backups
made before still open with the old one.`,
		Example: "  otpane passphrase\n  otpane passphrase --identity key.txt --new-passphrase-file new.txt",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.changePassphrase(cmd.Context(), want) },
	}
	cmd.Flags().StringVar(&want.file, "new-passphrase-file", "", "read the new one from this `FILE`")
	cmd.Flags().BoolVar(&want.recoveryKey, "recovery-key", false, "forgotten: ask for the recovery key instead")
	cmd.Flags().BoolVar(&want.postQuantum, "post-quantum", false, "seal a key of age's post-quantum kind (age 1.3)")
	return cmd
}

func (p *program) changePassphrase(ctx context.Context, want passphraseRequest) error {
	v, err := p.openToChange(ctx, want.recoveryKey)
	if err != nil {
		return err
	}
	if err := v.ReadOnly(); err != nil {
		return vaultFault(v.Path(), err)
	}
	passphrase, err := p.newPassphrase(ctx, want.file, choice{ask: wordsOrOwn, otherwise: "--new-passphrase-file FILE needs no answer"})
	if err != nil {
		return err
	}
	defer clear(passphrase)
	options := append(p.keyFile(v.Path()), p.work()...)
	if want.postQuantum {
		options = append(options, vault.PostQuantum())
	}
	switch err := v.ChangePassphrase(passphrase, options...); {
	case errors.Is(err, vault.ErrMixed):
		return &fault{status: failed, what: "post-quantum and classic recipients do not mix: a file is only as safe as its weakest way in", err: err,
			hint: "`otpane recipients list` shows the classic ones; `otpane recipients remove` takes them out"}
	case err != nil:
		return vaultFault(v.Path(), err)
	}
	p.say("The passphrase is changed. Older backups still open with the old one.")
	return nil
}

func (p *program) openToChange(ctx context.Context, recoveryKey bool) (*vault.Vault, error) {
	if !recoveryKey {
		return p.open(ctx)
	}
	typed, err := p.hidden(ctx, "recovery key  ")
	if err != nil {
		return nil, err
	}
	defer clear(typed)
	key, err := vault.ParseIdentity(fromPaper(string(typed)))
	if err != nil {
		return nil, &fault{status: wrongPassphrase, what: "this is no recovery key: " + err.Error(), hint: "it begins with AGE-SECRET-KEY-", err: err}
	}
	return p.openWith(p.at.path, key)
}

// fromPaper forgives what a hand does to a key: blanks and lower case.
func fromPaper(typed string) string { return strings.ToUpper(strings.Join(strings.Fields(typed), "")) }

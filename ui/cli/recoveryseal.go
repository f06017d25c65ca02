package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/vault"
)

// Whoever opens the vault has both ways into a site, if its recovery codes lie there
// readable. Sealed ones need a second key, which is given with --recovery-identity.

func (p *program) recoverySealCommand() *cobra.Command {
	var recipient string
	var sure bool
	cmd := p.aboutRecovery(&cobra.Command{
		Use:   "seal QUERY",
		Short: "Let only a second key open the codes",
		Long: `The vault then still says how many are left, and the codes themselves need the
key's other half (--recovery-identity). Losing it loses them. FILE holds a
recipient, an SSH key or an age identity that does not open the vault. Codes
added later are sealed like the others. Backups and copies made before keep
the codes readable. Asks first; --yes where nobody can answer.`,
		Example: "  otpane recovery seal github --recipient age1yubikey1q…\n  otpane recovery seal github --recipient ~/stick/key.txt --yes",
	}, func(ctx context.Context, v *vault.Vault, a otpcore.Account) error {
		return p.sealRecovery(ctx, v, a, recipient, sure)
	})
	cmd.Flags().StringVar(&recipient, "recipient", "", "age1…, \"ssh-ed25519 …\" or a `FILE` with one")
	cmd.Flags().BoolVar(&sure, "yes", false, "do not ask")
	return cmd
}

func (p *program) sealRecovery(ctx context.Context, v *vault.Vault, a otpcore.Account, arg string, sure bool) error {
	if arg == "" {
		return misuse("which key is to open them?", "--recipient age1… or --recipient FILE")
	}
	texts, err := p.recipientsIn(arg)
	if err != nil {
		return err
	}
	readable := len(a.Recovery) - sealedOf(a.Recovery)
	switch {
	case len(texts) != 1:
		return misuse(fmt.Sprintf("%d recipients in %s", len(texts), arg), "the codes are sealed to one")
	case len(a.Recovery) == 0:
		return noRecovery(a)
	case readable == 0:
		return &fault{status: nothingFound, what: "the recovery codes of " + a.Label() + " are sealed already",
			hint: "`otpane recovery unseal` first, to seal them to another key"}
	}
	question := fmt.Sprintf("Seal %s of %s? Without the key nobody opens them.", count(readable, "recovery code", "recovery codes"), a.Label())
	if err := p.confirm(ctx, question, sure); err != nil {
		return err
	}
	if err := v.Update(func(d *vault.Draft) error { return d.SealRecoveryCodes(a.ID, texts[0]) }); err != nil {
		return sealFault(v.Path(), texts[0], err)
	}
	p.say("Sealed: the vault alone no longer opens them; the identity of %s does. Earlier backups still hold them readable.", abridged(arg))
	return nil
}

func sealFault(path, recipient string, err error) error {
	if errors.Is(err, vault.ErrNotApart) {
		return &fault{status: failed, what: "this key opens the vault itself, so it would part nothing", err: err,
			hint: "`age-keygen -o FILE` makes another, for a stick or a safe"}
	}
	return recipientFault(path, recipient, err)
}

func (p *program) recoveryUnsealCommand() *cobra.Command {
	var key string
	cmd := p.aboutRecovery(&cobra.Command{
		Use:     "unseal QUERY",
		Short:   "Put sealed codes back within the vault's own reach",
		Long:    "From then on whoever opens the vault reads them.",
		Example: "  otpane recovery unseal github --recovery-identity ~/stick/key.txt\n  otpane recovery unseal aws --recovery-identity ~/.ssh/id_ed25519",
	}, func(ctx context.Context, v *vault.Vault, a otpcore.Account) error {
		return p.unsealRecovery(ctx, v, a, key)
	})
	recoveryIdentityFlag(cmd, &key)
	return cmd
}

func (p *program) unsealRecovery(ctx context.Context, v *vault.Vault, a otpcore.Account, key string) error {
	switch {
	case len(a.Recovery) == 0:
		return noRecovery(a)
	case sealedOf(a.Recovery) == 0:
		return &fault{status: nothingFound, what: "no recovery code of " + a.Label() + " is sealed"}
	case key == "":
		return needsIdentity(a)
	}
	id, err := readIdentity(key, p.prompts(ctx))
	if err != nil {
		return err
	}
	before := sealedOf(a.Recovery)
	err = v.Update(func(d *vault.Draft) error {
		if err := d.UnsealRecoveryCodes(a.ID, id); err != nil {
			return err
		}
		a, _ = d.Account(a.ID)
		return nil
	})
	if err != nil {
		return openFault(v.Path(), a, key, err)
	}
	left := sealedOf(a.Recovery)
	p.say("%s of %s: whoever opens the vault reads them.", count(before-left, "recovery code", "recovery codes"), a.Label())
	p.mentionSealed(a)
	return nil
}

func recoveryIdentityFlag(cmd *cobra.Command, key *string) {
	cmd.Flags().StringVar(key, "recovery-identity", "", "sealed codes open with the age identity or SSH key in this `FILE`")
}

// openSealed is the account with the texts that the identity in a file opens. The
// account as it is, where there is no file.
func (p *program) openSealed(ctx context.Context, v *vault.Vault, a otpcore.Account, key string) (otpcore.Account, error) {
	if key == "" || sealedOf(a.Recovery) == 0 {
		return a, nil
	}
	id, err := readIdentity(key, p.prompts(ctx))
	if err != nil {
		return a, err
	}
	codes, err := v.OpenSealed(a.ID, id)
	if err != nil {
		return a, openFault(v.Path(), a, key, err)
	}
	a.Recovery = codes
	return a, nil
}

func openFault(path string, a otpcore.Account, key string, err error) error {
	if errors.Is(err, vault.ErrSealed) {
		return &fault{status: wrongPassphrase, what: key + " does not open the recovery codes of " + a.Label(), err: err,
			hint: "they are sealed to another key"}
	}
	return vaultFault(path, err)
}

func needsIdentity(a otpcore.Account) error {
	return &fault{status: wrongPassphrase, what: "the recovery codes of " + a.Label() + " are sealed", hint: "--recovery-identity FILE opens them"}
}

func (p *program) mentionSealed(a otpcore.Account) {
	if n := sealedOf(a.Recovery); n > 0 {
		p.say("%s sealed: --recovery-identity FILE opens them.", count(n, "code is", "codes are"))
	}
}

func sealedOf(codes []otpcore.RecoveryCode) int { return len(sealedAmong(codes)) }

// sealedAmong are those whose text is not at hand.
func sealedAmong(codes []otpcore.RecoveryCode) (sealed []otpcore.RecoveryCode) {
	for _, c := range codes {
		if c.Sealed {
			sealed = append(sealed, c)
		}
	}
	return sealed
}

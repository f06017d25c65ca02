package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
	"otpane/ui/host"
	"otpane/vault"
)

// exportRequest is what the flags of `otpane export` ask for.
type exportRequest struct {
	format, file, passphraseFile string
	plaintext                    bool
}

func (p *program) exportCommand() *cobra.Command {
	var want exportRequest
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write all accounts in a form that other programs read",
		Long: `uri: otpauth URIs, one a line. json: otpane's own, with tags and notes.
google: transfer URIs, as Google Authenticator shows them in QR codes.
Whoever reads one of these has the keys: on a terminal it asks, elsewhere
it needs --plaintext. age: the JSON under a passphrase of its own, for age -d.
A file gets mode 0600 and is never overwritten unasked.`,
		Example: "  otpane export --format age -o accounts.json.age\n  otpane export --plaintext | gpg -er alice > accounts.gpg",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.export(cmd.Context(), want) },
	}
	cmd.Flags().StringVar(&want.format, "format", "uri", "`FORMAT`: "+strings.Join(formatNames(), ", "))
	cmd.Flags().StringVarP(&want.file, "output", "o", "", "write to this `FILE` instead of standard output")
	cmd.Flags().StringVar(&want.passphraseFile, "export-passphrase-file", "", "age: read its passphrase from this `FILE`")
	cmd.Flags().BoolVar(&want.plaintext, "plaintext", false, "yes, write the keys readable")
	return cmd
}

// A format is one way out of the vault. What it cannot hold comes back.
type format struct {
	name   string
	write  func([]otpcore.Account) ([]byte, []otpcore.Skip, error)
	sealed bool // what is written goes under a passphrase
}

var formats = []format{
	{name: "uri", write: func(accounts []otpcore.Account) ([]byte, []otpcore.Skip, error) {
		return exchange.WriteURIs(accounts), nil, nil
	}},
	{name: "json", write: writeJSON},
	{name: "google", write: func(accounts []otpcore.Account) ([]byte, []otpcore.Skip, error) {
		uris, left := exchange.WriteMigration(accounts)
		return []byte(strings.Join(append(uris, ""), "\n")), left, nil
	}},
	{name: "age", write: writeJSON, sealed: true},
}

func writeJSON(accounts []otpcore.Account) ([]byte, []otpcore.Skip, error) {
	data, err := exchange.WriteJSON(accounts)
	return data, nil, err
}

func formatNames() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

func formatOf(name string) (format, error) {
	for _, f := range formats {
		if f.name == name {
			return f, nil
		}
	}
	return format{}, misuse("there is no such format", strings.Join(formatNames(), ", "))
}

func (p *program) export(ctx context.Context, want exportRequest) error {
	f, err := formatOf(want.format)
	if err != nil {
		return err
	}
	if err := p.possible(f, want); err != nil {
		return err
	}
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	accounts := v.Accounts()
	if err := p.agree(ctx, f, accounts, want); err != nil {
		return err
	}
	data, left, err := f.write(accounts)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if f.sealed {
		if data, err = p.seal(ctx, data, want); err != nil {
			return err
		}
	}
	for _, line := range skipLines(left) {
		p.say("%-10s %s", "left out", line)
	}
	if want.file == "" {
		return p.print(string(data))
	}
	if err := p.write(ctx, want.file, data); err != nil {
		return err
	}
	there := count(len(accounts)-len(left), "account is", "accounts are") + " in " + want.file
	if f.sealed {
		p.say("%s, under its passphrase: age -d opens it.", there)
		return nil
	}
	p.say("%s, keys and all. Remove it when it has served.", there)
	return nil
}

// possible refuses before anything is asked.
func (p *program) possible(f format, want exportRequest) error {
	stdout, isFile := p.Stdout.(*os.File)
	switch {
	case !f.sealed && want.passphraseFile != "":
		return misuse("only the age format has a passphrase", "--format age")
	case !f.sealed && !want.plaintext && !p.interactive():
		return misuse("an export shows every key, and nobody can be asked here", "--plaintext says that this is meant")
	case f.sealed && want.passphraseFile == "" && !p.interactive():
		return misuse("the export needs a passphrase, and nobody can be asked here", sealedOtherwise)
	case f.sealed && want.file == "" && isFile && host.IsTerminal(stdout):
		return misuse("an age file is nothing for a terminal", "-o FILE writes it to a file")
	}
	return nil
}

func (p *program) agree(ctx context.Context, f format, accounts []otpcore.Account, want exportRequest) error {
	if f.sealed || want.plaintext {
		return nil
	}
	yes, err := p.ask(ctx, fmt.Sprintf("Write %s in plain text?", count(len(accounts), "key", "keys")))
	if err == nil && !yes {
		err = &fault{status: failed, what: "nothing was written"}
	}
	return err
}

const sealedOtherwise = "--export-passphrase-file FILE needs no answer"

// seal asks for a passphrase of the file's own: whoever it is for need not learn
// the vault's.
func (p *program) seal(ctx context.Context, plain []byte, want exportRequest) ([]byte, error) {
	ask := func(ctx context.Context, terminal *host.Terminal) ([]byte, error) {
		return twice(ctx, terminal, "passphrase of the export  ")
	}
	passphrase, err := p.newPassphrase(ctx, want.passphraseFile, choice{ask: ask, otherwise: sealedOtherwise})
	if err != nil {
		return nil, err
	}
	defer clear(passphrase)
	data, err := vault.Encrypt(plain, passphrase, p.work()...)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return data, nil
}

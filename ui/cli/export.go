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
		Long: `uri: otpauth URIs, one a line. json: otpane's own, with tags and notes. aegis:
what most other programs read. html: a page of QR codes to print. google: the
QR codes of a transfer, shown one after another on a terminal, as pictures with
-o NAME.png, else as URIs. Whoever reads one of these has the keys: on a
terminal it asks, elsewhere it needs --plaintext. Under a passphrase of their
own: age (the JSON, for age -d) and aegis-encrypted.
A file gets mode 0600 and is never overwritten unasked.`,
		Example: "  otpane export --format age -o accounts.json.age\n  otpane export --plaintext | gpg -er alice > accounts.gpg",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.export(cmd.Context(), want) },
	}
	cmd.Flags().StringVar(&want.format, "format", "uri", "`FORMAT`: "+strings.Join(formatNames(), ", "))
	cmd.Flags().StringVarP(&want.file, "output", "o", "", "write to this `FILE` instead of standard output")
	cmd.Flags().StringVar(&want.passphraseFile, "export-passphrase-file", "", "the passphrase of a sealed format is in this `FILE`")
	cmd.Flags().BoolVar(&want.plaintext, "plaintext", false, "yes, write the keys readable")
	return cmd
}

// A format is one way out of the vault, by one of its functions.
type format struct {
	name string
	// write gives a readable file. What it cannot hold comes back.
	write func([]otpcore.Account) ([]byte, []otpcore.Skip, error)
	// seal puts one under a passphrase; opens says who opens it.
	seal  func(p *program, accounts []otpcore.Account, passphrase []byte) ([]byte, error)
	opens string
	// codes are what QR codes say, where the format is a row of them.
	codes func([]otpcore.Account) ([]string, []otpcore.Skip)
	// recovery says that the site's recovery codes are in it, too.
	recovery bool
}

var formats = []format{
	{name: "uri", write: readable(exchange.WriteURIs)},
	{name: "json", write: writeJSON, recovery: true},
	{name: "aegis", write: func(accounts []otpcore.Account) ([]byte, []otpcore.Skip, error) {
		data, err := exchange.WriteAegis(accounts)
		return data, nil, err
	}},
	{name: "html", write: readable(exchange.WritePage)},
	{name: "google", codes: exchange.WriteMigration, write: func(accounts []otpcore.Account) ([]byte, []otpcore.Skip, error) {
		uris, left := exchange.WriteMigration(accounts)
		return []byte(strings.Join(append(uris, ""), "\n")), left, nil
	}},
	{name: "age", opens: "age -d opens it", seal: sealAge, recovery: true},
	{name: "aegis-encrypted", opens: "Aegis opens it", seal: func(_ *program, accounts []otpcore.Account, passphrase []byte) ([]byte, error) {
		return exchange.WriteAegisEncrypted(accounts, passphrase)
	}},
}

func readable(write func([]otpcore.Account) []byte) func([]otpcore.Account) ([]byte, []otpcore.Skip, error) {
	return func(accounts []otpcore.Account) ([]byte, []otpcore.Skip, error) { return write(accounts), nil, nil }
}

func sealAge(p *program, accounts []otpcore.Account, passphrase []byte) ([]byte, error) {
	plain, err := exchange.WriteJSON(accounts)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return vault.Encrypt(plain, passphrase, p.work()...)
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
	if f.seal != nil {
		return p.exportSealed(ctx, f, accounts, want)
	}
	if err := p.agree(ctx, accounts, want); err != nil {
		return err
	}
	if f.codes != nil {
		want.file = pictureIn(want.file)
	}
	if f.codes != nil && (isPicture(want.file) || want.file == "" && host.IsTerminal(p.Stdout)) {
		return p.exportCodes(ctx, f, accounts, want)
	}
	data, left, err := f.write(accounts)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	p.sayLeft(left)
	p.saySealed(f, accounts)
	if want.file == "" {
		return p.print(string(data))
	}
	if err := p.writeReadable(ctx, want.file, data); err != nil {
		return err
	}
	p.say("%s, keys and all. Remove it when it has served.", areIn(len(accounts)-len(left), want.file))
	return nil
}

// exportSealed asks for a passphrase of the file's own: whoever it is for need not
// learn the vault's.
func (p *program) exportSealed(ctx context.Context, f format, accounts []otpcore.Account, want exportRequest) error {
	ask := func(ctx context.Context, terminal *host.Terminal) ([]byte, error) {
		return twice(ctx, terminal, "passphrase of the export  ")
	}
	passphrase, err := p.newPassphrase(ctx, want.passphraseFile, choice{ask: ask, otherwise: sealedOtherwise})
	if err != nil {
		return err
	}
	defer clear(passphrase)
	data, err := f.seal(p, accounts, passphrase)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	p.saySealed(f, accounts)
	if want.file == "" {
		return p.print(string(data))
	}
	if err := p.write(ctx, want.file, data); err != nil {
		return err
	}
	p.say("%s, under its passphrase: %s.", areIn(len(accounts), want.file), f.opens)
	return nil
}

func areIn(accounts int, file string) string {
	return count(accounts, "account is", "accounts are") + " in " + file
}

func (p *program) sayLeft(left []otpcore.Skip) {
	for _, line := range skipLines(left) {
		p.say("%-10s %s", "left out", line)
	}
}

// saySealed is for the formats that hold recovery codes.
func (p *program) saySealed(f format, accounts []otpcore.Account) {
	sealed := 0
	for _, a := range accounts {
		sealed += sealedOf(a.Recovery)
	}
	if sealed > 0 && f.recovery {
		p.say("%-10s %s, which a second key opens", "left out", count(sealed, "sealed recovery code", "sealed recovery codes"))
	}
}

// possible refuses before anything is asked.
func (p *program) possible(f format, want exportRequest) error {
	stdout, isFile := p.Stdout.(*os.File)
	switch {
	case f.seal == nil && want.passphraseFile != "":
		return misuse("only sealed formats have a passphrase", "--format age or aegis-encrypted")
	case f.seal == nil && !want.plaintext && !p.interactive():
		return misuse("an export shows every key, and nobody can be asked here", "--plaintext says that this is meant")
	case f.seal != nil && want.passphraseFile == "" && !p.interactive():
		return misuse("the export needs a passphrase, and nobody can be asked here", sealedOtherwise)
	case f.name == "age" && want.file == "" && isFile && host.IsTerminal(stdout):
		return misuse("an age file is nothing for a terminal", "-o FILE writes it to a file")
	}
	return nil
}

func (p *program) agree(ctx context.Context, accounts []otpcore.Account, want exportRequest) error {
	if want.plaintext {
		return nil
	}
	yes, err := p.ask(ctx, fmt.Sprintf("Write %s in plain text?", count(len(accounts), "key", "keys")))
	if err == nil && !yes {
		err = &fault{status: failed, what: "nothing was written"}
	}
	return err
}

const sealedOtherwise = "--export-passphrase-file FILE needs no answer"

package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/otpcore/exchange"
)

// exportRequest is what the flags of `otpane export` ask for.
type exportRequest struct {
	format, file string
	plaintext    bool
}

func (p *program) exportCommand() *cobra.Command {
	var want exportRequest
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write all accounts in a form that other programs read",
		Long: `uri: otpauth URIs, one a line. json: otpane's own, with tags and notes.
google: transfer URIs, as Google Authenticator shows them in QR codes.
Whoever reads one of these has the keys: on a terminal it asks, elsewhere
it needs --plaintext. A file gets mode 0600 and is never overwritten unasked.`,
		Example: "  otpane export --format json -o accounts.json\n  otpane export --plaintext | gpg -er alice > accounts.gpg",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.export(cmd.Context(), want) },
	}
	cmd.Flags().StringVar(&want.format, "format", "uri", "`FORMAT`: "+strings.Join(formatNames(), ", "))
	cmd.Flags().StringVarP(&want.file, "output", "o", "", "write to this `FILE` instead of standard output")
	cmd.Flags().BoolVar(&want.plaintext, "plaintext", false, "yes, write the keys readable")
	return cmd
}

// A format is one way out of the vault. What it cannot hold comes back.
type format struct {
	name  string
	write func([]otpcore.Account) ([]byte, []otpcore.Skip, error)
}

var formats = []format{
	{"uri", func(accounts []otpcore.Account) ([]byte, []otpcore.Skip, error) {
		return exchange.WriteURIs(accounts), nil, nil
	}},
	{"json", func(accounts []otpcore.Account) ([]byte, []otpcore.Skip, error) {
		data, err := exchange.WriteJSON(accounts)
		return data, nil, err
	}},
	{"google", func(accounts []otpcore.Account) ([]byte, []otpcore.Skip, error) {
		uris, left := exchange.WriteMigration(accounts)
		return []byte(strings.Join(append(uris, ""), "\n")), left, nil
	}},
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
	if !want.plaintext && !p.interactive() {
		return misuse("an export shows every key, and nobody can be asked here", "--plaintext says that this is meant")
	}
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	accounts := v.Accounts()
	if err := p.agree(ctx, accounts, want); err != nil {
		return err
	}
	data, left, err := f.write(accounts)
	if err != nil {
		return fmt.Errorf("export: %w", err)
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
	p.say("%s in %s, keys and all. Remove it when it has served.", count(len(accounts)-len(left), "account is", "accounts are"), want.file)
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

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/vault"
)

func (p *program) recipientsCommand() *cobra.Command {
	return p.group(&cobra.Command{
		Use:   "recipients",
		Short: "Say who may open the vault beside its passphrase",
		Long: `A recipient is the public half of a key: an age key, an SSH key, a YubiKey or
another device by its age plugin, or a recovery key on paper. Whoever has the
other half opens the vault with --identity FILE.`,
		Example: "  otpane recipients recovery\n  otpane recipients add ~/.ssh/id_ed25519.pub",
	}, p.recipientsListCommand(), p.recipientsAddCommand(), p.recipientsRemoveCommand(), p.recoveryKeyCommand(), p.keyringCommand())
}

func (p *program) recipientsListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Show them",
		Long:    "In the order in which they were added. Long ones are cut; --json has them whole.",
		Example: "  otpane recipients list\n  otpane recipients list --json | jq -r '.[].recipient'",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := p.open(cmd.Context())
			if err != nil {
				return err
			}
			return p.listRecipients(v, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "an array for programs")
	return cmd
}

// recipientEntry is a recipient as programs read it.
type recipientEntry struct {
	Recipient string `json:"recipient"`
	Label     string `json:"label"`
}

func (p *program) listRecipients(v *vault.Vault, asJSON bool) error {
	entries, rows := []recipientEntry{}, [][]string{}
	for _, r := range v.Recipients() {
		entries = append(entries, recipientEntry{r.Text, r.Label})
		rows = append(rows, []string{cmp.Or(otpcore.Clean(r.Label), "-"), abridged(r.Text)})
	}
	if asJSON {
		return p.printJSON(entries)
	}
	if info, err := vault.Inspect(v.Path()); err == nil && info.Passphrase {
		p.say("The passphrase opens the vault.")
	}
	if len(rows) == 0 {
		p.say("No recipients. `otpane recipients recovery` makes a key for paper.")
		return nil
	}
	return p.print(visible(table(rows)))
}

// abridged cuts a post-quantum recipient, which has two thousand characters.
func abridged(text string) string {
	const most, head, tail = 100, 24, 12
	if len(text) <= most {
		return text
	}
	return text[:head] + "…" + text[len(text)-tail:]
}

func (p *program) recipientsAddCommand() *cobra.Command {
	var label string
	cmd := &cobra.Command{
		Use:   "add RECIPIENT…",
		Short: "Let the owner of a key open the vault",
		Long: `RECIPIENT is age1…, "ssh-ed25519 …", or a file: of recipients one a line, an
SSH key, an age identity. Post-quantum (age1pq1…) and classic ones do not mix,
the vault's own included, because a file is only as safe as its weakest way in.`,
		Example: "  otpane recipients add age1yubikey1q… --label YubiKey\n  otpane recipients add ~/.ssh/id_ed25519.pub",
		Args:    someRecipients,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.addRecipients(cmd.Context(), args, label)
		},
	}
	cmd.Flags().StringVar(&label, "label", "", "the `NAME` you give it")
	return cmd
}

func someRecipients(cmd *cobra.Command, args []string) error {
	if len(args) == 0 || slices.Contains(args, "") {
		return misuse("which recipient?", helpOf(cmd))
	}
	if len(args) > 1 && strings.HasPrefix(args[0], "ssh-") {
		return misuse("an SSH key is one argument", "put it in quotes, or name its file")
	}
	return nil
}

func (p *program) addRecipients(ctx context.Context, args []string, label string) error {
	var all []string
	for _, arg := range args {
		texts, err := p.recipientsIn(arg)
		if err != nil {
			return err
		}
		all = append(all, texts...)
	}
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	for _, text := range all {
		name := cmp.Or(label, remark(text))
		if err := v.AddRecipient(text, name); err != nil {
			return recipientFault(v.Path(), text, err)
		}
		p.say("%s opens the vault from now on.", cmp.Or(name, abridged(text)))
	}
	return nil
}

// recipientsIn is what an argument names: itself, or what a file holds.
func (p *program) recipientsIn(arg string) ([]string, error) {
	if strings.HasPrefix(arg, "age1") || strings.HasPrefix(arg, "ssh-") {
		return []string{arg}, nil
	}
	data, err := p.read(arg, maxPassphrase)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	if id, err := vault.ParseIdentity(string(data)); err == nil {
		return id.Recipients(), nil
	}
	var texts []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			texts = append(texts, line)
		}
	}
	if len(texts) == 0 {
		return nil, &fault{status: failed, what: "no recipient in " + arg}
	}
	return texts, nil
}

// remark is the end of an SSH key's line: whose it is.
func remark(text string) string {
	if words := strings.Fields(text); strings.HasPrefix(text, "ssh-") && len(words) > 2 {
		return strings.Join(words[2:], " ")
	}
	return ""
}

// recipientFault does not repeat what could not be read: it may be the wrong
// line of the right file.
func recipientFault(path, text string, err error) error {
	switch {
	case errors.Is(err, vault.ErrMixed):
		return &fault{status: failed, what: "post-quantum and classic recipients do not mix: a file is only as safe as its weakest way in", err: err,
			hint: "`otpane passphrase --post-quantum` makes the vault's own key one of that kind, if it is the only other"}
	case errors.Is(err, vault.ErrLastWay):
		return &fault{status: failed, what: "without it you could not open the vault any more", hint: "add another recipient or a passphrase first", err: err}
	case errors.Is(err, vault.ErrNewer), errors.Is(err, vault.ErrBusy):
		return vaultFault(path, err)
	case strings.Contains(err.Error(), "age-plugin-"):
		return &fault{status: failed, what: err.Error(), hint: "the plugin has to be on the PATH for every save", err: err}
	case !strings.HasPrefix(text, "age1") && !strings.HasPrefix(text, "ssh-"):
		return &fault{status: failed, what: "not an age or SSH recipient", hint: "age1…, ssh-ed25519 … or ssh-rsa …", err: err}
	}
	return vaultFault(path, err)
}

func (p *program) recipientsRemoveCommand() *cobra.Command {
	var sure bool
	cmd := &cobra.Command{
		Use:   "remove RECIPIENT",
		Short: "Shut a recipient out of all later saves",
		Long: `RECIPIENT is its label, itself, or its file. What it could open before, backups
and copies among it, stays open to it. Asks first; --yes where nobody can
answer.`,
		Example: "  otpane recipients remove YubiKey\n  otpane recipients remove \"recovery key\" --yes",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse("one recipient at a time", helpOf(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.removeRecipient(cmd.Context(), args[0], sure)
		},
	}
	cmd.Flags().BoolVar(&sure, "yes", false, "do not ask")
	return cmd
}

func (p *program) removeRecipient(ctx context.Context, arg string, sure bool) error {
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	r, err := p.recipient(v, arg)
	if err != nil {
		return err
	}
	if p.openedByKeyring && slices.Contains(v.Identity().Recipients(), r.Text) {
		// Whoever shuts out what opened the vault shows that something else does.
		p.pastKeyring = true
		if v, err = p.openQuietly(ctx); err != nil {
			return err
		}
	}
	name := cmp.Or(r.Label, abridged(r.Text))
	if err := p.confirm(ctx, fmt.Sprintf("Shut %s out? Older copies stay open to it.", name), sure); err != nil {
		return err
	}
	if err := v.RemoveRecipient(r.Text); err != nil {
		return recipientFault(v.Path(), r.Text, err)
	}
	p.say("%s does not open what is saved from now on. Backups and copies made before stay open to it.", name)
	p.forget(ctx, v.Path(), r)
	return nil
}

// recipient is the one with that label, text or file.
func (p *program) recipient(v *vault.Vault, arg string) (vault.Recipient, error) {
	all := v.Recipients()
	found := slices.DeleteFunc(slices.Clone(all), func(r vault.Recipient) bool { return r.Label != arg })
	if len(found) == 0 {
		texts, err := p.recipientsIn(arg)
		if err != nil {
			texts = nil // neither a label nor a file
		}
		found = slices.DeleteFunc(all, func(r vault.Recipient) bool {
			return !slices.ContainsFunc(texts, func(text string) bool { return sameKey(r.Text, text) })
		})
	}
	switch len(found) {
	case 0:
		return vault.Recipient{}, &fault{status: nothingFound, what: "no such recipient", hint: "`otpane recipients list` shows them"}
	case 1:
		return found[0], nil
	}
	f := &fault{status: ambiguous, what: fmt.Sprintf("%d recipients fit", len(found)), hint: "the recipient itself decides"}
	for _, r := range found {
		f.list = append(f.list, cmp.Or(r.Label, "-")+"  "+abridged(r.Text))
	}
	return vault.Recipient{}, f
}

// sameKey compares recipients without the remark of an SSH key.
func sameKey(a, b string) bool {
	one, other := strings.Fields(a), strings.Fields(b)
	return slices.Equal(one[:min(2, len(one))], other[:min(2, len(other))])
}

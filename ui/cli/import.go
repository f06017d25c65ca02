package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/vault"
)

func (p *program) importCommand() *cobra.Command {
	var dryRun, asJSON bool
	var screen screenFlags
	cmd := &cobra.Command{
		Use:   "import FILE…",
		Short: "Import accounts from pictures of QR codes and from exports",
		Long: `What a file is shows in its content, not in its name; - is standard input.
On a terminal it shows what would come in and asks. Elsewhere it takes all
that is new; duplicates and clashes (same name, another key) stay out.`,
		Example: "  otpane import screenshot.png\n  otpane import --screen --dry-run",
		Args:    screen.someInputs,
		RunE: func(cmd *cobra.Command, files []string) error {
			return p.importFrom(cmd.Context(), p.inputs(files, screen), dryRun, asJSON)
		},
	}
	screen.bind(cmd)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would come in; save nothing")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print {added, duplicates, skipped, missing_parts}")
	return cmd
}

// importFrom reads everything before the vault is opened: a wrong file name
// should not cost a passphrase.
func (p *program) importFrom(ctx context.Context, inputs []input, dryRun, asJSON bool) error {
	in, err := p.gather(ctx, inputs)
	if err != nil {
		if asJSON {
			err = errors.Join(p.printJSON(outcomeOf(otpcore.Plan{}, in.batch)), err)
		}
		return err
	}
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	plan := otpcore.Merge(v.Accounts(), in.batch.Accounts)
	p.preview(plan, in.batch)
	if added := taken(plan); !dryRun && len(added) > 0 {
		if plan, err = p.takeIn(ctx, v, plan, in.batch.Accounts); err != nil {
			return err
		}
	}
	if asJSON {
		err = p.printJSON(outcomeOf(plan, in.batch))
	}
	switch {
	case dryRun:
		p.say("Nothing was saved.")
	case !asJSON:
		p.say("%s.", summary(plan))
	}
	return errors.Join(err, in.fault)
}

// outcome is what an import did, for programs: how many came in and how many
// were there already, what was left out and why, and which parts of a transfer
// set were not among the files, counted from 1.
type outcome struct {
	Added        int       `json:"added"`
	Duplicates   int       `json:"duplicates"`
	Skipped      []skipped `json:"skipped"`
	MissingParts []int     `json:"missing_parts"`
}

type skipped struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`
}

func outcomeOf(plan otpcore.Plan, batch otpcore.Batch) outcome {
	out := outcome{
		Added: len(taken(plan)), Duplicates: len(inState(plan, otpcore.Same)),
		Skipped: []skipped{}, MissingParts: append([]int{}, batch.Missing...),
	}
	for _, skip := range batch.Skipped {
		out.Skipped = append(out.Skipped, skipped(skip))
	}
	for _, e := range inState(plan, otpcore.Clash) {
		out.Skipped = append(out.Skipped, skipped{Where: e.Account.Label(), Reason: "the vault has another key under this name"})
	}
	return out
}

// takeIn asks where somebody can answer, and adds what is new in the newest
// copy of the vault: another process may have added some of it meanwhile.
func (p *program) takeIn(ctx context.Context, v *vault.Vault, plan otpcore.Plan, incoming []otpcore.Account) (otpcore.Plan, error) {
	if p.interactive() {
		yes, err := p.ask(ctx, fmt.Sprintf("Import %s?", count(len(taken(plan)), "account", "accounts")))
		if err != nil {
			return plan, err
		}
		if !yes {
			return plan, &fault{status: failed, what: "nothing was imported"}
		}
	}
	var last otpcore.Account
	err := update(v, func(d *vault.Draft) (err error) {
		plan = otpcore.Merge(d.Accounts(), incoming)
		for _, a := range taken(plan) {
			if a.ID, err = d.Add(a); err != nil {
				return err
			}
			last = a
		}
		return nil
	})
	if err == nil && last.Unfinished {
		p.finishLater(last)
	}
	return plan, err
}

// taken are the accounts that come in: the new ones, under the names that the
// file gives them, also where several share one. Clashes stay out.
func taken(plan otpcore.Plan) []otpcore.Account {
	var accounts []otpcore.Account
	for _, e := range inState(plan, otpcore.New) {
		accounts = append(accounts, e.Taken())
	}
	return accounts
}

func inState(plan otpcore.Plan, state otpcore.State) []otpcore.Entry {
	var entries []otpcore.Entry
	for _, e := range plan.Entries {
		if e.State == state {
			entries = append(entries, e)
		}
	}
	return entries
}

// preview is one line an entry: what comes in, what stays out and why.
func (p *program) preview(plan otpcore.Plan, batch otpcore.Batch) {
	for _, e := range plan.Entries {
		line := e.State.String()
		switch e.State {
		case otpcore.New:
			p.say("%-10s %s", line, e.Taken().Label())
		case otpcore.Same:
			p.say("%-10s %s", line, e.Account.Label())
		case otpcore.Clash:
			p.say("%-10s %s: the vault has another key under this name", line, e.Account.Label())
		}
	}
	for _, note := range batch.Notes {
		p.say("%-10s %s: %s", "note", batch.Accounts[note.Index].Label(), note.Text)
	}
	for _, line := range skipLines(batch.Skipped) {
		p.say("%-10s %s", "skipped", line)
	}
	if len(batch.Missing) > 0 {
		p.say("%-10s %s of the transfer: add the picture to the command, or go on without", "missing", parts(batch.Missing))
	}
}

func skipLines(skips []otpcore.Skip) []string {
	var lines []string
	for _, s := range skips {
		lines = append(lines, s.Where+": "+s.Reason)
	}
	return lines
}

func parts(numbers []int) string {
	var texts []string
	for _, n := range numbers {
		texts = append(texts, strconv.Itoa(n))
	}
	if len(texts) == 1 {
		return "part " + texts[0]
	}
	return "parts " + strings.Join(texts, ", ")
}

func summary(plan otpcore.Plan) string {
	text := "Nothing new"
	if n := len(taken(plan)); n > 0 {
		text = "Imported " + count(n, "account", "accounts")
	}
	if n := len(inState(plan, otpcore.Same)); n > 0 {
		text += fmt.Sprintf(", %d already there", n)
	}
	if n := len(inState(plan, otpcore.Clash)); n > 0 {
		text += fmt.Sprintf(", %s left out", count(n, "clash", "clashes"))
	}
	return text
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/vault"
)

// importRequest is what the flags of `otpane import` ask for.
type importRequest struct {
	dryRun, asJSON bool
	entries        []string // the chosen ones; nil is everything new
	passphraseFile string
}

func (p *program) importCommand() *cobra.Command {
	var want importRequest
	var screen screenFlags
	cmd := &cobra.Command{
		Use:   "import FILE…",
		Short: "Import accounts from pictures of QR codes and from exports",
		Long: `What a file is shows in its content, not in its name; - is standard input, and
of a folder all files are read. On a terminal it shows what would come in and
asks. Elsewhere it takes all that is new; duplicates and clashes (same name,
another key) stay out, unless --select chooses them.`,
		Example: "  otpane import aegis.json --dry-run\n  otpane import aegis.json --select 1,3-5 --select '*github*'",
		Args:    screen.someInputs,
		RunE: func(cmd *cobra.Command, files []string) error {
			inputs, err := p.unfold(cmd.Context(), p.inputs(files, screen))
			if err != nil {
				return err
			}
			return p.importFrom(cmd.Context(), inputs, want)
		},
	}
	cmd.Flags().StringArrayVar(&want.entries, "select", nil, "import these `ENTRIES`: numbers of the preview, or names")
	cmd.Flags().BoolVar(&want.dryRun, "dry-run", false, "show what would come in, with numbers; save nothing")
	cmd.Flags().StringVar(&want.passphraseFile, "source-passphrase-file", "", "the passphrase of encrypted exports is in this `FILE`")
	screen.bind(cmd)
	cmd.Flags().BoolVar(&want.asJSON, "json", false, "print {added, duplicates, skipped, missing_parts, entries}")
	return cmd
}

// importFrom reads everything before the vault is opened: a wrong file name
// should not cost a passphrase.
func (p *program) importFrom(ctx context.Context, inputs []input, want importRequest) error {
	if err := checkPicks(want.entries); err != nil {
		return err
	}
	var keys sourceKeys
	if want.passphraseFile != "" {
		var err error
		if keys.given, err = readPassphrase(want.passphraseFile); err != nil {
			return err
		}
		defer clear(keys.given)
	}
	in, err := p.gather(ctx, inputs, keys)
	if err != nil {
		if want.asJSON && ctx.Err() == nil {
			err = errors.Join(p.printJSON(outcomeOf(arrival{batch: in.batch})), err)
		}
		return err
	}
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	a := arrival{batch: in.batch, plan: otpcore.Merge(v.Accounts(), in.batch.Accounts)}
	if a.chosen, err = picks(want.entries, a.plan); err != nil {
		return err
	}
	a.added = a.plan.Chosen(v.Accounts(), a.chosen)
	p.preview(a, want.dryRun || want.entries != nil || p.interactive())
	if !want.dryRun && len(a.added) > 0 {
		if a.added, err = p.takeIn(ctx, v, a); err != nil {
			return err
		}
	}
	if want.asJSON {
		err = p.printJSON(outcomeOf(a))
	}
	switch {
	case want.dryRun:
		p.say("Nothing was saved.")
	case !want.asJSON:
		p.say("%s.", a.summary())
	}
	return errors.Join(err, in.fault)
}

// arrival is an import under way: what was read, what it would be beside the
// vault, what of it was chosen and what of that came in.
type arrival struct {
	batch  otpcore.Batch
	plan   otpcore.Plan
	chosen []int
	added  []otpcore.Account
}

// left counts the entries of a state that were not chosen.
func (a arrival) left(state otpcore.State) (n int) {
	for i, e := range a.plan.Entries {
		if e.State == state && !a.takes(i) {
			n++
		}
	}
	return n
}

// takes reports whether an entry was chosen. They were chosen in order.
func (a arrival) takes(i int) bool {
	_, found := slices.BinarySearch(a.chosen, i)
	return found
}

// outcome is what an import did, for programs: how many came in and how many
// were there already, what was left out and why, and which parts of a transfer
// set were not among the files, counted from 1.
type outcome struct {
	Added        int       `json:"added"`
	Duplicates   int       `json:"duplicates"`
	Skipped      []skipped `json:"skipped"`
	MissingParts []int     `json:"missing_parts"`
	Entries      []told    `json:"entries"`
}

type skipped struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`
}

// told is one entry of the preview. Its number is what --select takes.
type told struct {
	Number int    `json:"number"`
	State  string `json:"state"` // new, duplicate, clash
	Issuer string `json:"issuer"`
	Name   string `json:"name"`
	Chosen bool   `json:"chosen"`
	Note   string `json:"note,omitempty"`
}

func outcomeOf(a arrival) outcome {
	out := outcome{
		Added: len(a.added), Duplicates: a.left(otpcore.Same),
		Skipped: []skipped{}, MissingParts: append([]int{}, a.batch.Missing...), Entries: []told{},
	}
	for _, skip := range a.batch.Skipped {
		out.Skipped = append(out.Skipped, skipped(skip))
	}
	for i, e := range a.plan.Entries {
		if e.State == otpcore.Clash && !a.takes(i) {
			out.Skipped = append(out.Skipped, skipped{Where: e.Account.Label(), Reason: "the vault has another key under this name"})
		}
		out.Entries = append(out.Entries, told{Number: i + 1, State: e.State.String(), Issuer: e.Account.Issuer, Name: e.Account.Name, Chosen: a.takes(i)})
	}
	for _, note := range a.batch.Notes {
		out.Entries[note.Index].Note = note.Text
	}
	return out
}

// takeIn asks where somebody can answer, and adds what was chosen to the newest
// copy of the vault: another process may have added some of it meanwhile.
func (p *program) takeIn(ctx context.Context, v *vault.Vault, a arrival) (added []otpcore.Account, err error) {
	if p.interactive() {
		yes, err := p.ask(ctx, fmt.Sprintf("Import %s?", count(len(a.added), "account", "accounts")))
		if err != nil {
			return nil, err
		}
		if !yes {
			return nil, &fault{status: failed, what: "nothing was imported"}
		}
	}
	err = update(v, func(d *vault.Draft) (err error) {
		added = a.plan.Chosen(d.Accounts(), a.chosen)
		for i := range added {
			if added[i].ID, err = d.Add(added[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if n := len(added); err == nil && n > 0 && added[n-1].Unfinished {
		p.finishLater(added[n-1])
	}
	return added, err
}

// preview is one line an entry: what comes in, what stays out and why.
func (p *program) preview(a arrival, numbered bool) {
	column := 0
	if numbered {
		column = len(strconv.Itoa(len(a.plan.Entries))) + 2
	}
	line := func(number, state, text string) { p.say("%-*s%-10s %s", column, number, state, text) }
	for i, e := range a.plan.Entries {
		number, text := "", e.Account.Label()
		if numbered {
			number = strconv.Itoa(i + 1)
		}
		state := e.State.String()
		switch {
		case e.State == otpcore.Clash && a.takes(i):
			text += ": another key than the vault's, comes in under a free name"
		case e.State == otpcore.Clash:
			text += ": the vault has another key under this name"
		case e.State == otpcore.Same && a.takes(i):
			text += ": there already, comes in again under a free name"
		case e.State == otpcore.New && !a.takes(i):
			state = "left out"
		}
		line(number, state, text)
	}
	for _, note := range a.batch.Notes {
		line("", "note", a.batch.Accounts[note.Index].Label()+": "+note.Text)
	}
	for _, text := range skipLines(a.batch.Skipped) {
		line("", "skipped", text)
	}
	if len(a.batch.Missing) > 0 {
		line("", "missing", parts(a.batch.Missing)+" of the transfer: add the picture to the command, or go on without")
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

func (a arrival) summary() string {
	text := "Nothing new"
	if n := len(a.added); n > 0 {
		text = "Imported " + count(n, "account", "accounts")
	}
	if n := a.left(otpcore.Same); n > 0 {
		text += fmt.Sprintf(", %d already there", n)
	}
	if n := a.left(otpcore.Clash); n > 0 {
		text += fmt.Sprintf(", %s left out", count(n, "clash", "clashes"))
	}
	if n := a.left(otpcore.New); n > 0 {
		text += fmt.Sprintf(", %d not chosen", n)
	}
	return text
}

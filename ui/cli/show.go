package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/ui"
	"otpane/vault"
)

func (p *program) showCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show QUERY",
		Short: "Show all there is about an account but its key and codes",
		Long: `QUERY may be a part of the name, as for ` + "`otpane code`" + `. Used is what this machine
remembers. The key itself is in ` + "`otpane qr`" + ` and ` + "`otpane export`" + `.`,
		Example: "  otpane show github\n  otpane show github --json | jq -r .note",
		Args:    oneQuery,
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := p.open(cmd.Context())
			if err != nil {
				return err
			}
			a, err := find(v.Accounts(), args[0])
			if err != nil {
				return err
			}
			for _, sentence := range rivals(v, a, p.Now()) {
				p.say("%s", sentence)
			}
			if asJSON {
				return p.printJSON(p.detailsOf(v, a))
			}
			return p.print(p.sheet(v, a))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "an object for programs")
	return cmd
}

// details are what programs read of one account: an entry without codes, and the
// rest.
type details struct {
	entry
	Note          string     `json:"note"`
	Replaces      string     `json:"replaces,omitempty"`       // the id of the account that gets this key once it is finished
	Agent         string     `json:"agent,omitempty"`          // allow, ask or deny: what holds, whoever says so
	OwnCorrection int        `json:"own_correction,omitempty"` // seconds, of those in correction
	Added         *time.Time `json:"added,omitempty"`
	LastUsed      *time.Time `json:"last_used,omitempty"`
	Uses          int        `json:"uses"`
	RecoveryKept  int        `json:"recovery_codes"`
}

func (p *program) detailsOf(v *vault.Vault, a otpcore.Account) details {
	used := p.usesOf(v, a)
	answer, _ := p.answer(v, a)
	a.Secret = otpcore.Secret{} // so that there is no code in it either
	return details{
		entry: entryOf(a, p.Now()), Note: a.Note, Replaces: a.Replaces,
		Agent: string(answer), OwnCorrection: int(a.Correction / time.Second),
		Added: instantOf(a.Created), LastUsed: instantOf(used.Last), Uses: used.Times, RecoveryKept: len(a.Recovery),
	}
}

func instantOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// usesOf joins what the vault counts with what this machine remembers.
func (p *program) usesOf(v *vault.Vault, a otpcore.Account) ui.Use {
	return p.habits(v.Path()).Uses[a.ID].And(ui.Use{Times: a.Uses, Last: a.Used})
}

// answer is what an agent does with an account, and who says so. Where no rule holds
// and the setting is off, nothing does.
func (p *program) answer(v *vault.Vault, a otpcore.Account) (answer otpcore.Answer, by string) {
	settings, err := p.settings()
	if err != nil { // whose command it is to say so; here the account is the subject
		settings.Agent = servingOff
	}
	rules := v.TagAnswers()
	otherwise := settings.Agent.otherwise()
	switch {
	case a.Agent != "":
		by = "its own rule"
	case slices.ContainsFunc(a.Tags, func(tag string) bool { return rules[tag] != "" }):
		by = "the rule of a tag"
	case otherwise == "":
		return "", ""
	default:
		by = "the setting"
	}
	return otpcore.AnswerFor(a, rules, otherwise), by
}

// sheet is an account for people: what it has, one a line, and nothing that it has
// not.
func (p *program) sheet(v *vault.Vault, a otpcore.Account) string {
	var rows [][]string
	line := func(what, text string) {
		for i, part := range strings.Split(text, "\n") {
			if text == "" {
				return
			}
			if i > 0 {
				what = ""
			}
			rows = append(rows, []string{what, visible(part)})
		}
	}
	line("issuer", otpcore.Clean(a.Issuer))
	line("account", otpcore.Clean(a.Name))
	line("id", a.ID)
	line("codes", makeup(a))
	line("state", p.state(v, a))
	line("tags", tagList(otpcore.CleanTags(a.Tags)))
	line("note", otpcore.CleanNote(a.Note))
	line("recovery", recoveryLeft(a))
	line("clock", correctionOf(a))
	if answer, by := p.answer(v, a); answer != "" {
		line("agent", string(answer)+", by "+by)
	}
	line("added", minuteOrNothing(a.Created))
	line("used", usedText(p.usesOf(v, a)))
	return table(rows)
}

// makeup is what the codes are made of.
func makeup(a otpcore.Account) string {
	parts := []string{strings.ToUpper(string(a.Kind)), string(a.Algorithm), fmt.Sprintf("%d digits", a.Digits)}
	if a.Kind == otpcore.Steam {
		parts = []string{"Steam", fmt.Sprintf("%d characters", a.Digits)}
	}
	if a.Timed() {
		parts = append(parts, fmt.Sprintf("every %d s", a.Period))
	} else {
		parts = append(parts, "counter "+strconv.FormatUint(a.Counter, 10))
	}
	return strings.Join(parts, ", ")
}

func (p *program) state(v *vault.Vault, a otpcore.Account) string {
	var parts []string
	if a.Unfinished {
		parts = append(parts, "unfinished: the site has not taken a code of it yet")
	}
	accounts := v.Accounts()
	if i := slices.IndexFunc(accounts, func(old otpcore.Account) bool { return old.ID == a.Replaces }); i >= 0 {
		parts = append(parts, fmt.Sprintf("its key replaces that of %s (%s) then", accounts[i].Label(), a.Replaces))
	}
	if a.Pinned {
		parts = append(parts, "pinned")
	}
	return strings.Join(parts, "; ")
}

func recoveryLeft(a otpcore.Account) string {
	if len(a.Recovery) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s left", otpcore.Left(a.Recovery), count(len(a.Recovery), "code", "codes"))
}

func correctionOf(a otpcore.Account) string {
	var parts []string
	if a.Timed() && a.Correction != 0 {
		parts = append(parts, "corrected by "+signed(a.Correction)+" of its own")
	}
	if a.Timed() && a.VaultCorrection != 0 {
		parts = append(parts, "corrected by "+signed(a.VaultCorrection)+" for all accounts")
	}
	return strings.Join(parts, ", ")
}

func usedText(u ui.Use) string {
	switch {
	case u.Times == 0 || u.Last.IsZero():
		return ""
	case u.Times == 1:
		return "once, " + minute(u.Last)
	}
	return fmt.Sprintf("%d times, last %s", u.Times, minute(u.Last))
}

func minuteOrNothing(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return minute(t)
}

package cli

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/vault"
)

func (p *program) agentRuleCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rule QUERY|'#TAG' allow|ask|deny|none",
		Short: "Say what the agent gives of an account or of a tag",
		Long: `The rule lies in the vault. An account's own goes first, then the strictest of
its tags', then what the agent was started with. QUERY is an exact name or id; a
shell takes # for a comment where it is not quoted.`,
		Example: "  otpane agent rule GitHub:alice allow\n  otpane agent rule '#prod' deny",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return misuse("which account or '#tag', and allow, ask, deny or none?", "`otpane agent rule GitHub allow`, `otpane agent rule '#prod' deny`")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var rule answer
			if err := rule.set(args[1], otpcore.Allow, otpcore.Ask, otpcore.Deny, ""); err != nil {
				return misuse("a rule is allow, ask, deny or none", "")
			}
			return p.setRule(cmd.Context(), args[0], otpcore.Answer(rule))
		},
	}
}

// answer is a rule as it is typed; it is also the value of --answer.
type answer otpcore.Answer

func (a *answer) set(text string, possible ...otpcore.Answer) error {
	given := otpcore.Answer(strings.ToLower(text))
	if given == "none" {
		given = ""
	}
	if text == "" || !slices.Contains(possible, given) {
		return errors.New("no such rule")
	}
	*a = answer(given)
	return nil
}

func (a *answer) Set(text string) error { return a.set(text, otpcore.Allow, otpcore.Ask) }
func (a *answer) String() string        { return "" }
func (a *answer) Type() string          { return "allow or ask" }

func (p *program) setRule(ctx context.Context, what string, rule otpcore.Answer) error {
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	if tag, isTag := strings.CutPrefix(what, "#"); isTag {
		return p.setTagRule(v, otpcore.Clean(tag), rule)
	}
	a, err := findExactly(v.Accounts(), what)
	if err != nil {
		return err
	}
	err = update(v, func(d *vault.Draft) error {
		a, there := d.Account(a.ID)
		if !there {
			return &fault{status: nothingFound, what: a.Label() + " was deleted meanwhile"}
		}
		a.Agent = rule
		return d.Set(a)
	})
	if err != nil {
		return err
	}
	p.say("%s: %s.", a.Label(), ruleWords(rule))
	return nil
}

func (p *program) setTagRule(v *vault.Vault, tag string, rule otpcore.Answer) error {
	if tag == "" {
		return misuse("which tag?", "`otpane agent rule '#prod' deny`")
	}
	if err := update(v, func(d *vault.Draft) error { return d.SetTagAnswer(tag, rule) }); err != nil {
		return err
	}
	p.say("#%s (%s): %s.", tag, count(len(tagged(v.Accounts(), tag)), "account", "accounts"), ruleWords(rule))
	return nil
}

func tagged(accounts []otpcore.Account, tag string) []otpcore.Account {
	return slices.DeleteFunc(slices.Clone(accounts), func(a otpcore.Account) bool { return !slices.Contains(a.Tags, tag) })
}

func ruleWords(rule otpcore.Answer) string {
	switch rule {
	case otpcore.Allow:
		return "the agent gives codes without a question"
	case otpcore.Ask:
		return "the agent asks for each code"
	case otpcore.Deny:
		return "the agent gives no codes"
	}
	return "no rule of its own any more"
}

func (p *program) agentRulesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "rules",
		Short:   "Show the rules of accounts and tags",
		Example: "  otpane agent rules\n  otpane agent rules --json",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.rules(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "an object for programs")
	return cmd
}

// agentRules are all rules of a vault, as programs read them.
type agentRules struct {
	Tags     map[string]otpcore.Answer `json:"tags"`
	Accounts []accountRule             `json:"accounts"`
}

type accountRule struct {
	ID     string         `json:"id"`
	Issuer string         `json:"issuer"`
	Name   string         `json:"name"`
	Rule   otpcore.Answer `json:"rule"`
}

func (p *program) rules(ctx context.Context, asJSON bool) error {
	v, err := p.open(ctx)
	if err != nil {
		return err
	}
	rules := agentRules{Tags: v.TagAnswers(), Accounts: []accountRule{}}
	var rows [][]string
	for _, tag := range slices.Sorted(maps.Keys(rules.Tags)) {
		about := count(len(tagged(v.Accounts(), tag)), "account", "accounts")
		rows = append(rows, []string{string(rules.Tags[tag]), "#" + otpcore.Clean(tag), about})
	}
	for _, a := range v.Accounts() {
		if a.Agent != "" {
			rules.Accounts = append(rules.Accounts, accountRule{a.ID, a.Issuer, a.Name, a.Agent})
			rows = append(rows, []string{string(a.Agent), otpcore.Clean(a.Label()), ""})
		}
	}
	switch {
	case asJSON:
		return p.printJSON(rules)
	case len(rows) == 0:
		p.say("No rules: what the agent was started with, or its setting, holds for all.")
		return nil
	}
	return p.print(table(rows))
}

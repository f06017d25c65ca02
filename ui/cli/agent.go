package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/ui/host"
	"otpane/vault"
)

// agentRequest is what the flags of `otpane agent` ask for.
type agentRequest struct {
	answer answer
	until  time.Duration
}

func (p *program) agentCommand() *cobra.Command {
	var want agentRequest
	cmd := p.group(&cobra.Command{
		Use:   "agent",
		Short: "Give codes to other commands, without a screen",
		Long: `It opens the vault and stays: commands that would ask for the passphrase get
codes from it, never keys. The rule of an account decides, then of its tags,
then --answer, then the setting "agent"; else it asks on this terminal, y or n.
Each request is a line here. ctrl-c, sleep of the machine or another passphrase
ends it. An unlocked pane with the setting serves, too; of several, the first.`,
		Example: "  otpane agent --for 8h\n  otpane agent rule github allow",
	}, p.agentStatusCommand(), p.agentRuleCommand(), p.agentRulesCommand())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.attend(cmd.Context(), want) }
	cmd.Flags().Var(&want.answer, "answer", "allow or ask: the `rule` where there is no other")
	cmd.Flags().DurationVar(&want.until, "for", 0, "end after this `time`, such as 8h")
	return cmd
}

// attend opens the vault and serves it until it is told to end.
func (p *program) attend(ctx context.Context, want agentRequest) error {
	otherwise, err := p.otherwise(want.answer)
	if err != nil {
		return err
	}
	id, err := p.attendant(ctx)
	if err != nil {
		return rescueFault(p.at.path, vault.Identity{}, err)
	}
	v, err := p.openWith(p.at.path, id)
	if err != nil {
		return err
	}
	if want.until > 0 {
		var stop func()
		ctx, stop = context.WithTimeoutCause(ctx, want.until, errTimeIsUp)
		defer stop()
	}
	return newClerk(p, v, otherwise).serve(ctx)
}

// attendant is what opens the vault. Where a passphrase was needed for it, a fresh
// image goes on with the identity alone, as behind the pane's door: an agent lives
// for days, and what was typed and what scrypt worked on must not.
func (p *program) attendant(ctx context.Context) (vault.Identity, error) {
	now, err := readStage(p.inherited, p.prompts(ctx))
	if err != nil || !now.identity.IsZero() {
		return now.identity, err
	}
	id, err := p.identity(ctx, p.at.path)
	if err != nil {
		return id, err
	}
	if k, _ := p.keys(); k.identityFile == "" {
		text := stage{path: p.at.path, identity: id}.text()
		defer clear(text)
		_ = host.Exec(text, p.args...) // returns where there is no exec; then this image goes on
	}
	return id, nil
}

// otherwise is what holds where no rule does. An agent that somebody starts is one
// that is wanted, so that "off" is no answer here, and asking is.
func (p *program) otherwise(flag answer) (otpcore.Answer, error) {
	if flag != "" {
		return otpcore.Answer(flag), nil
	}
	s, err := p.settings()
	if rule := s.Agent.otherwise(); rule != "" {
		return rule, err
	}
	return otpcore.Ask, err
}

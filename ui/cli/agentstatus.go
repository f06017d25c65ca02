package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/ui/agent"
)

// agentStatus is who serves a vault, as programs read it.
type agentStatus struct {
	Serving  bool           `json:"serving"`
	By       string         `json:"by,omitempty"` // "pane" or "agent"
	PID      int            `json:"pid,omitempty"`
	Since    time.Time      `json:"since,omitzero"`
	Rule     otpcore.Answer `json:"rule,omitempty"` // where an account and its tags have none
	Accounts int            `json:"accounts,omitempty"`
}

func (p *program) agentStatusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Say who serves the vault, or 3 as the exit status if nobody does",
		Example: "  otpane agent status\n  otpane agent status --json | jq .pid",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.agentStatus(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "an object for programs")
	return cmd
}

func (p *program) agentStatus(ctx context.Context, asJSON bool) error {
	now, err := p.standing(ctx)
	if asJSON && (err == nil || errors.Is(err, errNobody)) {
		if err := p.printJSON(now); err != nil {
			return err
		}
	}
	switch {
	case errors.Is(err, errNobody) && asJSON:
		return &fault{status: nothingFound}
	case errors.Is(err, errNobody):
		return &fault{status: nothingFound, what: "nobody serves " + p.at.path,
			hint: "`otpane agent` does, and an unlocked pane with the setting \"agent\""}
	case err != nil:
		return &fault{status: failed, what: "the agent is of no use: " + err.Error(), err: err}
	case !asJSON:
		return p.print(visible(now.words()) + "\n")
	}
	return nil
}

func (p *program) standing(ctx context.Context) (agentStatus, error) {
	reply, pid, err := p.callAgent(ctx, agent.Request{Do: agent.DoStatus})
	if err == nil && reply.Standing == nil {
		err = errNobody
	}
	if err != nil {
		return agentStatus{}, err
	}
	return agentStatus{true, reply.Standing.By, pid, reply.Standing.Since, reply.Standing.Rule, reply.Count}, nil
}

func (s agentStatus) words() string {
	who := "A pane"
	if s.By == byAgent {
		who = "`otpane agent`"
	}
	return fmt.Sprintf("%s (pid %d) serves %s since %s; without a rule of its own: %s.",
		who, s.PID, count(s.Accounts, "account", "accounts"), s.Since.Local().Format("2006-01-02 15:04"), s.Rule)
}

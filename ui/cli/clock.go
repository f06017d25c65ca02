package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/ui/host"
	"otpane/vault"
)

// clockRequest is what the flags of `otpane clock` ask for.
type clockRequest struct {
	server, account     string
	set                 correction
	keep, reset, asJSON bool
}

func (p *program) clockCommand() *cobra.Command {
	var want clockRequest
	cmd := &cobra.Command{
		Use:   "clock",
		Short: "Is this machine's clock right? Correct codes if it is not",
		Long: `Says what the system thinks of its clock and which corrections are kept. A time
server is asked only if it is named, or confirmed on a terminal. A correction is
added to the clock wherever codes are computed, on every machine that opens the
vault; one for an account comes on top, for a site whose own clock is wrong.`,
		Example: "  otpane clock --server pool.ntp.org --keep\n  otpane clock --set -94s --account github",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := want.check(); err != nil {
				return err
			}
			return p.clock(cmd.Context(), want)
		},
	}
	cmd.Flags().StringVar(&want.server, "server", "", "ask this NTP server (`HOST` or HOST:PORT)")
	cmd.Flags().BoolVar(&want.keep, "keep", false, "keep what the server says as correction")
	cmd.Flags().Var(&want.set, "set", "keep this correction (`SECONDS`; below 0: the clock is ahead)")
	cmd.Flags().BoolVar(&want.reset, "reset", false, "drop the correction")
	cmd.Flags().StringVar(&want.account, "account", "", "keep or drop it for this account (`QUERY`) alone")
	cmd.Flags().BoolVar(&want.asJSON, "json", false, "an object for programs")
	return cmd
}

func (want clockRequest) check() error {
	changes := 0
	for _, given := range []bool{want.keep, want.set.given, want.reset} {
		if given {
			changes++
		}
	}
	switch {
	case changes > 1:
		return misuse("--keep, --set and --reset exclude each other", "`otpane help clock`")
	case want.server != "" && (want.set.given || want.reset):
		return misuse("--server is for asking, --set and --reset are for not asking", "`otpane clock --server HOST --keep` keeps the answer")
	case want.keep && want.server == "":
		return misuse("--keep needs a time server", "`otpane clock --server HOST --keep`, or --set SECONDS")
	case want.account != "" && changes == 0:
		return misuse("--account needs --keep, --set or --reset", "`otpane help clock`")
	}
	return nil
}

// changes reports whether the vault is to be changed.
func (want clockRequest) changes() bool { return want.keep || want.set.given || want.reset }

func (p *program) clock(ctx context.Context, want clockRequest) error {
	v, err := p.openForClock(ctx, want.changes())
	if err != nil {
		return err
	}
	var a otpcore.Account
	if want.account != "" {
		if a, err = findExactly(v.Accounts(), want.account); err != nil {
			return err
		}
	}
	answer, err := p.askTime(ctx, want)
	if err != nil && !want.changes() && !want.asJSON {
		// What is known without the network is said all the same.
		return errors.Join(p.print(newClockReport(p.Now(), v, nil).text()), err)
	}
	if err != nil {
		return err
	}
	if want.keep && !answer.Steady {
		return &fault{status: failed, what: fmt.Sprintf("the answers of %s lie %s apart; nothing was kept", want.server, length(answer.Spread)), hint: "ask again, or another server"}
	}
	switch {
	case want.keep:
		err = p.correct(v, a, answer.Offset.Round(time.Second), true)
	case want.set.given:
		err = p.correct(v, a, want.set.Duration, false)
	case want.reset:
		err = p.correct(v, a, 0, false)
	}
	if err != nil {
		return err
	}
	report := newClockReport(p.Now(), v, answer)
	if want.asJSON {
		return p.printJSON(report)
	}
	return p.print(report.text())
}

// openForClock opens the vault if there is one and something opens it: the clock
// can be looked at without.
func (p *program) openForClock(ctx context.Context, needed bool) (*vault.Vault, error) {
	if !needed {
		k, err := p.keys()
		if err != nil {
			return nil, err
		}
		if there, err := vaultExists(p.at.path); err != nil || !there || k == (keys{}) && !p.interactive() {
			return nil, nil //nolint:nilerr // whatever is wrong with the vault is not wrong with the clock
		}
	}
	return p.open(ctx)
}

// askTime asks the server that was named, or offers one where somebody sits who
// can say yes. Nothing leaves the machine otherwise.
func (p *program) askTime(ctx context.Context, want clockRequest) (*host.TimeAnswer, error) {
	server := want.server
	if server == "" {
		if want.changes() || want.asJSON || !p.interactive() {
			return nil, nil
		}
		yes, err := p.ask(ctx, "Ask "+host.DefaultTimeServer+" for the time? It sees this machine's address.")
		if err != nil || !yes {
			return nil, err
		}
		server = host.DefaultTimeServer
	}
	answer, err := host.AskTime(ctx, server)
	if err != nil {
		return nil, timeFault(server, err)
	}
	return &answer, nil
}

func timeFault(server string, err error) error {
	f := &fault{status: failed, err: err, hint: "--server takes another; `otpane verify NAME CODE` judges the clock by a code, without a network"}
	switch {
	case errors.Is(err, host.ErrNoTimeServer):
		f.what = server + " cannot be reached"
	case errors.Is(err, host.ErrSilent):
		f.what = server + " does not answer"
	case errors.Is(err, host.ErrRefused), errors.Is(err, host.ErrUnsynchronised), errors.Is(err, host.ErrImplausible):
		f.what = server + ": " + err.Error()
	default:
		return err
	}
	return f
}

// correct keeps a correction for one account, or for the vault if there is no
// account. A whole one is all that is wrong with the clock as an account sees it,
// the vault's correction among it.
func (p *program) correct(v *vault.Vault, a otpcore.Account, by time.Duration, whole bool) error {
	if a.ID != "" && !a.Timed() {
		return misuse(a.Label()+" counts: its codes do not depend on the time", "")
	}
	err := update(v, func(d *vault.Draft) error {
		if a.ID == "" {
			return d.SetCorrection(by)
		}
		newest, there := d.Account(a.ID)
		if !there {
			return vault.ErrNoAccount
		}
		newest.Correction = by
		if whole {
			newest.Correction -= newest.VaultCorrection
		}
		return d.Set(newest)
	})
	if err != nil {
		return err
	}
	what := "Kept for %s."
	if by == 0 {
		what = "No correction for %s now."
	}
	if a.ID != "" {
		p.say(what, a.Label())
		return nil
	}
	p.say(what, "all accounts")
	if by != 0 {
		p.say("It goes along with the vault, to machines whose clocks may be right.")
	}
	return nil
}

// clockReport is what is known of the clock. Programs read its members.
type clockReport struct {
	Time       time.Time          `json:"time"`       // as this machine has it
	Kernel     string             `json:"kernel"`     // "synchronised", "unsynchronised" or "unknown"
	Opened     bool               `json:"opened"`     // the vault; without, no correction is known
	Correction int                `json:"correction"` // seconds, for all accounts
	Accounts   []correctedAccount `json:"accounts"`   // those that add one of their own
	Server     *serverReport      `json:"server,omitempty"`
}

type correctedAccount struct {
	ID         string `json:"id"`
	Issuer     string `json:"issuer"`
	Name       string `json:"name"`
	Correction int    `json:"correction"`

	label string
}

type serverReport struct {
	Name    string  `json:"name"`
	Address string  `json:"address"`
	Offset  float64 `json:"offset"` // seconds to add to the clock
	Error   float64 `json:"error"`  // either way
	Delay   float64 `json:"delay"`
	Stratum int     `json:"stratum"`
	Samples int     `json:"samples"`
	Asked   int     `json:"asked"`
	Spread  float64 `json:"spread"`
	Steady  bool    `json:"steady"`

	answer host.TimeAnswer
}

func newClockReport(now time.Time, v *vault.Vault, answer *host.TimeAnswer) clockReport {
	r := clockReport{Time: now.UTC(), Kernel: kernelWord(), Opened: v != nil, Accounts: []correctedAccount{}}
	if v != nil {
		r.Correction = int(v.Correction() / time.Second)
		for _, a := range v.Accounts() {
			if a.Timed() && a.Correction != 0 {
				r.Accounts = append(r.Accounts, correctedAccount{a.ID, a.Issuer, a.Name, int(a.Correction / time.Second), a.Label()})
			}
		}
	}
	if answer != nil {
		r.Server = &serverReport{
			Name: answer.Server, Address: answer.Address, Offset: answer.Offset.Seconds(), Error: answer.Error.Seconds(), Delay: answer.Delay.Seconds(),
			Stratum: answer.Stratum, Samples: answer.Samples, Asked: answer.Asked, Spread: answer.Spread.Seconds(), Steady: answer.Steady,
			answer: *answer,
		}
	}
	return r
}

func kernelWord() string {
	switch synchronised, known := host.ClockSynchronised(); {
	case !known:
		return "unknown"
	case synchronised:
		return "synchronised"
	}
	return "unsynchronised"
}

func (r clockReport) text() string {
	lines := []string{map[string]string{
		"synchronised":   "The system keeps its clock synchronised.",
		"unsynchronised": "The system says that nothing keeps its clock synchronised: it may be wrong.",
		"unknown":        "The system cannot say whether its clock is right.",
	}[r.Kernel]}
	if otpcore.ClockUnset(r.Time) {
		lines = append(lines, fmt.Sprintf("The clock says %d: it was never set.", r.Time.Year()))
	}
	switch {
	case !r.Opened:
	case r.Correction == 0 && len(r.Accounts) == 0:
		lines = append(lines, "No correction is kept.")
	case r.Correction != 0:
		lines = append(lines, fmt.Sprintf("All codes: the clock is corrected by %s.", signed(time.Duration(r.Correction)*time.Second)))
	}
	for _, a := range r.Accounts {
		lines = append(lines, fmt.Sprintf("%s: %s of its own.", otpcore.Clean(a.label), signed(time.Duration(a.Correction)*time.Second)))
	}
	if r.Server != nil {
		lines = append(lines, r.Server.lines(time.Duration(r.Correction)*time.Second)...)
	}
	return strings.Join(append(lines, "Codes count the seconds since 1970 in UTC: time zones do not matter."), "\n") + "\n"
}

// lines say the answer, how sure it is, and what to do.
func (s *serverReport) lines(kept time.Duration) []string {
	a := s.answer
	if !a.Steady {
		return []string{fmt.Sprintf("%s: its answers lie %s apart: do not rely on them.", visible(a.Server), length(a.Spread))}
	}
	said := "this clock is right"
	if a.Offset.Abs() > max(a.Error, 500*time.Millisecond) {
		said = "this clock is " + length(a.Offset) + " behind"
		if a.Offset < 0 {
			said = "this clock is " + length(a.Offset) + " ahead"
		}
	}
	lines := []string{fmt.Sprintf("%s: %s (±%s; %d of %d answers, the best after %s).", visible(a.Server), said, length(max(a.Error, time.Millisecond)), a.Samples, a.Asked, length(max(a.Delay, time.Millisecond)))}
	switch left := a.Offset - kept; {
	case left.Abs() < 2*time.Second && kept != 0:
		lines = append(lines, "With the correction codes are right.")
	case left.Abs() < 2*time.Second:
	case kept != 0:
		lines = append(lines, fmt.Sprintf("With the correction it is %s off still: --keep replaces it, --reset drops it.", length(left)))
	default:
		lines = append(lines, "Set the system's clock, or correct codes alone: --keep.")
	}
	return lines
}

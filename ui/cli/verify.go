package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"otpane/otpcore"
)

func (p *program) verifyCommand() *cobra.Command {
	var at instant
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify QUERY CODE",
		Short: "Compare a code with the account's",
		Long: `CODE is what another device shows, or a site accepted; - reads it from standard
input. Says whether it is right, how far away it would be, and what else would
fit. Status 0: right for now, or for the period before or after; 1: not.`,
		Example: "  otpane verify github 123456\n  otpane verify github - < code.txt",
		Args:    queryAndCode,
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := p.typedCode(strings.Join(args[1:], " "))
			if err != nil {
				return err
			}
			v, err := p.open(cmd.Context())
			if err != nil {
				return err
			}
			a, err := find(v.Accounts(), args[0])
			if err != nil {
				return err
			}
			return p.verify(at.meant(a), code, at.or(p.Now), v.Accounts(), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "an object for programs")
	cmd.Flags().Var(&at, "at", "compare at another `TIME` (RFC 3339 or Unix seconds)")
	return cmd
}

// queryAndCode takes a code with blanks in it, as sites print them.
func queryAndCode(cmd *cobra.Command, args []string) error {
	if len(args) < 2 {
		return misuse("which account, and which code?", fmt.Sprintf("`%s NAME CODE`; - reads the code from standard input", cmd.CommandPath()))
	}
	if keyLike.MatchString(args[1]) {
		return keyGiven("add")
	}
	return oneQuery(cmd, args[:1])
}

// typedCode is the code of an argument. A code is good for seconds: unlike a key
// it may be one.
func (p *program) typedCode(argument string) (string, error) {
	if argument != "-" {
		return argument, nil
	}
	text, err := p.read("-", maxKey)
	return string(text), err
}

// verified is what programs read of a comparison.
type verified struct {
	Verdict     string   `json:"verdict"`
	Right       bool     `json:"right"`
	Steps       *int     `json:"steps"`        // periods or counts from the present one; null: no match
	SecondsAway *int     `json:"seconds_away"` // null: no match, or an account that counts
	WouldFit    []string `json:"would_fit"`    // sentences, where the code is not right
}

func (p *program) verify(a otpcore.Account, code string, now time.Time, known []otpcore.Account, asJSON bool) error {
	v, err := otpcore.Verify(a, code, now)
	if v.Right() {
		return p.printVerdict(v, nil, asJSON)
	}
	f := &fault{status: failed, err: err}
	if err != nil {
		f.what = a.Label() + ": " + err.Error()
	}
	fits, diagnosis := otpcore.Diagnose(a, []otpcore.Typed{{Code: code, At: now}}, known)
	if diagnosis == nil {
		f.list, f.hint = wouldFit(fits), correctionHint(a, fits)
	}
	if err != nil {
		return f
	}
	if err := p.printVerdict(v, f.list, asJSON); err != nil {
		return err
	}
	return f
}

func (p *program) printVerdict(v otpcore.Verdict, fits []string, asJSON bool) error {
	if !asJSON {
		return p.print(v.String() + "\n")
	}
	out := verified{Verdict: v.String(), Right: v.Right(), WouldFit: append([]string{}, fits...)}
	if v.Fits {
		out.Steps = &v.Steps
	}
	if v.Fits && v.Timed {
		away := seconds(v.Away.Abs())
		out.SecondsAway = &away
	}
	return p.printJSON(out)
}

// wouldFit has the three best explanations, and what chance may have done.
func wouldFit(d otpcore.Diagnosis) []string {
	lines := []string{}
	for _, f := range d.Findings[:min(len(d.Findings), 3)] {
		lines = append(lines, f.Sentence())
	}
	if len(lines) == 0 {
		return []string{d.Sentence()}
	}
	if doubt := d.Doubt(); doubt != "" {
		lines = append(lines, doubt)
	}
	return lines
}

// correctionHint is how to keep what the clock is off, if that is all.
func correctionHint(a otpcore.Account, d otpcore.Diagnosis) string {
	if len(d.Findings) == 0 || !slices.Equal(d.Findings[0].Changes, []otpcore.Change{otpcore.ChangeClock}) {
		return ""
	}
	by := a.VaultCorrection + d.Findings[0].Clock.Offset()
	return fmt.Sprintf("`otpane clock --set %d` corrects the clock; `otpane clock --server NAME` asks a time server first", int(by/time.Second))
}

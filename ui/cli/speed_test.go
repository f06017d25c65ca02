//go:build linux

package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"otpane/vault"
)

// errand is one command line as somebody waits for it, from the start of the process
// to its end.
type errand struct {
	name   string
	run    *exec.Cmd // what is started anew for each round
	answer string    // ends what it prints; a code if it is "\n" alone
	rounds int

	wall, cpu []time.Duration
}

// BenchmarkCommands is what commands cost as whole processes. Milliseconds are of one
// machine at one time: what counts are the ratios, to the start of the program and to
// a program that does one scrypt and no more, both of the same run. Errands take
// turns, so that a busy moment is everybody's.
func BenchmarkCommands(b *testing.B) {
	binary, bare := build(b, "."), build(b, "./ui/cli/testdata/scrypt")
	ten, thousand, crowd, sealed := holding(b, 10), holding(b, 1_000), holding(b, 10_000), underPassphrase(b)
	few, many, agent := serve(b, binary, ten), serve(b, binary, thousand), serve(b, binary, crowd)
	const often, rarely = 41, 9
	nothing := &errand{name: "a program that does nothing", run: exec.Command(bare), rounds: often}
	scrypt := &errand{name: "a program that does one scrypt", run: exec.Command(bare, "18"), rounds: rarely}
	version := &errand{name: "version", run: command(b, binary, ten, nil, "version"), answer: ")\n", rounds: often}
	secret := &errand{name: "code, passphrase, 1,000", run: command(b, binary, sealed, []string{"OTPANE_IDENTITY="}, "code", "--passphrase-file", "words.txt", "user777"), answer: "\n", rounds: rarely}
	crowded := &errand{name: "code, identity, 10,000", run: command(b, binary, crowd, nil, "code", "user7777"), answer: "\n", rounds: often}
	errands := []*errand{
		nothing, version,
		{name: "code, identity, 10", run: command(b, binary, ten, nil, "code", "user7"), answer: "\n", rounds: often},
		{name: "code, identity, 1,000", run: command(b, binary, thousand, nil, "code", "user777"), answer: "\n", rounds: often},
		crowded,
		{name: "list --json, identity, 10,000", run: command(b, binary, crowd, nil, "list", "--json"), answer: "]\n", rounds: often / 2},
		{name: "code, agent, 10", run: command(b, binary, ten, few, "code", "user7"), answer: "\n", rounds: often},
		{name: "code, agent, 1,000", run: command(b, binary, thousand, many, "code", "user777"), answer: "\n", rounds: often},
		{name: "code, agent, 10,000", run: command(b, binary, crowd, agent, "code", "user7777"), answer: "\n", rounds: often},
		{name: "list --json, agent, 10,000", run: command(b, binary, crowd, agent, "list", "--json"), answer: "]\n", rounds: often / 2},
		secret, scrypt,
	}
	for b.Loop() {
		takeTurns(b, errands, often)
		fmt.Printf("\n%s\n", tableOfErrands(errands, version, scrypt))
		b.ReportMetric(milliseconds(median(version.wall)), "ms/version")
		b.ReportMetric(milliseconds(median(crowded.wall)), "ms/code-10000")
		b.ReportMetric(ratio(crowded, version), "versions/code-10000")
		b.ReportMetric(ratio(secret, scrypt), "scrypts/code-passphrase")
	}
}

// command is otpane in a home, where holding has put the identity.
func command(b *testing.B, binary, home string, extra []string, args ...string) *exec.Cmd {
	environment := append([]string{"XDG_STATE_HOME=" + home, "XDG_RUNTIME_DIR=" + home, workVariable + "="}, extra...)
	run := prepare(b, home, environment, args...).run
	run.Path, run.Err = binary, nil
	return run
}

// takeTurns runs all errands; those with fewer rounds are spread over the whole time.
func takeTurns(b *testing.B, errands []*errand, rounds int) {
	for round := range rounds {
		for _, e := range errands {
			if round*e.rounds/rounds != (round+1)*e.rounds/rounds {
				e.once(b)
			}
		}
	}
}

// once starts the program and waits for its end.
func (e *errand) once(b *testing.B) {
	b.Helper()
	var out, talk bytes.Buffer
	run := exec.Cmd{Path: e.run.Path, Args: e.run.Args, Env: e.run.Env, Dir: e.run.Dir, Stdout: &out, Stderr: &talk}
	begin := time.Now()
	err := run.Run()
	e.wall = append(e.wall, time.Since(begin))
	answer := out.String()
	if err != nil || talk.Len() > 0 || !strings.HasSuffix(answer, e.answer) || e.answer == "\n" && len(answer) != len("123456\n") {
		b.Fatalf("%s: %v, %q, %q", e.name, err, answer[:min(len(answer), 80)], talk.String())
	}
	e.cpu = append(e.cpu, run.ProcessState.UserTime()+run.ProcessState.SystemTime())
}

// underPassphrase is a home like that of holding with 1,000 accounts, whose vault has
// a passphrase of the real work factor as well.
func underPassphrase(b *testing.B) string {
	b.Helper()
	home := holding(b, 1_000)
	id, err := vault.ParseIdentity(testIdentity)
	if err != nil {
		b.Fatal(err)
	}
	v, err := vault.Open(filepath.Join(home, "vault.age"), id, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	if err := v.ChangePassphrase([]byte(testPassphrase)); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "words.txt"), []byte(testPassphrase), 0o600); err != nil {
		b.Fatal(err)
	}
	return home
}

// serve starts an agent for a home, and says where commands find it.
func serve(b *testing.B, binary, home string) (environment []string) {
	b.Helper()
	environment = []string{"XDG_RUNTIME_DIR=" + shortFolder(b)}
	s := prepare(b, home, environment, "agent", "--answer", "allow")
	s.run.Path, s.run.Err = binary, nil
	begin(s, 80, 24)
	s.expect(`Serving \d+ accounts`)
	b.Cleanup(func() {
		s.send("\x03")
		s.end()
	})
	return append(environment, "OTPANE_IDENTITY=")
}

func tableOfErrands(errands []*errand, version, scrypt *errand) string {
	var text strings.Builder
	out := tabwriter.NewWriter(&text, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "whole processes, medians\twall\tcpu\tof version\tof scrypt\t")
	for _, e := range errands {
		fmt.Fprintf(out, "%s\t%.1f ms\t%.1f ms\t%.2f×\t%.2f×\t\n", e.name, milliseconds(median(e.wall)), milliseconds(median(e.cpu)), ratio(e, version), ratio(e, scrypt))
	}
	_ = out.Flush()
	return text.String()
}

func ratio(e, other *errand) float64 { return float64(median(e.wall)) / float64(median(other.wall)) }

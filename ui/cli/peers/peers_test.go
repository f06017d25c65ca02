//go:build linux

// Package peers measures otpane beside the other authenticators for the command line,
// each with the same thousand accounts in a vault of its own, from the start of a
// process to its end. It holds nothing but this, asks for a few minutes, for Linux and
// for the other programs, and runs only where OTPANE_PEERS is set: `make bench-peers`.
package peers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// The rows of the table.
const (
	start      = "start of the program (version)"
	passphrase = "one code, passphrase"
	keyFile    = "one code, key without passphrase"
	agent      = "one code, from an agent"
	list       = "names of all"
	import1000 = "import of 1,000"
)

var rows = []string{start, passphrase, keyFile, agent, list, import1000}

// peer is a program of the table.
type peer struct {
	name    string
	program string // on the PATH
	install string // how to come by it
	// tasks makes a vault of so many accounts in an empty home, by the program's own
	// means if it has any, and says how the program does what the rows ask for.
	tasks func(t *testing.T, home string, accounts int) map[string]task
	words string // about its figures
}

// task is what a program does for one row.
type task struct {
	args   []string
	env    []string
	stdin  string
	typed  string // at the program's own prompt; it takes its passphrase from no pipe
	answer string // a pattern of what it prints
	// derives says that a passphrase becomes a key in it, by work that cannot be left out
	// and is taken away.
	derives bool
	before  func()        // what is made ready before each run, not measured
	known   time.Duration // it was run already, and is not run for minutes again
}

var peers = []peer{otpane, keepassxc, otpclient, passOTP, totpCLI}

// key is the base32 key of an account, and no two have the same.
func key(i int) string {
	digits := strings.Map(func(digit rune) rune { return 'A' + digit - '0' }, fmt.Sprintf("%08d", i))
	return "JBSWY3DPEHPK3PXP" + digits
}

func site(i int) string { return fmt.Sprintf("Site%d", i%100) }
func user(i int) string { return fmt.Sprintf("user%d", i) }

func uri(i int) string {
	return fmt.Sprintf("otpauth://totp/%s:%s?secret=%s&issuer=%s", site(i), user(i), key(i), site(i))
}

const (
	words = "orbit ladle ember quorum"
	many  = 1_000
	// wanted is the account of one code. The first ones favour programs that stop there.
	wanted = many / 2
	digits = `\b[0-9]{6}\b`
)

// which is the account to ask for in a vault of so many.
func which(accounts int) int { return wanted % accounts }

// TestPeers prints the table. What the machine cannot install is left out, and said.
func TestPeers(t *testing.T) {
	if os.Getenv("OTPANE_PEERS") == "" {
		t.Skip("skipped: `make bench-peers` runs it")
	}
	var there []peer
	missing := ""
	for _, p := range peers {
		if _, err := exec.LookPath(p.program); p.program != "" && err != nil {
			missing += fmt.Sprintf("not here: %s (%s)\n", p.name, p.install)
			continue
		}
		there = append(there, p)
	}
	figures := make([]map[string]*figure, len(there))
	for i, p := range there {
		figures[i] = p.figures(t)
	}
	for _, row := range rows {
		takeTurns(t, row, figures)
	}
	fmt.Printf("\n%s\n", table(there, figures))
	for _, p := range there {
		fmt.Printf("%s: %s\n", p.name, p.words)
	}
	fmt.Printf("\n%s%s", explanation, missing)
}

const explanation = `Medians of whole processes that take turns; x is how many times as long as otpane. What makes a key of
a passphrase is left out: vaults that say themselves how much work they ask for say the least here,
and from the others, marked (-), the same command over a vault of one account is taken away and the
start of the program given back: whole(1,000) - whole(1) + start.
`

// figure is a task with a thousand accounts, and for what derives with one.
type figure struct {
	all, one task
	allTook  []time.Duration
	oneTook  []time.Duration
}

func (p peer) figures(t *testing.T) map[string]*figure {
	t.Helper()
	all, one := p.tasks(t, t.TempDir(), many), p.tasks(t, t.TempDir(), 1)
	figures := map[string]*figure{}
	for row := range all {
		figures[row] = &figure{all: all[row], one: one[row]}
	}
	return figures
}

// takeTurns measures one row, one run of everybody after another. Who is slow has
// fewer runs.
func takeTurns(t *testing.T, row string, figures []map[string]*figure) {
	t.Helper()
	const most, least, enough = 15, 3, 20 * time.Second
	for round := range most {
		for _, of := range figures {
			f, ok := of[row]
			if !ok || round >= least && sum(f.allTook) > enough || round > 0 && f.allTook[0] > enough {
				continue
			}
			f.allTook = append(f.allTook, f.all.once(t))
			if f.all.derives {
				f.oneTook = append(f.oneTook, f.one.once(t))
			}
		}
	}
}

func sum(took []time.Duration) (all time.Duration) {
	for _, d := range took {
		all += d
	}
	return all
}

func median(took []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[len(sorted)/2]
}

// once runs the task and says how long it took.
func (k task) once(t *testing.T) time.Duration {
	t.Helper()
	if k.known > 0 {
		return k.known
	}
	if k.before != nil {
		k.before()
	}
	run := exec.Command(k.args[0], k.args[1:]...)
	run.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TERM=xterm", "LANG=C.UTF-8", "QT_QPA_PLATFORM=offscreen"}, k.env...)
	run.Dir = t.TempDir()
	var out string
	begin := time.Now()
	if k.typed != "" {
		out = typing(t, run, k.typed)
	} else {
		run.Stdin = strings.NewReader(k.stdin)
		text, err := run.CombinedOutput()
		if out = string(text); err != nil {
			t.Fatalf("%s: %v\n%.500s", k.args, err, out)
		}
	}
	took := time.Since(begin)
	if !regexp.MustCompile(k.answer).MatchString(out) {
		t.Fatalf("%s: no %s in %.500q", k.args, k.answer, out)
	}
	return took
}

// took is what counts of a figure.
func (f *figure) took(start time.Duration) time.Duration {
	if !f.all.derives {
		return median(f.allTook)
	}
	return max(median(f.allTook)-median(f.oneTook)+start, 0)
}

func table(there []peer, figures []map[string]*figure) string {
	var text strings.Builder
	out := tabwriter.NewWriter(&text, 0, 0, 3, ' ', tabwriter.AlignRight)
	for _, p := range there {
		fmt.Fprintf(out, "\t%s", p.name)
	}
	fmt.Fprintln(out, "\t")
	for _, row := range rows {
		fmt.Fprint(out, row)
		ours := figures[0][row].took(median(figures[0][start].allTook))
		for i := range there {
			f, ok := figures[i][row]
			if !ok {
				fmt.Fprint(out, "\tno")
				continue
			}
			took, mark := f.took(median(figures[i][start].allTook)), ""
			if f.all.derives {
				mark = " (-)"
			}
			fmt.Fprintf(out, "\t%.1f ms%s", took.Seconds()*1000, mark)
			if i > 0 {
				fmt.Fprintf(out, " %.1fx", float64(took)/float64(max(ours, 1)))
			}
		}
		fmt.Fprintln(out, "\t")
	}
	_ = out.Flush()
	return text.String()
}

// write puts a file into a home.
func write(t *testing.T, home, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// do runs what only makes ready.
func do(t *testing.T, env []string, stdin, name string, args ...string) {
	t.Helper()
	run := exec.Command(name, args...)
	run.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "QT_QPA_PLATFORM=offscreen"}, env...)
	run.Stdin = strings.NewReader(stdin)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%.500s", name, args, err, out)
	}
}

// lines joins what a format has for each account.
func lines(accounts int, one func(int) string) string {
	var all strings.Builder
	for i := range accounts {
		all.WriteString(one(i))
	}
	return all.String()
}

//go:build unix

package cli_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"

	"otpane/otpcore"
	"otpane/ui/agent"
	"otpane/ui/cli"
	"otpane/ui/host"
)

// shell is one that completes: how it starts without anybody's settings, and what
// makes it complete otpane.
type shell struct {
	argv  []string
	setup string
}

var shellsHere = map[string]shell{
	"bash": {[]string{"bash", "--norc", "--noprofile", "-i"}, "PS1='> '; set +o history; bind 'set bell-style none' 'set enable-bracketed-paste off'; source <(otpane completion bash)"},
	"zsh":  {[]string{"zsh", "-f", "-i"}, "PS1='> '; bindkey -e; unsetopt beep promptsp; autoload -U compinit; compinit -u -D; source <(otpane completion zsh)"},
	"fish": {[]string{"fish", "--no-config", "-i"}, "function fish_prompt; echo '> '; end; otpane completion fish | source"},
}

// sitting is a shell in a terminal, and an agent that has names for it.
type sitting struct {
	*session
	known atomic.Pointer[[]otpcore.Account]
}

func sit(t *testing.T, name string) *sitting {
	t.Helper()
	one := shellsHere[name]
	path, err := exec.LookPath(one.argv[0])
	if err != nil {
		t.Skipf("no %s here", name)
	}
	s := seated(t)
	s.run.Path, s.run.Args = path, one.argv
	if s.tty, err = pty.StartWithSize(s.run, &pty.Winsize{Rows: 24, Cols: 500}); err != nil {
		t.Fatal(err)
	}
	s.attend()
	s.send(one.setup + "\r")
	s.send("echo rea''dy\r")
	s.expect("ready")
	return s
}

// seated is a home with an agent for its vault, which nobody has to open.
func seated(t *testing.T) *sitting {
	t.Helper()
	home, runtime := newHome(t), shortFolder(t)
	s := &sitting{session: prepare(t, home, []string{"XDG_RUNTIME_DIR=" + runtime, "OTPANE_IDENTITY=", "fish_greeting="})}
	s.know()
	socket := host.AgentSocket(func(name string) string { return map[string]string{"XDG_RUNTIME_DIR": runtime}[name] }, filepath.Join(home, "vault.age"))
	listener, err := host.ListenAgent(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	served := make(chan error)
	desk := &agent.Desk{Now: time.Now, Told: func(agent.Event) {}, Accounts: func() []otpcore.Account { return *s.known.Load() }}
	go func() {
		served <- desk.Serve(ctx, func() (agent.Conn, agent.Peer, error) {
			conn, err := listener.Accept()
			return conn, agent.Peer{}, err
		})
	}()
	t.Cleanup(func() {
		end()
		_ = listener.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *sitting) know(accounts ...otpcore.Account) { s.known.Store(&accounts) }

// completes types a line and what else it takes, and returns the words that the
// shell reads in it then.
func (s *sitting) completes(line string) []string {
	s.t.Helper()
	s.send(line + "\x01printf '<%s>\\n' BE''GIN \x05 E''ND\r")
	s.expect("<BEGIN>\r?\n")
	text := s.expect(`(?s).*?<END>\r?\n`)
	var words []string
	for _, found := range regexp.MustCompile(`(?m)^<(.*)>\r?$`).FindAllStringSubmatch(text, -1) {
		words = append(words, found[1])
	}
	return words[:len(words)-1]
}

// awkward are names that mean something to a shell.
var awkward = []string{
	"AWS prod:eu", "it's", `say "hi"`, `back\slash`, `end\`, "$(touch pwned)", "`touch pwned`", "a;touch pwned", "a&b|c>pwned", "bang!bang", "!!",
	"#hash", "*star?", "{a,b}", "[x-z]", "x=y", "=ls", "%s%n", "日本語 会社:太郎", "é — “quoted”", "$HOME", "quote at end'", `quote at end"`, "(a)", "<b>", ":8", "@x", "a:b:c d:e", "^a^b", "'first", `"first`,
}

// TestShellsTakeNamesBack completes every awkward name in every shell, bare and
// behind an open quote, and looks at what the shell makes of its line.
func TestShellsTakeNamesBack(t *testing.T) {
	for name := range shellsHere {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sit(t, name)
			for _, text := range awkward {
				s.know(otpcore.Account{ID: "aaaaaaaaaaaaaaaa", Name: text})
				for _, typed := range []string{"otpane code \t", "otpane code '\t", "otpane code \"\t", "otpane --vault './vault.age' code \t"} {
					words := s.completes(typed)
					for range 3 { // a busy machine may answer later than a key waits
						if words[len(words)-1] == text {
							break
						}
						words = s.completes(typed)
					}
					if words[len(words)-1] != text {
						t.Errorf("%q becomes %q, want %q", typed, words, text)
					}
				}
			}
			if _, err := os.Stat(filepath.Join(s.home, "pwned")); err == nil {
				t.Error("a name was run")
			}
		})
	}
}

func TestShellsComplete(t *testing.T) {
	known := []otpcore.Account{
		{ID: "aaaaaaaaaaaaaaaa", Issuer: "AWS prod", Name: "eu-admin", Tags: []string{"work"}}, {ID: "bbbbbbbbbbbbbbbb", Issuer: "AWS prod", Name: "us-admin"},
		{ID: "cccccccccccccccc", Issuer: "GitHub", Name: "alice"}, {ID: "dddddddddddddddd", Issuer: "-dash", Name: "x"},
	}
	for name := range shellsHere {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sit(t, name)
			s.know(known...)
			if err := os.WriteFile(filepath.Join(s.home, "screen shot.png"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, c := range []struct{ typed, want string }{
				{"otpane code gi\t", "otpane|code|GitHub:alice"},
				{`otpane code AWS\ prod:e` + "\t", "otpane|code|AWS prod:eu-admin"},
				{`otpane code 'AWS prod:e` + "\t", "otpane|code|AWS prod:eu-admin"},
				{`otpane code "AWS prod:u` + "\t", "otpane|code|AWS prod:us-admin"},
				{"otpane rm alice\t", "otpane|rm|GitHub:alice"},
				{"otpane code dddd\t", "otpane|code|dddddddddddddddd"},
				{"otpane exp\t--form\taegis-\t", "otpane|export|--format|aegis-encrypted"},
				{"otpane export --format=aegis-\t", "otpane|export|--format=aegis-encrypted"},
				{"otpane import scr\t", "otpane|import|screen shot.png"},
				{"otpane export -o scr\t", "otpane|export|-o|screen shot.png"},
				{"otpane edit gi\t--tag w\t", "otpane|edit|GitHub:alice|--tag|work"},
				{"otpane add --type st\t--algorithm SHA25\t", "otpane|add|--type|steam|--algorithm|SHA256"},
				{"otpane recovery use gi\t", "otpane|recovery|use|GitHub:alice"},
				{"otpane help reco\t", "otpane|help|recovery"},
				{"otpane code A\te\t", "otpane|code|AWS prod:eu-admin"},
				{"otpane code \"a\tu\t", "otpane|code|AWS prod:us-admin"},
				{"otpane completion po\t", "otpane|completion|powershell"},
				{"otpane verify gi\t123456 \t", "otpane|verify|GitHub:alice|123456"},
			} {
				if got := strings.Join(s.completes(c.typed), "|"); strings.TrimRight(got, "|") != c.want {
					t.Errorf("%q becomes %q, want %q", c.typed, got, c.want)
				}
			}
			s.send("otpane code \"$(touch pwned)\" gi\t\x15echo do''ne\r")
			s.expect("done")
			if _, err := os.Stat(filepath.Join(s.home, "pwned")); err == nil {
				t.Error("what stands on the line was run")
			}
		})
	}
}

// TestBashTellsNamesApart: what is listed has its description, and none is inserted.
func TestBashTellsNamesApart(t *testing.T) {
	s := sit(t, "bash")
	s.know(otpcore.Account{ID: "aaaaaaaaaaaaaaaa", Issuer: "AWS prod", Name: "eu", Tags: []string{"work"}}, otpcore.Account{ID: "bbbbbbbbbbbbbbbb", Issuer: "AWS prod", Name: "us"})
	s.send("otpane code aw\t\t\t")
	s.expect(`AWS prod:eu  \(#work\) +AWS prod:us`)
	if words := strings.Join(s.completes(""), "|"); words != "otpane|code|AWS prod:" {
		t.Errorf("the line is %q", words)
	}
}

// TestPowerShellScript looks at the script where no PowerShell is; with one, it is
// parsed and asked.
func TestPowerShellScript(t *testing.T) {
	pwsh, err := exec.LookPath("pwsh")
	if err != nil {
		t.Skip("no pwsh here")
	}
	s := seated(t)
	for _, text := range awkward {
		s.know(otpcore.Account{ID: "aaaaaaaaaaaaaaaa", Name: text})
		run := exec.Command(pwsh, "-NoProfile", "-NonInteractive", "-Command",
			"otpane completion powershell | Out-String | Invoke-Expression; $r = (TabExpansion2 'otpane code ' 12).CompletionMatches[0].CompletionText; [Console]::OutputEncoding = [Text.Encoding]::UTF8; Invoke-Expression \"Write-Output $r\"")
		run.Env, run.Dir = s.run.Env, s.home
		out, err := run.CombinedOutput()
		if got := strings.TrimRight(string(out), "\r\n"); err != nil || got != text {
			t.Errorf("%q is taken back as %q (%v)", text, got, err)
		}
	}
}

// TestOffers asks as a shell's script does.
func TestOffers(t *testing.T) {
	const a, b, c, d, e = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc", "dddddddddddddddd", "eeeeeeeeeeeeeeee"
	s := seated(t)
	s.know(
		otpcore.Account{ID: a, Issuer: "GitHub", Name: "alice", Tags: []string{"work", "dev"}},
		otpcore.Account{ID: b, Issuer: "GitLab", Name: "bob", Tags: []string{"work", "-v"}},
		otpcore.Account{ID: c, Issuer: "Twice", Name: "x"}, otpcore.Account{ID: d, Issuer: "Twice", Name: "x"},
		otpcore.Account{ID: e, Name: "otpauth://totp/x", Tags: []string{"bad\x1b]0;tag\n", "\x1b"}},
	)
	for _, one := range []struct {
		line string
		want []string
		then string
	}{
		{"code gi", []string{"GitHub:alice\t#work #dev", "GitLab:bob\t#work #-v"}, ":4"},
		{"code BOB", []string{"GitLab:bob\t#work #-v"}, ":4"}, // found, not begun
		{"code twi", []string{c + "\tTwice · x", d + "\tTwice · x"}, ":4"},
		{"code otp", []string{e + "\totpauth://totp/x"}, ":4"},
		{"code GitHub:alice ", nil, ":4"}, // one account at a time
		{"--no-agent code gi", nil, ":4"},
		{"--vault ./other.age code gi", nil, ":4"},
		{"--vault ~/vault.age code githu", []string{"GitHub:alice\t#work #dev"}, ":4"},
		{"rm githu", []string{"GitHub:alice\t#work #dev"}, ":4"},
		{"edit GitHub:alice --tag ", []string{"bad]0;tag", "dev", "work"}, ":4"},
		{"agent rule #d", []string{"#dev"}, ":4"},
		{"agent rule GitHub:alice a", []string{"allow", "ask"}, ":4"},
		{"clock --account gitl", []string{"GitLab:bob\t#work #-v"}, ":4"},
		{"restore ", nil, ":4"}, // what is deleted, no agent has
		{"import ", nil, ":0"},
		{"import a.png b", nil, ":0"},
		{"scan --debug-dir ", nil, ":16"},
		{"--vault de", []string{"default\t" + filepath.Join(s.home, "otpane", "vault.age")}, ":0"},
		{"vau", nil, ":4"}, // a topic is nothing to run
		{"help vau", []string{"vaults\tSeveral vaults, and how --vault chooses one"}, ":4"},
		{"help recovery us", []string{"use\tPrint the next unused code, and mark it used"}, ":4"},
		{"add --digits ", nil, ":4"},
		{"agent --for ", nil, ":4"},
		{"recovery he", nil, ":4"}, // help stands in front of what it is asked about
		{"code --ne", []string{"--next\tthe code that follows"}, ":4"},
	} {
		t.Run(one.line, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			env := cli.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now, Getenv: func(name string) (value string) {
				for _, one := range s.run.Env { // the last one counts
					if key, text, _ := strings.Cut(one, "="); key == name {
						value = text
					}
				}
				return value
			}}
			t.Setenv("HOME", s.home)
			status := cli.Run(context.Background(), env, append([]string{"__complete"}, strings.Split(one.line, " ")...))
			lines := strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n")
			got, then := lines[:len(lines)-1], lines[len(lines)-1]
			if !slices.Equal(got, one.want) || then != one.then || status != 0 {
				t.Errorf("%q %s, status %d, want %q %s", got, then, status, one.want, one.then)
			}
		})
	}
}

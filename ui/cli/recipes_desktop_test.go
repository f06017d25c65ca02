//go:build linux || darwin || freebsd

package cli_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"otpane/otpcore"
)

// tmux begins a server with the recipe's settings and one client, whose screen a
// session reads: a status line and a popup are drawn for clients alone.
func (k *kitchen) tmux(columns, rows uint16, settings string, shell ...string) (multiplexer, *session) {
	k.Helper()
	k.needs("tmux")
	k.write(".tmux.conf", settings+"set -g assume-paste-time 0\n") // a test types faster than a person
	m := multiplexer{k.T, k.path("s"), k.env}
	k.must(k.run("", slices.Concat([]string{"tmux", "-S", m.socket, "-f", k.path(".tmux.conf"), "new-session", "-d", "-x", "80", "-y", "24"}, shell)...))
	k.Cleanup(func() { k.run("", "tmux", "-S", m.socket, "kill-server") })
	return m, k.sized(columns, rows, "tmux", "-S", m.socket, "attach")
}

// sessionRecipe runs the unit's own command; systemd looks at the unit.
func sessionRecipe(k *kitchen) {
	k.hold("GitHub", "aws", "Bank")
	k.must(k.shell(k.block("rules")))
	rules := map[string]otpcore.Answer{}
	for _, a := range vaultOf(k, k.dir).Accounts() {
		rules[a.Issuer] = a.Agent
	}
	if rules["GitHub"] != otpcore.Allow || rules["aws"] != otpcore.Ask || vaultOf(k, k.dir).TagAnswers()["money"] != otpcore.Deny {
		k.Errorf("the rules are %v, %v", rules, vaultOf(k, k.dir).TagAnswers())
	}

	unit := k.block("otpane-agent", "%h", k.dir)
	k.program("../go/bin/otpane", "#!/bin/sh\nexec "+lookPath(k, "otpane")+" \"$@\"\n")
	k.write(".config/otpane/identity.txt", k.read("key.txt"))
	k.forget("OTPANE_IDENTITY")
	line := iniOf(unit)["Service"]["ExecStart"]
	if line == "" {
		k.Fatalf("the unit starts nothing: %s", unit)
	}
	agent := k.command(k.Context(), strings.Fields(line)...)
	if err := agent.Start(); err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() { _ = agent.Process.Kill(); _ = agent.Wait() })
	for end := time.Now().Add(patience); k.run("", "otpane", "agent", "status").err != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			k.Fatal("the unit's command serves nobody")
		}
	}
	k.wantCode("GitHub", strings.TrimSuffix(k.must(k.run("", "otpane", "code", "github")), "\n"))
	if o := k.run("", "otpane", "code", "aws"); o.err == nil {
		k.Errorf("what nobody can be asked for was given: %+v", o)
	}
	k.Run("systemd", func(t *testing.T) {
		k := k.in(t)
		k.needs("systemd-analyze")
		k.write("otpane-agent.service", unit)
		if o := k.run("", "systemd-analyze", "verify", "--user", k.path("otpane-agent.service")); o.err != nil || o.stdout+o.stderr != "" {
			t.Errorf("%+v", o)
		}
	})
}

func statusLineRecipe(k *kitchen) {
	k.serve("GitHub", "aws")
	k.script("otp-status")
	_, client := k.tmux(30, 6, k.block("tmux-status"), "cat")
	shown := regexp.MustCompile(`(\d{6}) ━*╌* \d\d:\d\d`).FindStringSubmatch(client.expect(`\d{6} ━*╌* \d\d:\d\d`))
	k.wantCode("GitHub", shown[1])

	// However often it looks, the agent's log says so once.
	for range 3 {
		k.must(k.run("", "otp-status", "github"))
	}
	// What would have to be asked for shows nothing, and nobody is asked.
	k.must(k.run("", "otpane", "agent", "rule", "aws", "ask", "--identity", "key.txt"))
	if got := k.must(k.run("", "otp-status", "aws")); got != "" {
		k.Errorf("an account with the rule ask shows %q", got)
	}
	k.agent.expect(`aws.*: refused: nobody was to be asked`)
	if strings.Contains(k.agent.seen, "[y/N]") {
		k.Errorf("a status line asks: %s", k.agent.seen)
	}
	if n := strings.Count(k.agent.seen, "GitHub · alice: given"); n != 1 {
		k.Errorf("%d lines for one status line: %s", n, k.agent.seen)
	}
}

func popupRecipe(k *kitchen) {
	k.hold("GitHub", "aws")
	k.write(".config/otpane/config.toml", "agent = \"allow\"\n")
	m, client := k.tmux(80, 24, k.block("tmux-popup"), `printf '\033[12;30Hthe shell'; exec cat`) // below the popup
	client.expect("the shell")
	const prefix = "\x02"
	for range 2 {
		client.send(prefix + "o")
		client.expect("GitHub")
		client.send(prefix + "o")
		client.expect("the shell")
	}
	if sessions := m.run("list-sessions", "-F", "#{session_name}"); !strings.Contains(sessions, "otpane\n") {
		k.Errorf("the pane is not kept: %q", sessions)
	}
	from := k.in(k.T)
	from.forget("OTPANE_IDENTITY")
	k.wantCode("GitHub", strings.TrimSuffix(k.must(from.run("", "otpane", "code", "github")), "\n"))
	client.send(prefix + "o")
	client.expect("GitHub")
	client.send("q") // a pane that its terminal leaves behind would write once more
	client.expect("the shell")
}

func typingRecipe(k *kitchen) {
	k.needs("fzf")
	k.serve("GitHub", "aws")
	k.script("otp-type")
	m, client := k.tmux(30, 6, k.block("tmux-type"), "echo the shell; exec cat >typed")
	client.expect("the shell")
	client.send("\x02O")
	client.expect("GitHub")
	client.send("gith\r")
	m.see(`(?m)^\d{6}$`)
	m.typed("+") // what the person types goes on in the same line
	m.press("Enter")
	for end := time.Now().Add(patience); !strings.Contains(k.read("typed"), "+") && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	k.wantCode("GitHub", strings.TrimSuffix(k.read("typed"), "+\n"))
	if buffers := m.run("list-buffers"); buffers != "" {
		k.Errorf("tmux keeps %q", buffers)
	}
}

// menuRecipe copies by a command of the test's own; which clipboard a session has is
// not the recipe's matter.
func menuRecipe(k *kitchen) {
	k.serve("GitHub", "aws")
	k.write(".config/otpane/config.toml", "copy_command = [\"sh\", \"-c\", \"cat >$HOME/copied\"]\n")
	k.script("otp-menu")
	menus := map[string][]string{}
	for line := range strings.Lines(k.block("menus")) {
		words := strings.Fields(line)
		menus[words[1]] = words
	}
	try := func(menu string, choose func(k *kitchen, words []string)) {
		k.Run(menu, func(t *testing.T) {
			k := k.in(t)
			if menus[menu] == nil {
				t.Fatal("the document does not name it")
			}
			choose(k, menus[menu])
			k.wantCode("GitHub", k.read("copied"))
			delete(menus, menu)
			_ = os.Remove(k.path("copied"))
		})
	}
	try("fzf", func(k *kitchen, words []string) {
		k.needs("fzf")
		s := k.terminal(words...)
		s.expect("GitHub")
		s.send("gith\r")
		s.expect("copied")
		s.wantStatus(0)
	})
	for _, menu := range []string{"rofi", "dmenu"} {
		try(menu, chooseOnDesktop)
	}
	try("wofi", func(k *kitchen, words []string) {
		k.program("wofi", "#!/bin/sh\ngrep -i gith\n")
		k.must(k.run("", words...))
	})
	k.validateSway(k.block("sway"))
}

// chooseOnDesktop types into a menu on an X server of its own.
func chooseOnDesktop(k *kitchen, words []string) {
	k.needs(words[1], "Xvfb", "xdotool")
	numbers, announce, err := os.Pipe()
	if err != nil {
		k.Fatal(err)
	}
	defer numbers.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset")
	server.ExtraFiles = []*os.File{announce}
	if err := server.Start(); err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	announce.Close()
	number, err := bufio.NewReader(numbers).ReadString('\n')
	if err != nil {
		k.Fatalf("Xvfb told no display: %v", err)
	}
	k.env = append(slices.Clone(k.env), "DISPLAY=:"+strings.TrimSpace(number))
	menu := make(chan outcome)
	go func() { menu <- k.run("", words...) }()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		// Keys before there was a window have made rofi crash; keys before it has the
		// keyboard go nowhere, so they are typed until it ends.
		if k.run("", "xdotool", "search", "--onlyvisible", "--class", words[1]).err == nil {
			k.run("", "xdotool", "key", "ctrl+u")
			k.run("", "xdotool", "type", "gith")
			k.run("", "xdotool", "key", "Return")
		}
		select {
		case o := <-menu:
			k.must(o)
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
	k.Fatal("nothing was chosen")
}

func (k *kitchen) validateSway(binding string) {
	k.Run("sway", func(t *testing.T) {
		k := k.in(t)
		k.needs("sway")
		dir := shortFolder(t)
		settings := filepath.Join(dir, "config")
		if err := os.WriteFile(settings, []byte("set $mod Mod4\n"+binding), 0o644); err != nil {
			t.Fatal(err)
		}
		check := exec.CommandContext(t.Context(), "sway", "--validate", "--config", settings)
		check.Env = []string{"PATH=" + os.Getenv("PATH"), "XDG_RUNTIME_DIR=" + dir, "WLR_BACKENDS=headless", "WLR_LIBINPUT_NO_DEVICES=1", "WLR_RENDERER=pixman"}
		if os.Getuid() == 0 { // sway refuses to be root
			const nobody = 65534
			if err := os.Chown(dir, nobody, nobody); err != nil {
				t.Fatal(err)
			}
			check.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
}

// expectRecipe logs in by a real ssh, whose server asks for a password and a code.
func expectRecipe(k *kitchen) {
	k.needs("expect", "ssh")
	k.serve("bastion", "GitHub")
	k.script("otp-login")
	server := newSSHServer(k, "bastion", "Password: ", "Verification code: ")
	k.write("known", "bastion.example.com "+server.key)
	host, port, _ := strings.Cut(server.address, ":")
	k.program("ssh", "#!/bin/sh\nexec "+lookPath(k, "ssh")+" -F /dev/null -o UserKnownHostsFile="+k.path("known")+
		" -o HostName="+host+" -o Port="+port+" -o HostKeyAlias=bastion.example.com -o IdentityFile=/dev/null \"$@\" whoami\n")
	s := k.terminal("sh", "-ec", k.block("login"))
	s.expect("Password: ")
	s.send("hunter2\r")
	s.expect("bastion runs whoami")
	s.wantStatus(0)
	answers := server.answers()
	if len(answers) != 2 || answers[0] != "hunter2" {
		k.Fatalf("the server got %q", answers)
	}
	k.wantCode("bastion", answers[1])
}

func barRecipe(k *kitchen) {
	k.serve("GitHub", "aws")
	k.program("otp-status", readRecipes(k.T)["tmux: a code on the status line"]["otp-status"])
	code, bar, _ := strings.Cut(k.must(k.run("", "sh", "-c", iniOf(k.block("polybar"))["module/otp"]["exec"])), " ")
	k.wantCode("GitHub", code)
	if !regexp.MustCompile(`^━+╌*\n$`).MatchString(bar) || utf8.RuneCountInString(bar) != 7 {
		k.Errorf("the bar is %q", bar)
	}
}

func lookPath(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Clean(path)
}

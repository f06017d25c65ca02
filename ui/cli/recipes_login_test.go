//go:build linux || darwin || freebsd

package cli_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// sudoRecipe logs in through the recipe's PAM stack. It writes where sudo is another
// program and /etc a folder of the test; pam_wrapper reads that folder.
func sudoRecipe(k *kitchen) {
	k.needs("pamtester", "base32", "od")
	k.hold("GitHub")
	k.program("sudo", "#!/bin/sh\nexec \"$@\"\n")
	k.must(k.shell(k.block("sudo-key", "/etc/security/users.oath", k.path("users.oath"))))
	if info, err := os.Stat(k.path("users.oath")); err != nil || info.Mode().Perm() != 0o600 {
		k.Fatalf("users.oath: %v, %v", info, err)
	}
	k.write("pam.d/sudo", k.block("pam-sudo", "/etc/security/users.oath", k.path("users.oath"))+"account required pam_permit.so\n")
	k.env = append(k.env, "LD_PRELOAD=libpam_wrapper.so", "PAM_WRAPPER=1", "PAM_WRAPPER_SERVICE_DIR="+k.path("pam.d"), "PAM_WRAPPER_DEBUGLEVEL=0")
	login := func(code string) outcome { return k.run(code, "pamtester", "sudo", "alice", "authenticate") }

	wrong := login("000000\n")
	if strings.Contains(wrong.stderr, "libpam_wrapper.so") || strings.Contains(wrong.stderr, "unable to dlopen(pam_oath.so)") {
		k.Skip("libpam-wrapper or libpam-oath is not installed")
	}
	if wrong.err == nil || !strings.Contains(wrong.stderr, "One-time password") {
		k.Fatalf("a wrong code: %+v", wrong)
	}
	code := k.must(k.run("", "otpane", "code", "sudo"))
	k.wantCode("sudo", strings.TrimSuffix(code, "\n"))
	if in := login(code); in.err != nil || !strings.Contains(in.stdout, "successfully authenticated") {
		k.Fatalf("the code: %+v", in)
	}
	if again := login(code); again.err == nil {
		k.Error("the same code was taken twice")
	}

	k.must(k.shell(k.block("sudo-finished")))
	for _, a := range vaultOf(k, k.dir).Accounts() {
		if a.Issuer == "sudo" && (a.Unfinished || a.Name != "alice") {
			k.Errorf("the account is %v", a)
		}
	}
}

func sshRecipe(k *kitchen) {
	k.needs("ssh")
	k.serve("bastion", "GitHub")
	k.script("otp-askpass")
	bastion := k.serveSSH("bastion", "Verification code: ")
	for range 2 {
		if got := k.must(k.shell(k.block("ssh"))); got != "bastion runs uptime\n" {
			k.Fatalf("ssh said %q", got)
		}
	}
	if answers := bastion.answers(); len(answers) != 1 || !k.accepts("bastion", answers[0]) {
		k.Fatalf("the server got %q, and wants one code for two commands", answers)
	}
	k.agent.expect(`ssh \(pid \d+.*\)  bastion · alice: given`)

	// Everything else is the person's: a password, and what another host calls a
	// verification code, even if it says that it is ours.
	for name, question := range map[string]string{"bastion": "Password: ", "other": "(alice@bastion.example.com) Verification code: "} {
		server := k.serveSSH(name, question)
		s := k.terminal("sh", "-c", strings.ReplaceAll(k.block("ssh"), "bastion", name))
		s.expect(regexp.QuoteMeta("(alice@" + name + ".example.com) " + question))
		s.send("typed by hand\r")
		s.expect(name + " runs uptime")
		s.wantStatus(0)
		if answers := server.answers(); len(answers) != 1 || answers[0] != "typed by hand" {
			k.Errorf("%s got %q", name, answers)
		}
		if strings.Contains(s.seen, "by hand") {
			k.Error("what was typed was shown")
		}
	}
}

// serveSSH begins a server and makes it the one that the document's settings reach
// under a name.
func (k *kitchen) serveSSH(name, question string) *sshServer {
	k.Helper()
	server := newSSHServer(k, name, question)
	host, port, err := net.SplitHostPort(server.address)
	if err != nil {
		k.Fatal(err)
	}
	full := name + ".example.com"
	k.write("known", full+" "+server.key)
	k.write("config", strings.ReplaceAll(k.block("ssh-config"), "bastion", name)+
		"Host *\n    Port "+port+"\n    UserKnownHostsFile "+k.path("known")+"\n    GlobalKnownHostsFile /dev/null\n    IdentityFile /dev/null\n")
	// The alias of the key is what ssh calls the server then, also where it asks.
	k.program("ssh", "#!/bin/sh\nexec "+lookPath(k, "ssh")+" -F "+k.path("config")+" -o HostName="+host+" -o HostKeyAlias="+full+" \"$@\"\n")
	k.Cleanup(func() { k.run("", "ssh", "-O", "exit", name) })
	return server
}

// sshServer asks every connection its questions, and takes every answer.
type sshServer struct {
	name, address, key string
	config             *ssh.ServerConfig

	mu    sync.Mutex
	heard []string
}

func (s *sshServer) answers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.heard...)
}

func newSSHServer(t testing.TB, name string, questions ...string) *sshServer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := &sshServer{name: name, address: listener.Addr().String(), key: string(ssh.MarshalAuthorizedKey(signer.PublicKey()))}
	s.config = &ssh.ServerConfig{KeyboardInteractiveCallback: func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
		answers, err := ask("", "", questions, make([]bool, len(questions)))
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.heard = append(s.heard, answers...)
		return nil, nil
	}}
	s.config.AddHostKey(signer)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(connection)
		}
	}()
	return s
}

// serve answers every command with its own name.
func (s *sshServer) serve(connection net.Conn) {
	defer connection.Close()
	_, channels, requests, err := ssh.NewServerConn(connection, s.config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for asked := range channels {
		channel, requests, err := asked.Accept()
		if err != nil {
			return
		}
		go func() {
			defer channel.Close()
			for r := range requests {
				_ = r.Reply(r.Type == "exec", nil)
				if r.Type != "exec" {
					continue
				}
				var command struct{ Line string }
				_ = ssh.Unmarshal(r.Payload, &command)
				_, _ = io.WriteString(channel, s.name+" runs "+command.Line+"\n")
				_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{0}))
				return
			}
		}()
	}
}

//go:build linux || darwin || freebsd

package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// awsVaultRecipe does what aws-vault does with the line (vault/mfa.go there, from
// version 5 to 7): /bin/sh -c, nothing on standard input, the trimmed output.
func awsVaultRecipe(k *kitchen) {
	k.serve("aws", "GitHub")
	k.write(".aws/config", k.block("aws-vault"))
	settings := iniOf(k.read(".aws/config"))
	process := settings["profile prod"]["mfa_process"]
	if process == "" || settings["profile prod"]["mfa_serial"] == "" {
		k.Fatalf("the settings are %v", settings)
	}
	if _, err := exec.LookPath("aws"); err == nil { // another reader of the same file
		if read := k.must(k.run("", "aws", "configure", "get", "mfa_process", "--profile", "prod")); read != process+"\n" {
			k.Errorf("the AWS CLI reads %q, want %q", read, process)
		}
	}
	code := strings.TrimSpace(k.must(k.run("", "/bin/sh", "-c", process)))
	k.wantCode("aws", code)
	if left := 30 - time.Now().Unix()%30; left < 3 {
		k.Errorf("the code has %d s to live", left) // a loaded machine may have taken two of the five
	}

	// The rule that the recipe advises, and the no of the person who is asked.
	k.must(k.run("", "otpane", "agent", "rule", "aws", "ask", "--identity", "key.txt"))
	for _, answer := range []string{"y", "n"} {
		answered := make(chan outcome)
		go func() { answered <- k.run("", "/bin/sh", "-c", process) }()
		k.agent.expect(`wants aws · alice.*\[y/N\] `)
		k.agent.send(answer + "\r")
		if o := <-answered; (o.err == nil) != (answer == "y") || (o.stdout != "") != (answer == "y") {
			k.Errorf("after %s: %+v", answer, o)
		}
	}
}

// iniOf reads sections of plain keys.
func iniOf(text string) map[string]map[string]string {
	sections, section := map[string]map[string]string{}, ""
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(line, "[]")
			sections[section] = map[string]string{}
		} else if name, value, found := strings.Cut(line, "="); found {
			sections[section][strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return sections
}

// awsSessionRecipe runs the AWS CLI itself against a server that stands for AWS.
func awsSessionRecipe(k *kitchen) {
	k.needs("aws")
	k.serve("aws", "GitHub")
	k.script("otp-aws-session")
	k.write(".aws/config", k.block("aws-config"))
	k.write(".aws/credentials", "[prod-keys]\naws_access_key_id = AKIALASTING\naws_secret_access_key = lasting\n")
	var mu sync.Mutex
	var sessions []url.Values
	var askedBy []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_ = r.ParseForm()
		w.Header().Set("Content-Type", "text/xml")
		switch r.Form.Get("Action") {
		case "GetSessionToken":
			sessions = append(sessions, r.Form)
			fmt.Fprintf(w, `<GetSessionTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetSessionTokenResult><Credentials>
				<SessionToken>session</SessionToken><SecretAccessKey>passing</SecretAccessKey><AccessKeyId>ASIAPASSING</AccessKeyId>
				<Expiration>%s</Expiration></Credentials></GetSessionTokenResult></GetSessionTokenResponse>`, time.Now().Add(12*time.Hour).UTC().Format(time.RFC3339))
		case "GetCallerIdentity":
			askedBy = append(askedBy, r.Header.Get("Authorization")+" "+r.Header.Get("X-Amz-Security-Token"))
			fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
				<Arn>arn:aws:iam::111122223333:user/alice</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`)
		default:
			http.Error(w, "no such action", http.StatusBadRequest)
		}
	}))
	defer server.Close()
	// Versions that do not know the variable know the flag; nothing leaves the machine.
	k.env = append(k.env, "AWS_ENDPOINT_URL="+server.URL, "HTTPS_PROXY=http://127.0.0.1:9", "NO_PROXY=127.0.0.1")
	k.program("aws", "#!/bin/sh\nexec "+lookPath(k, "aws")+" --endpoint-url "+server.URL+" \"$@\"\n")

	for range 2 {
		if got := k.must(k.run("", "aws", "sts", "get-caller-identity", "--profile", "prod")); !strings.Contains(got, "user/alice") {
			k.Fatalf("aws said %s", got)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(sessions) != 1 {
		k.Fatalf("%d sessions for two commands", len(sessions))
	}
	if serial := sessions[0].Get("SerialNumber"); serial != "arn:aws:iam::111122223333:mfa/alice" || sessions[0].Get("DurationSeconds") != "43200" {
		k.Errorf("AWS was asked for %v", sessions[0])
	}
	k.wantCode("aws", sessions[0].Get("TokenCode"))
	for _, by := range askedBy {
		if !strings.Contains(by, "ASIAPASSING") || !strings.HasSuffix(by, " session") {
			k.Errorf("AWS was asked by %q", by)
		}
	}
	kept := "run/otp-aws-prod-keys.json"
	if info, err := os.Stat(k.path(kept)); err != nil || info.Mode().Perm() != 0o600 {
		k.Fatalf("the session: %v, %v", info, err)
	}
	var session map[string]any
	if err := json.Unmarshal([]byte(k.read(kept)), &session); err != nil || session["Version"] != 1.0 {
		k.Errorf("the session is %v, %v", session, err)
	}
}

func gitCodeRecipe(k *kitchen) {
	k.serve("git.example.com", "GitHub")
	k.git("[credential]\n\thelper = store\n" + k.block("gitconfig"))
	k.script("git-credential-otp")
	filled := k.must(k.fill("https", "git.example.com"))
	user, code := credential(filled)
	if user != "alice" {
		k.Errorf("git fills in %q", filled)
	}
	k.wantCode("git.example.com", code)

	// Nobody keeps it, and nobody else gets it.
	for _, operation := range []string{"approve", "reject"} {
		k.must(k.run(filled, "git", "credential", operation))
		if kept := k.read(".git-credentials"); kept != "" {
			k.Errorf("after %s git keeps %q", operation, kept)
		}
	}
	for _, other := range [][2]string{{"http", "git.example.com"}, {"https", "git.example.com.evil.example"}, {"https", "x.git.example.com"}} {
		if o := k.fill(other[0], other[1]); o.err == nil || strings.Contains(o.stdout, "password=") {
			k.Errorf("%s://%s gets %+v", other[0], other[1], o)
		}
	}
}

func gitPasswordRecipe(k *kitchen) {
	k.serve("git.example.com", "GitHub")
	k.git("[credential]\n\thelper = store\n" + k.block("gitconfig", "libsecret", "store"))
	k.program("git-credential-otp", readRecipes(k.T)["git: a code as the password"]["git-credential-otp"])

	// Without a password there is nothing to put a code to.
	if o := k.fill("https", "git.example.com"); o.err == nil || strings.Contains(o.stdout, "password=") {
		k.Fatalf("without a password: %+v", o)
	}
	s := k.terminal("sh", "-ec", k.block("git-password", "libsecret", "store"))
	s.expect("password: ")
	s.send("hunter2=\\x%s\r")
	s.wantStatus(0)
	if strings.Contains(s.seen, "hunter2") {
		k.Error("the password was shown")
	}
	before := k.read(".git-credentials")
	filled := k.must(k.fill("https", "git.example.com"))
	_, secret := credential(filled)
	code, found := strings.CutPrefix(secret, "hunter2=\\x%s")
	if !found {
		k.Fatalf("git fills in %q", filled)
	}
	k.wantCode("git.example.com", code)
	for _, operation := range []string{"approve", "reject"} {
		k.must(k.run(filled, "git", "credential", operation))
		if after := k.read(".git-credentials"); after != before || before == "" {
			k.Errorf("after %s the helper keeps %q, before %q", operation, after, before)
		}
	}
}

// git makes git ready to read the settings, and nobody else's.
func (k *kitchen) git(settings string) {
	k.Helper()
	k.needs("git")
	k.write(".gitconfig", settings)
	k.env = append(k.env, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0")
}

func (k *kitchen) fill(protocol, host string) outcome {
	return k.run("protocol="+protocol+"\nhost="+host+"\n\n", "git", "credential", "fill")
}

// credential reads what git fills in.
func credential(filled string) (user, password string) {
	for _, line := range strings.Split(filled, "\n") {
		if value, found := strings.CutPrefix(line, "username="); found {
			user = value
		}
		if value, found := strings.CutPrefix(line, "password="); found {
			password = value
		}
	}
	return user, password
}

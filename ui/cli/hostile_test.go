//go:build unix

package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"otpane/otpcore"
	"otpane/vault"
)

// hostile is what a vault could hold that another program wrote, or somebody who
// wants to steer the terminal of whoever reads it: a title, a colour by a C1 control,
// text that runs backwards, what cannot be seen, what a font decides, a line of its own.
const hostile = "Ann\x1b]0;PWNED\a\u009b31m\u202eB\u200bC\ue000\rD\nE"

// TestAHostileVaultSteersNoTerminal reads it with every command that tells something
// of a vault, in a terminal.
func TestAHostileVaultSteersNoTerminal(t *testing.T) {
	home := hostileHome(t)
	for _, words := range [][]string{
		{"list"}, {"list", "--json"}, {"list", "--names"}, {"list", "Site"}, {"show", "nine"}, {"show", "nine", "--json"}, {"tag"}, {"tag", "nine"}, {"tag", "--json"},
		{"code", "nine"}, {"code", "nine", "--json"}, {"code", "Site"}, {"code", "none"}, {"verify", "nine", "123456"}, {"verify", "nine", "123456", "--json"},
		{"clock", "--json"}, {"recovery", "list", "nine"}, {"recovery", "list", "nine", "--json", "--reveal"}, {"recovery", "list", "nine", "--reveal"},
		{"recovery", "use", "nine"}, {"recovery", "print", "nine", "--plaintext"}, {"recovery", "undo", "nine"}, {"qr", "nine"}, {"recipients", "list"}, {"recipients", "list", "--json"},
		{"restore"}, {"restore", "--json"}, {"doctor"}, {"doctor", "--json"}, {"agent", "rules"}, {"agent", "rules", "--json"}, {"agent", "rule", "nine", "deny"},
		{"backup", "check"}, {"edit", "nine", "--pinned", "--yes"}, {"pin", "nine", "--off"}, {"rename", "nine", "Site:nine"}, {"export", "--plaintext"}, {"rm", "nine", "--yes"},
	} {
		t.Run(strings.Join(words, " "), func(t *testing.T) {
			s := start(t, home, []string{"XDG_STATE_HOME=" + filepath.Join(home, "state")}, words...)
			s.end()
			if strings.Contains(s.seen, "there is no such") {
				t.Fatalf("the scene is not set: %s", s.seen)
			}
			s.wantUnsteered()
		})
	}
}

func (s *session) wantUnsteered() {
	s.t.Helper()
	for _, steering := range []string{"\x1b]0;PWNED", "\u009b", "\u202e", "\u200b", "\ue000", "C\rD", "\nE", "\r\nE"} {
		if strings.Contains(s.seen, steering) {
			s.t.Errorf("the terminal got %q:\n%q", steering, s.seen)
		}
	}
}

// TestAHostileVaultSteersNoPane goes through the pages that show what a vault says.
func TestAHostileVaultSteersNoPane(t *testing.T) {
	for key, shows := range map[string]string{
		"l": "never shown here", "r": "of 2", "t": "tags", "e": "issuer", "o": "needs", "d": "still asks", "/": "show all", "x": "chosen",
	} {
		t.Run(key, func(t *testing.T) {
			s := start(t, hostileHome(t), nil)
			s.expect("2 accounts")
			s.expect("keys")
			s.send(key)
			s.expect(shows)
			s.send("\x1b\x03")
			s.wantUnsteered()
		})
	}
	plain := start(t, hostileHome(t), nil, "--plain")
	plain.expect("2 accounts")
	plain.send("jl")
	plain.expect("esc back")
	plain.wantUnsteered()
}

// TestAHostileVaultSteersNoAgent: neither the terminal of the agent, nor that of who
// asks it.
func TestAHostileVaultSteersNoAgent(t *testing.T) {
	home := hostileHome(t)
	extra := []string{"XDG_RUNTIME_DIR=" + shortFolder(t)}
	agent := start(t, home, extra, "agent", "--answer", "ask")
	agent.expect("Serving 2 accounts")
	client := start(t, home, append(extra, "OTPANE_IDENTITY="), "code", "nine")
	agent.expect("wants")
	agent.expect(`\[y/N\]`)
	agent.send("y\r")
	client.expect(`\d{6}`)
	client.wantStatus(0)
	names := start(t, home, append(extra, "OTPANE_IDENTITY="), "code", "Site")
	names.wantStatus(4)
	agent.send("\x03")
	agent.end()
	for _, s := range []*session{agent, client, names} {
		s.wantUnsteered()
	}
}

// hostileHome is a home with such a vault: nothing of otpane would write it.
func hostileHome(t *testing.T) string {
	t.Helper()
	home := newHome(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, err := vault.ParseIdentity(testIdentity)
	must(err)
	path := filepath.Join(home, "vault.age")
	v, err := vault.Create(path, vault.Access{Identity: id}, time.Now)
	must(err)
	must(v.Update(func(d *vault.Draft) error {
		for _, name := range []string{"nine", "placeholder", "gone"} {
			id, err := d.Add(otpcore.Account{
				Issuer: "Site", Name: name, Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
				Secret: otpcore.NewSecret([]byte("1234567890" + name)), Note: "placeholder", Tags: []string{"placeholder"},
			})
			if err != nil {
				return err
			}
			if _, err := d.AddRecoveryCodes(id, otpcore.ParseRecoveryCodes("aaaa-1111\nbbbb-2222\n")); err != nil {
				return err
			}
			if err := d.SetTagAnswer("placeholder", otpcore.Ask); err != nil {
				return err
			}
			if name == "gone" {
				return d.Delete(id)
			}
		}
		return nil
	}))
	must(v.AddRecipient("age1t3fxyayxutwz27h0fx3rg2n568eh5elj7xls3t2sllexdy06aakqfl84mt", "placeholder"))
	file, err := os.ReadFile(path)
	must(err)
	key, err := age.ParseX25519Identity(testIdentity)
	must(err)
	plain, err := age.Decrypt(bytes.NewReader(file), key)
	must(err)
	payload, err := io.ReadAll(plain)
	must(err)
	text, err := json.Marshal(hostile)
	must(err)
	steering := bytes.ReplaceAll(payload, []byte("placeholder"), text[1:len(text)-1])
	for _, code := range []string{"aaaa-1111", "bbbb-2222"} {
		steering = bytes.ReplaceAll(steering, []byte(code), []byte(code+string(text[1:len(text)-1])))
	}
	steering = bytes.ReplaceAll(steering, []byte(`"issuer":"Site"`), []byte(`"issuer":"Site `+string(text[1:])))
	var sealed bytes.Buffer
	writer, err := age.Encrypt(&sealed, key.Recipient())
	must(err)
	_, err = writer.Write(steering)
	must(err)
	must(writer.Close())
	must(os.WriteFile(path, sealed.Bytes(), 0o600))
	if n := len(vaultOf(t, home).Accounts()); n != 2 || bytes.Count(steering, text[1:len(text)-1]) < 16 {
		t.Fatalf("%d accounts in a vault with %d hostile texts", n, bytes.Count(steering, text[1:len(text)-1]))
	}
	return home
}

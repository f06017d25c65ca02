package vault

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"otpane/otpcore"
)

var canaries = []string{"Canarybird", "canary@example.com", "CANARYNOTE", "canarytag"}

func canary(n int) otpcore.Account {
	a := github()
	a.Issuer, a.Name, a.Note = canaries[0], canaries[1], canaries[2]
	a.Tags = []string{canaries[3]}
	a.Secret = otpcore.NewSecret(fmt.Appendf(nil, "canarysecret%08d", n))
	a.Recovery = recoveryCodesOf(fmt.Sprintf("canaryrecovery%08d", n))
	return a
}

// TestNothingIsReadableInTheFolder looks for names and keys in every file that
// 50 vaults leave.
func TestNothingIsReadableInTheFolder(t *testing.T) {
	sizes := map[int64]bool{}
	for n := range 50 {
		v := newVault(t)
		for i := range n%5 + 1 {
			add(t, v, canary(i))
		}
		err := filepath.WalkDir(filepath.Dir(v.Path()), func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			noCanary(t, mustRead(t, path), path)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(v.Path())
		if err != nil {
			t.Fatal(err)
		}
		sizes[info.Size()] = true
	}
	if len(sizes) != 1 {
		t.Errorf("vaults of 1 to 5 accounts have sizes %v: the number shows", sizes)
	}
}

func noCanary(t *testing.T, data []byte, where string) {
	t.Helper()
	needles := append([]string{"canarysecret", "canaryrecovery", otpcore.EncodeBase32([]byte("canarysecret"))[:16]}, canaries...)
	for _, needle := range needles {
		if bytes.Contains(data, []byte(needle)) {
			t.Errorf("%s shows %q", where, needle)
		}
	}
}

// TestPrintingShowsNoKey prints whatever a log, a panic or a debugger's habit
// could print.
func TestPrintingShowsNoKey(t *testing.T) {
	v := newVault(t)
	add(t, v, canary(1))
	identity := v.Identity().Reveal()
	err := v.Update(func(d *Draft) error {
		model := struct {
			vault    *Vault
			draft    *Draft
			identity Identity
			Identity Identity
			accounts []otpcore.Account
		}{v, d, d.identity, d.identity, d.Accounts()}
		for _, value := range []any{model, &model, v, d, d.identity, &d.identity} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
				text := fmt.Sprintf(verb, value)
				for _, needle := range []string{"canarysecret", "canaryrecovery", otpcore.EncodeBase32([]byte("canarysecret"))[:16], identity} {
					if strings.Contains(text, needle) || strings.Contains(text, fmt.Sprintf("%x", needle)) {
						t.Errorf("%s of %T shows %.12s…", verb, value, needle)
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%#v", v.Identity()); got != "[identity]" {
		t.Errorf("an identity prints as %s", got)
	}
	if _, err := json.Marshal(v.Identity()); err == nil {
		t.Error("JSON encodes an identity")
	}
	if err := gob.NewEncoder(&bytes.Buffer{}).Encode(v.Identity()); err == nil {
		t.Error("gob encodes an identity")
	}
}

// TestErrorsShowNoKey feeds keys with typing errors.
func TestErrorsShowNoKey(t *testing.T) {
	key, _ := x25519(t)
	text := key.String()
	for _, wrong := range []string{text[:20], text + "Q", "x" + text, strings.ToLower(text), "AGE-SECRET-KEY-PQ-1" + text[16:], "AGE-PLUGIN-X-1" + text[16:]} {
		_, err := ParseIdentity(wrong)
		if err == nil {
			t.Errorf("%.18s… of %d characters is accepted", wrong, len(wrong))
			continue
		}
		if strings.Contains(err.Error(), text[17:30]) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

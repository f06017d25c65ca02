package vault

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"otpane/otpcore"
)

// Vaults that were written once must open for ever. -make writes those that are
// missing and never replaces one; testdata/vaults/README.md says what is in them.
var makeGolden = flag.Bool("make", false, "write missing files in testdata/vaults")

// oneLiner is what the README and docs/vault-format.md promise: a vault opens
// without otpane.
const oneLiner = `age -d -i <(sed -n '/^-> otpane/,/^-/{/^-/!p}' "$1" | base64 -d) "$1"`

const (
	goldenDir        = "../testdata/vaults"
	goldenPassphrase = "correct horse battery staple"
	goldenWork       = 10
)

func golden(t *testing.T, name string, fill func(*Draft) error) *Vault {
	t.Helper()
	path := filepath.Join(goldenDir, name)
	if *makeGolden {
		makeVault(t, path, fill)
	}
	id, err := Unlock(path, []byte(goldenPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	v, err := Open(path, id, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func makeVault(t *testing.T, path string, fill func(*Draft) error) {
	t.Helper()
	aside := filepath.Join(t.TempDir(), "vault.age")
	v, err := Create(aside, Access{Passphrase: []byte(goldenPassphrase), WorkFactor: goldenWork}, (&clock{noon}).now)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Update(fill); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(mustRead(t, aside))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func goldenAccounts() []otpcore.Account {
	steam := otpcore.Account{
		Issuer: "Steam", Name: "プレイヤー", Kind: otpcore.Steam, Algorithm: otpcore.SHA1, Digits: 5, Period: 30,
		Secret: otpcore.NewSecret([]byte("steamsteamsteamsteam")),
	}
	long := otpcore.Account{
		Issuer: "Long", Kind: otpcore.TOTP, Algorithm: otpcore.SHA512, Digits: 10, Period: 86400, Unfinished: true,
		Secret:  otpcore.NewSecret([]byte("1234567890123456789012345678901234567890123456789012345678901234")),
		Created: noon.AddDate(-1, 0, 0), Used: noon.Add(-time.Hour), Uses: 214,
	}
	return []otpcore.Account{github(), counterAccount(), steam, long}
}

// fillGolden leaves an edit, a replaced key, and one account in the trash.
func fillGolden(d *Draft) error {
	for _, a := range goldenAccounts() {
		if a.Issuer == "Steam" {
			a.Secret = otpcore.NewSecret([]byte("replaced"))
		}
		if _, err := d.Add(a); err != nil {
			return err
		}
	}
	all := d.Accounts()
	all[2].Secret = goldenAccounts()[2].Secret
	if err := d.Set(all[2]); err != nil {
		return err
	}
	if _, err := d.Advance(all[1].ID); err != nil {
		return err
	}
	id, err := d.Add(otpcore.Account{
		Issuer: "Gone", Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
		Secret: otpcore.NewSecret([]byte("gonegonego")),
	})
	if err != nil {
		return err
	}
	return d.Delete(id)
}

func TestGoldenVault(t *testing.T) {
	v := golden(t, "v1.age", fillGolden)
	want := goldenAccounts()
	want[1].Counter, want[1].Uses, want[1].Used = 8, 1, noon
	for i := range want {
		if want[i].Created.IsZero() {
			want[i].Created = noon
		}
	}
	got := v.Accounts()
	for i := range got {
		if got[i].ID == "" {
			t.Errorf("account %d has no id", i)
		}
		got[i].ID = ""
	}
	sameAccounts(t, got, want)
	if v.Damaged() != 0 || v.ReadOnly() != nil {
		t.Errorf("%d damaged, read-only: %v", v.Damaged(), v.ReadOnly())
	}
	if trash := v.Trash(); len(trash) != 1 || trash[0].Issuer != "Gone" {
		t.Errorf("trash: %v", trash)
	}
}

// TestFormatDocument keeps the worked example of docs/vault-format.md true: the
// payload printed there is what the shipped file holds, and so is the code.
func TestFormatDocument(t *testing.T) {
	v := golden(t, "example.age", func(d *Draft) error {
		a := github()
		a.Tags, a.Note, a.Pinned = nil, "", false
		if _, err := d.Add(a); err != nil {
			return err
		}
		a = d.Accounts()[0]
		a.Note = "second phone"
		return d.Set(a)
	})
	document := string(mustRead(t, "../docs/vault-format.md"))
	_, rest, found := strings.Cut(document, "```json\n")
	printed, _, closed := strings.Cut(rest, "```\n")
	if !found || !closed {
		t.Fatal("docs/vault-format.md prints no payload")
	}
	file, err := open(mustRead(t, v.Path()), v.Identity())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(indented(t, file.payload), indented(t, []byte(printed))); diff != "" {
		t.Errorf("docs/vault-format.md prints another payload than example.age holds (-file +document):\n%s", diff)
	}
	code := v.Accounts()[0].At(time.Unix(59, 0)).Code
	if want := "at 59 seconds after 1970 is `" + code + "`"; !strings.Contains(document, want) {
		t.Errorf("docs/vault-format.md does not say that the code %s", want)
	}
	for _, promise := range []string{oneLiner[:strings.Index(oneLiner, `"$1"`)], goldenPassphrase} {
		if !strings.Contains(document, promise) {
			t.Errorf("docs/vault-format.md does not name %s", promise)
		}
	}
}

func indented(t *testing.T, text []byte) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

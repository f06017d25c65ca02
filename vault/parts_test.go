package vault

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"filippo.io/age/plugin"
)

// TestPartsAreNamedAndNotMade: of a vault that is there, of one that is gone, and
// behind a link.
func TestPartsAreNamedAndNotMade(t *testing.T) {
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "vault.age")
	parts, err := PartsOf(path)
	if err != nil || parts.File != path || len(parts.Copies)+len(parts.Strays) != 0 || !parts.Newest.IsZero() {
		t.Fatalf("%+v, %v", parts, err)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 0 {
		t.Fatalf("it made %v", entries)
	}

	now := time.Date(2026, 11, 22, 15, 4, 12, 0, time.UTC)
	v, err := Create(path, Access{Passphrase: []byte("long enough"), WorkFactor: 2}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		now = now.Add(time.Minute)
		if err := v.Update(func(d *Draft) error { return d.SetCorrection(time.Duration(now.Minute()) * time.Second) }); err != nil {
			t.Fatal(err)
		}
	}
	stray := filepath.Join(folder, ".vault.age.00ff.tmp")
	link := filepath.Join(folder, "link.age")
	for _, err := range []error{os.WriteFile(stray, nil, 0o600), os.WriteFile(filepath.Join(folder, ".other.age.00ff.tmp"), nil, 0o600), os.Symlink(path, link)} {
		if err != nil {
			t.Skip(err) // no links here
		}
	}
	parts, err = PartsOf(link)
	if err != nil || parts.File != path || parts.Folder != folder || !slices.Equal(parts.Strays, []string{stray}) {
		t.Errorf("%+v, %v", parts, err)
	}
	if len(parts.Copies) != 3 || !slices.IsSortedFunc(parts.Copies, func(a, b string) int { return cmp.Compare(b, a) }) || !parts.Newest.Equal(now) {
		t.Errorf("%d copies %v, the newest of %v", len(parts.Copies), parts.Copies, parts.Newest)
	}
	if _, err := os.Stat(parts.Lock); err != nil || filepath.Dir(parts.Copies[0]) != parts.Backups {
		t.Error(err, parts)
	}
}

func TestInspectReadsTheKeyFileToo(t *testing.T) {
	folder := t.TempDir()
	path, key := filepath.Join(folder, "vault.age"), filepath.Join(folder, "key.age")
	if _, err := Create(path, Access{Passphrase: []byte("long enough"), WorkFactor: 3, DetachedKey: key}, time.Now); err != nil {
		t.Fatal(err)
	}
	if info, err := Inspect(path); err != nil || info != (Info{Passphrase: true, Detached: true}) {
		t.Errorf("%+v, %v", info, err)
	}
	if info, err := Inspect(path, DetachedKey(key)); err != nil || info != (Info{Passphrase: true, Detached: true, WorkFactor: 3}) {
		t.Errorf("%+v, %v", info, err)
	}
	if info, err := Inspect(path, DetachedKey(filepath.Join(folder, "none"))); err != nil || info.WorkFactor != 0 {
		t.Errorf("of a key file that is not there: %+v, %v", info, err)
	}
}

func TestRecipientsNameTheirPlugin(t *testing.T) {
	for text, want := range map[string]string{
		"age1t3fxyayxutwz27h0fx3rg2n568eh5elj7xls3t2sllexdy06aakqfl84mt": "",
		"age1pq1abc":           "",
		"ssh-ed25519 AAAA":     "",
		"AGE-PLUGIN-YUBIKEY-1": "age-plugin-yubikey",
		"age1":                 "",
		plugin.EncodeRecipient("yubikey", []byte("x")):  "age-plugin-yubikey",
		plugin.EncodeRecipient("se-x1y", []byte("xyz")): "age-plugin-se-x1y",
		plugin.EncodeIdentity("yubikey", []byte("x")):   "age-plugin-yubikey",
	} {
		if got := (Recipient{Text: text}).Plugin(); got != want {
			t.Errorf("%s needs %q, want %q", text, got, want)
		}
	}
}

package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

// writeVault puts a file where a vault could lie.
func writeVault(t testing.TB, data []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "vault.age")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// encrypted makes an ordinary age file.
func encrypted(t testing.TB, payload string, to ...age.Recipient) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, payload); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func x25519(t testing.TB) (*age.X25519Identity, Identity) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	id, err := ParseIdentity(key.String())
	if err != nil {
		t.Fatal(err)
	}
	return key, id
}

func passphraseRecipient(t testing.TB, passphrase string) age.Recipient {
	t.Helper()
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	r.SetWorkFactor(lowWork)
	return r
}

func TestErrorsAreToldApart(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	good := mustRead(t, v.Path())
	key, id := x25519(t)
	_, stranger := x25519(t)
	header := bytes.Index(good, []byte("\n---"))
	flip := func(i int) []byte {
		data := bytes.Clone(good)
		data[i] ^= 1
		return data
	}
	newer := bytes.Replace(good, []byte("age-encryption.org/v1"), []byte("age-encryption.org/v2"), 1)
	newerSeal := bytes.Replace(good, []byte("identity-v1"), []byte("identity-v2"), 1)
	for name, c := range map[string]struct {
		file       []byte
		id         Identity
		open       error
		unlock     error
		passphrase string
	}{
		"whole":             {good, v.Identity(), nil, nil, testPassphrase},
		"wrong passphrase":  {good, v.Identity(), nil, ErrPassphrase, "wrong passphrase"},
		"no passphrase":     {good, v.Identity(), nil, ErrPassphrase, ""},
		"wrong identity":    {good, stranger, ErrIdentity, nil, testPassphrase},
		"no identity":       {good, Identity{}, ErrIdentity, nil, testPassphrase},
		"empty":             {nil, v.Identity(), ErrDamaged, ErrDamaged, testPassphrase},
		"cut in the intro":  {good[:9], v.Identity(), ErrDamaged, ErrDamaged, testPassphrase},
		"cut in the header": {good[:header], v.Identity(), ErrDamaged, ErrDamaged, testPassphrase},
		"cut in the body":   {good[:len(good)-1], v.Identity(), ErrDamaged, nil, testPassphrase},
		"bit in the seal":   {flip(header - 5), v.Identity(), ErrDamaged, ErrDamaged, testPassphrase},
		"bit in the body":   {flip(len(good) - 9), v.Identity(), ErrDamaged, nil, testPassphrase},
		"newer age":         {newer, v.Identity(), ErrNewer, ErrNewer, testPassphrase},
		"newer seal":        {newerSeal, v.Identity(), ErrNewer, ErrNewer, testPassphrase},
		"a picture":         {[]byte("\x89PNG\r\n\x1a\n"), v.Identity(), ErrNotVault, ErrNotVault, testPassphrase},
		"age export": {encrypted(t, "{}", passphraseRecipient(t, testPassphrase)), id,
			ErrNotVault, ErrNotVault, testPassphrase},
		"other age file": {encrypted(t, "hello", key.Recipient()), id, ErrNotVault, ErrNoPassphrase, testPassphrase},
		"other JSON":     {encrypted(t, `{"version":1}`, key.Recipient()), id, ErrNotVault, ErrNoPassphrase, testPassphrase},
		"no version": {encrypted(t, `{"format":"otpane vault"}`, key.Recipient()), id,
			ErrDamaged, ErrNoPassphrase, testPassphrase},
		"broken member": {encrypted(t, `{"format":"otpane vault","version":1,"accounts":{}}`, key.Recipient()), id,
			ErrDamaged, ErrNoPassphrase, testPassphrase},
		"newer payload beyond reading": {encrypted(t, `{"format":"otpane vault","version":2,"accounts":{}}`, key.Recipient()), id,
			ErrNewer, ErrNoPassphrase, testPassphrase},
		"age as text": {[]byte("-----BEGIN AGE ENCRYPTED FILE-----\n"), id, ErrNotVault, ErrNotVault, testPassphrase},
	} {
		path := writeVault(t, c.file)
		if _, err := Open(path, c.id, v.now); !errors.Is(err, c.open) {
			t.Errorf("%s: Open: %v, want %v", name, err, c.open)
		}
		if _, err := Unlock(path, []byte(c.passphrase)); !errors.Is(err, c.unlock) {
			t.Errorf("%s: Unlock: %v, want %v", name, err, c.unlock)
		}
	}
}

func TestNotThere(t *testing.T) {
	dir := t.TempDir()
	nothing := filepath.Join(dir, "vault.age")
	_, id := x25519(t)
	if _, err := Open(nothing, id, time.Now); !errors.Is(err, ErrNotFound) {
		t.Errorf("Open: %v, want ErrNotFound", err)
	}
	if _, err := Unlock(nothing, []byte(testPassphrase)); !errors.Is(err, ErrNotFound) {
		t.Errorf("Unlock: %v, want ErrNotFound", err)
	}
	if _, err := Inspect(nothing); !errors.Is(err, ErrNotFound) {
		t.Errorf("Inspect: %v, want ErrNotFound", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// A folder, and a path below a file: something is in the way, so this is
	// not the place for a first vault.
	for _, path := range []string{dir, filepath.Join(dir, "file", "vault.age")} {
		if _, err := Open(path, id, time.Now); err == nil || errors.Is(err, ErrNotFound) {
			t.Errorf("Open(%s): %v", path, err)
		}
	}
}

// TestEveryDamageIsRefused cuts a vault at every length and turns every bit.
func TestEveryDamageIsRefused(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	add(t, v, github())
	good := mustRead(t, v.Path())
	if _, err := read(good, v.Identity()); err != nil {
		t.Fatal(err)
	}
	for n := range good {
		refuse(t, fmt.Sprintf("cut to %d bytes", n), good[:n], v.Identity())
	}
	damaged := bytes.Clone(good)
	for i := range good {
		for bit := range 8 {
			damaged[i] ^= 1 << bit
			refuse(t, fmt.Sprintf("byte %d, bit %d", i, bit), damaged, v.Identity())
			damaged[i] = good[i]
		}
	}
}

func read(file []byte, id Identity) (*document, error) {
	o, err := open(file, id)
	if err != nil {
		return nil, err
	}
	return readDocument(o.payload)
}

func refuse(t *testing.T, what string, file []byte, id Identity) {
	t.Helper()
	_, err := read(file, id)
	if err == nil {
		t.Errorf("%s: accepted", what)
	}
	if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotVault) && !errors.Is(err, ErrNewer) {
		t.Errorf("%s: %v, which is not damage", what, err)
	}
}

// TestHeaderDamageIsNoWrongPassphrase: who is told "wrong passphrase" tries
// others and gives up; who is told "damaged" takes a backup.
func TestHeaderDamageIsNoWrongPassphrase(t *testing.T) {
	good := mustRead(t, newVault(t).Path())
	damaged := bytes.Clone(good)
	seal := bytes.Index(good, []byte(sealedType)) + len(sealedType)
	end := bytes.Index(good, []byte("\n---"))
	if seal < 0 || end < seal {
		t.Fatal("no sealed identity in the header")
	}
	path := writeVault(t, nil)
	for i := range end {
		damaged[i] ^= 2
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Unlock(path, []byte(testPassphrase)); err == nil || errors.Is(err, ErrPassphrase) {
			t.Errorf("byte %d: %v", i, err)
		}
		damaged[i] = good[i]
	}
}

func TestHostileHeaderIsRefusedBeforeWork(t *testing.T) {
	key, id := x25519(t)
	stanza := &age.Stanza{Type: "other", Body: make([]byte, 40)}
	many := make([]age.Recipient, maxStanzas)
	for i := range many {
		many[i] = fixedStanza{stanza}
	}
	huge := fixedStanza{&age.Stanza{Type: "other", Body: make([]byte, maxHeader)}}
	for name, file := range map[string][]byte{
		"stanzas": encrypted(t, "{}", append(many, key.Recipient())...),
		"size":    encrypted(t, "{}", huge, key.Recipient()),
	} {
		if _, err := Open(writeVault(t, file), id, time.Now); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want ErrDamaged", name, err)
		}
	}
	for logN := maxWorkFactor + 1; logN <= 30; logN++ {
		path := writeVault(t, vaultWithWorkFactor(t, logN))
		if _, err := Unlock(path, []byte(testPassphrase)); !errors.Is(err, ErrWorkFactor) {
			t.Errorf("work factor %d: %v, want ErrWorkFactor", logN, err)
		}
		if info, err := Inspect(path); err != nil || info.WorkFactor != logN {
			t.Errorf("work factor %d: Inspect says %+v, %v", logN, info, err)
		}
	}
	// Allowed by the user, it is tried: the stanza below is nonsense.
	path := writeVault(t, vaultWithWorkFactor(t, 5))
	if _, err := Unlock(path, []byte(testPassphrase), MaxWorkFactor(4)); !errors.Is(err, ErrWorkFactor) {
		t.Errorf("over the limit: %v, want ErrWorkFactor", err)
	}
	if _, err := Unlock(path, []byte(testPassphrase), MaxWorkFactor(5)); !errors.Is(err, ErrPassphrase) {
		t.Errorf("within the limit: %v, want ErrPassphrase", err)
	}
}

// vaultWithWorkFactor asks for work that this test could not do.
func vaultWithWorkFactor(t *testing.T, logN int) []byte {
	t.Helper()
	key, _ := x25519(t)
	scrypt := fixedStanza{&age.Stanza{Type: "scrypt", Args: []string{strings.Repeat("A", 22), fmt.Sprint(logN)}, Body: make([]byte, 32)}}
	sealed := encrypted(t, "AGE-SECRET-KEY-", scrypt)
	file, err := encrypt([]byte("{}"), sealedKey{body: sealed}, []string{key.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

type fixedStanza struct{ stanza *age.Stanza }

func (f fixedStanza) Wrap([]byte) ([]*age.Stanza, error) { return []*age.Stanza{f.stanza}, nil }

// planted is a vault with a payload that another program wrote. It names the
// recipient, as every payload does. payload reads what is on disk later.
func planted(t *testing.T, version int, format string, args ...any) (v *Vault, payload func() fields) {
	t.Helper()
	key, id := x25519(t)
	head := fmt.Sprintf(`{"format":"otpane vault","version":%d,"recipients":[{"recipient":%q}],`, version, key.Recipient())
	path := writeVault(t, encrypted(t, head+fmt.Sprintf(format, args...)+"}", key.Recipient()))
	v, err := Open(path, id, (&clock{noon}).now)
	if err != nil {
		t.Fatal(err)
	}
	return v, func() fields {
		plain, err := decrypt(mustRead(t, path), maxFile, key)
		if err != nil {
			t.Fatal(err)
		}
		var all fields
		if err := json.Unmarshal(plain, &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
}

const goodRecord = `{"id":"good","type":"totp","algorithm":"SHA1","digits":6,"period":30,"secret":"GEZDGNBV","later":{"a":[1]}}`

func TestUnknownFieldsSurvive(t *testing.T) {
	v, payload := planted(t, 1, `"later":{"b":2},"accounts":[%s]`, goodRecord)
	err := v.Update(func(d *Draft) error {
		a, ok := d.Account("good")
		if !ok {
			t.Fatal("the account is not there")
		}
		a.Note = "edited"
		return d.Set(a)
	})
	if err != nil {
		t.Fatal(err)
	}
	all := payload()
	var accounts []fields
	if err := json.Unmarshal(all["accounts"], &accounts); err != nil || len(accounts) != 1 {
		t.Fatal(err, len(accounts))
	}
	if got := string(accounts[0]["later"]); got != `{"a":[1]}` {
		t.Errorf("the account's unknown field is %s", got)
	}
	if got := string(all["later"]); got != `{"b":2}` {
		t.Errorf("the vault's unknown field is %s", got)
	}
	if got := string(accounts[0]["note"]); got != `"edited"` {
		t.Errorf("note: %s", got)
	}
}

func TestUnreadableNoteSurvivesAnEditBesideIt(t *testing.T) {
	record := strings.Replace(goodRecord, `"later"`, `"note":{"rich":true},"later"`, 1)
	v, payload := planted(t, 1, `"accounts":[%s]`, record)
	if len(v.Accounts()) != 1 || v.Accounts()[0].Note != "" {
		t.Fatal("an account with an unreadable note is lost")
	}
	err := v.Update(func(d *Draft) error {
		a := d.Accounts()[0]
		a.Issuer = "Site"
		return d.Set(a)
	})
	if err != nil {
		t.Fatal(err)
	}
	if raw := string(payload()["accounts"]); !strings.Contains(raw, `"note":{"rich":true}`) || !strings.Contains(raw, `"Site"`) {
		t.Errorf("accounts: %s", raw)
	}
}

func TestDamagedAccountsBlockNobody(t *testing.T) {
	damaged := []string{
		`null`, `7`, `"text"`, `[]`, `{}`, `{"id":"x"}`,
		`{"id":"a","type":"totp","algorithm":"SHA1","digits":6,"period":30,"secret":"1"}`,
		`{"id":"b","type":"totp","algorithm":"SHA1","digits":6,"period":30}`,
		`{"id":"c","type":"motp","algorithm":"SHA1","digits":6,"period":30,"secret":"GEZDGNBV"}`,
		`{"id":"d","type":"totp","algorithm":"MD5","digits":6,"period":30,"secret":"GEZDGNBV"}`,
		`{"id":"e","type":"totp","algorithm":"SHA1","digits":-6,"period":30,"secret":"GEZDGNBV"}`,
		`{"id":"f","type":"totp","algorithm":"SHA1","digits":6,"period":0,"secret":"GEZDGNBV"}`,
		`{"id":"g","type":"hotp","algorithm":"SHA1","digits":6,"counter":-1,"secret":"GEZDGNBV"}`,
		`{"id":"h","type":1,"algorithm":"SHA1","digits":6,"period":30,"secret":"GEZDGNBV"}`,
	}
	v, payload := planted(t, 1, `"accounts":[%s,%s]`, strings.Join(damaged, ","), goodRecord)
	if n := v.Damaged(); n != len(damaged) {
		t.Errorf("%d damaged, want %d", n, len(damaged))
	}
	if all := v.Accounts(); len(all) != 1 || all[0].ID != "good" {
		t.Fatalf("accounts: %v", all)
	}
	add(t, v, github())
	if n := v.Damaged(); n != len(damaged) {
		t.Errorf("%d damaged after a save, want %d", n, len(damaged))
	}
	raw := string(payload()["accounts"])
	for _, want := range damaged[:3] {
		if !strings.Contains(raw, want) {
			t.Errorf("%s was dropped", want)
		}
	}
	for _, id := range strings.Split("xabcdefgh", "") {
		if !strings.Contains(raw, fmt.Sprintf(`{"id":%q`, id)) {
			t.Errorf("the damaged account %q was dropped", id)
		}
	}
}

// TestRandomDamagesBlockNobody cuts, drops, doubles and retypes what is in a
// record, 200 times; the account beside it works and nothing is dropped.
func TestRandomDamagesBlockNobody(t *testing.T) {
	random := rand.New(rand.NewPCG(12, 12))
	key, id := x25519(t)
	harmful := 0
	for n := range 200 {
		bad := damagedRecord(random)
		payload := fmt.Sprintf(`{"format":"otpane vault","version":1,"recipients":[{"recipient":%q}],"accounts":[%s,%s]}`,
			key.Recipient(), bad, goodRecord)
		v, err := Open(writeVault(t, encrypted(t, payload, key.Recipient())), id, (&clock{noon}).now)
		if err != nil {
			t.Fatalf("%d: %s: %v", n, bad, err)
		}
		harmful += v.Damaged()
		all := v.Accounts()
		if len(all)+v.Damaged() != 2 || all[len(all)-1].ID != "good" {
			t.Errorf("%d: %s: %d accounts, %d damaged", n, bad, len(all), v.Damaged())
		}
		add(t, v, counterAccount())
		if again := reopen(t, v); len(again.Accounts())+again.Damaged() != 3 || again.Damaged() != v.Damaged() {
			t.Errorf("%d: %s: %d accounts, %d damaged after a save", n, bad, len(again.Accounts()), again.Damaged())
		}
	}
	if harmful < 50 {
		t.Errorf("only %d of 200 damages did harm", harmful)
	}
}

func damagedRecord(random *rand.Rand) string {
	var all fields
	if err := json.Unmarshal(newRecord("bad", github(), "").raw, &all); err != nil {
		panic(err)
	}
	names := all.order()
	for range 1 + random.IntN(2) {
		name := names[random.IntN(len(names))]
		values := []string{`null`, `-1`, `1e99`, `""`, `"\u0000"`, `[]`, `{}`, `true`, `"totp"`, `99`, `[[[[]]]]`}
		if random.IntN(3) == 0 {
			delete(all, name)
		} else {
			all[name] = json.RawMessage(values[random.IntN(len(values))])
		}
	}
	return string(all.record().raw)
}

func TestRecordsGetIDsOfTheirOwn(t *testing.T) {
	nameless := strings.Replace(goodRecord, `"id":"good",`, "", 1)
	v, _ := planted(t, 1, `"accounts":[%s,%s,%s,%s,%s]`, goodRecord, goodRecord, goodRecord, nameless, nameless)
	all := v.Accounts()
	if len(all) != 5 || all[0].ID != "good" {
		t.Fatalf("%d accounts, want 5; the first is %q", len(all), all[0].ID)
	}
	ids := map[string]bool{"": true}
	for _, a := range all {
		if ids[a.ID] {
			t.Errorf("the id %q stands for two accounts", a.ID)
		}
		ids[a.ID] = true
	}
	again := reopen(t, v).Accounts()
	for i := range all {
		if again[i].ID != all[i].ID {
			t.Errorf("id %d is %q, then %q", i, all[i].ID, again[i].ID)
		}
	}
}

func TestNewerVaultIsReadOnly(t *testing.T) {
	v, _ := planted(t, 2, `"shape":"new","accounts":[%s]`, goodRecord)
	file := mustRead(t, v.Path())
	if !errors.Is(v.ReadOnly(), ErrNewer) {
		t.Errorf("ReadOnly: %v, want ErrNewer", v.ReadOnly())
	}
	if len(v.Accounts()) != 1 {
		t.Errorf("%d accounts, want 1", len(v.Accounts()))
	}
	if err := v.Update(func(d *Draft) error { return d.Delete("good") }); !errors.Is(err, ErrNewer) {
		t.Errorf("Update: %v, want ErrNewer", err)
	}
	if err := v.ChangePassphrase([]byte("another passphrase"), WorkFactor(lowWork)); !errors.Is(err, ErrNewer) {
		t.Errorf("ChangePassphrase: %v, want ErrNewer", err)
	}
	if !bytes.Equal(mustRead(t, v.Path()), file) {
		t.Error("the file changed")
	}
}

//go:build unix

package cli

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"otpane/otpcore"
	"otpane/ui/host"
	"otpane/vault"
)

// ward is a home in which nothing is wrong, until a scene makes something so.
type ward struct {
	t    *testing.T
	home string
	key  vault.Identity
	env  map[string]string
	machine
	flags func(*program)
}

const (
	wardPassphrase = "correct horse battery staple"
	wardNow        = "2026-11-22T15:04:12Z"
)

func wardTime() time.Time {
	now, _ := time.Parse(time.RFC3339, wardNow)
	return now
}

// healthy is made once, because its passphrase costs what it should.
func healthy(t *testing.T) (folder string) {
	t.Helper()
	w := &ward{t: t, home: t.TempDir()}
	w.must(os.Chmod(w.home, 0o700))
	identity, err := age.GenerateX25519Identity()
	w.must(err)
	w.write("key.txt", identity.String()+"\n")
	w.write("passphrase.txt", wardPassphrase+"\n")
	w.key, err = vault.ParseIdentity(identity.String())
	w.must(err)
	w.write(".bashrc", "source <(otpane completion bash)\n")
	w.must(os.MkdirAll(w.path("Pictures"), 0o755))
	w.write(".config/otpane/config.toml", "inbox = \"~/Pictures\"\nhide_on_blur = true\nkeyring = true\n[vaults]\nmine = \"~/.local/share/otpane/vault.age\"\n")
	v, err := vault.Create(w.vault(), vault.Access{Passphrase: []byte(wardPassphrase), Identity: w.key}, wardTime)
	w.must(err)
	w.must(v.Update(func(d *vault.Draft) error {
		for i, name := range []string{"alice", "bob"} {
			id, err := d.Add(otpcore.Account{
				Issuer: "GitHub", Name: name, Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30,
				Secret: otpcore.NewSecret(bytes.Repeat([]byte{byte(i + 1)}, 20)),
			})
			if err != nil {
				return err
			}
			if _, err := d.AddRecoveryCodes(id, otpcore.ParseRecoveryCodes("aaaa-1111\nbbbb-2222\ncccc-3333\n")); err != nil {
				return err
			}
		}
		return nil
	}))
	return w.home
}

// admitted is a ward of its own whose home is a copy.
func admitted(t *testing.T) *ward {
	t.Helper()
	w := &ward{t: t, home: filepath.Join(t.TempDir(), "home"), env: map[string]string{}}
	makeHealthy.Do(func() { healthyHome = keep(t, healthy(t)) })
	for _, one := range healthyHome {
		w.must(one.putInto(w.home))
	}
	t.Setenv("HOME", w.home)
	t.Setenv("TMPDIR", w.path("tmp"))
	w.must(os.MkdirAll(w.path("tmp"), 0o700))
	w.must(os.MkdirAll(w.path("run"), 0o700))
	text, err := os.ReadFile(w.path("key.txt"))
	w.must(err)
	w.key, err = vault.ParseIdentity(string(text))
	w.must(err)
	for name, value := range map[string]string{
		"HOME": w.home, "SHELL": "/bin/bash", "TERM": "xterm-256color", "LANG": "C.UTF-8", "OTPANE_IDENTITY": w.path("key.txt"),
		"XDG_DATA_HOME": w.path(".local/share"), "XDG_CONFIG_HOME": w.path(".config"), "XDG_STATE_HOME": w.path(".local/state"), "XDG_RUNTIME_DIR": w.path("run"),
	} {
		w.env[name] = value
	}
	self, err := os.Executable()
	w.must(err)
	w.machine = machine{
		synchronised: func() (bool, bool) { return true, true },
		hardened:     func() (bool, bool) { return true, true },
		clipboard:    func([]string) ([]string, string) { return []string{"xclip", "OSC 52"}, "" },
		tmux: func(context.Context) (host.Tmux, bool, error) {
			return host.Tmux{Clipboard: true, Focus: true, Terminal: "foot"}, true, nil
		},
		served:  func(context.Context, string) error { return host.ErrNobody },
		keyring: func(context.Context, string) (vault.Identity, error) { return w.key, nil },
		program: func(name string) (string, error) {
			if name == agePlugin {
				return self, nil
			}
			return "", errors.New("not found")
		},
		free: func(string) (uint64, bool) { return 5 << 30, true },
		size: func() (int, int, error) { return 80, 24, nil },
	}
	return w
}

// kept is a file or folder of the healthy home.
type kept struct {
	name string
	mode fs.FileMode
	data []byte
}

var (
	makeHealthy sync.Once
	healthyHome []kept // folders before what lies in them
)

func keep(t *testing.T, home string) (all []kept) {
	t.Helper()
	err := filepath.WalkDir(home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		one := kept{name: strings.TrimPrefix(path, home), mode: info.Mode()}
		if !entry.IsDir() {
			one.data, err = os.ReadFile(path)
		}
		all = append(all, one)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (k kept) putInto(home string) error {
	if k.mode.IsDir() {
		return os.Mkdir(home+k.name, k.mode.Perm())
	}
	return os.WriteFile(home+k.name, k.data, k.mode.Perm())
}

func (w *ward) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) path(name string) string { return filepath.Join(w.home, name) }
func (w *ward) vault() string           { return w.path(".local/share/otpane/vault.age") }

func (w *ward) write(name, text string) {
	w.t.Helper()
	w.must(os.MkdirAll(filepath.Dir(w.path(name)), 0o700))
	w.must(os.WriteFile(w.path(name), []byte(text), 0o600))
}

func (w *ward) settings(line string) {
	w.t.Helper()
	text, err := os.ReadFile(w.path(".config/otpane/config.toml"))
	w.must(err)
	w.write(".config/otpane/config.toml", line+"\n"+string(text))
}

func (w *ward) open() *vault.Vault {
	w.t.Helper()
	v, err := vault.Open(w.vault(), w.key, wardTime)
	w.must(err)
	return v
}

func (w *ward) update(operation func(*vault.Draft) error) {
	w.t.Helper()
	w.must(w.open().Update(operation))
}

// change edits every account whose name fits.
func (w *ward) change(name string, how func(*otpcore.Account)) {
	w.t.Helper()
	w.update(func(d *vault.Draft) error {
		for _, a := range d.Accounts() {
			if a.Name == name {
				how(&a)
				return d.Set(a)
			}
		}
		return errors.New("no such account")
	})
}

// rewrite changes the payload as no otpane would; the passphrase is lost on the way.
func (w *ward) rewrite(from, to string) {
	w.t.Helper()
	data, err := os.ReadFile(w.vault())
	w.must(err)
	identity, err := age.ParseX25519Identity(strings.TrimSpace(w.key.Reveal()))
	w.must(err)
	plain, err := age.Decrypt(bytes.NewReader(data), identity)
	w.must(err)
	payload, err := io.ReadAll(plain)
	w.must(err)
	if !bytes.Contains(payload, []byte(from)) {
		w.t.Fatalf("the payload has no %q:\n%s", from, payload)
	}
	var file bytes.Buffer
	writer, err := age.Encrypt(&file, identity.Recipient())
	w.must(err)
	_, err = writer.Write(bytes.Replace(payload, []byte(from), []byte(to), 1))
	w.must(errors.Join(err, writer.Close(), os.WriteFile(w.vault(), file.Bytes(), 0o600)))
}

func (w *ward) damage(path string) {
	w.t.Helper()
	data, err := os.ReadFile(path)
	w.must(err)
	data[len(data)-1] ^= 1
	w.must(os.WriteFile(path, data, 0o600))
}

func (w *ward) backups() []string {
	w.t.Helper()
	parts, err := vault.PartsOf(w.vault())
	w.must(err)
	if len(parts.Copies) == 0 {
		w.t.Fatal("no backups to begin with")
	}
	return parts.Copies
}

func (w *ward) program(out io.Writer) *program {
	p := &program{ring: emptyRing{}, Env: Env{Stdout: out, Stderr: io.Discard, Getenv: func(name string) string { return w.env[name] }, Now: wardTime, WorkFactor: 2}}
	if w.flags != nil {
		w.flags(p)
	}
	return p
}

// emptyRing is the keyring of somebody who has none.
type emptyRing struct{}

func (emptyRing) Read(context.Context, string) (string, error) { return "", host.ErrNoKeyring }
func (emptyRing) Write(context.Context, string, string) error  { return host.ErrNoKeyring }
func (emptyRing) Remove(context.Context, string) error         { return host.ErrNoKeyring }

// diagnosis is what the doctor says, read back from its JSON, and the status.
func (w *ward) diagnosis() (found []finding, status int) {
	w.t.Helper()
	w.environment = nil
	for name, value := range w.env {
		w.environment = append(w.environment, name+"="+value)
	}
	var out bytes.Buffer
	p := w.program(&out)
	status = p.report(p.doctor(w.t.Context(), w.machine, true))
	if err := json.Unmarshal(out.Bytes(), &found); err != nil {
		w.t.Fatalf("%v:\n%s", err, out.String())
	}
	return found, status
}

func TestDoctorFindsNothingInAHealthyHome(t *testing.T) {
	w := admitted(t)
	found, status := w.diagnosis()
	if status != done {
		t.Errorf("status %d", status)
	}
	looked := map[string]bool{}
	for _, f := range found {
		looked[f.Check] = true
		if f.State != isFine || f.What == "" || f.Mend != "" {
			t.Errorf("%+v", f)
		}
	}
	for _, c := range checks {
		if !looked[c.name] {
			t.Errorf("%s was not looked at", c.name)
		}
	}
}

// malady is a scene in which one thing is not fine.
type malady struct {
	check  string
	name   string
	cause  func(*ward)
	state  condition
	what   string // within the sentence
	mend   string // the command, as a pattern
	status int
	also   string // other checks that the same scene touches
}

var maladies = []malady{
	{"vault", "gone", func(w *ward) { w.must(os.Remove(w.vault())) }, isWrong, "no vault at ", `otpane backup restore`, failed, "unopened vaults passphrase"},
	{"vault", "never there", func(w *ward) { w.must(os.RemoveAll(filepath.Dir(w.vault()))) }, isWrong, "no vault at ", `otpane init`, failed, "unopened vaults passphrase backups copies"},
	{"vault", "damaged", func(w *ward) { w.damage(w.vault()) }, isWrong, "is damaged", `otpane backup restore`, failed, "unopened"},
	{"vault", "another identity", func(w *ward) {
		other, err := age.GenerateX25519Identity()
		w.must(err)
		w.write("key.txt", other.String())
	}, isWrong, "does not open", `otpane doctor --identity FILE`, wrongPassphrase, "unopened backups"},
	{"vault", "another passphrase", func(w *ward) {
		w.write("other.txt", "not this one at all\n")
		w.flags = func(p *program) { p.passphraseFlag = w.path("other.txt") }
	}, isWrong, "wrong passphrase", `otpane passphrase --recovery-key`, wrongPassphrase, "unopened backups"},
	{"vault", "nobody to ask", func(w *ward) { delete(w.env, "OTPANE_IDENTITY") }, isWrong, "no terminal to ask", `otpane doctor --passphrase-file FILE`, misused, "unopened backups"},
	{"vault", "no vault of that name", func(w *ward) { w.flags = func(p *program) { p.vaultFlag = "mein" } }, isWrong, "there is no vault", `otpane config check`, misused, "unopened everything"},

	{"version", "newer", func(w *ward) { w.rewrite(`"version":1`, `"version":9`) }, isWorthDoing, "read-only", ``, done, "passphrase recovery key"},
	{"damage", "an account", func(w *ward) { w.rewrite(`"algorithm":"SHA1"`, `"algorithm":"SHA7"`) }, isWrong, "1 account cannot be read", `otpane backup check`, failed, "passphrase recovery key"},
	{"passphrase", "cheap", func(w *ward) {
		w.must(w.open().ChangePassphrase([]byte(wardPassphrase), vault.WorkFactor(10)))
	}, isWorthDoing, "scrypt 2^10: a try at guessing it costs 1/256", `otpane passphrase`, done, ""},
	{"rollback", "an older copy", func(w *ward) {
		old, err := os.ReadFile(w.vault())
		w.must(err)
		w.change("bob", func(a *otpcore.Account) { a.Note = "newer" })
		w.program(io.Discard).see(w.open())
		w.must(os.WriteFile(w.vault(), old, 0o600))
	}, isWrong, "older than the one seen here", `otpane backup accept`, failed, ""},

	{"files", "vault for all", func(w *ward) { w.must(os.Chmod(w.vault(), 0o644)) }, isWrong, "others may read the vault (mode 0644)", `chmod 600 ~/\.local/share/otpane/vault\.age`, failed, ""},
	{"files", "folder for all", func(w *ward) { w.must(os.Chmod(filepath.Dir(w.vault()), 0o777)) }, isWrong, "others may put files into the vault's folder", `chmod 700 ~/\.local/share/otpane`, failed, ""},
	{"files", "folder to look into", func(w *ward) { w.must(os.Chmod(filepath.Dir(w.vault()), 0o755)) }, isWorthDoing, "others may look into the vault's folder", `chmod 700 ~/\.local/share/otpane`, done, ""},
	{"files", "backup for the group", func(w *ward) { w.must(os.Chmod(w.backups()[0], 0o640)) }, isWrong, "others may read a backup", `chmod 600 ~/\.local/share/otpane/backups/\S+`, failed, ""},
	{"files", "key for all", func(w *ward) { w.must(os.Chmod(w.path("key.txt"), 0o644)) }, isWrong, "others may read what opens the vault", `chmod 600 ~/key\.txt`, failed, ""},
	{"files", "memory for all", func(w *ward) {
		w.program(io.Discard).see(w.open())
		w.must(os.Chmod(w.path(".local/state/otpane"), 0o777))
	}, isWrong, "what otpane remembers", `chmod 700 ~/\.local/state/otpane`, failed, ""},
	{"links", "the lock", func(w *ward) {
		lock := filepath.Join(filepath.Dir(w.vault()), ".vault.age.lock")
		w.must(os.Remove(lock))
		w.must(os.Symlink(w.path("elsewhere"), lock))
	}, isWrong, "no save follows it", `rm ~/\.local/share/otpane/\.vault\.age\.lock`, failed, ""},
	{"links", "the backups", func(w *ward) {
		folder := filepath.Dir(w.backups()[0])
		w.must(os.Rename(folder, w.path("elsewhere")))
		w.must(os.Symlink(w.path("elsewhere"), folder))
	}, isWorthDoing, "backups is a link", ``, done, ""},
	{"leftovers", "of a save", func(w *ward) {
		w.write(".local/share/otpane/.vault.age.0123.tmp", "half")
		w.must(os.Chtimes(w.path(".local/share/otpane/.vault.age.0123.tmp"), wardTime().Add(-time.Hour), wardTime().Add(-time.Hour)))
	}, isWorthDoing, "1 temporary file", `rm -r ~/\.local/share/otpane/\.vault\.age\.0123\.tmp`, done, ""},
	{"leftovers", "of a picture", func(w *ward) {
		w.write("run/otpane-123456/screen.png", "\x89PNG")
		w.must(os.Chtimes(w.path("run/otpane-123456"), wardTime().Add(-time.Hour), wardTime().Add(-time.Hour)))
	}, isWorthDoing, "1 temporary file", `rm -r ~/run/otpane-123456`, done, ""},

	{"backups", "damaged", func(w *ward) { w.damage(w.backups()[0]) }, isWrong, "1 backup does not open: vault.age.", `otpane backup check`, failed, ""},
	{"backups", "of others", func(w *ward) {
		other, err := age.GenerateX25519Identity()
		w.must(err)
		id, err := vault.ParseIdentity(other.String())
		w.must(err)
		_, err = vault.Create(w.path("other.age"), vault.Access{Identity: id}, wardTime)
		w.must(err)
		w.must(os.Rename(w.path("other.age"), w.backups()[0]))
	}, isWorthDoing, "1 backup opens with another passphrase", `otpane backup check`, done, ""},
	{"backups", "none", func(w *ward) { w.must(os.RemoveAll(filepath.Dir(w.backups()[0]))) }, isWorthDoing, "none beside the vault", `otpane export --format age -o FILE`, done, ""},
	{"copies", "of Syncthing", func(w *ward) {
		w.write(".local/share/otpane/vault.sync-conflict-20261122-120000-ABCDEFG.age", "x")
	}, isWorthDoing, "1 conflict copy lies beside the vault", `otpane merge`, done, ""},
	{"two keys", "since a merge", func(w *ward) {
		data, err := os.ReadFile(w.vault())
		w.must(err)
		w.must(os.WriteFile(w.path("copy.age"), data, 0o600))
		w.change("bob", func(a *otpcore.Account) { a.Secret = otpcore.NewSecret(bytes.Repeat([]byte("x"), 20)) })
		other, err := vault.Open(w.path("copy.age"), w.key, func() time.Time { return wardTime().Add(time.Hour) })
		w.must(err)
		w.must(other.Update(func(d *vault.Draft) error {
			a := d.Accounts()[1]
			a.Secret = otpcore.NewSecret(bytes.Repeat([]byte("y"), 20))
			return d.Set(a)
		}))
		_, err = w.open().Merge(w.path("copy.age"), vault.Identity{})
		w.must(err)
	}, isWrong, "two keys for GitHub · bob", `otpane merge --keep CODE`, failed, ""},
	{"recovery key", "a passphrase alone", func(w *ward) {
		v := w.open()
		w.must(v.ChangePassphrase([]byte(wardPassphrase), vault.WorkFactor(10)))
		w.must(v.RemoveRecipient(w.key.Recipients()[0]))
		w.env["OTPANE_IDENTITY"] = ""
		w.env["OTPANE_PASSPHRASE_FILE"] = w.path("passphrase.txt")
	}, isWorthDoing, "who forgets the passphrase loses the vault", `otpane recipients recovery`, done, "passphrase backups keyring"},
	{"recovery key", "a keyring alone", func(w *ward) {
		w.rewrite(`"recipients":[{"recipient":`, `"recipients":[{"label":"keyring of here","recipient":`)
	}, isWorthDoing, "one identity alone", `otpane recipients recovery`, done, "passphrase"},
	{"recovery key", "an identity alone", func(w *ward) { w.rewrite(`"GitHub"`, `"Github"`) }, isWorthDoing, "one identity alone", `otpane recipients recovery`, done, "passphrase"},
	{"recipients", "a plugin that is not here", func(w *ward) {
		w.rewrite(`"recipients":[`, `"recipients":[{"recipient":"age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t","label":"blue","stamp":"01a20320a200-0001-c20b5f46"},`)
	}, isWrong, "age-plugin-yubikey is not on the PATH: without it nothing can be saved, because blue", ``, failed, "passphrase"},
	{"synced", "vault and key", func(w *ward) {
		for _, file := range []string{"vault.age", "key.txt"} {
			w.write("Dropbox/"+file, "")
		}
		w.must(os.Rename(w.vault(), w.path("Dropbox/vault.age")))
		w.must(os.Rename(w.path("key.txt"), w.path("Dropbox/key.txt")))
		w.env["OTPANE_IDENTITY"] = w.path("Dropbox/key.txt")
		w.flags = func(p *program) { p.vaultFlag = w.path("Dropbox/vault.age") }
	}, isWrong, "Dropbox has the vault and what opens it", ``, failed, "backups vaults"},
	{"synced", "the key", func(w *ward) {
		w.write("Nextcloud/key.txt", "")
		w.must(os.Rename(w.path("key.txt"), w.path("Nextcloud/key.txt")))
		w.env["OTPANE_IDENTITY"] = w.path("Nextcloud/key.txt")
	}, isWorthDoing, "Nextcloud has what opens the vault: key.txt", ``, done, ""},
	{"synced", "the key beside the vault", func(w *ward) {
		w.write(".local/share/otpane/apart.txt", "")
		w.flags = func(p *program) { p.keyFlag = w.path(".local/share/otpane/apart.txt") }
	}, isWorthDoing, "the key file lies beside the vault", ``, done, ""},
	{"disk", "full", func(w *ward) { w.free = func(string) (uint64, bool) { return 30 << 10, true } }, isWrong, "30 KiB free beside the vault: nothing can be saved", ``, failed, ""},
	{"disk", "nearly full", func(w *ward) { w.free = func(string) (uint64, bool) { return 3 << 20, true } }, isWorthDoing, "3 MiB free", ``, done, ""},
	{"exports", "in plain text", func(w *ward) {
		w.write("Dropbox/my codes.txt", "otpauth://")
		w.must(w.program(io.Discard).noteReadable(w.vault(), w.path("Dropbox/my codes.txt")))
	}, isWrong, "1 file holds your keys in plain text: my codes.txt; Dropbox may have copies", `rm ~/'Dropbox/my codes\.txt'`, failed, ""},

	{"unfinished", "for days", func(w *ward) {
		w.change("bob", func(a *otpcore.Account) { a.Unfinished, a.Created = true, wardTime().AddDate(0, 0, -12) })
	}, isWorthDoing, "GitHub · bob, the oldest for 12 days", `otpane edit \S+ --finished`, done, ""},
	{"short keys", "of 56 bits", func(w *ward) {
		w.change("bob", func(a *otpcore.Account) { a.Secret = otpcore.NewSecret([]byte("1234567")) })
	}, isWorthDoing, "GitHub · bob (56 bits)", `otpane add`, done, ""},
	{"same key", "under two names", func(w *ward) {
		w.change("bob", func(a *otpcore.Account) { a.Secret = otpcore.NewSecret(bytes.Repeat([]byte{1}, 20)) })
	}, isWorthDoing, "GitHub · alice, GitHub · bob have one key", `otpane rm \S+`, done, ""},
	{"same name", "but for its case", func(w *ward) { w.change("bob", func(a *otpcore.Account) { a.Name = "Alice" }) }, isWorthDoing, "GitHub · Alice is the name of two accounts", `otpane edit \S+ --account NAME`, done, ""},
	{"recovery codes", "of one are missing", func(w *ward) {
		w.update(func(d *vault.Draft) error {
			a := d.Accounts()[0]
			return d.RemoveRecoveryCodes(a.ID, a.Recovery[0].ID, a.Recovery[1].ID, a.Recovery[2].ID)
		})
	}, isWorthDoing, "1 of 2 accounts have none here", `otpane recovery add NAME`, done, ""},
	{"codes left", "two", func(w *ward) {
		w.update(func(d *vault.Draft) error {
			a := d.Accounts()[0]
			_, err := d.UseRecoveryCode(a.ID, a.Recovery[0].ID)
			return err
		})
	}, isWorthDoing, "GitHub · alice: 2 of 3 left", `otpane recovery add \S+`, done, ""},

	{"clock", "on its own", func(w *ward) { w.synchronised = func() (bool, bool) { return false, true } }, isWorthDoing, "nothing keeps it right", `otpane clock --server pool\.ntp\.org`, done, ""},
	{"correction", "of a clock that is right", func(w *ward) {
		w.update(func(d *vault.Draft) error { return d.SetCorrection(3 * time.Second) })
	}, isWorthDoing, "+3 s is added for all accounts, and the system keeps its clock right", `otpane clock --reset`, done, ""},
	{"correction", "large", func(w *ward) {
		w.synchronised = func() (bool, bool) { return false, false }
		w.update(func(d *vault.Draft) error { return d.SetCorrection(-94 * time.Second) })
	}, isWorthDoing, "−94 s is added for all accounts", `otpane clock --reset`, done, ""},
	{"correction", "of one account", func(w *ward) {
		w.change("bob", func(a *otpcore.Account) { a.Correction = time.Minute })
	}, isWorthDoing, "+60 s is added for GitHub · bob alone", `otpane clock --reset --account \S+`, done, ""},
	{"settings", "a mistake", func(w *ward) { w.settings("guards = 3") }, isWrong, `1 mistake, with which no pane starts: line 1: there is no setting "guards"`, `otpane config check`, failed, ""},
	{"settings", "not to be read", func(w *ward) {
		w.must(os.Remove(w.path(".config/otpane/config.toml")))
		w.must(os.Mkdir(w.path(".config/otpane/config.toml"), 0o700))
	}, isWrong, "config.toml is a folder", ``, failed, "vaults inbox"},
	{"vaults", "one is missing", func(w *ward) { w.write(".config/otpane/config.toml", "[vaults]\nwork = \"~/work.age\"\n") }, isWorthDoing, "no vault lies where the settings say: work", `otpane init --vault work`, done, "inbox"},
	{"inbox", "no folder", func(w *ward) { w.must(os.Remove(w.path("Pictures"))) }, isWorthDoing, "no folder at ~/Pictures", `mkdir -p ~/Pictures`, done, ""},
	{"agent", "switched on, nobody there", func(w *ward) { w.settings(`agent = "ask"`) }, isWorthDoing, "no pane has this vault open", `otpane agent`, done, ""},
	{"agent", "somebody else's socket", func(w *ward) {
		w.served = func(context.Context, string) error { return errors.New("/run/x belongs to another user") }
	}, isWrong, "/run/x belongs to another user", ``, failed, ""},
	{"keyring", "empty", func(w *ward) {
		w.machine.keyring = func(context.Context, string) (vault.Identity, error) { return vault.Identity{}, host.ErrKeyringEmpty }
	}, isWorthDoing, "the keyring has nothing for this vault", `otpane recipients keyring`, done, ""},
	{"keyring", "shut out", func(w *ward) {
		other, err := age.GenerateX25519Identity()
		w.must(err)
		id, err := vault.ParseIdentity(other.String())
		w.must(err)
		w.machine.keyring = func(context.Context, string) (vault.Identity, error) { return id, nil }
	}, isWorthDoing, "does not open the vault any more", `otpane recipients keyring`, done, ""},
	{"keyring", "none here", func(w *ward) {
		w.machine.keyring = func(context.Context, string) (vault.Identity, error) { return vault.Identity{}, host.ErrNoKeyring }
	}, isWorthDoing, "switched on, and of no use: there is no keyring here", ``, done, ""},
	{"clipboard", "none", func(w *ward) { w.machine.clipboard = func([]string) ([]string, string) { return nil, "" } }, isWorthDoing, "none found", ``, done, ""},
	{"clipboard", "a desktop without its program", func(w *ward) {
		w.machine.clipboard = func([]string) ([]string, string) { return []string{"OSC 52"}, "wl-clipboard" }
	}, isWorthDoing, "OSC 52 only, which nothing clears", ``, done, ""},
	{"clipboard", "one's own is gone", func(w *ward) { w.settings(`copy_command = ["to-phone"]`) }, isWrong, "copy_command is not on the PATH: to-phone", `otpane config check`, failed, ""},
	{"terminal", "too small", func(w *ward) { w.size = func() (int, int, error) { return 20, 3, nil } }, isWorthDoing, "20×3", ``, done, ""},
	{"terminal", "another locale", func(w *ward) { w.env["LANG"] = "C" }, isWorthDoing, "not UTF-8", `export LC_ALL=C\.UTF-8`, done, ""},
	{"tmux", "no clipboard", func(w *ward) {
		w.machine.clipboard = func([]string) ([]string, string) { return []string{"tmux", "OSC 52"}, "" }
		w.machine.tmux = func(context.Context) (host.Tmux, bool, error) {
			return host.Tmux{Focus: true, Terminal: "vt100"}, true, nil
		}
	}, isWorthDoing, "its terminal (vt100)", `tmux set -as terminal-features ',vt100:clipboard'`, done, ""},
	{"tmux", "no focus", func(w *ward) {
		w.machine.tmux = func(context.Context) (host.Tmux, bool, error) { return host.Tmux{Clipboard: true}, true, nil }
	}, isWorthDoing, "focus-events is off", `tmux set -g focus-events on`, done, ""},
	{"tmux", "silent", func(w *ward) {
		w.machine.tmux = func(context.Context) (host.Tmux, bool, error) {
			return host.Tmux{}, true, context.DeadlineExceeded
		}
	}, isWorthDoing, "it does not answer", ``, done, ""},
	{"process", "open", func(w *ward) { w.machine.hardened = func() (bool, bool) { return false, true } }, isWrong, "core dumps", ``, failed, ""},
	{"completion", "none in bash", func(w *ward) { w.must(os.Remove(w.path(".bashrc"))) }, isWorthDoing, "bash does not complete", `echo 'source <\(otpane completion bash\)' >> ~/\.bashrc`, done, ""},
	{"completion", "none in fish", func(w *ward) { w.env["SHELL"] = "/usr/bin/fish" }, isWorthDoing, "fish does not complete", `otpane completion fish > ~/\.config/fish/completions/otpane\.fish`, done, ""},
	{"age plugin", "another program", func(w *ward) {
		w.write("bin/age-plugin-otpane", "#!/bin/sh\n")
		w.machine.program = func(string) (string, error) { return w.path("bin/age-plugin-otpane"), nil }
	}, isWorthDoing, "is another program", `ln -sf \S+ ~/bin/age-plugin-otpane`, done, ""},
}

// TestDoctorFindsEachMalady makes one thing wrong at a time: the doctor says so, in
// that line, and says nothing else that it does not say of a healthy home.
func TestDoctorFindsEachMalady(t *testing.T) {
	mended := map[string]bool{}
	bad := map[string]bool{}
	for _, m := range maladies {
		bad[m.check] = true
		t.Run(m.check+"/"+m.name, func(t *testing.T) {
			w := admitted(t)
			m.cause(w)
			found, status := w.diagnosis()
			if status != m.status {
				t.Errorf("status %d, want %d", status, m.status)
			}
			m.judge(t, found)
			for _, f := range found {
				if f.Mend != "" {
					mended[f.Mend] = true
				}
			}
		})
	}
	for _, c := range checks {
		if !bad[c.name] {
			t.Errorf("no scene in which %s is not fine", c.name)
		}
	}
	if len(mended) < 30 {
		t.Errorf("only %d commands to look at", len(mended))
	}
	for mend := range mended {
		runs(t, mend)
	}
}

func (m malady) judge(t *testing.T, found []finding) {
	t.Helper()
	hit := false
	looked := map[string]bool{}
	for _, f := range found {
		looked[f.Check] = true
		switch {
		case f.Check == m.check && f.State == m.state && strings.Contains(f.What, m.what):
			hit = true
			if !regexp.MustCompile(`^` + m.mend + `$`).MatchString(f.Mend) {
				t.Errorf("the command is %q, want %s", f.Mend, m.mend)
			}
		case f.State != isFine && f.Check != m.check && !strings.Contains(m.also, f.Check) && !strings.Contains(m.also, "everything"):
			t.Errorf("%+v, too", f)
		}
	}
	if !hit {
		t.Errorf("%s is not %q with %q: %+v", m.check, m.state, m.what, found)
	}
	for _, c := range checks {
		unopened := c.needs != nil && strings.Contains(m.also, "unopened")
		if !looked[c.name] && !unopened && !strings.Contains(m.also, c.name) && !strings.Contains(m.also, "everything") {
			t.Errorf("%s was not looked at", c.name)
		}
	}
}

// others are the programs beside otpane that the doctor names.
var others = []string{"chmod", "rm", "mkdir", "ln", "tmux", "export", "echo"}

// runs insists that a command exists, and takes these flags and arguments.
func runs(t *testing.T, mend string) {
	t.Helper()
	line, _, _ := strings.Cut(strings.ReplaceAll(mend, `'\''`, "’"), " > ")
	var words []string
	for _, word := range regexp.MustCompile(`(?:[^\s']|'[^']*')+`).FindAllString(line, -1) {
		words = append(words, strings.ReplaceAll(word, "'", ""))
	}
	if words[0] != "otpane" {
		if !slices.Contains(others, words[0]) {
			t.Errorf("%q runs something unknown", mend)
		}
		return
	}
	root := (&program{Env: Env{Getenv: func(string) string { return "" }, Now: time.Now}}).root()
	cmd, rest, err := root.Find(words[1:])
	if err != nil || cmd == root || !cmd.Runnable() {
		t.Errorf("%q: there is no such command (%v)", mend, err)
		return
	}
	if err := errors.Join(cmd.ParseFlags(rest), arguments(cmd)); err != nil {
		t.Errorf("%q: %v", mend, err)
	}
}

func arguments(cmd *cobra.Command) error { return cmd.ValidateArgs(cmd.Flags().Args()) }

// TestNoCommandIsMadeUp is about runs itself.
func TestNoCommandIsMadeUp(t *testing.T) {
	for _, mend := range []string{"otpane recipients recover", "otpane backup check --fix", "otpane edit", "otpane bakcup", "sudo reboot"} {
		inner := &testing.T{}
		runs(inner, mend)
		if !inner.Failed() {
			t.Errorf("%q passes for a command", mend)
		}
	}
}

// TestDoctorFitsTheTerminal: every line but a command, which is never broken.
func TestDoctorFitsTheTerminal(t *testing.T) {
	w := admitted(t)
	w.change("bob", func(a *otpcore.Account) {
		a.Name, a.Unfinished = strings.Repeat("a long name ", 12)+"\x1b[31m山田太郎", true
		a.Secret = otpcore.NewSecret([]byte("1234567"))
	})
	w.must(os.Chmod(w.vault(), 0o644))
	for _, columns := range []int{40, 80, 200} {
		w.size = func() (int, int, error) { return columns, 24, nil }
		var out bytes.Buffer
		p := w.program(&out)
		w.environment = []string{"TERM=xterm", "LANG=C.UTF-8"}
		if status := p.report(p.doctor(t.Context(), w.machine, false)); status != failed {
			t.Fatalf("status %d", status)
		}
		text := ansi.Strip(out.String())
		if strings.ContainsRune(text, '\x1b') || !strings.Contains(text, "✗ files") || !strings.HasSuffix(text, "1 wrong.\n") {
			t.Fatalf("the sheet is\n%s", text)
		}
		for line := range strings.Lines(text) {
			if ansi.StringWidth(strings.TrimSuffix(line, "\n")) > min(columns, 80) && !strings.HasPrefix(line, "  → ") {
				t.Errorf("wider than %d: %q", min(columns, 80), line)
			}
		}
		if fine, bad := strings.LastIndex(text, "✓"), strings.Index(text, "✗"); fine > bad {
			t.Error("what is wrong does not stand last")
		}
	}
}

// TestDoctorPaintsTerminalsAlone: no colour in a pipe or where nobody wants any, and
// only ASCII where nothing else is drawn.
func TestDoctorPaintsTerminalsAlone(t *testing.T) {
	w := admitted(t)
	sheet := func(environment ...string) string {
		var out bytes.Buffer
		p := w.program(&out)
		w.environment = environment
		w.must(p.doctor(t.Context(), w.machine, false))
		return out.String()
	}
	if text := sheet("TERM=xterm", "LANG=C.UTF-8"); !strings.Contains(text, "\x1b[36m✓\x1b[m vault") {
		t.Errorf("a terminal gets %q", text)
	}
	if text := sheet("TERM=linux"); strings.Contains(text, "✓") || !strings.Contains(ansi.Strip(text), "v vault") {
		t.Errorf("an ASCII terminal gets %q", text)
	}
	w.settings("ascii = true")
	if text := sheet("TERM=xterm", "LANG=C.UTF-8"); strings.Contains(text, "✓") {
		t.Errorf("who wants ASCII gets %q", text)
	}
	w.env["NO_COLOR"] = "1"
	if text := sheet("TERM=xterm", "LANG=C.UTF-8"); strings.Contains(text, "\x1b") {
		t.Errorf("NO_COLOR gets %q", text)
	}
	delete(w.env, "NO_COLOR")
	w.size = func() (int, int, error) { return 0, 0, host.ErrNoTerminal }
	if text := sheet("LANG=C.UTF-8"); strings.Contains(text, "\x1b") || !strings.Contains(text, "v vault") {
		t.Errorf("a pipe gets %q", text)
	}
}

// TestDoctorTellsNoKey looks for the keys of a sick home in what is said of it.
func TestDoctorTellsNoKey(t *testing.T) {
	w := admitted(t)
	w.change("bob", func(a *otpcore.Account) { a.Secret = otpcore.NewSecret([]byte("1234567")) })
	found, _ := w.diagnosis()
	text := fmt.Sprint(found)
	for _, secret := range []string{"1234567", base32.StdEncoding.EncodeToString([]byte("1234567"))[:11], "aaaa-1111", strings.TrimSpace(w.key.Reveal()), wardPassphrase} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is told:\n%s", secret, text)
		}
	}
}

// TestAnIdIsNoCommand: of whoever copies what the doctor names, nothing else is run.
func TestAnIdIsNoCommand(t *testing.T) {
	w := admitted(t)
	w.change("bob", func(a *otpcore.Account) { a.Unfinished = true })
	id := w.open().Accounts()[1].ID
	w.rewrite(`"id":"`+id+`"`, `"id":"$(reboot);'x"`)
	found, _ := w.diagnosis()
	i := slices.IndexFunc(found, func(f finding) bool { return f.Check == "unfinished" })
	if want := `otpane edit '$(reboot);'\''x' --finished`; found[i].Mend != want {
		t.Errorf("the command is %s, want %s", found[i].Mend, want)
	}
}

func TestShellWordsAreQuoted(t *testing.T) {
	for word, want := range map[string]string{
		"/home/a/vault.age": "/home/a/vault.age", "my vault.age": "'my vault.age'", "$(reboot)": "'$(reboot)'", "it's": `'it'\''s'`, "": "''", "~x": "'~x'", "a\nb": "'a\nb'",
	} {
		if got := shellWord(word); got != want {
			t.Errorf("%q is written %s, want %s", word, got, want)
		}
	}
}

//go:build linux

package peers

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"otpane/vault"
)

var otpane = peer{
	name:  "otpane",
	words: "its vault under a passphrase asks for scrypt 2^1 here, which is nothing; the key is an age identity; the agent is `otpane agent`; names come with their codes",
	tasks: func(t *testing.T, home string, accounts int) map[string]task {
		program := build(t)
		env := []string{
			"HOME=" + home, "XDG_DATA_HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_RUNTIME_DIR=" + socketFolder(t),
		}
		// The key of an example: it opens nothing of anybody's.
		key := write(t, home, "key.txt", "AGE-SECRET-KEY-1ZRR6LA0KDJLRCYA554MQ40HYP2E5AW9WNJ2874YCHQHFDAGW2Q2Q0JEPVG\n")
		secret, source := write(t, home, "words.txt", words), write(t, home, "list.txt", lines(accounts, func(i int) string { return uri(i) + "\n" }))
		at := func(vault string) []string {
			return append([]string{"OTPANE_VAULT=" + filepath.Join(home, vault)}, env...)
		}
		byWords := append(at("words.age"), "OTPANE_PASSPHRASE_FILE="+secret)
		byKey, other := append(at("key.age"), "OTPANE_IDENTITY="+key), append(at("other.age"), "OTPANE_IDENTITY="+key)
		if _, err := vault.Create(filepath.Join(home, "words.age"), vault.Access{Passphrase: []byte(words), WorkFactor: 1}, time.Now); err != nil {
			t.Fatal(err)
		}
		do(t, byWords, "", program, "import", source)
		do(t, at("key.age"), "", program, "init", "--identity", key)
		empty := read(t, filepath.Join(home, "key.age"))
		do(t, byKey, "", program, "import", source)
		name := site(which(accounts)) + ":" + user(which(accounts))
		tasks := map[string]task{
			start:      {args: []string{program, "version"}, env: env, answer: "otpane"},
			passphrase: {args: []string{program, "code", name}, env: byWords, answer: digits},
			keyFile:    {args: []string{program, "code", name}, env: byKey, answer: digits},
			list:       {args: []string{program, "list"}, env: byKey, answer: user(accounts - 1)},
			import1000: {args: []string{program, "import", source}, env: other, answer: "Imported", before: func() { write(t, home, "other.age", empty) }},
		}
		if accounts == many {
			serve(t, byKey, program, "agent", "--answer", "allow")
			tasks[agent] = task{args: []string{program, "code", name}, env: at("key.age"), answer: digits}
		}
		return tasks
	},
}

var keepassxc = peer{
	name: "keepassxc-cli", program: "keepassxc-cli", install: "apt install keepassxc",
	words: "AES-KDF, a million rounds, as its import makes it; its key files are made keys the same way; names without codes",
	tasks: func(t *testing.T, home string, accounts int) map[string]task {
		env := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home}
		source, database := write(t, home, "list.xml", keepassXML(accounts)), filepath.Join(home, "vault.kdbx")
		do(t, env, words+"\n"+words+"\n", "keepassxc-cli", "import", "-q", "-p", source, database)
		other := filepath.Join(home, "other.kdbx")
		return map[string]task{
			start:      {args: []string{"keepassxc-cli", "--version"}, env: env, answer: `\d`},
			passphrase: {args: []string{"keepassxc-cli", "show", "-q", "-t", database, user(which(accounts))}, env: env, stdin: words + "\n", answer: digits, derives: true},
			list:       {args: []string{"keepassxc-cli", "ls", "-q", "-R", "-f", database}, env: env, stdin: words + "\n", answer: user(accounts - 1), derives: true},
			import1000: {args: []string{"keepassxc-cli", "import", "-p", source, other}, env: env, stdin: words + "\n" + words + "\n", answer: "(?i)import|database", derives: true,
				before: func() { _ = os.Remove(other) }},
		}
	},
}

func keepassXML(accounts int) string {
	entry := func(i int) string {
		return fmt.Sprintf(`<Entry><UUID>%s</UUID><String><Key>Title</Key><Value>%s</Value></String><String><Key>UserName</Key><Value>%s</Value></String>`+
			`<String><Key>otp</Key><Value ProtectInMemory="True">%s</Value></String></Entry>`, uuid(), user(i), user(i), strings.ReplaceAll(uri(i), "&", "&amp;"))
	}
	return `<?xml version="1.0" encoding="utf-8"?><KeePassFile><Meta/><Root><Group><UUID>` + uuid() + `</UUID><Name>Root</Name>` + lines(accounts, entry) + `</Group></Root></KeePassFile>`
}

func uuid() string {
	var random [16]byte
	_, _ = rand.Read(random[:])
	return base64.StdEncoding.EncodeToString(random[:])
}

var otpclient = peer{
	name: "otpclient-cli", program: "otpclient-cli", install: "apt install otpclient-cli",
	words: "PBKDF2, 100,000 rounds; only its window imports, so its database is written here; names without codes",
	tasks: func(t *testing.T, home string, accounts int) map[string]task {
		database := write(t, home, "db.enc", otpclientDatabase(t, accounts))
		write(t, home, ".config/otpclient.cfg", "[config]\ndb_path="+database+"\nuse_secret_service=false\n")
		env, i := []string{"HOME=" + home}, which(accounts)
		return map[string]task{
			start:      {args: []string{"otpclient-cli", "--version"}, env: env, answer: `\d`},
			passphrase: {args: []string{"otpclient-cli", "show", "-a", user(i), "-i", site(i)}, env: env, typed: words, answer: digits, derives: true},
			list:       {args: []string{"otpclient-cli", "list"}, env: env, typed: words, answer: user(accounts - 1), derives: true},
		}
	},
}

// otpclientDatabase is the format of OTPClient 3.1: a nonce, a salt, and JSON under
// AES-256-GCM, with the passphrase's terminating zero a part of it.
func otpclientDatabase(t *testing.T, accounts int) string {
	t.Helper()
	const nonceSize, saltSize, rounds, keySize = 16, 32, 100_000, 32
	head := make([]byte, nonceSize+saltSize)
	_, _ = rand.Read(head)
	secret, err := pbkdf2.Key(sha512.New, words+"\x00", head[nonceSize:], rounds, keySize)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := cipher.NewGCMWithNonceSize(block, nonceSize)
	if err != nil {
		t.Fatal(err)
	}
	text := lines(accounts, func(i int) string {
		return fmt.Sprintf(`,{"type":"TOTP","label":%q,"issuer":%q,"secret":%q,"digits":6,"algo":"SHA1","period":30}`, user(i), site(i), key(i))
	})
	return string(sealer.Seal(head, head[:nonceSize], []byte("["+text[1:]+"]"), head))
}

var passOTP = peer{
	name: "pass-otp", program: "pass", install: "apt install pass-extension-otp",
	words: "a GnuPG key without passphrase, in its agent, and a file for each account, whose names lie readable; the import is a thousand inserts",
	tasks: func(t *testing.T, home string, accounts int) map[string]task {
		if out, err := exec.Command("pass", "otp", "--help").CombinedOutput(); err != nil && !strings.Contains(string(out), "otp") {
			return nil
		}
		gnupg := socketFolder(t) // its agent has a socket there
		env := []string{"HOME=" + home, "GNUPGHOME=" + gnupg, "PASSWORD_STORE_DIR=" + filepath.Join(home, "store")}
		t.Cleanup(func() { do(t, env, "", "gpgconf", "--kill", "gpg-agent") })
		do(t, env, "", "gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "bench <bench@example.com>", "default", "default", "never")
		do(t, env, "", "pass", "init", "bench@example.com")
		insert := write(t, home, "insert.sh", lines(accounts, func(i int) string {
			return fmt.Sprintf("echo '%s' | pass otp insert -f %s/%s >/dev/null || exit 1\n", uri(i), site(i), user(i))
		})+"echo imported\n")
		i := which(accounts)
		if accounts == 1 { // nothing is derived, so nothing is asked of a vault of one
			return map[string]task{}
		}
		begin := time.Now()
		do(t, env, "", "sh", insert)
		took := time.Since(begin)
		code := task{args: []string{"pass", "otp", site(i) + "/" + user(i)}, env: env, answer: digits}
		return map[string]task{
			start:      {args: []string{"pass", "version"}, env: env, answer: "pass"},
			keyFile:    code,
			agent:      code,
			list:       {args: []string{"pass", "ls"}, env: env, answer: user(accounts - 1)},
			import1000: {known: took},
		}
	},
}

var totpCLI = peer{
	name: "totp-cli", program: "totp-cli", install: "go install github.com/yitsushi/totp-cli@latest",
	words: "its vault asks for scrypt 2^1 here; all accounts stand in one namespace, which it looks through in order; names without codes",
	tasks: func(t *testing.T, home string, accounts int) map[string]task {
		account := func(i int) string { return fmt.Sprintf(`,{"name":%q,"token":%q}`, user(i), key(i)) }
		credentials := write(t, home, "credentials", armored(t, `[{"name":"all","accounts":[`+lines(accounts, account)[1:]+`]}]`))
		env := []string{"HOME=" + home, "TOTP_CLI_CREDENTIAL_FILE=" + credentials, "TOTP_PASS=" + words}
		return map[string]task{
			start:      {args: []string{"totp-cli", "--version"}, env: env, answer: `\d`},
			passphrase: {args: []string{"totp-cli", "generate", "all", user(which(accounts))}, env: env, answer: digits},
			list:       {args: []string{"totp-cli", "list", "all"}, env: env, answer: user(accounts - 1)},
		}
	},
}

// armored is an age file under the passphrase as totp-cli makes it.
func armored(t *testing.T, text string) string {
	t.Helper()
	recipient, err := age.NewScryptRecipient(words)
	if err != nil {
		t.Fatal(err)
	}
	recipient.SetWorkFactor(1)
	var file strings.Builder
	armor := armor.NewWriter(&file)
	sealer, err := age.Encrypt(armor, recipient)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(sealer, text)
	if err := errors.Join(err, sealer.Close(), armor.Close()); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// typing answers a prompt at a terminal. A program that has asked throws away what
// came before it stopped the echo.
func typing(t *testing.T, run *exec.Cmd, secret string) string {
	t.Helper()
	terminal, err := pty.StartWithSize(run, &pty.Winsize{Rows: 24, Cols: 200})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	for deadline := time.Now().Add(time.Minute); ; {
		state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
		if err == nil && state.Lflag&unix.ECHO == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not ask", run.Args)
		}
		time.Sleep(100 * time.Microsecond)
	}
	if _, err := io.WriteString(terminal, secret+"\n"); err != nil {
		t.Fatal(err)
	}
	out, _ := io.ReadAll(terminal) // ends with an error when the program does
	if err := run.Wait(); err != nil {
		t.Fatalf("%s: %v\n%.500s", run.Args, err, out)
	}
	return string(out)
}

// build makes otpane as it is handed out, once.
func build(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		built.file = filepath.Join(socketFolder(t), "otpane")
		run := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", built.file, ".")
		run.Dir, run.Env = filepath.Join("..", "..", ".."), append(os.Environ(), "CGO_ENABLED=0")
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
	return built.file
}

var built struct {
	once sync.Once
	file string
}

// socketFolder is one with a short name: a socket's path has 107 bytes at most.
func socketFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "peers")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// serve starts an agent and waits until it says that it serves.
func serve(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	run := exec.Command(name, args...)
	run.Env = env
	terminal, err := pty.Start(run)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = run.Process.Signal(os.Interrupt)
		_ = run.Wait()
		_ = terminal.Close()
	})
	for said := ""; !strings.Contains(said, "Serving"); {
		text := make([]byte, 1024)
		n, err := terminal.Read(text)
		if said += string(text[:n]); err != nil {
			t.Fatalf("no agent: %v, %q", err, said)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, terminal) }() // it tells of every request
}

//go:build unix

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"otpane/otpcore/exchange"
	"otpane/vault"
)

// sealedExport is a home with an empty vault and an encrypted export.
func sealedExport(t *testing.T) (home string) {
	t.Helper()
	full := filled(t)
	data, err := exchange.WriteAegisEncrypted(vaultOf(t, full).Accounts(), []byte("velvet fathom"))
	if err != nil {
		t.Fatal(err)
	}
	home = holding(t, 0)
	if err := os.WriteFile(filepath.Join(home, "aegis.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

func TestImportAsksForThePassphraseOfAnExport(t *testing.T) {
	home := sealedExport(t)
	s := start(t, home, nil, "import", "aegis.json")
	s.expect(`passphrase of aegis\.json  `)
	s.send("velvet phantom\r")
	s.expect("That passphrase does not open it.")
	s.expect(`passphrase of aegis\.json  `)
	s.send("velvet fathom\r")
	s.expect(`4  new        Home router · admin`)
	s.expect(`Import 4 accounts\? \[y/N\] `)
	s.send("y\r")
	s.wantStatus(0)
	if strings.Contains(s.seen, "fathom") {
		t.Error("the passphrase is on the screen")
	}
	if n := len(vaultOf(t, home).Accounts()); n != 4 {
		t.Errorf("%d accounts, want 4", n)
	}
}

func TestImportGivesUpAfterThreePassphrases(t *testing.T) {
	s := start(t, sealedExport(t), nil, "import", "aegis.json")
	for range 3 {
		s.expect(`passphrase of aegis\.json  `)
		s.send("velvet phantom\r")
	}
	s.expect(`otpane: wrong passphrase: it does not open aegis\.json`)
	s.wantStatus(5)

	s = start(t, sealedExport(t), nil, "import", "aegis.json")
	s.expect(`passphrase of aegis\.json  `)
	s.send("\x03")
	s.expect("left without an answer; nothing was changed")
	s.wantStatus(1)
}

// Whoever waits is told for what, and can leave.
func TestLongDerivationIsToldAndCancelled(t *testing.T) {
	home := holding(t, 0)
	file, err := vault.Encrypt([]byte("x"), []byte("velvet fathom"), vault.WorkFactor(2))
	if err != nil {
		t.Fatal(err)
	}
	// What the header asks for is a second of work and more; nobody has done it here.
	file = regexp.MustCompile(`(-> scrypt \S+) 2\n`).ReplaceAll(file, []byte("$1 20\n"))
	if err := os.WriteFile(filepath.Join(home, "long.age"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, home, nil, "import", "long.age")
	s.expect(`passphrase of long\.age  `)
	s.send("velvet phantom\r")
	s.expect(`opening long\.age: age, scrypt\. ctrl-c leaves\.`)
	s.send("\x03")
	s.expect("interrupted; nothing more was changed")
	s.wantStatus(1)
}

// The codes of a transfer are shown one after another, on a screen that goes.
func TestTransferOnTheTerminal(t *testing.T) {
	home := filled(t)
	list := ""
	for i := range 12 {
		list += fmt.Sprintf("otpauth://totp/Site:user%d?secret=JBSWY3DPEHPK3P%c%c\n", i, 'A'+i, 'B'+i)
	}
	if err := os.WriteFile(filepath.Join(home, "list.txt"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, home, nil, "import", "list.txt")
	s.expect(`Import 12 accounts`)
	s.send("y\r")
	s.wantStatus(0)

	s = start(t, home, nil, "export", "--format", "google")
	s.expect(`Write 16 keys in plain text\? \[y/N\] `)
	s.send("y\r")
	s.expect("these QR codes need [0-9]+x[0-9]+; the terminal has 80x24")
	s.wantStatus(1)

	s = startSized(t, home, 120, 60, "export", "--format", "google", "--plaintext")
	s.expect(`\x1b\[\?1049h`)
	s.expect(`Part 1 of 2\. Scan it, then: enter shows the next, ctrl-c leaves\.`)
	s.send("\r")
	s.expect(`\x1b\[2J\x1b\[3J`)
	s.expect(`Part 2 of 2\. Scan it, then: enter ends\.`)
	s.send("\r")
	s.expect(`\x1b\[2J\x1b\[H\x1b\[\?1049l`)
	s.wantStatus(0)
	if rest := s.seen[s.read:]; strings.ContainsAny(rest, "█▀▄") {
		t.Errorf("left on the terminal: %q", rest)
	}
}

// What an import of ten thousand lines costs beside what nobody can spare: one
// save of such a vault and one scrypt.
func BenchmarkImport10000(b *testing.B) {
	var list strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&list, "otpauth://totp/Site%d:user%05d?secret=JBSWY3DPEHPK3PXP%s&issuer=Site%d\n", i%100, i, strings.Map(func(r rune) rune { return 'A' + r - '0' }, fmt.Sprintf("%08d", i)), i%100)
	}
	home := b.TempDir()
	source, words, path := filepath.Join(home, "list.txt"), filepath.Join(home, "words.txt"), filepath.Join(home, "vault.age")
	for file, text := range map[string]string{source: list.String(), words: "orbit ladle ember quorum"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	var whole, bare time.Duration
	for b.Loop() {
		_ = os.Remove(path)
		if _, err := vault.Create(path, vault.Access{Passphrase: []byte("orbit ladle ember quorum")}, time.Now); err != nil {
			b.Fatal(err)
		}
		s := prepare(b, home, []string{"OTPANE_IDENTITY=", "XDG_STATE_HOME=" + home, workVariable + "="}, "import", "--passphrase-file", words, source)
		begin := time.Now()
		out, err := s.run.CombinedOutput()
		whole += time.Since(begin)
		if err != nil || !strings.HasSuffix(string(out), "Imported 10000 accounts.\n") {
			b.Fatalf("%v: %.300s", err, out[max(len(out)-300, 0):])
		}
		begin = time.Now()
		id, err := vault.Unlock(path, []byte("orbit ladle ember quorum"))
		if err != nil {
			b.Fatal(err)
		}
		bare += time.Since(begin)
		v, err := vault.Open(path, id, time.Now)
		if err != nil {
			b.Fatal(err)
		}
		begin = time.Now()
		if err := v.Update(func(d *vault.Draft) error { return d.Delete(d.Accounts()[0].ID) }); err != nil {
			b.Fatal(err)
		}
		bare += time.Since(begin)
	}
	b.ReportMetric(whole.Seconds()/float64(b.N), "s/import")
	b.ReportMetric(float64(whole)/float64(bare), "times-save+scrypt")
}

// What the command line wrote in plain text, the pane reminds of and removes.
func TestPaneRemovesAReadableExport(t *testing.T) {
	home := filled(t)
	start(t, home, nil, "export", "--plaintext", "-o", "codes.txt").wantStatus(0)
	s := start(t, home, nil)
	s.expect(`codes\.txt holds your keys in plain text`)
	s.send("!")
	s.expect(`Remove .*codes\.txt`)
	s.send("y")
	s.expect(`codes\.txt.* removed`)
	if _, err := os.Stat(filepath.Join(home, "codes.txt")); !os.IsNotExist(err) {
		t.Errorf("still there: %v", err)
	}
	s.send("q")
}

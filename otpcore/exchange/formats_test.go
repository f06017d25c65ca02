package exchange

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/formats.md anew")

const formatsPage = "../../docs/formats.md"

// docs/formats.md is the table, and stays it.
func TestFormatsPage(t *testing.T) {
	want := pageOfFormats()
	if *update {
		if err := os.WriteFile(formatsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(formatsPage)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ReplaceAll(string(got), "\r\n", "\n") != want {
		t.Error("docs/formats.md is not what the table says: go test ./otpcore/exchange -run TestFormatsPage -update")
	}
}

func pageOfFormats() string {
	var page strings.Builder
	page.WriteString(formatsIntro)
	var rows []string
	for _, f := range formats {
		if f.file != "" {
			rows = append(rows, fmt.Sprintf("| %s | %s | %s |\n", f.name, f.file, f.export))
		}
	}
	slices.SortFunc(rows, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	page.WriteString(strings.Join(rows, ""))
	page.WriteString(formatsRefused)
	for _, f := range formats {
		if f.refused != nil {
			fmt.Fprintf(&page, "| %s | %s | %s |\n", f.name, f.refused.Reason, f.refused.Advice)
		}
	}
	page.WriteString(formatsRest)
	return page.String()
}

const formatsIntro = `# What otpane reads and writes

This page is made from the table that the program itself uses (` + "`otpcore/exchange/formats.go`" + `).

A file is known by its content; its name and its ending mean nothing. ` + "`otpane import FILE…`" + ` and ` + "`i`" + ` in the pane show what is in it before
anything changes. Pictures of QR codes are read too, several of one Google transfer in any order.

## Read

| program | its file | where it is in the program |
|---|---|---|
`

const formatsRefused = `
Folders, groups, vaults and tags become tags. Notes, pins and favourites come along. What lies in a program's trash is skipped and listed. Icons are
dropped, and nothing that a file names is ever fetched.

An entry that cannot be used is listed with its place and the reason, and the others come in: an unknown algorithm or type is never taken for another. mOTP,
Yandex, SHA224, SHA384 and MD5 are reported so. A file that is damaged or cut short is refused as a whole, where its format lets that be seen.

An encrypted file may ask for a great deal of work before anybody can tell whether it is genuine. More than this is refused before it begins: 1 GiB of memory
(scrypt, Argon2id), N = 2^20 (scrypt), 64 passes and 16 lanes (Argon2id), 10,000,000 rounds (PBKDF2). Files are read up to 64 MiB, and so is each file in an
archive.

## Not read, and what to do instead

| file | why | instead |
|---|---|---|
`

const formatsRest = `
Bitwarden's account-restricted export can be opened by its own account alone: export again with the type *Password protected*. The Authenticator extension's
encrypted entries are listed; remove its passphrase, then export again. Google Authenticator, Microsoft Authenticator and Authy have no file to export:
Google shows QR codes under *Transfer accounts*; the other two give nothing away, and each site's code has to be scanned anew.

## Written

| format | read by |
|---|---|
| otpauth URIs, one a line | Aegis, Stratum, ente Auth, FreeOTP+, 2FAuth, WinAuth, pass-otp |
| Aegis JSON, plain | Aegis, 2FAS, ente Auth, Proton Authenticator, Stratum, Bitwarden Authenticator, 2FAuth |
| Aegis JSON, encrypted | Aegis, and most that read the plain one |
| Google transfer as QR codes | Google Authenticator, and nearly every other on a phone |
| one account as a QR code | every authenticator on a phone |
| HTML page with QR codes and URIs | a printer; otpane |
| otpane JSON | otpane, scripts |
| age file under a passphrase | age, otpane |
`

// What is in a row has to be true of the program: a name, and either a reader or
// a refusal.
func TestRowsAreWhole(t *testing.T) {
	for _, f := range formats {
		if f.name == "" || f.recognises == nil || (f.read == nil) == (f.refused == nil) || f.refused != nil && f.file != "" {
			t.Errorf("%+v", f)
		}
	}
}

// No fixture is claimed by a row that stands before its own: the order of the
// table would then matter more than the marks.
func TestMarksDoNotOverlap(t *testing.T) {
	general := []string{"ZIP archive", "age file", "otpauth list", "gauth", "CSV"}
	for _, f := range fixtures() {
		var claims []string
		for _, format := range formats {
			if format.recognises(newFile([]byte(f.data))) && !strings.Contains(strings.Join(general, "|"), format.name) {
				claims = append(claims, format.name)
			}
		}
		if len(claims) > 1 && claims[0] != claims[1] {
			t.Errorf("%s is also %q", f.name, claims)
		}
	}
}

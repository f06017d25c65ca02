package exchange

import (
	"bytes"
	"encoding/xml"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"otpane/otpcore"
	"otpane/otpcore/qr"
)

// The keys of a plain backup as Aegis reads them (docs/vault.md), in its order.
func TestWriteAegis(t *testing.T) {
	alice := totp("A & B", "alice")
	alice.Tags, alice.Note, alice.Pinned = []string{"work"}, "one\ntwo", true
	counter := otpcore.Account{Name: "x", Kind: otpcore.HOTP, Algorithm: otpcore.SHA512, Digits: 8, Secret: hello, Tags: []string{"work"}}
	data, err := WriteAegis([]otpcore.Account{alice, counter})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"slots": null`, `"params": null`, `"version": 3`, `"type": "totp"`, `"note": "one\ntwo"`, `"favorite": true`, `"icon": null`,
		`"algo": "SHA512"`, `"counter": 0`, `"period": 30`, `"name": "work"`,
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in\n%s", want, data)
		}
	}
	if n := strings.Count(string(data), `"name": "work"`); n != 1 {
		t.Errorf("%d groups for one tag", n)
	}
	for _, other := range []string{`"period": 0`, `"counter": null`} {
		if strings.Contains(string(data), other) {
			t.Errorf("%s, which Aegis does not read", other)
		}
	}
}

func TestAegisRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyAccounts().Draw(t, "accounts")
		for i, a := range want {
			want[i] = forReaders(a)
		}
		data, err := WriteAegis(want)
		if err != nil {
			t.Fatal(err)
		}
		batch, err := Read(t.Context(), data, Options{})
		if diff := cmp.Diff(otpcore.Batch{Accounts: want}, batch); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

func TestAegisEncryptedRoundTrip(t *testing.T) {
	want := []otpcore.Account{totp("GitHub", "alice"), totp("", "ä👩‍💻")}
	want[0].Tags, want[0].Note, want[0].Pinned = []string{"work"}, "n", true
	data, err := WriteAegisEncrypted(want, []byte("pässword"))
	if err != nil {
		t.Fatal(err)
	}
	for _, plain := range []string{"GitHub", "alice", "work", bobKey} {
		if bytes.Contains(data, []byte(plain)) {
			t.Errorf("%s is readable", plain)
		}
	}
	batch, err := Read(t.Context(), data, Options{Passphrase: []byte("pässword")})
	if diff := cmp.Diff(otpcore.Batch{Accounts: want}, batch); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	again, err := WriteAegisEncrypted(want, []byte("pässword"))
	if err != nil || bytes.Equal(data, again) {
		t.Errorf("the same file twice: its salt is not drawn anew (%v)", err)
	}
}

func TestPageRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyAccounts().Draw(t, "accounts")[:1] // each draws a QR code
		want[0] = forURIs(want[0])
		batch, err := Read(t.Context(), WritePage(want), Options{})
		if diff := cmp.Diff(otpcore.Batch{Accounts: want}, batch); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

// A page that somebody prints must not run, fetch or forge anything.
func TestPageIsOnlyAPage(t *testing.T) {
	evil := totp(`<script>alert(1)</script>`, `"><img src=x onerror=y> & é`)
	evil.Digits, evil.Algorithm, evil.Period = 8, otpcore.SHA256, 60
	page := string(WritePage([]otpcore.Account{totp("GitHub", "alice"), evil}))
	for _, bad := range []string{"<script", "<img", "<link", "<a ", `href="`, `src="`, "url(", "@import"} {
		if strings.Contains(page, bad) {
			t.Errorf("%s in the page", bad)
		}
	}
	if rest := strings.ReplaceAll(page, `xmlns="http://www.w3.org/2000/svg"`, ""); strings.Contains(rest, "http") && !strings.Contains(rest, "http-equiv") {
		t.Error("an address in the page")
	}
	for _, want := range []string{"default-src 'none'", "<h2>GitHub</h2>\n<p>alice</p>", "SHA256 · 8 digits · every 60 s", "&lt;script&gt;"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in the page", want)
		}
	}
	decoder := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(page, "<!DOCTYPE html>\n")))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	svgs := 0
	for {
		token, err := decoder.Token()
		if token == nil || err != nil {
			break
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "svg" {
			svgs++
		}
	}
	if svgs != 2 {
		t.Errorf("%d codes for two accounts", svgs)
	}
}

// The code in the page is the URI beside it: a phone scans the account.
func TestPageShowsTheURI(t *testing.T) {
	alice := totp("GitHub", "alice")
	grid, err := qr.Encode(alice.URI())
	if err != nil || !bytes.Contains(WritePage([]otpcore.Account{alice}), grid.SVG()) {
		t.Errorf("not the code of the account (%v)", err)
	}
	long := alice
	long.Secret = otpcore.NewSecret(make([]byte, otpcore.MaxSecret))
	if page := string(WritePage([]otpcore.Account{long})); !strings.Contains(page, "too long for a QR code") || strings.Contains(page, "<svg") {
		t.Error("a key of 4096 bytes")
	}
}

func TestNoAccountsAreAnEmptyExport(t *testing.T) {
	data, err := WriteAegis(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{"Aegis": data, "page": WritePage(nil)} {
		if batch, err := Read(t.Context(), file, Options{}); !errors.Is(err, ErrNothing) && !errors.Is(err, ErrUnknown) || len(batch.Accounts) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Aegis's page has each code as a picture, and icons beside them.
func TestPageOfPictures(t *testing.T) {
	grid, err := qr.Encode(acmeURI)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := grid.PNG(4)
	if err != nil {
		t.Fatal(err)
	}
	other, err := qr.Encode("https://example.com")
	if err != nil {
		t.Fatal(err)
	}
	link, err := other.PNG(4)
	if err != nil {
		t.Fatal(err)
	}
	wrapped := strings.Join(slices.Collect(func(yield func(string) bool) {
		for line := range slices.Chunk([]byte(b64(picture)), 76) {
			if !yield(string(line)) {
				return
			}
		}
	}), "\n")
	page := `<html><head><title>x</title></head><body><img src="data:image/svg+xml,x"><img src="data:image/png;base64,!"><img src="data:image/png;base64,` + b64(link) +
		`"><td>otpauth://totp/x?secret=AAAAAAAA</td><img src="data:image/png;base64,` + wrapped + "\n" + `"/></td>`
	batch, err := Read(t.Context(), []byte(page), Options{})
	if got := full(batch); err != nil || got != bobTOTP {
		t.Errorf("%v\n%s", err, got)
	}
}

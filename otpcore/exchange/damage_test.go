package exchange

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"otpane/otpcore"
)

// victims are the files to damage: ours, and other programs' where they are.
func victims(t *testing.T) map[string]fixture {
	t.Helper()
	all := map[string]fixture{}
	for _, f := range fixtures() {
		all[f.name] = f
	}
	files, _ := filepath.Glob(samples + "*/*.expected.json")
	for _, file := range files {
		want := readExpectation(t, strings.TrimSuffix(file, ".expected.json"))
		data, err := os.ReadFile(strings.TrimSuffix(file, ".expected.json"))
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = fixture{data: string(data), sealed: want.Password != "", want: want.Password}
	}
	return all
}

// opts opens a victim; the passphrase of a sample stands where a fixture has what it wants.
func (f fixture) opts() Options {
	switch {
	case !f.sealed:
		return Options{}
	case f.name == "":
		return Options{Passphrase: []byte(f.want)}
	}
	return Options{Passphrase: []byte(sealed)}
}

// outcome reads and checks what must hold for any bytes whatever.
func outcome(t *testing.T, data []byte, opts Options) (otpcore.Batch, error) {
	t.Helper()
	batch, err := Read(t.Context(), data, opts)
	if (err == nil) != (len(batch.Accounts) > 0) {
		t.Fatalf("%d accounts and %v", len(batch.Accounts), err)
	}
	for _, a := range batch.Accounts {
		if err := a.Validate(); err != nil {
			t.Fatal(err)
		}
		if otpcore.Clean(a.Issuer) != a.Issuer || otpcore.Clean(a.Name) != a.Name || otpcore.CleanNote(a.Note) != a.Note {
			t.Fatalf("not clean: %q %q %q", a.Issuer, a.Name, a.Note)
		}
	}
	for _, s := range batch.Skipped {
		if s.Where == "" || s.Reason == "" || strings.ContainsAny(s.Where+s.Reason, "\x1b\n\r") || len(s.Reason) > 200 || len(s.Where) > 2000 {
			t.Fatalf("%q: %q", s.Where, s.Reason)
		}
	}
	for _, n := range batch.Notes {
		if n.Index < 0 || n.Index >= len(batch.Accounts) {
			t.Fatalf("a note about account %d of %d", n.Index, len(batch.Accounts))
		}
	}
	return batch, err
}

// lineByLine are formats without an end of their own: what is whole of a cut file
// is read, and nobody can tell that more was there.
var lineByLine = []string{"otpauth list", "CSV", "gauth", "2fa", "totp-cli", "HTML page", "ZIP archive, only a page"}

// A file that was cut short is refused as a whole, where its format has an end.
func TestTruncated(t *testing.T) {
	for name, f := range victims(t) {
		for tenth := range 10 {
			if f.sealed && tenth%4 != 1 { // each takes a derivation
				continue
			}
			data := []byte(f.data)[:len(f.data)*tenth/10]
			batch, err := outcome(t, data, f.opts())
			inLines := err == nil
			for _, row := range lineByLine {
				inLines = inLines && Recognise(data) != row
			}
			if inLines {
				t.Errorf("%s at %d tenths: %d accounts of a %s", name, tenth, len(batch.Accounts), Recognise(data))
			}
		}
	}
}

// Flipped bits give an error, or accounts that are good in themselves. A sealed
// file gives nothing at all.
func TestBitFlips(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, f := range victims(t) {
		for range 12 {
			data := []byte(f.data)
			data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
			opts := f.opts()
			if f.sealed && rng.IntN(8) > 0 { // each takes a derivation
				opts.Passphrase = nil
			}
			if batch, err := outcome(t, data, opts); err == nil && f.sealed && len(batch.Accounts) == 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// hurried reads with a deadline that only a hang would reach.
func hurried(t *testing.T, data []byte, opts Options) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := Read(ctx, data, opts)
	if ctx.Err() != nil {
		t.Fatalf("hangs: %.40q", data)
	}
	return err
}

// Megabytes of anything are refused, or read, in one go: 64 of noise, and of the
// other kinds in torture.
func TestJunkOfEveryKind(t *testing.T) {
	size := 4 << 20
	if os.Getenv("OTPANE_TORTURE") != "" {
		size = MaxSize
	}
	rng := rand.New(rand.NewPCG(3, 4))
	noise := make([]byte, MaxSize)
	for i := 0; i < len(noise); i += 8 {
		for j, n := 0, rng.Uint64(); j < 8; j++ {
			noise[i+j] = byte(n >> (8 * j))
		}
	}
	fill := func(start, piece, end string) []byte {
		data := make([]byte, 0, size)
		data = append(data, start...)
		for len(data)+len(piece)+len(end) <= size {
			data = append(data, piece...)
		}
		return append(data, end...)
	}
	for name, data := range map[string][]byte{
		"noise":             noise,
		"zeros":             make([]byte, MaxSize),
		"brackets":          fill("", "[", ""),
		"braces":            fill("", `{"a":`, ""),
		"numbers":           fill(`{"version":1,"header":{},"db":{"entries":[1`, ",1", "]}}"),
		"empty entries":     fill(`{"schemaVersion":1,"services":[{}`, ",{}", "]}"),
		"groups":            fill(`{"version":1,"header":{"slots":null},"db":{"groups":[{}`, ",{}", "]}}"),
		"backslashes":       fill(`{"a":"`, `\`, ""),
		"quotes":            fill(`{"a":"`, `\"`, ""),
		"a line":            fill("a,", "b,", ""),
		"commas":            fill("otp,a\n", ",\n", ""),
		"elements":          fill(`<map><string name="tokenOrder"/>`, "<a>", ""),
		"unclosed tags":     fill(`<map><string name="tokenOrder"/>`, "<a</", ">"),
		"groups of KeePass": fill("<KeePassFile><Root>", "<Group>", ""),
		"base64":            fill("", "QUFB", ""),
		"colons":            fill("", "a:b\n", ""),
		"URIs":              fill("", "otpauth://totp/a?secret=AAAAAAAA\n", ""),
		"codes":             fill("<!DOCTYPE html>", "<code>", ""),
		"archive entries":   fill("PK\x03\x04", "PK\x01\x02", "PK\x05\x06"),
		"Java":              fill("\xac\xed\x00\x05sr\x00\x11java.util.HashMap\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00xpw\x08\x00\x00\x00\x00\xff\xff\xff\xff", "t\x00\x01a", ""),
	} {
		t.Run(name, func(t *testing.T) {
			err := hurried(t, data, Options{})
			if err == nil && name != "URIs" {
				t.Error("accounts found")
			}
		})
	}
}

func TestZipBombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 1<<20)
	large := zipOf("codes.txt", strings.Repeat(zeros, 65))
	many := make([]string, 0, 22_000)
	for i := range 11_000 {
		many = append(many, fmt.Sprint(i), "")
	}
	lie := []byte(large)
	for at := bytes.Index(lie, []byte("PK\x01\x02")); at >= 0; at = -1 {
		copy(lie[at+24:], []byte{1, 0, 0, 0}) // the size that it claims
	}
	inner := zipOf("codes.txt", acmeURI)
	for range 5 {
		inner = zipOf("inner.zip", inner)
	}
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"one of 65 MiB":        {large, ErrUnknown},
		"one that lies":        {string(lie), ErrDamaged},
		"ten of 30 MiB":        {repeated(zipOf("codes.txt", strings.Repeat(zeros, 30)), 10), ErrDamaged},
		"eleven thousand":      {zipOf(many...), ErrDamaged},
		"archives in archives": {inner, ErrUnknown},
		"pictures":             {zipOf("a.png", "\x89PNG\r\n\x1a\n"+strings.Repeat("x", 100), "b.txt", "hello"), ErrPictures},
		"nothing":              {zipOf("b.txt", "hello"), ErrUnknown},
		"empty":                {zipOf(), ErrUnknown},
	} {
		err := hurried(t, []byte(c.data), Options{})
		if !errors.Is(err, c.want) || errors.Is(err, ErrDamaged) && !strings.Contains(err.Error(), "too") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// repeated is an archive of one member, many times, said to be of 30 MiB.
func repeated(one string, times int) string {
	archive, err := zip.NewReader(strings.NewReader(one), int64(len(one)))
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	copied := zip.NewWriter(&out)
	for range times {
		archive.File[0].UncompressedSize64 = 30 << 20
		if err := copied.Copy(archive.File[0]); err != nil {
			panic(err)
		}
	}
	if err := copied.Close(); err != nil {
		panic(err)
	}
	return out.String()
}

func TestUnzip(t *testing.T) {
	members, err := Unzip(t.Context(), []byte(zipOf("d/", "", "../../a\x1b.png", "x", "d/b", "y")), Options{})
	if err != nil || len(members) != 2 || members[0].Name != "../../a.png" || string(members[1].Data) != "y" {
		t.Errorf("%v, %v", members, err)
	}
	for passphrase, want := range map[string]error{"": ErrPassphraseNeeded, "wrong": ErrPassphrase, sealed: nil} {
		members, err := Unzip(t.Context(), []byte(zipAESOf("a.png", "x", 3)), Options{Passphrase: []byte(passphrase)})
		if !errors.Is(err, want) || err == nil && string(members[0].Data) != "x" {
			t.Errorf("%q: %v, %v", passphrase, members, err)
		}
	}
	if _, err := Unzip(t.Context(), []byte("PK\x03\x04"), Options{}); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

// A damaged member of an archive without encryption is damage, not a passphrase.
func TestDamagedMember(t *testing.T) {
	stored := rawZip(&zip.FileHeader{Name: "a.txt", CRC32: 7, UncompressedSize64: uint64(len(acmeURI))}, []byte(acmeURI))
	if _, err := Read(t.Context(), []byte(stored), Options{}); !errors.Is(err, ErrDamaged) || errors.Is(err, ErrPassphrase) {
		t.Error(err)
	}
}

package exchange

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"otpane/otpcore"
)

// samples is where other projects' files lie; they are read there and never
// become part of this repository.
const samples = "../../../shared/samples/exchange/"

type expectation struct {
	Entries []struct {
		Type, Issuer, Name, Algo, Note string
		SecretHex                      string `json:"secret_hex"`
		Digits, Period                 int
		Counter                        uint64
		Optional                       bool
	}
	Errors, Skipped []struct{ Where, Reason string }
}

// Lists and transfers of other programs give what is written beside them.
func TestOtherProgramsFiles(t *testing.T) {
	var files []string
	for _, family := range []string{"uri-list", "google-migration", "ente"} {
		found, _ := filepath.Glob(samples + family + "/*.txt")
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Skip("no files of other programs here")
	}
	for _, file := range files {
		if strings.Contains(file, "encrypted") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			want := readExpectation(t, file)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			batch, err := Read(data, Options{})
			if (err != nil) != (len(want.Entries) == 0) {
				t.Fatalf("%v, with %d entries to find", err, len(want.Entries))
			}
			compare(t, batch, want)
		})
	}
}

func readExpectation(t *testing.T, file string) (want expectation) {
	t.Helper()
	data, err := os.ReadFile(file + ".expected.json")
	if err == nil {
		err = json.Unmarshal(data, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	return want
}

func compare(t *testing.T, batch otpcore.Batch, want expectation) {
	t.Helper()
	var expected, got []string
	optional := 0
	for _, e := range want.Entries {
		if e.Optional {
			optional++
			continue
		}
		expected = append(expected, fmt.Sprint(e.Type, e.Issuer, "|", e.Name, "|", e.SecretHex, e.Algo, e.Digits, e.Period, e.Counter, e.Note))
	}
	for _, a := range batch.Accounts {
		got = append(got, fmt.Sprint(a.Kind, a.Issuer, "|", a.Name, "|", hex.EncodeToString(a.Secret.Reveal()), a.Algorithm, a.Digits, a.Period, a.Counter, a.Note))
	}
	slices.Sort(expected)
	slices.Sort(got)
	if !slices.Equal(expected, got) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(expected, "\n"))
	}
	if got, want := len(batch.Skipped)+len(batch.Missing), len(want.Errors)+len(want.Skipped)+optional; got != want {
		t.Errorf("%d problems, want %d: %v, missing %v", got, want, batch.Skipped, batch.Missing)
	}
}

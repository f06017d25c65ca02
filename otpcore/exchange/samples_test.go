package exchange

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"otpane/otpcore"
	"otpane/otpcore/qr"
)

// What a picture holds is found however busy the machine is.
func init() { qr.Budget = time.Minute }

// samples is where other projects' files lie; they are read there and never
// become part of this repository.
const samples = "../../../shared/samples/exchange/"

type expectation struct {
	Password string
	Entries  []struct {
		Type, Issuer, Name, Algo, Note string
		SecretHex                      string `json:"secret_hex"`
		Digits, Period                 int
		Counter                        uint64
		Groups                         []string
		Optional                       bool
	}
	Errors, Skipped []struct{ Where, Reason string }
	Error           string
}

// judged are the files that are meant to be read otherwise than is written
// beside them, and why. A file that begins to agree fails here.
var judged = map[string]string{}

// refusedFamilies are refused with advice; what a reader would find in them does not matter.
var refusedFamilies = []string{"kdbx", "android-sqlite"}

// Every file of other programs gives what is written beside it. With -v it
// prints a table.
func TestSamples(t *testing.T) {
	files, _ := filepath.Glob(samples + "*/*")
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, ".expected.json") })
	if len(files) == 0 {
		t.Skip("no files of other programs here")
	}
	type row struct{ samples, passed int }
	rows := map[string]*row{}
	var order []string
	for _, file := range files {
		family := filepath.Base(filepath.Dir(file))
		if family == "qr-images" { // pictures are read by otpcore/qr
			continue
		}
		if rows[family] == nil {
			rows[family] = &row{}
			order = append(order, family)
		}
		rows[family].samples++
		t.Run(family+"/"+filepath.Base(file), func(t *testing.T) {
			differs := compareSample(t, file, slices.Contains(refusedFamilies, family))
			reason, known := judged[filepath.Base(file)]
			switch {
			case differs == "" && known:
				t.Errorf("agrees now; it was expected not to: %s", reason)
			case differs != "" && !known:
				t.Error(differs)
			case differs != "":
				t.Logf("differs, rightly: %s", reason)
			default:
				rows[family].passed++
			}
		})
	}
	for _, family := range order {
		t.Logf("%-22s samples %2d  passed %2d", family, rows[family].samples, rows[family].passed)
	}
}

// compareSample says how the outcome differs from what is expected, or "".
func compareSample(t *testing.T, file string, refused bool) string {
	t.Helper()
	want := readExpectation(t, file)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want.Password != "" && !refused {
		if _, err := Read(t.Context(), data, Options{}); !errors.Is(err, ErrPassphraseNeeded) {
			return fmt.Sprintf("without a passphrase: %v", err)
		}
		if _, err := Read(t.Context(), data, Options{Passphrase: []byte("another")}); !errors.Is(err, ErrPassphrase) {
			return fmt.Sprintf("with a wrong passphrase: %v", err)
		}
	}
	batch, err := Read(t.Context(), data, Options{Passphrase: []byte(want.Password)})
	var refusal *RefusedError
	switch {
	case refused || want.Error != "":
		if !errors.As(err, &refusal) || refusal.Advice == "" {
			return fmt.Sprintf("not refused: %v", err)
		}
		return ""
	case (err != nil) != (len(want.Entries) == 0):
		return fmt.Sprintf("%v, with %d entries to find", err, len(want.Entries))
	}
	return differences(batch, want)
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

// differences compares what makes codes and names, as a set. Notes and tags that
// are expected have to be there; more of them is no difference: some readers that
// wrote the expectations left them out.
func differences(batch otpcore.Batch, want expectation) string {
	var expected, got []string
	beside := map[string]otpcore.Account{}
	for _, a := range batch.Accounts {
		key := fmt.Sprint(a.Kind, "|", a.Issuer, "|", a.Name, "|", hex.EncodeToString(a.Secret.Reveal()), "|", a.Algorithm, a.Digits, a.Period, a.Counter)
		got = append(got, key)
		beside[key] = a
	}
	optional := 0
	for _, e := range want.Entries {
		if e.Optional {
			optional++
			continue
		}
		key := fmt.Sprint(e.Type, "|", e.Issuer, "|", e.Name, "|", e.SecretHex, "|", e.Algo, e.Digits, e.Period, e.Counter)
		expected = append(expected, key)
		a, found := beside[key]
		if e.Note != "" && found && a.Note != e.Note {
			return fmt.Sprintf("note %q, want %q", a.Note, e.Note)
		}
		for _, group := range e.Groups {
			if found && !slices.Contains(a.Tags, group) {
				return fmt.Sprintf("tags %q, want %q", a.Tags, group)
			}
		}
	}
	slices.Sort(expected)
	slices.Sort(got)
	if !slices.Equal(expected, got) {
		return strings.Join(got, "\n") + "\nwant\n" + strings.Join(expected, "\n")
	}
	if got, want := problems(batch), len(want.Errors)+len(want.Skipped)+optional; got != want {
		return fmt.Sprintf("%d problems, want %d: %v, missing %v", got, want, batch.Skipped, batch.Missing)
	}
	return ""
}

// problems counts a run of lines as its lines.
func problems(batch otpcore.Batch) int {
	count := len(batch.Missing)
	for _, skip := range batch.Skipped {
		first, last := 0, 0
		if n, _ := fmt.Sscanf(skip.Where, "lines %d to %d", &first, &last); n == 2 {
			count += last - first
		}
		count++
	}
	return count
}

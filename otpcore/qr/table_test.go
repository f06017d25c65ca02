//go:build unix

package qr_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"otpane/otpcore/qr"
)

// The table over a folder of real and generated pictures:
//
//	go test ./otpcore/qr -run TestTable -v -count 1 -table all
//
// It fails on a wrong text, on a negative that decodes, and on low rates.
// Without the flag a fixed eighth of the pictures is read, enough to notice a
// broken reader. "tune" leaves a fixed third aside and "holdout" is that third,
// so that whoever changes a threshold can see whether it only fits the pictures
// it was chosen on. Times are processor time: the machine may be busy.
var (
	table    = flag.String("table", "", "pictures of the table: all, tune, holdout, or part of a path; default a fixed eighth")
	failures = flag.Bool("failures", false, "name every picture whose codes were not all read")
	peers    = flag.Bool("peers", true, "with -table, ask zbarimg and ZXingReader too")
)

func TestTable(t *testing.T) {
	pictures := readTruth(t)
	pictures = slices.DeleteFunc(pictures, func(p picture) bool { return !chosen(p.file) })
	readers := []reader{{"otpane", readOurselves}}
	if *table != "" && *peers {
		readers = append(readers, installed(reader{"zbarimg", readZbar}, reader{"ZXingReader", readZXing})...)
	}
	for _, r := range readers {
		scores := score(t, r, pictures)
		t.Logf("%s, %d pictures\n%s", r.name, len(pictures), tabulate(scores))
		if r.name != "otpane" {
			continue
		}
		t.Logf("codes read by each rung: %v", rungs)
		if total := scores[len(scores)-1]; total.wrong > 0 {
			t.Errorf("%d wrong texts", total.wrong)
		}
		checkRates(t, scores)
	}
}

// checkRates holds what the pictures chosen today must reach. A picture in a
// format that is only recognised counts as one that was not read.
func checkRates(t *testing.T, scores []*row) {
	least := map[string]float64{"= gen": 0.98, "= real": 0.96, "= negatives": 1}
	slack := 1
	if *table == "" {
		slack = 2 // of few pictures
	}
	for _, s := range scores {
		if missed := s.pictures - s.all; missed > slack+int((1-least[s.name])*float64(s.pictures)) && least[s.name] > 0 {
			t.Errorf("%s: %d of %d pictures read whole", s.name, s.all, s.pictures)
		}
	}
}

type picture struct {
	file, path, category string
	texts                []string // none: nothing may be decoded
}

// readTruth reads truth.tsv: file, expected, source, licence, category, note,
// with a line for each code.
func readTruth(t *testing.T) []picture {
	t.Helper()
	lines, err := os.ReadFile(filepath.Join(*samples, "truth.tsv"))
	if err != nil {
		t.Skipf("no sample pictures: %v", err)
	}
	unescape := strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r", `\t`, "\t")
	var pictures []picture
	for _, line := range strings.Split(string(lines), "\n")[1:] {
		fields := strings.Split(line, "\t")
		if len(fields) < 5 {
			continue
		}
		if n := len(pictures); n == 0 || pictures[n-1].file != fields[0] {
			pictures = append(pictures, picture{file: fields[0], path: filepath.Join(*samples, fields[0]), category: fields[4]})
		}
		if fields[1] != "" {
			p := &pictures[len(pictures)-1]
			p.texts = append(p.texts, unescape.Replace(fields[1]))
		}
	}
	if len(pictures) == 0 {
		t.Fatal("truth.tsv names no pictures")
	}
	return pictures
}

func chosen(file string) bool {
	h := fnv.New32a()
	h.Write([]byte(file))
	sum := h.Sum32()
	switch *table {
	case "":
		return sum%8 == 1
	case "all":
		return true
	case "tune":
		return sum%3 != 0
	case "holdout":
		return sum%3 == 0
	}
	return strings.Contains(file, *table)
}

type reader struct {
	name string
	read func(path string) ([]string, error)
}

func installed(readers ...reader) []reader {
	return slices.DeleteFunc(readers, func(r reader) bool {
		_, err := exec.LookPath(r.name)
		return err != nil
	})
}

func readOurselves(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	img, err := qr.Load(data)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	codes, err := qr.Find(ctx, img)
	var texts []string
	for _, code := range codes {
		texts = append(texts, code.Text)
		rungs[code.Rung]++
	}
	return texts, err
}

// rungs counts the codes that each rung read.
var rungs = map[string]int{}

func readZbar(path string) ([]string, error) {
	out, err := exec.Command("zbarimg", "-q", "-Sdisable", "-Sqr.enable", "--xml", path).Output()
	return between(out, "<![CDATA[", "]]>"), err
}

func readZXing(path string) ([]string, error) {
	out, err := exec.Command("ZXingReader", "-format", "QRCode", path).Output()
	return between(out, "Text:       \"", "\"\nBytes:"), err
}

func between(out []byte, open, shut string) []string {
	var texts []string
	for {
		_, rest, found := bytes.Cut(out, []byte(open))
		text, after, shutFound := bytes.Cut(rest, []byte(shut))
		if !found || !shutFound {
			return texts
		}
		texts, out = append(texts, string(text)), after
	}
}

// row is what one reader did with the pictures of one category.
type row struct {
	name                      string
	pictures, all, any, wrong int
	times                     []time.Duration
}

func score(t *testing.T, r reader, pictures []picture) []*row {
	byName := map[string]*row{}
	var rows []*row
	rowOf := func(name string) *row {
		if byName[name] == nil {
			byName[name] = &row{name: name}
			rows = append(rows, byName[name])
		}
		return byName[name]
	}
	for _, p := range pictures {
		start := processorTime()
		texts, err := r.read(p.path)
		spent := processorTime() - start
		origin, _, _ := strings.Cut(p.file, "/")
		if len(p.texts) == 0 {
			origin = "negatives"
		}
		for _, name := range []string{p.category, "= " + origin, "total"} {
			rowOf(name).add(p, texts, spent)
		}
		if *failures && r.name == "otpane" && !p.whole(texts) {
			t.Logf("%s: %d of %d, %v", p.file, len(texts), len(p.texts), err)
		}
		if p.wrong(texts) > 0 && r.name == "otpane" {
			t.Errorf("%s: got %q, want %q", p.file, texts, p.texts)
		}
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return strings.Compare(a.order(), b.order()) })
	return rows
}

func (r *row) add(p picture, texts []string, spent time.Duration) {
	r.pictures++
	r.times = append(r.times, spent)
	r.wrong += p.wrong(texts)
	if p.whole(texts) {
		r.all++
	}
	if slices.ContainsFunc(p.texts, func(text string) bool { return slices.Contains(texts, text) }) {
		r.any++
	}
}

func (p picture) whole(texts []string) bool {
	for _, text := range p.texts {
		if !slices.Contains(texts, text) {
			return false
		}
	}
	return len(p.texts) > 0 || len(texts) == 0
}

func (p picture) wrong(texts []string) int {
	n := 0
	for _, text := range texts {
		if !slices.Contains(p.texts, text) {
			n++
		}
	}
	return n
}

// order puts the sums below the categories.
func (r *row) order() string {
	if r.name == "total" {
		return "~~"
	}
	return strings.ReplaceAll(r.name, "=", "~")
}

func tabulate(rows []*row) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "category\tpictures\tall\tany\twrong\tmedian\tp95\t")
	for _, r := range rows {
		slices.Sort(r.times)
		fmt.Fprintf(w, "%s\t%d\t%d (%.1f %%)\t%d\t%d\t%s\t%s\t\n", r.name, r.pictures, r.all,
			100*float64(r.all)/float64(r.pictures), r.any, r.wrong, r.quantile(0.5), r.quantile(0.95))
	}
	w.Flush()
	return out.String()
}

func (r *row) quantile(q float64) time.Duration {
	return r.times[int(q*float64(len(r.times)-1)+0.5)].Round(time.Millisecond)
}

// processorTime is what this process and the peers it waited for have used.
func processorTime() time.Duration {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var usage syscall.Rusage
		if syscall.Getrusage(who, &usage) != nil {
			continue
		}
		sum += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	return sum
}

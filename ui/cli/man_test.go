package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestManPagesAreClean hands every page to the programs that show them.
func TestManPagesAreClean(t *testing.T) {
	peers := [][]string{{"mandoc", "-T", "lint", "-W", "warning"}, {"groff", "-man", "-Tutf8", "-ww", "-z"}}
	for _, argv := range peers {
		t.Run(argv[0], func(t *testing.T) {
			if _, err := exec.LookPath(argv[0]); err != nil {
				t.Skipf("no %s here", argv[0])
			}
			if out := faultsOf(t, argv, ".TH X 1 \"\"\n.SH NAME\n.NOSUCH\nx \\- y\n"); out == "" {
				t.Fatal("it finds nothing wrong with a page that is")
			}
			for _, cmd := range manPages((&program{}).root()) {
				if out := faultsOf(t, argv, manPage(cmd)); out != "" {
					t.Errorf("%s:\n%s", manName(cmd), out)
				}
			}
		})
	}
}

// faultsOf is what a program says of a page. A program that is built outside a
// repository has no date to give.
func faultsOf(t *testing.T, argv []string, page string) string {
	t.Helper()
	run := exec.Command(argv[0], argv[1:]...)
	run.Stdin = strings.NewReader(page)
	out, _ := run.CombinedOutput()
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(out)), "\n"), func(line string) bool {
		return strings.Contains(line, "missing date")
	})
	return strings.Join(lines, "\n")
}

// TestManPagesSayWhatHelpSays renders the pages and looks for every line that help
// has: examples and tables as they stand, sentences word by word.
func TestManPagesSayWhatHelpSays(t *testing.T) {
	if _, err := exec.LookPath("mandoc"); err != nil {
		t.Skip("no mandoc here")
	}
	root := (&program{}).root()
	root.InitDefaultHelpCmd()
	pages := map[string]string{}
	for _, cmd := range manPages(root) {
		run := exec.Command("mandoc", "-T", "utf8", "-O", "width=200")
		run.Stdin = strings.NewReader(manPage(cmd))
		out, err := run.Output()
		if err != nil {
			t.Fatal(err)
		}
		pages[cmd.Name()] = oneBlank(overstruck.ReplaceAllString(string(out), ""))
	}
	lines := 0
	for _, cmd := range all(root) {
		words := strings.Fields(cmd.CommandPath())
		page := pages[words[1]]
		if isTopic(cmd) {
			page = pages["otpane"]
		}
		said := cmd.Example + "\n" + strings.ReplaceAll(cmd.Long, "`", "")
		if !isTopic(cmd) {
			said += "\n" + cmd.Short
		}
		cmd.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
			if _, usage := pflag.UnquoteUsage(flag); flag.Name != "help" {
				said += "\n--" + flag.Name + "\n" + strings.ReplaceAll(usage, "`", "")
			}
		})
		for _, line := range strings.Split(said, "\n") {
			if lines++; !strings.Contains(page, oneBlank(line)) {
				t.Errorf("%s: its page lacks %q", cmd.CommandPath(), line)
			}
		}
	}
	if lines < 200 {
		t.Fatalf("only %d lines were looked for", lines)
	}
}

// overstruck is how bold and underlined letters are printed.
var overstruck = regexp.MustCompile(".\b")

func oneBlank(text string) string { return strings.Join(strings.Fields(text), " ") }

// TestEnvironmentIsComplete: the manual has every variable of otpane's that its
// sources name.
func TestEnvironmentIsComplete(t *testing.T) {
	var listed []string
	for _, one := range environment {
		listed = append(listed, one.name)
	}
	files, err := filepath.Glob("../../ui/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`"(OTPANE_[A-Z_]+)"`)
	seen := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range named.FindAllStringSubmatch(string(text), -1) {
			// What one image of a process tells the next is nobody's to set.
			if seen++; !slices.Contains(listed, found[1]) && found[1] != "OTPANE_HANDOVER" {
				t.Errorf("%s reads %s, of which the manual says nothing", file, found[1])
			}
		}
	}
	if seen < 4 {
		t.Fatalf("only %d were seen", seen)
	}
}

func TestRoffTakesNothingForItself(t *testing.T) {
	if _, err := exec.LookPath("mandoc"); err != nil {
		t.Skip("no mandoc here")
	}
	text := []string{".SH not a heading", "'br", `a\fBb\(aq`, "--flag=~/x^2 `quoted` \"word\"", "日本 … ✓", "-", "."}
	var r roff
	r.line(".TH X 1 2026-11-22")
	r.section("NAME")
	r.verbatim(strings.Join(text, "\n"))
	run := exec.Command("mandoc", "-T", "utf8", "-O", "width=200")
	run.Stdin = strings.NewReader(r.String())
	out, err := run.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range text {
		if !strings.Contains(overstruck.ReplaceAllString(string(out), ""), " "+line+"\n") {
			t.Errorf("%q does not come out as it went in:\n%s", line, out)
		}
	}
}

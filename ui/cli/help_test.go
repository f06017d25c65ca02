package cli

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
)

// TestHelpFitsAScreen asks every command and topic for help.
func TestHelpFitsAScreen(t *testing.T) {
	root := (&program{}).root()
	if len(root.Commands()) < 14 {
		t.Fatalf("only %d commands", len(root.Commands()))
	}
	pages := map[string][]string{"otpane": nil}
	for _, cmd := range all(root) {
		words := strings.Fields(cmd.CommandPath())[1:]
		pages[strings.Join(words, " ")] = words
	}
	for name, words := range pages {
		t.Run(name, func(t *testing.T) {
			page := helpPage(t, words)
			lines := strings.Split(strings.TrimSuffix(page, "\n"), "\n")
			if len(lines) > 24 {
				t.Errorf("%d lines:\n%s", len(lines), page)
			}
			for _, line := range lines {
				if ansi.StringWidth(line) > 80 {
					t.Errorf("wider than 80: %q", line)
				}
			}
			_, examples, found := strings.Cut(page, "\nExamples:\n")
			if name == "exit-status" || name == "vaults" {
				return // a topic, nothing to run
			}
			lines = strings.Split(strings.TrimSuffix(examples, "\n"), "\n")
			if !found || len(lines) != 2 {
				t.Fatalf("not two examples:\n%s", page)
			}
			for _, example := range lines {
				if !regexp.MustCompile(`^  (.*\W)?otpane\b`).MatchString(example) {
					t.Errorf("no example: %q", example)
				}
			}
		})
	}
}

func all(cmd *cobra.Command) []*cobra.Command {
	var found []*cobra.Command
	for _, below := range cmd.Commands() {
		found = append(append(found, below), all(below)...)
	}
	return found
}

// TestChaptersNameEveryCommand: the first page of help leaves nothing out.
func TestChaptersNameEveryCommand(t *testing.T) {
	var named []string
	for _, chapter := range chapters {
		named = append(named, strings.Split(chapter.commands, ", ")...)
	}
	have := []string{"help"} // which cobra adds when it runs
	for _, cmd := range (&program{}).root().Commands() {
		if cmd.Runnable() {
			have = append(have, cmd.Name())
		}
	}
	slices.Sort(named)
	slices.Sort(have)
	if !slices.Equal(named, have) {
		t.Errorf("the chapters name\n%v, the commands are\n%v", named, have)
	}
}

func helpPage(t *testing.T, words []string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{Env: Env{Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }, Now: time.Now}}
	if err := p.run(context.Background(), append([]string{"help"}, words...)); err != nil {
		t.Fatal(err)
	}
	if stderr.Len() > 0 || stdout.Len() == 0 {
		t.Fatalf("help belongs on standard output; standard error has %q", stderr.String())
	}
	return stdout.String()
}

// TestOtherwordsLeadSomewhere: each names a command, and is none where it leads away.
func TestOtherwordsLeadSomewhere(t *testing.T) {
	root := (&program{}).root()
	here, below := commandNames(root), []string{}
	for _, cmd := range all(root) {
		below = append(below, cmd.Name())
	}
	for typed, words := range otherwords {
		for _, word := range words {
			if !slices.Contains(below, word) {
				t.Errorf("%q leads to %q, which is no command", typed, word)
			}
		}
		if slices.Contains(here, typed) && slices.Contains(here, words[0]) {
			t.Errorf("%q is a command and leads away", typed)
		}
	}
}

// TestExclusionsAreOfFlags: a pair with a slip in it would exclude nothing.
func TestExclusionsAreOfFlags(t *testing.T) {
	flags := flagNames((&program{}).codeCommand())
	for _, pair := range exclusions {
		if !slices.Contains(flags, pair.one) || !slices.Contains(flags, pair.other) || pair.one == pair.other {
			t.Errorf("--%s and --%s", pair.one, pair.other)
		}
	}
}

// TestExitStatusesAreListed: what scripts rely on stands in one place, and whole.
func TestExitStatusesAreListed(t *testing.T) {
	page := helpPage(t, []string{"exit-status"})
	for status := done; status <= wrongPassphrase; status++ {
		if !strings.Contains(page, fmt.Sprintf("\n  %d  ", status)) {
			t.Errorf("%d is not in\n%s", status, page)
		}
	}
}

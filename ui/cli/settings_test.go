package cli

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
)

func TestEveryDefaultIsReadAndOnItsStep(t *testing.T) {
	t.Setenv("HOME", "/home/ada") // where ~ leads
	if d := defaults(); d.ClearAfter.Duration != 30*time.Second || d.LockAfter.Duration != 10*time.Minute || d.Guard.Duration != 3*time.Second {
		t.Fatalf("the defaults are %+v", d)
	}
	for _, row := range settingsTable() {
		var s settings
		if row.table != nil {
			for _, entry := range row.table.entries() {
				if found := s.read("[" + row.name + "]\n" + entry.name + " = " + entry.standard); len(found) > 0 {
					t.Errorf("%s.%s: its default: %v", row.name, entry.name, found)
				}
			}
			continue
		}
		if found := s.read(row.name + " = " + row.standard); len(found) > 0 {
			t.Errorf("%s: its default: %v", row.name, found)
		}
		if strings.Contains(row.comment, "\n") || row.comment == "" || row.takes == "" {
			t.Errorf("%s: no comment of one line, or nothing it takes", row.name)
		}
		if row.title == "" {
			continue
		}
		if !slices.Contains(row.steps, row.standard) {
			t.Errorf("%s: the page cannot come back to the default %s", row.name, row.standard)
		}
		said := map[string]bool{}
		for _, step := range row.steps {
			if found := s.read(row.name + " = " + step); len(found) > 0 {
				t.Errorf("%s: the page offers %s: %v", row.name, step, found)
			}
			if words := row.words(s); words == "" || said[words] {
				t.Errorf("%s: %s reads %q", row.name, step, words)
			}
			said[row.words(s)] = true
		}
	}
}

// What config init writes says nothing, and every comment of it is true: with the
// signs taken away it says what holds anyhow.
func TestTheWrittenFileSaysWhatHolds(t *testing.T) {
	t.Setenv("HOME", "/home/ada") // where ~ leads
	s := settings{}
	for _, at := range statements(settingsFile()) {
		if !at.header {
			t.Errorf("line %d is no comment", at.line)
		}
	}
	if found := s.read(settingsFile()); len(found) > 0 {
		t.Fatal(found)
	}
	lines := strings.Split(settingsFile(), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "# ") {
			lines[i] = line[1:]
		}
	}
	bare := strings.Join(lines, "\n")
	if found := s.read(bare); len(found) > 0 || len(statements(bare)) < len(settingsTable()) {
		t.Errorf("without the signs: %v\n%s", found, bare)
	}
}

func TestWhereASettingStands(t *testing.T) {
	text := "\ufeff# guard = 1\nclear_after = \"30s\" # [no]\r\n\"theme\" = '''\nx = 1'''\n\ncopy = [ # ]\n  \"a#]\", 'b',\n]\nkeys.copy={ a = \"}\" }\n[ pane . \"x\" ] # y\nguards = 1\n[[list]]\n\tlast=\"\"\"\\\"\"\"\"\"\"\t"
	var got []string
	for _, at := range statements(text) {
		got = append(got, fmt.Sprint(at.line, " ", strings.Join(at.path, "/"), " ", text[at.value:at.end]))
	}
	want := []string{
		`2 clear_after "30s"`, "3 theme '''\nx = 1'''", "6 copy [ # ]\n  \"a#]\", 'b',\n]", `9 keys/copy { a = "}" }`,
		"10 pane/x ", "11 pane/x/guards 1", "12 list ", "13 list/last \"\"\"\\\"\"\"\"\"\"",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// FuzzStatements: any text comes to an end, and of one that is TOML every top key
// that the library reads is found, in order of lines.
func FuzzStatements(f *testing.F) {
	f.Add(settingsFile())
	f.Add("a = [1,\n2]\n[b.c]\nd = 'x'\n\"e f\" = {g=1}")
	f.Add("[")
	f.Add("a.b = \"\"\"\n\\\"\"\"\"")
	f.Fuzz(func(t *testing.T, text string) {
		found := statements(text)
		line := 0
		names := map[string]bool{}
		for _, at := range found {
			if at.line < line || at.value > at.end && !at.header || at.end > len(text) {
				t.Fatalf("%+v after line %d", at, line)
			}
			line = at.line
			names[at.path[0]] = true
		}
		var values map[string]any
		if _, err := toml.Decode(text, &values); err != nil {
			return
		}
		for name := range values {
			if !names[name] && !strings.ContainsAny(name, "\\\"'\t") && !strings.Contains(text, `\`) {
				t.Errorf("%q is not found in %q", name, text)
			}
		}
	})
}

func TestGroupingTakesWordsAndNumbers(t *testing.T) {
	for text, want := range map[string]int{`"auto"`: 0, `"off"`: -1, "2": 2, "5": 5} {
		s := defaults()
		if found := s.read("grouping = " + text); len(found) > 0 || int(s.Grouping) != want {
			t.Errorf("grouping = %s is %d (%v), want %d", text, s.Grouping, found, want)
		}
	}
	for _, text := range []string{"1", "6", `"3"`, "true", "2.5"} {
		s := defaults()
		if found := s.read("grouping = " + text); len(found) == 0 {
			t.Errorf("grouping = %s is taken as %d", text, s.Grouping)
		}
	}
}

package cli

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"otpane/ui"
)

func TestSettingALine(t *testing.T) {
	for _, c := range []struct{ name, path, value, text, want string }{
		{"an empty file", "guard", `"5s"`, "", "guard = \"5s\"\n"},
		{"where it is set", "guard", `"5s"`, "# x\nguard=\"3s\" # why\nmasked = true\n", "# x\nguard=\"5s\" # why\nmasked = true\n"},
		{"without an end of line", "guard", `"5s"`, "guard = \"3s\"", "guard = \"5s\""},
		{"behind a last line without an end", "guard", `"5s"`, "masked = true", "masked = true\nguard = \"5s\"\n"},
		{"a quoted key", "guard", `"5s"`, "\"guard\" = '3s'\n", "\"guard\" = \"5s\"\n"},
		{"below its default", "guard", `"5s"`, "# about\n#guard = \"3s\"\n\n#masked = false\n", "# about\n#guard = \"3s\"\nguard = \"5s\"\n\n#masked = false\n"},
		{"with a blank in the comment", "guard", `"5s"`, "\t# guard=\"3s\"", "\t# guard=\"3s\"\nguard = \"5s\"\n"},
		{"a comment about another", "guard", `"5s"`, "#guardian = 1\n", "#guardian = 1\nguard = \"5s\"\n"},
		{"ends of lines as they are", "guard", `"5s"`, "#guard = \"3s\"\r\nmasked = true\r\n", "#guard = \"3s\"\r\nguard = \"5s\"\r\nmasked = true\r\n"},
		{"above the first table and its comment", "guard", `"5s"`, "masked = true\n\n# mine\n[keys]\nlock = [\"X\"]\n", "masked = true\nguard = \"5s\"\n\n# mine\n[keys]\nlock = [\"X\"]\n"},
		{"above a table that begins the file", "guard", `"5s"`, "# mine\n[keys]\n#guard = 1\n", "guard = \"5s\"\n# mine\n[keys]\n#guard = 1\n"},
		{"over several lines", "copy_command", `["y"]`, "copy_command = [\n  \"x\", # ]\n]\nmasked = true\n", "copy_command = [\"y\"]\nmasked = true\n"},
		{"not inside a value", "guard", `"5s"`, "copy_command = ['''\n#guard = 1\n''']\n", "copy_command = ['''\n#guard = 1\n''']\nguard = \"5s\"\n"},
		{"a table that is not there", "keys.lock", `["X"]`, "masked = true\n", "masked = true\n\n[keys]\nlock = [\"X\"]\n"},
		{"an empty table", "keys.lock", `["X"]`, "[keys]", "[keys]\nlock = [\"X\"]\n"},
		{"a table's default", "keys.lock", `["X"]`, "#lock = [\"y\"]\n[keys]\n#next = [\"n\"]\n#lock = [\"L\"] # lock\n#up = 1\n", "#lock = [\"y\"]\n[keys]\n#next = [\"n\"]\n#lock = [\"L\"] # lock\nlock = [\"X\"]\n#up = 1\n"},
		{"a table's end", "keys.lock", `["X"]`, "[keys]\nnext = [\"m\"]\n\n# colours\n[other]\n", "[keys]\nnext = [\"m\"]\nlock = [\"X\"]\n\n# colours\n[other]\n"},
		{"beside a dotted key", "keys.lock", `["X"]`, "keys.next = [\"m\"] # mine\nguard = \"3s\"\n[colours]\n", "keys.next = [\"m\"] # mine\nkeys.lock = [\"X\"]\nguard = \"3s\"\n[colours]\n"},
		{"a dotted key", "keys.lock", `["X"]`, "keys.lock = \"z\"\n", "keys.lock = [\"X\"]\n"},
	} {
		if got := setLine(c.text, strings.Split(c.path, "."), c.value); got != c.want {
			t.Errorf("%s:\n%q\nwant\n%q", c.name, got, c.want)
		}
	}
}

// What the pane saves is what it reads next time, and everything else stays.
func TestPreferencesAreSavedWhereTheyStand(t *testing.T) {
	p := &preferences{path: filepath.Join(t.TempDir(), "otpane", "config.toml"), now: defaults()}
	read := func() string {
		t.Helper()
		text, err := os.ReadFile(p.path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if err := p.step("guard", 1); err != nil {
		t.Fatal(err)
	}
	if want := "\n#guard = \"3s\"\nguard = \"5s\"\n"; !strings.Contains(read(), want) || len(read()) != len(settingsFile())+len("guard = \"5s\"\n") {
		t.Errorf("the file is\n%s", read())
	}
	if info, err := os.Stat(p.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}

	// An editor changes it meanwhile; a link leads to it, and it has a mode of its own.
	other := filepath.Join(t.TempDir(), "dotfiles.toml")
	if err := os.WriteFile(other, []byte("masked = true # mine\nlock_after = \"7m\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(other, 0o644); err != nil { // whatever the umask
		t.Fatal(err)
	}
	if err := os.Remove(p.path); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, p.path); err != nil {
		t.Skip("no links here: ", err)
	}
	if err := p.bind("lock", []string{"X"}); err != nil {
		t.Fatal(err)
	}
	if want := "masked = true # mine\nlock_after = \"7m\"\n\n[keys]\nlock = [\"X\"]\n"; read() != want {
		t.Errorf("the file is\n%s", read())
	}
	if info, err := os.Lstat(p.path); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	if info, err := os.Stat(other); err != nil || info.Mode().Perm() != 0o644 {
		t.Error("the mode is another one")
	}
	var config ui.Config
	var terminal ui.Terminal
	p.page(nil).Apply(&config, &terminal)
	if !config.Masked || config.LockAfter != 7*time.Minute || config.Guard != 3*time.Second || terminal.Keys["lock"][0] != "X" {
		t.Errorf("what the editor wrote does not hold: %+v", config)
	}
	if err := p.bind("lock", nil); err != nil || !strings.HasSuffix(read(), "lock = [\"L\"]\n") {
		t.Errorf("%v\n%s", err, read())
	}
	if err := p.step("lock_after", 1); err != nil || !strings.Contains(read(), "lock_after = \"1m\"") {
		t.Errorf("%v: from a value that is no step\n%s", err, read())
	}

	// What the editor of the user's choice saves holds as soon as it ends, if it can.
	for _, text := range []string{"lock_after = \"9m\"\n", "lock_after = 9\n"} {
		err := p.open(func(path string) error { return os.WriteFile(path, []byte(text), 0o600) })
		if refused := text == "lock_after = 9\n"; refused != (err != nil) || p.current().LockAfter.Duration != 9*time.Minute {
			t.Errorf("%q: %v, %v", text, err, p.current().LockAfter)
		}
	}

	// A file with a mistake, or one that says it in another way, is not touched.
	for _, text := range []string{"masked = true\nguard = 3\n", "keys = { lock = \"X\" }\n", "keys = {}\n"} {
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.bind("lock", []string{"z"}); err == nil || read() != text {
			t.Errorf("%q became %q, %v", text, read(), err)
		}
	}
}

func TestEverySettingOfThePageStepsThroughItsValues(t *testing.T) {
	p := &preferences{path: filepath.Join(t.TempDir(), "config.toml"), now: defaults()}
	for _, row := range settingsTable() {
		if row.title == "" {
			continue
		}
		first := row.words(p.current())
		for _, by := range []int{1, -1} {
			for i := range row.steps {
				if err := p.step(row.name, by); err != nil {
					t.Fatal(err)
				}
				if back := row.words(p.current()) == first; back != (i == len(row.steps)-1) {
					t.Errorf("%s is %q after %d steps by %d", row.name, row.words(p.current()), i+1, by)
				}
			}
		}
	}
	if n := len(p.rows()); n < 6 {
		t.Errorf("only %d rows", n)
	}
}

// FuzzSetLine: of any file that otpane reads, a change touches that key alone.
func FuzzSetLine(f *testing.F) {
	f.Add(settingsFile(), true)
	f.Add("guard = '''3s'''\r\n[keys]\r\nlock=[\"x\",\n'y']# ]", false)
	f.Add("masked=true\n\"keys\" . 'lock' = \"x\"", false)
	f.Add("# [keys]\n#guard = 1", true)
	f.Fuzz(func(t *testing.T, text string, top bool) {
		before := defaults()
		if len(before.read(text)) > 0 {
			return
		}
		path, value := []string{"keys", "lock"}, `["f9"]`
		if top {
			path, value = []string{"guard"}, `"9s"`
		}
		edited := setLine(text, path, value)
		after := defaults()
		if len(after.read(edited)) > 0 || !says(edited, path, value) {
			return // refused, and never written
		}
		if top {
			after.Guard = before.Guard
		} else {
			delete(after.Keys, "lock")
			delete(before.Keys, "lock")
		}
		if len(after.Keys) == 0 {
			after.Keys, before.Keys = nil, nil
		}
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%q became %q", text, edited)
		}
	})
}

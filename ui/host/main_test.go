package host

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary play the other programs of a test: a role named
// in the environment, or a clipboard tool that writes down what it was given.
func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv("HOST_TEST_ROLE")]; ok {
		os.Exit(role())
	}
	if dir, name := filepath.Split(os.Args[0]); fileExists(filepath.Join(dir, "recorder")) {
		os.Exit(record(dir, name))
	}
	toolPatience = patience
	os.Exit(m.Run())
}

// patience is how long a test waits for something that ought to happen at once. Only
// one that fails waits so long.
const patience = 2 * time.Minute

// roles are filled by the tests that need a process of their own.
var roles = map[string]func() int{}

func waitForEnd() int {
	fmt.Print(".")
	_, _ = io.ReadAll(os.Stdin)
	return 0
}

// A recording is all that a child could learn.
type recording struct {
	Args, Environ []string
	Stdin         string
}

// record keeps what the first run was given; a later one, which reads the
// clipboard back, gets that run's text.
func record(dir, name string) int {
	stdin, err := io.ReadAll(os.Stdin)
	if err != nil {
		return 1
	}
	var first recording
	if data, err := os.ReadFile(filepath.Join(dir, name+".json")); err == nil && json.Unmarshal(data, &first) == nil {
		fmt.Print(first.Stdin)
		return 0
	}
	data, err := json.Marshal(recording{os.Args, os.Environ(), string(stdin)})
	if err != nil || os.WriteFile(filepath.Join(dir, name+".json"), data, 0o600) != nil {
		return 1
	}
	return 0
}

// recorders makes a PATH of programs that record.
func recorders(t *testing.T, names ...string) (path string) {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	writeFile(t, filepath.Join(dir, "recorder"), "", 0o600)
	return dir
}

func recorded(t *testing.T, path, name string) recording {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path, name+".json"))
	if err != nil {
		t.Fatalf("%s was not run: %v", name, err)
	}
	var r recording
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// environment is a getenv over NAME=value pairs.
func environment(pairs ...string) func(string) string {
	values := map[string]string{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return func(name string) string { return values[name] }
}

func writeFile(t *testing.T, path, text string, perm os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), perm); err != nil {
		t.Fatal(err)
	}
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

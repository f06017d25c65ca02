package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A picture is removed only while it is the one that was read.
func TestOnlyWhatWasReadIsRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shot.png")
	write := func(text string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var read pictures
	write("one", noon)
	if err := read.remove(path); !errors.Is(err, errNotRead) {
		t.Fatalf("a file that nobody read: %v", err)
	}
	read.note(path)
	for name, text := range map[string]string{"another length": "other", "another time": "two"} {
		write(text, noon.Add(time.Minute))
		if err := read.remove(path); err == nil || !strings.Contains(err.Error(), "another file by now") {
			t.Errorf("%s: %v", name, err)
		}
	}
	write("one", noon)
	if err := read.remove(path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}

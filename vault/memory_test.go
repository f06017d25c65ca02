package vault

import (
	"os"
	"testing"
)

// A vault in memory is one: it saves, keeps the copy before, and knows when
// nothing has changed. What it has not is a file.
func TestInMemory(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	v, err := InMemory((&clock{noon}).now)
	if err != nil {
		t.Fatal(err)
	}
	id := add(t, v, github())
	if err := v.Update(func(d *Draft) error { return d.Delete(id) }); err != nil {
		t.Fatal(err)
	}
	if len(v.Accounts()) != 0 || len(v.Trash()) != 1 {
		t.Fatalf("%d accounts, %d in the trash, want 0 and 1", len(v.Accounts()), len(v.Trash()))
	}
	if changed, err := v.Refresh(); changed || err != nil {
		t.Errorf("Refresh after a save of its own: changed %v, %v", changed, err)
	}
	if n := len(v.at.backupNames()); n != 2 {
		t.Errorf("%d backups after two saves", n)
	}
	if err := v.SaveCopy("copy.age", func(*Draft) error { return nil }); err != nil {
		t.Errorf("a copy in memory: %v", err)
	}
	if v.Path() != "" || v.ReadOnly() != nil {
		t.Errorf("path %q, read-only: %v", v.Path(), v.ReadOnly())
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 0 {
		t.Errorf("the folder it ran in holds %v (%v)", entries, err)
	}
}

// Two vaults in memory do not see each other.
func TestInMemoryIsAlone(t *testing.T) {
	now := (&clock{noon}).now
	one, err := InMemory(now)
	if err != nil {
		t.Fatal(err)
	}
	add(t, one, github())
	other, err := InMemory(now)
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Accounts()) != 1 || len(other.Accounts()) != 0 {
		t.Errorf("%d and %d accounts, want 1 and 0", len(one.Accounts()), len(other.Accounts()))
	}
}

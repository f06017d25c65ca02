package ui

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"otpane/otpcore"
)

func TestCutCountsColumnsOfWholeClusters(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"GitHub", 6, "GitHub"}, {"GitHub", 5, "GitH…"}, {"GitHub", 1, "…"}, {"GitHub", 0, ""},
		{"楽天証券", 8, "楽天証券"}, {"楽天証券", 7, "楽天証…"}, {"楽天証券", 6, "楽天… "}, {"楽天証券", 2, "… "},
		{"👩‍👩‍👧‍👦x", 2, "… "}, {"👩‍👩‍👧‍👦xyz", 4, "👩‍👩‍👧‍👦x…"}, {"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
	} {
		if got := cut(c.text, c.columns, "…"); got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.text, c.columns, got, c.want)
		}
		if got := width(left(c.text, c.columns, "…")); got != c.columns {
			t.Errorf("left(%q, %d) is %d columns wide", c.text, c.columns, got)
		}
	}
}

func TestGroupsOfDigits(t *testing.T) {
	for code, want := range map[string]string{
		"1": "1", "12345": "12345", "123456": "123 456", "1234567": "1234 567", "12345678": "1234 5678",
		"123456789": "123 456 789", "1234567890": "12345 67890", "BGNJD": "BGNJD", "": "",
	} {
		if got := group(code); got != want {
			t.Errorf("group(%q) = %q, want %q", code, got, want)
		}
	}
}

// The bar of the drawings: 30 s, ten cells, soon at 9 s, closing at 3.
func TestBarAndMarksOverAPeriod(t *testing.T) {
	l := newLook(unicodeLook)
	for _, c := range []struct {
		left  time.Duration
		cells int
		label string
	}{
		{30 * time.Second, 10, "30s"}, {28 * time.Second, 10, "28s"}, {27 * time.Second, 9, "27s"}, {10 * time.Second, 4, "10s"},
		{9 * time.Second, 3, "9!"}, {4 * time.Second, 2, "4!"}, {3 * time.Second, 1, "3→"}, {time.Millisecond, 1, "1→"},
	} {
		k := clockOf(otpcore.Reading{Left: c.left, Period: 30 * time.Second}, 3*time.Second)
		if k.cells(10) != c.cells || k.label(l) != c.label {
			t.Errorf("%s: %d cells, %q; want %d, %q", c.left, k.cells(10), k.label(l), c.cells, c.label)
		}
	}
}

// However large the guard, never more than a quarter of a period is given up.
func TestGuardOfShortPeriods(t *testing.T) {
	for period, last := range map[time.Duration]time.Duration{
		time.Second: 250 * time.Millisecond, 10 * time.Second: 2500 * time.Millisecond, 30 * time.Second: 3 * time.Second,
	} {
		for left, want := range map[time.Duration]bool{last: true, last + time.Millisecond: false} {
			if got := closing(otpcore.Reading{Left: left, Period: period}, 3*time.Second); got != want {
				t.Errorf("%s left of %s: closing is %v", left, period, got)
			}
		}
	}
}

func TestLongPeriodsFitTheSecondsColumn(t *testing.T) {
	l := newLook(unicodeLook)
	for _, seconds := range []int{999, 1000, 3600, 59_999, 60_000, 3_000_000, otpcore.MaxPeriod} {
		k := clock{seconds: seconds, period: otpcore.MaxPeriod}
		if label := k.label(l); width(label) > secondsWidth {
			t.Errorf("%d s is written %q", seconds, label)
		}
	}
}

func TestDroppedPaths(t *testing.T) {
	for dropped, want := range map[string][]string{
		"/a/b.png":                {"/a/b.png"},
		"/a/my b.png":             {"/a/my b.png"}, // bare: one path
		"'/a/my b.png'":           {"/a/my b.png"},
		`"/a/b.png"`:              {"/a/b.png"},
		`/a/my\ b.png`:            {"/a/my b.png"},
		"file:///a/my%20b.png":    {"/a/my b.png"},
		"~/b.png":                 {"~/b.png"},
		`C:\Users\a\b.png`:        {`C:\Users\a\b.png`},
		"/a.png\n/b.png":          {"/a.png", "/b.png"},
		"b.png ":                  {"b.png"},
		"/a.png /b.png":           {"/a.png", "/b.png"},
		"'/a b.png' '/c.png' ":    {"/a b.png", "/c.png"},
		`/a\ b.png /c.png`:        {"/a b.png", "/c.png"},
		"file:///a.png file:///b": {"/a.png", "/b"},
		"it's mine.png":           {"it's mine.png"},
		"file:///a#1?.png":        {"/a#1?.png"}, // as it is, from terminals that encode nothing
		"FILE://host/a.png":       {"/a.png"},
		"file:///C:/a%20b.png":    {"C:/a b.png"},
		"/a/100%zz.png":           {"/a/100%zz.png"},
	} {
		if diff := cmp.Diff(want, droppedPaths(dropped)); diff != "" {
			t.Errorf("%q: %s", dropped, diff)
		}
	}
}

func TestSyncedFoldersAreKnown(t *testing.T) {
	for path, want := range map[string]string{
		"/home/a/Dropbox/shot.png": "Dropbox", "/home/a/Pictures/shot.png": "", `C:\Users\a\OneDrive - Work\shot.png`: "OneDrive",
		"/Users/a/Library/Mobile Documents/com~apple~CloudDocs/shot.png": "iCloud", "/home/a/notDropbox/shot.png": "",
	} {
		if got := SyncedBy(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

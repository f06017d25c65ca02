package ui

import (
	"testing"

	"otpane/otpcore"
)

// group and grouped part codes as the pane does when nobody asked otherwise.
func group(code string) string                      { return Grouping(0).part(code) }
func grouped(a otpcore.Account, code string) string { return Grouping(0).group(a, code) }

func TestGroupingBySetting(t *testing.T) {
	for g, want := range map[Grouping]string{0: "1234 5678", Together: "12345678", 2: "12 34 56 78", 3: "123 456 78", 4: "1234 5678", 5: "12345 678"} {
		if got := g.part("12345678"); got != want {
			t.Errorf("grouping %d: %q, want %q", g, got, want)
		}
		if got := g.part("BGNJD"); got != "BGNJD" {
			t.Errorf("grouping %d parts letters: %q", g, got)
		}
	}
}

// The column is as wide as the widest code in the groups that are asked for.
func TestColumnFollowsTheGrouping(t *testing.T) {
	s := newStory(t, drawn()...)
	bank := s.account("Meridian Bank")
	for g, columns := range map[Grouping]int{0: 9, Together: 8, 2: 11, 3: 10, 5: 9} {
		s.p.groupBy(g)
		s.sees(g.group(bank, bank.At(s.now).Code))
		if got := s.p.list.measures.code; got != columns {
			t.Errorf("grouping %d: a column of %d, want %d", g, got, columns)
		}
	}
}

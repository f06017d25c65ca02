package otpcore

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNames(t *testing.T) {
	accounts := []Account{
		{ID: "k1", Issuer: "GitHub", Name: "alice"},
		{ID: "k2", Issuer: "GitHub"},                 // which is how k1 and k3 may be asked for, too
		{ID: "k3", Issuer: "GITHUB", Name: "bob"},    //
		{ID: "k4", Name: "router"},                   //
		{ID: "k5", Issuer: "AWS:prod", Name: "root"}, // as k6 reads
		{ID: "k6", Issuer: "AWS", Name: "prod:root"}, //
		{ID: "k7", Issuer: "Twin", Name: "x"},        //
		{ID: "k8", Issuer: "twin", Name: "X"},        //
		{ID: "k9"},                                   // nameless
		{ID: "k10", Name: "k4"},                      // the id of another
		{ID: "k11", Issuer: "ends:", Name: "in:"},    //
		{ID: "k12", Issuer: "--at", Name: "0"},       // a flag to a command line
		{ID: "k13", Name: "two\nlines"},              // which Clean would not have stored
	}
	want := "GitHub:alice k2 GITHUB:bob router k5 k6 k7 k8 k9 k10 ends::in: k12 k13"
	if got := strings.Join(Names(accounts), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestNamesComeBack: every name is one line that finds its account alone.
func TestNamesComeBack(t *testing.T) {
	plain := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.SampledFrom([]string{"", "a", "A", "b", "a:b", ":", "-", "-a", "a · b", "k1", "ß", "a b"}), rapid.String())
		var accounts []Account
		for i := range rapid.IntRange(1, 8).Draw(t, "accounts") {
			a := Account{ID: fmt.Sprintf("k%d", i), Issuer: text.Draw(t, "issuer"), Name: text.Draw(t, "name")}
			if rapid.Bool().Draw(t, "cleaned") {
				a.Issuer, a.Name = CleanNames(a.Issuer, a.Name)
			}
			accounts = append(accounts, a)
		}
		for i, name := range Names(accounts) {
			want := []string{accounts[i].ID}
			if got := ids(Find(accounts, name)); !slices.Equal(got, want) && name != accounts[i].ID {
				t.Fatalf("%q finds %v of %+v, want %v", name, got, accounts, want)
			}
			if strings.ContainsAny(name, "\n\r") {
				t.Fatalf("%q has several lines", name)
			}
			if name != accounts[i].ID {
				plain++
			}
		}
	})
	if plain == 0 {
		t.Error("only ids came out")
	}
}

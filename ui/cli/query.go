package cli

import (
	"fmt"
	"strings"

	"otpane/otpcore"
)

// find returns the account that a query means. It may guess: the worst that
// comes of a wrong guess is a code that a site refuses.
func find(accounts []otpcore.Account, query string) (otpcore.Account, error) {
	return only(accounts, otpcore.Find(accounts, query), query)
}

// findExactly is for what changes or destroys an account: a name or id as it
// stands, no guess.
func findExactly(accounts []otpcore.Account, query string) (otpcore.Account, error) {
	exact := otpcore.Exact(accounts, query)
	if len(exact) > 0 {
		return only(accounts, exact, query)
	}
	f := notFound(accounts, query)
	switch near := otpcore.Find(accounts, query); {
	case len(near) == 1:
		f.hint = fmt.Sprintf("an exact name or id is needed here: did you mean %q?", typed(accounts, near[0]))
	case len(near) > 1:
		f.list, f.hint = tellApart(near), "an exact name or id is needed here; these come near"
	}
	return otpcore.Account{}, f
}

// typed is an account's name as somebody can type it: labels have a dot that no
// keyboard has.
func typed(accounts []otpcore.Account, a otpcore.Account) string {
	for i, name := range otpcore.Names(accounts) {
		if accounts[i].ID == a.ID {
			return name
		}
	}
	return a.ID // unreachable: it is one of them
}

func only(accounts, found []otpcore.Account, query string) (otpcore.Account, error) {
	switch len(found) {
	case 0:
		return otpcore.Account{}, notFound(accounts, query)
	case 1:
		return found[0], nil
	}
	return otpcore.Account{}, fitsSeveral(found, query)
}

func notFound(accounts []otpcore.Account, query string) *fault {
	return fitsNothing(query, otpcore.Suggest(accounts, query), len(accounts) == 0)
}

// fitsNothing names what is near the query, if anything is.
func fitsNothing(query, near string, empty bool) *fault {
	f := &fault{status: nothingFound, what: "no account " + mention(query)}
	switch {
	case empty:
		f.hint = "the vault is empty: `otpane add` or `otpane import FILE` fills it"
	case near != "":
		f.hint = fmt.Sprintf("did you mean %q? `otpane list` shows all names", near)
	default:
		f.hint = "`otpane list` shows all names"
	}
	return f
}

// fitsSeveral lists what a query could mean.
func fitsSeveral(found []otpcore.Account, query string) *fault {
	return &fault{
		status: ambiguous,
		what:   fmt.Sprintf("%s fits %d accounts", mention(query), len(found)),
		list:   tellApart(found),
		hint:   "more of the name, issuer:account or the id in front decides",
	}
}

// itCounts refuses what only the codes of time have.
func itCounts(label string) error {
	return misuse(label+" counts: its codes do not depend on the time", "`otpane code` alone draws the next one")
}

// atOnce is how many candidates somebody reads; more of them ask for another query.
const atOnce = 20

// tellApart lists accounts with their ids, and with what differs among those of
// one label.
func tellApart(accounts []otpcore.Account) []string {
	labels := map[string]int{}
	for _, a := range accounts {
		labels[a.Label()]++
	}
	var lines []string
	for _, a := range accounts[:min(len(accounts), atOnce)] {
		line := a.ID + "  " + a.Label()
		if labels[a.Label()] > 1 {
			line += "  (" + particulars(a) + ")"
		}
		lines = append(lines, line)
	}
	if more := len(accounts) - atOnce; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return lines
}

// particulars are what an account is beside its name.
func particulars(a otpcore.Account) string {
	parts := []string{string(a.Kind), string(a.Algorithm), fmt.Sprintf("%d digits", a.Digits)}
	if a.Timed() {
		parts = append(parts, fmt.Sprintf("%d s", a.Period))
	} else {
		parts = append(parts, fmt.Sprintf("count %d", a.Counter))
	}
	for _, tag := range a.Tags {
		parts = append(parts, "#"+tag)
	}
	if !a.Created.IsZero() {
		parts = append(parts, "made "+a.Created.Local().Format("2006-01-02 15:04"))
	}
	return strings.Join(parts, ", ")
}

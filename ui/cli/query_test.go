package cli

import (
	"fmt"
	"strings"
	"testing"

	"otpane/otpcore"
)

// TestCandidatesFitAScreen: a letter that ten thousand accounts have fills no
// scrollback.
func TestCandidatesFitAScreen(t *testing.T) {
	var accounts []otpcore.Account
	for i := range 10_000 {
		accounts = append(accounts, otpcore.Account{ID: fmt.Sprintf("k%d", i), Issuer: "Site", Name: fmt.Sprint(i)})
	}
	_, several := find(accounts, "site")
	_, near := findExactly(accounts, "sit")
	for _, err := range []error{several, near} {
		if f := asFault(err); len(f.list) != atOnce+1 || f.list[atOnce] != "and 9980 more" || !strings.Contains(f.list[0], "Site · 0") {
			t.Errorf("%s: %d lines, the last is %q", f.what, len(f.list), f.list[len(f.list)-1])
		}
	}
	if _, err := find(accounts[:atOnce], "site"); len(asFault(err).list) != atOnce {
		t.Errorf("of so many all are listed: %q", asFault(err).list)
	}
}

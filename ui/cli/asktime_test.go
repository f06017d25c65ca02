//go:build unix

package cli_test

import (
	"strings"
	"testing"
)

// TestATimeServerIsAskedAfterAYes: whoever says no, or nothing, stays offline.
func TestATimeServerIsAskedAfterAYes(t *testing.T) {
	for _, answer := range []string{"n\r", "\r"} {
		s := start(t, newHome(t), nil, "clock")
		s.expect(`Ask pool\.ntp\.org for the time\? It sees this machine's address\. \[y/N\] `)
		s.send(answer)
		s.expect(`time zones do not matter\.`)
		s.wantStatus(0)
		if strings.Count(s.seen, "pool.ntp.org") != 1 {
			t.Errorf("after %q the server was asked:\n%s", answer, s.seen)
		}
	}
}

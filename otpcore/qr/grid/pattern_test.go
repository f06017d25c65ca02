package grid_test

import (
	"strings"
	"testing"

	"otpane/otpcore/qr"
	"otpane/otpcore/qr/grid"
)

// TestKnownModulesAreThoseOfARealEncoder writes a code of every version and
// compares what the grid takes for granted.
func TestKnownModulesAreThoseOfARealEncoder(t *testing.T) {
	seen := map[int]bool{}
	for length := 10; len(seen) < 40; length += 9 {
		code, err := qr.Encode(strings.Repeat("x", length))
		if err != nil {
			t.Fatalf("versions seen before: %d", len(seen))
		}
		version := (code.Size() - 17) / 4
		if seen[version] {
			continue
		}
		seen[version] = true
		if wrong := grid.WrongModules(version, code.Dark); wrong > 0 {
			t.Errorf("version %d: %d modules differ", version, wrong)
		}
	}
}

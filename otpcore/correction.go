package otpcore

import (
	"fmt"
	"time"
)

// A correction is what has to be added to this machine's clock, in whole
// seconds: codes then still change on the whole second. There is one for the
// vault, because the machine's clock is wrong, and one for an account, because
// its site's is. Both can be true at once, so they add up, and whoever mends the
// machine's clock drops the first without touching the second.

// MaxCorrection is how far a clock can be wrong: one that begins at 1970 is.
const MaxCorrection = 100 * 365 * 24 * time.Hour

// ValidCorrection refuses what cannot be kept.
func ValidCorrection(d time.Duration) error {
	if d%time.Second != 0 {
		return fmt.Errorf("a correction of %s is not in whole seconds", d)
	}
	if d < -MaxCorrection || d > MaxCorrection {
		return fmt.Errorf("a correction of %s is not possible", d)
	}
	return nil
}

// Uncorrected is the account for an instant that is meant as it is said.
func (a Account) Uncorrected() Account {
	a.VaultCorrection, a.Correction = 0, 0
	return a
}

// Corrections is what At adds to the clock: the vault's correction and the
// account's own. A code that counts has no use for either.
func (a Account) Corrections() time.Duration {
	if !a.Timed() {
		return 0
	}
	return a.VaultCorrection + a.Correction
}

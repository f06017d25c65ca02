// Package otpcore knows what an account is and what its code is at an instant.
// It reads and writes otpauth URIs, finds accounts by what a person types, and
// says what an import would change. It has no clock, no file and no screen.
package otpcore

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Kind says how an account's codes come about.
type Kind string

const (
	TOTP  Kind = "totp"  // a new code every period (RFC 6238)
	HOTP  Kind = "hotp"  // a new code for every counter (RFC 4226)
	Steam Kind = "steam" // TOTP over SHA1 with five letters and digits (Steam Guard)
)

// Algorithm is the hash below the HMAC.
type Algorithm string

const (
	SHA1   Algorithm = "SHA1"
	SHA256 Algorithm = "SHA256"
	SHA512 Algorithm = "SHA512"
)

// What sites mean when they leave a field out (Google's Key Uri Format), and
// the bounds outside of which an account is refused.
const (
	DefaultDigits = 6
	DefaultPeriod = 30 // seconds
	SteamDigits   = 5
	MinDigits     = 1
	MaxDigits     = 10
	// MaxSecret is far beyond the 64 bytes of the longest real keys; a file that
	// holds a megabyte there would slow every second of the pane.
	MaxSecret = 4096 // bytes
	// MaxPeriod fits an int everywhere and a time.Duration; real files hold
	// hours at most, and a longer period is a typing error.
	MaxPeriod = math.MaxInt32 // seconds
)

// Account is one enrolment at one site. The zero value is not usable; Validate
// says why.
type Account struct {
	ID        string // stable within a vault; empty before it is stored there
	Issuer    string // the site, as it calls itself; may be empty
	Name      string // the user's name at the site; may be empty
	Kind      Kind
	Algorithm Algorithm
	Digits    int    // length of a code
	Period    int    // seconds; 0 for HOTP
	Counter   uint64 // the next counter to use; HOTP only
	Secret    Secret

	Tags       []string
	Note       string
	Pinned     bool
	Unfinished bool // the site has not confirmed the first code yet
	// Agent is the account's own rule for programs that ask an agent; see AnswerFor.
	Agent Answer
	// Replaces is the ID of the account that gets this one's key once the site has
	// confirmed it; empty for an account of its own.
	Replaces string

	// Recovery are the site's recovery codes. The vault fills them in and changes
	// them by operations of their own, not with the account.
	Recovery []RecoveryCode

	Created time.Time
	Used    time.Time // when a code was last handed out; zero if never
	Uses    int       // how often

	// Correction is what this account adds to the machine's clock, in whole
	// seconds; 0 for nearly all. VaultCorrection is the vault's own, which comes on
	// top: the vault fills it in, and it is not kept with the account.
	Correction      time.Duration
	VaultCorrection time.Duration
}

// Label is the account in one line, as messages name it: "GitHub · alice".
func (a Account) Label() string {
	switch {
	case a.Issuer == "" && a.Name == "":
		return "unnamed"
	case a.Issuer == "":
		return a.Name
	case a.Name == "":
		return a.Issuer
	}
	return a.Issuer + " · " + a.Name
}

// Timed reports whether the account's code changes by itself.
func (a Account) Timed() bool { return a.Kind != HOTP }

// ErrSecret means that there is nothing to compute a code from.
var ErrSecret = errors.New("the key is missing")

// Validate refuses what pquerna/otp would accept in silence: an unknown kind or
// algorithm (it falls back to SHA1), digits out of range (it accepts 99 and
// panics on negative ones) and a period of 0 (it takes 30).
func (a Account) Validate() error {
	if a.Secret.Len() == 0 {
		return ErrSecret
	}
	if a.Secret.Len() > MaxSecret {
		return fmt.Errorf("a key of %d bytes is not possible", a.Secret.Len())
	}
	switch a.Kind {
	case TOTP, HOTP:
	case Steam:
		if a.Algorithm != SHA1 || a.Digits != SteamDigits {
			return errors.New("a Steam account has SHA1 and 5 characters")
		}
	default:
		return unknownKind(string(a.Kind))
	}
	switch a.Algorithm {
	case SHA1, SHA256, SHA512:
	default:
		return unknownAlgorithm(string(a.Algorithm))
	}
	if a.Digits < MinDigits || a.Digits > MaxDigits {
		return fmt.Errorf("%d digits are not possible: %d to %d are", a.Digits, MinDigits, MaxDigits)
	}
	if a.Timed() && (a.Period < 1 || a.Period > MaxPeriod) {
		return fmt.Errorf("a period of %d s is not possible", a.Period)
	}
	return nil
}

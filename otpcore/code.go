package otpcore

import (
	"fmt"
	"math"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Reading is what an account shows at one instant. All of it comes from the
// same now, so code, bar and seconds cannot disagree.
type Reading struct {
	Code   string        // ungrouped; empty for HOTP, whose code is drawn by Advance
	Next   string        // the code that follows; empty for HOTP
	Left   time.Duration // how long Code is still good; 0 for HOTP
	Period time.Duration // 0 for HOTP
}

// At computes the reading of a timed account (RFC 6238 §4.2) when the machine's
// clock says now; this is the one place that applies corrections. Times before
// 1970 count as 1970: the counter is unsigned. An HOTP account, and one that does
// not Validate, gives the zero Reading.
func (a Account) At(now time.Time) Reading {
	if !a.Timed() || a.Validate() != nil {
		return Reading{}
	}
	now = now.Add(a.Corrections())
	if epoch := time.Unix(0, 0); now.Before(epoch) {
		now = epoch
	}
	period := int64(a.Period)
	step, past := now.Unix()/period, now.Unix()%period
	return Reading{
		Code:   a.code(uint64(step)),
		Next:   a.code(uint64(step) + 1),
		Left:   time.Duration(period-past)*time.Second - time.Duration(now.Nanosecond()),
		Period: time.Duration(period) * time.Second,
	}
}

// ErrCounterSpent means that the counter cannot rise any further.
var ErrCounterSpent = fmt.Errorf("the counter has reached %d, its end", uint64(math.MaxUint64))

// Advance draws the next HOTP code. The returned account carries the counter
// after it: store that first, then show the code (RFC 4226 §7.2), or a crash
// would show one counter twice.
func (a Account) Advance() (code string, next Account, err error) {
	if a.Kind != HOTP {
		return "", a, fmt.Errorf("%s is time-based and has no counter", a.Label())
	}
	if err := a.Validate(); err != nil {
		return "", a, err
	}
	if a.Counter == math.MaxUint64 {
		return "", a, ErrCounterSpent
	}
	next = a
	next.Counter++
	return a.code(a.Counter), next, nil
}

// CodeAt is the code for one counter (HOTP) or step (TOTP). The account must
// Validate; "" says that it does not.
func (a Account) CodeAt(counter uint64) string {
	if a.Validate() != nil {
		return ""
	}
	return a.code(counter)
}

// code hands pquerna/otp only what Validate let through, and the key in the one
// spelling that it reads right: canonical, unpadded base32. It pads to blocks
// of eight and refuses every other spelling.
func (a Account) code(counter uint64) string {
	options := hotp.ValidateOpts{Digits: otp.Digits(a.Digits), Algorithm: pquernaAlgorithm(a.Algorithm)}
	if a.Kind == Steam {
		options.Encoder = otp.EncoderSteam
	}
	code, err := hotp.GenerateCodeCustom(EncodeBase32(a.Secret.Reveal()), counter, options)
	if err != nil {
		return "" // unreachable: canonical base32 always decodes
	}
	return code
}

func pquernaAlgorithm(a Algorithm) otp.Algorithm {
	switch a {
	case SHA256:
		return otp.AlgorithmSHA256
	case SHA512:
		return otp.AlgorithmSHA512
	}
	return otp.AlgorithmSHA1
}

package exchange

import (
	"math"
	"strings"

	"pgregory.net/rapid"

	"otpane/otpcore"
)

var hello = otpcore.NewSecret([]byte("Hello!\xde\xad\xbe\xef")) // JBSWY3DPEHPK3PXP

func totp(issuer, name string) otpcore.Account {
	return otpcore.Account{Issuer: issuer, Name: name, Kind: otpcore.TOTP, Algorithm: otpcore.SHA1, Digits: 6, Period: 30, Secret: hello}
}

// anyAccounts draws accounts that Validate, with clean names and whatever a
// format might stumble over.
func anyAccounts() *rapid.Generator[[]otpcore.Account] {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"GitHub", "A & B", "<b>", "a:b", "#x", "a,b", "é", "👩‍💻", "100%", "a+b"}))
	account := rapid.Custom(func(t *rapid.T) otpcore.Account {
		a := otpcore.Account{
			Issuer:    otpcore.Clean(text.Draw(t, "issuer")),
			Name:      otpcore.Clean(text.Draw(t, "name")),
			Kind:      rapid.SampledFrom([]otpcore.Kind{otpcore.TOTP, otpcore.HOTP, otpcore.Steam}).Draw(t, "kind"),
			Algorithm: rapid.SampledFrom([]otpcore.Algorithm{otpcore.SHA1, otpcore.SHA256, otpcore.SHA512}).Draw(t, "algorithm"),
			Digits:    rapid.IntRange(otpcore.MinDigits, otpcore.MaxDigits).Draw(t, "digits"),
			Secret:    otpcore.NewSecret(rapid.SliceOfN(rapid.Byte(), 1, 70).Draw(t, "key")),
			Tags:      otpcore.CleanTags(rapid.SliceOfN(text, 0, 3).Draw(t, "tags")),
			Note:      otpcore.CleanNote(text.Draw(t, "note") + "\n" + text.Draw(t, "second line")),
			Pinned:    rapid.Bool().Draw(t, "pinned"),
		}
		if a.Kind == otpcore.Steam {
			a.Algorithm, a.Digits = otpcore.SHA1, otpcore.SteamDigits
		}
		if a.Timed() {
			a.Period = rapid.IntRange(1, otpcore.MaxPeriod).Draw(t, "period")
		} else {
			a.Counter = rapid.Uint64().Draw(t, "counter")
		}
		return a
	})
	return rapid.SliceOfN(account, 1, 25)
}

// forReaders makes of an account what every reader gives: a name does not repeat
// its issuer.
func forReaders(a otpcore.Account) otpcore.Account {
	if a.Issuer != "" {
		a.Name = otpcore.Clean(strings.TrimPrefix(a.Name, a.Issuer+":"))
	}
	return a
}

// forURIs makes of an account what a URI can say: Steam is known by its issuer,
// and a name does not repeat its issuer. Tags, note and pin stay at home.
func forURIs(a otpcore.Account) otpcore.Account {
	a = forReaders(a)
	a.Tags, a.Note, a.Pinned = nil, "", false
	return a
}

// forMigration makes of an account what Google's transfer can say.
func forMigration(a otpcore.Account) otpcore.Account {
	a = forURIs(a)
	if a.Kind == otpcore.Steam {
		a.Kind = otpcore.TOTP
	}
	if a.Issuer == "" {
		a.Name = otpcore.Clean(strings.ReplaceAll(a.Name, ":", "")) // a mark may have stood on it
	}
	a.Digits = 6 + a.Digits%2*2
	if a.Timed() {
		a.Period = otpcore.DefaultPeriod
	}
	a.Counter = min(a.Counter, math.MaxInt64)
	return a
}

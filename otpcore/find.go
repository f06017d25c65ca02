package otpcore

// Hit is an account that fits a query, and the runes that made it fit.
type Hit struct {
	Account Account
	Index   int   // in the accounts that were searched
	Issuer  []int // matched rune positions
	Name    []int
	Tags    []int // in the tags joined by one space
}

// Find returns the accounts of the best class that fits, best first.
func Find(accounts []Account, query string) []Account { return nil }

// Exact returns the accounts of which query is the id, the account name, the
// issuer or issuer:name.
func Exact(accounts []Account, query string) []Account { return nil }

// Filter returns everything that fits, best first.
func Filter(accounts []Account, query string) []Hit { return nil }

// Suggest returns the nearest name, or "".
func Suggest(accounts []Account, query string) string { return "" }

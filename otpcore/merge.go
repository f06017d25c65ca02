package otpcore

// State says what an incoming account is to the accounts that are there.
type State int

const (
	New   State = iota
	Same        // there already
	Clash       // same issuer and name, another key
)

// Plan is what an import would change, one entry per incoming account, in order.
type Plan struct{ Entries []Entry }

// Entry is one incoming account.
type Entry struct {
	Account Account
	State   State
	With    Account // what it repeats or clashes with
	Renamed string  // the name it takes if its own is in use; empty otherwise
}

// Taken is the account as it is added: under Renamed if that is set.
func (e Entry) Taken() Account {
	if e.Renamed != "" {
		e.Account.Name = e.Renamed
	}
	return e.Account
}

// Merge compares incoming with have.
func Merge(have, incoming []Account) Plan {
	var plan Plan
	for _, a := range incoming {
		plan.Entries = append(plan.Entries, Entry{Account: a})
	}
	return plan
}

// FreeName is name, or name with the lowest number that makes it free: "alice 2".
func FreeName(accounts []Account, issuer, name string) string { return name }

package otpcore

import (
	"crypto/sha256"
	"strconv"
	"strings"
)

// Merge says what each incoming account would be beside the accounts that are
// there. It changes nothing.
//
// An account is the same by everything that makes its codes and by its names, but not by
// its counter, which runs apart in two programs that share an account. A clash is with
// have alone: accounts of one file that share a name are different accounts of
// one person, and all of them are new, under the name that the file gives them.
func Merge(have, incoming []Account) Plan {
	there, names := indexAccounts(have), newNames(have)
	seen := map[identity]Account{}
	plan := Plan{Entries: make([]Entry, 0, len(incoming))}
	for _, account := range incoming {
		entry := Entry{Account: account}
		key := identify(account, account.Name)
		if twin, ok := there.same[key]; ok {
			entry.State, entry.With = Same, twin
		} else if twin, ok := seen[key]; ok {
			entry.State, entry.With = Same, twin
		} else {
			if namesake, ok := there.named[nameOf(account)]; ok {
				entry.State, entry.With = Clash, namesake
				entry.Renamed = names.take(account)
			}
			seen[key] = account
		}
		plan.Entries = append(plan.Entries, entry)
	}
	return plan
}

// Plan is what an import would do, one entry per incoming account, in order.
type Plan struct{ Entries []Entry }

// Chosen are the accounts that come in when somebody has chosen these entries,
// given by their indexes; have is the newest copy of what is there. What came in
// since the plan was made stays out. What was chosen in spite of being there, or
// of clashing, gets a free name.
func (p Plan) Chosen(have []Account, indexes []int) []Account {
	wanted := make([]Account, len(indexes))
	for i, index := range indexes {
		wanted[i] = p.Entries[index].Account
	}
	names := newNames(have)
	accounts := make([]Account, 0, len(wanted))
	for i, entry := range Merge(have, wanted).Entries {
		account, again := entry.Account, p.Entries[indexes[i]].State == Same
		switch {
		case entry.State == Same && !again:
			continue
		case entry.State == New:
			names.used[nameOf(account)] = true
		default:
			if free := names.take(account); free != "" {
				account.Name = free
			}
		}
		accounts = append(accounts, account)
	}
	return accounts
}

// New are the indexes of what an import takes when nobody chooses.
func (p Plan) New() (indexes []int) {
	for i, entry := range p.Entries {
		if entry.State == New {
			indexes = append(indexes, i)
		}
	}
	return indexes
}

// Entry is one incoming account.
type Entry struct {
	Account Account
	State   State
	With    Account // what it repeats or clashes with; zero if it is new
	Renamed string  // the name it takes because its own is in use; "" keeps its own
}

// Taken is the account as it is added.
func (e Entry) Taken() Account {
	if e.Renamed != "" {
		e.Account.Name = e.Renamed
	}
	return e.Account
}

// State is what an incoming account is to those that are there.
type State int

const (
	New   State = iota
	Same        // it is there, or came earlier in the same import
	Clash       // another account is there under this issuer and name
)

func (s State) String() string {
	switch s {
	case New:
		return "new"
	case Same:
		return "duplicate"
	case Clash:
		return "clash"
	}
	return "State(" + strconv.Itoa(int(s)) + ")"
}

// FreeName is the name itself if no account has it at this issuer, and otherwise
// the name with the lowest number from 2 that is free: "alice 2".
func FreeName(accounts []Account, issuer, name string) string {
	account := Account{Issuer: issuer, Name: name}
	if free := newNames(accounts).take(account); free != "" {
		return free
	}
	return name
}

// identity is what two enrolments of one account have in common. The key
// takes part as a digest, so that no map holds a secret as text.
type identity struct {
	kind           Kind
	algorithm      Algorithm
	digits, period int
	issuer, name   string
	secret         [sha256.Size]byte
}

func identify(a Account, name string) identity {
	return identity{a.Kind, a.Algorithm, a.Digits, a.Period, a.Issuer, name, sha256.Sum256(a.Secret.Reveal())}
}

// fullName is what tells accounts apart for a person.
type fullName struct{ issuer, name string }

func nameOf(a Account) fullName { return fullName{a.Issuer, a.Name} }

type accountIndex struct {
	same  map[identity]Account
	named map[fullName]Account
}

// indexAccounts also files "alice 2" under "alice": it was renamed when it came
// in, and must be known again when the same file comes a second time.
func indexAccounts(accounts []Account) accountIndex {
	index := accountIndex{map[identity]Account{}, map[fullName]Account{}}
	for _, a := range accounts {
		if base, numbered := cutNumber(a.Name); numbered {
			keep(index.same, identify(a, base), a)
		}
	}
	for _, a := range accounts {
		index.same[identify(a, a.Name)] = a
		keep(index.named, nameOf(a), a)
	}
	return index
}

func keep[K comparable](m map[K]Account, key K, a Account) {
	if _, taken := m[key]; !taken {
		m[key] = a
	}
}

// cutNumber undoes numbered.
func cutNumber(name string) (base string, ok bool) {
	space := strings.LastIndexByte(name, ' ')
	if space < 0 {
		return name, false
	}
	n, err := strconv.Atoi(name[space+1:])
	if err != nil || n < 2 || numbered(name[:space], n) != name {
		return name, false
	}
	return name[:space], true
}

func numbered(name string, n int) string {
	return strings.TrimSpace(name + " " + strconv.Itoa(n))
}

// names knows the names in use and where the search for a free one got to:
// a file may hold ten thousand accounts under one name.
type names struct {
	used map[fullName]bool
	next map[fullName]int
}

func newNames(accounts []Account) names {
	n := names{map[fullName]bool{}, map[fullName]int{}}
	for _, a := range accounts {
		n.used[nameOf(a)] = true
	}
	return n
}

// take uses up a name for a and returns it, or "" if a can keep its own.
func (n names) take(a Account) string {
	full := nameOf(a)
	if !n.used[full] {
		n.used[full] = true
		return ""
	}
	for number := max(n.next[full], 2); ; number++ {
		name := numbered(a.Name, number)
		if free := (fullName{a.Issuer, name}); !n.used[free] {
			n.used[free], n.next[full] = true, number+1
			return name
		}
	}
}

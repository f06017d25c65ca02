package otpcore

import "slices"

// Batch is what was read from outside: accounts, and what a preview says about
// everything else before anything is saved.
type Batch struct {
	Accounts []Account
	Skipped  []Skip
	Notes    []Note
	Sets     []Set // Google transfers that took part, complete or not
	Missing  []int // the missing parts of all Sets, counted from 1
}

// Skip is an entry that did not become an account.
type Skip struct {
	Where  string // "line 3", "entry 5", "QR code 2"
	Reason string // short, lower case; holds neither key nor URI
}

// Note is something worth knowing about an account that did come in.
type Note struct {
	Index int // into Batch.Accounts
	Text  string
}

// Set is one Google transfer, which a phone shows as Size QR codes.
type Set struct {
	ID      int32 // made up by the phone; only parts of one ID belong together
	Size    int
	Missing []int // parts not seen, counted from 1
}

// Join adds what another file or picture held. Parts of one transfer complete
// each other. Who brings several accounts at once is moving in: their sites know
// them, and none is unfinished.
func (b Batch) Join(other Batch) Batch {
	joined := Batch{
		Accounts: slices.Concat(b.Accounts, other.Accounts),
		Skipped:  slices.Concat(b.Skipped, other.Skipped),
		Notes:    slices.Clone(b.Notes),
		Sets:     slices.Clone(b.Sets),
	}
	if len(joined.Accounts) > 1 {
		for i := range joined.Accounts {
			joined.Accounts[i].Unfinished = false
		}
	}
	for _, note := range other.Notes {
		note.Index += len(b.Accounts)
		joined.Notes = append(joined.Notes, note)
	}
	for _, set := range other.Sets {
		joined.addSet(set)
	}
	for _, set := range joined.Sets {
		joined.Missing = append(joined.Missing, set.Missing...)
	}
	return joined
}

func (b *Batch) addSet(set Set) {
	for i, known := range b.Sets {
		if known.ID == set.ID && known.Size == set.Size {
			b.Sets[i].Missing = inBoth(known.Missing, set.Missing)
			return
		}
	}
	b.Sets = append(b.Sets, set)
}

func inBoth(a, b []int) (both []int) {
	for _, n := range a {
		if slices.Contains(b, n) {
			both = append(both, n)
		}
	}
	return both
}

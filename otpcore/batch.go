package otpcore

// Batch is what was read from outside: accounts, and everything that a preview
// says about the rest before anything is saved.
type Batch struct {
	Accounts []Account
	Skipped  []Skip
	Notes    []Note
	Sets     []Set
	Missing  []int // the missing parts of all Sets, counted from 1
}

// Skip is an entry that did not become an account.
type Skip struct {
	Where  string // "line 3", "entry 5", "QR code 2"
	Reason string // short, lower case; never holds the key or the URI
}

// Note is something worth seeing about an account that did come in.
type Note struct {
	Index int // into Batch.Accounts
	Text  string
}

// Set is one Google transfer, which the phone shows as Size QR codes.
type Set struct {
	ID      int32
	Size    int
	Missing []int // parts not seen, counted from 1
}

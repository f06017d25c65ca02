package exchange

import (
	"encoding/json"
	"fmt"

	"otpane/otpcore"
)

// collector gathers a batch from URIs, and the parts of transfers among them.
type collector struct {
	batch  otpcore.Batch
	parts  map[transfer][]bool // which parts of a transfer were seen
	order  []transfer
	seen   map[string]bool // transfer URIs: one picture is easily given twice
	prefix string          // in front of every place: the member of an archive
	more   int             // entries left out beyond maxSkips and maxAccounts
}

// transfer tells two Google transfers apart.
type transfer struct {
	id   int32
	size int
}

func (c *collector) skip(where, reason string) {
	if len(c.batch.Skipped) >= maxSkips {
		c.more++
		return
	}
	c.batch.Skipped = append(c.batch.Skipped, otpcore.Skip{Where: c.prefix + where, Reason: reason})
}

func (c *collector) note(text string) {
	c.batch.Notes = append(c.batch.Notes, otpcore.Note{Index: len(c.batch.Accounts) - 1, Text: text})
}

func (c *collector) addURI(where, uri string) {
	if isMigration(uri) {
		c.addPart(where, uri)
		return
	}
	e, err := otpcore.ReadURI(uri)
	if err != nil {
		c.skip(where, err.Error())
		return
	}
	if e.Display != "" && !addDisplay(&e) {
		c.skip(where, inTrash)
		return
	}
	c.take(e.Account)
	c.noteIssuer(e)
}

// take adds an account that is good.
func (c *collector) take(a otpcore.Account) {
	if len(c.batch.Accounts) >= maxAccounts {
		c.more++
		return
	}
	c.batch.Accounts = append(c.batch.Accounts, a)
}

// maxAccounts keeps a file of 64 MiB from filling the memory with one and the
// same account.
const maxAccounts = 100_000

func (c *collector) noteIssuer(e otpcore.Enrolment) {
	if e.LabelIssuer != "" {
		c.note(fmt.Sprintf("its label says %q, its issuer %q", e.LabelIssuer, e.Issuer))
	}
}

// enrolling marks the one account that a site handed out by itself: the site knows
// nothing of it until it has taken a code. Of several, as of a transfer, somebody
// is moving in whom the sites know already.
func (c *collector) enrolling(uri string) {
	if len(c.batch.Accounts) == 1 && !isMigration(uri) {
		c.batch.Accounts[0].Unfinished = true
	}
}

// addPart takes a part once and books which of its transfer it is.
func (c *collector) addPart(where, uri string) {
	if c.seen[uri] {
		return
	}
	if c.seen == nil {
		c.seen, c.parts = map[string]bool{}, map[transfer][]bool{}
	}
	c.seen[uri] = true
	p, err := parsePart(uri)
	if err != nil {
		c.skip(where, err.Error())
		return
	}
	for _, account := range p.accounts {
		c.take(account)
	}
	for _, skip := range p.skipped {
		c.skip(where+", "+skip.Where, skip.Reason)
	}
	if p.index < 0 || p.index >= p.size || p.size > maxParts {
		c.skip(where, fmt.Sprintf("says that it is part %d of %d", p.index+1, p.size))
		return
	}
	if c.parts[p.transfer] == nil {
		c.parts[p.transfer] = make([]bool, p.size)
		c.order = append(c.order, p.transfer)
	}
	c.parts[p.transfer][p.index] = true
}

// maxParts bounds what one number in an untrusted text can make us list: ten
// accounts a part are ten thousand accounts.
const maxParts = 1000

// maxSkips bounds what a file of junk can make us remember. Nobody reads as many.
const maxSkips = 10_000

func (c *collector) finish() otpcore.Batch {
	if c.more > 0 {
		c.batch.Skipped = append(c.batch.Skipped, otpcore.Skip{Where: "elsewhere", Reason: fmt.Sprintf("%d more that cannot be read", c.more)})
	}
	for _, t := range c.order {
		set := otpcore.Set{ID: t.id, Size: t.size}
		for i, seen := range c.parts[t] {
			if !seen {
				set.Missing = append(set.Missing, i+1)
			}
		}
		c.batch.Sets = append(c.batch.Sets, set)
		c.batch.Missing = append(c.batch.Missing, set.Missing...)
	}
	return c.batch
}

// inTrash is the reason of an entry that its owner had thrown away.
const inTrash = "in the trash"

// addDisplay takes over what ente Auth writes beside an account (codeDisplay, in
// its mobile/apps/auth) and reports whether the account is in use. JSON of
// another shape is left alone: the account is good without it.
func addDisplay(e *otpcore.Enrolment) (inUse bool) {
	var display struct {
		Pinned, Trashed bool
		Tags            []string
		Note            string
	}
	if json.Unmarshal([]byte(e.Display), &display) != nil {
		return true
	}
	e.Pinned = display.Pinned
	e.Note = otpcore.CleanNote(display.Note)
	e.Tags = otpcore.CleanTags(append(e.Tags, display.Tags...))
	return !display.Trashed
}

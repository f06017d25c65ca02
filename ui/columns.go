package ui

import "otpane/otpcore"

// A plan says where everything of a row stands at one size of the pane. It is
// made from the widths of all accounts, so that filtering shifts no column.
type plan struct {
	shape    shape
	columns  int // of the list; the pane may be wider
	headings bool

	issuer, name, tags int // widths; in joined shapes name holds both
	code, next, bar    int
	gaps               [5]int // after issuer, name, tags, code, next; unused ones are 0
	detail             int    // width of the details at the right, 0 if none
}

// shape is how a row is built, from most to least room.
type shape int

const (
	table  shape = iota // issuer and account in columns of their own
	joined              // issuer and account in one column
	narrow              // the same without margins; the code takes what it needs
	cards               // two lines an account
	strip               // name if four columns are left, code, seconds
	sliver              // the code if it fits, else the seconds, else a mark
)

// measures are the widest texts of all accounts.
type measures struct{ issuer, name, tags, code int }

func measure(accounts []otpcore.Account, grouping Grouping) measures {
	m := measures{issuer: 8, name: 8, code: width(grouping.part("000000"))}
	for _, a := range accounts {
		m.issuer = max(m.issuer, width(a.Issuer))
		m.name = max(m.name, width(a.Name))
		m.tags = max(m.tags, width(tagLine(a)))
		m.code = max(m.code, width(grouping.blank(a, "_")))
	}
	m.issuer, m.name, m.tags = min(m.issuer, 24), min(m.name, 40), min(m.tags, 20)
	return m
}

const (
	secondsWidth = 4   // three digits and a mark
	sideWidth    = 120 // where the list ends and the details begin on a wide pane
)

// planFor chooses the shape for a pane of columns × rows and fills its widths.
func planFor(columns, rows int, m measures) plan {
	switch {
	case columns >= 160:
		p := tablePlan(sideWidth, m)
		p.detail = columns - sideWidth - 3
		return p
	case columns >= 60:
		return tablePlan(columns, m)
	case columns >= 40:
		return joinedPlan(columns, m)
	case columns >= 24 && rows >= 10:
		// A card's second line: margin, code, ✓, blank, bar, seconds.
		return plan{shape: cards, columns: columns, name: columns - 2, code: m.code,
			bar: columns - 2 - m.code - 2 - 1 - secondsWidth}
	case columns >= 24:
		return plan{shape: narrow, columns: columns, code: m.code}
	case columns >= 12:
		return plan{shape: strip, columns: columns, code: m.code}
	}
	return plan{shape: sliver, columns: columns, code: m.code}
}

// tablePlan: selection, number, mark │ issuer │ account │ tags │ code✓ │ next │
// bar seconds. Too wide: the account shrinks to 8, then the issuer. Room to
// spare: the gaps grow from 2 to 4, the rest stays empty at the right.
func tablePlan(columns int, m measures) plan {
	p := plan{shape: table, columns: columns, issuer: m.issuer, name: m.name, code: m.code, bar: 5}
	if columns >= 80 {
		p.bar = 10
	}
	if columns >= 100 {
		p.next = m.code
	}
	if columns >= 120 {
		p.tags, p.headings = m.tags, true
	}
	p.gaps = [5]int{0: 2, 1: 2, 3: 2}
	if p.tags > 0 {
		p.gaps[2] = 2
	}
	if p.next > 0 {
		p.gaps[4] = 2
	}
	spare := columns - p.used()
	if spare < 0 {
		p.shrink(-spare)
		return p
	}
	p.spread(spare)
	return p
}

// used is the width of a row: the five columns in front and the ✓ included, and
// a margin of one at the end.
func (p plan) used() int {
	sum := 5 + p.issuer + p.name + p.tags + p.code + 1 + p.next + p.bar + 1 + secondsWidth + 1
	for _, gap := range p.gaps {
		sum += gap
	}
	return sum
}

func (p *plan) shrink(missing int) {
	for _, column := range []*int{&p.name, &p.issuer, &p.tags} {
		give := min(missing, max(*column-8, 0))
		*column -= give
		missing -= give
	}
}

func (p *plan) spread(spare int) {
	for range 2 {
		for i := range p.gaps {
			if p.gaps[i] > 0 && spare > 0 {
				p.gaps[i]++
				spare--
			}
		}
	}
}

// joinedPlan: selection, mark, blank │ name │ code✓ │ bar │ seconds.
func joinedPlan(columns int, m measures) plan {
	p := plan{shape: joined, columns: columns, code: m.code}
	if columns >= 48 {
		p.bar = 5
	}
	p.name = columns - 3 - 2 - p.code - 1 - secondsWidth - 1
	if p.bar > 0 {
		p.name -= 2 + p.bar + 1
	}
	return p
}

// barred reports whether rows carry bars; where they do not, every row has its
// seconds and the selected account's bar stands in the header or the last row.
func (p plan) barred() bool { return p.bar > 0 }

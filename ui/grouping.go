package ui

import (
	"strings"

	"otpane/otpcore"
)

// Grouping is how many digits of a code stand together. The zero value chooses by
// the code's length: in threes up to six digits and for nine, in fours for seven
// and eight, in fives for ten.
type Grouping int

const (
	Together    Grouping = -1 // no gaps
	MinGrouping Grouping = 2
	MaxGrouping Grouping = 5
)

// part puts a blank between groups. Letters stay together: Steam's five are one word.
func (g Grouping) part(code string) string {
	step := int(g)
	if g == 0 {
		step = [...]int{6: 3, 7: 4, 8: 4, 9: 3, 10: 5}[min(len(code), otpcore.MaxDigits)]
	}
	if step <= 0 || !digitsOnly(code) {
		return code
	}
	var b strings.Builder
	for i, r := range code {
		if i > 0 && i%step == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// group parts a code of a.
func (g Grouping) group(a otpcore.Account, code string) string {
	if a.Kind == otpcore.Steam {
		return code
	}
	return g.part(code)
}

// blank is a's grouped code with every digit replaced.
func (g Grouping) blank(a otpcore.Account, symbol string) string {
	return strings.ReplaceAll(g.group(a, strings.Repeat("0", a.Digits)), "0", symbol)
}

// groupBy changes the grouping, and with it the width of the column.
func (p *pane) groupBy(g Grouping) {
	p.look.grouping, p.list.grouping = g, g
	p.list.measures = measure(p.list.accounts, g)
}

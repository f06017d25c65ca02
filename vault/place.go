package vault

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// The order by hand. An account's place is a text: its rank, or until somebody moves
// it the stamp of its addition. Texts sort as bytes, and between two there is
// always a third, so that a move writes the rank of one account and nothing else.
// A list of ids would be one field of the vault, and of two copies in which
// something was moved one would lose.

const fieldRank = "rank"

// place is where a record stands in the order by hand. Another program's text that
// cannot be put between others counts as none.
func place(stored json.RawMessage, added stamp) string {
	place := string(added)
	if stored != nil {
		var rank string
		_ = decode(stored, &rank)
		place = cmp.Or(rank, place)
	}
	if strings.TrimLeft(place, rankDigits) != "" || strings.HasSuffix(place, rankDigits[:1]) {
		return ""
	}
	return place
}

// byHand sorts records by their places. Equal ones, which two copies of the vault
// can give at once, stay in stored order.
func byHand(records []record) []record {
	compare := func(a, b record) int { return cmp.Compare(a.place, b.place) }
	if slices.IsSortedFunc(records, compare) {
		return records
	}
	records = slices.Clone(records)
	slices.SortStableFunc(records, compare)
	return records
}

// Move takes an account past steps others in the order by hand, up if steps is
// negative, and no further than to the end. Only those count that are pinned like
// it, because pinned ones are shown in a place of their own.
func (d *Draft) Move(id string, steps int) error {
	at := d.index(id, record.present)
	if at < 0 {
		return ErrNoAccount
	}
	pinned := d.doc.records[at].account.Pinned
	order := byHand(d.doc.records)
	from := slices.IndexFunc(order, func(r record) bool { return r.id == id })
	to := from
	for i := from; steps != 0; {
		step := cmp.Compare(steps, 0)
		if i += step; i < 0 || i == len(order) {
			break
		}
		if r := order[i]; r.present() && r.account.Pinned == pinned {
			to, steps = i, steps-step
		}
	}
	if to == from {
		return nil
	}
	// Without the moved one, "to" is the row above which it comes, down as up.
	others := slices.Delete(slices.Clone(order), from, from+1)
	below := ""
	if to > 0 {
		below = others[to-1].place
	}
	return d.setRank(id, d.room(others[to:], below))
}

// room is a place after below and before the records that follow it. Those that
// have the same place as below leave no room: they get later ones first.
func (d *Draft) room(next []record, below string) string {
	var end string
	tied := slices.IndexFunc(next, func(r record) bool { return r.place > below })
	if tied < 0 {
		tied = len(next)
		if end = string(d.node.after(d.doc.clock, d.now)); end <= below { // new accounts still come last
			end = ""
		}
	} else {
		end = next[tied].place
	}
	rank := between(below, end)
	last := rank
	for _, r := range next[:tied] {
		if r.present() { // moving one in the trash would count as an edit, and bring it back
			last = between(last, end)
			_ = d.setRank(r.id, last)
		}
	}
	return rank
}

func (d *Draft) setRank(id, rank string) error {
	i := d.index(id, record.present)
	if i < 0 {
		return ErrNoAccount
	}
	all := d.doc.records[i].fields()
	stamps := all.stamps()
	stamps[fieldRank] = d.tick()
	all[fieldRank] = encode(rank)
	all[fieldStamps] = encode(stamps)
	d.doc.records[i] = all.record()
	return nil
}

// rankDigits are what places are made of, stamps too, in the order of their bytes.
const rankDigits = "-0123456789abcdefghijklmnopqrstuvwxyz"

// between is a text that sorts after a and before b; an empty b is the end. Read as
// digits behind a point, texts sort as numbers do, as long as none ends in the
// lowest digit; so this one does not.
func between(a, b string) string {
	var rank strings.Builder
	for i := 0; ; i++ {
		low, high := 0, len(rankDigits)
		if i < len(a) {
			low = strings.IndexByte(rankDigits, a[i])
		}
		if i < len(b) {
			high = strings.IndexByte(rankDigits, b[i])
		}
		if high-low > 1 {
			rank.WriteByte(rankDigits[(low+high)/2])
			return rank.String()
		}
		rank.WriteByte(rankDigits[low])
		if high > low {
			b = "" // whatever follows is before b now
		}
	}
}

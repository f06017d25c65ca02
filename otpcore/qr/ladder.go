package qr

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"
	"sort"

	"otpane/otpcore/qr/grid"
)

// search climbs the ladder, one view of the picture after another, until codes
// are found or the time is up.
func search(ctx context.Context, img image.Image, options Options) ([]Code, error) {
	limited, cancel := context.WithTimeout(ctx, cmp.Or(options.Budget, Budget))
	defer cancel()
	img = withoutColours(img)
	var seen []sighting
	for _, v := range views {
		plane := v.plane(img)
		if plane == nil {
			continue
		}
		l := newLadder(v, plane, options.Step)
		l.climb(ctx, limited)
		if len(l.codes) > 0 {
			return inReadingOrder(l.codes), nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		seen = append(seen, sighting{l.search.Trace(), l.search.Close()})
		if limited.Err() != nil {
			break
		}
	}
	return nil, explain(seen)
}

// view is one way to make a picture grey.
type view struct {
	name  string // empty for the one that nearly always serves
	plane func(image.Image) *image.Gray
	looks []grid.Look
}

var views = []view{
	{"", overWhite, looks},
	{"over black", overBlack, fewLooks},
	{"opacity", alphaPlane, fewLooks},
	{"least channel", leastChannel, fewLooks},
}

// looks are the rungs, by what they find for their time. The first four read
// nearly all screenshots, the next nearly all photographs; the others are for
// what is damaged, drawn with letters, tiny or out of focus.
var looks = []grid.Look{
	{Name: "half", Scale: -1},
	{Name: "half local", Scale: -1, Local: 10},
	{Name: "full", Scale: 1},
	{Name: "local", Scale: 1, Local: 10},
	{Name: "soft", Scale: 1, Blur: 1},
	{Name: "quarter", Scale: -2},
	{Name: "quarter local", Scale: -2, Local: 10},
	{Name: "half pairs", Scale: -1, Pairs: true},
	{Name: "soft half", Scale: -1, Blur: 2},
	{Name: "soft quarter", Scale: -2, Blur: 2},
	{Name: "soft local", Scale: 1, Blur: 2, Local: 10},
	{Name: "double", Scale: 2, Local: 20},
	{Name: "wide local", Scale: 1, Local: 20},
	{Name: "local pairs", Scale: 1, Local: 10, Pairs: true},
	{Name: "loose local", Scale: 1, Local: 10, Loose: true},
	{Name: "sharp", Scale: 1, Sharp: 2, Local: 10},
	{Name: "pairs", Scale: 1, Pairs: true},
}

// fewLooks are for views that either show a code plainly or not at all.
var fewLooks = []grid.Look{
	{Name: "half", Scale: -1},
	{Name: "full", Scale: 1},
	{Name: "local", Scale: 1, Local: 10},
}

// further are the looks after a first code was found.
var further = []grid.Look{
	{Name: "full", Scale: 1},
	{Name: "local", Scale: 1, Local: 10},
}

// sheet is from how many codes a picture is a sheet of them, where some are
// always in a worse place than the others.
const sheet = 3

// ladder is the search of one view.
type ladder struct {
	view
	search *grid.Search
	said   []said // in the order of what the search found
	codes  []Code
}

func newLadder(v view, plane *image.Gray, step func(string, image.Image)) *ladder {
	l := &ladder{view: v}
	l.search = grid.New(plane, func(m grid.Modules) bool {
		s, ok := decodeModules(m)
		if ok {
			l.said = append(l.said, s)
		}
		return ok
	})
	if step != nil {
		l.search.Show(func(look string, seen image.Image) { step(l.rung(look), seen) })
	}
	return l
}

// climb tries look after look within the limit until one shows a code.
func (l *ladder) climb(ctx, limit context.Context) {
	for i, look := range l.looks {
		if limit.Err() != nil {
			return
		}
		if l.search.Try(limit, look) > 0 {
			l.climbFurther(ctx, i)
			break
		}
	}
	for i, found := range l.search.Found() {
		l.codes = append(l.codes, l.code(l.said[i], found))
	}
}

// climbFurther looks for more codes after the first: they are seldom all in the
// same light. Two looks are always worth it, the others only on a sheet of codes
// or while something is in sight that could not be read. It has its own time,
// for the first code is there already, and who waits for it waits for these too.
func (l *ladder) climbFurther(ctx context.Context, rung int) {
	ctx, cancel := context.WithTimeout(ctx, Budget)
	defer cancel()
	for _, look := range further {
		if look != l.looks[rung] {
			l.search.Try(ctx, look)
		}
	}
	for _, look := range l.looks[rung+1:] {
		if ctx.Err() != nil || !l.search.Pending() && len(l.search.Found()) < sheet {
			return
		}
		if !slices.Contains(further, look) {
			l.search.Try(ctx, look)
		}
	}
}

func (l *ladder) code(s said, found grid.Found) Code {
	c := Code{
		Text: s.text, Version: s.version, Level: s.level, Corrected: s.corrected,
		Mirrored: s.mirrored, Rung: l.rung(found.Look),
	}
	for i, p := range found.Corners {
		c.Corners[i] = image.Pt(int(math.Round(p.X)), int(math.Round(p.Y)))
	}
	if s.mirrored { // it was read transposed
		c.Corners[1], c.Corners[3] = c.Corners[3], c.Corners[1]
	}
	return c
}

func (l *ladder) rung(look string) string {
	if l.name == "" {
		return look
	}
	return l.name + ", " + look
}

// inReadingOrder sorts codes by lines, those whose middles are less than half a
// code apart being in one, and drops what was read twice at one place.
func inReadingOrder(codes []Code) []Code {
	sort.Slice(codes, func(i, j int) bool { return codes[i].middle().Y < codes[j].middle().Y })
	line := 0
	for i := range codes {
		if i == len(codes)-1 || codes[i+1].middle().Y-codes[i].middle().Y > codes[i].side()/2 {
			row := codes[line : i+1]
			sort.SliceStable(row, func(i, j int) bool { return row[i].middle().X < row[j].middle().X })
			line = i + 1
		}
	}
	var unique []Code
	for _, c := range codes {
		same := func(u Code) bool { return u.Text == c.Text && distance(u.middle(), c.middle()) < float64(c.side())/2 }
		if !slices.ContainsFunc(unique, same) {
			unique = append(unique, c)
		}
	}
	return unique
}

func (c *Code) middle() image.Point { return c.Corners[0].Add(c.Corners[2]).Div(2) }

func (c *Code) side() int { return int(distance(c.Corners[0], c.Corners[2]) / math.Sqrt2) }

func distance(a, b image.Point) float64 {
	return math.Hypot(float64(a.X-b.X), float64(a.Y-b.Y))
}

package qr

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"

	"otpane/otpcore/qr/grid"
)

// climb goes up the ladder of looks until one finds something, then looks twice
// more for further codes.
func climb(ctx context.Context, img image.Image) ([]Code, error) {
	var found []Code
	for _, view := range views(img) {
		codes, err := climbView(ctx, view)
		if err != nil {
			return nil, err
		}
		if found = append(found, codes...); len(found) > 0 {
			break
		}
	}
	return tidy(found), nil
}

func climbView(ctx context.Context, g *image.Gray) ([]Code, error) {
	var texts []said
	search := grid.New(g, func(m grid.Modules) bool {
		s, ok := decodeModules(m)
		if ok {
			texts = append(texts, s)
		}
		return ok
	})
	for i := 0; i < len(looks) && len(search.Found()) == 0; i++ {
		search.Try(ctx, looks[i])
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if len(search.Found()) > 0 {
		for _, look := range again {
			search.Try(ctx, look)
		}
	}
	var codes []Code
	for i, f := range search.Found() {
		codes = append(codes, Code{Text: texts[i].text, Corners: corners(f.Corners), Rung: f.Look})
	}
	return codes, nil
}

func views(img image.Image) []*image.Gray {
	views := []*image.Gray{overWhite(img)}
	if plane := alphaPlane(img); plane != nil {
		views = append(views, overBlack(img), plane)
	}
	return views
}

var looks = []grid.Look{
	{Name: "half", Scale: -1},
	{Name: "half local", Scale: -1, Local: 10},
	{Name: "full", Scale: 1},
	{Name: "soft", Scale: 1, Blur: 1},
	{Name: "local", Scale: 1, Local: 10},
	{Name: "softer local", Scale: 1, Blur: 3, Local: 10},
	{Name: "soft local", Scale: 1, Blur: 2, Local: 10},
	{Name: "quarter", Scale: -2},
	{Name: "double", Scale: 2, Local: 20},
	{Name: "wide local", Scale: 1, Local: 20},
	{Name: "sharp", Scale: 1, Sharp: 2, Local: 10},
	{Name: "half loose", Scale: -1, Loose: true},
	{Name: "loose local", Scale: 1, Local: 10, Loose: true},
	{Name: "loose", Scale: 1, Loose: true},
	{Name: "half pairs", Scale: -1, Pairs: true},
	{Name: "pairs", Scale: 1, Pairs: true},
	{Name: "local pairs", Scale: 1, Local: 10, Pairs: true},
}

var again = []grid.Look{
	{Name: "full", Scale: 1},
	{Name: "local", Scale: 1, Local: 10},
}

func corners(points [4]grid.Point) (out [4]image.Point) {
	for i, p := range points {
		out[i] = image.Pt(int(math.Round(p.X)), int(math.Round(p.Y)))
	}
	return out
}

// tidy drops what was found twice and sorts in reading order.
func tidy(codes []Code) []Code {
	slices.SortStableFunc(codes, func(a, b Code) int {
		return cmp.Or(cmp.Compare(a.Corners[0].Y/32, b.Corners[0].Y/32), cmp.Compare(a.Corners[0].X, b.Corners[0].X))
	})
	var unique []Code
	for _, code := range codes {
		if !slices.ContainsFunc(unique, func(u Code) bool { return u.Text == code.Text }) {
			unique = append(unique, code)
		}
	}
	return unique
}

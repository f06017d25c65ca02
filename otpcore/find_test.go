package otpcore

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// people has an account for every way in which a query can be meant.
var people = []Account{
	{ID: "k1", Issuer: "GitHub", Name: "alice"},
	{ID: "k2", Issuer: "GitHub", Name: "bob@example.com", Tags: []string{"work"}},
	{ID: "k3", Issuer: "Legit Shop", Name: "alice"},
	{ID: "k4", Issuer: "AWS", Name: "root", Tags: []string{"prod", "infra"}},
	{ID: "k5", Issuer: "AWS", Name: "root-staging", Tags: []string{"infra"}},
	{ID: "k6", Issuer: "Git", Name: "carol"},
	{ID: "k7", Issuer: "", Name: "Amazon"},
	{ID: "k8", Issuer: "Amazon", Name: "prime"},
	{ID: "k9", Issuer: "株式会社", Name: "花子"},
	{ID: "k10", Issuer: "Müller & Söhne", Name: "arn:aws:iam"},
}

func ids(accounts []Account) (ids []string) {
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	return ids
}

func TestFind(t *testing.T) {
	for query, want := range map[string]string{
		// exactly
		"k4":                       "k4",
		"GIT":                      "k6", // though three more begin with it
		"github":                   "k1 k2",
		" alice ":                  "k1 k3",
		"github:alice":             "k1",
		"GitHub · bob@example.com": "k2",
		"amazon":                   "k7 k8",
		"arn:aws:iam":              "k10",
		"MU\u0308LLER & SÖHNE":     "k10",
		"花子":                       "k9",
		// by words, over all fields
		"aws prod root": "k4",
		"alice legit":   "k3",
		"infra":         "k4 k5",
		"bob":           "k2",
		"example.com":   "k2",
		"legit:alice":   "k3",
		"root":          "k4", // exact: k5 has the word only
		"aws root":      "k4 k5",
		"Müller":        "k10",
		// by parts
		"hub":     "k1 k2",
		"leg":     "k3",
		"git ali": "k1 k3",
		"会社":      "k9",
		"stag":    "k5",
		// by letters
		"gthb":     "k1 k2",
		"gthb bob": "k2",
		"rtsg":     "k5",
		"mhr söne": "",
		"mlr söne": "k10",
		// not at all
		"gitlab":    "",
		"":          "",
		" ":         "",
		":":         "",
		"\u200b":    "",
		"alice bob": "",
	} {
		if got := strings.Join(ids(Find(people, query)), " "); got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
}

// The worst word decides, wherever it stands.
func TestFindWeighsAllWords(t *testing.T) {
	accounts := []Account{{ID: "part", Issuer: "GitHub", Name: "alice"}, {ID: "word", Issuer: "Hub", Name: "alice"}}
	for _, query := range []string{"hub alice", "alice hub"} {
		if got := ids(Find(accounts, query)); !slices.Equal(got, []string{"word"}) {
			t.Errorf("%q finds %v", query, got)
		}
	}
}

func TestExact(t *testing.T) {
	for query, want := range map[string]string{
		"k4": "k4", "K4": "k4", "git": "k6", "GitHub": "k1 k2", "github:alice": "k1", "GitHub · alice": "k1", "root": "k4",
		"hub": "", "gthb": "", "aws root": "", "infra": "", "": "", ":": "", ":Amazon": "", "GitHub:": "",
	} {
		if got := strings.Join(ids(Exact(people, query)), " "); got != want {
			t.Errorf("%q is exactly %q, want %q", query, got, want)
		}
	}
	if got := Exact([]Account{{}}, ""); got != nil {
		t.Errorf("an unnamed account is %v", got)
	}
}

func TestFilterRanks(t *testing.T) {
	for query, want := range map[string]string{
		"git":   "k6 k1 k2 k3", // exact, then where a word begins, then inside
		"root":  "k4 k5",
		"am":    "k8 k7 k2 k10", // beginnings, issuer before name; then inside
		"aws":   "k4 k5 k10",
		"xyzzy": "",
		"infra": "k4 k5",
		"":      "k1 k2 k3 k4 k5 k6 k7 k8 k9 k10",
	} {
		var got []string
		for _, h := range Filter(people, query) {
			if people[h.Index].ID != h.Account.ID {
				t.Fatalf("%q: index %d is not %s", query, h.Index, h.Account.ID)
			}
			got = append(got, h.Account.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q gives %v, want %s", query, got, want)
		}
	}
}

func TestFilterRanksLetters(t *testing.T) {
	scattered, close := Account{ID: "scattered", Issuer: "zzgzzzzizzzztzzzb"}, Account{ID: "close", Issuer: "gitub"}
	for _, accounts := range [][]Account{{scattered, close}, {close, scattered}} {
		if hits := Filter(accounts, "gitb"); len(hits) != 2 || hits[0].Account.ID != "close" {
			t.Errorf("%v", hits)
		}
	}
}

func TestFilterMarks(t *testing.T) {
	for _, c := range []struct {
		query              string
		id                 string
		issuer, name, tags []int
	}{
		{"git", "k3", []int{2, 3, 4}, nil, nil},
		{"aws prod root", "k4", []int{0, 1, 2}, []int{0, 1, 2, 3}, []int{0, 1, 2, 3}},
		{"infra", "k4", nil, nil, []int{5, 6, 7, 8, 9}}, // "prod infra"
		{"会社 子", "k9", []int{2, 3}, []int{1}, nil},
		{"söh mül", "k10", []int{0, 1, 2, 9, 10, 11}, nil, nil},
		{"gthb", "k1", []int{0, 2, 3, 5}, nil, nil},
		{"ülr", "k10", []int{1, 2, 5}, nil, nil},
		{"git gi", "k6", []int{0, 1, 2}, nil, nil},
		{"k6", "k6", nil, nil, nil},
	} {
		hits := Filter(people, c.query)
		at := slices.IndexFunc(hits, func(h Hit) bool { return h.Account.ID == c.id })
		if at < 0 {
			t.Errorf("%q does not find %s", c.query, c.id)
			continue
		}
		if h := hits[at]; !slices.Equal(h.Issuer, c.issuer) || !slices.Equal(h.Name, c.name) || !slices.Equal(h.Tags, c.tags) {
			t.Errorf("%q marks %v %v %v, want %v %v %v", c.query, h.Issuer, h.Name, h.Tags, c.issuer, c.name, c.tags)
		}
	}
}

func TestFilterHoldsForAnything(t *testing.T) {
	text := rapid.OneOf(rapid.StringOfN(rapid.RuneFrom([]rune("aAbäÄİſ :·株-\u0301")), 0, 8, -1), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		var accounts []Account
		for range rapid.IntRange(0, 6).Draw(t, "accounts") {
			// Not cleaned: the pane must survive whatever it is given.
			accounts = append(accounts, Account{
				ID: text.Draw(t, "id"), Issuer: text.Draw(t, "issuer"), Name: text.Draw(t, "name"), Tags: rapid.SliceOfN(text, 0, 3).Draw(t, "tags"),
			})
		}
		query := text.Draw(t, "query")
		hits := Filter(accounts, query)
		for _, h := range hits {
			for _, c := range []struct {
				marks []int
				text  string
			}{{h.Issuer, h.Account.Issuer}, {h.Name, h.Account.Name}, {h.Tags, strings.Join(h.Account.Tags, " ")}} {
				size := len([]rune(c.text))
				if !slices.IsSorted(c.marks) || len(slices.Compact(slices.Clone(c.marks))) != len(c.marks) ||
					len(c.marks) > 0 && (c.marks[0] < 0 || c.marks[len(c.marks)-1] >= size) {
					t.Fatalf("%q marks %v in %q", query, c.marks, c.text)
				}
			}
		}
		found := Find(accounts, query)
		for i, a := range found {
			if hits[i].Account.ID != a.ID || hits[i].Account.Name != a.Name {
				t.Fatalf("%q finds %v, the filter begins with %v", query, found, hits)
			}
		}
		if exact := Exact(accounts, query); len(exact) > 0 && len(exact) != len(found) {
			t.Fatalf("%q is exactly %d accounts, and finds %d", query, len(exact), len(found))
		}
	})
}

func TestSuggest(t *testing.T) {
	for query, want := range map[string]string{
		"gti":                        "Git",
		"GTI":                        "Git",
		"githbu":                     "GitHub",
		"Gitub":                      "GitHub",
		"alcie":                      "alice",
		"leigt":                      "Legit",
		"amzaon":                     "Amazon",
		"github:alcie":               "GitHub:alice",
		"株式社":                        "株式会社",
		"exmaple":                    "example",
		"xyzzy":                      "",
		"g":                          "",
		"":                           "",
		strings.Repeat("github", 20): "",
	} {
		if got := Suggest(people, query); got != want {
			t.Errorf("%q: did you mean %q? want %q", query, got, want)
		}
	}
	few := []Account{{Issuer: "Gita", Name: "x"}, {Issuer: "Gitb", Name: strings.Repeat("longname", 9)}}
	for query, want := range map[string]string{"gitc": "Gita", "y": "", strings.Repeat("longname", 9) + "x": ""} {
		if got := Suggest(few, query); got != want {
			t.Errorf("%q: did you mean %q? want %q", query, got, want)
		}
	}
	if got := Suggest(nil, "git"); got != "" {
		t.Errorf("%q from nothing", got)
	}
}

func TestSuggestedNamesAreFound(t *testing.T) {
	for _, query := range []string{"gti", "leigt", "github:alcie", "exmaple"} {
		name := Suggest(people, query)
		if name == "" || len(Find(people, name)) == 0 {
			t.Errorf("%q suggests %q, which finds nothing", query, name)
		}
	}
}

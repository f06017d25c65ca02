package cli

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"otpane/otpcore"
)

// numbersOnly is a choice by the numbers of the preview: "3", "1,3-5". Anything
// else is a name.
var numbersOnly = regexp.MustCompile(`^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$`)

// checkPicks refuses what can fit nothing, before anything is asked.
func checkPicks(wanted []string) error {
	for _, want := range wanted {
		if _, err := path.Match(strings.ToLower(want), ""); err != nil || strings.TrimSpace(want) == "" {
			return misuse("--select takes numbers of the preview or a name", "--select 1,3-5 or --select '*github*'")
		}
	}
	return nil
}

// picks are the indexes of the entries that were chosen, in order; without a
// choice those that are new. A choice that fits nothing is a mistake: silence
// would pass for "already there".
func picks(wanted []string, plan otpcore.Plan) ([]int, error) {
	if wanted == nil {
		return plan.New(), nil
	}
	var all []int
	for _, want := range wanted {
		found := named(want, plan)
		if numbersOnly.MatchString(want) {
			found = numbered(want, len(plan.Entries))
		}
		if len(found) == 0 {
			return nil, &fault{status: nothingFound, what: "no entry fits --select " + mention(want), hint: "--dry-run shows all of them with their numbers"}
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// numbered are the indexes of "1,3-5"; nil if one of them does not exist.
func numbered(list string, entries int) (indexes []int) {
	for _, span := range strings.Split(list, ",") {
		first, last, isSpan := strings.Cut(span, "-")
		if !isSpan {
			last = first
		}
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err1 != nil || err2 != nil || from < 1 || to < from || to > entries {
			return nil
		}
		for i := from; i <= to; i++ {
			indexes = append(indexes, i-1)
		}
	}
	return indexes
}

// named are the entries whose label, issuer or account has the words in it; with
// * or ? all of one of them must fit. Upper and lower case are the same.
func named(pattern string, plan otpcore.Plan) (indexes []int) {
	pattern = strings.ToLower(pattern)
	fits := func(text string) bool { return strings.Contains(text, pattern) }
	if strings.ContainsAny(pattern, "*?[") {
		pattern = strings.ReplaceAll(pattern, "/", "\x00")
		fits = func(text string) bool {
			ok, _ := path.Match(pattern, strings.ReplaceAll(text, "/", "\x00")) // its * would stop at a slash
			return ok
		}
	}
	for i, e := range plan.Entries {
		a := e.Account
		for _, text := range []string{a.Label(), a.Issuer, a.Name, a.Issuer + ":" + a.Name} {
			if fits(strings.ToLower(text)) {
				indexes = append(indexes, i)
				break
			}
		}
	}
	return indexes
}

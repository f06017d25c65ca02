package otpcore

import (
	"fmt"
	"strings"
)

// Answer is what an agent does when somebody else's program wants an account's
// code. The zero value is no rule: another one decides.
type Answer string

const (
	Allow Answer = "allow" // it gives the code
	Ask   Answer = "ask"   // it asks a person, whose silence is a no
	Deny  Answer = "deny"  // it gives none
)

// Answers are all rules, the strictest last.
var Answers = []Answer{Allow, Ask, Deny}

// ParseAnswer reads what a person types; nothing is no rule.
func ParseAnswer(text string) (Answer, error) {
	answer := Answer(strings.ToLower(strings.TrimSpace(text)))
	if answer == "" || answer.strictness() <= len(Answers) {
		return answer, nil
	}
	return "", fmt.Errorf("%q is not allow, ask or deny", text)
}

// AnswerFor is the rule that holds for an account: its own, else the strictest of
// its tags', else otherwise. The strictest, because two tags that disagree are an
// oversight, and a code that was not given can still be asked for.
//
// A word that nobody knows denies: a later version may mean something stricter by
// it than asking.
func AnswerFor(a Account, tags map[string]Answer, otherwise Answer) Answer {
	if a.Agent != "" {
		return a.Agent.known()
	}
	var rule Answer
	for _, tag := range a.Tags {
		rule = rule.Stricter(tags[tag])
	}
	if rule == "" {
		rule = otherwise
	}
	return rule.known()
}

func (a Answer) known() Answer {
	if a.strictness() > len(Answers) || a == "" {
		return Deny
	}
	return a
}

// Stricter is the one of two rules that gives less.
func (a Answer) Stricter(b Answer) Answer {
	if b.strictness() > a.strictness() {
		return b
	}
	return a
}

// strictness is 0 for no rule, and more than any other's for an unknown one.
func (a Answer) strictness() int {
	if a == "" {
		return 0
	}
	for i, known := range Answers {
		if a == known {
			return i + 1
		}
	}
	return len(Answers) + 1
}

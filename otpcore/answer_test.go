package otpcore

import (
	"slices"
	"testing"
)

func TestAnswerFor(t *testing.T) {
	tags := map[string]Answer{"work": Deny, "home": Allow, "both": Ask, "later": "ponder", "none": ""}
	for _, c := range []struct {
		name      string
		own       Answer
		tags      []string
		otherwise Answer
		want      Answer
	}{
		{"no rule at all gives nothing", "", nil, "", Deny},
		{"the setting's, where nothing else is said", "", nil, Ask, Ask},
		{"tags without a rule say nothing", "", []string{"none", "unheard of"}, Allow, Allow},
		{"a tag's before the setting's, looser too", "", []string{"home"}, Ask, Allow},
		{"the strictest tag, wherever it stands", "", []string{"home", "work", "both"}, Allow, Deny},
		{"and in the other order", "", []string{"work", "both", "home"}, Allow, Deny},
		{"asking beats allowing", "", []string{"home", "both"}, Allow, Ask},
		{"its own before its tags', looser too", Allow, []string{"work"}, Deny, Allow},
		{"its own before its tags'", Deny, []string{"home"}, Allow, Deny},
		{"an unknown word of its own", "ponder", []string{"home"}, Allow, Deny},
		{"an unknown word of a tag is the strictest", "", []string{"home", "later"}, Allow, Deny},
		{"an unknown setting", "", nil, "ponder", Deny},
	} {
		if got := AnswerFor(Account{Agent: c.own, Tags: c.tags}, tags, c.otherwise); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestParseAnswer(t *testing.T) {
	for _, a := range append(slices.Clone(Answers), "") {
		for _, text := range []string{string(a), " " + string(a) + "\n"} {
			if got, err := ParseAnswer(text); err != nil || got != a {
				t.Errorf("%q: %q, %v", text, got, err)
			}
		}
	}
	if got, err := ParseAnswer("ALLOW"); err != nil || got != Allow {
		t.Errorf("ALLOW: %q, %v", got, err)
	}
	for _, text := range []string{"yes", "off", "allowed", "-"} {
		if got, err := ParseAnswer(text); err == nil || got != "" {
			t.Errorf("%q is taken for %q", text, got)
		}
	}
}

package vault

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"otpane/otpcore"
)

// tagRule is what an agent does with the accounts of a tag, and when that was said.
// One that was dropped stays as a mark, so that merging an older copy does not
// loosen what was tightened since.
type tagRule struct {
	raw    json.RawMessage // as it stands in the file: a later version may say more in it
	answer otpcore.Answer
	stamp  stamp
}

// TagAnswers are the rules for programs that ask an agent, by tag; an account may
// have one of its own (otpcore.AnswerFor).
func (v *Vault) TagAnswers() map[string]otpcore.Answer { return v.present().tagAnswers() }

// SetTagAnswer keeps what an agent does with the accounts of a tag; "" drops it.
func (d *Draft) SetTagAnswer(tag string, answer otpcore.Answer) error {
	if err := storableAnswer(answer); err != nil {
		return err
	}
	if answer == d.doc.tagRules[tag].answer {
		return nil
	}
	at := d.tick()
	rules := maps.Clone(d.doc.tagRules)
	if rules == nil {
		rules = map[string]tagRule{}
	}
	all := fields{}
	if was := rules[tag].fields(); was != nil {
		all = was
	}
	all.set(fieldAnswer, answer, answer == "")
	all.set(fieldStamp, at, false)
	rules[tag] = readTagRule(encode(all))
	d.doc.tagRules = rules
	return nil
}

const (
	fieldAnswer = "answer"
	fieldStamp  = "stamp"
)

func (d *document) tagAnswers() map[string]otpcore.Answer {
	answers := map[string]otpcore.Answer{}
	for tag, rule := range d.tagRules {
		if rule.answer != "" {
			answers[tag] = rule.answer
		}
	}
	return answers
}

// readTagRules is nil for what is no object; it is passed on.
func readTagRules(raw json.RawMessage) map[string]tagRule {
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	rules := make(map[string]tagRule, len(all))
	for tag, one := range all {
		rules[tag] = readTagRule(one)
	}
	return rules
}

// readTagRule takes what cannot be read for a denial.
func readTagRule(raw json.RawMessage) tagRule {
	rule := tagRule{raw: raw}
	all := rule.fields()
	if all == nil {
		rule.answer = otpcore.Deny
		return rule
	}
	_ = json.Unmarshal(all[fieldStamp], &rule.stamp)
	if answer, ok := all[fieldAnswer]; ok {
		_ = (*storedAnswer)(&rule.answer).UnmarshalJSON(answer)
	}
	return rule
}

// fields are nil for what is no object.
func (r tagRule) fields() (all fields) {
	_ = json.Unmarshal(r.raw, &all)
	return all
}

func rawTagRules(rules map[string]tagRule) map[string]json.RawMessage {
	all := make(map[string]json.RawMessage, len(rules))
	for tag, rule := range rules {
		all[tag] = rule.raw
	}
	return all
}

// mergeTagRules takes each tag's later rule, and of two at once the stricter.
func mergeTagRules(a, b map[string]tagRule) map[string]tagRule {
	merged := maps.Clone(a)
	if merged == nil {
		merged = map[string]tagRule{}
	}
	for tag, rule := range b {
		if mine, both := merged[tag]; !both || compareTagRules(rule, mine) > 0 {
			merged[tag] = rule
		}
	}
	return merged
}

func compareTagRules(a, b tagRule) int {
	return cmp.Or(
		cmp.Compare(a.stamp, b.stamp),
		cmp.Compare(slices.Index(otpcore.Answers, a.answer), slices.Index(otpcore.Answers, b.answer)), // -1 for none
		bytes.Compare(a.raw, b.raw),
	)
}

// storedAnswer reads a rule that this version does not know as a denial: its text
// stays in the file, and may mean something stricter than asking.
type storedAnswer otpcore.Answer

func (s *storedAnswer) UnmarshalJSON(data []byte) error {
	var text string
	*s = storedAnswer(otpcore.Deny)
	if err := json.Unmarshal(data, &text); err != nil {
		return nil
	}
	if answer := otpcore.Answer(text); storableAnswer(answer) == nil {
		*s = storedAnswer(answer)
	}
	return nil
}

func storableAnswer(answer otpcore.Answer) error {
	if answer == "" || slices.Contains(otpcore.Answers, answer) {
		return nil
	}
	return fmt.Errorf("%q is no answer of an agent", string(answer))
}

package vault

import (
	"bytes"
	"maps"
	"testing"
	"time"

	"otpane/otpcore"
)

// TestAgentRulesAreKept with the account, with the vault, through a new opening.
func TestAgentRulesAreKept(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	edit(t, v, 0, func(d *Draft) error {
		a, _ := d.Account(id)
		a.Agent = otpcore.Deny
		if err := d.Set(a); err != nil {
			return err
		}
		if err := d.SetTagAnswer("work", otpcore.Ask); err != nil {
			return err
		}
		if d.doc.tagAnswers()["work"] != otpcore.Ask {
			t.Error("the draft does not have its own rule")
		}
		return d.SetTagAnswer("home", otpcore.Allow)
	})
	v = reopen(t, v)
	if got := v.Accounts()[0].Agent; got != otpcore.Deny {
		t.Errorf("of the account: %q", got)
	}
	want := map[string]otpcore.Answer{"work": otpcore.Ask, "home": otpcore.Allow}
	if got := v.TagAnswers(); !maps.Equal(got, want) {
		t.Errorf("of tags: %v", got)
	}
	v.TagAnswers()["work"] = otpcore.Allow
	if v.TagAnswers()["work"] != otpcore.Ask {
		t.Error("what is handed out is the vault's own")
	}
	edit(t, v, 0, func(d *Draft) error { return d.SetTagAnswer("work", "") })
	if got := reopen(t, v).TagAnswers(); len(got) != 1 || got["home"] != otpcore.Allow {
		t.Errorf("after one was dropped: %v", got)
	}
}

func TestAgentRulesThatCannotBe(t *testing.T) {
	v := newVault(t)
	id := add(t, v, github())
	edit(t, v, 0, func(d *Draft) error { return d.SetTagAnswer("work", otpcore.Ask) })
	file := mustRead(t, v.Path())
	for _, answer := range []otpcore.Answer{"ponder", "ALLOW", " ask"} {
		if v.Update(func(d *Draft) error { return d.SetTagAnswer("work", answer) }) == nil {
			t.Errorf("%q is kept for a tag", answer)
		}
		if v.Update(set(id, func(a *otpcore.Account) { a.Agent = answer })) == nil {
			t.Errorf("%q is kept for an account", answer)
		}
	}
	if err := v.Update(func(d *Draft) error { return d.SetTagAnswer("work", otpcore.Ask) }); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(mustRead(t, v.Path()), file) {
		t.Error("the file changed")
	}
}

// TestAgentRulesOfALaterVersion deny, and survive an edit next to them.
func TestAgentRulesOfALaterVersion(t *testing.T) {
	const work = `"work":{"answer":"ponder","between":"9 and 5","stamp":"01a20320a200-0001-c20b5f46"}`
	text := `{"format":"otpane vault","version":1,"agent_tags":{` + work + `,"odd":17,"gone":{"stamp":"01"}},"accounts":[
{"id":"a","type":"totp","algorithm":"SHA1","digits":6,"period":30,"secret":"GEZDGNBV","agent":"ponder"},
{"id":"b","type":"totp","algorithm":"SHA1","digits":6,"period":30,"secret":"GEZDGNBV","agent":["ask"]},
{"id":"c","type":"totp","algorithm":"SHA1","digits":6,"period":30,"secret":"GEZDGNBV","agent":null}]}`
	doc, err := readDocument([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	d := &Draft{doc: doc, now: noon, node: "11111111"}
	for id, want := range map[string]otpcore.Answer{"a": otpcore.Deny, "b": otpcore.Deny, "c": ""} {
		a, _ := d.Account(id)
		if a.Agent != want {
			t.Errorf("account %s: %q, want %q", id, a.Agent, want)
		}
		a.Note = "edited"
		if err := d.Set(a); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.doc.tagAnswers(); len(got) != 2 || got["work"] != otpcore.Deny || got["odd"] != otpcore.Deny {
		t.Errorf("tags: %v", got)
	}
	for _, kept := range []string{`"agent":"ponder"`, `"agent":["ask"]`, work, `"odd":17`, `"gone":{"stamp":"01"}`} {
		if !bytes.Contains(doc.payload(), []byte(kept)) {
			t.Errorf("%s is lost:\n%s", kept, doc.payload())
		}
	}
	if err := d.SetTagAnswer("work", otpcore.Allow); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(doc.payload(), []byte(`"answer":"allow","between":"9 and 5"`)) {
		t.Errorf("a new rule drops what it does not know:\n%s", doc.payload())
	}
}

// TestAgentRulesThatCannotBeRead hinder no code, and are passed on.
func TestAgentRulesThatCannotBeRead(t *testing.T) {
	doc, err := readDocument([]byte(`{"format":"otpane vault","version":1,"agent_tags":["work"],"accounts":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.tagAnswers()) != 0 || !bytes.Contains(doc.payload(), []byte(`"agent_tags":["work"]`)) {
		t.Errorf("%v\n%s", doc.tagAnswers(), doc.payload())
	}
}

// TestMergingLoosensNoRule: what was tightened or dropped stays so when an older
// copy comes in, and of two at once the stricter holds.
func TestMergingLoosensNoRule(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	edit(t, v, 0, func(d *Draft) error {
		if err := d.SetTagAnswer("dropped", otpcore.Allow); err != nil {
			return err
		}
		return d.SetTagAnswer("work", otpcore.Allow)
	})
	older := fork(t, v, "older.age")
	edit(t, v, time.Minute, func(d *Draft) error {
		if err := d.SetTagAnswer("dropped", ""); err != nil {
			return err
		}
		return d.SetTagAnswer("work", otpcore.Deny)
	})
	if _, err := v.Merge(older.Path(), Identity{}); err != nil {
		t.Fatal(err)
	}
	if got := v.TagAnswers(); len(got) != 1 || got["work"] != otpcore.Deny {
		t.Errorf("merged: %v", got)
	}

	at := stamp("01a20320a200-0001-c20b5f46")
	rule := func(answer otpcore.Answer) map[string]tagRule {
		all := fields{}
		all.set(fieldAnswer, answer, answer == "")
		all.set(fieldStamp, at, false)
		return map[string]tagRule{"t": readTagRule(encode(all))}
	}
	answers := append([]otpcore.Answer{""}, otpcore.Answers...)
	for i, loose := range answers {
		for _, strict := range answers[i:] {
			for _, m := range []map[string]tagRule{mergeTagRules(rule(loose), rule(strict)), mergeTagRules(rule(strict), rule(loose))} {
				if m["t"].answer != strict {
					t.Errorf("%q and %q at once: %q", loose, strict, m["t"].answer)
				}
			}
		}
	}
}

// TestRestoreLoosensNoTagRule: a backup from before a rule does not take it away.
func TestRestoreLoosensNoTagRule(t *testing.T) {
	v := newVault(t)
	add(t, v, github())
	edit(t, v, time.Minute, func(d *Draft) error { return d.SetTagAnswer("work", otpcore.Deny) })
	restored, err := Restore(v.Path(), backupsOf(t, v)[0].Path, v.Identity(), v.now)
	if err != nil || restored.doc.tagAnswers()["work"] != otpcore.Deny {
		t.Fatalf("restored: %v, %v", restored.doc.tagAnswers(), err)
	}
}

// TestANewKeyKeepsTheStricterRule when it moves into the account that it is for.
func TestANewKeyKeepsTheStricterRule(t *testing.T) {
	v := newVault(t)
	for _, c := range []struct{ old, fresh, want otpcore.Answer }{
		{otpcore.Deny, otpcore.Allow, otpcore.Deny},
		{"", otpcore.Deny, otpcore.Deny},
		{otpcore.Ask, "", otpcore.Ask},
	} {
		old, fresh := github(), github()
		old.Agent = c.old
		id := add(t, v, old)
		fresh.Agent, fresh.Replaces, fresh.Unfinished = c.fresh, id, true
		freshID := add(t, v, fresh)
		edit(t, v, 0, func(d *Draft) error { _, err := d.Finish(freshID); return err })
		for _, a := range v.Accounts() {
			if a.ID == id && a.Agent != c.want {
				t.Errorf("%q and %q: %q", c.old, c.fresh, a.Agent)
			}
		}
	}
}

package vault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otpane/otpcore"
)

// spellings are values in ways that JSON allows and that it does not.
var spellings = []string{
	`"a"`, `""`, `"ä"`, `"\n"`, `"\u00e4"`, `"\ud83d\ude00"`, `"\ud83d"`, "\"\xff\"", "\"\x7f\"", `"a\`, `"\u00g4"`, `"\u00"`, `"\x"`, "\"\n\"", `"`, `'a'`,
	`0`, `-0`, `7`, `-7`, `007`, `-`, `+7`, `1.5`, `1.`, `.5`, `1e9`, `1e`, `18446744073709551616`, `7 7`, `7x`,
	`true`, `false`, `null`, `tru`, `nul`, `True`, `truefalse`,
	`[]`, `[1]`, `[1,2]`, `[1,]`, `[,1]`, `[1 2]`, `[`, `[]]`, `["a","b"]`, `["a",7]`, `[null]`, ` [ 1 , "a" ] `,
	`{}`, `{"a":1}`, `{"a":1,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{"a":1 "b":2}`, `{"a":1,"a":2}`, `{"\u0061":1}`, "{\"\xff\":1}", ` { "a" : [ { } ] } `, `{"a":1}}`, `{"a":1`,
	strings.Repeat("[", 40) + strings.Repeat("]", 40), strings.Repeat("[", 40), "", " ", "\u00a0[]", "[]\x00",
}

func FuzzScan(f *testing.F) {
	for _, text := range spellings {
		f.Add([]byte(text))
		f.Add([]byte(`{"id":` + text + `}`))
		f.Add([]byte(`[7,` + text + `]`))
		f.Add([]byte(`{"a":7,"accounts":` + text + `}`))
		f.Add([]byte(`{"accounts":[7,` + text + `],"accounts":[8]}`))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if list, ok := members(text, nil); ok {
			read := fields{}
			for _, m := range list {
				read[string(m.name)] = m.value
			}
			sameAsJSON(t, text, read)
		}
		if read, ok := elements(text); ok {
			sameAsJSON(t, text, append([]json.RawMessage{}, read...))
		}
		if rest, accounts, ok := scanPayload(text); ok {
			var whole fields
			if err := json.Unmarshal(text, &whole); err != nil {
				t.Fatalf("%q was read: %v", text, err)
			}
			if list, there := whole[memberAccounts]; there {
				sameAsJSON(t, list, append([]json.RawMessage{}, accounts...))
				delete(whole, memberAccounts)
			}
			if diff := cmp.Diff(whole, rest); diff != "" {
				t.Errorf("%q was read otherwise: %s", text, diff)
			}
		}
	})
}

func sameAsJSON[T any](t *testing.T, text []byte, read T) {
	t.Helper()
	var want T
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatalf("%q was read: %v", text, err)
	}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("%q was read otherwise: %s", text, diff)
	}
}

// FuzzRecord compares the short way with the long one.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(goodRecord))
	for _, name := range []string{fieldID, "issuer", "type", "digits", "counter", fieldSecret, "tags", "pinned", "created", "correction", "agent", fieldRank, fieldAdded, fieldKeys, fieldRecovery, fieldStamps, fieldDeleted} {
		for _, text := range spellings {
			f.Add([]byte(goodRecord[:len(goodRecord)-1] + `,"` + name + `":` + text + `}`))
			f.Add(bytes.Replace([]byte(goodRecord), []byte(`"`+name+`":`), []byte(`"`+name+`":`+text+`,"other":`), 1))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var r record
		if r.readOrdinary(raw) {
			sameRecord(t, r, readAny(raw))
		}
	})
}

func sameRecord(t *testing.T, r, want record) {
	t.Helper()
	diff := cmp.Diff(want, r, cmp.AllowUnexported(record{}, trashed{}),
		cmp.Comparer(func(a, b otpcore.Secret) bool { return a.Equal(b) }),
		cmp.Comparer(func(a, b error) bool { return (a == nil) == (b == nil) && (a == nil || a.Error() == b.Error()) }))
	if diff != "" {
		t.Errorf("%q was read otherwise: %s", want.raw, diff)
	}
}

// Every record that otpane writes is read the short way, or it would be slow and no
// test would say so. Only the trash goes the long one.
func TestOwnSpellingIsOrdinary(t *testing.T) {
	v := newVault(t)
	full := github()
	full.Name, full.Note = "ä\u2028😀", "two\nlines \x01\x7f\\\"\t<&>"
	full.Used, full.Uses, full.Correction, full.Unfinished, full.Replaces = noon, 7, -90e9, true, "x"
	full.Recovery = []otpcore.RecoveryCode{{Text: otpcore.NewSecret([]byte("abcd-efgh")), Used: noon}}
	id := add(t, v, full)
	add(t, v, counterAccount())
	add(t, v, github())
	err := v.Update(func(d *Draft) error {
		a, _ := d.Account(id)
		a.Issuer, a.Secret = "New", otpcore.NewSecret([]byte("another key"))
		if err := d.Set(a); err != nil {
			return err
		}
		return d.Move(id, 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := scanPayload(v.present().payload()); !ok {
		t.Error("the payload is not read the short way")
	}
	for _, r := range v.present().records {
		var short record
		if !short.readOrdinary(r.raw) {
			t.Errorf("%s is not read the short way", r.raw)
			continue
		}
		sameRecord(t, short, readAny(r.raw))
	}
}

// Records that have the id of another get one of their own, in their places.
func TestRepeatedIDs(t *testing.T) {
	var all []json.RawMessage
	for i := range 5 {
		all = append(all, fmt.Appendf(nil, `{"id":"twice","name":"%d",%s`, i, goodRecord[len(`{"id":"good",`):]))
	}
	ids := map[string]bool{}
	for i, r := range readRecords(all) {
		if r.account.Name != strconv.Itoa(i) || ids[r.id] || r.damage != nil {
			t.Fatalf("%d is %q, id %q, %v", i, r.account.Name, r.id, r.damage)
		}
		ids[r.id] = true
	}
	if len(ids) != len(all) || !ids["twice"] {
		t.Errorf("ids %v", ids)
	}
}

package exchange

import (
	"encoding/json"
	"strings"
	"testing"
)

// checkOutline compares the quick look with the decoder: where the text is good
// JSON both find the same members.
func checkOutline(t *testing.T, text string) {
	t.Helper()
	o := outlineOf(text)
	for name, value := range o.members {
		if !strings.Contains(text, value) {
			t.Fatalf("%q is %q, which is not in %q", name, value, text)
		}
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &members) != nil || members == nil || depthOf(text) > maxNesting {
		return
	}
	if o.open != '{' || !o.whole || o.cut || len(o.members) != len(members) {
		t.Fatalf("%q: %+v, want %d members", text, o, len(members))
	}
	for name, value := range members {
		if o.members[name] != string(value) {
			t.Fatalf("%q: %q is %q, want %q", text, name, o.members[name], value)
		}
	}
}

func depthOf(text string) int { return strings.Count(text, "{") + strings.Count(text, "[") }

func TestOutline(t *testing.T) {
	for _, text := range []string{
		`{}`, ` { "a" : 1 } `, `{"a":"\\","b":"\"","c":"}"}`, `{"a":{"b":[1,{"c":"]"}]},"d":null}`, `{"\u0061":true}`, "{\"a\":1e5\n,\"b\":-0}", `{"a":1,"a":2}`,
	} {
		checkOutline(t, text)
	}
	for text, want := range map[string]struct {
		open    byte
		cut     bool
		members string
	}{
		``: {}, `"{"`: {}, `x`: {}, `  `: {},
		`{`:             {'{', true, ""},
		`{"a":1,"b":[2`: {'{', true, "a b"},
		`{"a":1`:        {'{', true, "a"},
		`{"a`:           {'{', true, ""},
		`{"a":1}x`:      {'{', false, "a"},
		`{"a" 1}`:       {'{', false, ""},
		`[`:             {'[', true, ""},
		`[{"a":1},7`:    {'[', false, "a"},
		`[1,{"a":1}]`:   {'[', false, ""},
		`{"a":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`: {'{', false, "a"},
	} {
		o := outlineOf(text)
		var names []string
		for _, name := range []string{"a", "b"} {
			if _, ok := o.members[name]; ok {
				names = append(names, name)
			}
		}
		if o.open != want.open || o.cut != want.cut || strings.Join(names, " ") != want.members {
			t.Errorf("%s: %c, cut %v, %q", text, o.open, o.cut, names)
		}
	}
}

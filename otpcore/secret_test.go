package otpcore

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// canary is a key whose every spelling would be noticed.
var canary = []byte("CANARY-7f3a-CANARY")

func canaryAccount() Account {
	return Account{Issuer: "GitHub", Name: "alice", Kind: TOTP, Algorithm: SHA1, Digits: 6, Period: 30, Secret: NewSecret(canary), Created: time.Unix(1, 0)}
}

// leaks reports whether text holds the canary in any of the forms that a verb or
// an encoder could give it.
func leaks(text string) bool {
	decimal := strings.Trim(fmt.Sprint(canary), "[]")
	for _, form := range []string{
		string(canary), EncodeBase32(canary), hex.EncodeToString(canary), strings.ToUpper(hex.EncodeToString(canary)),
		decimal, strings.ReplaceAll(decimal, " ", ", "), strings.ReplaceAll(decimal, " ", ","),
		strings.Trim(fmt.Sprintf("%#v", canary), "[]byte{}"), strings.Trim(fmt.Sprintf("% x", canary), " "),
		strings.Trim(fmt.Sprintf("%o", canary), "[]"), strings.Trim(fmt.Sprintf("%b", canary), "[]"),
		strings.Trim(fmt.Sprintf("%c", canary), "[]"), strings.Trim(fmt.Sprintf("%U", canary), "[]"),
		"Q0FOQVJZLTdmM2EtQ0FOQVJZ", // base64, as encoding/json writes bytes
	} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

func TestLeaksIsNotBlind(t *testing.T) {
	type open struct{ key []byte }
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U"} {
		if text := fmt.Sprintf(verb, open{canary}); !leaks(text) {
			t.Errorf("%s of bare bytes is not noticed: %s", verb, text)
		}
	}
	if text, _ := json.Marshal(canary); !leaks(string(text)) {
		t.Errorf("bytes in JSON are not noticed: %s", text)
	}
}

// The ways in which accounts lie in the structures of a program. fmt does not
// call methods below unexported fields; the secret must stay shy all the same.
type (
	hidden struct {
		accounts []Account
		byName   map[string]*Account
		deeper   struct{ any any }
		secret   Secret
		array    [2]Secret
		function func() Secret
		channel  chan Account //nolint:unused // printed by the test
		err      error
	}
	embedding struct {
		Account
		Note string
	}
)

func hidingPlaces() map[string]any {
	a := canaryAccount()
	h := hidden{accounts: []Account{a}, byName: map[string]*Account{"a": &a}, secret: a.Secret, array: [2]Secret{a.Secret, a.Secret}}
	h.deeper.any = &h.accounts
	h.function = func() Secret { return a.Secret }
	h.err = fmt.Errorf("account %v", a)
	return map[string]any{
		"secret": a.Secret, "pointer to secret": &a.Secret, "account": a, "pointer": &a, "slice": []Account{a}, "pointers": []*Account{&a},
		"map": map[string]Account{"a": a}, "map of secrets": map[string]Secret{"a": a.Secret}, "array": [1]Account{a}, "embedded": embedding{Account: a},
		"hidden": h, "pointer to hidden": &h, "slice of hidden": []hidden{h}, "any": []any{a, &a, h},
		"plan": Merge(nil, []Account{a}), "batch": Batch{Accounts: []Account{a}}, "hit": Filter([]Account{a}, "git"), "method": a.Secret.Len,
	}
}

func TestNoVerbShowsASecret(t *testing.T) {
	verbs := []string{"%T", "%p", "%t", "%e", "%!", "%d", "%5d", "%-5v", "% x", "%#x", "% X", "%+q", "%#q", "%#U", "%08b", "%.3s", "%[1]*v"}
	for letter := 'a'; letter <= 'z'; letter++ {
		for _, flag := range []string{"", "+", "#", "-", " ", "0", "+#"} {
			verbs = append(verbs, "%"+flag+string(letter), "%"+flag+string(letter&^0x20))
		}
	}
	for place, value := range hidingPlaces() {
		for _, verb := range verbs {
			if text := fmt.Sprintf(verb, value); leaks(text) {
				t.Errorf("%s shows the key of a %s", verb, place)
			}
		}
		if text := fmt.Sprint(value) + fmt.Sprintln(value); leaks(text) {
			t.Errorf("Print shows the key of a %s", place)
		}
	}
	if text := fmt.Sprintf("%v %s %x", canaryAccount().Secret, canaryAccount().Secret, canaryAccount().Secret); text != "[secret] [secret] [secret]" {
		t.Error(text)
	}
}

func TestNoEncoderWritesASecret(t *testing.T) {
	for place, value := range hidingPlaces() {
		var out bytes.Buffer
		_ = gob.NewEncoder(&out).Encode(value)
		_ = json.NewEncoder(&out).Encode(value)
		_ = xml.NewEncoder(&out).Encode(value)
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("an account", "value", value)
		}
		if out.Len() == 0 {
			t.Fatalf("nothing was written for a %s", place)
		}
		if leaks(out.String()) {
			t.Errorf("an encoder wrote the key of a %s", place)
		}
	}
	if _, err := json.Marshal(canaryAccount()); !errors.Is(err, ErrShy) {
		t.Errorf("JSON of an account: %v", err)
	}
	if err := gob.NewEncoder(new(bytes.Buffer)).Encode(canaryAccount()); !errors.Is(err, ErrShy) {
		t.Errorf("gob of an account: %v", err)
	}
}

func TestSecretKeepsItsBytes(t *testing.T) {
	key := []byte{1, 2, 3}
	s := NewSecret(key)
	key[0] = 9
	s.Reveal()[1] = 9
	if got := s.Reveal(); !bytes.Equal(got, []byte{1, 2, 3}) || s.Len() != 3 {
		t.Errorf("%v: somebody else's write came through", got)
	}
	if !s.Equal(NewSecret([]byte{1, 2, 3})) || s.Equal(NewSecret([]byte{1, 2})) || s.Equal(NewSecret([]byte{1, 2, 4})) || s.Equal(Secret{}) {
		t.Error("Equal is wrong")
	}
	var none Secret
	if none.Len() != 0 || none.Reveal() != nil || !none.Equal(NewSecret(nil)) || fmt.Sprint(none) != "[secret]" {
		t.Error("the zero Secret is not empty")
	}
}

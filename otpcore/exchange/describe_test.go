package exchange

import (
	"errors"
	"strings"
	"testing"
)

func TestDescribe(t *testing.T) {
	for text, want := range map[string]string{
		"https://example.com/x":        "This QR is a web link, not an account.",
		"HTTP://EXAMPLE.COM":           "This QR is a web link, not an account.",
		"www.example.com":              "This QR is a web link, not an account.",
		"WIFI:T:WPA;S:net;P:hunter2;;": "This QR is a Wi-Fi network, not an account.",
		"BEGIN:VCARD\nN:Doe":           "This QR is a contact card, not an account.",
		"MECARD:N:Doe;;":               "This QR is a contact card, not an account.",
		"BEGIN:VEVENT\r\n":             "This QR is a calendar entry, not an account.",
		"mailto:a@x.org":               "This QR is an e-mail address, not an account.",
		"tel:+431":                     "This QR is a phone number, not an account.",
		"SMSTO:+431:hi":                "This QR is a text message, not an account.",
		"geo:1,2":                      "This QR is a place on a map, not an account.",
		"bitcoin:bc1":                  "This QR is a payment, not an account.",
		"BCD\n002\n1\nSCT":             "This QR is a payment, not an account.",
		"FIDO:/123456":                 "This QR is a passkey sign-in, not an account.",
		"phonefactor://activate_account?code=1&url=": `Only Microsoft's app reads this. Choose "another app".`,
		"duo://abc-def":   "Only Duo's app reads this.",
		"spotify:track:1": "This QR is a link for another program, not an account.",
		"hello world":     "This QR is plain text, not an account.",
		"note: buy milk":  "This QR is plain text, not an account.",
		"two words: milk": "This QR is plain text, not an account.",
		"C:\\Users":       "This QR is plain text, not an account.",
		":":               "This QR is plain text, not an account.",
		"":                "This QR is plain text, not an account.",
		"\xff\x00":        "This QR is plain text, not an account.",
	} {
		if got := Explain(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := Describe("https://x"); got != "a web link" {
		t.Error(got)
	}
	if got := Describe("phonefactor://x"); got != "Microsoft's own code" {
		t.Error(got)
	}
}

func TestReadTexts(t *testing.T) {
	for name, c := range map[string]struct {
		texts []string
		want  string
		err   string
		is    error
	}{
		"an account":          {[]string{aliceURI}, "Example · alice", "", nil},
		"Apple":               {[]string{"apple-" + aliceURI}, "Example · alice", "", nil},
		"with spaces":         {[]string{" " + aliceURI + "\n"}, "Example · alice", "", nil},
		"two, and a link":     {[]string{aliceURI, "https://x", bobURI}, "Example · alice | Example · bob | QR code 2: a web link, not an account", "", nil},
		"none":                {nil, "", "no accounts recognised", ErrUnknown},
		"a link":              {[]string{"https://x"}, "the QR code: a web link, not an account", "a web link, not an account", ErrUnknown},
		"a link that carries": {[]string{"https://x/?u=" + aliceURI}, "the QR code: a web link, not an account", "a web link, not an account", ErrUnknown},
		"Microsoft":           {[]string{"phonefactor://x"}, `the QR code: Only Microsoft's app reads this. Choose "another app"`, `Only Microsoft's app reads this. Choose "another app"`, ErrUnknown},
		"no key":              {[]string{"otpauth://totp/x"}, "the QR code: the key is missing", "the QR code: the key is missing", ErrNothing},
		"no key, and a link":  {[]string{"https://x", "otpauth://totp/x"}, "QR code 1: a web link, not an account | QR code 2: the key is missing", "QR code 1: a web link, not an account (and 1 more)", ErrNothing},
	} {
		batch, err := ReadTexts(c.texts)
		if got := summary(batch); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if c.is == nil && err != nil || c.is != nil && (!errors.Is(err, c.is) || err.Error() != c.err) {
			t.Errorf("%s: %v, want %s", name, err, c.err)
		}
	}
}

// What a picture says may be a password; what we say about it must not be.
func TestNothingIsEchoed(t *testing.T) {
	const secret = "HUNTER2HUNTER2"
	for _, text := range []string{
		secret, "WIFI:P:" + secret, "https://" + secret, secret + "://x", "otpauth://totp/x?secret=" + secret + "1", "otpauth://totp/" + secret,
		"motp://x?secret=" + secret, "otpauth-migration://offline?data=" + secret,
		`{"version":1,"accounts":[{"type":"totp","secret":["` + secret + `"]}]}`, `{"version":1,"accounts":[{"type":"` + secret + `","secret":"A"}]}`,
	} {
		for _, read := range []func() (string, error){
			func() (string, error) { b, err := ReadTexts([]string{text, text}); return summary(b), err },
			func() (string, error) { b, err := Read(t.Context(), []byte(text), Options{}); return summary(b), err },
		} {
			said, err := read()
			if err == nil {
				t.Fatalf("%s is an account", text)
			}
			if all := said + err.Error() + Explain(text) + Describe(text); strings.Contains(all, secret) {
				t.Errorf("%s is repeated: %s", text, all)
			}
		}
	}
}

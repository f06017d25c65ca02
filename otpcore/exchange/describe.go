package exchange

import "strings"

// Describe says what a text from a QR code is when it is no account: "a web
// link", "a Wi-Fi network". It never repeats the text, which may hold a password.
func Describe(text string) string {
	if k, ok := kindOf(text); ok {
		return k.what
	}
	if scheme, rest, ok := strings.Cut(text, ":"); ok && isScheme(scheme) && rest != "" && rest[0] > ' ' {
		return "a link for another program"
	}
	return "plain text"
}

// Explain is the sentence for the person who showed the picture: "This QR is a
// web link, not an account.", or what to do instead.
func Explain(text string) string {
	if k, ok := kindOf(text); ok && k.advice != "" {
		return k.advice
	}
	return "This QR is " + Describe(text) + ", not an account."
}

// refusal is Explain in the form of an error.
func refusal(text string) string {
	if k, ok := kindOf(text); ok && k.advice != "" {
		return strings.TrimSuffix(k.advice, ".")
	}
	return Describe(text) + ", not an account"
}

// textKind is a kind of text, known by how it begins.
type textKind struct {
	what     string
	prefixes []string // lower case
	advice   string   // a sentence of its own, where there is something to do
}

var textKinds = []textKind{
	{"Microsoft's own code", []string{"phonefactor:", "microsoft-authenticator:", "msauth:"}, `Only Microsoft's app reads this. Choose "another app".`},
	{"Duo's own code", []string{"duo:"}, "Only Duo's app reads this."},
	{"Okta's own code", []string{"oktaverify:"}, "Only Okta's app reads this."},
	{"a passkey sign-in", []string{"fido:"}, ""},
	{"a web link", []string{"http:", "https:", "www.", "urlto:"}, ""},
	{"a Wi-Fi network", []string{"wifi:"}, ""},
	{"a contact card", []string{"begin:vcard", "mecard:", "bizcard:"}, ""},
	{"a calendar entry", []string{"begin:vcalendar", "begin:vevent"}, ""},
	{"an e-mail address", []string{"mailto:", "matmsg:", "smtp:"}, ""},
	{"a phone number", []string{"tel:"}, ""},
	{"a text message", []string{"sms:", "smsto:", "mms:", "mmsto:"}, ""},
	{"a place on a map", []string{"geo:"}, ""},
	{"a payment", []string{"bitcoin:", "ethereum:", "lightning:", "litecoin:", "monero:", "upi:", "bcd\n", "bcd\r", "spc\n", "spc\r"}, ""},
}

func kindOf(text string) (textKind, bool) {
	start := strings.ToLower(strings.TrimSpace(text[:min(len(text), 64)]))
	for _, k := range textKinds {
		for _, prefix := range k.prefixes {
			if strings.HasPrefix(start, prefix) {
				return k, true
			}
		}
	}
	return textKind{}, false
}

// isScheme follows RFC 3986, with two characters at least: "C:" is a drive.
func isScheme(text string) bool {
	for i := range len(text) {
		letter := 'a' <= text[i]|0x20 && text[i]|0x20 <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(text[i]))) {
			return false
		}
	}
	return len(text) > 1
}

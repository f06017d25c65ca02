package exchange

import "otpane/otpcore"

// WriteURIs writes one otpauth URI a line, what nearly every other program reads.
func WriteURIs(accounts []otpcore.Account) []byte {
	var out []byte
	for _, a := range accounts {
		out = append(append(out, a.URI()...), '\n')
	}
	return out
}

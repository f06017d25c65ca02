package otpcore

import "encoding/base32"

// EncodeBase32 is the canonical spelling: upper case, no padding.
func EncodeBase32(key []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key)
}

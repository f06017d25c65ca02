package qr_test

import (
	"bytes"
	"os/exec"
	"testing"

	"otpane/otpcore/qr"
)

// TestOlderCharacterSets reads codes whose bytes carry no name of a character
// set, as old generators write them.
func TestOlderCharacterSets(t *testing.T) {
	if _, err := exec.LookPath("qrencode"); err != nil {
		t.Skip("qrencode is not installed")
	}
	tests := map[string]struct{ bytes, text string }{
		"UTF-8":                  {"Zürich, 東京", "Zürich, 東京"},
		"UTF-8, one letter":      {"otpauth://totp/a?issuer=ü", "otpauth://totp/a?issuer=ü"},
		"Latin-1":                {"Z\xfcrich, Stra\xdfe 7", "Zürich, Straße 7"},
		"Latin-1 in a row":       {"na\xefve caf\xe9 d\xe9\xe7u", "naïve café déçu"},
		"Shift JIS":              {"\x93\xfa\x96{\x8c\xea\x83T\x81[\x83r\x83X", "日本語サービス"},
		"bytes that are no text": {"\xc3\xc3\xc3 a \x80\x81", "ÃÃÃ a \u0080\u0081"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("qrencode", "-8", "-s", "4", "-o", "-")
			cmd.Stdin = bytes.NewReader([]byte(test.bytes))
			picture, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			img, err := qr.Load(picture)
			if err != nil {
				t.Fatal(err)
			}
			wantTexts(t, img, test.text)
		})
	}
}

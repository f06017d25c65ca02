package otpcore

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// The texts have the shapes in which sites print their codes; the codes are made
// up.
func TestParseRecoveryCodes(t *testing.T) {
	for _, site := range []struct {
		name, text string
		want       []string
	}{
		{"GitHub, file", "1a2b3-c4d5e\nf6a7b-8c9d0\n0e1f2-a3b4c\n", []string{"1a2b3-c4d5e", "f6a7b-8c9d0", "0e1f2-a3b4c"}},
		{"GitHub, page", "Keep your recovery codes in a safe place.\n• 1a2b3-c4d5e   • f6a7b-8c9d0\n• 0e1f2-a3b4c   • 9a8b7-c6d5e\n", []string{"1a2b3-c4d5e", "f6a7b-8c9d0", "0e1f2-a3b4c", "9a8b7-c6d5e"}},
		{"Google, printed", "SAVE YOUR BACKUP CODES\nKeep these backup codes somewhere safe but accessible.\n\n1. 1234 5678    6. 3456 7890\n2. 2345 6789    7. 4567 8901\n\n(alice@example.com)\n* You can only use each backup code once.\n* Need more? Visit https://g.co/2sv\n* These codes were generated on: Nov 22, 2026.\n", []string{"1234 5678", "3456 7890", "2345 6789", "4567 8901"}},
		{"Google, boxes", "☐ 1234 5678 ☐ 2345 6789\n☐ 3456 7890 ☐ 4567 8901\n", []string{"1234 5678", "2345 6789", "3456 7890", "4567 8901"}},
		{"GitLab", "1a2b3c4d5e6f7a8b\n9c0d1e2f3a4b5c6d\n", []string{"1a2b3c4d5e6f7a8b", "9c0d1e2f3a4b5c6d"}},
		{"Discord", "These are your Discord backup codes. Keep them safe!\n* abcd-1234\n* ef56-gh78\n* 9ijk-lm0n (used)\n", []string{"abcd-1234", "ef56-gh78", "9ijk-lm0n"}},
		{"Dropbox", "1) abcd 1234\n2) 5678 efgh\nabcd1234\nefgh5678\n", []string{"abcd1234", "efgh5678"}},
		{"Dropbox, joined", "ab12cd34\nef56gh78\nij90kl12", []string{"ab12cd34", "ef56gh78", "ij90kl12"}},
		{"npm", strings.Repeat("0123456789abcdef", 4) + "\n" + strings.Repeat("fedcba9876543210", 4), []string{strings.Repeat("0123456789abcdef", 4), strings.Repeat("fedcba9876543210", 4)}},
		{"PyPI", "b2c3d4e5f6a7b8c9\n0a1b2c3d4e5f6a7b\n", []string{"b2c3d4e5f6a7b8c9", "0a1b2c3d4e5f6a7b"}},
		{"Microsoft", "Your recovery code is ABCD1-EF2GH-3IJKL-MN4OP-5QRST. Print it.", []string{"ABCD1-EF2GH-3IJKL-MN4OP-5QRST"}},
		{"Stripe", "abcd-efgh-ijkl-mnop-qrst\n", []string{"abcd-efgh-ijkl-mnop-qrst"}},
		{"Facebook", "1. 1234 5678\n2. 8765 4321\n3. 1111 2222\n", []string{"1234 5678", "8765 4321", "1111 2222"}},
		{"Bitwarden", "Your Bitwarden two-step login recovery code: ABCD1234EFGH5678IJKL9012MNOP3456\n", []string{"ABCD1234EFGH5678IJKL9012MNOP3456"}},
		{"Twitter", "Your single-use backup code:\nk3jx92mfa0qp\n", []string{"k3jx92mfa0qp"}},
		{"Reddit", "123456\n654321\n111222\n", []string{"123456", "654321", "111222"}},
		{"tab-separated", "1\t1234567890\n2\t0987654321\n", []string{"1234567890", "0987654321"}},
		{"CSV", "number,code,used\n1,\"1a2b-3c4d\",no\n2,\"5e6f-7a8b\",no\n", []string{"1a2b-3c4d", "5e6f-7a8b"}},
		{"numbered without a blank", "1.abcd-1234\n2.efgh-5678\n10.ijkl-9012\n", []string{"abcd-1234", "efgh-5678", "ijkl-9012"}},
		{"quoted list", `["1a2b3c4d", "5e6f7a8b"]`, []string{"1a2b3c4d", "5e6f7a8b"}},
		{"letters in groups", "abcd-efgh\nijkl-mnop\nqrst-uvwx\n", []string{"abcd-efgh", "ijkl-mnop", "qrst-uvwx"}},
		{"twice", "1a2b3-c4d5e\n1a2b3-c4d5e\n", []string{"1a2b3-c4d5e"}},
		{"full-width and odd dashes", "１２３４–５６７８\n8765—4321\n", []string{"1234-5678", "8765-4321"}},
		{"colours", "\x1b[38;5;123456m1a2b3-c4d5e\x1b[0m\n\x1b]0;11111-22222\x07f6a7b-8c9d0\u202e\n", []string{"1a2b3-c4d5e", "f6a7b-8c9d0"}},
		{"words alone", "Keep these codes safe. Each works once.\nPrint them, or write them down.\n", nil},
		{"one word a line", "Keep\nthese\nrecovery\ncodes\nsomewhere\n", nil},
		{"nothing", "", nil},
	} {
		t.Run(site.name, func(t *testing.T) {
			if got := texts(ParseRecoveryCodes(site.text)); !slices.Equal(got, site.want) {
				t.Errorf("got  %q\nwant %q", got, site.want)
			}
		})
	}
}

func texts(codes []RecoveryCode) (all []string) {
	for _, c := range codes {
		all = append(all, string(c.Text.Reveal()))
	}
	return all
}

func TestLeft(t *testing.T) {
	codes := ParseRecoveryCodes("1a2b-3c4d\n5e6f-7a8b\n")
	if len(codes) != 2 || Left(codes) != 2 {
		t.Fatalf("%d codes, %d left", len(codes), Left(codes))
	}
	codes[0].Used = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	if Left(codes) != 1 {
		t.Errorf("%d left after one was used", Left(codes))
	}
}

func TestRecoveryCodesAreShy(t *testing.T) {
	codes := ParseRecoveryCodes("1a2b-3c4d")
	if len(codes) != 1 {
		t.Fatal("no code to hide")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if strings.Contains(fmt.Sprintf(verb, codes), "1a2b") {
			t.Errorf("%s shows it", verb)
		}
	}
}

// Whatever the text: codes are short, clean, different, and made of its characters.
func FuzzParseRecoveryCodes(f *testing.F) {
	for _, seed := range []string{"1. 1234 5678\n2. 8765 4321", "* abcd-1234\n", "\x1b[31m1a2b3-c4d5e", "ABCD1-EF2GH-3IJKL-MN4OP-5QRST", "keep\x00safe\xff", "１２３４５６"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		seen := map[string]bool{}
		for _, code := range texts(ParseRecoveryCodes(text)) {
			if seen[code] || len(code) < 6 || len(code) > 128 {
				t.Fatalf("%q comes twice, or has an odd length", code)
			}
			seen[code] = true
			if strings.Trim(code, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_ ") != "" {
				t.Fatalf("%q holds more than letters, digits and dashes", code)
			}
		}
	})
}

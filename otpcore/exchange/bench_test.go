package exchange

import (
	"fmt"
	"strings"
	"testing"

	"otpane/otpcore"
)

func thousands(n int) []otpcore.Account {
	accounts := make([]otpcore.Account, n)
	for i := range accounts {
		accounts[i] = totp("Example", fmt.Sprintf("user%d@example.com", i))
		accounts[i].Tags = []string{fmt.Sprint("tag ", i%10)}
	}
	return accounts
}

func BenchmarkRead10000(b *testing.B) {
	aegis, err := WriteAegis(thousands(10_000))
	if err != nil {
		b.Fatal(err)
	}
	own, err := WriteJSON(thousands(10_000))
	if err != nil {
		b.Fatal(err)
	}
	for name, data := range map[string][]byte{"list": WriteURIs(thousands(10_000)), "Aegis": aegis, "JSON": own} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if batch, err := Read(b.Context(), data, Options{}); err != nil || len(batch.Accounts) != 10_000 {
					b.Fatal(err)
				}
			}
		})
	}
}

// Recognising costs the same for a file of one account as for none at all; for
// 10,000 it is one pass over the outside of the text.
func BenchmarkRecognise(b *testing.B) {
	aegis, err := WriteAegis(thousands(10_000))
	if err != nil {
		b.Fatal(err)
	}
	files := map[string][]byte{"Aegis 10000": aegis, "list 10000": WriteURIs(thousands(10_000)), "text of 1 MiB": []byte(strings.Repeat("any line\n", 1<<17))}
	for _, f := range fixtures() {
		if !strings.Contains(f.name, ",") {
			files[f.name] = []byte(f.data)
		}
	}
	for name, data := range files {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Recognise(data)
			}
		})
	}
}

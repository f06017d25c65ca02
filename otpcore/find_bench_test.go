package otpcore

import (
	"fmt"
	"testing"
)

func BenchmarkFilter10000(b *testing.B) {
	accounts := make([]Account, 10_000)
	for i := range accounts {
		accounts[i] = Account{
			ID:     fmt.Sprintf("id%05d", i),
			Issuer: []string{"GitHub", "Amazon Web Services", "Google", "Fastmail", "株式会社"}[i%5],
			Name:   fmt.Sprintf("user%04d@example.com", i),
			Tags:   []string{"work", "prod"}[:i%3],
		}
	}
	for _, query := range []string{"", "g", "gi", "git", "amzn", "prod aws", "ue", "user0042", "xyzzy", "株式", "GitHub:user0005@example.com"} {
		b.Run(query, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Filter(accounts, query)
			}
		})
	}
}

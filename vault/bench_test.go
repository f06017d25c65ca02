package vault

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"otpane/otpcore"
)

// Figures are told beside what this machine's disk and scrypt need, so that they
// can be compared between machines: "fsyncs" is the time of a save divided by
// that of one small file written and synced.

func benchmarkVault(b *testing.B, accounts int) *Vault {
	b.Helper()
	v := newVault(b)
	err := v.Update(func(d *Draft) error {
		for n := range accounts {
			a := github()
			a.Name = fmt.Sprintf("user%05d@example.com", n)
			a.Secret = otpcore.NewSecret(fmt.Appendf(nil, "%020d", n))
			if _, err := d.Add(a); err != nil {
				return err
			}
		}
		_, err := d.Add(counterAccount())
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func fsyncTime(b *testing.B) time.Duration {
	b.Helper()
	dir := b.TempDir()
	var took []time.Duration
	for n := range 15 {
		start := time.Now()
		f, err := osDisk{}.Create(filepath.Join(dir, fmt.Sprint(n)))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = f.Write(make([]byte, padding))
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		_ = f.Close()
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took[len(took)/2]
}

func BenchmarkSave(b *testing.B) {
	for _, accounts := range []int{10, 1_000, 10_000} {
		b.Run(fmt.Sprint(accounts), func(b *testing.B) {
			v := benchmarkVault(b, accounts)
			id := v.Accounts()[accounts].ID
			unit := fsyncTime(b)
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				if err := v.Update(func(d *Draft) error { _, err := d.Advance(id); return err }); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			report(b, took, unit)
		})
	}
}

func report(b *testing.B, took []time.Duration, unit time.Duration) {
	median, p99 := took[len(took)/2], took[len(took)*99/100]
	b.ReportMetric(float64(median.Microseconds())/1000, "ms/median")
	b.ReportMetric(float64(p99.Microseconds())/1000, "ms/p99")
	b.ReportMetric(float64(median)/float64(unit), "fsyncs")
}

func BenchmarkOpen(b *testing.B) {
	for _, accounts := range []int{10, 1_000, 10_000} {
		b.Run(fmt.Sprint(accounts), func(b *testing.B) {
			v := benchmarkVault(b, accounts)
			for b.Loop() {
				if _, err := Open(v.Path(), v.Identity(), v.now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRefresh reads a change that another process has made; "none" is the
// look that finds no change.
func BenchmarkRefresh(b *testing.B) {
	v := benchmarkVault(b, 1_000)
	b.Run("none", func(b *testing.B) {
		for b.Loop() {
			if changed, err := v.Refresh(); changed || err != nil {
				b.Fatal(changed, err)
			}
		}
	})
	b.Run("1000", func(b *testing.B) {
		now := time.Now()
		for n := 0; b.Loop(); n++ {
			at := now.Add(time.Duration(n) * time.Second)
			if err := os.Chtimes(v.Path(), at, at); err != nil {
				b.Fatal(err)
			}
			if changed, err := v.Refresh(); !changed || err != nil {
				b.Fatal(changed, err)
			}
		}
	})
}

// BenchmarkUnlock is one scrypt of the real work factor, and what otpane adds.
func BenchmarkUnlock(b *testing.B) {
	path := filepath.Join(b.TempDir(), "vault.age")
	if _, err := Create(path, Access{Passphrase: []byte(testPassphrase)}, time.Now); err != nil {
		b.Fatal(err)
	}
	sealed, err := readSealed(osDisk{}, path, "")
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if _, err := openScrypt(sealed, []byte(testPassphrase), maxWorkFactor, maxFile); err != nil {
		b.Fatal(err)
	}
	bare := time.Since(start)
	for b.Loop() {
		id, err := Unlock(path, []byte(testPassphrase))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Open(path, id, time.Now); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(bare), "scrypts")
}

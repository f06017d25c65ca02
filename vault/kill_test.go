package vault

import (
	"bufio"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

var kills = flag.Int("kills", 20, "how many writers TestRandomKills kills")

// TestRandomKills kills a writing process again and again. The vault opens each
// time, and no code that was shown has its counter unsaved.
func TestRandomKills(t *testing.T) {
	v := newVault(t)
	id := add(t, v, counterAccount())
	random := rand.New(rand.NewPCG(7, 7))
	next, strays := uint64(7), 0
	for round := range *kills {
		shown := killedAfter(t, v, id, random.IntN(5), random.IntN(200_000))
		a := reopen(t, v).Accounts()[0]
		if a.Counter < next+uint64(shown) {
			t.Fatalf("round %d: %d codes shown from counter %d on, but %d is saved", round, shown, next, a.Counter)
		}
		next = a.Counter
		left, err := filepath.Glob(v.at.beside(".*" + tempSuffix))
		if err != nil {
			t.Fatal(err)
		}
		strays += len(left)
	}
	add(t, v, github())
	if left, err := filepath.Glob(v.at.beside(".*" + tempSuffix)); err != nil || len(left) != 0 {
		t.Errorf("left after the next save: %v, %v", left, err)
	}
	t.Logf("%d kills, %d codes, %d half-written files", *kills, next-7, strays)
}

// killedAfter starts a writer, sees some codes, lets it go on for a moment that
// is counted in steps and not in time, and kills it. It returns how many codes
// the writer has shown in all.
func killedAfter(t *testing.T, v *Vault, account string, codes, steps int) (shown int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := startWriter(t, v, account, w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(r)
	for range codes {
		if lines.Scan() {
			shown++
		}
	}
	for range steps {
		killerIdles++
	}
	_ = c.Process.Kill()
	for lines.Scan() {
		shown++
	}
	_ = c.Wait() // says "killed"
	return shown
}

// killerIdles keeps the counting from being optimised away.
var killerIdles uint64

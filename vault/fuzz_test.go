package vault

import (
	"errors"
	"testing"
)

// FuzzHeader feeds what may lie at a vault's path: no panic, and every refusal
// is one that a person can be told.
func FuzzHeader(f *testing.F) {
	good := mustRead(f, goldenDir+"/example.age")
	for _, seed := range [][]byte{nil, good, good[:200], []byte(ageIntro), []byte(ageIntro + "-> X25519\n\n--- \n"), []byte("\x89PNG")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		h, err := readHeader(file)
		if err == nil {
			var key sealedKey
			key, err = h.sealed()
			if err == nil && len(key.body) > 0 {
				_, err = workFactor(key.body)
			}
		}
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotVault) && !errors.Is(err, ErrNewer) {
			t.Errorf("%v", err)
		}
	})
}

// FuzzDocument feeds what may lie inside: no panic, no account dropped by
// writing it again, and written twice it is the same.
func FuzzDocument(f *testing.F) {
	head := `{"format":"otpane vault","version":1,"accounts":[`
	for _, seed := range []string{
		head + goodRecord + `]}`, head + goodRecord + `,` + goodRecord + `,null,7]}`,
		head + `{"id":"x","deleted":"2026-11-22T12:00:00Z","stamps":{"deleted":"z"}}]}`,
		head + `{"id":"x","keys":[{"secret":1}],"stamps":7,"added":[]}],"recipients":[{}],"former_identities":["x"]}`,
		`{"format":"otpane vault","version":2}`, `{}`, `null`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		d, err := readDocument(payload)
		if err != nil {
			return
		}
		d.emptyTrash(noon)
		again, err := readDocument(d.payload())
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if len(again.records) != len(d.records) || len(again.accounts()) != len(d.accounts()) {
			t.Errorf("%d records, then %d", len(d.records), len(again.records))
		}
		if m := merge(d, again); len(m.records) != len(d.records) || string(m.payload()) != string(merge(again, d).payload()) {
			t.Error("a document does not merge with itself")
		}
	})
}

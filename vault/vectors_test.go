package vault

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	agetest "c2sp.org/CCTV/age"
)

// TestAgeVectors reads the Community Cryptography Test Vectors of age
// (https://c2sp.org/CCTV/age) as vaults and as sealed identities. Text armor is
// not for vaults; those vectors must be told apart, not read.
func TestAgeVectors(t *testing.T) {
	names, err := fs.ReadDir(agetest.Vectors, ".")
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]int{}
	for _, entry := range names {
		data, err := fs.ReadFile(agetest.Vectors, entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		v := readVector(t, data)
		t.Run(entry.Name(), func(t *testing.T) { v.check(t) })
		outcomes[v.expect]++
	}
	if outcomes["success"] < 20 || outcomes["header failure"] < 40 || outcomes["no match"] < 4 {
		t.Errorf("too few vectors: %v", outcomes)
	}
	t.Log(outcomes)
}

type vector struct {
	expect      string
	payload     string // SHA-256, hexadecimal
	identities  []string
	passphrases []string
	armored     bool
	file        []byte
}

func readVector(t *testing.T, data []byte) (v vector) {
	t.Helper()
	head, file, found := bytes.Cut(data, []byte("\n\n"))
	if !found {
		t.Fatal("a vector without a file")
	}
	v.file = file
	for line := range strings.Lines(string(head)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch key {
		case "expect":
			v.expect = value
		case "payload":
			v.payload = value
		case "identity":
			v.identities = append(v.identities, value)
		case "passphrase":
			v.passphrases = append(v.passphrases, value)
		case "armored":
			v.armored = true
		case "compressed":
			v.file = inflate(t, file)
		}
	}
	return v
}

func inflate(t *testing.T, data []byte) []byte {
	t.Helper()
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func (v vector) check(t *testing.T) {
	plain, err := v.open(t)
	sum := sha256.Sum256(plain)
	want := v.want()
	switch {
	case want == nil && err != nil:
		t.Errorf("%v, want success", err)
	case want == nil && hex.EncodeToString(sum[:]) != v.payload:
		t.Error("another payload")
	case want != nil && err == nil:
		t.Errorf("accepted, want %s", v.expect)
	case want != nil && !refused(err, want):
		t.Errorf("%v, want %v for %s", err, want, v.expect)
	}
}

// want is what a person would be told.
func (v vector) want() error {
	switch {
	case v.armored:
		return ErrNotVault
	case v.expect == "success":
		return nil
	case v.expect == "no match" && len(v.identities) > 0:
		return ErrIdentity
	case v.expect == "no match":
		return ErrPassphrase
	}
	return ErrDamaged
}

// refused accepts for damage what is found before it, and damage where age looks
// for a stanza by another name: a sealed identity has just one.
func refused(err, want error) bool {
	switch want {
	case ErrDamaged:
		return errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotVault) || errors.Is(err, ErrNewer) || errors.Is(err, ErrWorkFactor)
	case ErrPassphrase:
		return errors.Is(err, ErrPassphrase) || errors.Is(err, ErrDamaged)
	}
	return errors.Is(err, want)
}

func (v vector) open(t *testing.T) ([]byte, error) {
	t.Helper()
	if len(v.identities) == 0 && len(v.passphrases) > 0 {
		return openScrypt(v.file, []byte(v.passphrases[0]), maxWorkFactor, maxFile)
	}
	var id Identity
	if len(v.identities) > 0 {
		var err error
		if id, err = ParseIdentity(strings.Join(v.identities, "\n")); err != nil {
			t.Fatal(err)
		}
	}
	o, err := open(v.file, id)
	return o.payload, err
}

package vault

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
)

func TestDecryptOpensWhatEncryptWrote(t *testing.T) {
	plain := strings.Repeat("all the keys\n", 10_000)
	file, err := Encrypt([]byte(plain), []byte(testPassphrase), WorkFactor(lowWork))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	w := armor.NewWriter(&text)
	if _, err := w.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{"bytes": file, "text": text.Bytes()} {
		if got, err := Decrypt(file, []byte(testPassphrase), maxFile); err != nil || string(got) != plain {
			t.Errorf("%s: %v, %d bytes", name, err, len(got))
		}
		if _, err := Decrypt(file, []byte("another passphrase"), maxFile); !errors.Is(err, ErrPassphrase) {
			t.Errorf("%s, another passphrase: %v", name, err)
		}
		if _, err := Decrypt(file, []byte(testPassphrase), int64(len(plain)-1)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s, more than allowed: %v", name, err)
		}
		if _, err := Decrypt(file[:len(file)*3/4], []byte(testPassphrase), maxFile); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s, cut short: %v", name, err)
		}
	}
}

// A file may ask for terabytes; that is said before any work.
func TestDecryptBoundsTheWork(t *testing.T) {
	file, err := Encrypt(nil, []byte(testPassphrase), WorkFactor(lowWork))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decrypt(file, []byte(testPassphrase), maxFile, MaxWorkFactor(lowWork-1)); !errors.Is(err, ErrWorkFactor) {
		t.Errorf("more work than allowed: %v", err)
	}
}

func TestDecryptTellsAKeyFromAPassphrase(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w, err := age.Encrypt(&file, id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Decrypt(file.Bytes(), []byte(testPassphrase), maxFile); !errors.Is(err, ErrNoPassphrase) {
		t.Errorf("a file for a key: %v", err)
	}
	if _, err := Decrypt([]byte("no age at all"), []byte(testPassphrase), maxFile); !errors.Is(err, ErrNotVault) {
		t.Errorf("no age: %v", err)
	}
}

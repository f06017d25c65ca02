package exchange

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/scrypt"
)

// What an encrypted export may ask for. Its numbers are not authenticated before
// the work is done: a file of fifty bytes could take the machine's memory, or a
// day. ente uses exactly 1 GiB.
const (
	maxMemory     = 1 << 30 // bytes, for scrypt and Argon2id
	maxScryptN    = 1 << 20
	maxArgonTime  = 64
	maxArgonLanes = 16
	maxIterations = 10_000_000
)

// deriving is held while a key is derived: a derivation that nobody waits for any
// more cannot be stopped, and a second beside it would double the memory.
var deriving = make(chan struct{}, 1)

// passphrase is the one that was given, or the error that asks for it.
func (r *reader) passphrase() ([]byte, error) {
	if len(r.opts.Passphrase) == 0 {
		return nil, ErrPassphraseNeeded
	}
	return r.opts.Passphrase, nil
}

// derive does the long work of an encrypted export on a goroutine of its own,
// and leaves it behind when the context ends.
func (r *reader) derive(what string, work func() ([]byte, error)) ([]byte, error) {
	if r.opts.Progress != nil {
		r.opts.Progress(what)
	}
	select {
	case deriving <- struct{}{}:
	case <-r.ctx.Done():
		return nil, r.ctx.Err()
	}
	type result struct {
		key []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-deriving }()
		key, err := work()
		done <- result{key, err}
	}()
	select {
	case got := <-done:
		return got.key, got.err
	case <-r.ctx.Done():
		return nil, r.ctx.Err()
	}
}

// pbkdf2Key derives from the passphrase with the numbers of the file.
func (r *reader) pbkdf2Key(hash func() hash.Hash, salt []byte, iterations, size int) ([]byte, error) {
	passphrase, err := r.passphrase()
	if err != nil {
		return nil, err
	}
	return r.pbkdf2KeyOf(passphrase, hash, salt, iterations, size)
}

func (r *reader) pbkdf2KeyOf(passphrase []byte, hash func() hash.Hash, salt []byte, iterations, size int) ([]byte, error) {
	if iterations < 1 || iterations > maxIterations {
		return nil, tooMuchWork("%d rounds of PBKDF2", iterations)
	}
	return r.derive(fmt.Sprintf("PBKDF2, %d rounds", iterations), func() ([]byte, error) {
		return pbkdf2.Key(hash, string(passphrase), salt, iterations, size)
	})
}

// argonKey derives 32 bytes by Argon2id; memory is in KiB.
func (r *reader) argonKey(salt []byte, time, memory, lanes int) ([]byte, error) {
	passphrase, err := r.passphrase()
	switch {
	case err != nil:
		return nil, err
	case memory < 1 || memory > maxMemory/1024:
		return nil, tooMuchWork("%d KiB of memory", memory)
	case time < 1 || time > maxArgonTime:
		return nil, tooMuchWork("%d passes of Argon2id", time)
	case lanes < 1 || lanes > maxArgonLanes:
		return nil, tooMuchWork("%d lanes of Argon2id", lanes)
	}
	return r.derive(fmt.Sprintf("Argon2id, %d MiB", memory/1024), func() ([]byte, error) {
		return argon2.IDKey(passphrase, salt, uint32(time), uint32(memory), uint8(lanes), 32), nil
	})
}

// scryptKey derives 32 bytes.
func (r *reader) scryptKey(salt []byte, n, rr, p int) ([]byte, error) {
	passphrase, err := r.passphrase()
	switch {
	case err != nil:
		return nil, err
	case n < 2 || n > maxScryptN || n&(n-1) != 0 || rr < 1 || rr > maxMemory/128/n || p < 1 || p > maxArgonLanes:
		return nil, tooMuchWork("scrypt with N=%d r=%d p=%d", n, rr, p)
	}
	return r.derive(fmt.Sprintf("scrypt, %d MiB", 128*n*rr>>20), func() ([]byte, error) {
		return scrypt.Key(passphrase, salt, n, rr, p, 32)
	})
}

func tooMuchWork(form string, numbers ...any) error {
	return &failure{"the file is damaged: it asks for " + fmt.Sprintf(form, numbers...), ErrDamaged}
}

// openGCM opens AES-GCM with the tag at the end. A failure is a wrong passphrase
// or a damaged file: nobody can tell.
func openGCM(key, nonce, sealed, extra []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil || len(nonce) == 0 || len(nonce) > 64 {
		return nil, ErrDamaged
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, len(nonce))
	if err != nil {
		return nil, ErrDamaged
	}
	return openAEAD(gcm, nonce, sealed, extra)
}

// openXChaCha opens XChaCha20-Poly1305 with a nonce of 24 bytes.
func openXChaCha(key, nonce, sealed []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil || len(nonce) != chacha20poly1305.NonceSizeX {
		return nil, ErrDamaged
	}
	return openAEAD(aead, nonce, sealed, nil)
}

func openAEAD(aead cipher.AEAD, nonce, sealed, extra []byte) ([]byte, error) {
	if len(sealed) < aead.Overhead() {
		return nil, ErrDamaged
	}
	plain, err := aead.Open(nil, nonce, sealed, extra)
	if err != nil {
		return nil, ErrPassphrase
	}
	return plain, nil
}

// openCBC opens AES-CBC with PKCS#7 padding, which has no seal of its own: what
// it gives still has to prove itself.
func openCBC(key, iv, sealed []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil || len(iv) != aes.BlockSize || len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, ErrDamaged
	}
	plain := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, sealed)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > aes.BlockSize || slices.ContainsFunc(plain[len(plain)-pad:], func(b byte) bool { return int(b) != pad }) {
		return nil, ErrPassphrase
	}
	return plain[:len(plain)-pad], nil
}

// orPassphrase turns the damage of what an unsealed encryption gave into a
// wrong passphrase.
func orPassphrase(err error) error {
	if errors.Is(err, ErrDamaged) {
		return ErrPassphrase
	}
	return err
}

// decodeBase64 takes either alphabet, with or without padding.
func decodeBase64(text string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(toStandard.Replace(strings.TrimSpace(text)))
}

var errKeySpelling = errors.New("its key is not spelled as the file says")

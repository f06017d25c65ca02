package vault

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"
)

const (
	ageIntro = "age-encryption.org/v1\n"
	// sealedType names our stanza. Every other age skips what it does not know.
	sealedType       = "otpane-sealed-identity-v1"
	sealedTypePrefix = "otpane-sealed-identity-"

	// Bounds for what is read before anything is proven. age itself allows 2 MiB
	// and 1,024 stanzas; a vault for a hundred people needs a tenth of that.
	maxHeader  = 256 << 10
	maxStanzas = 128
)

// header is what a file shows before it is opened.
type header struct {
	stanzas []*age.Stanza
	raw     []byte
}

// readHeader tells a file that was never age from one that was and lost bytes.
func readHeader(file []byte) (header, error) {
	if !bytes.HasPrefix(file, []byte(ageIntro)) {
		return header{}, introError(file)
	}
	raw, err := age.ExtractHeader(bytes.NewReader(file[:min(len(file), maxHeader)]))
	if err != nil {
		return header{}, fmt.Errorf("%w: header: %w", ErrDamaged, err)
	}
	var all collector
	_, _ = age.DecryptHeader(raw, &all) // collects, and opens nothing
	if len(all.stanzas) > maxStanzas {
		return header{}, fmt.Errorf("%w: %d stanzas, at most %d are read", ErrDamaged, len(all.stanzas), maxStanzas)
	}
	h := header{stanzas: all.stanzas, raw: raw}
	if !h.underPassphrase() && slices.ContainsFunc(h.stanzas, isScrypt) {
		return header{}, fmt.Errorf("%w: a passphrase beside other recipients, which age forbids", ErrDamaged)
	}
	return h, nil
}

func introError(file []byte) error {
	line, _, _ := bytes.Cut(file[:min(len(file), 64)], []byte("\n"))
	switch {
	case len(file) == 0:
		return fmt.Errorf("%w: the file is empty", ErrDamaged)
	case bytes.HasPrefix([]byte(ageIntro), file):
		return fmt.Errorf("%w: the file is cut short", ErrDamaged)
	case bytes.HasPrefix(line, []byte("age-encryption.org/v")):
		return fmt.Errorf("%w: age format %q", ErrNewer, line)
	case bytes.HasPrefix(line, []byte("-----BEGIN AGE ENCRYPTED FILE-----")):
		return fmt.Errorf("%w: an age file as text; vaults are binary", ErrNotVault)
	}
	return ErrNotVault
}

// collector takes the stanzas of a header through age's public door. Given
// beside native identities it would not be asked: age tries those first. So the
// sealed stanza is always read by a call of its own, or a save would lose it.
type collector struct{ stanzas []*age.Stanza }

func (c *collector) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	c.stanzas = stanzas
	return nil, age.ErrIncorrectIdentity
}

// sealedKey is what the sealed stanza holds: the sealed identity, or the note
// that it is kept apart, or, zero, that there is no passphrase.
type sealedKey struct {
	body     []byte
	detached bool
}

// detachedMark is the second argument of the stanza without a body.
const detachedMark = "detached"

// sealed reads the sealed stanza. Its first argument is a checksum of everything
// up to and including its body, which tells damage from a wrong passphrase: age's
// own MAC cannot be checked before the passphrase is right. It protects from
// accidents; against an attacker stands the MAC.
func (h header) sealed() (sealedKey, error) {
	var found *age.Stanza
	for _, s := range h.stanzas {
		switch {
		case s.Type == sealedType && found != nil:
			return sealedKey{}, fmt.Errorf("%w: two sealed identities", ErrDamaged)
		case s.Type == sealedType:
			found = s
		case strings.HasPrefix(s.Type, sealedTypePrefix):
			return sealedKey{}, fmt.Errorf("%w: %s", ErrNewer, s.Type)
		}
	}
	if found == nil {
		return sealedKey{}, nil
	}
	before, _, _ := bytes.Cut(h.raw, []byte("-> "+sealedType+" "))
	if len(found.Args) == 0 || !sumsEqual(found.Args[0], checksum(before, found.Body)) {
		return sealedKey{}, fmt.Errorf("%w: the header does not match its checksum", ErrDamaged)
	}
	return sealedKey{body: found.Body, detached: slices.Contains(found.Args[1:], detachedMark)}, nil
}

// underPassphrase says that the file is age's own passphrase file, such as an
// export, and no vault.
func (h header) underPassphrase() bool {
	return len(h.stanzas) == 1 && isScrypt(h.stanzas[0])
}

func isScrypt(s *age.Stanza) bool { return s.Type == "scrypt" }

func checksum(before, body []byte) string {
	sum := sha256.New()
	sum.Write(before)
	sum.Write(body)
	return base64.RawStdEncoding.EncodeToString(sum.Sum(nil))
}

func sumsEqual(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

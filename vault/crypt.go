package vault

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
)

// maxFile bounds a vault file: 100,000 accounts need about half of it.
const maxFile = 64 << 20

// decrypt opens an age file that is already in memory.
func decrypt(file []byte, limit int64, identities ...age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(file), identities...)
	if err != nil {
		return nil, err
	}
	var plain bytes.Buffer
	plain.Grow(len(file) + bytes.MinRead)
	if _, err := plain.ReadFrom(io.LimitReader(r, limit+1)); err != nil {
		return nil, err
	}
	if int64(plain.Len()) > limit {
		return nil, fmt.Errorf("more than %d bytes", limit)
	}
	return plain.Bytes(), nil
}

// opened is a vault file as it was read.
type opened struct {
	payload []byte
	sealed  sealedKey // goes into every save as it is
}

// open reads a whole vault file with an identity.
func open(file []byte, id Identity) (opened, error) {
	h, err := readHeader(file)
	if err != nil {
		return opened{}, err
	}
	sealed, err := h.sealed()
	if err != nil {
		return opened{}, err
	}
	if h.underPassphrase() {
		return opened{}, fmt.Errorf("%w: an age file under a passphrase", ErrNotVault)
	}
	if id.IsZero() {
		return opened{}, ErrIdentity
	}
	payload, err := decrypt(file, maxFile, id.reveal().identities...)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return opened{}, ErrIdentity
	}
	if err != nil {
		return opened{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return opened{payload: payload, sealed: sealed}, nil
}

// encrypt writes a vault file for recipients, with the sealed identity among
// them, and proves it: the file it returns has been opened again.
func encrypt(payload []byte, sealed sealedKey, recipients []string) ([]byte, error) {
	if len(recipients) == 0 {
		return nil, errors.New("nobody could open the vault")
	}
	var written headerSoFar
	var all []age.Recipient
	for _, text := range recipients {
		r, err := parseRecipient(text)
		if err != nil {
			return nil, fmt.Errorf("recipient: %w", err)
		}
		all = append(all, &recorded{Recipient: r, header: &written})
	}
	stanza := &sealedStanza{sealedKey: sealed, header: &written}
	var file bytes.Buffer
	file.Grow(len(payload) + len(payload)/1024 + 2*len(sealed.body) + padding) // about
	w, err := age.Encrypt(&file, append(all, stanza)...)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if _, err := w.Write(payload); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	again, err := decrypt(file.Bytes(), int64(len(payload)), age.NewInjectedFileKeyIdentity(stanza.fileKey))
	if err != nil {
		return nil, fmt.Errorf("encrypt: the new file does not open: %w", err)
	}
	if !bytes.Equal(again, payload) {
		return nil, errors.New("encrypt: the new file opens to something else") // unreachable, unless memory fails
	}
	return file.Bytes(), nil
}

// headerSoFar is what the recipients before the sealed stanza have written.
type headerSoFar struct {
	text   bytes.Buffer
	labels []string
}

func (h *headerSoFar) add(s *age.Stanza) {
	if h.text.Len() == 0 {
		h.text.WriteString(ageIntro)
	}
	h.text.WriteString("-> " + strings.Join(append([]string{s.Type}, s.Args...), " ") + "\n")
	const columns = 64
	body := base64.RawStdEncoding.EncodeToString(s.Body)
	for len(body) >= columns {
		h.text.WriteString(body[:columns] + "\n")
		body = body[columns:]
	}
	h.text.WriteString(body + "\n") // the last line is always a short one, if empty
}

// recorded passes a recipient through and notes its stanzas and labels. Checking
// that the labels of all recipients agree stays with age.
type recorded struct {
	age.Recipient
	header *headerSoFar
}

func (r *recorded) WrapWithLabels(fileKey []byte) (stanzas []*age.Stanza, labels []string, err error) {
	if labelled, ok := r.Recipient.(age.RecipientWithLabels); ok {
		stanzas, labels, err = labelled.WrapWithLabels(fileKey)
	} else {
		stanzas, err = r.Wrap(fileKey)
	}
	for _, s := range stanzas {
		r.header.add(s)
	}
	r.header.labels = labels
	return stanzas, labels, err
}

// sealedStanza is the last recipient. It does not wrap the file key: it carries
// the sealed identity, whose own stanza does. So it claims the labels of the
// others, "postquantum" among them: scrypt gives a quantum computer no more
// than it takes from any passphrase.
type sealedStanza struct {
	sealedKey
	header  *headerSoFar
	fileKey []byte // noted to open the file again without a hardware key's touch
}

func (s *sealedStanza) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	stanzas, _, err := s.WrapWithLabels(fileKey)
	return stanzas, err
}

func (s *sealedStanza) WrapWithLabels(fileKey []byte) ([]*age.Stanza, []string, error) {
	s.fileKey = bytes.Clone(fileKey)
	sum := checksum(s.header.text.Bytes(), s.body)
	stanza := &age.Stanza{Type: sealedType, Args: []string{sum}, Body: s.body}
	if s.detached {
		stanza.Args = append(stanza.Args, detachedMark)
	}
	return []*age.Stanza{stanza}, slices.Clone(s.header.labels), nil
}

package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"filippo.io/age"
	"filippo.io/age/armor"
)

const (
	// DefaultWorkFactor is scrypt's log2(N) for a new passphrase: about one
	// second and 256 MiB.
	DefaultWorkFactor = 18
	// maxWorkFactor is the most that a file may ask for unless the user says so:
	// 20 is already 1 GiB.
	maxWorkFactor = 20
	// MinPassphrase is the fewest characters a new passphrase may have.
	MinPassphrase = 8
	// maxSealed bounds the sealed identity, which is a few hundred bytes.
	maxSealed = 8 << 10
)

// Option changes how a passphrase is worked on.
type Option func(*work)

// MaxWorkFactor lets Unlock do more work than 2^20: the user has said so.
func MaxWorkFactor(logN int) Option { return func(w *work) { w.most = logN } }

// WorkFactor is scrypt's log2(N) for a new passphrase instead of 18. Only tests
// have a reason to lower it.
func WorkFactor(logN int) Option { return func(w *work) { w.new = logN } }

// PostQuantum makes the vault's new identity one of age's post-quantum kind
// (age 1.3 or later opens it), so that post-quantum recipients can join. It is
// the default where all recipients are of that kind.
func PostQuantum() Option { return func(w *work) { w.postQuantum = true } }

// DetachedKey says where the sealed identity lies if it is kept apart from the
// vault, on a stick or another machine: who steals the vault alone has nothing to
// try passphrases on. The file is age's own kind of identity file under a
// passphrase: age -d -i KEY vault.age.
func DetachedKey(path string) Option { return func(w *work) { w.detached = path } }

type work struct {
	new, most   int
	postQuantum bool
	detached    string
}

func newWork(opts []Option) work {
	w := work{new: DefaultWorkFactor, most: maxWorkFactor}
	for _, opt := range opts {
		opt(&w)
	}
	return w
}

// seal makes the complete small age file that holds the text of an identity under
// a passphrase. Newlines after the identity bring it to a length whose base64
// needs no "=": `base64 -d` then reads the stanza as it stands in the header.
func seal(id string, passphrase []byte, logN int) ([]byte, error) {
	recipient, err := newScryptRecipient(passphrase, logN)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	w, err := age.Encrypt(&file, recipient)
	if err != nil {
		return nil, fmt.Errorf("seal the identity: %w", err)
	}
	const tag = 16 // of the one chunk that follows the header and the nonce
	text := id + "\n"
	for (file.Len()+len(text)+tag)%3 != 0 {
		text += "\n"
	}
	if _, err := io.WriteString(w, text); err != nil {
		return nil, fmt.Errorf("seal the identity: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal the identity: %w", err)
	}
	return file.Bytes(), nil
}

func newScryptRecipient(passphrase []byte, logN int) (age.Recipient, error) {
	if utf8.RuneCount(passphrase) < MinPassphrase {
		return nil, ErrShort
	}
	recipient, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w", err)
	}
	if logN < 1 || logN > 30 {
		return nil, fmt.Errorf("work factor %d is not possible: 1 to 30 are", logN)
	}
	recipient.SetWorkFactor(logN)
	return recipient, nil
}

// Encrypt puts plain into age's own kind of file under a passphrase, which is no
// vault: `age -d` asks for the passphrase and gives plain back. Of the options
// WorkFactor counts. ErrShort is as for a vault.
func Encrypt(plain, passphrase []byte, opts ...Option) ([]byte, error) {
	recipient, err := newScryptRecipient(passphrase, newWork(opts).new)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	w, err := age.Encrypt(&file, recipient)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return file.Bytes(), nil
}

// Decrypt opens a file under a passphrase: one of Encrypt, or of age itself, as
// bytes or as text. It asks for no more than 2^20 work (MaxWorkFactor allows
// more) and gives at most limit bytes. Beside ErrPassphrase, ErrWorkFactor and
// ErrDamaged it knows ErrNoPassphrase, for a file whose recipients are keys.
func Decrypt(file, passphrase []byte, limit int64, opts ...Option) ([]byte, error) {
	if bytes.HasPrefix(file, []byte(armor.Header)) {
		var err error
		if file, err = io.ReadAll(armor.NewReader(bytes.NewReader(file))); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	h, err := readHeader(file)
	if err != nil {
		return nil, err
	}
	if !h.underPassphrase() {
		return nil, ErrNoPassphrase
	}
	return openScrypt(file, passphrase, newWork(opts).most, limit)
}

// unseal gives the identity that seal was given.
func unseal(sealed, passphrase []byte, most int) (Identity, error) {
	text, err := openScrypt(sealed, passphrase, most, maxSealed)
	if err != nil {
		return Identity{}, err
	}
	id, err := ParseIdentity(strings.TrimSpace(string(text)))
	if err != nil {
		return Identity{}, fmt.Errorf("%w: sealed identity: %w", ErrDamaged, err)
	}
	return id, nil
}

// openScrypt asks for no more than 2^most work, and says so before doing any.
func openScrypt(sealed, passphrase []byte, most int, limit int64) ([]byte, error) {
	logN, err := workFactor(sealed)
	if err != nil {
		return nil, err
	}
	if logN > most {
		return nil, workFactorError(logN, most)
	}
	if len(passphrase) == 0 {
		return nil, ErrPassphrase
	}
	key, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w", err)
	}
	key.SetMaxWorkFactor(min(most, 30))
	text, err := decrypt(sealed, limit, key)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, ErrPassphrase
	}
	if err != nil {
		return nil, fmt.Errorf("%w: under the passphrase: %w", ErrDamaged, err)
	}
	return text, nil
}

// workFactor reads what the sealed identity asks for.
func workFactor(sealed []byte) (int, error) {
	h, err := readHeader(sealed)
	if err != nil {
		return 0, fmt.Errorf("sealed identity: %w", err)
	}
	if !h.underPassphrase() || len(h.stanzas[0].Args) != 2 {
		return 0, fmt.Errorf("%w: the sealed identity is not under a passphrase", ErrDamaged)
	}
	logN, err := strconv.Atoi(h.stanzas[0].Args[1])
	if err != nil || logN < 1 {
		return 0, fmt.Errorf("%w: work factor of the sealed identity", ErrDamaged)
	}
	return logN, nil
}

// Package exchange turns other programs' exports, as bytes, into accounts, and
// accounts into files that other programs read. It opens no file, saves nothing,
// and never fetches what an import names.
package exchange

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"otpane/otpcore"
)

// Read recognises a file by its content, never by its name, and reads what is
// good in it. A bad entry is in the batch's Skipped with its place and reason.
//
// It fails with ErrUnknown, ErrPassphraseNeeded, ErrPassphrase, ErrDamaged,
// ErrPictures, a *RefusedError, the error of ctx, or ErrNothing when no entry became
// an account; the batch then still says why. No error and no reason holds a key or
// a URI.
//
// Opening an encrypted export may take seconds and 1 GiB of memory. When ctx
// ends, Read returns at once.
func Read(ctx context.Context, data []byte, opts Options) (otpcore.Batch, error) {
	if len(data) > MaxSize {
		return otpcore.Batch{}, errors.New("the file is larger than 64 MiB")
	}
	r := &reader{ctx: ctx, opts: opts}
	if err := r.read(newFile(data)); err != nil {
		return otpcore.Batch{}, err
	}
	batch := r.finish()
	if len(batch.Accounts)+len(batch.Skipped) == 0 {
		return batch, &failure{r.format + ": it holds no one-time codes", ErrNothing}
	}
	return batch, checkAny(batch)
}

// Recognise names the format of a file ("Aegis"), or returns "" for one that
// Read would not know. It looks at the outside only, and takes no passphrase.
func Recognise(data []byte) string {
	if len(data) > MaxSize {
		return ""
	}
	if format := recognise(newFile(data), Options{}); format != nil {
		return format.name
	}
	return ""
}

// ReadTexts reads what the QR codes of one or more pictures say. Its errors are
// those of Read; ErrUnknown then says what the first text is instead.
func ReadTexts(texts []string) (otpcore.Batch, error) {
	var c collector
	known := false
	for i, text := range texts {
		where := "the QR code"
		if len(texts) > 1 {
			where = fmt.Sprintf("QR code %d", i+1)
		}
		// The whole text has to be a URI: a web link may carry one inside, for a page that misuses it.
		text = strings.TrimSpace(text)
		if isURI(text) {
			known = true
			c.addURI(where, text)
			continue
		}
		c.skip(where, refusal(text))
	}
	if len(texts) == 1 {
		c.enrolling(strings.TrimSpace(texts[0]))
	}
	switch batch := c.finish(); {
	case len(texts) == 0:
		return batch, ErrUnknown
	case !known:
		return batch, &failure{refusal(texts[0]), ErrUnknown}
	default:
		return batch, checkAny(batch)
	}
}

// Options is what reading may need beside the bytes. The zero value reads
// everything that is not encrypted.
type Options struct {
	// Passphrase opens an encrypted export. Where it is empty and needed, Read
	// fails with ErrPassphraseNeeded, and may be called again.
	Passphrase []byte

	// OpenAge decrypts an age file with a passphrase, and fails with
	// ErrPassphrase where that is a wrong one. Without it age files are refused.
	OpenAge func(ctx context.Context, file, passphrase []byte) ([]byte, error)

	// Progress is told, where it is given, what is about to take a while:
	// "Argon2id, 1024 MiB". It is called from the goroutine of Read.
	Progress func(what string)
}

// MaxSize bounds a file: ten thousand accounts are about 2 MiB.
const MaxSize = 64 << 20

var (
	// ErrUnknown means that the data does not look like any export.
	ErrUnknown = errors.New("no accounts recognised")

	// ErrNothing means that the data was recognised and no entry of it could be used.
	ErrNothing = errors.New("no account could be read")

	// ErrPassphraseNeeded means that the file is encrypted and Options had no passphrase.
	ErrPassphraseNeeded = errors.New("encrypted; its passphrase is needed")

	// ErrPassphrase means that the passphrase did not open the file. A damaged
	// file looks the same: its seal does not fit either.
	ErrPassphrase = errors.New("wrong passphrase, or the file is damaged")

	// ErrDamaged means that the format is known and the file breaks its rules.
	ErrDamaged = errors.New("the file is damaged or cut short")
)

// RefusedError is for a file that is known and not read, with what to do instead.
type RefusedError struct {
	Format string // "KeePass database"
	Reason string // short, lower case: "its encryption is not read here"
	Advice string // a sentence
}

func (e *RefusedError) Error() string { return e.Format + ": " + e.Reason }

// format is one row of the table of what can be read: a new format is a file of
// its own and a row.
type format struct {
	name       string // the program, as messages and docs/formats.md say it
	file       string // what its export is: "JSON, plain or encrypted"
	export     string // where the program has it; "" if that says itself
	recognises func(*file) bool
	read       func(*reader, *file) error
	refused    *RefusedError // for one that is only known; then the rest but name and recognises is empty
}

// reader is one call of Read. It holds a context because it lives no longer.
type reader struct {
	collector
	ctx      context.Context
	opts     Options
	format   string // the outermost
	depth    int    // of files in files
	unpacked int    // bytes of archives
}

// maxDepth is a list in a zip in an age file. More is somebody's joke.
const maxDepth = 3

func (r *reader) read(f *file) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	format := recognise(f, r.opts)
	if format == nil || r.depth == maxDepth {
		return f.unknown()
	}
	if format.refused != nil {
		return &RefusedError{format.name, format.refused.Reason, format.refused.Advice}
	}
	if r.depth++; r.depth == 1 {
		r.format = format.name
	}
	defer func() { r.depth-- }()
	err := format.read(r, f)
	if err == nil || errors.As(err, new(*RefusedError)) || r.ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("%s: %w", format.name, err)
}

func recognise(f *file, opts Options) *format {
	for _, format := range formats {
		if format.recognises(f) {
			return &format
		}
	}
	if len(opts.Passphrase) > 0 && andOTPAny.recognises(f) {
		return &andOTPAny
	}
	return nil
}

// checkAny makes an error of a batch without accounts: "0 imported" would look
// like success.
func checkAny(batch otpcore.Batch) error {
	if len(batch.Accounts) > 0 {
		return nil
	}
	if len(batch.Skipped) == 0 {
		return ErrNothing
	}
	first := batch.Skipped[0]
	text := first.Where + ": " + first.Reason
	if more := len(batch.Skipped) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return &failure{text, ErrNothing}
}

// failure says what is wrong in its own words and is yet the sentinel.
type failure struct {
	text     string
	sentinel error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.sentinel }

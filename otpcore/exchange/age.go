package exchange

import "bytes"

// age opens with a function that the caller brings: the library lives in another
// house. What is inside is looked at again: totp-cli's accounts, or what
// `otpane export --format age` wrote.
var age = format{
	name: "age file", file: "under a passphrase: otpane's own export, totp-cli", export: "`otpane export --format age`",
	recognises: func(f *file) bool {
		return f.begins("age-encryption.org/v1", "-----BEGIN AGE ENCRYPTED FILE-----")
	},
	read: readAge,
}

// vaultFile is our own vault, which is an age file too, with a stanza that no
// other has.
var vaultFile = format{
	name: "otpane vault",
	recognises: func(f *file) bool {
		return age.recognises(f) && bytes.Contains(f.data[:min(len(f.data), 64<<10)], []byte("\n-> otpane-sealed-identity-"))
	},
	refused: &RefusedError{Reason: "a vault, not an export", Advice: "To take over its accounts: otpane merge FILE."},
}

func readAge(r *reader, f *file) error {
	if r.opts.OpenAge == nil {
		return &RefusedError{"age file", "it is not opened here", "Decrypt it first, with age -d."}
	}
	passphrase, err := r.passphrase()
	if err != nil {
		return err
	}
	content, err := r.derive("age, scrypt", func() ([]byte, error) { return r.opts.OpenAge(r.ctx, f.data, passphrase) })
	if err != nil {
		return err
	}
	if len(content) > MaxSize {
		return ErrDamaged
	}
	return r.read(newFile(content))
}

package vault

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"filippo.io/age"
	"filippo.io/age/plugin"
)

// RunAgePlugin speaks age's plugin protocol (https://c2sp.org/age-plugin), so that
// `age -d -j otpane vault.age` opens a vault where the program is on the PATH as
// age-plugin-otpane. age asks for the passphrase and draws the question. args are
// those of the program, without its name; the status is for os.Exit.
func RunAgePlugin(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if !slices.Contains(args, "--age-plugin=identity-v1") {
		fmt.Fprintln(stderr, "age-plugin-otpane only decrypts: age -d -j otpane vault.age")
		return 1
	}
	p, err := plugin.New("otpane")
	if err != nil { // unreachable: the name is valid
		return 1
	}
	p.SetIO(stdin, stdout, stderr)
	p.HandleIdentity(func([]byte) (age.Identity, error) {
		return askingIdentity{func() (string, error) { return p.RequestValue("passphrase of the vault", true) }}, nil
	})
	return p.IdentityV1()
}

// askingIdentity finds the sealed identity among the stanzas and opens it with
// the passphrase; that identity then finds its own.
type askingIdentity struct{ ask func() (string, error) }

func (a askingIdentity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	i := slices.IndexFunc(stanzas, func(s *age.Stanza) bool { return s.Type == sealedType && len(s.Body) > 0 })
	if i < 0 {
		return nil, age.ErrIncorrectIdentity
	}
	passphrase, err := a.ask()
	if err != nil {
		return nil, err
	}
	id, err := unseal(stanzas[i].Body, []byte(passphrase), maxWorkFactor)
	if err != nil {
		return nil, err
	}
	for _, key := range id.reveal().identities {
		fileKey, err := key.Unwrap(stanzas)
		if !errors.Is(err, age.ErrIncorrectIdentity) {
			return fileKey, err
		}
	}
	return nil, age.ErrIncorrectIdentity
}

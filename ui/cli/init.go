package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"otpane/ui/host"
	"otpane/vault"
)

func (p *program) initCommand() *cobra.Command {
	var postQuantum bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a new vault",
		Long: `Offers six generated words as the passphrase, or takes your own. Given
--passphrase-file or --identity it asks nothing; with an identity the vault
has no passphrase. --detached-key FILE writes what the passphrase opens to a
file of its own: a vault that is stolen without it cannot even be tried.`,
		Example: "  otpane init --vault work\n  otpane init --vault ~/work.age --identity ~/.age/key.txt",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.makeVault(cmd.Context(), postQuantum) },
	}
	cmd.Flags().BoolVar(&postQuantum, "post-quantum", false, "seal a key of age's post-quantum kind (age 1.3)")
	return cmd
}

func (p *program) makeVault(ctx context.Context, postQuantum bool) error {
	if err := p.chosen(); err != nil {
		return err
	}
	path := p.at.path
	if err := vacant(path); err != nil {
		return err
	}
	access, err := p.newAccess(ctx)
	if err != nil {
		return err
	}
	defer clear(access.Passphrase)
	access.PostQuantum = postQuantum
	if access.Passphrase != nil {
		access.DetachedKey = p.choose(p.keyFlag, "OTPANE_DETACHED_KEY")
	}
	if there, err := vaultExists(access.DetachedKey); access.DetachedKey != "" && (err != nil || there) {
		return writeFault(access.DetachedKey, cmp.Or(err, fs.ErrExist))
	}
	v, err := vault.Create(path, access, p.Now)
	if err != nil {
		return vaultFault(path, err)
	}
	p.see(v)
	p.say("New vault at %s.", path)
	if access.DetachedKey != "" {
		p.say("Its key is in %s: without that file the passphrase opens nothing.", access.DetachedKey)
	}
	return nil
}

// chosen asks for a choice where the settings name vaults: a new one at another
// place than was meant would be found too late.
func (p *program) chosen() error {
	named, err := p.named()
	if err != nil || slices.Equal(named, []place{p.usual()}) || p.choose(p.vaultFlag, "OTPANE_VAULT") != "" {
		return err
	}
	return misuse("which vault?", "--vault NAME; the settings name "+strings.Join(names(named), ", "))
}

// vacant refuses a path where a vault lies, and one where only the backups of a
// vault are left: a new one in its place would look like all there ever was.
func vacant(path string) error {
	there, err := vaultExists(path)
	if err == nil && there {
		err = vault.ErrExists
	}
	if err != nil {
		return vaultFault(path, err)
	}
	backup, lost := newestWhole(path, vault.Identity{})
	if !lost {
		return nil
	}
	return &fault{status: failed, what: "the vault is gone, its backups are not: " + path, err: vault.ErrNotFound,
		hint: fmt.Sprintf("the newest is of %s: `otpane backup restore` puts it in place; for a new vault, move %s away",
			minute(backup.Time), filepath.Dir(backup.Path))}
}

// newAccess decides who may open a new vault.
func (p *program) newAccess(ctx context.Context) (vault.Access, error) {
	k, err := p.keys()
	if err != nil {
		return vault.Access{}, err
	}
	if k.identityFile != "" {
		id, err := readIdentity(k.identityFile, p.prompts(ctx))
		return vault.Access{Identity: id}, err
	}
	passphrase, err := p.newPassphrase(ctx, k.passphraseFile, choice{ask: wordsOrOwn, otherwise: "--passphrase-file FILE or --identity FILE needs no answer"})
	return vault.Access{Passphrase: passphrase, WorkFactor: p.WorkFactor}, err
}

const shortPassphrase = "a passphrase has at least 8 characters"

// weakBits is where a warning ends: below it a stolen file is opened by guessing.
const weakBits = 50

// choice is how the person at the terminal gives a new passphrase, and what else
// would do where there is no terminal.
type choice struct {
	ask       func(context.Context, *host.Terminal) ([]byte, error)
	otherwise string
}

// newPassphrase reads one from a file, or lets the person choose.
func (p *program) newPassphrase(ctx context.Context, file string, by choice) ([]byte, error) {
	var passphrase []byte
	var err error
	if file != "" {
		passphrase, err = readPassphrase(file)
	} else {
		passphrase, err = by.make(ctx, p.openTerminal)
	}
	if err != nil {
		return nil, err
	}
	if utf8.RuneCount(passphrase) < vault.MinPassphrase {
		return nil, &fault{status: failed, what: shortPassphrase, err: vault.ErrShort}
	}
	if bits := vault.Strength(string(passphrase)); bits < weakBits {
		p.say("About %d bits: easy to guess.", int(bits))
	}
	return passphrase, nil
}

func (c choice) make(ctx context.Context, open func() (*host.Terminal, error)) ([]byte, error) {
	terminal, err := open()
	if err != nil {
		return nil, &fault{status: misused, what: "there is no terminal to ask for a passphrase", err: err, hint: c.otherwise}
	}
	defer terminal.Close()
	return c.ask(ctx, terminal)
}

// wordsOrOwn offers six words and otherwise takes the person's own, twice.
func wordsOrOwn(ctx context.Context, terminal *host.Terminal) ([]byte, error) {
	words := vault.Generate()
	taken, err := offer(ctx, terminal, words)
	if err != nil {
		return nil, noTerminal(err)
	}
	if taken {
		return repeated(ctx, terminal, []byte(words), "the six words  ")
	}
	return twice(ctx, terminal, "passphrase  ")
}

// twice takes the person's own.
func twice(ctx context.Context, terminal *host.Terminal, prompt string) ([]byte, error) {
	passphrase, err := ownPassphrase(ctx, terminal, prompt)
	if err != nil {
		return nil, noTerminal(err)
	}
	return repeated(ctx, terminal, passphrase, "once more  ")
}

// offer shows words and takes them off the screen again: what scrolls away
// stays in the terminal's history. The sequence goes up to the first line that
// was written and erases to the end.
func offer(ctx context.Context, terminal *host.Terminal, words string) (bool, error) {
	text := fmt.Sprintf("This passphrase opens everything. Nobody can reset it.\n\n  %s\n  %d bits, strong. Write it on paper now.\n\n",
		words, int(vault.Strength(words)))
	if _, err := io.WriteString(terminal, text); err != nil {
		return false, err
	}
	taken, err := terminal.Ask(ctx, "Use these six words? Otherwise type your own.")
	lines := strings.Count(text, "\n") + 1
	_, wipe := fmt.Fprintf(terminal, "\x1b[%dA\r\x1b[J", lines)
	return taken, errors.Join(err, wipe)
}

// ownPassphrase asks until the answer is one: a slip costs another try only.
func ownPassphrase(ctx context.Context, terminal *host.Terminal, prompt string) ([]byte, error) {
	for {
		passphrase, err := terminal.ReadHidden(ctx, prompt)
		if err != nil {
			return nil, err
		}
		if utf8.RuneCount(passphrase) >= vault.MinPassphrase {
			return passphrase, nil
		}
		if _, err := io.WriteString(terminal, "At least 8 characters.\n"); err != nil {
			return nil, err
		}
	}
}

// repeated asks until the passphrase comes a second time. For generated words it
// shows that they are on paper.
func repeated(ctx context.Context, terminal *host.Terminal, passphrase []byte, prompt string) ([]byte, error) {
	for {
		again, err := terminal.ReadHidden(ctx, prompt)
		if err != nil {
			return nil, noTerminal(err)
		}
		same := bytes.Equal(again, passphrase)
		clear(again)
		if same {
			return passphrase, nil
		}
		if _, err := io.WriteString(terminal, "These two differ.\n"); err != nil {
			return nil, err
		}
	}
}

package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"

	"otpane/ui/host"
	"otpane/vault"
)

// open opens the vault that the flags and the environment name, by identity
// file, passphrase file or a hidden prompt, and says what is odd about it.
func (p *program) open(ctx context.Context) (*vault.Vault, error) {
	v, err := p.openQuietly(ctx)
	if err == nil {
		p.mentionCopies(v)
	}
	return v, err
}

// openQuietly leaves out what `otpane merge` is about to mend.
func (p *program) openQuietly(ctx context.Context) (*vault.Vault, error) {
	path := p.at.path
	id, err := p.identity(ctx, path)
	if err != nil {
		return nil, rescueFault(path, vault.Identity{}, err)
	}
	return p.openWith(path, id)
}

func (p *program) openWith(path string, id vault.Identity) (*vault.Vault, error) {
	seen := p.lastSeen(path)
	v, err := vault.Open(path, id, p.Now)
	if err != nil {
		return nil, rescueFault(path, id, err)
	}
	p.opened = v
	if odd := alarm(v, seen); odd != "" {
		p.say("%s `otpane backup accept` ends this warning.", odd)
		p.say("`otpane backup list` shows earlier copies; `otpane merge FILE` takes in what a newer copy has.")
	}
	if err := v.ReadOnly(); err != nil {
		p.say("Read-only: %s.", err)
	}
	if n := v.Damaged(); n > 0 {
		p.say("%s damaged and kept, but cannot be shown.", count(n, "account is", "accounts are"))
	}
	return v, nil
}

// update changes the vault, or nothing at all.
func update(v *vault.Vault, operation func(*vault.Draft) error) error {
	return vaultFault(v.Path(), v.Update(operation))
}

// folder is one of the XDG base directories. A relative path in its variable is
// to be ignored (XDG Base Directory Specification).
func (p *program) folder(name, otherwise string) string {
	if folder := p.Getenv(name); filepath.IsAbs(folder) {
		return folder
	}
	return otherwise
}

func (p *program) choose(flag, variable string) string {
	if flag != "" {
		return flag
	}
	return p.Getenv(variable)
}

// keys are the files that open a vault without asking; at most one is set. A
// flag beats the environment, whatever it names; in the environment an identity
// goes first, because it costs no work.
type keys struct{ passphraseFile, identityFile string }

func (p *program) keys() (keys, error) {
	if p.passphraseFlag != "" && p.identityFlag != "" {
		return keys{}, misuse("--passphrase-file and --identity exclude each other", "one of them opens the vault")
	}
	if p.passphraseFlag != "" || p.identityFlag != "" {
		return keys{p.passphraseFlag, p.identityFlag}, nil
	}
	if file := p.Getenv("OTPANE_IDENTITY"); file != "" {
		return keys{identityFile: file}, nil
	}
	return keys{passphraseFile: p.Getenv("OTPANE_PASSPHRASE_FILE")}, nil
}

// identity gets what opens the vault at path. Whether there is a vault is asked
// first: nobody types a passphrase for nothing.
func (p *program) identity(ctx context.Context, path string) (vault.Identity, error) {
	k, err := p.keys()
	if err != nil {
		return vault.Identity{}, err
	}
	if k.identityFile != "" {
		return readIdentity(k.identityFile, p.prompts(ctx))
	}
	info, err := vault.Inspect(path)
	if err != nil {
		return vault.Identity{}, err
	}
	if k == (keys{}) {
		if id, opens := p.byKeyring(ctx, path); opens {
			return id, nil
		}
	}
	switch {
	case !info.Passphrase:
		return vault.Identity{}, vault.ErrNoPassphrase
	case info.Detached && p.keyFile(path) == nil:
		return vault.Identity{}, vault.ErrDetached
	}
	passphrase, err := p.passphrase(ctx, k)
	if err != nil {
		return vault.Identity{}, err
	}
	defer clear(passphrase)
	id, err := vault.Unlock(path, passphrase, p.unlocking(path)...)
	// The derivation cannot be interrupted; whoever pressed ctrl-c during it
	// does not want what comes after.
	return id, errors.Join(err, ctx.Err())
}

// unlocking is what the flags say of how a passphrase opens the vault at path.
func (p *program) unlocking(path string) []vault.Option {
	options := p.keyFile(path)
	if p.maxWork > 0 {
		options = append(options, vault.MaxWorkFactor(p.maxWork))
	}
	return options
}

// keyFile is where the sealed identity of the vault at path lies, if it is one
// that keeps it apart.
func (p *program) keyFile(path string) []vault.Option {
	file := p.choose(p.keyFlag, "OTPANE_DETACHED_KEY")
	if info, err := vault.Inspect(path); err != nil || !info.Detached || file == "" {
		return nil
	}
	return []vault.Option{vault.DetachedKey(file)}
}

// work is what a new passphrase costs.
func (p *program) work() []vault.Option {
	if p.WorkFactor == 0 {
		return nil
	}
	return []vault.Option{vault.WorkFactor(p.WorkFactor)}
}

func readIdentity(file string, prompts ...vault.Prompts) (vault.Identity, error) {
	text, err := readFile(file, maxPassphrase)
	if err != nil {
		return vault.Identity{}, err
	}
	defer clear(text)
	id, err := vault.ParseIdentity(string(text), prompts...)
	if err != nil {
		return vault.Identity{}, &fault{status: failed, what: file + ": " + err.Error(), hint: "`age-keygen -o FILE` makes one", err: err}
	}
	return id, nil
}

// prompts are how a plugin's hardware asks for a PIN or a touch. While the pane
// draws nothing else may write to its terminal.
func (p *program) prompts(ctx context.Context) vault.Prompts {
	guard := func(ask func() error) error {
		if p.drawing.Load() {
			return errors.New("the plugin asks for something, and the pane has the terminal")
		}
		return ask()
	}
	return vault.Prompts{
		Show: func(plugin, message string) error {
			return guard(func() error { p.say("%s: %s", plugin, message); return nil })
		},
		Ask: func(plugin, question string, secret bool) (answer string, err error) {
			err = guard(func() error {
				line, err := p.hidden(ctx, visible(plugin+": "+question)+"  ")
				answer = string(line)
				return err
			})
			return answer, err
		},
		Confirm: func(plugin, question, yes, no string) (sure bool, err error) {
			err = guard(func() (err error) { sure, err = p.ask(ctx, plugin+": "+question+" "+yes+"?"); return err })
			return sure, err
		},
		Waiting: func(plugin string) {
			_ = guard(func() error { p.say("Waiting for %s: it may want a touch.", plugin); return nil })
		},
	}
}

func (p *program) passphrase(ctx context.Context, k keys) ([]byte, error) {
	if k.passphraseFile != "" {
		return readPassphrase(k.passphraseFile)
	}
	return p.hidden(ctx, "passphrase  ")
}

// readPassphrase drops the one newline that editors and echo put at the end of
// a file; every other character belongs to the passphrase.
func readPassphrase(file string) ([]byte, error) {
	text, err := readFile(file, maxPassphrase)
	if err != nil {
		return nil, err
	}
	if line, found := bytes.CutSuffix(text, []byte("\n")); found {
		text, _ = bytes.CutSuffix(line, []byte("\r"))
	}
	if len(text) == 0 {
		return nil, &fault{status: failed, what: "the passphrase file is empty: " + file}
	}
	return text, nil
}

// hidden asks for a line that is not shown.
func (p *program) hidden(ctx context.Context, prompt string) ([]byte, error) {
	terminal, err := p.openTerminal()
	if errors.Is(err, host.ErrNoTerminal) {
		what := "there is no terminal to ask for the passphrase"
		if p.noInput {
			what = "the vault wants its passphrase, and nobody is to be asked"
		}
		return nil, &fault{status: misused, what: what, err: err,
			hint: "--passphrase-file FILE or --identity FILE opens the vault without asking, and so does an agent"}
	}
	if err != nil {
		return nil, err
	}
	defer terminal.Close()
	line, err := terminal.ReadHidden(ctx, prompt)
	if err != nil {
		return nil, noTerminal(err)
	}
	return line, nil
}

// vaultExists is for those who would make a vault: any answer but "not there"
// is an error or a vault.
func vaultExists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

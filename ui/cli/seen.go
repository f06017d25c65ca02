package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"

	"otpane/vault"
)

// lastSeen is the state of the vault at path as otpane had it last on this
// machine. Ask before the vault is opened: another process may save meanwhile,
// and its mark must not pass for one that the vault has lost. Where nothing can
// be remembered, nothing is noticed; that is no reason to refuse a code.
func (p *program) lastSeen(path string) vault.Mark {
	text, err := readFile(p.markFile(path), maxMark)
	if err != nil {
		return vault.Mark{}
	}
	mark, err := vault.ParseMark(string(text))
	if err != nil {
		return vault.Mark{}
	}
	return mark
}

const maxMark = 1 << 10 // bytes; a mark has about a hundred

// see remembers the present copy, whatever was seen before.
func (p *program) see(v *vault.Vault) {
	file := p.markFile(v.Path())
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err == nil {
		_ = replace(file, []byte(v.Mark().String()+"\n"))
	}
}

// remember notes at the end of a run how far the vault has come. An older copy
// never makes it forget a newer one.
func (p *program) remember() {
	if p.opened == nil {
		return
	}
	seen := p.lastSeen(p.opened.Path())
	if seen != p.opened.Mark() && p.opened.Since(seen) == nil {
		p.see(p.opened)
	}
}

// alarm is what to say of a vault that is older than the one seen before, or
// another one; "" if all is well.
func alarm(v *vault.Vault, seen vault.Mark) string {
	err := v.Since(seen)
	switch {
	case errors.Is(err, vault.ErrRolledBack):
		return "The vault is older than the one seen here before."
	case errors.Is(err, vault.ErrOtherVault):
		return "This is not the vault that was here before."
	}
	return ""
}

func (p *program) markFile(path string) string { return p.stateFile("seen", path) }

// stateFile is named by the vault's path alone: the path itself may tell more than
// somebody wants to leave lying around.
func (p *program) stateFile(kind, path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(p.folder("XDG_STATE_HOME", xdg.StateHome), "otpane", kind, hex.EncodeToString(sum[:8]))
}

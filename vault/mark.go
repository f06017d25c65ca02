package vault

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrRolledBack means that an older copy lies where a newer one was seen: a
// synchroniser's mistake, a restored disk, or somebody who wants a deleted
// account back.
var ErrRolledBack = errors.New("the vault is older than the one seen before")

// Mark is which state of a vault was seen. The caller keeps its text between
// runs, outside the vault; it holds nothing secret.
type Mark struct {
	vault      string
	generation uint64
	clock      stamp
}

// String is what ParseMark reads.
func (m Mark) String() string {
	return fmt.Sprintf("%s %d %s", m.vault, m.generation, m.clock)
}

// ParseMark reads the text of a mark.
func ParseMark(text string) (Mark, error) {
	parts := strings.Fields(text)
	if len(parts) != 3 {
		return Mark{}, errors.New("not the mark of a vault")
	}
	generation, err := strconv.ParseUint(parts[1], 10, 64)
	if err != nil {
		return Mark{}, errors.New("not the mark of a vault")
	}
	return Mark{parts[0], generation, stamp(parts[2])}, nil
}

// Mark is that of the present copy.
func (v *Vault) Mark() Mark {
	doc := v.present()
	return Mark{doc.id, doc.generation, doc.clock}
}

// Since holds the present copy against one that was seen before: nil, if this is
// that one or a later; ErrRolledBack; or ErrOtherVault, if something else lies
// at the path. The zero Mark has seen nothing. An old copy that was edited so
// often and so late that it passes the mark is not noticed, and does no harm:
// merging brings back what it lacks.
func (v *Vault) Since(seen Mark) error {
	now := v.Mark()
	switch {
	case seen == Mark{}:
		return nil
	case now.vault != seen.vault:
		return ErrOtherVault
	case now.generation < seen.generation, now.clock < seen.clock:
		return ErrRolledBack
	}
	return nil
}

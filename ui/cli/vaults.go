package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/adrg/xdg"
	"github.com/spf13/cobra"
)

// place is a vault and what the settings call it.
type place struct{ name, path string }

// usualName is what the vault at the usual place is called if the settings give
// it no other name.
const usualName = "default"

// choosePlace is the vault that --vault or OTPANE_VAULT chooses, by a name of the
// settings or by path. What has a separator or a suffix is always a path, so that
// a name that is added to the settings never turns an old command to another
// vault.
func (p *program) choosePlace() (place, error) {
	chosen := p.choose(p.vaultFlag, "OTPANE_VAULT")
	switch {
	case chosen == "":
		return p.firstPlace()
	case !bareName(chosen):
		return place{path: chosen}, nil
	}
	named, err := p.named()
	if err != nil {
		return place{}, err
	}
	if i := slices.IndexFunc(named, func(one place) bool { return one.name == chosen }); i >= 0 {
		return named[i], nil
	}
	there, err := vaultExists(chosen)
	if unnamed := slices.Equal(named, []place{p.usual()}); unnamed || there || err != nil {
		return place{path: chosen}, nil
	}
	return place{}, unknownVault(chosen, named)
}

// firstPlace is where nothing is chosen: the usual place, and the first of the
// settings where nothing lies there.
func (p *program) firstPlace() (place, error) {
	usual := p.usual()
	if there, err := vaultExists(usual.path); there || err != nil {
		return usual, nil // what is wrong there is told when it is opened
	}
	named, err := p.named()
	if err != nil {
		return place{}, err
	}
	return named[0], nil
}

func unknownVault(chosen string, named []place) error {
	hint := "the settings name " + strings.Join(names(named), ", ") + "; a file has a dot or a slash"
	if near := nearest(chosen, names(named)); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return misuse("there is no vault "+mention(chosen), hint)
}

func names(named []place) (all []string) {
	for _, one := range named {
		all = append(all, one.name)
	}
	return all
}

// named are the vaults that have a name, those of the settings in their order.
// The usual place is among them: first, if a vault lies there that the settings do
// not name, and else last.
func (p *program) named() ([]place, error) {
	s, err := p.settings()
	if err != nil {
		return nil, err
	}
	var all []place
	usual := p.usual()
	for _, one := range s.Vaults {
		one.path = expandHome(one.path)
		if one.path == usual.path || one.name == usualName {
			usual.path = ""
		}
		all = append(all, one)
	}
	if usual.path == "" {
		return all, nil
	}
	if there, err := vaultExists(usual.path); there || err != nil {
		return slices.Insert(all, 0, usual), nil
	}
	return append(all, usual), nil
}

// rooms are the vaults that the pane goes to: those with a name, if there is a
// file or the settings want one, and the one that a path has chosen.
func (p *program) rooms() ([]place, error) {
	all, err := p.named()
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(one place) bool {
		there, err := vaultExists(one.path)
		return one == p.usual() && !there && err == nil
	})
	if !slices.ContainsFunc(all, func(one place) bool { return samePath(one.path, p.at.path) }) {
		all = append(all, place{filepath.Base(p.at.path), p.at.path})
	}
	return all, nil
}

func samePath(a, b string) bool {
	x, errA := filepath.Abs(a)
	y, errB := filepath.Abs(b)
	return errA == nil && errB == nil && x == y
}

// usual is where the vault lies if nobody has said anything.
func (p *program) usual() place {
	return place{usualName, filepath.Join(p.folder("XDG_DATA_HOME", xdg.DataHome), "otpane", "vault.age")}
}

// bareName says that text could be a vault's name: nothing in it is a path's.
func bareName(text string) bool {
	return text != "" && text != "~" && !strings.ContainsAny(text, `/\.`) && !strings.ContainsRune(text, os.PathSeparator)
}

// vaultsTopic has nothing to run: it is read by `otpane help vaults`.
func vaultsTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "vaults",
		Short: "Several vaults, and how --vault chooses one",
		Long: `The settings give vaults names:

  [vaults]
  work    = "~/work.age"
  private = "~/sync/private.age"

--vault NAME (or OTPANE_VAULT) takes one of them in every command, and O in the
pane goes from one to another. Text with a dot or a slash is always a path: for
a file called "work" write --vault ./work. "default" is the vault at the usual
place. It is also the one that opens where nothing is chosen; if none lies
there, the first of the settings is.

Each is locked on its own: opening one opens no other, and going to another
locks the one that is left.`,
	}
}

// vaultsTable is [vaults]: a name and a path. It takes no name that --vault would
// take for a path, and no path that means another file in every folder.
var vaultsTable = section{
	takes: "a path that begins with / or ~; a name has no dot and no slash",
	entries: func() []setting {
		return []setting{
			{name: "work", standard: `"~/work.age"`, comment: "an example"},
			{name: "private", standard: `"~/sync/private.age"`, comment: "another"},
		}
	},
	put: func(s *settings, name string, decode func(any) error) error {
		var path string
		if err := decode(&path); err != nil {
			return err
		}
		if !bareName(name) || !filepath.IsAbs(expandHome(path)) {
			return errors.New("no vault")
		}
		s.Vaults = append(s.Vaults, place{name, path})
		return nil
	},
	check: func(settings) []problem { return nil },
}

// asWrittenIn is the table as it is written: the library has lost the order.
func asWrittenIn(vaults []place, keys []toml.Key) []place {
	at := func(i int) int {
		return slices.IndexFunc(keys, func(k toml.Key) bool { return len(k) == 2 && k[0] == "vaults" && k[1] == vaults[i].name })
	}
	sort.Slice(vaults, func(i, j int) bool { return at(i) < at(j) })
	return vaults
}

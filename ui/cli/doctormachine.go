package cli

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adrg/xdg"

	"otpane/ui"
	"otpane/ui/host"
	"otpane/vault"
)

// What the doctor finds of the machine: its clock, the settings, what this terminal
// can do, and what otpane has to do with other programs.

func (d *patient) readSettings() {
	d.settings = defaults()
	text, err := readFile(d.settingsPath(), maxSettings)
	switch {
	case errors.Is(err, os.ErrNotExist):
		d.silent = true
	case err != nil:
		d.unread = err
	default:
		d.mistakes = d.settings.read(string(text))
	}
}

func (d *patient) settingsFile() []finding {
	switch {
	case d.unread != nil:
		return wrong("", "%v", d.unread)
	case len(d.mistakes) > 0:
		return wrong("otpane config check", "%s, with which no pane starts: %s", count(len(d.mistakes), "mistake", "mistakes"), d.mistakes[0].String())
	case d.silent:
		return fine("no file: the defaults hold")
	}
	return fine("nothing is wrong")
}

// otherVaults are those that the settings name.
func (d *patient) otherVaults() []finding {
	var missing []string
	for _, one := range d.settings.Vaults {
		if there, err := vaultExists(expandHome(one.path)); err == nil && !there {
			missing = append(missing, one.name)
		}
	}
	switch {
	case len(d.settings.Vaults) == 0:
		return nil
	case len(missing) > 0:
		return worthDoing("otpane init --vault "+shellWord(missing[0]), "no vault lies where the settings say: %s", several(missing))
	}
	return fine("%s of the settings there", count(len(d.settings.Vaults), "vault is", "vaults are"))
}

func (d *patient) inboxFolder() []finding {
	folder := d.settings.Inbox.folder()
	if folder == "" {
		return nil
	}
	if info, err := os.Stat(expandHome(folder)); err != nil || !info.IsDir() {
		return worthDoing(shellCommand("mkdir -p", expandHome(folder)), "no folder at %s: no new picture will be seen", folder)
	}
	return fine("watches %s", folder)
}

func (d *patient) clock() []finding {
	switch synchronised, known := d.machine.synchronised(); {
	case !known:
		return fine("the system does not say whether it is kept right")
	case !synchronised:
		return worthDoing("otpane clock --server "+host.DefaultTimeServer, "the system says that nothing keeps it right: codes may be refused")
	}
	return fine("the system keeps it right")
}

func (d *patient) agent() []finding {
	if d.path == "" {
		return nil
	}
	switch err := d.machine.served(d, d.path); {
	case err == nil:
		return fine("gives codes of this vault")
	case errors.Is(err, host.ErrNoAgent):
		return fine("not on this system")
	case !errors.Is(err, host.ErrNobody):
		return wrong("", "%v", err)
	case d.settings.Agent.otherwise() != "":
		return worthDoing(d.command("agent"), "switched on, and no pane has this vault open")
	}
	return fine("off")
}

// keyring is only looked at where the settings want it: to ask may wake a program
// that was asleep.
func (d *patient) keyring() []finding {
	if d.path == "" || !d.settings.Keyring {
		return fine("off")
	}
	id, err := d.machine.keyring(d, d.path)
	switch {
	case errors.Is(err, host.ErrKeyringLocked):
		return fine("locked: the passphrase is asked for")
	case errors.Is(err, host.ErrKeyringEmpty):
		return worthDoing(d.command("recipients", "keyring"), "switched on, and the keyring has nothing for this vault")
	case err != nil:
		return worthDoing("", "switched on, and of no use: %v", err)
	}
	if _, err := vault.Open(d.path, id, d.Now); errors.Is(err, vault.ErrIdentity) {
		return worthDoing(d.command("recipients", "keyring"), "what it has does not open the vault any more")
	}
	return fine("opens the vault")
}

func (d *patient) clipboard() []finding {
	if own := d.settings.CopyCommand; len(own) > 0 {
		if _, err := d.machine.program(own[0]); err != nil {
			return wrong("otpane config check", "copy_command is not on the PATH: %s", own[0])
		}
	}
	ways, advice := d.machine.clipboard(d.settings.CopyCommand)
	switch {
	case len(ways) == 0:
		return worthDoing("", "none found: space shows the code in the pane. Desktops need wl-clipboard, xclip or xsel")
	case advice != "":
		return worthDoing("", "%s only, which nothing clears; %s would be", strings.Join(ways, ", "), advice)
	}
	return fine("%s", strings.Join(ways, ", then "))
}

func (d *patient) terminal() []finding {
	look := ui.Terminal{Environment: d.machine.environment, ASCII: d.settings.ASCII}
	columns, rows, err := d.machine.size()
	name := d.Getenv("TERM")
	switch {
	case err != nil:
		return fine("not looked at: standard output is no terminal")
	case columns < 24 || rows < 3:
		return worthDoing("", "%d×%d: the pane lists and copies, and needs 24×3 for all else", columns, rows)
	case !look.Unicode() && !d.settings.ASCII && name != "linux" && name != "dumb":
		return worthDoing("export LC_ALL=C.UTF-8", "the locale is not UTF-8: the pane draws in ASCII")
	case !look.Unicode():
		return fine("%s, %s, %d×%d, drawn in ASCII", name, look.Depth(), columns, rows)
	}
	return fine("%s, %s, %d×%d", name, look.Depth(), columns, rows)
}

// tmux, where a terminal is attached to it, is asked for what otpane needs of it:
// load-buffer -w reaches the clipboard of the terminal outside if tmux knows that it
// has one, whatever set-clipboard says.
func (d *patient) tmux() (found []finding) {
	state, there, err := d.machine.tmux(d)
	switch {
	case !there:
		return nil
	case err != nil:
		return worthDoing("", "it does not answer: %v", err)
	}
	if ways, _ := d.machine.clipboard(d.settings.CopyCommand); len(ways) > 0 && ways[0] == "tmux" && !state.Clipboard && state.Terminal != "" {
		found = append(found, worthDoing("tmux set -as terminal-features "+shellWord(","+state.Terminal+":clipboard"), "it does not know of its terminal (%s) that it has a clipboard", state.Terminal)...)
	}
	if d.settings.HideOnBlur && !state.Focus {
		found = append(found, worthDoing("tmux set -g focus-events on", "focus-events is off: codes do not hide when the keyboard goes elsewhere")...)
	}
	if len(found) == 0 {
		return fine("passes on what otpane needs")
	}
	return found
}

func (d *patient) process() []finding {
	switch yes, known := d.machine.hardened(); {
	case !known:
		return fine("the system does not say who may look into it")
	case !yes:
		return wrong("", "this process leaves core dumps, or other programs of yours may look into it")
	}
	return fine("no core dumps; closed to other programs where the system can")
}

// completion knows the places where shells look by themselves, and the files that
// they read at the start.
func (d *patient) completion() []finding {
	home, _ := os.UserHomeDir()
	data, config := d.folder("XDG_DATA_HOME", xdg.DataHome), d.folder("XDG_CONFIG_HOME", xdg.ConfigHome)
	var scripts []string
	var start, mend string
	switch shell := filepath.Base(d.Getenv("SHELL")); shell {
	case "bash":
		scripts = []string{filepath.Join(data, "bash-completion/completions/otpane"), "/usr/local/share/bash-completion/completions/otpane", "/usr/share/bash-completion/completions/otpane", "/etc/bash_completion.d/otpane"}
		start, mend = filepath.Join(home, ".bashrc"), "echo 'source <(otpane completion bash)' >> ~/.bashrc"
	case "fish":
		scripts = []string{filepath.Join(config, "fish/completions/otpane.fish"), filepath.Join(data, "fish/vendor_completions.d/otpane.fish"), "/usr/share/fish/vendor_completions.d/otpane.fish"}
		start, mend = filepath.Join(config, "fish/config.fish"), "otpane completion fish > ~/.config/fish/completions/otpane.fish"
	case "zsh":
		scripts = []string{"/usr/local/share/zsh/site-functions/_otpane", "/usr/share/zsh/site-functions/_otpane", "/usr/share/zsh/vendor-completions/_otpane"}
		start = filepath.Join(cmp.Or(d.Getenv("ZDOTDIR"), home), ".zshrc")
	default:
		return nil
	}
	text, _ := readFile(start, maxSettings)
	if strings.Contains(string(text), "otpane completion") || slices.ContainsFunc(scripts, isFile) {
		return fine("set up for %s", filepath.Base(d.Getenv("SHELL")))
	}
	if mend == "" {
		return nil // zsh looks wherever its fpath says, which only zsh knows
	}
	return worthDoing(mend, "%s does not complete otpane's commands", filepath.Base(d.Getenv("SHELL")))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// agePlugin is the link by which stock age opens a vault. Nobody needs it who has
// otpane; one that leads to another program would be asked for the passphrase.
func (d *patient) agePlugin() []finding {
	path, err := d.machine.program(agePlugin)
	if err != nil {
		return fine("not linked; age alone would need it")
	}
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	if sameFile(path, self) {
		return fine("%s leads here", path)
	}
	return worthDoing(shellCommand("ln -sf", self, path), "%s is another program, or an older otpane: age gives it the passphrase", path)
}

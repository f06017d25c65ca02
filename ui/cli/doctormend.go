package cli

import (
	"os"
	"strings"
)

// command is a call of otpane that mends something of this vault: the flags that told
// this run where it is, and those that did open it, go along.
func (d *patient) command(words ...string) string {
	for _, flag := range []struct {
		name, value string
		tells       bool
	}{
		{"detached-key", d.keyFlag, true}, {"passphrase-file", d.passphraseFlag, d.isOpen()}, {"identity", d.identityFlag, d.isOpen()},
	} {
		if flag.value != "" && flag.tells {
			words = append(words, "--"+flag.name, flag.value)
		}
	}
	return d.program.command(words...)
}

// shellCommand is a call of another program with files as its arguments.
func shellCommand(words string, files ...string) string {
	for _, file := range files {
		words += " " + shellPath(file)
	}
	return words
}

// shellPath is a file as a shell takes it, below the home with the tilde, which only
// counts outside of quotes.
func shellPath(path string) string {
	home, err := os.UserHomeDir()
	if err != nil {
		return shellWord(path)
	}
	if rest, below := strings.CutPrefix(tilde(home, path), "~/"); below {
		return "~/" + shellWord(rest)
	}
	return shellWord(path)
}

// shellWord quotes a word, so that a file called "$(reboot)" is no command.
func shellWord(word string) string { return commandLine([]string{word}) }

// several names the first few of many.
func several(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + count(len(names)-most, "other", "others")
}

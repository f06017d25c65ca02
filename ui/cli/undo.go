package cli

import (
	"runtime"
	"strconv"
	"strings"

	"otpane/otpcore"
)

// mentionUndo says how to make an account again what it was. The line stands for
// itself, to be copied whole.
func (p *program) mentionUndo(was, is otpcore.Account) {
	p.sayLines("undo: " + p.undo(was, is))
}

// undo is the command that makes an account again what it was, by its id: names are
// what may have changed. It sets what differs and nothing else, so that what somebody
// has changed in between stays.
func (p *program) undo(was, is otpcore.Account) string {
	words := []string{"edit", was.ID}
	back := func(flag, before, after string, always bool) {
		if before != after || always {
			words = append(words, "--"+flag, before)
		}
	}
	// Another type brings other algorithms, lengths and periods along.
	retyped := was.Kind != is.Kind
	// edit would clean these, and a name with a line break would pass for talk.
	back("issuer", otpcore.Clean(was.Issuer), otpcore.Clean(is.Issuer), false)
	back("account", otpcore.Clean(was.Name), otpcore.Clean(is.Name), false)
	back("type", string(was.Kind), string(is.Kind), false)
	back("algorithm", string(was.Algorithm), string(is.Algorithm), retyped)
	back("digits", strconv.Itoa(was.Digits), strconv.Itoa(is.Digits), retyped)
	if was.Timed() {
		back("period", strconv.Itoa(was.Period), strconv.Itoa(is.Period), retyped)
	} else {
		back("counter", strconv.FormatUint(was.Counter, 10), strconv.FormatUint(is.Counter, 10), retyped)
	}
	words = append(words, tagFlags(was.Tags, is.Tags)...)
	back("note", was.Note, is.Note, false)
	back("agent", string(was.Agent), string(is.Agent), false)
	if was.Pinned != is.Pinned {
		words = append(words, "--pinned="+strconv.FormatBool(was.Pinned))
	}
	if was.Unfinished != is.Unfinished {
		words = append(words, "--finished="+strconv.FormatBool(!was.Unfinished))
	}
	return p.command(append(words, "--yes")...)
}

// command is a line to be copied, about the vault that this run is about.
func (p *program) command(words ...string) string {
	if p.vaultFlag != "" {
		words = append(words, "--vault", p.vaultFlag)
	}
	return commandLine(append([]string{"otpane"}, words...))
}

// tagFlags give a # in front to a tag that begins with one: edit takes one off.
func tagFlags(was, is []string) (words []string) {
	if tagList(was) == tagList(is) {
		return nil
	}
	if len(was) == 0 {
		return []string{"--tag", ""}
	}
	for _, tag := range was {
		if strings.HasPrefix(tag, "#") {
			tag = "#" + tag
		}
		words = append(words, "--tag", tag)
	}
	return words
}

// commandLine quotes words for the shell that is likely to read them. People copy such
// lines, and a name may come from a stranger's QR code: what leaves its quotes is a
// command.
func commandLine(words []string) string {
	quote := forUnixShells
	if runtime.GOOS == "windows" {
		quote = forPowerShell
	}
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = word
		if word == "" || strings.ContainsFunc(word, needsQuotes) || strings.ContainsAny(word[:1], "=@") { // zsh reads =ls as a path, PowerShell @x as a list
			quoted[i] = "'" + quote.Replace(word) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

var (
	// forUnixShells leaves the quotes for what they do not hold, and goes in again: for
	// fish that is a backslash, too, which elsewhere stands for itself in quotes and out
	// of them is doubled by all.
	forUnixShells = strings.NewReplacer(`'`, `'\''`, `\`, `'\\'`)
	// forPowerShell doubles all that PowerShell takes for a quote.
	forPowerShell = strings.NewReplacer(`'`, `''`, `‘`, `‘‘`, `’`, `’’`, `‚`, `‚‚`, `‛`, `‛‛`)
)

// needsQuotes spares what no shell takes for anything but itself.
func needsQuotes(char rune) bool {
	return (char < 'a' || char > 'z') && (char < 'A' || char > 'Z') && (char < '0' || char > '9') && !strings.ContainsRune("-_./=:@", char)
}

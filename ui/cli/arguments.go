package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// keyScheme finds what begins like the address of a key, wherever it hides in
// an argument ("--note=otpauth://…").
var keyScheme = regexp.MustCompile(`(?i)(otpauth|otpauth-migration|steam|motp)(:|%3a)//`)

// refuseKeys stands before everything else: an argument is visible to other
// programs and stays in the shell's history, so a key in one is never used and
// never repeated.
func refuseKeys(args []string) error {
	if slices.ContainsFunc(args, keyScheme.MatchString) {
		if slices.Contains(args, "once") {
			return keyGiven("once")
		}
		return keyGiven("add")
	}
	if slices.ContainsFunc(args, ageKey.MatchString) {
		return misuse("an age identity is not taken as an argument: other programs can read it there",
			"name a file that holds it; then clear your shell's history")
	}
	return nil
}

// ageKey finds what opens an age file.
var ageKey = regexp.MustCompile(`(?i)age-(secret-key|plugin)-[a-z0-9-]*1[a-z0-9]{20}`)

func keyGiven(command string) error {
	return misuse("a key or otpauth URI is not taken as an argument: other programs can read it there",
		fmt.Sprintf("give it on standard input (`otpane %[1]s < FILE`), or run `otpane %[1]s` and paste it; then clear your shell's history", command))
}

// noKeyArgument is for commands that read a key: what stands in its place is one.
func noKeyArgument(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return keyGiven(command)
		}
		return nil
	}
}

// keyLike is what a base32 key looks like. Words of a language rarely hold
// sixteen letters without a blank.
var keyLike = regexp.MustCompile(`(?i)^[a-z2-7][a-z2-7 =-]{15,}$`)

// mention quotes an argument for a message, unless it could be a key.
func mention(argument string) string {
	if keyLike.MatchString(argument) || keyScheme.MatchString(argument) {
		return "of that name"
	}
	return `"` + argument + `"`
}

// noCommand is for words that are no command. The word is not repeated.
func (p *program) noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := helpOf(cmd) + " lists the commands"
	if near := meant(args[0], commandNames(cmd)); near != "" {
		hint = fmt.Sprintf("did you mean `%s %s`? %s", cmd.CommandPath(), near, hint)
	} else if keyLike.MatchString(args[0]) {
		return keyGiven("add")
	} else if !cmd.HasParent() {
		hint = "`otpane code NAME` prints an account's code; " + hint
	}
	return misuse("there is no such command", hint)
}

// group is a command that does nothing by itself.
func (p *program) group(group *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	group.Args = p.noCommand
	group.RunE = func(cmd *cobra.Command, _ []string) error {
		return misuse("which of "+strings.Join(commandNames(cmd), ", ")+"?", helpOf(cmd))
	}
	group.AddCommand(commands...)
	return group
}

// noArguments is for commands that take flags alone.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return misuse(fmt.Sprintf("`%s` takes no argument", cmd.CommandPath()), helpOf(cmd))
}

// oneQuery is for commands about one account.
func oneQuery(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0 || strings.TrimSpace(args[0]) == "":
		return misuse("which account?", fmt.Sprintf("`%s NAME`; `otpane list` shows all names", cmd.CommandPath()))
	case len(args) > 1:
		return misuse("one account at a time", fmt.Sprintf(`a name with blanks needs quotes: `+"`%s \"AWS prod\"`", cmd.CommandPath()))
	}
	return nil
}

// someFiles is for commands that read files.
func someFiles(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return misuse("which file?", fmt.Sprintf("`%s FILE…`; - is standard input", cmd.CommandPath()))
	}
	if first := slices.Index(args, "-"); first >= 0 && slices.Contains(args[first+1:], "-") {
		return misuse("standard input can be read only once", "")
	}
	return nil
}

// helpOf names the page that helps.
func helpOf(cmd *cobra.Command) string {
	return "`" + strings.Replace(cmd.CommandPath(), "otpane", "otpane help", 1) + "`"
}

// flagFault says what is wrong with a flag without its value, and without a
// name that is no flag's: "--JBSW…" is a slip that happens.
func flagFault(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		hint := helpOf(cmd)
		if near := nearest(unknown.GetSpecifiedName(), flagNames(cmd)); near != "" {
			hint = fmt.Sprintf("did you mean --%s? %s", near, hint)
		}
		return misuse("there is no such flag here", hint)
	case errors.As(err, &bare):
		return misuse("--"+bare.GetFlag().Name+" needs a value", helpOf(cmd))
	case errors.As(err, &invalid):
		return misuse(fmt.Sprintf("--%s takes another kind of value (%s)", invalid.GetFlag().Name, kindOf(invalid.GetFlag())), helpOf(cmd))
	}
	return misuse("the flags cannot be read", helpOf(cmd))
}

// kindOf says what a flag takes. Of numbers pflag tells the bits.
func kindOf(f *pflag.Flag) string {
	switch kind := f.Value.Type(); kind {
	case "int", "uint64":
		return "a whole number"
	case "bool":
		return "true or false"
	default:
		return kind
	}
}

func commandNames(root *cobra.Command) []string {
	var names []string
	for _, cmd := range root.Commands() {
		names = append(names, cmd.Name())
	}
	return names
}

func flagNames(cmd *cobra.Command) []string {
	var names []string
	add := func(f *pflag.Flag) { names = append(names, f.Name) }
	cmd.LocalFlags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	return names
}

// meant is the command that a word was probably meant to be: by its letters, or by
// what other programs call it.
func meant(typed string, commands []string) string {
	for _, word := range otherwords[strings.ToLower(typed)] {
		if slices.Contains(commands, word) {
			return word
		}
	}
	return nearest(typed, commands)
}

// otherwords are what people type in the place of a command, here or below one.
var otherwords = map[string][]string{
	"ls": {"list"}, "search": {"list"}, "find": {"list"}, "get": {"code"}, "copy": {"code"}, "totp": {"code"}, "otp": {"code"},
	"new": {"add", "init"}, "insert": {"add"}, "create": {"init", "add"}, "delete": {"rm", "remove"}, "del": {"rm", "remove"}, "remove": {"rm"}, "rm": {"remove"},
	"mv": {"rename"}, "set": {"edit"}, "label": {"tag"}, "untag": {"tag"}, "unpin": {"pin"}, "undelete": {"restore"}, "undo": {"restore"},
	"info": {"show"}, "view": {"show"}, "password": {"passphrase"}, "settings": {"config"}, "check": {"doctor"}, "status": {"doctor"},
	"generate": {"once"}, "sync": {"merge"}, "time": {"clock"}, "completions": {"completion"},
}

// nearest is the word that was probably meant: one that begins so, or is at
// most two letters away; "" if there is none.
func nearest(typed string, words []string) string {
	best, away := "", 3
	for _, word := range words {
		if len(typed) > 1 && strings.HasPrefix(word, typed) {
			return word
		}
		if d := distance(typed, word); d < min(away, len(word)) {
			best, away = word, d
		}
	}
	return best
}

// distance counts the letters to insert, drop, replace or swap with their
// neighbour (optimal string alignment): "lsit" is one slip away from "list".
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range len(b) {
		rows[0][j+1] = j + 1
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replaced := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			rows[i][j] = min(replaced, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

package cli

import (
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"otpane/otpcore"
)

// An offering is what may stand in the place of a word, for a shell to complete it:
// "word" or "word\tdescription", and whether files may stand there, too.
type offering func(c *completer, typed string) ([]string, cobra.ShellCompDirective)

// offers says what the words of usage lines and flags mean. A command is completed
// by its line of usage alone; a test asks that every word of them stands here.
var offers = map[string]offering{
	"QUERY":     (*completer).accounts,
	"TAG":       (*completer).tags,
	"FILE":      files,
	"RECIPIENT": files, // or its text or label, which only the open vault knows
	"DIR": func(*completer, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveFilterDirs
	},
	"VAULT":   (*completer).vaults,
	"COMMAND": (*completer).commands,
	"SHELL": func(_ *completer, typed string) ([]string, cobra.ShellCompDirective) {
		return beginning(shells(), typed)
	},
	"FORMAT": func(_ *completer, typed string) ([]string, cobra.ShellCompDirective) {
		return beginning(formatNames(), typed)
	},
	"KIND": one(string(otpcore.TOTP)+"\ta new code every period", string(otpcore.HOTP)+"\ta new code for every counter",
		string(otpcore.Steam)+"\tSteam Guard"),
	"HASH":   one(string(otpcore.SHA1), string(otpcore.SHA256), string(otpcore.SHA512)),
	"ANSWER": one("allow", "ask", "deny"),
	"#TAG":   func(c *completer, typed string) ([]string, cobra.ShellCompDirective) { return c.marked("#", typed) },
	"part":   one("part"),
	"rule":   one("allow", "ask"),

	// What only the person knows.
	"NAME": none, "ISSUER:ACCOUNT": none, "SITE": none, "CODE": none, "TIME": none, "SECONDS": none, "HOST": none, "ENTRIES": none, "NOTE": none, "NUMBER": none,
}

func none(*completer, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func files(*completer, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

func one(words ...string) offering {
	return func(_ *completer, typed string) ([]string, cobra.ShellCompDirective) { return beginning(words, typed) }
}

func beginning(words []string, typed string) ([]string, cobra.ShellCompDirective) {
	return slices.DeleteFunc(slices.Clone(words), func(word string) bool { return !begins(word, typed) }), cobra.ShellCompDirectiveNoFileComp
}

// begins compares in either case: what is typed is replaced by the word as it is.
func begins(word, typed string) bool {
	return strings.HasPrefix(strings.ToLower(word), strings.ToLower(typed))
}

// completer is one question of a shell.
type completer struct {
	*program
	cmd  *cobra.Command
	args []string // before the word in question
}

// completing reports whether a shell asks what the line could become.
func completing(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// teach tells cobra what completes every word of every command. It is for those runs
// alone in which a shell asks.
func (p *program) teach(cmd *cobra.Command) {
	words := strings.Fields(cmd.Use)[1:]
	if cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return offered(alternatives(argumentWord(words, len(args))), &completer{p, cmd, args}, typed)
		}
	}
	each := func(flag *pflag.Flag) {
		word, usage := pflag.UnquoteUsage(flag)
		flag.Usage = usage // without backquotes: shells show it
		_ = cmd.RegisterFlagCompletionFunc(flag.Name, func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if offers[word] == nil {
				return none(nil, "") // a number, a time
			}
			return offers[word](&completer{p, cmd, args}, typed)
		}) // fails only for a flag that is not there
	}
	cmd.LocalFlags().VisitAll(each)
	for _, below := range cmd.Commands() {
		p.teach(below)
	}
}

// argumentWord is the usage word of the argument at a place; the last one with … is
// for all that follow, too.
func argumentWord(words []string, at int) string {
	if last := len(words) - 1; at > last && last >= 0 && strings.Contains(words[last], "…") {
		at = last
	}
	if at >= len(words) {
		return ""
	}
	return bare(words[at])
}

// bare is a usage word without what says how often it stands: "[FILE…]" is FILE.
func bare(word string) string { return strings.Trim(word, "[]…") }

// offered is what stands for any of these usage words; those in small letters stand
// for themselves.
func offered(words []string, c *completer, typed string) (all []string, directive cobra.ShellCompDirective) {
	directive = cobra.ShellCompDirectiveNoFileComp
	for _, part := range words {
		more := []string{}
		switch {
		case offers[part] != nil:
			more, directive = offers[part](c, typed)
		case part != "" && part == strings.ToLower(part):
			more, _ = beginning([]string{part}, typed)
		}
		all = append(all, more...)
	}
	return all, directive
}

// alternatives are the parts of a usage word, without the quotes that a shell needs.
func alternatives(word string) []string {
	return strings.Split(strings.ReplaceAll(word, "'", ""), "|")
}

// known are the accounts that an agent has open for the vault that the line names.
// There is none without one: a key that completes never asks for a passphrase and
// never derives a key.
func (c *completer) known() []otpcore.Account {
	c.vaultFlag = expandHome(c.vaultFlag) // which the shell has not done yet
	accounts, err := c.agentNames(c.cmd.Context())
	if err != nil {
		return nil
	}
	return accounts
}

// accounts are offered by what means each of them alone, so that they do for what
// changes an account, too. Where that is the id, the name is its description. Text
// that begins no name is a query: what it finds takes its place, if it is one.
func (c *completer) accounts(typed string) ([]string, cobra.ShellCompDirective) {
	accounts := c.known()
	names := otpcore.Names(accounts)
	var offered []string
	for i, a := range accounts {
		if begins(names[i], typed) || begins(a.Label(), typed) {
			offered = append(offered, offeredName(names[i], a))
		}
	}
	if len(offered) > 0 {
		return offered, cobra.ShellCompDirectiveNoFileComp
	}
	if found := otpcore.Find(accounts, typed); len(found) == 1 {
		at := slices.IndexFunc(accounts, func(a otpcore.Account) bool { return a.ID == found[0].ID })
		offered = append(offered, offeredName(names[at], found[0]))
	}
	return offered, cobra.ShellCompDirectiveNoFileComp
}

// offeredName is an account as a shell reads it. Text that otpane takes for a key on
// the command line would be refused, and fish writes a ~ without a quote: there the id
// stands, too.
func offeredName(name string, a otpcore.Account) string {
	if refuseKeys([]string{name}) != nil || name[0] == '~' {
		name = a.ID
	}
	note := ""
	if name == a.ID {
		note = a.Label()
	} else if len(a.Tags) > 0 {
		note = "#" + strings.Join(a.Tags, " #")
	}
	return described(name, note)
}

// described leaves nothing in either text that could end it or steer a terminal.
func described(word, note string) string {
	word, note = strings.Map(printable, word), strings.Map(printable, note)
	if note == "" {
		return word
	}
	return cobra.CompletionWithDesc(word, note)
}

func printable(char rune) rune {
	if unicode.IsControl(char) || unicode.Is(unicode.Cf, char) && char != '\u200d' { // a joiner inside emoji
		return -1
	}
	return char
}

func (c *completer) tags(typed string) ([]string, cobra.ShellCompDirective) {
	return c.marked("", typed)
}

// marked are the tags behind a mark.
func (c *completer) marked(mark, typed string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, a := range c.known() {
		for _, tag := range a.Tags {
			if tag = described(tag, ""); tag != "" && (mark + tag)[0] != '-' { // which would be a flag
				all = append(all, mark+tag)
			}
		}
	}
	slices.Sort(all)
	return beginning(slices.Compact(all), typed)
}

// vaults are the names of the settings; files may stand there as well.
func (c *completer) vaults(typed string) ([]string, cobra.ShellCompDirective) {
	named, err := c.named()
	if err != nil {
		return files(nil, "")
	}
	var offered []string
	for _, one := range named {
		if begins(one.name, typed) {
			offered = append(offered, described(one.name, one.path))
		}
	}
	return offered, cobra.ShellCompDirectiveDefault
}

// commands are those that `otpane help` takes, topics among them.
func (c *completer) commands(typed string) ([]string, cobra.ShellCompDirective) {
	above, rest, err := c.cmd.Root().Find(c.args)
	if err != nil || len(rest) > 0 {
		return none(nil, "")
	}
	var offered []string
	for _, cmd := range above.Commands() {
		if begins(cmd.Name(), typed) && !cmd.Hidden {
			offered = append(offered, described(cmd.Name(), cmd.Short))
		}
	}
	return offered, cobra.ShellCompDirectiveNoFileComp
}

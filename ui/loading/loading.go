// Package loading keeps the terminal from packages while they load. Lip Gloss asks
// it for colours in a variable that nobody reads: a file of the terminal is looked
// for, and inside tmux a `tmux info` is started and waited for, before main and for
// every command, those without a screen too.
//
// It has to load first, and does: "the first package in the list for which all
// imported packages are already initialized" (The Go Programming Language
// Specification, Package initialization), in a list by path. This one imports os
// alone, and Lip Gloss what comes behind it in the list, unicode for one. It knows
// no other package and stands aside before the first line of main.
package loading

import "os"

// hidden says what kind of terminal there is; without it nobody asks further.
const hidden = "TERM"

var value, there = os.LookupEnv(hidden)

func init() { _ = os.Unsetenv(hidden) }

// Done is for the init of a package that loads after all that ask.
func Done() {
	if there {
		_ = os.Setenv(hidden, value) // fails only for a malformed value
	}
}

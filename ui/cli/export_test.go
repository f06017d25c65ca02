package cli

import "strings"

// CommandPaths are all commands that can be run, as words behind "otpane"; "" is
// otpane alone.
func CommandPaths() (paths []string) {
	root := (&program{}).root()
	for _, cmd := range append(all(root), root) {
		if cmd.Runnable() {
			paths = append(paths, strings.TrimSpace(strings.TrimPrefix(cmd.CommandPath(), "otpane")))
		}
	}
	return append(paths, "help") // which cobra adds when it runs
}

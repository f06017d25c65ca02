package cli

import (
	_ "embed"
	"maps"
	"slices"

	"github.com/spf13/cobra"
)

// The scripts are our own. cobra's evaluate what stands on the line, cut answers at
// the first colon and insert names without quotes: fine for commands, not for names
// that come from a QR code. What they ask, `otpane __complete WORD…`, is cobra's.
//
//go:embed completion/otpane.bash
var bashCompletion string

//go:embed completion/otpane.zsh
var zshCompletion string

//go:embed completion/otpane.fish
var fishCompletion string

//go:embed completion/otpane.ps1
var powershellCompletion string

var completions = map[string]string{
	"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion, "powershell": powershellCompletion,
}

func (p *program) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the completion script for bash, zsh, fish or powershell",
		Long: `Into a shell's start: source <(otpane completion bash), the same for zsh below
its compinit, otpane completion fish | source, and in PowerShell
otpane completion powershell | Out-String | Invoke-Expression.
Account names are offered while an agent has the vault open; nothing asks for a
passphrase.`,
		Example:     "  otpane completion bash > ~/.local/share/bash-completion/completions/otpane\n  otpane completion fish > ~/.config/fish/completions/otpane.fish",
		Annotations: withoutVault,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse("which shell?", "bash, zsh, fish or powershell")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			script, known := completions[args[0]]
			if !known {
				return misuse("there is no completion for that shell", "bash, zsh, fish or powershell")
			}
			return p.print(script)
		},
	}
}

func shells() []string { return slices.Sorted(maps.Keys(completions)) }

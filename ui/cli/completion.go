package cli

import (
	"github.com/spf13/cobra"
)

func (p *program) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:         "completion SHELL",
		Short:       "Print the completion script for bash, zsh, fish or powershell",
		Example:     "  source <(otpane completion bash)\n  otpane completion fish > ~/.config/fish/completions/otpane.fish",
		Annotations: withoutVault,
		ValidArgs:   []string{"bash", "zsh", "fish", "powershell"},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misuse("which shell?", "bash, zsh, fish or powershell")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(p.Stdout, true)
			case "zsh":
				return root.GenZshCompletion(p.Stdout)
			case "fish":
				return root.GenFishCompletion(p.Stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(p.Stdout)
			}
			return misuse("there is no completion for that shell", "bash, zsh, fish or powershell")
		},
	}
}

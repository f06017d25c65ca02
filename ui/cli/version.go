package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:         "version",
		Short:       "Print the version",
		Example:     "  otpane version\n  otpane --version",
		Args:        noArguments,
		Annotations: withoutVault,
		RunE:        func(*cobra.Command, []string) error { return p.print(version() + "\n") },
	}
}

// paneOrVersion is what otpane does without a command. The flag is our own: cobra's
// prints through text/template, which calls methods by name, so that the linker
// must keep every method of every type: 2 MB of them. `make size` watches.
func (p *program) paneOrVersion(root *cobra.Command) {
	asked := root.Flags().BoolP("version", "v", false, "print the version")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if *asked {
			return p.print(version() + "\n")
		}
		return p.pane(cmd.Context())
	}
}

// version is what the build recorded about itself: the module's version, or the
// commit it was built from.
func version() string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("otpane %s (%s, %s/%s)", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
